//! `plugyard.yaml`: what is taken, and what is said about the rest.

use crate::check::registry::{FILE, cut, findings, good, plugin, policy, replace, rules};
use crate::yard::{DEMO, Yard};

#[test]
fn severities_decide_about_the_exit_code() {
    let yard = good();
    replace(&yard, "Plugin registry of", "$HOME of");
    for (level, code, severity) in [
        ("error", 3, Some("error")),
        ("warning", 0, Some("warning")),
        ("note", 0, Some("note")),
        ("off", 0, None),
        ("'off'", 0, None),
    ] {
        yard.write("plugyard.yaml", format!("rules:\n  no-dollar: {level}\n"));
        let outcome = yard.run("check -o json");
        assert_eq!(outcome.code, Some(code), "{level}");
        let found = findings(&outcome);
        let told = found
            .first()
            .and_then(|finding| finding["severity"].as_str());
        assert_eq!(told, severity, "{level}");
    }
}

#[test]
fn an_exception_accepts_one_rule_at_one_entry() {
    let exception = |rule: &str, entry: &str| {
        format!("exceptions: [{{ rule: {rule}, entry: '{entry}', reason: agreed }}]\n")
    };
    let yard = good();
    replace(&yard, "description: Demo", "description: Better");
    let failed = |yard: &Yard| rules(&findings(&yard.run("check -o json")), "fail");
    for (rule, entry, left) in [
        ("labels-computed", "demo", 0),
        ("labels-computed", "demo@1.0.0", 0),
        ("labels-computed", "demo@v1.0", 0),
        ("labels-computed", "d*", 0),
        ("labels-computed", "demo@1.1.0", 1),
        ("labels-computed", "other", 1),
        ("labels-signed", "demo", 1),
    ] {
        yard.write("plugyard.yaml", exception(rule, entry));
        assert_eq!(failed(&yard).len(), left, "{rule} {entry}");
    }
    yard.write("plugyard.yaml", exception("labels-computed", "demo"));
    let told = yard.run("check").stderr;
    assert!(
        told.contains("no findings, 1 accepted; 3 entries"),
        "{told}"
    );
}

#[test]
fn an_exception_also_covers_what_cannot_be_decided() {
    let yard = good();
    replace(&yard, "schema: 1", "schema: 2");
    policy(
        &yard,
        "exceptions:\n- { rule: capabilities-known, entry: demo, reason: x }",
    );
    let unknown = rules(&findings(&yard.run("check -o json")), "unknown");
    assert_eq!(
        unknown.into_iter().collect::<Vec<_>>(),
        ["mutable-versions-listed"]
    );
}

/// A published registry with these versions of a plugin, some of them yanked, that keeps three.
fn keeps_three(versions: &[&str], yanked: &[&str]) -> Yard {
    let yard = Yard::new();
    yard.done("init --name acme.org/plugin-registry -r ./transport-archive");
    policy(&yard, "keep: 3");
    for version in versions {
        plugin(&yard, "./transport-archive", DEMO, version, "demo/v1");
        yard.done(&format!("add {DEMO}:{version}"));
    }
    for version in yanked {
        yard.done(&format!("yank demo@{version} --reason broken"));
    }
    yard.done("publish --first");
    yard
}

#[test]
fn what_update_takes_out_is_no_loss() {
    for (versions, yanked, new, left) in [
        // A pre-release goes with the stable version it was made for.
        (&["1.0.0-rc.1"][..], &[][..], "1.0.0", "1.0.0"),
        (
            &["0.9.0", "1.0.0-rc.1"],
            &[],
            "1.0.0",
            "0.9.0 1.0.0-rc.1 1.0.0",
        ),
        // What was withdrawn does not count.
        (&["1.0.0"], &["1.0.0"], "1.0.1", "1.0.1"),
        (&["1.0.0", "1.0.1"], &["1.0.0"], "1.0.2", "1.0.1 1.0.2"),
        (
            &["1.0.0", "1.0.1"],
            &["1.0.1"],
            "1.0.2",
            "1.0.0 1.0.1 1.0.2",
        ),
    ] {
        let yard = keeps_three(versions, yanked);
        plugin(&yard, "./transport-archive", DEMO, new, "demo/v1");
        yard.done("update");
        let text = yard.read(FILE);
        let entries = text
            .lines()
            .filter_map(|line| line.strip_prefix("    version: "));
        let entries: Vec<&str> = entries.collect();
        assert_eq!(entries.join(" "), left, "{versions:?} {yanked:?} {new}");
        let found = findings(&yard.run("check -o json"));
        assert!(
            found.is_empty(),
            "{versions:?} {yanked:?} {new}: {found:#?}"
        );
    }
}

#[test]
fn what_update_would_leave_is_a_loss() {
    for (versions, yanked, lost, moving) in [
        (&["1.0.0", "1.0.1"][..], &[][..], "1.0.0", false),
        (&["1.0.0", "1.0.1", "1.0.2"], &["1.0.1"], "1.0.1", false),
        (&["0.9.0", "1.0.0-rc.1", "1.0.0"], &[], "1.0.0-rc.1", false),
        (&["0.0.0-main", "1.0.0"], &[], "0.0.0-main", true),
    ] {
        let yard = keeps_three(versions, yanked);
        if moving {
            policy(&yard, "moving: [{ name: demo, version: 0.0.0-main }]");
        }
        cut(&yard, "demo", lost);
        replace(&yard, "version: v0.1.0", "version: v0.1.1");
        let failed = rules(&findings(&yard.run("check -o json")), "fail");
        assert!(
            failed.contains("nothing-lost"),
            "{versions:?} {yanked:?} {lost}: {failed:?}"
        );
    }
}

#[test]
fn a_moving_version_is_listed_and_marked() {
    let yard = good();
    policy(&yard, "moving: [{ name: demo, version: 1.1.* }]");
    let text = yard.read(FILE);
    let at = text.rfind("], schema: 1 }").unwrap_or_default();
    let at = text[..at].rfind("], schema: 1 }").unwrap();
    yard.write(
        FILE,
        format!("{}], moving: true{}", &text[..at], &text[at + 1..]),
    );
    assert_eq!(
        yard.run("check -o json").json()["findings"],
        serde_json::json!([])
    );
    // Marked, and not listed.
    yard.write("plugyard.yaml", "");
    let failed = rules(&findings(&yard.run("check -o json")), "fail");
    assert_eq!(
        failed.into_iter().collect::<Vec<_>>(),
        ["mutable-versions-listed"]
    );
}

#[test]
fn what_is_wrong_in_plugyard_yaml_is_shown_with_its_place_and_the_way_out() {
    let yard = good();
    for (text, place, message, help) in [
        (
            "alow: [x]\n",
            "1:1",
            "unknown key `alow`",
            "did you mean `allow`?",
        ),
        (
            "zebra: 1\n",
            "1:1",
            "unknown key `zebra`",
            "known keys are `repository`",
        ),
        (
            "allow: acme.org/*\n",
            "1:8",
            "expected a list of components",
            "start each item",
        ),
        ("allow: []\n", "1:8", "nothing would be allowed", "omit it"),
        (
            "platforms: [linux/x86_64]\n",
            "1:13",
            "`x86_64` in `linux/x86_64`",
            "did you mean `amd64`?",
        ),
        (
            "platforms: [linux]\n",
            "1:13",
            "`linux` is not a platform",
            "write OS/ARCH",
        ),
        (
            "keep: 0\n",
            "1:7",
            "`keep` must be a positive integer",
            "without it, all stay",
        ),
        (
            "keep: -1\n",
            "1:7",
            "`keep` must be a positive integer",
            "without it, all stay",
        ),
        ("keep: [1]\n", "1:7", "`keep` is a list", ""),
        (
            "moving: [{ name: demo }]\n",
            "1:10",
            "has no `version`",
            "write `- { name:",
        ),
        (
            "moving: [{ version: 1 }]\n",
            "1:10",
            "neither `name` nor `component`",
            "write `- {",
        ),
        (
            "moving: [{ name: a, component: b, version: 1 }]\n",
            "1:10",
            "has both `name` and `component`",
            "write",
        ),
        (
            "moving: [{ nam: a, version: 1 }]\n",
            "1:12",
            "unknown key `nam`",
            "did you mean `name`?",
        ),
        (
            "moving: [demo]\n",
            "1:10",
            "expected keys such as `name`",
            "is text",
        ),
        (
            "rules: { no-dolar: off }\n",
            "1:10",
            "there is no rule `no-dolar`",
            "did you mean `no-dollar`?",
        ),
        (
            "rules: { no-dollar: errror }\n",
            "1:21",
            "`errror` is not a valid severity",
            "did you mean `error`?",
        ),
        (
            "rules: { constructor-well-formed: off }\n",
            "1:35",
            "cannot be changed",
            "omit it",
        ),
        (
            "rules: { capability-conflict: off }\n",
            "1:10",
            "the rule `capability-conflict` was renamed",
            "write `capability-unique`",
        ),
        (
            "exceptions: [{ rule: outside-own-repository, entry: x, reason: y }]\n",
            "1:22",
            "the rule `outside-own-repository` was renamed",
            "write `within-own-repository`",
        ),
        (
            "exceptions: [{ rule: no-dollar, entry: x, reason: y }]\n",
            "1:22",
            "never about an entry",
            "under `rules`",
        ),
        ("rules: [x]\n", "1:8", "`rules` is a list", "write"),
        (
            "exceptions: [{ rule: binary-platform, entry: x }]\n",
            "1:14",
            "has no `reason`",
            "say why",
        ),
        (
            "exceptions: [{ rule: binary-platform, entry: x, reason: '' }]\n",
            "1:57",
            "`reason` is empty",
            "",
        ),
        (
            "exceptions: [{ entry: x, reason: y }]\n",
            "1:14",
            "has no `rule`",
            "name the rule",
        ),
        (
            "exceptions: [{ rule: nothing-at-all-x, entry: x, reason: y }]\n",
            "1:22",
            "there is no rule",
            "docs/checks.md",
        ),
        (
            "exceptions: [{ rule: binary-platform, entry: x@latest, reason: y }]\n",
            "1:46",
            "`latest` is not a version",
            "NAME@VERSION",
        ),
    ] {
        yard.write("plugyard.yaml", text);
        let outcome = yard.writes_nothing("check");
        let told = &outcome.stderr;
        assert_eq!(outcome.code, Some(1), "{text}");
        assert!(
            told.contains(message) && told.contains(help),
            "{text}\n{told}"
        );
        assert!(
            told.contains(&format!("plugyard.yaml:{place}\n")),
            "{text}\n{told}"
        );
        assert!(outcome.stdout.is_empty());
    }
    // All of it at once.
    yard.write("plugyard.yaml", "keep: x\nrules: { a: b }\nfoo: 1\n");
    let told = yard.run("check").stderr;
    assert_eq!(told.matches("error: ").count(), 4, "{told}");
}

#[test]
fn a_file_that_is_too_long_or_cannot_be_read_is_not_taken_for_absent() {
    let yard = good();
    yard.write("plugyard.yaml", vec![b'#'; (16 << 20) + 1]);
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(1));
    let expected = "cannot read plugyard.yaml: it is larger than the limit of 16777216 bytes";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    fs_err::remove_file(yard.path("plugyard.yaml")).unwrap();
    fs_err::create_dir(yard.path("plugyard.yaml")).unwrap();
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(1));
    let expected = "error: cannot read plugyard.yaml: it is a folder, not a regular file";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
}

#[test]
fn without_the_file_everything_has_a_default() {
    let yard = good();
    fs_err::remove_file(yard.path("plugyard.yaml")).unwrap();
    assert_eq!(
        yard.done("check -o json").json()["findings"],
        serde_json::json!([])
    );
}
