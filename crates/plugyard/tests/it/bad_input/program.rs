//! Invalid programs and inputs.

use std::time::{Duration, Instant};

use ::registry::capabilities::{Capabilities, CapabilitiesError, PATIENCE};
use ::registry::platform::Platform;
use snapbox::str;

use crate::yard::{CAPABILITIES, Yard};

/// An ELF header: 64 bit, little endian, for this machine number.
fn elf(machine: u8) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16] = 2;
    bytes[18] = machine;
    bytes[20] = 1;
    bytes
}

const PUBLISH: &str = "plugin publish --name acme.org/plugins/demo --version 1.0.0";

#[test]
fn a_program_for_another_platform_is_refused() {
    let yard = Yard::new();
    yard.write("capabilities.json", CAPABILITIES);
    yard.program("amd64", elf(62));
    yard.program("arm64", elf(183));
    yard.program("windows.exe", "MZ");
    yard.program("text", "hello");
    yard.program("empty", "");
    yard.script("script", "exit 0");
    let publish = |programs: &str| {
        yard.writes_nothing(&format!(
            "{PUBLISH} --capabilities capabilities.json {programs}"
        ))
    };
    publish("linux/amd64=amd64 linux/arm64=amd64").fails(
        1,
        str![[r#"
error: amd64 is given for linux/arm64, but its header says ELF program for amd64 on linux
hint: check which file is for which platform

"#]],
    );
    publish("linux/amd64=arm64").fails(
        1,
        str![[r#"
error: arm64 is given for linux/amd64, but its header says ELF program for arm64 on linux
hint: check which file is for which platform

"#]],
    );
    publish("darwin/arm64=arm64").fails(
        1,
        str![[r#"
error: arm64 is given for darwin/arm64, but its header says ELF program for arm64 on linux
hint: check which file is for which platform

"#]],
    );
    publish("windows/amd64=amd64").fails(
        1,
        str![[r#"
error: amd64 is given for windows/amd64, but its header says ELF program for amd64 on linux
hint: check which file is for which platform

"#]],
    );
    publish("windows/amd64=script").fails(
        1,
        str![[r#"
error: script is given for windows/amd64, but its header says script for /bin/sh
hint: check which file is for which platform

"#]],
    );
    publish("windows/amd64=windows.exe").fails(
        1,
        str![[r#"
error: windows.exe is given for windows/amd64, but its header says not a program (begins with 4d 5a)
hint: check which file is for which platform

"#]],
    );
    publish("linux/amd64=text").fails(
        1,
        str![[r#"
error: text is given for linux/amd64, but its header says not a program (begins with 68 65 6c 6c 6f)
hint: check which file is for which platform

"#]],
    );
    publish("linux/amd64=empty").fails(
        1,
        str![[r#"
error: empty is given for linux/amd64, but its header says empty file
hint: check which file is for which platform

"#]],
    );
    publish("linux/amd64=amd64 linux/amd64=script").fails(
        1,
        str![[r#"
error: two programs are given for linux/amd64
hint: give exactly one FILE for each OS/ARCH

"#]],
    );
    publish("linux/amd64=nowhere").fails(
        1,
        str![[r#"
error: cannot read nowhere: No such file or directory [..]
hint: check the path of the program

"#]],
    );
    publish("linux/amd64=.").fails(
        1,
        str![[r#"
error: cannot read .: it is a folder, not a regular file
hint: check the path of the program

"#]],
    );
}

#[test]
fn misspelled_platforms_are_refused_with_a_suggestion() {
    let yard = Yard::new();
    for (platform, right) in [
        ("linux/x86_64", "did you mean `amd64`?"),
        ("macos/arm64", "did you mean `darwin`?"),
        ("Linux/amd64", "did you mean `linux`?"),
        ("linux/aarch64", "did you mean `arm64`?"),
        ("linus/amd64", "did you mean `linux`?"),
        ("haiku/amd64", "use GOOS words: linux, darwin, windows"),
        ("linux/68000", "use GOARCH words: amd64, arm64"),
        ("linux", "write OS/ARCH, for instance linux/amd64"),
        ("linux/arm/v7", "write OS/ARCH, for instance linux/amd64"),
        ("linux/", "write OS/ARCH, for instance linux/amd64"),
    ] {
        let outcome = yard.writes_nothing(&format!("{PUBLISH} {platform}=demo"));
        assert_eq!(outcome.code, Some(2), "{platform}");
        assert!(
            outcome.stderr.contains(right),
            "{platform}\n{}",
            outcome.stderr
        );
    }
    yard.writes_nothing(&format!("{PUBLISH} linux/x86_64=demo")).fails(2, str![[r#"
error: invalid value 'linux/x86_64=demo' for '<OS/ARCH=FILE>...': `x86_64` in `linux/x86_64` is not an architecture in Go's words; did you mean `amd64`?

For more information, try '--help'.

"#]]);
    yard.writes_nothing(&format!("{PUBLISH} linux/amd64")).fails(2, str![[r#"
error: invalid value 'linux/amd64' for '<OS/ARCH=FILE>...': expected OS/ARCH=FILE, such as linux/amd64=dist/demo

For more information, try '--help'.

"#]]);
}

#[test]
fn capabilities_need_a_native_program_or_a_file() {
    let yard = Yard::new();
    yard.write("demo", "#!/bin/sh\n");
    yard.writes_nothing(&format!("{PUBLISH} plan9/386=demo"))
        .fails(
            1,
            str![[r#"
error: the capabilities are unknown: no program for linux/amd64 is given that could be run to ask for them
hint: save the output of `PLUGIN capabilities` to a file, and name it with --capabilities

"#]],
        );
    yard.writes_nothing(&format!(
        "{PUBLISH} plan9/386=demo --capabilities nowhere.json"
    ))
    .fails(
        1,
        str![[r#"
error: cannot read nowhere.json: No such file or directory [..]
hint: name a file that holds what `PLUGIN capabilities` prints

"#]],
    );
    yard.write("wrong.json", "{\"capabilities\": [{}]}");
    yard.writes_nothing(&format!("{PUBLISH} plan9/386=demo --capabilities wrong.json")).fails(1, str![[r#"
error: wrong.json: not a capabilities document: a capability has no `type`
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
    yard.write("long.json", " ".repeat((1 << 20) + 1));
    yard.writes_nothing(&format!(
        "{PUBLISH} plan9/386=demo --capabilities long.json"
    ))
    .fails(
        1,
        str![[r#"
error: cannot read long.json: it is larger than the limit of 1048576 bytes
hint: name a file that holds what `PLUGIN capabilities` prints

"#]],
    );
}

/// Publishes a script for this machine, which is run for its capabilities.
fn ask(commands: &str) -> crate::yard::Outcome {
    let yard = Yard::new();
    yard.script("demo", commands);
    yard.writes_nothing(&format!("{PUBLISH} {}=demo", Platform::native()))
}

#[test]
fn a_plugin_with_invalid_capabilities_output_is_refused() {
    ask("echo hello").fails(1, str![[r#"
error: demo: not a capabilities document: expected value at line 1 column 1
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
    ask("exit 0").fails(1, str![[r#"
error: demo: not a capabilities document: EOF while parsing a value at line 1 column 0
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
    ask(&format!("echo '{CAPABILITIES}'; echo and more")).fails(1, str![[r#"
error: demo: not a capabilities document: trailing characters at line 2 column 1
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
    ask(r#"echo '{"capabilities": {}}'"#).fails(1, str![[r#"
error: demo: not a capabilities document: it has no list `capabilities`
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
    ask(r#"echo '{"capabilities": [{"type": "inputRepository", "supportedInputTypes": ["demo/v1"]}]}'"#)
        .fails(1, str![[r#"
error: demo: not a capabilities document: a type of capability `inputRepository` has no `type`
hint: it must look like {"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}

"#]]);
}

#[test]
fn a_plugin_that_fails_is_quoted() {
    ask("echo 'no such command: capabilities' >&2; exit 64").fails(
        1,
        str![[r#"
error: demo: `capabilities` ended with exit status: 64: no such command: capabilities
hint: the official CLI runs `capabilities` at every start: fix the plugin first

"#]],
    );
    ask("kill -9 $$").fails(
        1,
        str![[r#"
error: demo: `capabilities` ended with signal: 9 (SIGKILL)
hint: the official CLI runs `capabilities` at every start: fix the plugin first

"#]],
    );
}

#[test]
fn a_plugin_with_endless_output_is_stopped() {
    let start = Instant::now();
    ask("while :; do printf '%1000s' x; done").fails(
        1,
        str![[r#"
error: demo: `capabilities` prints more than 1048576 bytes
hint: the official CLI runs `capabilities` at every start: fix the plugin first

"#]],
    );
    ask("head -c 100000000 /dev/zero").fails(
        1,
        str![[r#"
error: demo: `capabilities` prints more than 1048576 bytes
hint: the official CLI runs `capabilities` at every start: fix the plugin first

"#]],
    );
    assert!(start.elapsed() < PATIENCE / 2);
}

#[test]
fn a_plugin_that_floods_standard_error_is_read_to_its_end() {
    let start = Instant::now();
    let yard = Yard::new();
    yard.script(
        "demo",
        &format!("head -c 10000000 /dev/zero >&2; echo '{CAPABILITIES}'"),
    );
    yard.done(&format!("{PUBLISH} {}=demo", Platform::native()));
    let outcome = ask("head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.len() < 3000, "{}", outcome.stderr.len());
    assert!(start.elapsed() < PATIENCE / 2);
}

#[test]
fn plugin_output_cannot_move_the_cursor() {
    let yard = Yard::new();
    yard.script("demo", r"printf '\033[2J\033]0;title\007gone' >&2; exit 1");
    let outcome = yard.run("plugin inspect demo --color always");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("gone"), "{:?}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("\u{1b}[2J"),
        "{:?}",
        outcome.stderr
    );
    assert!(!outcome.stderr.contains('\u{7}'), "{:?}", outcome.stderr);
}

#[test]
fn a_file_that_cannot_be_executed_is_named() {
    let yard = Yard::new();
    yard.write("demo", "#!/bin/sh\n");
    yard.writes_nothing(&format!("{PUBLISH} {}=demo", Platform::native()))
        .fails(
            1,
            str![[r#"
error: demo: cannot be run: [..]
hint: make it executable with `chmod +x FILE`: artifacts of CI jobs lose that permission

"#]],
        );
    yard.writes_nothing("plugin inspect demo").fails(
        1,
        str![[r#"
error: demo: cannot be run: [..]
hint: make it executable with `chmod +x FILE`: artifacts of CI jobs lose that permission

"#]],
    );
    yard.writes_nothing("plugin inspect nowhere").fails(
        1,
        str![[r#"
error: cannot read nowhere: No such file or directory [..]
hint: check the path of the program

"#]],
    );
    yard.program("demo", "#!/no/such/interpreter\n");
    yard.writes_nothing("plugin inspect demo").fails(
        1,
        str![[r#"
error: demo: cannot be run: [..]
hint: build it for this machine, or give its answer as a file with --capabilities

"#]],
    );
}

#[test]
fn a_hanging_plugin_is_killed_after_the_timeout() {
    let yard = Yard::new();
    yard.script("demo", "exec sleep 600");
    let start = Instant::now();
    let outcome = Capabilities::ask(&yard.path("demo"), Duration::from_millis(300));
    let error = outcome.unwrap_err();
    assert!(matches!(error, CapabilitiesError::Hangs { .. }), "{error}");
    let message = error.to_string();
    assert!(
        message.ends_with("demo: `capabilities` gave no answer within 0.3 seconds"),
        "{message}"
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_plugin_that_answers_and_does_not_exit_is_killed() {
    let yard = Yard::new();
    yard.script(
        "demo",
        &format!("echo '{CAPABILITIES}'; exec >&- 2>&-; exec sleep 600"),
    );
    let start = Instant::now();
    let error = Capabilities::ask(&yard.path("demo"), Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, CapabilitiesError::Hangs { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_child_that_keeps_the_pipes_open_does_not_hang_the_caller() {
    let yard = Yard::new();
    yard.script("demo", &format!("echo '{CAPABILITIES}'; sleep 20 & exit 0"));
    let start = Instant::now();
    // Both results are acceptable here, but waiting for the child is not.
    let _ = Capabilities::ask(&yard.path("demo"), Duration::from_millis(500));
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A constructor with one file input.
fn with_input(yard: &Yard, path: &str) {
    yard.constructor(format!(
        "name: acme.org/plugin-registry
version: v0.1.0
provider: {{ name: acme.org }}
resources:
  - name: notes
    type: blob
    input: {{ type: file, path: {path}, mediaType: text/plain }}
"
    ));
}

#[test]
fn an_input_may_not_leave_the_folder() {
    let yard = Yard::new();
    yard.write("../secret", "secret");
    for path in ["../secret", "a/../../secret", "/etc/hostname"] {
        with_input(&yard, path);
        let outcome = yard.writes_nothing("publish --first");
        assert_eq!(outcome.code, Some(1), "{path}");
        assert!(outcome.stderr.contains(path), "{path}\n{}", outcome.stderr);
    }
    with_input(&yard, "../secret");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: path `../secret` leaves the constructor's folder
 --> component-constructor.yaml:7:32
  |
7 |     input: { type: file, path: ../secret, mediaType: text/plain }
  |                                ^^^^^^^^^
  |
  = help: write a path relative to the constructor, within its folder

"#]],
    );
    with_input(&yard, "/etc/hostname");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: path `/etc/hostname` is absolute
 --> component-constructor.yaml:7:32
  |
7 |     input: { type: file, path: /etc/hostname, mediaType: text/plain }
  |                                ^^^^^^^^^^^^^
  |
  = help: write a path relative to the constructor, within its folder

"#]],
    );
}

#[cfg(unix)]
#[test]
fn an_input_may_not_leave_the_folder_through_a_link() {
    let yard = Yard::new();
    yard.write("../secret", "secret");
    fs_err::os::unix::fs::symlink("../secret", yard.path("link")).unwrap();
    with_input(&yard, "link");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: input `link` leads out of the constructor's folder, to [YARD]/secret
hint: put a copy of it beside the constructor

"#]],
    );
    fs_err::os::unix::fs::symlink("..", yard.path("up")).unwrap();
    with_input(&yard, "up/secret");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: input `up/secret` leads out of the constructor's folder, to [YARD]/secret
hint: put a copy of it beside the constructor

"#]],
    );
    // A link that stays inside is accepted.
    yard.write("notes", "notes");
    fs_err::os::unix::fs::symlink("notes", yard.path("inside")).unwrap();
    with_input(&yard, "inside");
    yard.done("publish --first --dry-run");
}

#[cfg(unix)]
#[test]
fn a_folder_input_may_not_leave_the_folder_through_a_link() {
    let yard = Yard::new();
    yard.write("../secret", "secret");
    yard.write("folder/file", "x");
    fs_err::os::unix::fs::symlink("../../secret", yard.path("folder/link")).unwrap();
    let constructor = |follow: bool| {
        format!(
            "name: acme.org/plugin-registry
version: v0.1.0
provider: {{ name: acme.org }}
resources:
  - name: notes
    type: blob
    input: {{ type: dir, path: folder, reproducible: true, followSymlinks: {follow} }}
"
        )
    };
    yard.constructor(constructor(false));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: input `folder/link` is not a folder or regular file
hint: `file` takes a regular file, `dir` a folder of files

"#]],
    );
    yard.constructor(constructor(true));
    let outcome = yard.writes_nothing("publish --first");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("leads out of the constructor's folder"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_missing_input_is_named() {
    let yard = Yard::new();
    with_input(&yard, "nowhere");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: input `nowhere` cannot be read: No such file or directory [..]
hint: paths are relative to the constructor's folder

"#]],
    );
    with_input(&yard, ".");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: input `.` is not a regular file
hint: `file` takes a regular file, `dir` a folder of files

"#]],
    );
}
