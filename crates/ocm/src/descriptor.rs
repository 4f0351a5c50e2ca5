//! The component descriptor, schema version 2.
//!
//! Source: OCM specification, "Component Descriptor", and the JSON schema of schema version 2.
//! Members that are not fields here are kept when a descriptor is read and written, although the
//! official tools drop them; [`crate::normal_form`] decides which of them are part of digests.

mod codec;
mod limits;
mod provider;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use codec::{DescriptorError, MediaType};
pub use limits::Limits;
pub use provider::Provider;

use crate::component_version_id::{ComponentVersionId, InvalidComponentVersionId};

/// Maximum size in bytes of an encoded descriptor of any kind.
pub const LIMIT: u64 = Limits::REGISTRY.bytes;

/// A component descriptor: one component version and its signatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The component version.
    pub component: Component,
    /// Metadata of the document.
    pub meta: Meta,
    /// Signatures, kept unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Value>>,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Metadata of the document itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The schema version, `v2`.
    pub schema_version: String,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A component version.
///
/// The lists are optional because the official writer distinguishes an absent list (`null`) from an
/// empty one (`[]`). The functions with the same names return slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Name, such as `ocm.software/plugins/helminput`.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Version as text; see [`crate::Version`].
    #[serde(deserialize_with = "text")]
    pub version: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub labels: Option<Vec<Label>>,
    /// Creation time, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<String>,
    /// Repositories that the component version was transferred through.
    #[serde(default)]
    pub repository_contexts: Option<Vec<Value>>,
    /// Name of the provider.
    pub provider: Provider,
    /// Resources.
    #[serde(default)]
    pub resources: Option<Vec<Resource>>,
    /// Sources.
    #[serde(default)]
    pub sources: Option<Vec<Source>>,
    /// References to other components.
    #[serde(default, rename = "componentReferences")]
    pub references: Option<Vec<Reference>>,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Component {
    /// The labels.
    pub fn labels(&self) -> &[Label] {
        self.labels.as_deref().unwrap_or_default()
    }

    /// The resources.
    pub fn resources(&self) -> &[Resource] {
        self.resources.as_deref().unwrap_or_default()
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// The references to other components.
    pub fn references(&self) -> &[Reference] {
        self.references.as_deref().unwrap_or_default()
    }
}

impl Component {
    /// The identifier of the component version.
    ///
    /// # Errors
    /// The name or the version does not match the pattern of the schema.
    pub fn id(&self) -> Result<ComponentVersionId, InvalidComponentVersionId> {
        ComponentVersionId::parse(&self.name, &self.version)
    }
}

impl Reference {
    /// The identifier of the referenced component version.
    ///
    /// # Errors
    /// The name or the version does not match the pattern of the schema.
    pub fn target(&self) -> Result<ComponentVersionId, InvalidComponentVersionId> {
        ComponentVersionId::parse(&self.component_name, &self.version)
    }
}

impl Descriptor {
    /// Creates a descriptor of a component without content.
    pub fn new(name: &str, version: &str, provider: Provider) -> Self {
        Self {
            component: Component {
                name: name.to_owned(),
                version: version.to_owned(),
                labels: None,
                creation_time: None,
                repository_contexts: None,
                provider,
                resources: None,
                sources: None,
                references: None,
                rest: Map::new(),
            },
            meta: Meta {
                schema_version: "v2".to_owned(),
                rest: Map::new(),
            },
            signatures: None,
            rest: Map::new(),
        }
    }

    /// Returns whether both are equal apart from signatures. Absent, null and empty lists are
    /// equal; unsigned labels count.
    pub fn same_content(&self, other: &Self) -> bool {
        self.content() == other.content()
    }

    fn content(&self) -> Self {
        let mut copy = self.clone();
        copy.signatures = None;
        let component = &mut copy.component;
        none_if_empty(&mut component.labels);
        none_if_empty(&mut component.repository_contexts);
        none_if_empty(&mut component.resources);
        none_if_empty(&mut component.sources);
        none_if_empty(&mut component.references);
        copy
    }
}

fn none_if_empty<T>(list: &mut Option<Vec<T>>) {
    if list.as_ref().is_some_and(Vec::is_empty) {
        *list = None;
    }
}

/// A label: a name and a value of any shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Value.
    #[serde(default)]
    pub value: Value,
    /// Whether it is part of the component digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signing: bool,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Label {
    /// Creates a label that is part of the component digest.
    pub fn signed(name: &str, value: impl Into<Value>) -> Self {
        Self {
            name: name.to_owned(),
            value: value.into(),
            signing: true,
            rest: Map::new(),
        }
    }
}

/// Finds the first label with a name; readers ignore any others.
pub fn find_label<'a>(labels: &'a [Label], name: &str) -> Option<&'a Label> {
    labels.iter().find(|label| label.name == name)
}

/// Digest of a resource or of a referenced component.
///
/// It is also written if it is unset, with three empty strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElementDigest {
    /// Hash algorithm, such as `SHA-256`.
    #[serde(default)]
    pub hash_algorithm: String,
    /// The form over which the hash was computed, such as `jsonNormalisation/v4alpha1`.
    #[serde(default)]
    pub normalisation_algorithm: String,
    /// Lower-case hex digits.
    #[serde(default)]
    pub value: String,
}

impl ElementDigest {
    /// Returns whether all three members are empty, which means that there is no digest.
    pub fn is_unset(&self) -> bool {
        self.hash_algorithm.is_empty()
            && self.normalisation_algorithm.is_empty()
            && self.value.is_empty()
    }

    /// Creates the digest of a blob, as resources have it.
    pub fn of_blob(digest: oci::Digest) -> Self {
        Self {
            hash_algorithm: "SHA-256".to_owned(),
            normalisation_algorithm: "genericBlobDigest/v1".to_owned(),
            value: digest.hex(),
        }
    }
}

/// Content that a component delivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Version.
    #[serde(default, deserialize_with = "text")]
    pub version: String,
    /// Type, for example `ocmPlugin`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// `local` or `external`.
    #[serde(default)]
    pub relation: String,
    /// Further identity attributes.
    #[serde(
        default,
        deserialize_with = "map_or_null",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub extra_identity: BTreeMap<String, String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub labels: Option<Vec<Label>>,
    /// The sources it was built from.
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub src_refs: Option<Vec<Value>>,
    /// How to get the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Digest of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<ElementDigest>,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Resource {
    /// The labels.
    pub fn labels(&self) -> &[Label] {
        self.labels.as_deref().unwrap_or_default()
    }
}

/// Content that a component was built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Version.
    #[serde(default, deserialize_with = "text")]
    pub version: String,
    /// Type.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Further identity attributes.
    #[serde(
        default,
        deserialize_with = "map_or_null",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub extra_identity: BTreeMap<String, String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub labels: Option<Vec<Label>>,
    /// How to get the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Source {
    /// The labels.
    pub fn labels(&self) -> &[Label] {
        self.labels.as_deref().unwrap_or_default()
    }
}

/// A reference to another component version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// Name of the reference.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Version of the component.
    #[serde(default, deserialize_with = "text")]
    pub version: String,
    /// Name of the component.
    #[serde(default, deserialize_with = "text")]
    pub component_name: String,
    /// Further identity attributes.
    #[serde(
        default,
        deserialize_with = "map_or_null",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub extra_identity: BTreeMap<String, String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub labels: Option<Vec<Label>>,
    /// Component digest of the referenced component version.
    #[serde(default, deserialize_with = "digest_or_null")]
    pub digest: ElementDigest,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Reference {
    /// The labels.
    pub fn labels(&self) -> &[Label] {
        self.labels.as_deref().unwrap_or_default()
    }
}

/// How to get content: an object whose members depend on its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Access(pub Map<String, Value>);

impl Access {
    /// The type as spelled.
    pub fn kind(&self) -> &str {
        self.0
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Creates the access to a blob that is stored with the descriptor.
    pub fn local_blob(media_type: &str, digest: oci::Digest) -> Self {
        let mut members = Map::new();
        members.insert("localReference".into(), digest.to_string().into());
        members.insert("mediaType".into(), media_type.into());
        members.insert("type".into(), "LocalBlob/v1".into());
        Self(members)
    }

    /// Reference and media type of a blob that is stored with the descriptor; `None` for other
    /// accesses.
    pub fn as_local_blob(&self) -> Option<(&str, &str)> {
        if !matches!(
            self.kind(),
            "LocalBlob/v1" | "LocalBlob" | "localBlob/v1" | "localBlob"
        ) {
            return None;
        }
        let member = |name| self.0.get(name).and_then(Value::as_str).unwrap_or_default();
        Some((member("localReference"), member("mediaType")))
    }
}

#[expect(clippy::ref_option, reason = "the shape serde asks for")]
fn is_none_or_empty<T>(list: &Option<Vec<T>>) -> bool {
    list.as_ref().is_none_or(Vec::is_empty)
}

/// Reads text; other scalars become text, as the official reader does.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Text;
    impl serde::de::Visitor<'_> for Text {
        type Value = String;

        fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
            formatter.write_str("text")
        }

        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_string<E>(self, text: String) -> Result<String, E> {
            Ok(text)
        }

        fn visit_bool<E>(self, value: bool) -> Result<String, E> {
            Ok(value.to_string())
        }

        fn visit_u64<E>(self, value: u64) -> Result<String, E> {
            Ok(value.to_string())
        }

        fn visit_i64<E>(self, value: i64) -> Result<String, E> {
            Ok(value.to_string())
        }

        fn visit_f64<E>(self, value: f64) -> Result<String, E> {
            Ok(oci::go_json::number(value))
        }

        fn visit_unit<E>(self) -> Result<String, E> {
            Ok(String::new())
        }
    }
    deserializer.deserialize_any(Text)
}

fn map_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn digest_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ElementDigest, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
