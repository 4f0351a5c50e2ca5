//! The JSON of requests and responses, as `ocm` defines it.

use std::path::Path;

use serde_json::{Map, Value, json};

const MEDIA_TYPE: &str = "application/x-tar";

/// An element type of a component version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ElementKind {
    Resource,
    Source,
}

/// A resource or source from a component constructor.
#[derive(Debug)]
pub(crate) struct Element {
    kind: ElementKind,
    fields: Map<String, Value>,
}

/// Why a request is invalid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("request is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),

    #[error("request has no {0}")]
    NoElement(&'static str),

    #[error("{0} {1:?} has no input; give it one of type git/v1")]
    NoInput(&'static str, String),
}

impl ElementKind {
    fn key(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Source => "source",
        }
    }

    /// The fields of an element in a descriptor, without its access.
    fn descriptor_fields(self) -> &'static [&'static str] {
        match self {
            Self::Resource => &[
                "name",
                "version",
                "labels",
                "extraIdentity",
                "type",
                "relation",
                "srcRefs",
            ],
            Self::Source => &["name", "version", "labels", "extraIdentity", "type"],
        }
    }
}

impl Element {
    /// Parses the request `body` and returns the element and its input.
    pub(crate) fn parse(kind: ElementKind, body: &[u8]) -> Result<(Self, Value), RequestError> {
        let key = kind.key();
        let mut document: Value = serde_json::from_slice(body)?;
        let Some(Value::Object(mut fields)) = document.get_mut(key).map(Value::take) else {
            return Err(RequestError::NoElement(key));
        };
        let element = |fields| Self { kind, fields };
        match fields.remove("input") {
            Some(input @ Value::Object(_)) => Ok((element(fields), input)),
            _ => Err(RequestError::NoInput(
                key,
                element(fields).name().to_owned(),
            )),
        }
    }

    /// The element's name, empty if it has none.
    pub(crate) fn name(&self) -> &str {
        self.fields
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The response for this element with its content in the file `archive`.
    ///
    /// `ocm` uses the blob with its own element and ignores the element in the
    /// response, but it panics if a source is missing there.
    pub(crate) fn response(mut self, archive: &Path) -> Value {
        let kept = self.kind.descriptor_fields();
        self.fields.retain(|name, _| kept.contains(&name.as_str()));
        json!({
            self.kind.key(): self.fields,
            "location": {
                "type": "localFile",
                "value": archive,
                "mediaType": MEDIA_TYPE,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_repeats_the_element_without_its_input() {
        let body = json!({"source": {
            "name": "code", "version": "1.0.0", "type": "git", "input": {"type": "git"},
            "options": {"ownershipPolicy": "Always"},
        }});
        let (element, input) =
            Element::parse(ElementKind::Source, body.to_string().as_bytes()).unwrap();
        assert_eq!(input, json!({"type": "git"}));
        assert_eq!(
            element.response(Path::new("/tmp/a.tar")),
            json!({
                "source": {"name": "code", "version": "1.0.0", "type": "git"},
                "location": {
                    "type": "localFile", "value": "/tmp/a.tar", "mediaType": "application/x-tar",
                },
            })
        );
    }

    #[test]
    fn missing_parts_are_named() {
        for (body, expected) in [
            ("{", "request is not JSON: EOF"),
            ("null", "request has no resource"),
            (r#"{"source":{}}"#, "request has no resource"),
            (r#"{"resource":null}"#, "request has no resource"),
            (
                r#"{"resource":{"name":"a"}}"#,
                r#"resource "a" has no input"#,
            ),
        ] {
            let error = Element::parse(ElementKind::Resource, body.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{body}: {error}");
        }
    }
}
