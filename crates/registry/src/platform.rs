//! Operating systems and architectures, in Go's words.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

const SYSTEMS: [&str; 15] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];
const ARCHITECTURES: [&str; 16] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "sparc64", "wasm", "riscv",
];

/// An operating system and an architecture: `linux/amd64`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system, as `GOOS` has it.
    pub os: String,
    /// Architecture, as `GOARCH` has it.
    pub architecture: String,
}

/// The text is not a platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlatform {
    /// It is not two words with a slash.
    #[error("`{0}` is not a platform such as linux/amd64")]
    Form(String),
    /// A part is not one of Go's words.
    #[error("`{word}` in `{text}` is not {kind} in Go's words")]
    Word {
        /// The whole text.
        text: String,
        /// The word.
        word: String,
        /// What it should be.
        kind: &'static str,
        /// The word that may be meant.
        nearest: Option<String>,
    },
}

impl InvalidPlatform {
    /// How to fix it.
    pub fn hint(&self) -> String {
        match self {
            Self::Word {
                nearest: Some(nearest),
                ..
            } => ocm::name::question(nearest),
            Self::Word { kind, .. } if kind.contains("system") => {
                "use GOOS words: linux, darwin, windows".to_owned()
            }
            Self::Word { .. } => "use GOARCH words: amd64, arm64".to_owned(),
            Self::Form(_) => "write OS/ARCH, for instance linux/amd64".to_owned(),
        }
    }
}

impl Platform {
    /// The platform this program was built for.
    pub fn native() -> Self {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64",
            other => other,
        };
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || InvalidPlatform::Form(text.to_owned());
        let (os, architecture) = text.split_once('/').ok_or_else(form)?;
        if os.is_empty() || architecture.is_empty() || architecture.contains('/') {
            return Err(form());
        }
        let check = |word: &str, kind, known: &[&str], spoken: &[(&str, &str)]| {
            if known.contains(&word) {
                return Ok(word.to_owned());
            }
            let nearest = spoken
                .iter()
                .find(|(other, _)| *other == word.to_lowercase())
                .map(|(_, right)| *right)
                .or_else(|| ocm::name::nearest(word, known));
            Err(InvalidPlatform::Word {
                text: text.to_owned(),
                word: word.to_owned(),
                kind,
                nearest: nearest.map(str::to_owned),
            })
        };
        let systems = [("macos", "darwin"), ("osx", "darwin"), ("win", "windows")];
        let architectures = [
            ("x86_64", "amd64"),
            ("x64", "amd64"),
            ("aarch64", "arm64"),
            ("i386", "386"),
            ("x86", "386"),
        ];
        Ok(Self {
            os: check(os, "an operating system", &SYSTEMS, &systems)?,
            architecture: check(
                architecture,
                "an architecture",
                &ARCHITECTURES,
                &architectures,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_platform_names_get_a_suggestion() {
        for (text, hint) in [
            ("linux/x86_64", "did you mean `amd64`?"),
            ("macos/arm64", "did you mean `darwin`?"),
            ("linux", "write OS/ARCH, for instance linux/amd64"),
            ("lunix/amd64", "did you mean `linux`?"),
        ] {
            assert_eq!(text.parse::<Platform>().unwrap_err().hint(), hint);
        }
    }
}
