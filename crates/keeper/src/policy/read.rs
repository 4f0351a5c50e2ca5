//! Reading the text of `plugyard.yaml`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use ocm::glob::Glob;
use ocm::yaml::{self, Node, Span};
use ocm::{Diagnostic, RepositorySpec, Version};

use super::{Exception, KnownRule, Level, MutableEntries, MutableVersions, Policy, relative_to};
use crate::hidden;
use crate::severity::Severity;
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

/// By which ids a file may name rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RuleIds {
    Present,
    PresentAndFormer,
}

impl Policy {
    /// Reads the text of the file. `folder` is the one that has the file: relative paths are
    /// resolved against it. `rules` are the rules that the file may name.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text.
    pub fn parse(text: &str, folder: &Path, rules: &[KnownRule]) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_with(text, folder, rules, RuleIds::Present)
    }

    /// Reads the text of the file as an earlier revision has it. It cannot be changed any more, so
    /// it may name rules by their former ids.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn parse_earlier(
        text: &str,
        folder: &Path,
        rules: &[KnownRule],
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_with(text, folder, rules, RuleIds::PresentAndFormer)
    }

    fn parse_with(
        text: &str,
        folder: &Path,
        rules: &[KnownRule],
        ids: RuleIds,
    ) -> Result<Self, Vec<Diagnostic>> {
        let document = yaml::parse(text, yaml::Limits::constructor())
            .map_err(|error| vec![error.diagnostic])?;
        let mut reader = Reader {
            rules,
            ids,
            folder,
            findings: hidden::characters(text).collect(),
        };
        let policy = reader.policy(&document.root);
        let mut findings = reader.findings;
        if findings.is_empty() {
            return Ok(policy);
        }
        findings.sort_by_key(|finding| finding.span.start);
        Err(findings)
    }
}

struct Reader<'r> {
    rules: &'r [KnownRule],
    ids: RuleIds,
    folder: &'r Path,
    findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn policy(&mut self, root: &Node) -> Policy {
        let mut policy = Policy::default();
        if root.is_null() {
            return policy;
        }
        for (key, value) in self.members(root, "plugyard.yaml", &KEYS) {
            match key {
                "repository" => policy.repository = self.repository(value),
                "sources" => {
                    let items = self.list(value, "`sources`", "repositories").iter();
                    policy.sources = items.filter_map(|item| self.repository(item)).collect();
                }
                "allow" => policy.allow = self.allow(value),
                "platforms" => {
                    let items = self.list(value, "`platforms`", "platforms").iter();
                    policy.platforms = items.filter_map(|item| self.platform(item)).collect();
                }
                "moving" => {
                    let items = self.list(value, "`moving`", "mutable versions").iter();
                    policy.moving = items.filter_map(|item| self.mutable(item)).collect();
                }
                "keep" => policy.keep = self.keep(value),
                "rules" => policy.rules = self.rules(value),
                "exceptions" => {
                    let items = self.list(value, "`exceptions`", "exceptions").iter();
                    policy.exceptions = items.filter_map(|item| self.exception(item)).collect();
                }
                _ => {}
            }
        }
        policy
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.findings
            .push(Diagnostic::new(span, message).with_help(help));
    }

    /// The known members of an object; unknown ones are refused.
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
            let help = ocm::name::did_you_mean(&name, known)
                .unwrap_or_else(|| format!("known keys are {}", spelled(known)));
            self.refuse(key.span, format!("unknown key `{name}`"), help);
        }
        members
    }

    fn list<'a>(&mut self, node: &'a Node, what: &str, of: &str) -> &'a [Node] {
        if let Some(items) = node.as_sequence() {
            return items;
        }
        let help = format!("start each item of {what} with `-`, or omit the key");
        self.refuse(node.span, format!("expected a list of {of}"), help);
        &[]
    }

    /// The text of a scalar as it is written, because versions look like numbers and `off` like
    /// a boolean.
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

    fn repository(&mut self, node: &Node) -> Option<RepositorySpec> {
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else {
            self.refuse(
                node.span,
                "expected the address of a repository",
                "such as ghcr.io/acme/plugins or ./transport-archive",
            );
            return None;
        };
        match RepositorySpec::parse(text) {
            Ok(spec) if spec.has_login() => {
                self.refuse(
                    node.span,
                    "the address must not contain credentials",
                    "remove them, and log in with `docker login`",
                );
                None
            }
            Ok(spec) if !spec.is_empty() => Some(relative_to(self.folder, spec)),
            Ok(_) => {
                self.refuse(node.span, "expected the address of a repository", "");
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
                "`allow` is empty, so nothing would be allowed",
                "omit it to allow all components",
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

    fn mutable(&mut self, node: &Node) -> Option<MutableVersions> {
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
        let help = "write `- { name: helminput, version: 0.0.0-main }`; patterns are allowed";
        let of = match (name, component) {
            (Some(name), None) => MutableEntries::Name(name),
            (None, Some(component)) => MutableEntries::Component(component),
            (Some(_), Some(_)) => {
                let message = "an item of `moving` has both `name` and `component`";
                self.refuse(node.span, message, help);
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
        Some(MutableVersions { of, version })
    }

    fn keep(&mut self, node: &Node) -> Option<NonZeroUsize> {
        let number = self.word(node, "`keep`")?.parse().ok();
        if number.is_none() {
            let help = "it is the number of versions of a plugin to keep; without it, all stay";
            self.refuse(node.span, "`keep` must be a positive integer", help);
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
            let rule = self.known_rule(&id, key.span);
            let Some(word) = self.word(value, "the severity of a rule") else {
                continue;
            };
            let level = match word {
                "error" => Level::At(Severity::Error),
                "warning" => Level::At(Severity::Warning),
                "note" => Level::At(Severity::Note),
                // Other YAML readers take `off` for a boolean and may have rewritten it.
                "off" | "Off" | "OFF" | "false" => Level::Off,
                other => {
                    let help = ocm::name::did_you_mean(other, &LEVELS)
                        .unwrap_or_else(|| format!("write one of {}", spelled(&LEVELS)));
                    self.refuse(
                        value.span,
                        format!("`{other}` is not a valid severity"),
                        help,
                    );
                    continue;
                }
            };
            if rule.is_some_and(|rule| rule.is_fixed) && level != Level::At(Severity::Error) {
                let help = "what cannot be read cannot be checked: omit it";
                let message = format!("the severity of `{id}` cannot be changed");
                self.refuse(value.span, message, help);
            }
            let id = rule.map_or(id, |rule| rule.id.into());
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
                    "reason" => "say why the finding is accepted, for those who read it later",
                    "entry" => "name the entry, as NAME or NAME@VERSION",
                    _ => "name the rule, as `plugyard check` prints it",
                };
                self.refuse(node.span, format!("an exception has no `{key}`"), help);
            }
        }
        let (&(rule, rule_span), &(entry, entry_span)) = (words.get("rule")?, words.get("entry")?);
        let (reason, _) = words.get("reason")?;
        let known = self.known_rule(rule, rule_span);
        if known.is_some_and(|known| !known.is_about_entries) {
            let message = format!("`{rule}` is never about an entry, so no exception can apply");
            let help = "set its severity under `rules` instead";
            self.refuse(rule_span, message, help);
        }
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
            rule: known.map_or(rule, |known| known.id).to_owned(),
            entry: Glob::wildcards(name),
            version,
            reason: (*reason).to_owned(),
        })
    }

    /// The rule with this id; an unknown id is refused.
    fn known_rule(&mut self, id: &str, span: Span) -> Option<KnownRule> {
        if let Some(rule) = self.rules.iter().find(|rule| rule.id == id) {
            return Some(*rule);
        }
        let mut rules = self.rules.iter();
        if let Some(renamed) = rules.find(|rule| rule.former_id == Some(id)) {
            if self.ids == RuleIds::Present {
                let message = format!("the rule `{id}` was renamed");
                self.refuse(span, message, format!("write `{}`", renamed.id));
            }
            return Some(*renamed);
        }
        let known: Vec<&str> = self.rules.iter().map(|rule| rule.id).collect();
        let help = ocm::name::did_you_mean(id, &known)
            .unwrap_or_else(|| "docs/checks.md lists all rules".to_owned());
        self.refuse(span, format!("there is no rule `{id}`"), help);
        None
    }
}

fn spelled(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
