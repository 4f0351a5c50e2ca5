//! Runs the same tests on a registry, which replaces `./transport-archive`.

#![expect(
    clippy::disallowed_methods,
    reason = "the environment selects the registry to test on"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use oci::credentials::{DockerFiles, Helpers, Locations};
use oci::http::Settings;
use oci::{Content, Descriptor, Http, Remote, Silent, Store};
use serde_json::{Value, json};
use testkit::Proxy;

/// The registry to test on, with its scheme.
const REGISTRY: &str = "PLUGYARD_TEST_REGISTRY";
/// Credentials for pushing, in the format of docker's configuration.
const LOGIN: &str = "PLUGYARD_TEST_LOGIN";
/// The certificate to trust.
pub(crate) const AUTHORITY: &str = "SSL_CERT_FILE";
/// The name of the repository in tests.
const ARCHIVE: &str = "./transport-archive";
/// Commands that publish or that read the registry's own repository.
const AT_HOME: [&str; 9] = [
    "add",
    "update",
    "remove",
    "yank",
    "bump",
    "check",
    "diff",
    "publish",
    "plugin publish",
];

/// Numbers the yards of this process.
static YARDS: AtomicUsize = AtomicUsize::new(0);

/// A path in a registry, for one yard.
pub(crate) struct Elsewhere {
    /// As written in a command.
    repository: String,
    /// With its scheme.
    url: String,
    path: String,
    home: PathBuf,
    /// Counts the requests if the log can be read.
    proxy: Option<Proxy>,
}

/// Whether the tests run on a registry.
pub(crate) fn is_meant() -> bool {
    std::env::var_os(REGISTRY).is_some()
}

/// The certificate to trust.
pub(crate) fn authority() -> Option<PathBuf> {
    is_meant().then(|| std::env::var_os(AUTHORITY).map(PathBuf::from))?
}

impl Elsewhere {
    /// An unused path on the given registry, with credentials in this home.
    pub(crate) fn from_environment(home: &Path) -> Option<Self> {
        let server = std::env::var(REGISTRY).ok()?;
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let path = format!(
            "yard-{}-{}",
            started.as_nanos(),
            YARDS.fetch_add(1, Ordering::Relaxed)
        );
        let plain = server.strip_prefix("http://");
        let proxy = plain.map(|host| Proxy::start(host.parse::<SocketAddr>().unwrap()));
        let url = match &proxy {
            Some(proxy) => format!("http://{}", proxy.address()),
            None => server,
        };
        let host = url.split("//").nth(1).unwrap();
        if let Ok(login) = std::env::var(LOGIN) {
            let file = json!({ "auths": { host: { "auth": login } } });
            fs_err::create_dir(home.join(".docker")).unwrap();
            fs_err::write(home.join(".docker/config.json"), file.to_string()).unwrap();
        }
        let shown = url.strip_prefix("https://").unwrap_or(&url);
        Some(Self {
            repository: format!("{shown}/{path}"),
            home: home.to_owned(),
            url,
            path,
            proxy,
        })
    }

    /// The arguments of a command on this repository, which is added if none is given.
    pub(crate) fn arguments(&self, words: &[&str], policy: &Path) -> Vec<String> {
        let line = words.join(" ");
        let home = AT_HOME
            .iter()
            .any(|command| line.split(" -").next().unwrap().starts_with(command));
        let says = |text: String| text.lines().any(|line| line.starts_with("repository:"));
        let named = words
            .iter()
            .any(|word| ["-r", "-p", "--help"].contains(word))
            || fs_err::read_to_string(policy).is_ok_and(says);
        let mut arguments: Vec<String> = words.iter().map(|word| self.meant(word)).collect();
        if home && !named {
            arguments.extend(["-r".to_owned(), self.repository.clone()]);
        }
        arguments
    }

    /// The address of a registry in plain HTTP.
    pub(crate) fn plain_http(&self) -> Option<&str> {
        self.proxy.as_ref().map(|_| self.url.as_str())
    }

    /// A text with the actual repository.
    pub(crate) fn meant(&self, text: &str) -> String {
        text.replace(ARCHIVE, &self.repository)
    }

    /// A text with the repository's name in tests.
    pub(crate) fn called(&self, text: &str) -> String {
        text.replace(&self.repository, ARCHIVE)
    }

    /// How often something was stored; `None` if it cannot be counted.
    pub(crate) fn writes(&self) -> Option<usize> {
        Some(self.proxy.as_ref()?.writes().len())
    }

    /// The manifest of a component version: its digest, and itself.
    pub(crate) fn manifest(&self, component: &str, version: &str) -> (String, Value) {
        let repository = self.repository(component);
        let fetched = run(self.store().fetch(&repository, version)).unwrap();
        let (descriptor, bytes) = fetched.unwrap();
        let manifest = serde_json::from_slice(&bytes).unwrap();
        (descriptor.digest.to_string(), manifest)
    }

    /// Replaces the descriptor of a component version and adjusts its manifest.
    pub(crate) fn replace_descriptor(
        &self,
        component: &str,
        version: &str,
        mut manifest: Value,
        bytes: &[u8],
    ) {
        let repository = self.repository(component);
        let store = self.store();
        run(async {
            let mut writer = store.writer(&Silent).await.unwrap();
            let content = Content::Bytes(bytes.to_vec());
            let staged = writer.stage(&content).await.unwrap();
            manifest["layers"][0]["digest"] = json!(staged.digest);
            manifest["layers"][0]["size"] = staged.size.into();
            writer.push(&repository, staged).await.unwrap();
            let kind = "application/vnd.oci.image.manifest.v1+json";
            let bytes = manifest.to_string().into_bytes();
            let pushed: Descriptor = writer
                .push_manifest(&repository, kind, &bytes)
                .await
                .unwrap();
            writer.tag(&repository, version, &pushed).await.unwrap();
        });
    }

    fn repository(&self, component: &str) -> String {
        format!("{}/component-descriptors/{component}", self.path)
    }

    fn store(&self) -> Store {
        let locations = Locations {
            home: Some(self.home.clone()),
            ..Locations::default()
        };
        let settings = Settings {
            ca_files: authority().into_iter().collect(),
            ..Settings::default()
        };
        let http = Http::new(
            settings,
            Arc::new(DockerFiles::new(&locations, Helpers::default())),
            Arc::new(Silent),
        );
        Store::Remote(Remote::new(&http, &self.url).unwrap())
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// The messages, without the requests.
pub(crate) fn without_requests(talk: &str) -> String {
    let is_request = |line: &&str| {
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default();
        let url = words.next().unwrap_or_default();
        ["GET", "HEAD", "POST", "PUT"].contains(&method) && url.starts_with("http")
    };
    talk.split_inclusive('\n')
        .filter(|line| !is_request(line))
        .collect()
}
