//! The docker and podman files, and credential helpers.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oci::credentials::{
    Credentials, CredentialsError, DockerConfig, DockerFiles, Found, Helpers, Locations, Login,
    Runtime, Wanted,
};
use tempfile::TempDir;

use super::password;

fn wanted(host: &str, repository: &str) -> Wanted {
    Wanted {
        host: host.to_owned(),
        repository: repository.to_owned(),
        ..Wanted::default()
    }
}

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, path: &str, text: &str) -> Self {
        let path = self.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn files(&self) -> DockerFiles {
        self.with_helpers(Helpers::default())
    }

    fn with_helpers(&self, helpers: Helpers) -> DockerFiles {
        let locations = Locations {
            home: Some(self.path().to_owned()),
            runtime: Some(Runtime::Folder(self.path().join("run"))),
            ..Locations::default()
        };
        DockerFiles::new(&locations, helpers)
    }

    fn find(&self, host: &str, repository: &str) -> Result<Option<Login>, CredentialsError> {
        let found: Option<Found> = self.files().find(&wanted(host, repository))?;
        Ok(found.map(|found| found.login))
    }
}

#[test]
fn the_first_file_with_credentials_wins() {
    // alice:s3cret, bob:pw:with:colons
    let home = Home::new()
        .with(".docker/config.json", r#"{"auths":{"ghcr.io":{"auth":"YWxpY2U6czNjcmV0"}}}"#)
        .with(
            "run/containers/auth.json",
            r#"{"auths":{"quay.io/acme":{"auth":"Ym9iOnB3OndpdGg6Y29sb25z"},"ghcr.io":{"auth":"eDp5"}}}"#,
        )
        .with(".config/containers/auth.json", r#"{"auths":{"docker.io":{"username":"c","password":"d"}}}"#);
    let cases = [
        ("ghcr.io", "x", Some(password("alice", "s3cret"))),
        ("quay.io", "acme/x", Some(password("bob", "pw:with:colons"))),
        ("quay.io", "other/x", None),
        ("registry-1.docker.io", "x", Some(password("c", "d"))),
        ("example.org", "x", None),
    ];
    for (host, repository, expected) in cases {
        assert_eq!(
            home.find(host, repository).unwrap(),
            expected,
            "{host}/{repository}"
        );
    }
    assert!(Home::new().find("ghcr.io", "x").unwrap().is_none());
}

#[test]
fn tokens_are_credentials_and_null_is_none() {
    let home = Home::new().with(
        ".docker/config.json",
        r#"{"auths":{"a.io":{"auth":"YWxpY2U6","identitytoken":"refresh"},"b.io":{"registrytoken":"access"},"c.io":{},"d.io":null},
            "credHelpers":null,"HttpHeaders":{"x":"y"}}"#,
    );
    assert_eq!(
        home.find("a.io", "x").unwrap(),
        Some(Login::Identity("refresh".to_owned()))
    );
    assert_eq!(
        home.find("b.io", "x").unwrap(),
        Some(Login::Access("access".to_owned()))
    );
    assert_eq!(home.find("c.io", "x").unwrap(), None);
    assert_eq!(home.find("d.io", "x").unwrap(), None);
}

#[test]
fn a_broken_file_is_named_without_its_secrets() {
    for text in [
        r#"{"auths":{"ghcr.io":{"auth":"s3cret!"}}}"#,
        r#"{"auths":{"ghcr.io":"s3cret!"}}"#,
        r#"{"auths":"#,
    ] {
        let home = Home::new().with(".docker/config.json", text);
        let error = home.find("ghcr.io", "x").unwrap_err();
        let words = error.to_string();
        assert!(words.contains("config.json"), "{words}");
        assert!(!words.contains("s3cret"), "{words}");
    }
    let login = format!(
        "{:?}",
        [
            password("alice", "s3cret"),
            Login::Identity("s3cret".to_owned())
        ]
    );
    assert!(
        login.contains("alice") && !login.contains("s3cret"),
        "{login}"
    );
}

#[test]
fn a_helper_with_a_path_for_a_name_is_not_started() {
    for name in ["../evil", "a/b", "a b", "$(x)", "x;y"] {
        let text = format!(r#"{{"credsStore":"{name}"}}"#);
        let home = Home::new().with(".docker/config.json", &text);
        let error = home.find("ghcr.io", "x").unwrap_err();
        assert!(error.to_string().contains("unusual characters"), "{error}");
    }
    let home = Home::new().with(
        ".docker/config.json",
        r#"{"credsStore":"plugyard-is-not-there"}"#,
    );
    let error = home.find("ghcr.io", "x").unwrap_err();
    assert!(error.to_string().contains("not installed"), "{error}");
    assert!(error.hint().contains("credsStore"));
}

/// What a helper does and the result. Run in a separate process whose PATH has the helpers,
/// because a test must not change its own environment.
#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the tests' own PATH")]
fn helpers_are_run_and_not_found_means_no_credentials() {
    let home = Home::new();
    let helper = |name: &str, commands: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = home.path().join(format!("docker-credential-{name}"));
        fs_err::write(&path, format!("#!/bin/sh\n{commands}\n")).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    helper(
        "good",
        r#"read -r server; echo asked >>"$(dirname "$0")/asked"; echo "{\"ServerURL\":\"$server\",\"Username\":\"$server\",\"Secret\":\"pw\"}""#,
    );
    helper(
        "token",
        r#"cat >/dev/null; echo '{"Username":"<token>","Secret":"refresh"}'"#,
    );
    helper(
        "empty",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    helper("angry", "echo 'the key ring is locked'; exit 1");
    helper("odd", "echo s3cret");
    helper("slow", "exec sleep 60");
    let path = std::env::join_paths(
        [home.path().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "credentials::in_a_process_with_helpers",
        ])
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    let calls = fs_err::read_to_string(home.path().join("asked")).unwrap();
    assert_eq!(
        calls.lines().count(),
        3,
        "a helper is asked once for each server"
    );
}

#[test]
#[ignore = "the other half of the test above"]
fn in_a_process_with_helpers() {
    let home = Home::new().with(
        ".docker/config.json",
        r#"{"credHelpers":{"a.io":"good","b.io":"token","c.io":"empty","d.io":"angry","e.io":"odd","f.io":"slow"},
            "auths":{"c.io":{"auth":"YWxpY2U6czNjcmV0"},"https://g.io/v1/":{}},"credsStore":"good"}"#,
    );
    assert_eq!(
        home.find("a.io", "x").unwrap(),
        Some(password("a.io", "pw"))
    );
    assert_eq!(
        home.find("b.io", "x").unwrap(),
        Some(Login::Identity("refresh".to_owned()))
    );
    // Its helper has no credentials, but the file does.
    assert_eq!(
        home.find("c.io", "x").unwrap(),
        Some(password("alice", "s3cret"))
    );
    for (host, words) in [("d.io", "the key ring is locked"), ("e.io", "not the JSON")] {
        let text = home.find(host, "x").unwrap_err().to_string();
        assert!(text.contains(words) && !text.contains("s3cret"), "{text}");
    }
    let hasty = home.with_helpers(Helpers {
        patience: Duration::from_millis(200),
        ..Helpers::default()
    });
    let text = hasty.find(&wanted("f.io", "x")).unwrap_err().to_string();
    assert!(text.contains("no answer"), "{text}");
    // The server name is that of the original login.
    assert_eq!(
        home.find("g.io", "x").unwrap(),
        Some(password("https://g.io/v1/", "pw"))
    );
    let files = home.files();
    for repository in ["x", "y", "z"] {
        files.find(&wanted("h.io", repository)).unwrap();
    }
}

/// The user whose login docker and podman would send, by their documentation: a list of names for
/// the registry, tried in order, instead of a comparison of keys.
fn expected_user(
    auths: &[(String, Option<String>)],
    spelled: &str,
    host: &str,
    repository: &str,
) -> Option<String> {
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let exact = if bare == host {
        vec![host.to_owned(), format!("{host}:443")]
    } else {
        vec![host.to_owned()]
    };
    let mut names = vec![spelled.to_owned()];
    names.extend(exact);
    let mut parts: Vec<&str> = vec![repository];
    while let Some((parent, _)) = parts[parts.len() - 1].rsplit_once('/') {
        parts.push(parent);
    }
    parts.push("");
    for (names, parts) in [(names, parts.clone()), (vec![bare.to_owned()], parts)] {
        for part in &parts {
            for name in &names {
                let plain = if part.is_empty() {
                    name.clone()
                } else {
                    format!("{name}/{part}")
                };
                let mut forms = vec![plain];
                if part.is_empty() {
                    forms.push(format!("https://{name}/v1/"));
                }
                for form in forms {
                    let same = |(key, _): &&(String, _)| key.eq_ignore_ascii_case(&form);
                    if let Some((_, user)) = auths.iter().find(same) {
                        return user.clone();
                    }
                }
            }
        }
    }
    None
}

#[test]
fn random_files_give_the_login_that_docker_and_podman_would_send() {
    let mut random = fastrand::Rng::with_seed(7);
    let hosts = ["ghcr.io", "r.example:5000", "[::1]:5000", "127.0.0.1:5000"];
    let mut found = 0;
    for round in 0..3000 {
        let host = hosts[random.usize(..hosts.len())];
        let spelled = match host {
            "ghcr.io" if random.bool() => "ghcr.io:443",
            _ => host,
        };
        let mut auths: Vec<(String, Option<String>)> = Vec::new();
        for number in 0..random.usize(0..6) {
            let name = match random.usize(..6) {
                0 => "ghcr.io:443",
                1 => "r.example",
                2 => "other.example",
                3 => "127.0.0.1",
                _ => host,
            };
            let key = match random.usize(..5) {
                0 => format!("https://{name}/v1/"),
                1 => format!("{name}/acme"),
                2 => format!("{name}/acme/x"),
                3 => name.to_uppercase(),
                _ => name.to_owned(),
            };
            let known = |(other, _): &(String, _)| other.eq_ignore_ascii_case(&key);
            if !auths.iter().any(known) {
                let user = random.bool().then(|| format!("user{number}"));
                auths.push((key, user));
            }
        }
        let members: Vec<String> = auths
            .iter()
            .map(|(key, user)| match user {
                Some(user) => format!(r#""{key}":{{"Username":"{user}","password":"pw"}}"#),
                None if random.bool() => format!(r#""{key}":null"#),
                None => format!(r#""{key}":{{"auth":""}}"#),
            })
            .collect();
        let helpers = ["null", "{}", r#"{"x.example":null,"ghcr.io":""}"#];
        let text = format!(
            r#"{{"AUTHS":{{{}}},"credHelpers":{},"credsStore":null,"x":[1]}}"#,
            members.join(","),
            helpers[random.usize(..helpers.len())]
        );
        let config = DockerConfig::Inline {
            text: text.clone(),
            origin: "test".to_owned(),
        };
        let wanted = Wanted {
            spelled: spelled.to_owned(),
            ..wanted(host, "acme/x")
        };
        let login = DockerFiles::default().reading([config]).find(&wanted);
        let user = login.unwrap().map(|login| match login.login {
            Login::Password { user, .. } => user,
            other => panic!("{other:?}"),
        });
        found += usize::from(user.is_some());
        let expected = expected_user(&auths, spelled, host, "acme/x");
        assert_eq!(user, expected, "round {round}, {spelled}: {text}");
    }
    assert!(found > 500, "{found} logins were found");
}
