//! Encoded descriptors: JSON, YAML, and YAML in a tar file.

use std::io::Read;

use serde_json::Value;

use super::{Descriptor, Limits};
use crate::yaml;

/// Name of the descriptor in a tar file.
const TAR_ENTRY: &str = "component-descriptor.yaml";

/// The encodings of a descriptor layer, by media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// JSON, which Plugyard writes.
    Json,
    /// YAML.
    Yaml,
    /// YAML as the only entry of a tar file, which version 1 of the official tools writes.
    YamlTar,
}

impl MediaType {
    /// The media type of written descriptors.
    pub const WRITTEN: &'static str = "application/vnd.ocm.software.component-descriptor.v2+json";

    /// Recognises the media type of a descriptor layer.
    pub fn of(media_type: &str) -> Option<Self> {
        Some(match media_type {
            "application/vnd.ocm.software.component-descriptor.v2+json"
            | "application/vnd.gardener.cloud.cnudie.component-descriptor.v2+json" => Self::Json,
            "application/vnd.ocm.software.component-descriptor.v2+yaml"
            | "application/vnd.gardener.cloud.cnudie.component-descriptor.v2+yaml" => Self::Yaml,
            "application/vnd.ocm.software.component-descriptor.v2+yaml+tar"
            | "application/vnd.gardener.cloud.cnudie.component-descriptor.v2+yaml+tar"
            | "application/vnd.oci.gardener.cloud.cnudie.component-descriptor.config.v2+yaml+tar" => {
                Self::YamlTar
            }
            _ => return None,
        })
    }
}

/// The bytes are not a descriptor.
#[derive(Debug, thiserror::Error)]
#[error("not a component descriptor: {0}")]
pub struct DescriptorError(pub String);

impl Descriptor {
    /// Decodes a descriptor layer.
    ///
    /// # Errors
    /// The bytes are not in that form, are not a descriptor of schema version 2, or have too many
    /// values.
    pub fn decode(
        media_type: MediaType,
        bytes: &[u8],
        limits: Limits,
    ) -> Result<Self, DescriptorError> {
        match media_type {
            MediaType::Json => Self::from_json(bytes, limits),
            MediaType::Yaml => Self::from_yaml(bytes, limits),
            MediaType::YamlTar => Self::from_yaml(&untar(bytes)?, limits),
        }
    }

    /// Parses JSON or YAML, whichever it is, with the limits of a registry.
    ///
    /// # Errors
    /// It is neither, is not a descriptor of schema version 2, or has too many values.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        let limits = Limits::REGISTRY;
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            Self::from_json(bytes, limits)
        } else {
            Self::from_yaml(bytes, limits)
        }
    }

    fn from_json(bytes: &[u8], limits: Limits) -> Result<Self, DescriptorError> {
        limits.check_json(bytes)?;
        match serde_json::from_slice::<Self>(bytes) {
            Ok(descriptor) => descriptor.checked(),
            // The official reader reads all forms as YAML, so a layer of media type JSON may
            // contain YAML.
            Err(error) => match Self::from_yaml(bytes, limits) {
                Ok(descriptor) => Ok(descriptor),
                Err(_) => Err(DescriptorError(error.to_string())),
            },
        }
    }

    fn from_yaml(bytes: &[u8], limits: Limits) -> Result<Self, DescriptorError> {
        let limits = yaml::Limits {
            // Keys count as nodes as well.
            nodes: limits.values.saturating_mul(2),
            ..yaml::Limits::descriptor()
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|error| DescriptorError(format!("not UTF-8 text: {error}")))?;
        let value = yaml::parse(text, limits)
            .and_then(|document| document.root.to_json())
            .map_err(|error| DescriptorError(error.diagnostic.message))?;
        Self::from_value(value)
    }

    fn from_value(value: Value) -> Result<Self, DescriptorError> {
        serde_json::from_value::<Self>(value)
            .map_err(|error| DescriptorError(error.to_string()))?
            .checked()
    }

    fn checked(self) -> Result<Self, DescriptorError> {
        let schema = &self.meta.schema_version;
        if !schema.starts_with("v2") {
            return Err(DescriptorError(format!(
                "schema version `{schema}`, and only `v2` is known"
            )));
        }
        Ok(self)
    }

    /// Encodes it as the official writer does: compact JSON with sorted members at every level.
    pub fn to_json(&self) -> Vec<u8> {
        oci::go_json::to_vec(&self.to_value())
    }

    /// Encodes it as YAML as the official writer does.
    pub fn to_yaml(&self) -> String {
        yaml::write(&self.to_value())
    }

    /// Converts it to a JSON value.
    pub fn to_value(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        shorten_numbers(&mut value);
        value
    }
}

/// Writes `1.0` as `1`: the official writer's numbers go through YAML and lose the fraction.
fn shorten_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be a whole number that fits"
            )]
            if float.fract() == 0.0 && float.abs() < 9e15 {
                *value = Value::from(float as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten_numbers),
        Value::Object(members) => members.values_mut().for_each(shorten_numbers),
        _ => {}
    }
}

fn untar(bytes: &[u8]) -> Result<Vec<u8>, DescriptorError> {
    let unreadable = |error: std::io::Error| DescriptorError(format!("not a tar file: {error}"));
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.path_bytes();
        if name.strip_prefix(b"/").unwrap_or(&name) != TAR_ENTRY.as_bytes() {
            continue;
        }
        let mut content = Vec::new();
        entry
            .take(super::LIMIT)
            .read_to_end(&mut content)
            .map_err(unreadable)?;
        return Ok(content);
    }
    Err(DescriptorError(format!("a tar file without {TAR_ENTRY}")))
}
