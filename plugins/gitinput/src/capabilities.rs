//! The capabilities that the plugin reports to `ocm`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The input types this plugin serves.
///
/// `ocm` routes by type only and ignores `aliases`, so the short form is listed
/// as a separate type.
pub(crate) const INPUT_TYPES: [&str; 2] = ["git/v1", "git"];

/// The output of `gitinput capabilities`.
pub(crate) fn document() -> Value {
    // Go stores the schema in a byte slice, which is base64 in JSON.
    let schema = STANDARD.encode(input_schema().to_string());
    let types: Vec<Value> = INPUT_TYPES
        .iter()
        .map(|name| json!({"type": name, "aliases": null, "jsonSchema": schema}))
        .collect();
    json!({
        "capabilities": [{"type": "inputRepository", "supportedInputTypes": types}],
    })
}

/// The JSON schema `ocm` checks an input against before it calls the plugin.
fn input_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "git/v1 input",
        "description": "A reproducible tar archive of a tree in a git repository.",
        "type": "object",
        "required": ["type", "repository"],
        "additionalProperties": false,
        "properties": {
            "type": {"type": "string", "enum": INPUT_TYPES},
            "repository": {
                "type": "string",
                "minLength": 1,
                "description": "Local directory or URL (https, http, ssh, git, file).",
            },
            "ref": {
                "type": "string",
                "minLength": 1,
                "description": "Branch, tag or commit. Default: HEAD.",
            },
            "path": {
                "type": "string",
                "description": "Directory or file in the tree. Default: the whole tree.",
            },
        },
    })
}
