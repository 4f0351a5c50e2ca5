//! Random constructors: a YAML text together with the JSON value it means.
//!
//! The texts vary in everything that an edit must preserve: indentation, comments, quotes, flow
//! and block style, anchors, line breaks, and a byte order mark.
#![expect(
    clippy::format_push_string,
    reason = "a generator for tests need not be fast"
)]

mod labels;

use serde_json::{Map, Value, json};

use crate::random::Random;

/// A constructor and its meaning.
#[derive(Debug)]
pub struct Generated {
    /// The YAML text.
    pub text: String,
    /// The value a YAML parser must read from `text`.
    pub model: Value,
    /// The name of the registry's component.
    pub component: String,
    /// Whether the list of references is written in block style and has entries.
    pub block_list: bool,
}

/// Texts that are hard to quote in YAML, among ordinary ones.
pub const WORDS: &[&str] = &[
    "Helm chart input",
    "größer als vorher",
    "日本語のプラグイン",
    "no",
    "1.0",
    "it's: \"quoted\"",
    "a # b",
    "- dash",
    "[brackets], {braces}",
    "\\back\\slash",
    "https://acme.org/x?y=z#a",
    " blank ",
    "tab\there",
    "two\nlines",
    "👍",
    "null",
    "*star &and !bang",
    "a:b",
    "question? yes",
    "2024-01-02",
];

const VERSIONS: &[&str] = &[
    "0.0.1",
    "0.1.0",
    "v0.2.0",
    "1.0.0-rc.1",
    "1.0.0-rc.11",
    "1.0.0",
    "v1.2.3",
    "1.10.0",
    "2.0.0+b.1",
];

const NAMES: &[&str] = &[
    "alpha",
    "beta",
    "delta",
    "epsilon",
    "gamma",
    "helminput",
    "iota",
    "kappa",
    "omega",
    "sigma",
    "zeta",
    "00",
    "x-y_z",
];

struct Generator<'a> {
    random: &'a mut Random,
    /// How many numbered comments are written.
    comments: usize,
    /// Anchors written so far, with their values.
    anchors: Vec<(String, Value)>,
    /// Columns from a key to the dashes of its list.
    list: usize,
    /// Columns from a dash to its content.
    item: usize,
    /// Columns from a key to the members of its map.
    map: usize,
    /// Whether the short keys `references` and `component` are used.
    sketch: bool,
    /// Percentage of positions that get a comment.
    comment_rate: u64,
}

/// Returns a random constructor of the registry `acme.org/registry`, alone or among three
/// components.
pub fn generate(random: &mut Random) -> Generated {
    let mut generator = Generator {
        list: random.pick(&[0, 2, 2, 2, 4]),
        item: random.pick(&[2, 2, 2, 3, 4]),
        map: random.pick(&[2, 2, 2, 3, 4]),
        sketch: random.chance(25),
        comment_rate: random.pick(&[0, 10, 30]),
        random,
        comments: 0,
        anchors: Vec::new(),
    };
    let component = "acme.org/registry".to_owned();
    let (lines, model, block_list) = generator.document(&component);
    let line_break = if random.chance(25) { "\r\n" } else { "\n" };
    let mut text = lines.join(line_break);
    // A block of text would lose its line break.
    let block = lines.last().is_some_and(|line| line.trim() == "last");
    if random.chance(85) || text.ends_with('\n') || block {
        text.push_str(line_break);
    }
    if random.chance(10) {
        text.insert(0, '\u{feff}');
    }
    Generated {
        text,
        model,
        component,
        block_list,
    }
}

impl Generator<'_> {
    fn document(&mut self, component: &str) -> (Vec<String>, Value, bool) {
        let mut lines = Vec::new();
        if self.random.chance(10) {
            lines.push("---".to_owned());
        }
        self.comment_lines(&mut lines, 0);
        let (more, model, block_list) = if self.random.chance(30) {
            self.list_form(component)
        } else {
            self.component(component, true)
        };
        lines.extend(more);
        if self.random.chance(20) {
            lines.push(String::new());
        }
        self.comment_lines(&mut lines, 0);
        if self.random.chance(5) {
            lines.push("...".to_owned());
            self.comment_lines(&mut lines, 0);
        }
        (lines, model, block_list)
    }

    fn list_form(&mut self, component: &str) -> (Vec<String>, Value, bool) {
        let mut lines = vec!["components:".to_owned()];
        let (registry, count) = (self.random.below(3), 3);
        let mut models = Vec::new();
        let mut block_list = false;
        for index in 0..count {
            let is_registry = index == registry;
            let name = if is_registry {
                component.to_owned()
            } else {
                format!("acme.org/other{}", ["a", "b", "c"][index])
            };
            let (inner, model, block) = self.component(&name, is_registry);
            block_list |= block;
            models.push(model);
            self.comment_lines(&mut lines, self.list);
            let inner = dashed(&inner, self.item);
            lines.extend(indented(&inner, self.list));
        }
        (lines, json!({ "components": models }), block_list)
    }

    fn component(&mut self, name: &str, is_registry: bool) -> (Vec<String>, Value, bool) {
        let mut model = Map::new();
        let mut lines = vec![format!("name: {name}{}", self.end_comment())];
        model.insert("name".into(), json!(name));
        let version = self.random.pick(VERSIONS);
        let quote = self.random.pick(&["", "", "'", "\""]);
        self.comment_lines(&mut lines, 0);
        lines.push(format!(
            "version: {quote}{version}{quote}{}",
            self.end_comment()
        ));
        model.insert("version".into(), json!(version));
        let provider = if self.random.chance(50) {
            lines.push("provider: { name: acme.org }".to_owned());
            json!({"name": "acme.org"})
        } else {
            lines.push(format!("provider: acme.org{}", self.end_comment()));
            json!("acme.org")
        };
        model.insert("provider".into(), provider);
        let labels_first = self.random.chance(50);
        if labels_first && self.random.chance(70) {
            self.labels(&mut lines, &mut model, false);
        }
        let mut block_list = false;
        if is_registry {
            self.comment_lines(&mut lines, 0);
            block_list = self.references(&mut lines, &mut model);
        }
        if !labels_first && self.random.chance(70) {
            self.comment_lines(&mut lines, 0);
            self.labels(&mut lines, &mut model, false);
        }
        (lines, Value::Object(model), block_list)
    }

    /// Returns whether the list is in block style and has entries.
    fn references(&mut self, lines: &mut Vec<String>, model: &mut Map<String, Value>) -> bool {
        let key = if self.sketch {
            "references"
        } else {
            "componentReferences"
        };
        let count = self.random.below(6);
        if count == 0 {
            let spelling = self
                .random
                .pick(&["", " []", " null", " [ ]", " ~", "absent"]);
            if spelling == "absent" {
                return false;
            }
            lines.push(format!("{key}:{spelling}{}", self.end_comment()));
            let value = if spelling.contains('[') {
                json!([])
            } else {
                Value::Null
            };
            model.insert(key.into(), value);
            return false;
        }
        let entries = self.entries(count);
        let flow = self.random.chance(25);
        let mut models = Vec::new();
        if flow {
            self.flow_entries(lines, key, &entries, &mut models);
        } else {
            lines.push(format!("{key}:{}", self.end_comment()));
            let separated = self.random.chance(20);
            for (index, (name, version)) in entries.iter().enumerate() {
                if separated && index > 0 {
                    lines.push(String::new());
                }
                if self.random.chance(self.comment_rate) {
                    let indent = " ".repeat(self.list);
                    lines.push(format!("{indent}# about {name}@{version}"));
                }
                let (inner, model) = self.entry(name, version);
                models.push(model);
                let inner = dashed(&inner, self.item);
                lines.extend(indented(&inner, self.list));
                if self.random.chance(self.comment_rate / 2) {
                    let indent = " ".repeat(self.list + self.item);
                    self.comments += 1;
                    lines.push(format!("{indent}# c{}.", self.comments));
                }
            }
        }
        model.insert(key.into(), Value::Array(models));
        !flow
    }

    /// Names and versions that differ, sorted more often than not.
    fn entries(&mut self, count: usize) -> Vec<(String, String)> {
        let mut entries: Vec<(String, String)> = Vec::new();
        while entries.len() < count {
            let entry = (
                self.random.pick(NAMES).to_owned(),
                self.random.pick(VERSIONS).to_owned(),
            );
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        if self.random.chance(70) {
            entries.sort();
        }
        entries
    }

    fn flow_entries(
        &mut self,
        lines: &mut Vec<String>,
        key: &str,
        entries: &[(String, String)],
        models: &mut Vec<Value>,
    ) {
        let component_key = self.component_key();
        let mut items = Vec::new();
        for (name, version) in entries {
            let component = format!("acme.org/plugins/{}", component_of(name));
            let mut text =
                format!("{{name: \"{name}\", version: {version}, {component_key}: {component}");
            let mut model = json!({"name": name, "version": version, component_key: component});
            if self.random.chance(50) {
                let value = "c".repeat(64);
                text += &format!(
                    ", digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {value} }}"
                );
                model["digest"] = json!({"hashAlgorithm": "SHA-256", "normalisationAlgorithm": "jsonNormalisation/v4alpha1", "value": value});
            }
            items.push(text + "}");
            models.push(model);
        }
        if self.random.chance(50) {
            lines.push(format!(
                "{key}: [{}]{}",
                items.join(", "),
                self.end_comment()
            ));
            return;
        }
        lines.push(format!("{key}: ["));
        let trailing = self.random.chance(30);
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            self.comment_lines(lines, 2);
            let comma = if index + 1 < count || trailing {
                ","
            } else {
                ""
            };
            lines.push(format!("  {item}{comma}{}", self.end_comment()));
        }
        self.comment_lines(lines, 2);
        lines.push(format!("  ]{}", self.end_comment()));
    }

    fn component_key(&mut self) -> &'static str {
        if self.sketch && self.random.chance(80) {
            "component"
        } else {
            "componentName"
        }
    }

    fn entry(&mut self, name: &str, version: &str) -> (Vec<String>, Value) {
        let mut model = Map::new();
        let mut members: Vec<Vec<String>> = Vec::new();
        let quoted_name = if name == "00" {
            "\"00\"".to_owned()
        } else {
            name.to_owned()
        };
        members.push(vec![format!("name: {quoted_name}{}", self.end_comment())]);
        model.insert("name".into(), json!(name));
        let quote = self.random.pick(&["", "", "'", "\""]);
        members.push(vec![format!(
            "version: {quote}{version}{quote}{}",
            self.end_comment()
        )]);
        model.insert("version".into(), json!(version));
        let key = self.component_key();
        let component = format!("acme.org/plugins/{}", component_of(name));
        members.push(vec![format!("{key}: {component}{}", self.end_comment())]);
        model.insert(key.into(), json!(component));
        if self.random.chance(10) {
            members.push(vec!["extraIdentity: { os: linux }".to_owned()]);
            model.insert("extraIdentity".into(), json!({"os": "linux"}));
        }
        if self.random.chance(75) {
            let mut lines = Vec::new();
            self.digest(&mut lines, &mut model);
            members.push(lines);
        }
        if self.random.chance(60) {
            let mut lines = Vec::new();
            self.labels(&mut lines, &mut model, true);
            members.push(lines);
        }
        // Anchors come before their aliases, so the labels of one entry stay the last.
        if self.random.chance(15) {
            let from = self.random.below(members.len().min(4));
            let member = members.remove(from);
            members.insert(self.random.below(members.len().min(3)), member);
        }
        let mut lines = Vec::new();
        for (index, member) in members.into_iter().enumerate() {
            if index > 0 {
                self.comment_lines(&mut lines, 0);
            }
            lines.extend(member);
        }
        (lines, Value::Object(model))
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        let word = self
            .random
            .pick(&["", " größer", " # twice", " key: value", " - item", " \"x"]);
        format!("# c{}.{word}", self.comments)
    }

    fn end_comment(&mut self) -> String {
        if self.random.chance(self.comment_rate) {
            let blanks = " ".repeat(1 + self.random.below(3));
            blanks + &self.comment()
        } else {
            String::new()
        }
    }

    fn comment_lines(&mut self, lines: &mut Vec<String>, indent: usize) {
        while self.random.chance(self.comment_rate / 2) {
            let comment = self.comment();
            lines.push(format!("{:indent$}{comment}", ""));
        }
    }
}

fn component_of(name: &str) -> String {
    let start = if name.starts_with(|first: char| first.is_ascii_digit()) {
        "n"
    } else {
        ""
    };
    format!("{start}{name}")
}

fn indented(lines: &[String], by: usize) -> Vec<String> {
    let indent = |line: &String| {
        if line.is_empty() {
            String::new()
        } else {
            format!("{:by$}{line}", "")
        }
    };
    lines.iter().map(indent).collect()
}

/// Lines of a list's item, `width` from dash to content.
fn dashed(lines: &[String], width: usize) -> Vec<String> {
    let mut lines = indented(lines, width);
    lines[0].replace_range(..1, "-");
    lines
}
