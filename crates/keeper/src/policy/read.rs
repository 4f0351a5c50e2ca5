//! Reading `plugyard.yaml`: what is known, and what is wrong.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use ocm::glob::Glob;
use ocm::yaml::{Node, Span};
use ocm::{Diagnostic, RepositorySpec, Version};

use super::{Exception, Level, Moving, MovingOf, Policy, relative_to};
use crate::check::{self, Severity};
use registry::platform::Platform;

const KEYS: [&str; 8] = [
    "repository",
    "sources",
    "allow",
    "platforms",
    "moving",
    "keep",
    "rules",
    "exceptions",
];
const LEVELS: [&str; 4] = ["error", "warning", "note", "off"];

/// Reads the whole file.
pub(super) fn policy(root: &Node, folder: &Path) -> Result<Policy, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let mut policy = Policy::default();
    if root.is_null() {
        return Ok(policy);
    }
    for (key, value) in reader.members(root, "plugyard.yaml", &KEYS) {
        match key {
            "repository" => policy.repository = reader.repository(value, folder),
            "sources" => {
                let items = reader.list(value, "`sources`", "repositories");
                policy.sources = items
                    .iter()
                    .filter_map(|item| reader.repository(item, folder))
                    .collect();
            }
            "allow" => policy.allow = reader.allow(value),
            "platforms" => {
                let items = reader.list(value, "`platforms`", "platforms");
                policy.platforms = items
                    .iter()
                    .filter_map(|item| reader.platform(item))
                    .collect();
            }
            "moving" => {
                let items = reader.list(value, "`moving`", "versions that move");
                policy.moving = items
                    .iter()
                    .filter_map(|item| reader.moving(item))
                    .collect();
            }
            "keep" => policy.keep = reader.keep(value),
            "rules" => policy.rules = reader.rules(value),
            "exceptions" => {
                let items = reader.list(value, "`exceptions`", "exceptions");
                policy.exceptions = items
                    .iter()
                    .filter_map(|item| reader.exception(item))
                    .collect();
            }
            _ => {}
        }
    }
    let mut findings = reader.findings;
    if findings.is_empty() {
        return Ok(policy);
    }
    findings.sort_by_key(|finding| finding.span.start);
    Err(findings)
}

#[derive(Default)]
struct Reader {
    findings: Vec<Diagnostic>,
}

impl Reader {
    fn refuse(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.findings
            .push(Diagnostic::new(span, message).with_help(help));
    }

    /// The known members of an object; others are refused.
    fn members<'a>(
        &mut self,
        node: &'a Node,
        what: &str,
        known: &'static [&'static str],
    ) -> Vec<(&'static str, &'a Node)> {
        let Some(pairs) = node.as_mapping() else {
            let message = format!("expected keys such as `{}`", known[0]);
            let help = format!(
                "{what} is {}; known keys are {}",
                node.shape(),
                spelled(known)
            );
            self.refuse(node.span, message, help);
            return Vec::new();
        };
        let mut members = Vec::new();
        for (key, value) in pairs {
            let name = key.key();
            if let Some(known) = known.iter().find(|known| **known == name) {
                members.push((*known, value));
                continue;
            }
            let help = match ocm::name::nearest(&name, known) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known keys are {}", spelled(known)),
            };
            self.refuse(key.span, format!("unknown key `{name}`"), help);
        }
        members
    }

    fn list<'a>(&mut self, node: &'a Node, what: &str, of: &str) -> &'a [Node] {
        if let Some(items) = node.as_sequence() {
            return items;
        }
        let help = format!("start each item of {what} with `-`, or leave the key out");
        self.refuse(node.span, format!("expected a list of {of}"), help);
        &[]
    }

    /// The text of a scalar, as it is written: versions look like numbers, `off` like a boolean.
    fn word<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        let word = node.as_scalar().map(|scalar| scalar.text.trim());
        if let Some(word) = word.filter(|word| !word.is_empty() && !node.is_null()) {
            return Some(word);
        }
        let found = match word {
            Some(_) => "empty",
            None => node.shape(),
        };
        self.refuse(node.span, format!("{what} is {found}, not text"), "");
        None
    }

    fn repository(&mut self, node: &Node, folder: &Path) -> Option<RepositorySpec> {
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else {
            self.refuse(
                node.span,
                "expected the name of a repository",
                "such as ghcr.io/acme/plugins or ./transport-archive",
            );
            return None;
        };
        match RepositorySpec::parse(text) {
            Ok(spec) if spec.has_login() => {
                let message = "an address is no place for a login";
                self.refuse(
                    node.span,
                    message,
                    "take it out, and log in with `docker login`",
                );
                None
            }
            Ok(spec) if !spec.is_empty() => Some(relative_to(folder, spec)),
            Ok(_) => {
                self.refuse(node.span, "expected the name of a repository", "");
                None
            }
            Err(kind) => {
                let message = format!("`{kind}` is not a type of repository");
                self.refuse(node.span, message, "");
                None
            }
        }
    }

    fn allow(&mut self, node: &Node) -> Vec<Glob> {
        let items = self.list(node, "`allow`", "components");
        if node.as_sequence().is_some() && items.is_empty() {
            self.refuse(
                node.span,
                "`allow` is empty, so that nothing would be allowed",
                "leave it out to allow all components",
            );
        }
        let patterns = items
            .iter()
            .filter_map(|item| self.word(item, "a component of `allow`"));
        patterns.map(Glob::wildcards).collect()
    }

    fn platform(&mut self, node: &Node) -> Option<Platform> {
        let text = self.word(node, "a platform")?;
        match text.parse::<Platform>() {
            Ok(platform) => Some(platform),
            Err(error) => {
                let help = error.hint();
                self.refuse(node.span, error.to_string(), help);
                None
            }
        }
    }

    fn moving(&mut self, node: &Node) -> Option<Moving> {
        let (mut name, mut component, mut version) = (None, None, None);
        for (key, value) in self.members(
            node,
            "an item of `moving`",
            &["name", "component", "version"],
        ) {
            let word = self.word(value, &format!("`{key}`")).map(Glob::wildcards);
            match key {
                "name" => name = word,
                "component" => component = word,
                _ => version = word,
            }
        }
        node.as_mapping()?;
        let help = "write `- { name: helminput, version: 0.0.0-main }`; patterns are fine";
        let of = match (name, component) {
            (Some(name), None) => MovingOf::Name(name),
            (None, Some(component)) => MovingOf::Component(component),
            (Some(_), Some(_)) => {
                self.refuse(node.span, "`name` and `component` stand side by side", help);
                return None;
            }
            (None, None) => {
                let message = "an item of `moving` has neither `name` nor `component`";
                self.refuse(node.span, message, help);
                return None;
            }
        };
        let Some(version) = version else {
            self.refuse(node.span, "an item of `moving` has no `version`", help);
            return None;
        };
        Some(Moving { of, version })
    }

    fn keep(&mut self, node: &Node) -> Option<NonZeroUsize> {
        let number = self.word(node, "`keep`")?.parse().ok();
        if number.is_none() {
            let help = "it is how many versions of a plugin stay, 1 or more; without it all stay";
            self.refuse(node.span, "`keep` is no number of versions", help);
        }
        number
    }

    fn rules(&mut self, node: &Node) -> BTreeMap<String, Level> {
        let mut rules = BTreeMap::new();
        let Some(pairs) = node.as_mapping() else {
            let message = format!("`rules` is {}, not an object", node.shape());
            self.refuse(node.span, message, "write `entries-sorted: off` under it");
            return rules;
        };
        for (key, value) in pairs {
            let id = key.key();
            self.known_rule(&id, key.span);
            let Some(word) = self.word(value, "the severity of a rule") else {
                continue;
            };
            let level = match word {
                "error" => Level::At(Severity::Error),
                "warning" => Level::At(Severity::Warning),
                "note" => Level::At(Severity::Note),
                // As every other reader of this file would have it.
                "off" | "Off" | "OFF" | "false" => Level::Off,
                other => {
                    let help = match ocm::name::nearest(other, &LEVELS) {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => format!("write one of {}", spelled(&LEVELS)),
                    };
                    self.refuse(value.span, format!("`{other}` is no severity"), help);
                    continue;
                }
            };
            if id == check::RULES[0].id && level != Level::At(Severity::Error) {
                let help = "what cannot be read cannot be checked: leave it out";
                self.refuse(value.span, format!("`{id}` stays an error"), help);
            }
            rules.insert(id.into_owned(), level);
        }
        rules
    }

    fn exception(&mut self, node: &Node) -> Option<Exception> {
        const KEYS: &[&str] = &["rule", "entry", "reason"];
        let mut words = BTreeMap::new();
        for (key, value) in self.members(node, "an exception", KEYS) {
            if let Some(word) = self.word(value, &format!("`{key}`")) {
                words.insert(key, (word, value.span));
            } else {
                return None;
            }
        }
        node.as_mapping()?;
        for key in KEYS {
            if !words.contains_key(key) {
                let help = match *key {
                    "reason" => {
                        "say why it is accepted: whoever reads this later has no other way to know"
                    }
                    "entry" => "name the entry, as NAME or NAME@VERSION",
                    _ => "name the rule, as `check` prints it",
                };
                self.refuse(node.span, format!("an exception has no `{key}`"), help);
            }
        }
        let (&(rule, rule_span), &(entry, entry_span)) = (words.get("rule")?, words.get("entry")?);
        let (reason, _) = words.get("reason")?;
        self.known_rule(rule, rule_span);
        let (name, version) = match entry.split_once('@') {
            None => (entry, None),
            Some((name, text)) => match Version::parse(text) {
                Ok(version) => (name, Some(version)),
                Err(error) => {
                    self.refuse(entry_span, error.to_string(), "write NAME or NAME@VERSION");
                    return None;
                }
            },
        };
        Some(Exception {
            rule: rule.to_owned(),
            entry: Glob::wildcards(name),
            version,
            reason: (*reason).to_owned(),
        })
    }

    fn known_rule(&mut self, id: &str, span: Span) {
        let known: Vec<&str> = check::RULES.iter().map(|rule| rule.id).collect();
        if known.contains(&id) {
            return;
        }
        let help = match ocm::name::nearest(id, &known) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "docs/checks.md lists all rules".to_owned(),
        };
        self.refuse(span, format!("there is no rule `{id}`"), help);
    }
}

fn spelled(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
