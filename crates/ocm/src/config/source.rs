//! Reading the values of a configuration, with errors that name the location and never a value.

use std::path::{Path, PathBuf};

use super::ConfigError;
use crate::lines::Lines;
use crate::yaml::{Node, YamlError};

/// The text of one file, for messages with a line and column.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) home: Option<&'a Path>,
}

/// A member that is present and not null.
pub(super) fn member<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|value| !value.is_null())
}

impl<'a> Source<'a> {
    pub(super) fn wrong(&self, node: &Node, message: impl Into<String>) -> ConfigError {
        self.wrong_at(node.span.start, message)
    }

    fn wrong_at(&self, offset: usize, message: impl Into<String>) -> ConfigError {
        let (line, column) = self.line_and_column(offset);
        ConfigError {
            file: self.file.to_owned(),
            position: Some((line, column)),
            message: message.into(),
        }
    }

    /// The message of the YAML reader. Some messages quote the text, which may be secret.
    pub(super) fn syntax(&self, error: &YamlError) -> ConfigError {
        let message = if error.diagnostic.message.contains('`') {
            "this cannot be read as YAML"
        } else {
            &error.diagnostic.message
        };
        self.wrong_at(error.diagnostic.span.start, message)
    }

    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        Lines::new(self.text).position(offset)
    }

    /// `FILE:LINE`, for later messages about a value.
    pub(super) fn line(&self, node: &Node) -> String {
        format!("{}:{}", self.file, self.line_and_column(node.span.start).0)
    }

    pub(super) fn mapping(&self, node: &'a Node) -> Result<&'a [(Node, Node)], ConfigError> {
        node.as_mapping()
            .ok_or_else(|| self.expected(node, "an object"))
    }

    /// The items of a list; empty if the list is absent.
    pub(super) fn list(self, node: &'a Node, key: &str) -> Result<&'a [Node], ConfigError> {
        match member(node, key) {
            Some(value) => value
                .as_sequence()
                .ok_or_else(|| self.expected(value, "a list")),
            None => Ok(&[]),
        }
    }

    pub(super) fn text_of(self, node: &'a Node) -> Result<&'a str, ConfigError> {
        let help = match node.shape() {
            "a number" | "a boolean" => "text, so put it in quotes",
            _ => "text",
        };
        node.as_str().ok_or_else(|| self.expected(node, help))
    }

    /// The text of a member; `None` if it is absent.
    pub(super) fn text(self, node: &'a Node, key: &str) -> Result<Option<&'a str>, ConfigError> {
        let value = member(node, key);
        value.map(|value| self.text_of(value)).transpose()
    }

    pub(super) fn expected(&self, node: &Node, what: &str) -> ConfigError {
        self.wrong(node, format!("this is {}, expected {what}", node.shape()))
    }

    /// A path, in which a leading `~` is replaced with the home directory.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        let below = text.strip_prefix('~').filter(|below| {
            below.is_empty()
                || below.starts_with('/')
                || below.starts_with(std::path::MAIN_SEPARATOR)
        });
        match (below, self.home) {
            (Some(below), Some(home)) => home.join(below.trim_start_matches(['/', '\\'])),
            _ => PathBuf::from(text),
        }
    }
}
