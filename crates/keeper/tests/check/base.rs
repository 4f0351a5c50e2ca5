//! A change is judged by the policy of the revision it is for.

use keeper::check::{Verdict, known_rules};
use keeper::policy::Policy;
use keeper::severity::Severity;

use crate::yard::{DEMO, Yard, failed, input};

fn policy(yard: &Yard, text: &str) -> Policy {
    Policy::parse_earlier(text, &yard.path(""), &known_rules()).unwrap()
}

/// Checks a change whose own plugyard.yaml has these lines, for a revision that has those.
fn check(yard: &Yard, own: &str, base: &str) -> Verdict {
    yard.set_policy(own);
    let base = policy(yard, base);
    yard.check_for(Some(&base), &Yard::good().text())
}

#[test]
fn a_change_cannot_switch_rules_off_for_itself() {
    for own in [
        "rules: { nothing-lost: off, registry-version: off }",
        "rules: { nothing-lost: note, registry-version: note }",
        "exceptions: [{ rule: nothing-lost, entry: other, reason: x }]\nrules: { registry-version: off }",
    ] {
        let yard = Yard::good();
        yard.cut("other", "2.0.0");
        let verdict = check(&yard, own, "");
        assert!(verdict.is_negative());
        assert_eq!(
            failed(&verdict),
            ["nothing-lost", "registry-version"],
            "{own}"
        );
        for finding in &verdict.findings {
            let words = "this change's plugyard.yaml would accept it: merge that file first";
            assert!(finding.help.contains(words), "{finding:#?}");
        }
    }
    // Once the file is merged, it counts.
    let yard = Yard::good();
    yard.cut("other", "2.0.0");
    let off = "rules: { nothing-lost: off, registry-version: off }";
    assert_eq!(failed(&check(&yard, off, off)), [""; 0]);
    // By a former id, too.
    let yard = Yard::good();
    yard.plugin_in("elsewhere", DEMO, "1.2.0", &input("demo/v1"));
    yard.set_policy("sources: [./elsewhere]");
    yard.add(DEMO, "1.2.0");
    let lines = "sources: [./elsewhere]";
    assert_eq!(
        failed(&check(&yard, lines, lines)),
        ["within-own-repository"]
    );
    let former = "sources: [./elsewhere]\nrules: { outside-own-repository: off }";
    let verdict = check(&yard, lines, former);
    assert!(!verdict.is_negative());
    assert_eq!(verdict.findings[0].severity, Severity::Warning);
}

#[test]
fn a_stricter_rule_of_the_change_is_a_warning() {
    let yard = Yard::good();
    let verdict = check(&yard, "allow: ['*/other']\nplatforms: [plan9/386]", "");
    assert_eq!(
        failed(&verdict),
        ["component-allowed", "platforms-required"]
    );
    assert!(!verdict.is_negative());
    let mut findings = verdict.findings.iter();
    assert!(findings.all(|finding| finding.severity == Severity::Warning));
    // And the allow list of the revision stays.
    let verdict = check(&yard, "allow: ['*']", "allow: ['*/other']");
    assert_eq!(failed(&verdict), ["component-allowed"]);
    assert!(verdict.is_negative());
}

#[test]
fn a_new_version_may_be_listed_as_mutable_but_a_published_one_not_changed() {
    let yard = Yard::good();
    yard.replace_last("], schema: 1 }", "], moving: true, schema: 1 }");
    // The last entry is `other` 2.0.0, which is published: it may be listed and marked, ...
    let moving = "moving: [{ name: other, version: 2.0.0 }]";
    assert_eq!(failed(&check(&yard, moving, "")), [""; 0]);
    // ... but its digest does not change yet.
    yard.change_descriptor("acme.org/plugins/other", "2.0.0", |descriptor| {
        descriptor["component"]["provider"] = "evil.org".into();
    });
    yard.pin("other", "acme.org/plugins/other", "2.0.0");
    assert_eq!(failed(&check(&yard, moving, "")), ["content-kept"]);
    assert_eq!(failed(&check(&yard, moving, moving)), [""; 0]);
}

#[test]
fn the_name_of_the_registry_does_not_change() {
    let yard = Yard::good();
    yard.replace(
        "name: acme.org/plugin-registry",
        "name: acme.org/other-registry",
    );
    let failed = failed(&check(&yard, "", ""));
    assert_eq!(failed, ["registry-name-kept"]);
    assert_eq!(yard.failed(), [""; 0], "nothing is known without a base");
}

#[test]
fn an_entry_that_the_revision_lacks_is_read_although_it_is_published() {
    let yard = Yard::good();
    yard.publish();
    yard.unpublish(DEMO, "1.1.0");
    yard.bump();
    assert_eq!(yard.failed(), [""; 0]);
    let base = Yard::good();
    base.cut("demo", "1.1.0");
    let verdict = yard.check_for(Some(&Policy::default()), &base.text());
    assert_eq!(failed(&verdict), ["component-exists"]);
    // A constructor that cannot be used has no entry.
    let verdict = yard.check_for(None, "name: [");
    assert_eq!(verdict.read, 3);
}

#[test]
fn the_report_says_whose_policy_judged_and_what_a_change_permits() {
    let yard = Yard::good();
    let own = "sources: [./elsewhere]\nallow: [acme.org/*, evil.example/*]\nkeep: 1\n\
        moving: [{ name: demo, version: main }]\nrules: { no-dollar: off, entries-sorted: error }\n\
        exceptions: [{ rule: binary-platform, entry: demo, reason: flaky }]";
    let base = "allow: [acme.org/*]\nkeep: 3\nplatforms: [linux/amd64]";
    let report = check(&yard, own, base).policy;
    assert_eq!(report[0], "judged by the plugyard.yaml of git:main");
    for expected in [
        "`allow` now also admits evil.example/*",
        "`platforms` no longer requires linux/amd64",
        "`moving` now also lists main of `demo`",
        "`keep` decreases from 3 to 1",
        "the rule `no-dollar` is off",
        "an exception accepts `binary-platform` at demo: flaky",
    ] {
        assert!(
            report.iter().any(|line| line == expected),
            "{expected}: {report:#?}"
        );
    }
    assert!(
        report
            .iter()
            .any(|line| line.starts_with("`sources` now also has "))
    );
    assert!(
        report
            .iter()
            .any(|line| line.starts_with("`repository` is now "))
    );
    assert!(!report.iter().any(|line| line.contains("entries-sorted")));
    let report = yard.check().policy;
    assert!(report[0].contains("working tree"), "{report:#?}");
    assert!(report.contains(&"the rule `no-dollar` is off".to_owned()));
    let report = yard.check_for(None, &yard.text()).policy;
    assert_eq!(
        report[0],
        "git:main has no plugyard.yaml: judged by the defaults"
    );
}
