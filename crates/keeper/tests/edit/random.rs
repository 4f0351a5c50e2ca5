//! Random constructors and random edits, compared with a separate model.

use keeper::edit::{Edit, EditError, Entry, Surroundings, apply, scalar};
use ocm::Label;
use ocm::yaml::Node;
use serde_json::{Value, json};
use testkit::Random;
use testkit::constructor::{Generated, WORDS, generate};
use testkit::random::cases;

use crate::{COMPONENT, entry, pin};

#[test]
fn text_survives_a_round_trip() {
    let mut random = Random::new(1);
    let alphabet: Vec<char> = " \t\n\r\"'\\#:-?[]{},&*!|>%@`~=<.+_0123456789aeExobnytf/é日👍\u{a0}\u{85}\u{7f}\u{1}\u{2028}\u{feff}"
        .chars()
        .collect();
    let words = [
        "1.0",
        "1e3",
        "no",
        "Yes",
        "on",
        "y",
        "~",
        "null",
        "",
        " ",
        "<<",
        "=",
        "0x1F",
        "0o7",
        "1_000",
        "0b1",
        "014",
        ".inf",
        ".nan",
        "-",
        "- a",
        "?",
        "? a",
        "a: b",
        "a:",
        ":a",
        "a #b",
        "a#b",
        "1:30",
        "2024-01-02",
        "---",
        "...",
        "1e999",
        "0xFFFFFFFFFFFFFFFFF",
        "+1",
        "-.5",
        "v1.0.0",
        "1.2.3",
        "a, b",
        "{a",
        "a]",
    ];
    let random_text = |random: &mut Random| -> String {
        (0..random.below(6))
            .map(|_| random.pick(&alphabet))
            .collect()
    };
    let texts: Vec<String> = (0..20_000).map(|_| random_text(&mut random)).collect();
    for text in words.iter().map(|&word| word.to_owned()).chain(texts) {
        let block = scalar(&text, Surroundings::Block);
        let flow = scalar(&text, Surroundings::Flow);
        for yaml in [
            format!("k: {block}\n"),
            format!("k: {block} # c\n"),
            format!("- {block}\n"),
            format!("[{flow}, {flow}]"),
            format!("{{ k: {flow} }}"),
        ] {
            let tree = tree(&yaml);
            let values = match &tree {
                Value::Array(items) => items.clone(),
                Value::Object(members) => members.values().cloned().collect(),
                _ => Vec::new(),
            };
            assert!(
                !values.is_empty() && values.iter().all(|value| *value == text.as_str()),
                "{text:?} as {yaml:?}"
            );
        }
        let quoted = block.starts_with(['"', '\'']);
        let needless = quoted && {
            let yaml = format!("k: {text}\n");
            let document = ocm::yaml::parse(&yaml, ocm::yaml::Limits::constructor());
            document.is_ok_and(|document| {
                document.comments.is_empty()
                    && document.root.get("k").and_then(Node::as_str) == Some(&text)
            })
        };
        // Quoted for readers other than the official one, or for readability.
        let elsewhere = |text: &str| {
            matches!(
                text,
                "<<" | "=" | "2024-01-02" | "1:30" | "1e999" | "0xFFFFFFFFFFFFFFFFF"
            ) || text.contains(['\t', '\u{feff}', '`', '@', '%'])
                || text.starts_with(|first: char| {
                    first.is_ascii_digit() || matches!(first, '+' | '-' | '.')
                }) && text.contains([':', '_'])
                || text.contains(['e', 'E'])
        };
        assert!(
            !needless || elsewhere(&text),
            "{text:?} is quoted for nothing"
        );
    }
}

/// A sequence of edits that are valid for a model.
fn random_edit(random: &mut Random, references: &[Value]) -> Edit {
    let text = random.pick(WORDS);
    let information = || {
        let platforms = json!(["darwin/arm64", "linux/amd64", "linux/arm64"]);
        vec![Label::signed(
            "info",
            json!({"description": text, "platforms": platforms}),
        )]
    };
    match random.below(8) {
        0 => Edit::Version(
            random
                .pick(&["v9.0.0", "9.1", "9.0.0-rc.1", "1e3"])
                .to_owned(),
        ),
        2 if !references.is_empty() => Edit::Remove {
            index: random.below(references.len()),
        },
        5 => Edit::RemoveLabel {
            index: (!references.is_empty() && random.chance(80))
                .then(|| random.below(references.len())),
            name: random
                .pick(&["note", "other", "third", "info", "plugyard/entry"])
                .to_owned(),
        },
        3 => Edit::Label {
            index: None,
            label: Label::signed(
                "plugyard/registry",
                json!({"removed": [{"component": "acme.org/x", "reason": text}], "schema": 1}),
            ),
        },
        4 if !references.is_empty() => Edit::Label {
            index: Some(random.below(references.len())),
            label: Label::signed(
                "plugyard/entry",
                json!({"schema": 1, "yanked": {"reason": text}}),
            ),
        },
        1 if !references.is_empty() => Edit::Repin {
            index: random.below(references.len()),
            digest: pin('e'),
            labels: random.chance(60).then(information),
            version: random
                .chance(30)
                .then(|| format!("77.0.{}", random.below(1_000_000))),
        },
        _ => {
            let names = ["alpha", "bb", "helminput", "mid", "zeta", "zz"];
            Edit::Insert(Entry {
                digest: pin('d'),
                labels: if random.chance(50) {
                    information()
                } else {
                    Vec::new()
                },
                ..entry(
                    random.pick(&names),
                    &format!("99.0.{}", random.below(1_000_000)),
                )
            })
        }
    }
}

fn registry_of(model: &mut Value) -> &mut Value {
    if model.get("components").is_none() {
        return model;
    }
    let components = model["components"].as_array_mut().unwrap();
    components
        .iter_mut()
        .find(|component| component["name"] == COMPONENT)
        .unwrap()
}

fn list_key(registry: &Value) -> &'static str {
    if registry.get("references").is_some() {
        "references"
    } else {
        "componentReferences"
    }
}

fn references_of(model: &mut Value) -> Vec<Value> {
    let registry = registry_of(model);
    registry[list_key(registry)]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// A new entry and its position in the list.
fn inserted(references: &[Value], key: &str, entry: &Entry) -> (usize, Value) {
    // All new versions are higher than the existing ones.
    let number = |version: &str| {
        let last = version
            .strip_prefix("99.0.")
            .or_else(|| version.strip_prefix("77.0."));
        (
            version.starts_with("99"),
            last.map_or(-1, |last| last.parse::<i64>().unwrap()),
        )
    };
    let index = references.iter().position(|old| {
        let old_name = old["name"].as_str().unwrap();
        let old_version = number(old["version"].as_str().unwrap());
        old_name > entry.name.as_str()
            || old_name == entry.name && old_version > number(&entry.version)
    });
    let all_old =
        !references.is_empty() && references.iter().all(|old| old.get("component").is_some());
    let component_key = if key == "references" && all_old {
        "component"
    } else {
        "componentName"
    };
    let mut new = json!({
        "name": entry.name, "version": entry.version, component_key: entry.component,
        "digest": {
            "hashAlgorithm": entry.digest.hash_algorithm,
            "normalisationAlgorithm": entry.digest.normalisation_algorithm,
            "value": entry.digest.value,
        },
    });
    if let [label] = entry.labels.as_slice() {
        new["labels"] = json!([{"name": label.name, "value": label.value, "signing": true}]);
    }
    (index.unwrap_or(references.len()), new)
}

/// The model after an edit, computed without the code under test.
fn change(model: &mut Value, edit: &Edit) {
    let mut references = references_of(model);
    let registry = registry_of(model);
    let key = list_key(registry);
    match edit {
        Edit::Version(version) => registry["version"] = json!(version),
        Edit::Insert(entry) => {
            let (index, new) = inserted(&references, key, entry);
            references.insert(index, new);
            registry[key] = Value::Array(references);
        }
        Edit::Repin {
            index,
            digest,
            labels,
            version,
        } => {
            let entry = &mut references[*index];
            if let Some(version) = version {
                entry["version"] = json!(version);
            }
            entry["digest"] = json!({
                "hashAlgorithm": digest.hash_algorithm,
                "normalisationAlgorithm": digest.normalisation_algorithm,
                "value": digest.value,
            });
            if let Some([label]) = labels.as_deref() {
                let new = json!({"name": "info", "value": label.value, "signing": true});
                let mut list = entry
                    .get("labels")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                match list.iter_mut().find(|old| old["name"] == "info") {
                    Some(old) => *old = new,
                    None => list.push(new),
                }
                entry["labels"] = Value::Array(list);
            }
            registry[key] = Value::Array(references);
        }
        Edit::Remove { index } => {
            references.remove(*index);
            registry[key] = Value::Array(references);
        }
        Edit::RemoveLabel { index, name } => {
            let labelled = match index {
                Some(index) => &mut references[*index],
                None => &mut *registry,
            };
            let is_other = |label: &Value| label["name"] != name.as_str();
            if let Some(labels) = labelled.get_mut("labels").and_then(Value::as_array_mut) {
                labels.retain(is_other);
            }
            if index.is_some() {
                registry[key] = Value::Array(references);
            }
        }
        Edit::Label { index, label } => {
            let labelled = match index {
                Some(index) => &mut references[*index],
                None => registry,
            };
            let new = json!({"name": label.name, "value": label.value, "signing": true});
            let old = labelled.get("labels").and_then(Value::as_array).cloned();
            let mut list = old.unwrap_or_default();
            match list.iter_mut().find(|old| old["name"] == label.name) {
                Some(old) => *old = new,
                None => list.push(new),
            }
            labelled["labels"] = Value::Array(list);
            if index.is_some() {
                registry[key] = Value::Array(references);
            }
        }
        _ => unreachable!(),
    }
}

/// The comments of a text, as the generator numbers them, and where their lines end.
fn comments(text: &str) -> Vec<&str> {
    let starts = text.match_indices("# c").map(|(at, _)| at);
    let numbered =
        starts.filter(|&at| text[at + 3..].starts_with(|digit: char| digit.is_ascii_digit()));
    numbered
        .map(|at| text[at..].lines().next().unwrap())
        .collect()
}

/// The entry that follows each comment about an entry.
fn subjects(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let about = lines.iter().enumerate().filter_map(|(index, line)| {
        let subject = line.trim_start().strip_prefix("# about ")?;
        let next = lines[index + 1..]
            .iter()
            .find(|line| !line.trim_start().starts_with('#'))?;
        Some((subject, *next))
    });
    about.collect()
}

/// Lines that differ before and after: those removed and those added.
fn difference<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = before
        .iter()
        .zip(&after)
        .take_while(|(one, other)| one == other)
        .count();
    let (before, after) = (&before[same..], &after[same..]);
    let same = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    (
        before[..before.len() - same].to_vec(),
        after[..after.len() - same].to_vec(),
    )
}

/// Checks one edit line by line.
fn judge(before: &str, after: &str, edit: &Edit, block_list: bool) -> Result<(), String> {
    let breaks = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    let (crlf, all) = breaks(after);
    let had_crlf = breaks(before).0 > 0;
    if had_crlf && crlf != all || !had_crlf && crlf > 0 {
        return Err("line breaks are mixed".to_owned());
    }
    if before.ends_with('\n') != after.ends_with('\n') {
        return Err("the end of the file changed".to_owned());
    }
    if before.starts_with('\u{feff}') != after.starts_with('\u{feff}') {
        return Err("the byte order mark changed".to_owned());
    }
    if matches!(edit, Edit::Remove { .. } | Edit::RemoveLabel { .. }) {
        // Only comments of removed parts may be removed; no others move or are added.
        let (before, after) = (comments(before), comments(after));
        let mut rest = before.iter();
        if !after.iter().all(|comment| rest.any(|old| old == comment)) {
            return Err("a comment came or moved".to_owned());
        }
        return Ok(());
    }
    if comments(before) != comments(after) {
        return Err("comments changed".to_owned());
    }
    let (gone, new) = difference(before, after);
    let only = |lines: &[&str], words: &[&str]| {
        lines
            .iter()
            .all(|line| line.trim().is_empty() || words.iter().any(|word| line.contains(word)))
    };
    match edit {
        Edit::Insert(_) => {
            if subjects(before) != subjects(after) {
                return Err("a comment left its entry".to_owned());
            }
            // A block scalar at the end of a file without a final newline may get another header.
            let header = |lines: &[&str]| {
                let first = lines
                    .first()
                    .is_some_and(|line| line.contains("value: |") || line.contains("value: >"));
                first && !before.ends_with('\n')
            };
            if block_list && !gone.is_empty() && !header(&gone) {
                return Err(format!("lines are gone: {gone:?}"));
            }
            if !block_list && gone.len() > 2 {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
        Edit::Version(_) => {
            if gone.len() > 1 || new.len() != gone.len() || !only(&gone, &["version"]) {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
        Edit::Label { .. } => {
            if gone.len() > 2 {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
        _ => {
            let words = [
                "version",
                "digest",
                "Algorithm",
                "value",
                "labels",
                "info",
                "signing",
                "description",
                "platforms",
                "darwin",
                "linux",
                "First line",
                "no comment",
                "last",
                "# ",
                "name",
                "component",
                "extraIdentity",
            ];
            if !only(&gone, &words) {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
    }
    Ok(())
}

fn tree(text: &str) -> Value {
    let document = ocm::yaml::parse(text, ocm::yaml::Limits::constructor());
    document.unwrap().root.to_json().unwrap()
}

#[test]
fn random_constructors_are_edited_correctly() {
    let cases = cases(1_000);
    let (mut done, mut refused) = (0, 0);
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let Generated {
            text: original,
            mut model,
            component,
            block_list,
        } = generate(&mut random);
        let mut text = original.clone();
        let mut edits = Vec::new();
        let mut block_list = block_list;
        for _ in 0..=random.below(4) {
            let edit = random_edit(&mut random, &references_of(&mut model));
            match apply(&text, &component, std::slice::from_ref(&edit)) {
                Ok(edited) => {
                    change(&mut model, &edit);
                    let show = || format!("seed {seed}, {edit:?}\nbefore\n{text}\nafter\n{edited}");
                    assert_eq!(tree(&edited), model, "{}", show());
                    if let Err(reason) = judge(&text, &edited, &edit, block_list) {
                        panic!("{reason}: {}", show());
                    }
                    if matches!(edit, Edit::Insert(_) | Edit::Remove { .. }) {
                        block_list = !edited.contains("eferences: [");
                    }
                    text = edited;
                    edits.push(edit);
                    done += 1;
                }
                // A comment within a label's value.
                Err(EditError::Comment { .. }) if matches!(edit, Edit::Repin { .. }) => {
                    refused += 1;
                }
                // An anchor in a removed part that is used elsewhere.
                Err(EditError::Shared { .. })
                    if matches!(edit, Edit::Remove { .. } | Edit::RemoveLabel { .. }) =>
                {
                    refused += 1;
                }
                Err(error) => panic!("seed {seed}, {edit:?}\n{text}\n{error}"),
            }
        }
        if seed % 10 == 0 {
            // Applied together, they may use another position in the layout with the same meaning.
            let at_once = apply(&original, &component, &edits).unwrap();
            assert_eq!(tree(&at_once), model, "seed {seed}");
            assert_eq!(comments(&at_once), comments(&text), "seed {seed}");
        }
    }
    assert!(refused * 100 < done, "{refused} of {done} were refused");
}
