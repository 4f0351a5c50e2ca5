//! Constructors that cannot be read, or do not say what they should.

use snapbox::str;

use crate::yard::{DEMO, REGISTRY, WRONG, Yard, entry, registry};

/// A yard with this constructor, and the plugin it may refer to.
fn with(constructor: impl AsRef<[u8]>) -> Yard {
    let yard = Yard::with_plugin();
    yard.constructor(constructor);
    yard
}

#[test]
fn text_that_is_no_yaml_is_shown_where_it_stops_being_yaml() {
    let yard = with("name: acme.org/plugin-registry\nversion: [v0.1.0\nprovider: acme.org\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: illegal placement of ':' indicator
 --> component-constructor.yaml:3:9
  |
3 | provider: acme.org
  |         ^

"#]],
    );
    yard.writes_nothing("fmt").fails(
        1,
        str![[r#"
error: illegal placement of ':' indicator
 --> component-constructor.yaml:3:9
  |
3 | provider: acme.org
  |         ^

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/demo").fails(
        1,
        str![[r#"
error: illegal placement of ':' indicator
 --> component-constructor.yaml:3:9
  |
3 | provider: acme.org
  |         ^

"#]],
    );
}

#[test]
fn text_that_was_cut_off_is_refused() {
    let whole = registry("v0.1.0", &[entry("demo", "1.0.0", DEMO, WRONG)]);
    let cut = whole.split("normalisationAlgorithm").next().unwrap();
    with(cut).writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: `digest` of reference `demo` has no `normalisationAlgorithm`
 --> component-constructor.yaml:9:7
  |
9 |       hashAlgorithm: SHA-256
  |       ^^^^^^^^^^^^^
  |
  = help: a digest has all of `hashAlgorithm`, `normalisationAlgorithm` and `value`
error: `digest` of reference `demo` has no `value`
 --> component-constructor.yaml:9:7
  |
9 |       hashAlgorithm: SHA-256
  |       ^^^^^^^^^^^^^
  |
  = help: a digest has all of `hashAlgorithm`, `normalisationAlgorithm` and `value`

"#]],
    );
    let cut = whole.split("componentName").next().unwrap();
    with(format!("{cut}compone"))
        .writes_nothing("publish --first")
        .fails(
            1,
            str![[r#"
error: simple key expected ':'
 --> component-constructor.yaml:7:5
  |
7 |     compone
  |     ^

"#]],
        );
    with("").writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the constructor is empty
 --> component-constructor.yaml:1:1
  |
1 |
  | ^
  |
  = help: start with `name`, `version` and `provider`

"#]],
    );
    with("# nothing but a comment\n")
        .writes_nothing("publish --first")
        .fails(
            1,
            str![[r#"
error: the constructor is empty
 --> component-constructor.yaml:2:1
  |
2 |
  | ^
  |
  = help: start with `name`, `version` and `provider`

"#]],
        );
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_is_meant() {
    let yard = with(registry("v0.1.0", &[]).replace("componentReferences", "componentReference"));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: a component has no key `componentReference`
 --> component-constructor.yaml:4:1
  |
4 | componentReference: []
  | ^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `componentReferences`?

"#]],
    );
    let entry = entry("demo", "1.0.0", DEMO, WRONG).replace("hashAlgorithm", "hashAlgoritm");
    let yard = with(registry("v0.1.0", &[entry]));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: `digest` of reference `demo` has no `hashAlgorithm`
 --> component-constructor.yaml:9:7
  |
9 |       hashAlgoritm: SHA-256
  |       ^^^^^^^^^^^^
  |
  = help: a digest has all of `hashAlgorithm`, `normalisationAlgorithm` and `value`

"#]],
    );
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let yard = with(format!("{}version: v0.2.0\n", registry("v0.1.0", &[])));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: key `version` stands here twice
 --> component-constructor.yaml:5:1
  |
5 | version: v0.2.0
  | ^^^^^^^
  |
  = help: leave one of them; readers differ in which they take

"#]],
    );
}

#[test]
fn values_of_the_wrong_form_are_all_named() {
    let yard = with("name: Acme\nversion: one\nprovider: [acme.org]\ncomponentReferences: none\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: `name` of the component: `Acme` is no component name
 --> component-constructor.yaml:1:7
  |
1 | name: Acme
  |       ^^^^
  |
  = help: a lower-case domain and at least one more part, such as `acme.org/plugins/x`
error: `version` of the component: `one` is not a version such as 1.2.3 or v1.2.3-rc.1
 --> component-constructor.yaml:2:10
  |
2 | version: one
  |          ^^^
error: `provider` is a list, not an object
 --> component-constructor.yaml:3:11
  |
3 | provider: [acme.org]
  |           ^^^^^^^^^^
error: `componentReferences` of the component is text, not a list
 --> component-constructor.yaml:4:22
  |
4 | componentReferences: none
  |                      ^^^^

"#]],
    );
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut bomb = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!(
            "b{level}: &a{level} [{}]\n",
            previous.trim_end_matches(", ")
        ));
    }
    let yard = with(bomb);
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the document has more than 2000000 nodes
 --> component-constructor.yaml:6:9
  |
6 | b5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use fewer aliases, or split the file

"#]],
    );
    yard.writes_nothing("fmt --check").fails(
        1,
        str![[r#"
error: the document has more than 2000000 nodes
 --> component-constructor.yaml:6:9
  |
6 | b5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use fewer aliases, or split the file

"#]],
    );
}

#[test]
fn very_deep_nesting_is_refused() {
    let flow = |open: &str, close: &str| {
        format!("name: {}{}\n", open.repeat(100_000), close.repeat(100_000))
    };
    let block: String = (0..3000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    for deep in [
        flow("[", "]"),
        flow("{a: ", "}"),
        block,
        "- ".repeat(100_000),
    ] {
        let outcome = with(&deep).writes_nothing("publish --first");
        assert_eq!(outcome.code, Some(1));
        let message = outcome.stderr.lines().next().unwrap();
        let expected = "error: more than 128 levels inside one another";
        assert_eq!(message, expected, "{}", &deep[..20]);
    }
}

#[test]
fn an_entry_may_not_be_there_twice() {
    let demo = entry("demo", "1.0.0", DEMO, WRONG);
    let yard = with(registry("v0.1.0", &[demo.clone(), demo]));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: another reference has the identity `name=demo,version=1.0.0`
  --> component-constructor.yaml:12:5
   |
12 |     - name: demo
   |  _____^
13 | |     version: 1.0.0
14 | |     componentName: acme.org/plugins/demo
15 | |     digest:
16 | |       hashAlgorithm: SHA-256
17 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
   | |________________________________________________________^
   |
   = help: leave one of them

"#]],
    );
}

#[test]
fn an_entry_may_not_be_there_in_two_spellings_of_one_version() {
    let one = entry("demo", "1.0.0", DEMO, WRONG);
    let other = entry("demo", "v1.0.0", DEMO, WRONG);
    let yard = with(registry("v0.1.0", &[one.clone(), other]));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: `demo` is here in `1.0.0` and `v1.0.0`, the same version
  --> component-constructor.yaml:12:5
   |
12 |     - name: demo
   |  _____^
13 | |     version: v1.0.0
14 | |     componentName: acme.org/plugins/demo
15 | |     digest:
16 | |       hashAlgorithm: SHA-256
17 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
   | |________________________________________________________^
   |
   = help: leave one of them; `v` and build metadata do not count

"#]],
    );
    let yard = with(registry(
        "v0.1.0",
        &[one, entry("demo", "1.0.0+b2", DEMO, WRONG)],
    ));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: `demo` is here in `1.0.0` and `1.0.0+b2`, the same version
  --> component-constructor.yaml:12:5
   |
12 |     - name: demo
   |  _____^
13 | |     version: 1.0.0+b2
14 | |     componentName: acme.org/plugins/demo
15 | |     digest:
16 | |       hashAlgorithm: SHA-256
17 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
   | |________________________________________________________^
   |
   = help: leave one of them; `v` and build metadata do not count

"#]],
    );
}

#[test]
fn components_that_refer_to_each_other_are_refused_with_their_path() {
    let component = |name: &str, other: &str| {
        format!(
            "- name: acme.org/{name}
  version: 1.0.0
  provider: {{ name: acme.org }}
  componentReferences:
    - {{ name: other, version: 1.0.0, componentName: acme.org/{other} }}
"
        )
    };
    let yard = with(format!(
        "components:\n{}{}",
        component("a", "b"),
        component("b", "a")
    ));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the references go in a circle: acme.org/a:1.0.0 -> acme.org/b:1.0.0 -> acme.org/a:1.0.0
  --> component-constructor.yaml:11:53
   |
11 |     - { name: other, version: 1.0.0, componentName: acme.org/a }
   |                                                     ^^^^^^^^^^
   |
   = help: leave out one of these references

"#]],
    );
    let yard = with(format!("components:\n{}", component("a", "a")));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the references go in a circle: acme.org/a:1.0.0 -> acme.org/a:1.0.0
 --> component-constructor.yaml:6:53
  |
6 |     - { name: other, version: 1.0.0, componentName: acme.org/a }
  |                                                     ^^^^^^^^^^
  |
  = help: leave out one of these references

"#]],
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let yard = with(b"name: acme.org/plugin-registry\nversion: \xff\xfe\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: it is not UTF-8 text: byte 40 is invalid
hint: save it as UTF-8

"#]],
    );
    yard.writes_nothing("fmt").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: it is not UTF-8 text: byte 40 is invalid
hint: save it as UTF-8

"#]],
    );
    // As Windows saves it: UTF-16 with its mark.
    let utf16: Vec<u8> = "\u{feff}name: x\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    with(utf16).writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: it is not UTF-8 text: byte 0 is invalid
hint: save it as UTF-8

"#]],
    );
}

#[test]
fn a_constructor_over_the_limit_is_refused() {
    let yard = with(format!(
        "{}#{}\n",
        registry("v0.1.0", &[]),
        "x".repeat(16 << 20)
    ));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: it is larger than the limit of 16777216 bytes

"#]],
    );
    yard.writes_nothing("fmt --check").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: it is larger than the limit of 16777216 bytes

"#]],
    );
}

#[test]
fn a_constructor_that_is_not_there_is_named_with_the_way_to_make_one() {
    let yard = Yard::new();
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: No such file or directory [..]
hint: create one with `plugyard init`, or name another file with -c

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/demo").fails(
        1,
        str![[r#"
error: cannot read component-constructor.yaml: No such file or directory [..]
hint: create one with `plugyard init`, or name another file with -c

"#]],
    );
    yard.writes_nothing("fmt -c elsewhere/registry.yaml").fails(
        1,
        str![[r#"
error: cannot read elsewhere/registry.yaml: No such file or directory [..]
hint: create one with `plugyard init`, or name another file with -c

"#]],
    );
    yard.writes_nothing("publish -c .").fails(
        1,
        str![[r#"
error: cannot read .: it is a folder, not a regular file
hint: create one with `plugyard init`, or name another file with -c

"#]],
    );
}

#[test]
fn files_without_read_permission_are_named() {
    let yard = Yard::with_registry();
    if crate::yard::is_root(&yard.path("")) {
        return;
    }
    let path = yard.path("component-constructor.yaml");
    let mut permissions = fs_err::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0);
    fs_err::set_permissions(&path, permissions).unwrap();
    yard.writes_nothing("publish").fails(1, str![]);
}

#[test]
fn a_constructor_with_several_roots_does_not_say_what_the_registry_is() {
    let component = |name: &str| {
        format!("- {{ name: acme.org/{name}, version: 1.0.0, provider: {{ name: acme.org }} }}\n")
    };
    let yard = with(format!(
        "components:\n{}{}",
        component("one"),
        component("two")
    ));
    yard.writes_nothing("publish --first").fails(
        2,
        str![[r#"
error: several components could be the registry: acme.org/one:1.0.0, acme.org/two:1.0.0
hint: make one component refer to the others, or keep each registry in its own file

"#]],
    );
    for line in ["add acme.org/plugins/demo", "update demo --repin"] {
        assert_eq!(yard.writes_nothing(line).code, Some(2), "{line}");
    }
}

#[test]
fn what_would_be_lost_without_a_word_is_warned_of() {
    let text = format!(
        "name: {REGISTRY}\nversion: v0.1.0\nprovider: {{ name: acme.org }}\nlabels:\n  - {{ name: price, value: 5 $ }}\n---\nname: other\n"
    );
    let yard = with(text);
    yard.writes_nothing("publish --first --dry-run").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:451f8c17…

"#]],
        str![[r#"
warning: `$` is taken literally here, the official CLI expands it
 --> component-constructor.yaml:5:27
  |
5 |   - { name: price, value: 5 $ }
  |                           ^^^
  |
  = help: do without `$` to have the same result everywhere
warning: a second document starts here, which nobody reads
 --> component-constructor.yaml:6:1
  |
6 | ---
  | ^^^
  |
  = help: put all components under `components`
would be published (dry run)

"#]],
    );
    yard.writes_nothing("publish --first --dry-run -q").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:451f8c17…

"#]],
        str![],
    );
}
