//! The output of findings.

use snapbox::str;

use crate::check::registry::{FILE, findings, good, label, replace};

#[test]
fn text_shows_the_location_and_the_hint() {
    let yard = good();
    replace(&yard, "version: v0.1.1", "version: v0.1.0");
    replace(&yard, "{ name: acme.org }", "acme.org");
    replace(
        &yard,
        "value: plugin-registry, signing: true",
        "value: plugin-registry",
    );
    yard.writes_nothing("check").is(3, str![[r#"
note[labels-signed]: the label `category` of the registry has no `signing: true`
 --> component-constructor.yaml:7:5
  |
7 |   - { name: category, value: plugin-registry }
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `signing: true` to the label

warning[official-spelling]: `provider` as text is not the official spelling
 --> component-constructor.yaml:5:11
  |
5 | provider: acme.org
  |           ^^^^^^^^
  |
  = help: run `plugyard fmt`

error[registry-version]: the change since the published v0.1.0 is patch: `demo` is updated from 1.0.0 to 1.1.0, about the registry itself: its label `category`; the version must be at least v0.1.1
 --> component-constructor.yaml:4:10
  |
4 | version: v0.1.0
  |          ^^^^^^
  |
  = help: run `plugyard bump`


"#]], str![[r#"
policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
1 error, 1 warning, 1 note; 3 entries, 1 of them read, compared with the published v0.1.0

"#]]);
}

#[test]
fn a_good_registry_prints_nothing() {
    good().writes_nothing("check").is(
        0,
        str![],
        str![[r#"
policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
no findings; 3 entries, 1 of them read, compared with the published v0.1.0

"#]],
    );
}

#[test]
fn json_has_the_members_of_the_contract() {
    let yard = good();
    let text = yard.read(FILE);
    let text = text.replace(
        "value: Plugin registry of acme.org",
        "value: \"é $ acme.org\"",
    );
    yard.constructor(text.replace('\n', "\r\n"));
    let outcome = yard.writes_nothing("check -o json");
    outcome.is(3, str![[r#"
{
  "findings": [
    {
      "rule": "no-dollar",
      "severity": "error",
      "status": "fail",
      "file": "component-constructor.yaml",
      "line": 8,
      "column": 33,
      "message": "`$` is taken literally here, the official CLI expands it",
      "help": "write it in words; if the text comes from the plugin, fix it there and publish a new version"
    }
  ],
  "policy": [
    "judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)"
  ]
}

"#]], str![[r#"
policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
1 error; 3 entries, 1 of them read, compared with the published v0.1.0

"#]]);
}

#[test]
fn columns_count_characters() {
    let yard = good();
    replace(
        &yard,
        "- { name: description, value: Plugin registry of acme.org, signing: true }",
        "- { \"value\": \"é€\", name: x$, signing: true }",
    );
    let found = findings(&yard.run("check -o json"));
    let found: Vec<_> = found
        .iter()
        .filter(|finding| finding["rule"] == "no-dollar")
        .collect();
    assert_eq!(
        (&found[0]["line"], &found[0]["column"]),
        (&8.into(), &28.into()),
        "{found:#?}"
    );
}

#[test]
fn github_gets_one_annotation_per_line() {
    let yard = good();
    label(&yard, "{ name: \"a\\n::error::b|c`d<e>@f%\", value: x }");
    replace(&yard, "Plugin registry of", "$HOME of");
    yard.writes_nothing("check -o github")
        .is(3, str![[r#"
::notice title=policy::judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
::notice file=component-constructor.yaml,line=7,col=5,title=labels-known::no known tool reads the label `a%0A::error::b|c`d<e>@f%25` of the registry%0Aremove the label, unless somebody reads it
::notice file=component-constructor.yaml,line=7,col=5,title=labels-signed::the label `a%0A::error::b|c`d<e>@f%25` of the registry has no `signing: true`%0Aadd `signing: true` to the label
::error file=component-constructor.yaml,line=9,col=33,title=no-dollar::`$` is taken literally here, the official CLI expands it%0Awrite it in words; if the text comes from the plugin, fix it there and publish a new version

"#]], str![[r#"
policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
1 error, 2 notes; 3 entries, 1 of them read, compared with the published v0.1.0

"#]]);
}

#[test]
#[expect(
    clippy::invisible_characters,
    reason = "a zero-width space breaks what would be a mention"
)]
fn markdown_is_a_table_with_escaped_text() {
    let yard = good();
    label(&yard, "{ name: \"a\\n::error::b|c`d<e>@f%\", value: x }");
    replace(&yard, "Plugin registry of", "$HOME of");
    yard.writes_nothing("check -o markdown")
        .is(3, str![[r#"
### plugyard check

1 error, 2 notes; 3 entries, 1 of them read, compared with the published v0.1.0

* policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)

| | rule | location | finding |
|---|---|---|---|
| note | labels-known | component-constructor.yaml:7:5 | no known tool reads the label a ::error::b/|cd/<e/>@​f/%​ of the registry<br>remove the label, unless somebody reads it |
| note | labels-signed | component-constructor.yaml:7:5 | the label a ::error::b/|cd/<e/>@​f/%​ of the registry has no signing: true<br>add `signing: true` to the label |
| error | no-dollar | component-constructor.yaml:9:33 | `$` is taken literally here, the official CLI expands it<br>write it in words; if the text comes from the plugin, fix it there and publish a new version |

"#]], str![[r#"
policy: judged by the plugyard.yaml of the working tree, which a change can edit (--base git:REV names the revision whose file judges)
1 error, 2 notes; 3 entries, 1 of them read, compared with the published v0.1.0

"#]]);
}

#[test]
fn a_good_registry_is_good_in_every_form() {
    let yard = good();
    assert_eq!(yard.done("check -o text").text(), "");
    let policy = "judged by the plugyard.yaml of the working tree";
    let github = yard.done("check -o github");
    let expected = format!("::notice title=policy::{policy}");
    assert!(github.text().starts_with(&expected), "{}", github.text());
    assert_eq!(github.text().lines().count(), 1);
    let markdown = yard.done("check -o markdown");
    let expected = "### plugyard check\n\nno findings; 3 entries, 1 of them read, compared with the published v0.1.0\n\n* policy: judged";
    assert_eq!(markdown.text().lines().count(), 5, "{}", markdown.text());
    assert!(markdown.text().starts_with(expected), "{}", markdown.text());
    let json = yard.done("check -o json").json();
    assert_eq!(json["findings"], serde_json::json!([]));
    assert_eq!(json["policy"].as_array().unwrap().len(), 1);
}

#[test]
fn quiet_does_not_suppress_findings() {
    let yard = good();
    replace(&yard, "Plugin registry of", "$HOME of");
    let outcome = yard.run("check -q");
    assert!(
        outcome.text().contains("error[no-dollar]"),
        "{}",
        outcome.text()
    );
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.text().contains('\u{1b}'));
    assert!(yard.run("check --color always").text().contains('\u{1b}'));
}
