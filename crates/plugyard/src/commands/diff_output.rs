//! What `diff` prints for people: text, and Markdown for pull requests and release notes.

use std::collections::BTreeMap;
use std::fmt::Write;

use keeper::comparison::Comparison;
use keeper::sizes::Sizes;
use registry::diff::{Change, Diff, Kind};
use registry::version_class::VersionClass;

use crate::escape::markdown::{cell, prose, word};
use crate::escape::terminal;

/// A comparison and the program sizes that are shown with it.
pub(super) struct Shown<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) sizes: &'a Sizes,
}

/// The class of the change, and whether the version of the registry is high enough for it.
fn verdict(comparison: &Comparison) -> String {
    let class = comparison.diff.class.word();
    let (old, new) = (&comparison.old.content, &comparison.new.content);
    match (
        comparison.required_version(),
        comparison.is_version_high_enough(),
    ) {
        (Some(required), Some(false)) => format!(
            "a {class} change: the version must be at least {required}, but is {}",
            new.version
        ),
        (Some(_), Some(true)) => {
            format!("a {class} change, from {} to {}", old.version, new.version)
        }
        _ => format!("a {class} change"),
    }
}

/// The word for a change.
fn verb(change: &Change) -> &'static str {
    match change.kind {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Updated if change.old == change.new => "re-pinned",
        Kind::Updated => "updated",
        Kind::Yanked => "yanked",
        Kind::Metadata => "changed",
    }
}

/// What a remark is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Platforms,
    Other,
}

/// Remarks on a change besides its versions, a sentence each; `quote` marks text from outside.
fn remarks(change: &Change, quote: fn(&str) -> String) -> Vec<(Topic, String)> {
    let details = &change.details;
    let mut remarks: Vec<(Topic, String)> = Vec::new();
    if let Some(yanked) = &details.yanked {
        let text = format!("do not use: {}", quote(&yanked.reason));
        remarks.push((Topic::Other, text));
        if let Some(instead) = &yanked.instead {
            remarks.push((Topic::Other, format!("use {} instead", quote(instead))));
        }
    }
    if let Some(reason) = &details.reason {
        remarks.push((Topic::Other, format!("reason: {}", quote(reason))));
    }
    let lists = [
        (Topic::Platforms, "adds", &change.platforms_gained),
        (Topic::Platforms, "drops", &change.platforms_lost),
        (
            Topic::Other,
            "adds capability",
            &details.capabilities_gained,
        ),
        (Topic::Other, "drops capability", &details.capabilities_lost),
    ];
    for (topic, verb, list) in lists {
        if !list.is_empty() {
            let items: Vec<String> = list.iter().map(|item| quote(item)).collect();
            remarks.push((topic, format!("{verb} {}", items.join(", "))));
        }
    }
    remarks
}

/// Plain text: a change a line, and details indented below it.
pub(super) fn text(shown: &Shown<'_>) -> String {
    let diff = &shown.comparison.diff;
    if diff.is_empty() {
        return "no differences\n".to_owned();
    }
    let mut text = String::new();
    for change in &diff.changes {
        let what = change.name.as_deref().unwrap_or("the registry");
        let versions = match (&change.old, &change.new) {
            (Some(old), Some(new)) if old != new => format!(" {old} -> {new}"),
            (_, Some(version)) | (Some(version), None) => format!(" {version}"),
            (None, None) => String::new(),
        };
        let line = format!("{} {what}{versions}", verb(change));
        let _ = writeln!(text, "{}", terminal(&line));
        let remarks = remarks(change, str::to_owned).into_iter();
        let mut details: Vec<String> = remarks.map(|(_, remark)| remark).collect();
        details.extend(change.details.notes.iter().cloned());
        if let Some(platforms) = platforms(shown.sizes, change) {
            details.extend(platforms.iter().map(|(platform, size)| {
                let blank = if size.is_empty() { "" } else { " " };
                format!("{platform}{blank}{size}")
            }));
        }
        for detail in details {
            let _ = writeln!(text, "  {}", terminal(&detail));
        }
    }
    let _ = writeln!(text, "{}", verdict(shown.comparison));
    for reason in &diff.reasons {
        let _ = writeln!(text, "  {}", terminal(reason));
    }
    text
}

/// The platforms of an added or updated version, each with the size of its program and how that
/// changed.
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

/// A number of bytes with three digits and a unit, by powers of 1024.
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
pub(super) fn markdown(shown: &Shown<'_>) -> String {
    let (old, new) = (&shown.comparison.old.content, &shown.comparison.new.content);
    let diff = &shown.comparison.diff;
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
        text.push_str("No differences.\n");
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
            platform_cell(shown.sizes, change),
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
        let _ = writeln!(
            text,
            "\nChanges to the registry itself: {}.",
            notes.join(", ")
        );
    }
    let verdict = verdict(shown.comparison);
    let _ = writeln!(text, "\nThis is {}. Reasons:\n", prose(&verdict));
    let shown = 20;
    for reason in diff.reasons.iter().take(shown) {
        let _ = writeln!(text, "- {}", prose(reason));
    }
    if diff.reasons.len() > shown {
        let _ = writeln!(text, "- and {} more", diff.reasons.len() - shown);
    }
    text
}

/// The number of changes of each kind.
fn summary(diff: &Diff) -> String {
    let kinds = [
        (Kind::Added, "added"),
        (Kind::Updated, "updated"),
        (Kind::Removed, "removed"),
        (Kind::Yanked, "yanked"),
        (Kind::Metadata, "with changed metadata"),
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
        VersionClass::Major => "**Major**: users may lose something they have. ",
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
    lines.extend(lost.map(|platform| format!("~~{}~~ **dropped**", cell::word(platform))));
    lines.join("<br>")
}

fn remark_cell(change: &Change) -> String {
    // The column of platforms has them already.
    let has_column = matches!(change.kind, Kind::Added | Kind::Updated);
    let remarks = remarks(change, cell::code).into_iter();
    let mut remarks: Vec<String> = remarks
        .filter(|(topic, _)| !has_column || *topic != Topic::Platforms)
        .map(|(_, remark)| remark)
        .collect();
    let notes = change.details.notes.iter();
    remarks.extend(notes.map(|note| cell::prose(note)));
    remarks.join("<br>")
}
