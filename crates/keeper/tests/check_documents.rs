//! The pages about `check` and plugyard.yaml say what is so.
#![expect(
    clippy::disallowed_methods,
    reason = "tests may panic, and are told by the environment to write"
)]

use std::path::Path;

use keeper::check::{RULES, documentation, known_rules};
use keeper::policy::Policy;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

#[test]
fn the_page_about_the_rules_is_written_from_the_rules() {
    let path = Path::new(FOLDER).join("checks.md");
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        fs_err::write(&path, documentation()).unwrap();
    }
    let page = fs_err::read_to_string(&path).unwrap();
    assert!(
        page == documentation(),
        "docs/checks.md is not what the rules say: SNAPSHOTS=overwrite writes it"
    );
}

#[test]
fn the_examples_of_plugyard_yaml_are_read() {
    let page = fs_err::read_to_string(Path::new(FOLDER).join("plugyard-yaml.md")).unwrap();
    let mut examples = 0;
    for block in page.split("```yaml\n").skip(1) {
        let example = block.split("```").next().unwrap();
        if let Err(findings) = Policy::parse(example, Path::new(""), &known_rules()) {
            panic!("{example}\n{findings:?}");
        }
        examples += 1;
    }
    assert!(examples >= 8, "{examples}");
}

#[test]
fn the_page_about_plugyard_yaml_knows_every_key_and_links_to_every_rule_it_names() {
    let page = fs_err::read_to_string(Path::new(FOLDER).join("plugyard-yaml.md")).unwrap();
    for key in [
        "repository",
        "sources",
        "allow",
        "platforms",
        "moving",
        "keep",
        "rules",
        "exceptions",
    ] {
        assert!(page.contains(&format!("## `{key}`")), "{key}");
    }
    for link in page.split("checks.md#").skip(1) {
        let id = link.split(')').next().unwrap();
        assert!(RULES.iter().any(|rule| rule.id == id), "{id}");
    }
}
