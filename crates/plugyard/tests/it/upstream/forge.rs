//! A registry repository with a remote, in which the steps of the workflows run: git is real, and
//! the forge records its requests.

use std::path::PathBuf;
use std::process::{Child, Output, Stdio};

use serde_json::Value;
use snapbox::cmd::cargo_bin;

use crate::upstream::workflows::root;
use crate::upstream::{CONSTRUCTOR, contents_of, published};
use crate::yard::Yard;

/// Responds that there is no pull request, and accepts every new one.
const GH: &str = r#"input=
for word; do
  [ "$last" = --input ] && input=$word
  last=$word
done
printf '%s\n' "$*" >>"$FORGE/calls"
case "$*" in
*'--method GET'*) echo '[]' ;;
*) cat "${input:--}" >>"$FORGE/bodies"; echo https://forge.invalid/pull/1 ;;
esac"#;

pub(crate) struct Forge {
    pub(crate) yard: Yard,
}

impl Forge {
    /// With a published registry on the branch `main`.
    pub(crate) fn new(entries: &[&str]) -> Self {
        let forge = Self {
            yard: published("v0.2.0", entries),
        };
        let yard = &forge.yard;
        let repository = yard.path("transport-archive");
        yard.write(
            "keepers/plugyard.yaml",
            format!("repository: {}\n", repository.display()),
        );
        yard.write(
            format!("keepers/{CONSTRUCTOR}").as_str(),
            yard.read(CONSTRUCTOR),
        );
        fs_err::create_dir(yard.path("bin")).unwrap();
        yard.script("bin/gh", GH);
        fs_err::create_dir(yard.path("forge")).unwrap();
        fs_err::copy(cargo_bin!("plugyard"), yard.path("bin/plugyard")).unwrap();
        forge.git("", &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        forge.git("keepers", &["init", "-q", "-b", "main"]);
        forge.git("keepers", &["add", "-A"]);
        forge.git("keepers", &["commit", "-q", "-m", "Begin"]);
        forge.git("keepers", &["push", "-q", "../remote.git", "main"]);
        forge
    }

    /// Runs git in a directory and returns its output.
    #[track_caller]
    pub(crate) fn git(&self, folder: &str, words: &[&str]) -> String {
        let output = self
            .yard
            .program_of_others("git")
            .current_dir(self.yard.path(folder))
            .args(["-c", "user.name=Keeper", "-c", "user.email=keeper@acme.org"])
            .args(words)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The branches of the remote, with their commits.
    pub(crate) fn branches(&self) -> Vec<String> {
        let format = "--format=%(refname:short) %(objectname)";
        let text = self.git("remote.git", &["for-each-ref", format]);
        text.lines().map(str::to_owned).collect()
    }

    /// Version and entries in a branch.
    pub(crate) fn contents(&self, branch: &str) -> (String, Vec<String>) {
        contents_of(&self.git("remote.git", &["show", &format!("{branch}:{CONSTRUCTOR}")]))
    }

    /// The requests that the forge received.
    pub(crate) fn calls(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.yard.path("forge/calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A script that runs as a step in a directory, with only these variables.
    pub(crate) fn step(&self, script: &[&str], folder: &str, variables: &[(&str, &str)]) -> Child {
        let path = std::env::join_paths(
            [self.yard.path("bin")]
                .into_iter()
                .chain(["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from)),
        );
        let mut command = self.yard.program_of_others("bash");
        command
            .args(script)
            .current_dir(self.yard.path(folder))
            .env("PATH", path.unwrap())
            .env("FORGE", self.yard.path("forge"))
            .env("GH_TOKEN", "token")
            .env("GITHUB_REPOSITORY", "acme/plugin-registry")
            .env(
                "GITHUB_OUTPUT",
                self.yard.path(folder).with_extension("output"),
            )
            .env(
                "GITHUB_STEP_SUMMARY",
                self.yard.path(folder).with_extension("summary"),
            )
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Starts the run of `registry-update` for an event, in the clone of that name.
    pub(crate) fn start(&self, run: &str, payload: &Value) -> Child {
        if !self.yard.path(run).exists() {
            self.git("", &["clone", "-q", "remote.git", run]);
        }
        let word = |key: &str| payload[key].as_str().unwrap_or_default().to_owned();
        let script = root().join("propose/propose");
        self.step(
            &[script.to_str().unwrap()],
            run,
            &[
                ("CHANGE", "update"),
                ("FILES", "-c component-constructor.yaml -p plugyard.yaml"),
                ("PLUGIN_NAME", &word("plugin_name")),
                ("PLUGIN_VERSION", &word("plugin_version")),
                ("PLUGIN_COMPONENT", &word("plugin_component")),
            ],
        )
    }

    /// Runs it to its end.
    pub(crate) fn dispatched(&self, run: &str, payload: &Value) -> Output {
        self.start(run, payload).wait_with_output().unwrap()
    }

    /// The outputs and the summary of a run.
    pub(crate) fn left(&self, run: &str) -> [String; 2] {
        ["output", "summary"].map(|kind| {
            fs_err::read_to_string(self.yard.path(run).with_extension(kind)).unwrap_or_default()
        })
    }
}
