//! The thirty plugins of the year, and how their authors choose versions.

use std::collections::BTreeMap;

use testkit::Random;

use crate::year::release::{Release, program};
use crate::year::upstream::Upstream;
use crate::year::version::Version;

/// Name, owner, first version, and the week of its first release; grouped by owner.
const PLUGINS: [(&str, &str, &str, usize); 30] = [
    ("helm", "acme.org/plugins", "1.0.0", 1),
    ("git", "acme.org/plugins", "0.9.9", 1),
    ("npm", "acme.org/plugins", "1.8.0", 1),
    ("maven", "acme.org/plugins", "0.1.0", 1),
    ("docker", "acme.org/plugins", "v2.0.0", 2),
    ("terraform", "acme.org/plugins", "0.1.0", 4),
    ("vault", "acme.org/plugins", "1.0.0", 7),
    ("signer", "acme.org/plugins", "0.9.0", 10),
    ("archive", "acme.org/plugins", "3.1.4", 15),
    ("gradle", "acme.org/plugins", "1.0.0", 22),
    ("cargo", "other.example/plugins", "1.0.0", 1),
    ("conda", "other.example/plugins", "v0.1.0", 1),
    ("debian", "other.example/plugins", "12.0.0", 3),
    ("rpm", "other.example/plugins", "4.8.9", 5),
    ("alpine", "other.example/plugins", "1.0.0", 9),
    ("nix", "other.example/plugins", "0.0.1", 13),
    ("brew", "other.example/plugins", "1.0.0", 18),
    ("s3", "lab.example/tools", "1.0.0", 1),
    ("gcs", "lab.example/tools", "1.0.0", 3),
    ("azure", "lab.example/tools", "0.1.0", 6),
    ("ftp", "lab.example/tools", "9.9.9", 11),
    ("webdav", "lab.example/tools", "1.0.0", 16),
    ("rsync", "lab.example/tools", "3.2.0", 25),
    ("figma", "acme.org/studio", "1.0.0", 20),
    ("unity", "acme.org/studio", "v1.0.0", 28),
    ("blender", "acme.org/studio", "4.0.0", 34),
    ("edge", "acme.org/nightly", "0.0.0-main", 2),
    ("canary", "acme.org/nightly", "0.0.0-main", 3),
    ("quantum", "lab.example/tools", "1.0.0-rc.1", 8),
    ("photon", "lab.example/tools", "0.1.0-rc.9", 30),
];

/// Descriptions of plugins; some have a special meaning in YAML.
const DESCRIPTIONS: [&str; 8] = [
    "Reads what others wrote",
    "no",
    "014",
    "# one: two",
    "\"quoted\" and 'quoted'",
    "Größe – 大きさ",
    "- { a: [b, *c] }",
    "~",
];

const PLATFORMS: [&[&str]; 4] = [
    &["linux/amd64"],
    &["darwin/arm64", "linux/amd64"],
    &["linux/amd64", "linux/arm64"],
    &["linux/amd64", "windows/amd64"],
];

/// A plugin.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    pub(crate) name: &'static str,
    pub(crate) component: String,
    pub(crate) first: Version,
    pub(crate) week: usize,
    description: &'static str,
    platforms: &'static [&'static str],
}

/// All thirty.
pub(crate) fn plugins() -> Vec<Plugin> {
    let plugin =
        |(index, (name, owner, first, week)): (usize, &(&'static str, &str, &str, usize))| Plugin {
            name,
            component: format!("{owner}/{name}"),
            first: Version::new(first),
            week: *week,
            description: DESCRIPTIONS[index % DESCRIPTIONS.len()],
            platforms: PLATFORMS[index * 3 % PLATFORMS.len()],
        };
    PLUGINS.iter().enumerate().map(plugin).collect()
}

impl Plugin {
    /// Whether it has only a mutable version.
    pub(crate) fn only_moves(&self) -> bool {
        self.name == "canary"
    }

    pub(crate) fn moves(&self) -> bool {
        self.component.contains("/nightly/")
    }

    /// The input type that it claims.
    pub(crate) fn claim(&self) -> String {
        format!("{}/v1", self.name)
    }

    /// A valid release; `text` makes its programs different.
    pub(crate) fn release(&self, version: Version, text: &str) -> Release {
        let mut release = Release {
            component: self.component.clone(),
            version,
            description: self.description.to_owned(),
            programs: BTreeMap::new(),
            capability: "inputRepository",
            claim: self.claim(),
            flaw: None,
        };
        release.build(self.platforms, text);
        release
    }

    /// A release of the next version, sometimes with one platform more or less.
    pub(crate) fn next(&self, version: Version, random: &mut Random) -> Release {
        let mut release = self.release(version, "");
        if random.once_in(20) {
            release.build(PLATFORMS[random.below(PLATFORMS.len())], "");
        }
        release
    }

    /// The next stable version: half of the time, a candidate becomes stable.
    pub(crate) fn stable(&self, upstream: &Upstream, random: &mut Random) -> Version {
        let versions = || upstream.versions(&self.component);
        let stable = versions().filter(|version| !version.is_pre()).max();
        let candidate = versions()
            .filter(|version| version.candidate().is_some())
            .max();
        let ahead = candidate.filter(|candidate| stable.is_none_or(|stable| *candidate > stable));
        match (stable, ahead) {
            (None, Some(candidate)) => candidate.like(candidate.numbers(), None),
            (Some(_), Some(candidate)) if random.once_in(2) => {
                candidate.like(candidate.numbers(), None)
            }
            (Some(stable), _) => {
                let part = [2, 2, 2, 2, 2, 1, 1, 1, 1, 0][random.below(10)];
                let raised = stable.raised(part);
                // Not beyond the candidate.
                if ahead.is_some_and(|candidate| raised > *candidate) {
                    stable.raised(2)
                } else {
                    raised
                }
            }
            (None, None) => Version::new("0.1.0"),
        }
    }

    /// The next release candidate.
    pub(crate) fn candidate(&self, upstream: &Upstream) -> Version {
        let mut versions = upstream.versions(&self.component);
        let highest = versions.next_back().unwrap();
        match highest.candidate() {
            Some(number) => highest.like(highest.numbers(), Some(number + 1)),
            None if highest.is_pre() => Version::new("0.1.0-rc.1"),
            None => {
                let next = highest.raised(1);
                next.like(next.numbers(), Some(9))
            }
        }
    }

    /// Another version of an older line, if there is one.
    pub(crate) fn backport(&self, upstream: &Upstream) -> Option<Version> {
        let stable = upstream
            .versions(&self.component)
            .filter(|version| !version.is_pre());
        let stable: Vec<&Version> = stable.collect();
        let newest = stable.last()?;
        let lines = stable.iter().map(|version| version.raised(2));
        let mut free = lines.filter(|version| version < *newest && !stable.contains(&version));
        free.next_back()
    }
}

impl Release {
    /// Builds its programs again.
    pub(crate) fn build(&mut self, platforms: &[&'static str], text: &str) {
        let document = self.document();
        let label = format!("{}:{} {text}", self.component, self.version);
        let built = platforms.iter().map(|platform| {
            (
                *platform,
                program(platform, &document, &format!("{platform} {label}")),
            )
        });
        self.programs = built.collect();
    }

    /// Changes the type that it claims.
    pub(crate) fn claims(&mut self, claim: String) {
        self.claim = claim;
        self.build(&self.platforms(), "");
    }

    /// The same, with an error that this rule of the gate detects.
    pub(crate) fn spoilt(mut self, rule: &'static str, other: &str, random: &mut Random) -> Self {
        self.flaw = Some(rule);
        match rule {
            "binary-platform" => {
                let platforms = self.platforms();
                let platform = platforms[random.below(platforms.len())];
                let wrong = match random.below(3) {
                    0 => b"<html>404 Not Found</html>\n".to_vec(),
                    1 => Vec::new(),
                    _ if platform == "darwin/arm64" => {
                        program("linux/arm64", &self.document(), &self.component)
                    }
                    _ => program("darwin/arm64", &self.document(), &self.component),
                };
                self.programs.insert(platform, wrong);
            }
            "platforms-required" => self.build(&["darwin/arm64", "windows/amd64"], ""),
            "capabilities-known" => {
                self.capability = "teleporter";
                self.build(&self.platforms(), "");
            }
            "capability-unique" => self.claims(other.to_owned()),
            "no-dollar" => self.description = format!("Installs itself into $HOME, {rule}"),
            "component-allowed" => {}
            other => panic!("nothing breaks {other}"),
        }
        self
    }
}
