//! Command-line output without serving.

use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

fn gitinput(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gitinput"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn capabilities_have_the_format_that_ocm_reads() {
    let output = gitinput(&["capabilities"]);
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let capabilities = document["capabilities"].as_array().unwrap();
    assert_eq!(capabilities.len(), 1);
    assert_eq!(capabilities[0]["type"], "inputRepository");
    let types = capabilities[0]["supportedInputTypes"].as_array().unwrap();
    let names: Vec<&str> = types
        .iter()
        .map(|entry| entry["type"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["git/v1", "git"]);
    for entry in types {
        let schema = STANDARD
            .decode(entry["jsonSchema"].as_str().unwrap())
            .unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        let properties: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties, ["path", "ref", "repository", "type"]);
        assert_eq!(
            schema["required"],
            serde_json::json!(["type", "repository"])
        );
    }
}

#[test]
fn version_and_help_are_printed_to_stdout() {
    let output = gitinput(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("gitinput {}\n", env!("CARGO_PKG_VERSION"))
    );
    let output = gitinput(&["--help"]);
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("gitinput --config JSON")
    );
}

#[test]
fn wrong_usage_is_explained_on_stderr() {
    for (arguments, expected) in [
        (
            &[][..],
            "gitinput: no command given; `gitinput --help` shows the usage",
        ),
        (&["serve"], r#"unexpected argument "serve""#),
        (
            &["capabilities", "--json"],
            r#"unexpected argument "--json""#,
        ),
        (&["--config"], "--config needs a JSON document"),
        (
            &["--config", "{"],
            "--config is not a plugin configuration: EOF",
        ),
        (
            &["--config", r#"{"id":"a/b","type":"unix"}"#],
            r#"id \"a/b\" in --config"#,
        ),
    ] {
        let output = gitinput(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}
