//! Digests and labels of random constructors.

use serde_json::{Map, Value, json};

use super::{Generator, WORDS, dashed, indented};

impl Generator<'_> {
    pub(super) fn digest(&mut self, lines: &mut Vec<String>, model: &mut Map<String, Value>) {
        let value = self.random.pick(&["a", "0f"]).repeat(64)[..64].to_owned();
        let algorithm = self
            .random
            .pick(&["jsonNormalisation/v4alpha1", "jsonNormalisation/v1"]);
        let digest = json!({"hashAlgorithm": "SHA-256", "normalisationAlgorithm": algorithm, "value": value});
        match self.random.below(10) {
            0 => {
                lines.push(format!("digest: null{}", self.end_comment()));
                model.insert("digest".into(), Value::Null);
                return;
            }
            1..3 => lines.push(format!(
                "digest: {{ value: \"{value}\", hashAlgorithm: SHA-256, normalisationAlgorithm: {algorithm} }}{}",
                self.end_comment()
            )),
            _ => {
                let mut inner = vec![
                    format!("hashAlgorithm: SHA-256{}", self.end_comment()),
                    format!("normalisationAlgorithm: '{algorithm}'"),
                    format!("value: \"{value}\"{}", self.end_comment()),
                ];
                if self.random.chance(20) {
                    let last = inner.remove(0);
                    inner.push(last);
                }
                lines.push(format!("digest:{}", self.end_comment()));
                self.comment_lines(lines, self.map);
                lines.extend(indented(&inner, self.map));
            }
        }
        model.insert("digest".into(), digest);
    }

    pub(super) fn labels(
        &mut self,
        lines: &mut Vec<String>,
        model: &mut Map<String, Value>,
        of_entry: bool,
    ) {
        let mut names = vec!["note", "other", "third"];
        if of_entry {
            names.insert(self.random.below(3), "info");
        }
        let count = 1 + self.random.below(names.len());
        names.truncate(count);
        let mut models = Vec::new();
        if self.random.chance(15) {
            let mut items = Vec::new();
            for name in names {
                let (text, value) = self.inline_value(true);
                items.push(format!("{{ name: {name}, value: {text}, signing: true }}"));
                models.push(json!({"name": name, "value": value, "signing": true}));
            }
            lines.push(format!(
                "labels: [ {} ]{}",
                items.join(", "),
                self.end_comment()
            ));
        } else {
            lines.push(format!("labels:{}", self.end_comment()));
            for name in names {
                self.comment_lines(lines, self.list);
                let mut inner = vec![format!("name: {name}{}", self.end_comment())];
                let mut label = json!({"name": name, "signing": true});
                label["value"] = self.value(&mut inner, name == "info");
                inner.push(format!("signing: true{}", self.end_comment()));
                // A value that ends with a line break must not be last: blank lines may follow.
                let ends_with_break = label["value"]
                    .as_str()
                    .is_some_and(|text| text.ends_with('\n'));
                if !ends_with_break && self.random.chance(10) {
                    inner.pop();
                    label.as_object_mut().unwrap().remove("signing");
                }
                models.push(label);
                let inner = dashed(&inner, self.item);
                lines.extend(indented(&inner, self.list));
            }
        }
        model.insert("labels".into(), Value::Array(models));
    }

    fn value(&mut self, lines: &mut Vec<String>, is_information: bool) -> Value {
        if !is_information && self.random.chance(15) {
            return self.anchored(lines);
        }
        let indent = " ".repeat(self.map);
        match self.random.below(10) {
            0 => {
                let header = self.random.pick(&["|", "|-", "|+", ">", ">-"]);
                lines.push(format!("value: {header}{}", self.end_comment()));
                lines.push(format!("{indent}First line"));
                if header.starts_with('|') {
                    lines.push(format!("{indent}  # no comment"));
                }
                lines.push(format!("{indent}last"));
                let joined = if header.starts_with('|') {
                    "First line\n  # no comment\nlast"
                } else {
                    "First line last"
                };
                // A key follows, or the end of the label, on the next line.
                json!(if header.ends_with('-') {
                    joined.to_owned()
                } else {
                    format!("{joined}\n")
                })
            }
            1..4 => {
                lines.push(format!("value:{}", self.end_comment()));
                let (text, value) = self.inline_value(false);
                lines.push(format!("{indent}description: {text}"));
                if self.random.chance(self.comment_rate / 3) {
                    self.comment_lines(lines, self.map);
                }
                lines.push(format!("{indent}platforms:"));
                let list = " ".repeat(self.map + self.list);
                lines.push(format!("{list}- darwin/arm64"));
                lines.push(format!("{list}- linux/amd64"));
                json!({"description": value, "platforms": ["darwin/arm64", "linux/amd64"]})
            }
            4..6 => {
                let (text, value) = self.inline_value(true);
                lines.push(format!(
                    "value: {{ description: {text}, platforms: [darwin/arm64, linux/amd64] }}{}",
                    self.end_comment()
                ));
                json!({"description": value, "platforms": ["darwin/arm64", "linux/amd64"]})
            }
            6 => {
                lines.push(
                    "value: { a: yes, b: 014, c: [1_000, 0b11, off], on: ~, d: 1.5 }".to_owned(),
                );
                json!({"a": true, "b": 12, "c": [1000, 3, false], "true": null, "d": 1.5})
            }
            _ => {
                let (text, value) = self.inline_value(false);
                lines.push(format!("value: {text}{}", self.end_comment()));
                value
            }
        }
    }

    fn anchored(&mut self, lines: &mut Vec<String>) -> Value {
        if !self.anchors.is_empty() && self.random.chance(60) {
            let (name, value) = self.anchors[self.random.below(self.anchors.len())].clone();
            if value.is_object() && self.random.chance(50) {
                lines.push(format!(
                    "value: {{ <<: *{name}, own: 1 }}{}",
                    self.end_comment()
                ));
                let mut value = value;
                value["own"] = json!(1);
                return value;
            }
            lines.push(format!("value: *{name}{}", self.end_comment()));
            return value;
        }
        let name = format!("a{}", self.anchors.len());
        let (text, value) = self.inline_value(true);
        let value = if self.random.chance(50) {
            lines.push(format!("value: &{name} {{ text: {text} }}"));
            json!({ "text": value })
        } else {
            lines.push(format!("value: &{name} {text}{}", self.end_comment()));
            value
        };
        self.anchors.push((name, value.clone()));
        value
    }

    /// Text in one line, in random quotes.
    fn inline_value(&mut self, flow: bool) -> (String, Value) {
        let text = self.random.pick(WORDS);
        let simple = text
            .chars()
            .all(|character| character.is_alphabetic() || character == ' ')
            && !text.starts_with(' ')
            && !matches!(text, "no" | "null");
        let one_line = !text.contains(['\n', '\t']);
        let written = match self.random.below(3) {
            0 if simple || (!flow && text == "a:b") => text.to_owned(),
            1 if one_line => format!("'{}'", text.replace('\'', "''")),
            _ => serde_json::to_string(text).unwrap(),
        };
        (written, json!(text))
    }
}
