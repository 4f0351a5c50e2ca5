//! A registry in a given state, and a command that changes it.

use std::process::{Child, Stdio};

use testkit::Server;
use testkit::server::{Program, Protection};

use crate::yard::{CAPABILITIES, DEMO, Outcome, REGISTRY, Yard};

/// The path under which everything is published.
const PATH: &str = "acme";

/// A publishing command, the state before it, and the commands of readers.
pub(crate) struct Work {
    pub(crate) yard: Yard,
    /// In the initial state; only a template for copies.
    pub(crate) before: Server,
    pub(crate) line: String,
    /// The commands that a reader runs repeatedly; `REPOSITORY` is the repository.
    pub(crate) reads: Vec<String>,
}

/// Paths on a registry.
pub(crate) fn repository(address: std::net::SocketAddr) -> String {
    format!("http://{address}/{PATH}")
}

/// Starts a registry, or reports that the test is skipped if none is installed.
pub(crate) fn server(test: &str) -> Option<Server> {
    match Server::start(Program::DockerRegistry, Protection::Open) {
        Ok(server) => Some(server),
        Err(reason) => {
            println!("skipped: {test}: {reason}");
            None
        }
    }
}

impl Work {
    fn new(before: Server, line: &str) -> Self {
        let yard = Yard::new();
        yard.write("capabilities.json", CAPABILITIES);
        for name in ["one", "two"] {
            yard.write(name, format!("#!/bin/sh\n# {name}\n"));
        }
        Self {
            yard,
            before,
            line: line.to_owned(),
            reads: vec![format!("component get REPOSITORY//{DEMO} -o raw")],
        }
    }

    /// The first version of a plugin, in an empty registry.
    pub(crate) fn first_plugin(before: Server) -> Self {
        Self::new(before, &plugin("1.0.0", "one", "two"))
    }

    /// A second version of a plugin.
    pub(crate) fn second_plugin(before: Server) -> Self {
        let repository = repository(before.address());
        let work = Self::new(before, &plugin("1.1.0", "two", "one"));
        work.done(&plugin("1.0.0", "one", "two"), &repository);
        work
    }

    /// The first version of a registry.
    pub(crate) fn first_registry(before: Server) -> Self {
        let mut work = Self::second_plugin(before);
        let repository = repository(work.before.address());
        work.yard.done(&format!("init --name {REGISTRY}"));
        work.done(&format!("add {DEMO}:1.0.0"), &repository);
        "publish --first".clone_into(&mut work.line);
        work.read_the_registry();
        work
    }

    /// A second version of a registry, with a second version of a plugin.
    pub(crate) fn second_registry(before: Server) -> Self {
        let mut work = Self::first_registry(before);
        let repository = repository(work.before.address());
        work.done("publish --first", &repository);
        work.done(&plugin("1.1.0", "two", "one"), &repository);
        work.done(&format!("add {DEMO}:1.1.0"), &repository);
        "publish".clone_into(&mut work.line);
        work
    }

    fn read_the_registry(&mut self) {
        self.reads = vec![
            format!("list --all -o json --registry REPOSITORY//{REGISTRY}"),
            format!("component verify REPOSITORY//{REGISTRY}"),
        ];
    }

    /// Runs a command on a repository; it must succeed.
    #[track_caller]
    pub(crate) fn done(&self, line: &str, repository: &str) -> Outcome {
        self.yard.done(&format!("{line} -r {repository}"))
    }

    /// Starts the command on a repository.
    pub(crate) fn start(&self, line: &str, repository: &str) -> Child {
        let mut command = self.yard.command();
        command
            .args(line.split(' '))
            .args(["-r", repository])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What readers see in a repository: the output of each command, or that nothing exists yet.
    pub(crate) fn view(&self, repository: &str) -> Vec<Option<String>> {
        let read = |line: &String| {
            let outcome = self.yard.run(&line.replace("REPOSITORY", repository));
            let text = outcome.text().replace(repository, "REPOSITORY");
            match outcome.code {
                Some(0) => Some(text),
                // A registry may list a tag a moment before it can be read.
                Some(1 | 3)
                    if outcome.stderr.contains("no version of")
                        || outcome.stderr.contains("none of the listed versions of") =>
                {
                    None
                }
                _ => panic!("{line} sees a part: {text}{}", outcome.stderr),
            }
        };
        self.reads.iter().map(read).collect()
    }
}

/// A command that publishes a plugin for two platforms. Nothing is executed.
pub(crate) fn plugin(version: &str, linux: &str, darwin: &str) -> String {
    format!(
        "plugin publish --name {DEMO} --version {version} --capabilities capabilities.json \
         linux/amd64={linux} darwin/arm64={darwin}"
    )
}
