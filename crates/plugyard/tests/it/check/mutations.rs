//! For each rule a good registry that is spoiled in a way that only this rule finds.

use serde_json::json;

use crate::check::registry::{
    FILE, append, change_descriptor, cut, entry_text, findings, good, label, plugin, plugin_with,
    policy, replace, replace_last, rules,
};
use crate::yard::{DEMO, REGISTRY, Yard};

type Mutation = (&'static str, i32, fn(&Yard));

const ARCHIVE: &str = "./transport-archive";

/// Rule, exit code, and what is done.
const MUTATIONS: &[Mutation] = &[
    ("constructor-well-formed", 3, |yard| {
        replace(yard, "componentName: ", "componentNam: ");
    }),
    ("nothing-ignored", 0, |yard| {
        replace(
            yard,
            "value: plugin-registry,",
            "value: plugin-registry, version: v1,",
        );
    }),
    ("official-spelling", 0, |yard| {
        replace(yard, "{ name: acme.org }", "acme.org");
    }),
    ("no-dollar", 3, |yard| {
        replace(yard, "Plugin registry of", "$HOME of");
    }),
    ("entry-unique", 3, |yard| {
        let entry = cut(yard, "other", "2.0.0");
        let twin = entry_text(yard, "demo", "1.1.0");
        append(
            yard,
            &twin.replacen(
                "    digest:",
                "    extraIdentity: { os: linux }\n    digest:",
                1,
            ),
        );
        append(yard, &entry);
    }),
    ("name-bound", 3, |yard| {
        plugin(yard, ARCHIVE, "acme.org/plugins/demo2", "1.2.0", "rival/v1");
        yard.done("add acme.org/plugins/demo2");
        replace(yard, "name: demo2", "name: demo");
        replace(yard, "version: v0.2.0", "version: v1.0.0");
    }),
    ("own-labels-valid", 1, |yard| {
        label(
            yard,
            "{ name: plugyard/registry, value: { schema: 1, sources: 7 }, signing: true }",
        );
    }),
    ("not-removed", 3, |yard| {
        label(
            yard,
            "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
             [{ name: demo, component: acme.org/plugins/demo, version: v1.1, reason: broken }] } }",
        );
    }),
    ("component-exists", 3, |yard| {
        replace(yard, "version: 1.1.0", "version: 1.1.9");
    }),
    ("digest-present", 3, |yard| {
        let entry = entry_text(yard, "demo", "1.1.0");
        replace(yard, &entry, &entry.replace("v4alpha1", "v3"));
    }),
    ("digest-correct", 3, |yard| {
        let entry = entry_text(yard, "demo", "1.1.0");
        let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
        replace(yard, &entry, &entry.replace(&digits, crate::yard::WRONG));
    }),
    ("content-kept", 0, |yard| {
        change_descriptor(yard, DEMO, "1.0.0", |descriptor| {
            descriptor["component"]["provider"] = json!("evil.org");
        });
        yard.done("update demo --repin");
    }),
    ("plugin-resources-valid", 3, |yard| {
        change_descriptor(yard, DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource["extraIdentity"] = json!({ "os": "linux" });
        });
        pin(yard, "1.1.0");
    }),
    ("resource-digests-cover", 3, |yard| {
        change_descriptor(yard, DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource.as_object_mut().unwrap().remove("digest");
        });
        yard.done("update demo --repin");
    }),
    ("binary-platform", 3, |yard| {
        change_descriptor(yard, DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource["extraIdentity"] = json!({ "os": "windows", "architecture": "amd64" });
        });
        yard.done("update demo --repin");
    }),
    ("capabilities-known", 3, |yard| {
        let new = json!({"capabilities": [{"type": "teleporter"}]});
        plugin_with(yard, ARCHIVE, DEMO, "1.2.0", &new);
        yard.done("add acme.org/plugins/demo");
    }),
    ("capability-unique", 0, |yard| {
        plugin(yard, ARCHIVE, "acme.org/plugins/twin", "1.0.0", "demo/v1");
        yard.done("add acme.org/plugins/twin");
    }),
    ("plugin-info-valid", 3, |yard| {
        // Published like this, so that its component is not read.
        replace_last(
            yard,
            "value: { description: Demo",
            "value: { vendor: x, description: Demo",
        );
        yard.done("publish");
    }),
    ("labels-computed", 3, |yard| {
        let entry = entry_text(yard, "demo", "1.1.0");
        replace(
            yard,
            &entry,
            &entry.replace("description: Demo", "description: Better"),
        );
    }),
    ("labels-signed", 0, |yard| {
        replace(
            yard,
            "value: plugin-registry, signing: true",
            "value: plugin-registry",
        );
    }),
    ("entries-sorted", 0, |yard| {
        let entry = cut(yard, "demo", "1.1.0");
        append(yard, &entry);
    }),
    ("names-transferable", 0, |yard| {
        plugin(yard, ARCHIVE, DEMO, "1.2.0+x", "demo/v1");
        yard.done("add acme.org/plugins/demo");
    }),
    ("within-own-repository", 0, |yard| {
        policy(yard, "sources: [./elsewhere]");
        plugin(yard, "./elsewhere", DEMO, "1.2.0", "demo/v1");
        yard.done("add acme.org/plugins/demo:1.2.0");
    }),
    ("no-cycle", 3, |yard| {
        change_descriptor(yard, DEMO, "1.1.0", |descriptor| {
            descriptor["component"]["componentReferences"] = json!([
                { "name": "back", "componentName": REGISTRY, "version": "v0.1.1" },
            ]);
        });
        yard.done("update demo --repin");
    }),
    ("version-not-lowered", 3, |yard| {
        plugin(yard, ARCHIVE, DEMO, "0.9.0", "demo/v1");
        cut(yard, "demo", "1.0.0");
        cut(yard, "demo", "1.1.0");
        yard.done("add acme.org/plugins/demo:0.9.0");
        replace(yard, "version: v0.2.0", "version: v1.0.0");
    }),
    ("nothing-lost", 3, |yard| {
        policy(yard, "keep: 3");
        cut(yard, "demo", "1.0.0");
    }),
    ("registry-version", 3, |yard| {
        replace(yard, "version: v0.1.1", "version: v0.1.0");
    }),
    ("component-allowed", 3, |yard| {
        policy(yard, "allow: [acme.org/plugins/d*]");
    }),
    ("platforms-required", 3, |yard| {
        policy(yard, "platforms: [linux/amd64, linux/arm64]");
    }),
    ("mutable-versions-listed", 3, |yard| {
        policy(
            yard,
            "moving: [{ component: 'acme.org/*', version: 1.1.0 }]",
        );
    }),
];

/// Pins an entry of `demo` by hand, as what it refers to is no plugin.
fn pin(yard: &Yard, version: &str) {
    let reference = format!("component hash ./transport-archive//{DEMO}:{version}");
    let digest = yard.done(&reference).text().trim().replace("sha256:", "");
    let entry = entry_text(yard, "demo", version);
    let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
    replace(yard, &entry, &entry.replace(&digits, &digest));
}

#[test]
fn a_good_registry_has_no_finding() {
    let yard = good();
    for line in ["check", "check --all"] {
        let outcome = yard.writes_nothing(&format!("{line} -o json"));
        assert_eq!(findings(&outcome), [] as [serde_json::Value; 0], "{line}");
        assert_eq!(outcome.code, Some(0));
    }
}

#[test]
fn what_init_and_add_make_has_no_finding() {
    let yard = Yard::with_plugin();
    yard.done(&format!("init --name {REGISTRY}"));
    let outcome = yard.done("check -o json");
    assert_eq!(findings(&outcome), [] as [serde_json::Value; 0]);
    yard.done(&format!("add {DEMO}"));
    let outcome = yard.done("check -o json");
    assert_eq!(findings(&outcome), [] as [serde_json::Value; 0]);
    yard.done("publish --first");
    let outcome = yard.done("check --all -o json");
    assert_eq!(findings(&outcome), [] as [serde_json::Value; 0]);
}

#[test]
fn every_rule_has_a_mutation() {
    let page = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks.md"));
    let page = page.unwrap();
    let documented = page.lines().filter_map(|line| line.strip_prefix("## "));
    let mutated: Vec<&str> = MUTATIONS.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(mutated, documented.collect::<Vec<_>>());
}

fn assert_only(from: usize, to: usize) {
    for (rule, code, mutate) in &MUTATIONS[from..to] {
        let yard = good();
        mutate(&yard);
        let outcome = yard.writes_nothing("check -o json");
        let findings = findings(&outcome);
        let failed = rules(&findings, "fail");
        let talk = format!("{rule}: {findings:#?}\n{}", yard.read(FILE));
        assert_eq!(failed.into_iter().collect::<Vec<_>>(), [*rule], "{talk}");
        assert_eq!(outcome.code, Some(*code), "{talk}");
        // Without the rule, nothing is found.
        if *rule == "constructor-well-formed" {
            continue;
        }
        policy(&yard, &format!("rules: {{ {rule}: off }}"));
        let outcome = yard.run("check -o json");
        let left = crate::check::registry::findings(&outcome);
        assert!(rules(&left, "fail").is_empty(), "{rule}: {left:#?}");
    }
}

#[test]
fn each_mutation_is_found_by_its_rule_alone() {
    assert_only(0, 10);
}

#[test]
fn each_further_mutation_is_found_by_its_rule_alone() {
    assert_only(10, 20);
}

#[test]
fn each_last_mutation_is_found_by_its_rule_alone() {
    assert_only(20, MUTATIONS.len());
}
