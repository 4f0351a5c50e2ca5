//! What `diff` compares, and the version it requires.

use std::fmt::Display;
use std::sync::Mutex;
use std::time::Duration;

use keeper::comparison::{Comparison, Operand};
use oci::{Http, Reporter, Silent};
use ocm::Repository;
use registry::version_class::VersionClass;

use crate::update::ALL;
use crate::workspace::{REGISTRY, Workspace, run};

/// Keeps notes and warnings.
#[derive(Default)]
struct Messages(Mutex<Vec<String>>);

impl Reporter for Messages {
    fn note(&self, message: &dyn Display) {
        self.0.lock().unwrap().push(message.to_string());
    }

    fn warning(&self, message: &dyn Display) {
        self.0.lock().unwrap().push(message.to_string());
    }

    fn waiting(&self, _what: &dyn Display, _time: Option<Duration>) {}
}

/// The latest published version against the constructor.
fn compare(workspace: &Workspace, reporter: &dyn Reporter) -> Comparison {
    let constructor = ocm::constructor::parse(&workspace.text).unwrap();
    let new = Operand::in_folder(&constructor, &workspace.path(""), reporter).unwrap();
    let spec = workspace.store("store");
    run(async {
        let repository = Repository::open_if_there(&spec, &Http::default()).unwrap();
        let old = Operand::latest(REGISTRY, repository, &spec, reporter)
            .await
            .unwrap();
        Comparison::new(old, new).await.unwrap()
    })
}

#[test]
fn without_a_published_version_everything_is_new() {
    let mut workspace = Workspace::new();
    workspace.plugin(crate::workspace::DEMO, "1.0.0");
    workspace.add(crate::workspace::DEMO).unwrap();
    let messages = Messages::default();
    let comparison = compare(&workspace, &messages);
    let [note] = messages.0.into_inner().unwrap().try_into().unwrap();
    assert!(
        note.starts_with("no version of acme.org/plugin-registry is published in "),
        "{note}"
    );
    assert_eq!(comparison.diff.class, VersionClass::Minor);
    assert_eq!(comparison.required_version(), None);
    assert_eq!(comparison.is_version_high_enough(), None);
}

#[test]
fn the_version_must_be_as_high_as_the_change_requires() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    let comparison = compare(&workspace, &Silent);
    assert_eq!(comparison.diff.class, VersionClass::None);
    assert_eq!(comparison.is_version_high_enough(), Some(true));
    workspace.update(&ALL).unwrap();
    for (version, required, expected) in [
        ("v0.1.1", "v0.1.1", true),
        ("v0.1.0", "v0.1.1", false),
        ("v0.0.9", "v0.1.1", false),
        ("v0.2.0", "v0.2.0", true),
    ] {
        let current = format!("version: {}\n", workspace.version());
        workspace.text = workspace
            .text
            .replacen(&current, &format!("version: {version}\n"), 1);
        let comparison = compare(&workspace, &Silent);
        assert_eq!(comparison.diff.class, VersionClass::Patch);
        assert_eq!(
            comparison.required_version().unwrap().as_str(),
            required,
            "{version}"
        );
        assert_eq!(
            comparison.is_version_high_enough(),
            Some(expected),
            "{version}"
        );
    }
}

#[test]
fn removing_what_the_version_before_lacked_is_a_rollback() {
    let mut workspace = Workspace::with_demo(&[], &["1.0.0"]);
    workspace.add(crate::workspace::DEMO).unwrap();
    workspace.publish().unwrap();
    let with_demo = workspace.text.clone();
    workspace.remove("demo", None).unwrap();
    assert_eq!(compare(&workspace, &Silent).diff.class, VersionClass::Patch);
    // Between two constructors, what was published before is not known.
    let operands = [&with_demo, &workspace.text].map(|text| {
        let constructor = ocm::constructor::parse(text).unwrap();
        Operand::without_inputs(&constructor).unwrap()
    });
    let [old, new] = operands;
    let comparison = run(Comparison::new(old, new)).unwrap();
    assert_eq!(comparison.diff.class, VersionClass::Major);
}

#[test]
fn inputs_that_cannot_be_read_are_not_compared() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    workspace.text.push_str(
        "resources:\n  - { name: notes, type: blob, input: { type: file, path: notes.txt, mediaType: text/plain } }\n",
    );
    let messages = Messages::default();
    let comparison = compare(&workspace, &messages);
    let [warning] = messages.0.into_inner().unwrap().try_into().unwrap();
    assert!(
        warning.starts_with("inputs are not compared: "),
        "{warning}"
    );
    assert_eq!(comparison.diff.class, VersionClass::Patch);
    fs_err::write(workspace.path("notes.txt"), "notes").unwrap();
    let messages = Messages::default();
    compare(&workspace, &messages);
    assert!(messages.0.into_inner().unwrap().is_empty());
}
