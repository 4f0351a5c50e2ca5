//! What `diff` prints for people: the text of a pull request, and of release notes.

use std::collections::BTreeMap;
use std::fmt::Write;

use keeper::sizes::Sizes;
use ocm::Version;
use registry::diff::{Change, Diff, Kind};
use registry::version_class::VersionClass;

use super::side::Told;
use crate::escape::markdown::{cell, prose, word};
use crate::escape::terminal;

/// A comparison with all that is shown of it.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a Told,
    pub(super) new: &'a Told,
    pub(super) diff: &'a Diff,
    pub(super) sizes: &'a Sizes,
}

impl Comparison<'_> {
    /// Says whether the version of the registry is as high as the change calls for.
    fn verdict(&self) -> Option<String> {
        let old = Version::parse(&self.old.content.version).ok()?;
        let new = Version::parse(&self.new.content.version).ok()?;
        let required = match self.diff.class {
            VersionClass::None => old.clone(),
            class => class.raise(&new, Some(&old)),
        };
        let word = self.diff.class.word();
        Some(if new.precedence(&required).is_lt() {
            format!("a {word} change, which calls for {required}: {new} is too low")
        } else {
            format!("a {word} change, from {old} to {new}")
        })
    }
}

/// The word for a change.
fn verb(change: &Change) -> &'static str {
    match change.kind {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Updated if change.old == change.new => "pinned anew",
        Kind::Updated => "updated",
        Kind::Yanked => "yanked",
        Kind::Metadata => "changed",
    }
}

/// What is to be said beside the versions, a sentence each; code by `quote`.
fn remarks(change: &Change, quote: fn(&str) -> String) -> Vec<String> {
    let details = &change.details;
    let mut remarks: Vec<String> = Vec::new();
    if let Some(yanked) = &details.yanked {
        remarks.push(format!("do not use: {}", quote(&yanked.reason)));
        if let Some(instead) = &yanked.instead {
            remarks.push(format!("use {} instead", quote(instead)));
        }
    }
    if let Some(reason) = &details.reason {
        remarks.push(format!("because: {}", quote(reason)));
    }
    let lists = [
        ("gains", &change.platforms_gained),
        ("loses", &change.platforms_lost),
        ("can do", &details.capabilities_gained),
        ("can no longer do", &details.capabilities_lost),
    ];
    for (word, list) in lists {
        if !list.is_empty() {
            let items: Vec<String> = list.iter().map(|item| quote(item)).collect();
            remarks.push(format!("{word} {}", items.join(", ")));
        }
    }
    remarks
}

/// Plain text, a change a line, more about it indented.
pub(super) fn text(comparison: &Comparison<'_>) -> String {
    let mut text = String::new();
    for change in &comparison.diff.changes {
        let what = change.name.as_deref().unwrap_or("the registry");
        let versions = match (&change.old, &change.new) {
            (Some(old), Some(new)) if old != new => format!(" {old} -> {new}"),
            (_, Some(version)) | (Some(version), None) => format!(" {version}"),
            (None, None) => String::new(),
        };
        let line = format!("{} {what}{versions}", verb(change));
        let _ = writeln!(text, "{}", terminal(&line));
        let mut more = remarks(change, str::to_owned);
        more.extend(change.details.notes.iter().cloned());
        if let Some(platforms) = platforms(comparison.sizes, change) {
            more.extend(platforms.iter().map(|(platform, size)| {
                let blank = if size.is_empty() { "" } else { " " };
                format!("{platform}{blank}{size}")
            }));
        }
        for remark in more {
            let _ = writeln!(text, "  {}", terminal(&remark));
        }
    }
    if comparison.diff.is_empty() {
        return "nothing differs\n".to_owned();
    }
    if let Some(verdict) = comparison.verdict() {
        let _ = writeln!(text, "{verdict}");
    } else {
        let _ = writeln!(text, "a {} change", comparison.diff.class.word());
    }
    for reason in &comparison.diff.reasons {
        let _ = writeln!(text, "  {}", terminal(reason));
    }
    text
}

/// The platforms of what came, each with its size and how that changed.
fn platforms(sizes: &Sizes, change: &Change) -> Option<BTreeMap<String, String>> {
    if !matches!(change.kind, Kind::Added | Kind::Updated) {
        return None;
    }
    let (old, new) = sizes.of(change);
    let names = change.details.platforms.iter().chain(new.keys());
    let shown = names.map(|platform| {
        let text = match (old.get(platform), new.get(platform)) {
            (_, None) => String::new(),
            (Some(old), Some(new)) if old != new => {
                let sign = if new > old { '+' } else { '-' };
                format!("{} ({sign}{})", bytes(*new), bytes(new.abs_diff(*old)))
            }
            (_, Some(new)) => bytes(*new),
        };
        (platform.clone(), text)
    });
    Some(shown.collect())
}

/// A number of bytes for people: three digits, by 1024.
fn bytes(number: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    // In tenths, so that no fraction is needed.
    let mut tenths = number.saturating_mul(10);
    while tenths >= 10 * 1024 && unit + 1 < units.len() {
        tenths = tenths.div_ceil(1024);
        unit += 1;
    }
    let fraction = if unit == 0 || tenths >= 1000 {
        String::new()
    } else {
        format!(".{}", tenths % 10)
    };
    format!("{}{fraction} {}", tenths / 10, units[unit])
}

/// The body of a pull request.
pub(super) fn markdown(comparison: &Comparison<'_>) -> String {
    let (old, new) = (&comparison.old.content, &comparison.new.content);
    let diff = comparison.diff;
    let mut text = String::new();
    let from = if old.is_nothing() {
        "first version".to_owned()
    } else {
        word(&old.version)
    };
    let arrow = if old.version == new.version {
        word(&new.version)
    } else {
        format!("{from} → {}", word(&new.version))
    };
    let _ = writeln!(text, "## {} {arrow}\n", word(&new.name));
    if diff.is_empty() {
        text.push_str("Nothing differs.\n");
        return text;
    }
    let _ = writeln!(text, "{}\n", summary(diff));
    let plugins: Vec<&Change> = diff
        .changes
        .iter()
        .filter(|change| change.name.is_some())
        .collect();
    if !plugins.is_empty() {
        text.push_str(
            "| plugin | | before | after | platforms | remarks |\n|---|---|---|---|---|---|\n",
        );
    }
    for change in plugins {
        let name = change.name.as_deref().unwrap_or_default();
        let version =
            |version: &Option<String>| version.as_deref().map_or("–".to_owned(), cell::word);
        let after = match change.kind {
            Kind::Yanked | Kind::Metadata => version(&change.new),
            _ => format!("**{}**", version(&change.new)),
        };
        let after = if change.new.is_none() {
            "–".to_owned()
        } else {
            after
        };
        let _ = writeln!(
            text,
            "| **{}**<br>{} | {} | {} | {after} | {} | {} |",
            cell::word(name),
            cell::word(&change.component),
            verb(change),
            version(&change.old),
            platform_cell(comparison.sizes, change),
            remark_cell(change),
        );
    }
    for change in diff.changes.iter().filter(|change| change.name.is_none()) {
        let notes: Vec<String> = change
            .details
            .notes
            .iter()
            .map(|note| prose(note))
            .collect();
        let _ = writeln!(text, "\nThe registry itself changes: {}.", notes.join(", "));
    }
    let verdict = comparison.verdict();
    let verdict = verdict.unwrap_or_else(|| format!("a {} change", diff.class.word()));
    let _ = writeln!(text, "\nThis is {}, because:\n", prose(&verdict));
    let shown = 20;
    for reason in diff.reasons.iter().take(shown) {
        let _ = writeln!(text, "- {}", prose(reason));
    }
    if diff.reasons.len() > shown {
        let _ = writeln!(text, "- and {} more", diff.reasons.len() - shown);
    }
    text
}

/// How many of what.
fn summary(diff: &Diff) -> String {
    let kinds = [
        (Kind::Added, "added"),
        (Kind::Updated, "updated"),
        (Kind::Removed, "removed"),
        (Kind::Yanked, "yanked"),
        (Kind::Metadata, "changed otherwise"),
    ];
    let counts = kinds.iter().filter_map(|(kind, word)| {
        let count = diff
            .changes
            .iter()
            .filter(|change| change.kind == *kind)
            .count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    let counts: Vec<String> = counts.collect();
    let class = match diff.class {
        VersionClass::Major => "**Major**: users may lose something. ",
        _ => "",
    };
    format!("{class}{}.", counts.join(", "))
}

fn platform_cell(sizes: &Sizes, change: &Change) -> String {
    let Some(platforms) = platforms(sizes, change) else {
        let plain: Vec<String> = change
            .details
            .platforms
            .iter()
            .map(|name| cell::word(name))
            .collect();
        return if change.kind == Kind::Removed {
            "–".to_owned()
        } else {
            plain.join("<br>")
        };
    };
    let mut lines: Vec<String> = platforms
        .iter()
        .map(|(platform, size)| {
            let new = change.platforms_gained.contains(platform);
            let mark = if new { " **new**" } else { "" };
            let blank = if size.is_empty() { "" } else { " " };
            format!("{}{blank}{size}{mark}", cell::word(platform))
        })
        .collect();
    let lost = change.platforms_lost.iter();
    lines.extend(lost.map(|platform| format!("~~{}~~ **gone**", cell::word(platform))));
    lines.join("<br>")
}

fn remark_cell(change: &Change) -> String {
    let mut remarks = remarks(change, cell::code);
    // The column of platforms tells of them.
    if matches!(change.kind, Kind::Added | Kind::Updated) {
        remarks.retain(|remark| !remark.starts_with("gains ") && !remark.starts_with("loses "));
    }
    let notes = change.details.notes.iter();
    remarks.extend(notes.map(|note| cell::prose(note)));
    remarks.join("<br>")
}
