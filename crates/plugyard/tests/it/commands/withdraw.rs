//! `plugyard remove`, `plugyard yank`, `plugyard bump`

use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, Yard};

const CONSTRUCTOR: &str = "component-constructor.yaml";

fn version(yard: &Yard) -> String {
    let text = yard.read(CONSTRUCTOR);
    let line = text.lines().find_map(|line| line.strip_prefix("version: "));
    line.unwrap().to_owned()
}

#[test]
fn a_removed_plugin_leaves_a_tombstone_and_cannot_come_back() {
    let yard = Yard::with_registry();
    yard.run("remove demo --reason 'nobody keeps it'").is(
        0,
        str![[r#"
removed demo@1.0.0
raised the registry from v0.1.0 to v1.0.0 (major)

"#]],
        str![[r#"
major: plugin `demo` is removed

"#]],
    );
    let text = yard.read(CONSTRUCTOR);
    assert!(
        text.contains("{ removed: [{ component: acme.org/plugins/demo, name: demo, reason: nobody keeps it }], schema: 1 }"),
        "{text}"
    );
    assert!(text.ends_with("componentReferences: []\n"), "{text}");
    yard.done("fmt --check");
    yard.plugin(DEMO, "2.0.0");
    for line in [
        "add acme.org/plugins/demo",
        "add acme.org/plugins/demo:1.0.0",
    ] {
        let outcome = yard.writes_nothing(line);
        assert!(
            outcome.stderr.contains("nobody keeps it"),
            "{}",
            outcome.stderr
        );
        assert_eq!(outcome.code, Some(1));
    }
    yard.done("publish");
}

#[test]
fn a_yanked_version_stays_and_is_marked() {
    let yard = Yard::with_registry();
    yard.plugin(DEMO, "1.1.0");
    yard.done("update");
    yard.run("yank demo@1.0.0 --reason 'loses data' --use demo@1.1.0")
        .is(
            0,
            str![[r#"
yanked demo@1.0.0

"#]],
            str![],
        );
    yard.done("fmt --check");
    let before = yard.tree();
    yard.run("yank demo@v1.0.0 --reason 'loses data' --use demo@1.1.0")
        .is(
            0,
            str![],
            str![[r#"
already yanked for this reason

"#]],
        );
    yard.assert_tree(&before, "yank");
    yard.done("yank demo@1.0.0 --reason 'loses much data'");
    yard.done("publish");
    let rows = yard
        .done(&format!("list --all --registry {PUBLISHED} -o json"))
        .json();
    assert_eq!(rows[0]["yanked"]["reason"], "loses much data");
    assert_eq!(rows[0]["capabilities"][0]["type"], "inputRepository");
    assert!(rows[1]["yanked"].is_null());
    // Pinning anew keeps the mark.
    let before = yard.tree();
    yard.done("update --repin");
    yard.assert_tree(&before, "update --repin");
}

#[test]
fn an_unknown_entry_is_answered_with_those_there_are() {
    let yard = Yard::with_registry();
    for line in [
        "update nosuch",
        "update nosuch --repin",
        "remove nosuch --reason x",
        "yank nosuch --reason x",
        "yank demo --reason x --use nosuch",
    ] {
        yard.writes_nothing(line).fails(
            1,
            str![[r#"
error: the constructor has no entry `nosuch`
hint: it has demo; add one with `plugyard add COMPONENT`

"#]],
        );
    }
    yard.writes_nothing("yank demo@3.0.0 --reason x").fails(
        1,
        str![[r#"
error: the constructor has no entry demo@3.0.0, only 1.0.0
hint: name one of these versions, or leave out the version to mean all of them

"#]],
    );
    // Of many the first few; of none, how there comes to be one.
    let entry = |name: &str| crate::yard::entry(name, "1.0.0", DEMO, crate::yard::WRONG);
    let names = [
        "ab", "bc", "cd", "de", "ef", "fg", "gh", "hi", "ij", "jk", "kl",
    ];
    for (number, hint) in [
        (
            0,
            "it has no entries yet; add one with `plugyard add COMPONENT`",
        ),
        (
            8,
            "it has ab, bc, cd, de, ef, fg, gh, hi; add one with `plugyard add COMPONENT`",
        ),
        (
            11,
            "it has ab, bc, cd, de, ef, fg, gh, hi and 3 more; add one with `plugyard add COMPONENT`",
        ),
    ] {
        let entries: Vec<String> = names[..number].iter().map(|name| entry(name)).collect();
        yard.constructor(crate::yard::registry("v0.1.0", &entries));
        let outcome = yard.writes_nothing("update nosuch");
        let last = outcome.stderr.lines().last().unwrap();
        assert_eq!(last, format!("hint: {hint}"));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let yard = Yard::with_registry();
    for (line, expected) in [
        (
            "yank demo@1.0.0 --reason x --use demo",
            "error: `demo` cannot be its own replacement\n",
        ),
        (
            "yank demo --reason x --use dem@1",
            "error: the constructor has no entry `dem`; did you mean `demo`?\n",
        ),
        (
            "remove demo@3.0.0 --reason x",
            "error: the constructor has no entry demo@3.0.0, only 1.0.0\n",
        ),
        (
            "remove other --reason x",
            "error: the constructor has no entry `other`",
        ),
    ] {
        let outcome = yard.writes_nothing(line);
        assert!(
            outcome.stderr.starts_with(expected),
            "{line}: {}",
            outcome.stderr
        );
        assert_eq!(outcome.code, Some(1));
    }
    let text = yard.read(CONSTRUCTOR).replace(
        "componentReferences:",
        "  - { name: plugyard/registry, value: { schema: 1, removed: none }, signing: true }\ncomponentReferences:",
    );
    yard.constructor(&text);
    let outcome = yard.writes_nothing("remove demo --reason x");
    assert!(
        outcome.stderr.contains("cannot take a tombstone"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn bump_raises_to_what_the_change_calls_for() {
    let yard = Yard::with_registry();
    yard.writes_nothing("bump").is(
        0,
        str![],
        str![[r#"
the registry stays at v0.1.0: nothing changed since the latest published version

"#]],
    );
    let text = yard.read(CONSTRUCTOR);
    let described = text.replace("Plugin registry of acme.org", "Ours");
    yard.constructor(&described);
    yard.run("bump").is(
        0,
        str![[r#"
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]],
        str![[r#"
about the registry itself: its label `description`

"#]],
    );
    assert_eq!(
        yard.read(CONSTRUCTOR),
        described.replace("version: v0.1.0", "version: v0.1.1")
    );
    // Counted from the published version, and not from what was raised already.
    yard.writes_nothing("bump patch");
    yard.done("bump minor");
    assert_eq!(version(&yard), "v0.2.0");
    yard.writes_nothing("bump minor");
    yard.writes_nothing("bump");
    yard.done("bump major");
    assert_eq!(version(&yard), "v1.0.0");
    yard.writes_nothing("bump patch");
    // An entry taken out by hand: the least that is asked for is not enough.
    yard.constructor(crate::yard::registry("v0.1.0", &[]));
    yard.done("bump patch");
    assert_eq!(version(&yard), "v1.0.0");
}
