//! Behaviour of every command.

use std::io::Write;
use std::process::{Command, Stdio};

use snapbox::str;

use crate::yard::{PUBLISHED, Yard};

#[test]
fn completions_exist_for_every_shell() {
    let yard = Yard::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = yard.writes_nothing(&format!("completions {shell}"));
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "{shell}"
        );
        for word in ["plugyard", "publish", "registry"] {
            assert!(
                outcome.text().contains(word),
                "{shell} does not know {word}"
            );
        }
        let mut check = match shell {
            "bash" => Command::new("bash"),
            "zsh" => Command::new("zsh"),
            "fish" => Command::new("fish"),
            _ => continue,
        };
        // Shells that are not installed cannot be tested.
        let Ok(mut child) = check
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
        else {
            continue;
        };
        child
            .stdin
            .take()
            .unwrap()
            .write_all(&outcome.stdout)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{shell}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn colours_are_used_on_terminals_or_on_request() {
    let yard = Yard::with_registry();
    let line = format!("info demmo --registry {PUBLISHED}");
    let colours = |outcome: crate::yard::Outcome| outcome.stderr.contains('\u{1b}');
    assert!(!colours(yard.run(&line)), "a pipe is no terminal");
    assert!(colours(yard.run(&format!("{line} --color always"))));
    assert!(!colours(yard.run(&format!("{line} --color never"))));
    assert!(!colours(yard.run_with("NO_COLOR", "1", &line)));
    assert!(!colours(yard.run_with(
        "CLICOLOR_FORCE",
        "1",
        &format!("{line} --color never")
    )));
    assert!(colours(yard.run_with("CLICOLOR_FORCE", "1", &line)));
    // Requested by a flag, which overrides the environment.
    assert!(colours(yard.run_with(
        "NO_COLOR",
        "1",
        &format!("{line} --color always")
    )));
}

#[test]
fn results_have_no_colours() {
    let yard = Yard::with_registry();
    for line in [
        format!("list --registry {PUBLISHED}"),
        format!("info demo --registry {PUBLISHED}"),
        format!("component verify {PUBLISHED}"),
        format!("component get {PUBLISHED} -o json"),
    ] {
        let plain = yard.done(&line);
        let coloured = yard.done(&format!("{line} --color always"));
        if line.contains("json") {
            assert_eq!(plain.text(), coloured.text(), "{line}");
        }
        assert!(!plain.text().contains('\u{1b}'), "{line}");
    }
}

#[test]
fn quiet_does_not_change_the_result() {
    let yard = Yard::with_plugin();
    for line in [
        "init --name acme.org/plugin-registry",
        "add acme.org/plugins/demo",
        "publish --first",
        "publish",
    ] {
        let outcome = yard.run(&format!("{line} -q"));
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "{line}"
        );
        assert!(!outcome.stdout.is_empty(), "{line}");
    }
    // Errors are printed.
    let outcome = yard.run("publish -q -c nowhere.yaml");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
}

#[test]
fn verbose_names_the_repository() {
    let yard = Yard::with_registry();
    yard.run("publish -v").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…

"#]],
        str![[r#"
components are published to ./transport-archive
unchanged: the same content is already published

"#]],
    );
}

#[test]
fn stdout_contains_only_the_result() {
    let yard = Yard::with_registry();
    for line in [
        "publish -o json -v".to_owned(),
        format!("list --registry {PUBLISHED} -o json -v"),
        format!("info demo --registry {PUBLISHED} -o json -v"),
        format!("component get {PUBLISHED} -o json -v"),
        format!("component verify {PUBLISHED} -o json -v"),
        "update demo --repin -o json -v".to_owned(),
    ] {
        yard.done(&line).json();
    }
}

#[test]
fn text_of_an_invalid_command_line_is_escaped() {
    let yard = Yard::new();
    for (arguments, shown) in [
        (
            &["update", "demo", "--to", "x\n::error::y\r"][..],
            "'x ::error::y\u{fffd}'",
        ),
        (&["add", "\u{202e}gnp\u{1b}[2J"], "'\u{fffd}gnp\u{fffd}[2J'"),
        (&["pub\rlish"], "'pub\u{fffd}lish'"),
        (&["info", "--\u{1b}c"], "'--\u{fffd}c'"),
    ] {
        let outcome = yard.run_all(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}");
        let first = outcome.stderr.lines().next().unwrap();
        assert!(first.starts_with("error: "), "{first}");
        assert!(first.contains(shown), "{first:?}");
    }
}

#[test]
fn help_and_version_are_printed_to_stdout() {
    let yard = Yard::new();
    let version = yard.writes_nothing("--version");
    assert_eq!(
        version.text(),
        format!("plugyard {}\n", env!("CARGO_PKG_VERSION"))
    );
    for line in [
        "--help",
        "init --help",
        "add --help",
        "update --help",
        "fmt --help",
        "publish --help",
        "list --help",
        "info --help",
        "plugin --help",
        "plugin publish --help",
        "plugin inspect --help",
        "component --help",
        "component get --help",
        "component hash --help",
        "component verify --help",
        "completions --help",
    ] {
        let help = yard.writes_nothing(line);
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{line}");
        let first = help.text().lines().next().unwrap();
        assert!(
            first.chars().count() <= 70 && !first.ends_with('.'),
            "{line}: {first}"
        );
        let long = help.text().lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{line}");
    }
}

#[test]
fn two_publishers_at_once_both_succeed() {
    let yard = Yard::with_plugin();
    let lines: Vec<String> = (0..6)
        .map(|number| {
            let name = format!("program-{number}");
            yard.write(&name, format!("#!/bin/sh\n# {number}\n"));
            yard.write("capabilities.json", crate::yard::CAPABILITIES);
            format!("plugin publish --name acme.org/plugins/p{number} --version 1.0.0 --capabilities capabilities.json linux/amd64={name}")
        })
        .collect();
    std::thread::scope(|scope| {
        let runs: Vec<_> = lines
            .iter()
            .map(|line| scope.spawn(|| yard.done(line)))
            .collect();
        for run in runs {
            run.join().unwrap();
        }
    });
    for number in 0..6 {
        yard.done(&format!(
            "component verify ./transport-archive//acme.org/plugins/p{number}"
        ));
    }
}
