//! Random component descriptors: everything the schema allows, and what other tools add.

use serde_json::{Map, Value, json};

use crate::random::Random;

const TEXTS: [&str; 16] = [
    "",
    "a",
    "plain text",
    "no",
    "014",
    "1e3",
    "~",
    "null",
    "<a&b>",
    "tab\tline\nend\r",
    "\u{8}\u{c}\u{1}\u{7f}",
    "\"quoted\\\"",
    "é\u{2028}\u{2029}€",
    "\u{1f600}\u{fb33}",
    " leading and trailing ",
    "- {x: #y}",
];
const KEYS: [&str; 14] = [
    "a",
    "b",
    "B",
    "10",
    "9",
    "",
    "no",
    "\u{20ac}",
    "\u{f6}",
    "\u{fb33}",
    "\u{1f600}",
    "\u{1f4a9}x",
    "x y",
    "\u{ffee}",
];
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "1e21",
    "1e-7",
    "0.000001",
    "123456789012345678",
    "12345678901234567890",
    "1.7976931348623157e308",
    "5e-324",
    "9007199254740993",
    "-1e30",
];

/// Generates a descriptor in its JSON form.
pub fn random(random: &mut Random) -> Value {
    let mut component = json!({
        "name": random.pick(&["acme.org/a", "acme.org/plugins/b", "ocm.software/plugin-registry"]),
        "version": version(random),
        "provider": provider(random),
    });
    maybe(random, &mut component, "labels", labels);
    if random.once_in(4) {
        let times = [
            "2025-07-28T11:40:51.123+02:00",
            "2026-01-02T03:04:05Z",
            "yesterday",
        ];
        component["creationTime"] = json!(random.pick(&times));
    }
    list(
        random,
        &mut component,
        "repositoryContexts",
        |_| json!({"type": "OCIRegistry", "baseUrl": "ghcr.io"}),
    );
    list(random, &mut component, "resources", resource);
    list(random, &mut component, "sources", source);
    list(random, &mut component, "componentReferences", reference);
    unknown(random, &mut component);
    let mut descriptor = json!({"meta": {"schemaVersion": "v2"}, "component": component});
    if random.once_in(5) {
        descriptor["signatures"] = json!([{
            "name": "s",
            "digest": digest(random),
            "signature": {"algorithm": "a", "value": "b", "mediaType": "c"},
            "timestamp": {"value": "t"},
        }]);
    }
    if random.once_in(8) {
        descriptor["nestedDigests"] = json!([{"name": "acme.org/x", "version": "1"}]);
    }
    unknown(random, &mut descriptor);
    descriptor
}

fn version(random: &mut Random) -> &'static str {
    random.pick(&[
        "1.0.0",
        "v1.2",
        "1",
        "1.10",
        "2.0.0-rc.1+build.5",
        "0.0.1-main",
    ])
}

fn provider(random: &mut Random) -> Value {
    match random.below(5) {
        0 => json!(json!({"name": "acme.org", "labels": labels(random)}).to_string()),
        1 => json!(json!({"name": "acme.org", "extra": [1]}).to_string()),
        2 => json!(random.pick(&["null", "[1]", "{not json", "a b", "\u{1f600}"])),
        _ => json!("acme.org"),
    }
}

fn resource(random: &mut Random) -> Value {
    let mut resource = source(random);
    resource["relation"] = json!(random.pick(&["local", "external"]));
    maybe(random, &mut resource, "digest", digest);
    if random.once_in(4) {
        resource["srcRefs"] = json!([{"identitySelector": {"name": "s"}}]);
    }
    resource
}

fn source(random: &mut Random) -> Value {
    let mut source = json!({
        "name": random.pick(&["binary", "ab", "no", "12"]),
        "version": version(random),
        "type": random.pick(&["ocmPlugin", "blob", "git"]),
    });
    if !random.once_in(6) {
        let kind = random.pick(&["none", "None", "none/v1", "LocalBlob/v1", "ociArtifact"]);
        source["access"] = json!({"type": kind, "zeta": value(random, 2), "alpha": "x"});
    }
    maybe(random, &mut source, "labels", labels);
    extra_identity(random, &mut source);
    unknown(random, &mut source);
    source
}

fn reference(random: &mut Random) -> Value {
    let mut reference = json!({
        "name": random.pick(&["demo", "helminput", "x1"]),
        "version": version(random),
        "componentName": "acme.org/plugins/demo",
    });
    maybe(random, &mut reference, "digest", digest);
    maybe(random, &mut reference, "labels", labels);
    extra_identity(random, &mut reference);
    unknown(random, &mut reference);
    reference
}

fn digest(random: &mut Random) -> Value {
    match random.below(4) {
        0 => json!({"hashAlgorithm": "", "normalisationAlgorithm": "", "value": ""}),
        1 => json!({
            "hashAlgorithm": "NO-DIGEST",
            "normalisationAlgorithm": "EXCLUDE-FROM-SIGNATURE",
            "value": "NO-DIGEST",
        }),
        _ => json!({
            "hashAlgorithm": "SHA-256",
            "normalisationAlgorithm": "jsonNormalisation/v4alpha1",
            "value": format!("{:064x}", random.number()),
        }),
    }
}

fn extra_identity(random: &mut Random, element: &mut Value) {
    match random.below(5) {
        0 => element["extraIdentity"] = json!({}),
        1 => element["extraIdentity"] = Value::Null,
        2 => element["extraIdentity"] = json!({"os": "linux", "architecture": "amd64"}),
        3 => {
            element["extraIdentity"] = json!({random.pick(&KEYS): random.pick(&TEXTS), "z": "1.0"});
        }
        _ => {}
    }
}

fn labels(random: &mut Random) -> Value {
    let count = random.below(4);
    let labels = (0..count).map(|_| {
        let mut label =
            json!({"name": random.pick(&["acme.org/a", "b", "ocm.software/pluginInfo", "é"])});
        if !random.once_in(12) {
            label["value"] = value(random, 3);
        }
        match random.below(4) {
            0 => label["signing"] = json!(false),
            1 => {}
            _ => label["signing"] = json!(true),
        }
        if random.once_in(4) {
            label["version"] = json!("v1");
        }
        if random.once_in(4) {
            label["merge"] = json!({"algorithm": "default", "config": null});
        }
        label
    });
    labels.collect()
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(random.once_in(2)),
        2 | 3 => serde_json::from_str(random.pick(&NUMBERS)).unwrap(),
        4 | 5 => json!(random.pick(&TEXTS)),
        6 => (0..random.below(4))
            .map(|_| value(random, depth - 1))
            .collect(),
        _ => {
            let count = random.below(5);
            let members: Map<String, Value> = (0..count)
                .map(|_| (random.pick(&KEYS).to_owned(), value(random, depth - 1)))
                .collect();
            Value::Object(members)
        }
    }
}

/// Sets a member, omits it, or sets it to null.
fn maybe(random: &mut Random, to: &mut Value, member: &str, make: impl Fn(&mut Random) -> Value) {
    match random.below(4) {
        0 => {}
        1 => to[member] = Value::Null,
        _ => to[member] = make(random),
    }
}

fn list(random: &mut Random, to: &mut Value, member: &str, make: impl Fn(&mut Random) -> Value) {
    maybe(random, to, member, |random| {
        (0..random.below(4)).map(|_| make(random)).collect()
    });
}

/// Sometimes adds a member that is in no schema.
fn unknown(random: &mut Random, to: &mut Value) {
    if random.once_in(6) {
        to["xUnknown"] = value(random, 2);
    }
}
