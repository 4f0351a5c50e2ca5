//! What one `plugyard.yaml` permits that another does not.

use super::{Exception, KnownRule, Level, MutableEntries, MutableVersions, Policy};

/// What a policy permits beyond the defaults, in words.
pub fn loosened(policy: &Policy, rules: &[KnownRule]) -> Vec<String> {
    let mut report = Vec::new();
    lists(&Policy::DEFAULT, policy, "", &mut report);
    severities(&Policy::DEFAULT, policy, rules, &mut report);
    report
}

/// What a policy permits beyond an earlier one, in words.
pub fn loosened_since(before: &Policy, after: &Policy, rules: &[KnownRule]) -> Vec<String> {
    let mut report = Vec::new();
    if before.repository != after.repository {
        report.push(match &after.repository {
            Some(repository) => format!("`repository` is now {repository}"),
            None => "`repository` is no longer set".to_owned(),
        });
    }
    if !before.allow.is_empty() {
        for pattern in added(&before.allow, &after.allow) {
            report.push(format!("`allow` now also admits {}", pattern.as_str()));
        }
        if after.allow.is_empty() {
            report.push("`allow` is no longer set, so every component is admitted".to_owned());
        }
    }
    for platform in added(&after.platforms, &before.platforms) {
        report.push(format!("`platforms` no longer requires {platform}"));
    }
    match (before.keep, after.keep) {
        (Some(before), Some(after)) if before > after => {
            report.push(format!("`keep` decreases from {before} to {after}"));
        }
        (Some(before), None) if before.get() > 1 => {
            report.push(format!("`keep` is no longer {before}"));
        }
        _ => {}
    }
    lists(before, after, "now also ", &mut report);
    severities(before, after, rules, &mut report);
    report
}

/// What lists permit that were shorter before; `also` comes before the verb.
fn lists(before: &Policy, after: &Policy, also: &str, report: &mut Vec<String>) {
    for source in added(&before.sources, &after.sources) {
        report.push(format!("`sources` {also}has {source}"));
    }
    for mutable in added(&before.moving, &after.moving) {
        report.push(format!("`moving` {also}lists {}", spelled(mutable)));
    }
    for exception in added(&before.exceptions, &after.exceptions) {
        report.push(accepted(exception));
    }
}

/// The rules that are less severe than before.
fn severities(before: &Policy, after: &Policy, rules: &[KnownRule], report: &mut Vec<String>) {
    for rule in rules {
        let (old, new) = (level(before, rule), level(after, rule));
        if rank(new) < rank(old) {
            report.push(match new {
                Level::Off => format!("the rule `{}` is off", rule.id),
                Level::At(severity) => {
                    format!(
                        "findings of `{}` are of severity {}",
                        rule.id,
                        severity.word()
                    )
                }
            });
        }
    }
}

/// The items of `after` that `before` does not have.
fn added<'a, T: PartialEq>(before: &[T], after: &'a [T]) -> impl Iterator<Item = &'a T> {
    after.iter().filter(|item| !before.contains(item))
}

fn level(policy: &Policy, rule: &KnownRule) -> Level {
    let level = policy.rules.get(rule.id);
    level.copied().unwrap_or(Level::At(rule.severity))
}

fn rank(level: Level) -> u8 {
    match level {
        Level::Off => 0,
        Level::At(severity) => 1 + severity as u8,
    }
}

fn spelled(mutable: &MutableVersions) -> String {
    let version = mutable.version.as_str();
    match &mutable.of {
        MutableEntries::Name(name) => format!("{version} of `{}`", name.as_str()),
        MutableEntries::Component(component) => format!("{version} of {}", component.as_str()),
    }
}

fn accepted(exception: &Exception) -> String {
    let version = exception.version.as_ref();
    let version = version.map_or_else(String::new, |version| format!("@{version}"));
    format!(
        "an exception accepts `{}` at {}{version}: {}",
        exception.rule,
        exception.entry.as_str(),
        exception.reason
    )
}
