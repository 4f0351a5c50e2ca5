//! `plugyard.yaml`: what it decides, and its errors.

use keeper::check::{Status, known_rules};
use keeper::policy::Policy;
use keeper::severity::Severity;
use ocm::{Diagnostic, Lines};

use crate::yard::{DEMO, Yard, rules};

#[test]
fn severities_decide_whether_a_finding_stops_the_gate() {
    let yard = Yard::good();
    yard.replace("Plugin registry of", "$HOME of");
    for (level, is_negative, severity) in [
        ("error", true, Some(Severity::Error)),
        ("warning", false, Some(Severity::Warning)),
        ("note", false, Some(Severity::Note)),
        ("off", false, None),
        ("'off'", false, None),
    ] {
        yard.set_policy(&format!("rules:\n  no-dollar: {level}"));
        let verdict = yard.check();
        assert_eq!(verdict.is_negative(), is_negative, "{level}");
        let found = verdict.findings.first().map(|finding| finding.severity);
        assert_eq!(found, severity, "{level}");
    }
}

#[test]
fn an_exception_accepts_one_rule_at_one_entry() {
    let yard = Yard::good();
    yard.replace("description: Demo", "description: Better");
    for (rule, entry, left) in [
        ("labels-computed", "demo", 0),
        ("labels-computed", "demo@1.0.0", 0),
        ("labels-computed", "demo@v1.0", 0),
        ("labels-computed", "d*", 0),
        ("labels-computed", "demo@1.1.0", 1),
        ("labels-computed", "other", 1),
        ("labels-signed", "demo", 1),
    ] {
        yard.set_policy(&format!(
            "exceptions: [{{ rule: {rule}, entry: '{entry}', reason: agreed }}]\nrules: {{ exceptions-used: off }}"
        ));
        let found = rules(&yard.check().findings, Status::Fail);
        assert_eq!(found.len(), left, "{rule} {entry}");
    }
    yard.set_policy("exceptions: [{ rule: labels-computed, entry: demo, reason: agreed }]");
    let verdict = yard.check();
    assert_eq!(
        (verdict.findings.len(), verdict.accepted, verdict.entries),
        (0, 1, 3)
    );
}

#[test]
fn an_exception_also_covers_an_undecided_rule() {
    let yard = Yard::good();
    yard.replace("schema: 1", "schema: 2");
    yard.append_policy("exceptions:\n- { rule: capabilities-known, entry: demo, reason: x }");
    let unknown = rules(&yard.check().findings, Status::Unknown);
    assert_eq!(unknown, ["mutable-versions-listed"]);
}

/// A published registry with these versions of a plugin, some of them yanked, that keeps three.
fn keeps_three(versions: &[&str], yanked: &[&str]) -> Yard {
    let yard = Yard::empty();
    yard.append_policy("keep: 3");
    for version in versions {
        yard.plugin(DEMO, version, "demo/v1");
        yard.add(DEMO, version);
    }
    for version in yanked {
        yard.yank("demo", version);
    }
    yard.publish();
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
        yard.plugin(DEMO, new, "demo/v1");
        yard.update();
        let text = yard.text();
        let entries = text
            .lines()
            .filter_map(|line| line.strip_prefix("    version: "));
        let entries: Vec<&str> = entries.collect();
        assert_eq!(entries.join(" "), left, "{versions:?} {yanked:?} {new}");
        let found = yard.check().findings;
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
            yard.append_policy("moving: [{ name: demo, version: 0.0.0-main }]");
        }
        yard.cut("demo", lost);
        yard.replace("version: v0.1.0", "version: v0.1.1");
        let failed = rules(&yard.check().findings, Status::Fail);
        assert!(
            failed.contains(&"nothing-lost"),
            "{versions:?} {yanked:?} {lost}: {failed:?}"
        );
    }
}

#[test]
fn a_mutable_version_is_listed_and_marked() {
    let yard = Yard::good();
    yard.append_policy("moving: [{ name: demo, version: 1.1.* }]");
    let text = yard.text();
    let at = text.rfind("], schema: 1 }").unwrap_or_default();
    let at = text[..at].rfind("], schema: 1 }").unwrap();
    yard.set_text(format!("{}], moving: true{}", &text[..at], &text[at + 1..]));
    assert_eq!(yard.check().findings, []);
    // Marked, and not listed.
    yard.set_policy("");
    assert_eq!(yard.failed(), ["mutable-versions-listed"]);
}

#[test]
fn errors_in_plugyard_yaml_have_a_position_and_a_hint() {
    for (text, position, message, help) in [
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
        let diagnostics = parse(text).unwrap_err();
        let lines = Lines::new(text);
        let found = diagnostics.iter().any(|diagnostic| {
            let (line, column) = lines.position(diagnostic.span.start);
            diagnostic.message.contains(message)
                && diagnostic
                    .help
                    .as_deref()
                    .unwrap_or_default()
                    .contains(help)
                && format!("{line}:{column}") == position
        });
        assert!(found, "{text}: {diagnostics:#?}");
    }
    // All of them at once.
    let diagnostics = parse("keep: x\nrules: { a: b }\nfoo: 1\n").unwrap_err();
    assert_eq!(diagnostics.len(), 4, "{diagnostics:#?}");
}

fn parse(text: &str) -> Result<Policy, Vec<Diagnostic>> {
    Policy::parse(text, "".as_ref(), &known_rules())
}
