//! The files in which docker and podman store credentials, in the order in which they are read.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::docker_config::{DockerConfig, Entries};
use super::server_key::{self, Server};
use super::{Credentials, CredentialsError, Found, Login, Wanted, helper};

/// The directories, files and variables of a user and a session, where they are set.
#[derive(Clone, Default)]
pub struct Locations {
    /// `$DOCKER_AUTH_CONFIG`: the text of a docker configuration, read before all files.
    pub docker_auth: Option<String>,
    /// `$REGISTRY_AUTH_FILE` of podman, buildah and skopeo: read before all other files.
    pub registry_auth_file: Option<PathBuf>,
    /// `$DOCKER_CONFIG`: the directory to read instead of `~/.docker`.
    pub docker_config: Option<PathBuf>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// Where podman stores the credentials of a session.
    pub runtime: Option<Runtime>,
    /// `$XDG_CONFIG_HOME`; `~/.config` if absent.
    pub config: Option<PathBuf>,
}

/// Where podman stores the credentials of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// `$XDG_RUNTIME_DIR`.
    Folder(PathBuf),
    /// The user ID, if `$XDG_RUNTIME_DIR` is not set: the file is `/run/containers/UID/auth.json`.
    User(u32),
}

impl fmt::Debug for Locations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Omits the text, which contains secrets.
        f.debug_struct("Locations")
            .field("registry_auth_file", &self.registry_auth_file)
            .field("docker_config", &self.docker_config)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

impl Locations {
    /// The files that docker and podman read, in order.
    fn configs(&self) -> Vec<DockerConfig> {
        let in_home = |name: &str| self.home.as_ref().map(|home| home.join(name));
        let variable = self.docker_auth.clone().map(|text| DockerConfig::Inline {
            text,
            origin: "DOCKER_AUTH_CONFIG".to_owned(),
        });
        let docker = self.docker_config.clone().or_else(|| in_home(".docker"));
        let runtime = self.runtime.as_ref().map(|runtime| match runtime {
            Runtime::Folder(folder) => folder.join("containers/auth.json"),
            Runtime::User(number) => format!("/run/containers/{number}/auth.json").into(),
        });
        let config = self.config.clone().or_else(|| in_home(".config"));
        let files = [
            self.registry_auth_file.clone(),
            docker.map(|folder| folder.join("config.json")),
            runtime,
            config.map(|folder| folder.join("containers/auth.json")),
        ];
        let files = files.into_iter().flatten().map(DockerConfig::File);
        let oldest = in_home(".dockercfg").map(DockerConfig::Legacy);
        variable.into_iter().chain(files).chain(oldest).collect()
    }
}

/// How credential helpers are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helpers {
    /// Maximum run time of a helper: a person may have to unlock a key ring.
    pub patience: Duration,
    /// `$PATH`, in which helpers are searched for; only used to explain why one cannot be started.
    pub path: Option<OsString>,
    /// Whether helpers may prompt a person at the terminal.
    pub prompt: bool,
}

impl Default for Helpers {
    fn default() -> Self {
        Self {
            patience: Duration::from_mins(1),
            path: None,
            prompt: false,
        }
    }
}

/// The credentials of docker and podman.
///
/// The files are read in order when they are needed, and the first one that has credentials for the
/// registry is used. Within a file, the helper that `credHelpers` names for the registry is asked
/// first, then `auths` is read; if `credHelpers` names none, the helper in `credsStore` is asked
/// before `auths`. A helper is asked once for each server. The default reads nothing.
#[derive(Debug, Default)]
pub struct DockerFiles {
    configs: Vec<DockerConfig>,
    helpers: Helpers,
    asked: Mutex<HashMap<(String, String), Option<Login>>>,
}

impl DockerFiles {
    /// Reads the files and variables that docker and podman read.
    pub fn new(locations: &Locations, helpers: Helpers) -> Self {
        Self {
            configs: locations.configs(),
            helpers,
            asked: Mutex::default(),
        }
    }

    /// Reads only the given configurations.
    #[must_use]
    pub fn reading(self, configs: impl IntoIterator<Item = DockerConfig>) -> Self {
        Self {
            configs: configs.into_iter().collect(),
            ..self
        }
    }

    fn find_in(
        &self,
        config: &DockerConfig,
        wanted: &Wanted,
    ) -> Result<Option<Found>, CredentialsError> {
        let Some(entries) = config.read()? else {
            return Ok(None);
        };
        let server = Server::of(wanted);
        let invalid = |reason| CredentialsError::File {
            file: config.origin(),
            reason,
        };
        let own = server_key::best(&entries.helpers, &server, false);
        if let Some((key, name)) = own {
            // An empty name disables the helper in `credsStore` for this server.
            let name = Entries::helper(key, name).map_err(invalid)?;
            let found = match name {
                Some(name) => self.ask(name, &[key.to_owned()])?,
                None => None,
            };
            return match found {
                Some(found) => Ok(Some(found)),
                None => Ok(file_login(config, &entries, &server).map_err(invalid)?),
            };
        }
        let in_file = file_login(config, &entries, &server).map_err(invalid);
        let Some(name) = &entries.store else {
            return in_file;
        };
        match self.ask(name, &store_keys(&entries, &server)) {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) => in_file,
            // podman has no such helper, but reads the same file.
            Err(error) => in_file?.map(Some).ok_or(error),
        }
    }

    /// Asks a helper for each of these names of a server, until it knows one.
    fn ask(&self, name: &str, servers: &[String]) -> Result<Option<Found>, CredentialsError> {
        // Held while the helper runs: a second thread waits for the result of the first.
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        for server in servers {
            let key = (name.to_owned(), server.clone());
            let login = if let Some(known) = asked.get(&key) {
                known.clone()
            } else {
                let login = helper::get(name, server, &self.helpers)?;
                asked.insert(key, login.clone());
                login
            };
            if let Some(login) = login {
                let origin = helper::program(name);
                return Ok(Some(Found { login, origin }));
            }
        }
        Ok(None)
    }
}

impl Credentials for DockerFiles {
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        for config in &self.configs {
            if let Some(found) = self.find_in(config, wanted)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Finds the credentials for a registry in the file itself.
fn file_login(
    config: &DockerConfig,
    entries: &Entries,
    server: &Server<'_>,
) -> Result<Option<Found>, String> {
    let Some((key, entry)) = server_key::best(&entries.auths, server, true) else {
        return Ok(None);
    };
    let login = Entries::login(key, entry)?;
    Ok(login.map(|login| Found {
        login,
        origin: config.origin(),
    }))
}

/// The names under which the helper in `credsStore` may know a registry: `docker login` leaves an
/// empty entry under the name that was given to it; if there is none, the requested name is used.
fn store_keys(entries: &Entries, server: &Server<'_>) -> Vec<String> {
    match server_key::best(&entries.auths, server, false) {
        Some((key, _)) => vec![key.to_owned()],
        None => server.names(),
    }
}
