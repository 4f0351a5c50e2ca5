//! For each rule a good registry with a mutation that only this rule finds.

use keeper::check::{Against, RULES, Status, Verdict};
use keeper::policy::Policy;
use serde_json::json;

use crate::hostile::{entry, pin_all, plugin, reference, with_further};
use crate::yard::{DEMO, REGISTRY, WRONG, Yard, input, rules};

type Mutation = (&'static str, i32, fn(&Yard));

/// The rule, the exit code of `plugyard check`, and the mutation; in the order of the rules.
const MUTATIONS: &[Mutation] = &[
    ("constructor-well-formed", 3, |yard| {
        yard.replace("componentName: ", "componentNam: ");
    }),
    ("nothing-ignored", 0, |yard| {
        yard.replace(
            "value: plugin-registry,",
            "value: plugin-registry, version: v1,",
        );
    }),
    ("official-spelling", 0, |yard| {
        yard.replace("{ name: acme.org }", "acme.org");
    }),
    ("no-dollar", 3, |yard| {
        yard.replace("Plugin registry of", "$HOME of");
    }),
    ("characters-visible", 3, |yard| {
        yard.replace("# The plugin", "# \u{200b}The plugin");
    }),
    ("further-components-listed", 3, |yard| {
        let library = reference("library", "acme.org/library", "1.0.0");
        let zebra = plugin("acme.org/plugins/zebra", "1.0.0", &library);
        yard.append(&entry("zebra", "acme.org/plugins/zebra", "1.0.0"));
        yard.replace("version: v0.1.1", "version: v0.2.0");
        with_further(yard, &(zebra + &plugin("acme.org/library", "1.0.0", "[]")));
        pin_all(yard);
    }),
    ("further-components-publishable", 3, |yard| {
        yard.cut("demo", "1.1.0");
        let own = entry("demo", DEMO, "1.1.0");
        yard.replace("  - name: other\n", &format!("{own}  - name: other\n"));
        // It has one platform less.
        yard.replace("version: v0.1.1", "version: v1.0.0");
        with_further(yard, &plugin(DEMO, "1.1.0", "[]"));
        pin_all(yard);
    }),
    ("registry-name-kept", 3, |yard| {
        yard.replace(
            "name: acme.org/plugin-registry",
            "name: acme.org/other-registry",
        );
    }),
    ("references-only", 0, |yard| {
        yard.replace(
            "labels:\n",
            "resources: [{ name: readme, type: blob, input: { type: utf8, text: hello } }]\nlabels:\n",
        );
    }),
    ("entry-unique", 3, |yard| {
        let entry = yard.cut("other", "2.0.0");
        let twin = yard.entry("demo", "1.1.0");
        yard.append(&twin.replacen(
            "    digest:",
            "    extraIdentity: { os: linux }\n    digest:",
            1,
        ));
        yard.append(&entry);
    }),
    ("name-bound", 3, |yard| {
        yard.plugin("acme.org/plugins/demo2", "1.2.0", "rival/v1");
        yard.add("acme.org/plugins/demo2", "1.2.0");
        yard.replace("name: demo2", "name: demo");
        yard.replace("version: v0.2.0", "version: v1.0.0");
    }),
    ("own-labels-spelled", 3, |yard| {
        yard.label("{ name: plugyard/registri, value: { schema: 1 }, signing: true }");
    }),
    ("own-labels-valid", 1, |yard| {
        yard.label("{ name: plugyard/registry, value: { schema: 1, sources: 7 }, signing: true }");
    }),
    ("labels-known", 0, |yard| {
        yard.label("{ name: colour, value: blue, signing: true }");
    }),
    ("not-removed", 3, |yard| {
        yard.label(
            "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
             [{ name: demo, component: acme.org/plugins/demo, version: v1.1, reason: broken }] } }",
        );
    }),
    ("component-exists", 3, |yard| {
        yard.replace("version: 1.1.0", "version: 1.1.9");
    }),
    ("digest-present", 3, |yard| {
        let entry = yard.entry("demo", "1.1.0");
        yard.replace(&entry, &entry.replace("v4alpha1", "v3"));
    }),
    ("digest-correct", 3, |yard| {
        let entry = yard.entry("demo", "1.1.0");
        let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
        yard.replace(&entry, &entry.replace(&digits, WRONG));
    }),
    ("content-kept", 0, |yard| {
        yard.change_descriptor(DEMO, "1.0.0", |descriptor| {
            descriptor["component"]["provider"] = json!("evil.org");
        });
        yard.repin("demo");
    }),
    ("plugin-resources-valid", 3, |yard| {
        yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource["extraIdentity"] = json!({ "os": "linux" });
        });
        yard.pin("demo", DEMO, "1.1.0");
    }),
    ("resource-digests-cover", 3, |yard| {
        yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource.as_object_mut().unwrap().remove("digest");
        });
        yard.repin("demo");
    }),
    ("binary-platform", 3, |yard| {
        yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
            let resource = &mut descriptor["component"]["resources"][0];
            resource["extraIdentity"] = json!({ "os": "windows", "architecture": "amd64" });
        });
        yard.repin("demo");
    }),
    ("capabilities-known", 3, |yard| {
        let new = json!({"capabilities": [{"type": "teleporter"}]});
        yard.plugin_in("transport-archive", DEMO, "1.2.0", &new);
        yard.add(DEMO, "1.2.0");
    }),
    ("capability-unique", 0, |yard| {
        yard.plugin("acme.org/plugins/twin", "1.0.0", "demo/v1");
        yard.add("acme.org/plugins/twin", "1.0.0");
    }),
    ("plugin-info-valid", 3, |yard| {
        // Published like this, so that its component is not read.
        yard.replace_last(
            "value: { description: Demo",
            "value: { vendor: x, description: Demo",
        );
        yard.publish();
    }),
    ("labels-computed", 3, |yard| {
        let entry = yard.entry("demo", "1.1.0");
        yard.replace(
            &entry,
            &entry.replace("description: Demo", "description: Better"),
        );
    }),
    ("labels-signed", 0, |yard| {
        yard.replace(
            "value: plugin-registry, signing: true",
            "value: plugin-registry",
        );
    }),
    ("entries-sorted", 0, |yard| {
        let entry = yard.cut("demo", "1.1.0");
        yard.append(&entry);
    }),
    ("names-transferable", 0, |yard| {
        yard.plugin(DEMO, "1.2.0+x", "demo/v1");
        yard.add(DEMO, "1.2.0+x");
    }),
    ("within-own-repository", 0, |yard| {
        yard.append_policy("sources: [./elsewhere]");
        yard.plugin_in("elsewhere", DEMO, "1.2.0", &input("demo/v1"));
        yard.add(DEMO, "1.2.0");
    }),
    ("no-cycle", 3, |yard| {
        yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
            descriptor["component"]["componentReferences"] = json!([
                { "name": "back", "componentName": REGISTRY, "version": "v0.1.1" },
            ]);
        });
        yard.repin("demo");
    }),
    ("version-not-lowered", 3, |yard| {
        yard.plugin(DEMO, "0.9.0", "demo/v1");
        yard.cut("demo", "1.0.0");
        yard.cut("demo", "1.1.0");
        yard.add(DEMO, "0.9.0");
        yard.replace("version: v0.2.0", "version: v1.0.0");
    }),
    ("nothing-lost", 3, |yard| {
        yard.append_policy("keep: 3");
        yard.cut("demo", "1.0.0");
    }),
    ("registry-version", 3, |yard| {
        yard.replace("version: v0.1.1", "version: v0.1.0");
    }),
    ("component-allowed", 3, |yard| {
        yard.append_policy("allow: [acme.org/plugins/d*]");
    }),
    ("platforms-required", 3, |yard| {
        yard.append_policy("platforms: [linux/amd64, linux/arm64]");
    }),
    ("mutable-versions-listed", 3, |yard| {
        yard.append_policy("moving: [{ component: 'acme.org/*', version: 1.1.0 }]");
    }),
    ("exceptions-used", 0, |yard| {
        yard.append_policy("exceptions: [{ rule: no-cycle, entry: gone, reason: x }]");
    }),
];

#[test]
fn a_good_registry_has_no_finding() {
    let yard = Yard::good();
    for all in [false, true] {
        assert_eq!(yard.check_with(&Against::Latest, all).findings, []);
    }
}

#[test]
fn what_init_and_add_make_has_no_finding() {
    let yard = Yard::empty();
    assert_eq!(yard.check().findings, []);
    yard.plugin(DEMO, "1.0.0", "demo/v1");
    yard.add(DEMO, "1.0.0");
    assert_eq!(yard.check().findings, []);
    yard.publish();
    assert_eq!(yard.check_with(&Against::Latest, true).findings, []);
}

#[test]
fn every_rule_has_a_mutation() {
    let mutated: Vec<&str> = MUTATIONS.iter().map(|(rule, ..)| *rule).collect();
    let known: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(mutated, known);
}

/// The exit code of `plugyard check`.
fn code(verdict: &Verdict) -> i32 {
    match (verdict.is_incomplete(), verdict.is_negative()) {
        (true, _) => 1,
        (_, true) => 3,
        _ => 0,
    }
}

#[test]
fn each_mutation_is_found_by_its_rule_alone() {
    for (rule, expected, mutate) in MUTATIONS {
        let yard = Yard::good();
        let base = yard.text();
        mutate(&yard);
        // One rule compares with a base revision.
        let check = || match *rule {
            "registry-name-kept" => {
                let policy: Policy = yard.policy();
                yard.check_for(Some(&policy), &base)
            }
            _ => yard.check(),
        };
        let verdict = check();
        let context = format!("{rule}: {:#?}\n{}", verdict.findings, yard.text());
        assert_eq!(rules(&verdict.findings, Status::Fail), [*rule], "{context}");
        assert_eq!(code(&verdict), *expected, "{context}");
        // Without the rule, nothing is found.
        if *rule == "constructor-well-formed" {
            continue;
        }
        yard.append_policy(&format!("rules: {{ {rule}: off }}"));
        let left = check().findings;
        assert_eq!(rules(&left, Status::Fail), [""; 0], "{rule}: {left:#?}");
    }
}
