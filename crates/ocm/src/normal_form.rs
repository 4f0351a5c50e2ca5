//! The component digest: a hash of the normal form of a descriptor.
//!
//! The normal form omits everything that may change when a component version is copied to another
//! repository. Source: OCM specification, "Component Descriptor Normalization". Where the official
//! tools deviate from the specification, the tools take precedence, because digests must be equal.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha512};

use crate::canonical_json;
use crate::descriptor::{Descriptor, ElementDigest};

/// A normalisation of descriptors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Normalisation {
    /// `jsonNormalisation/v4alpha1`.
    #[default]
    V4alpha1,
}

/// Hash algorithm of a component digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Normalisation {
    /// The name in digests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4alpha1 => "jsonNormalisation/v4alpha1",
        }
    }

    /// Returns the exact bytes that are hashed.
    pub fn normal_form(self, descriptor: &Descriptor) -> Vec<u8> {
        let value = match self {
            Self::V4alpha1 => v4alpha1(descriptor),
        };
        canonical_json::to_vec(&value)
    }
}

impl HashAlgorithm {
    /// The name in digests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Hashes bytes; returns lower-case hex digits.
    pub fn hash(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => hex::encode(Sha256::digest(bytes)),
            Self::Sha512 => hex::encode(Sha512::digest(bytes)),
        }
    }
}

/// The name of an unsupported algorithm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of {known}")]
pub struct UnknownAlgorithm {
    name: String,
    known: &'static str,
}

impl FromStr for Normalisation {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "jsonNormalisation/v4alpha1" => Ok(Self::V4alpha1),
            _ => Err(UnknownAlgorithm {
                name: name.to_owned(),
                known: "jsonNormalisation/v4alpha1",
            }),
        }
    }
}

impl FromStr for HashAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_uppercase().as_str() {
            "SHA-256" => Ok(Self::Sha256),
            "SHA-512" => Ok(Self::Sha512),
            _ => Err(UnknownAlgorithm {
                name: name.to_owned(),
                known: "SHA-256, SHA-512",
            }),
        }
    }
}

/// The result of comparing a component digest with the digest in a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinComparison {
    /// They are equal.
    Equal,
    /// The reference is pinned to this other digest.
    Differs(ComponentDigest),
    /// The reference has no digest, or an incomplete one, or one of another algorithm.
    NotComparable,
}

/// The digest by which a component version is remembered and compared: SHA-256 of the
/// `jsonNormalisation/v4alpha1` normal form. It survives a transfer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentDigest(String);

impl ComponentDigest {
    /// Computes the component digest.
    pub fn of(descriptor: &Descriptor) -> Self {
        let bytes = Normalisation::V4alpha1.normal_form(descriptor);
        Self(HashAlgorithm::Sha256.hash(&bytes))
    }

    /// Returns the digest of a reference if it is complete and of the supported kind.
    pub fn from_pin(digest: &ElementDigest) -> Option<Self> {
        let usable = digest.hash_algorithm == HashAlgorithm::Sha256.name()
            && digest.normalisation_algorithm == Normalisation::V4alpha1.name();
        if !usable {
            return None;
        }
        oci::Digest::from_hex(&digest.value).ok()?;
        Some(Self(digest.value.clone()))
    }

    /// Compares it with the digest that a reference is pinned to.
    pub fn compare_with(&self, pin: &ElementDigest) -> PinComparison {
        match Self::from_pin(pin) {
            Some(pinned) if pinned == *self => PinComparison::Equal,
            Some(pinned) => PinComparison::Differs(pinned),
            None => PinComparison::NotComparable,
        }
    }

    /// Returns the digest in the form that references contain.
    pub fn to_pin(&self) -> ElementDigest {
        ElementDigest {
            hash_algorithm: HashAlgorithm::Sha256.name().to_owned(),
            normalisation_algorithm: Normalisation::V4alpha1.name().to_owned(),
            value: self.0.clone(),
        }
    }

    /// The hex digits without the algorithm.
    pub fn hex(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl fmt::Debug for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ComponentDigest {
    type Err = oci::InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse::<oci::Digest>()?.hex()))
    }
}

/// `jsonNormalisation/v4alpha1`.
///
/// Only members of the schema count, since the official reader drops all others; of labels, only
/// name, value and signing. References are taken as they are, unsigned labels included: the
/// official rule that should filter them is registered under a key no document has.
fn v4alpha1(descriptor: &Descriptor) -> Value {
    let component = &descriptor.component;
    let mut out = Map::new();
    out.insert("name".into(), component.name.clone().into());
    out.insert("version".into(), component.version.clone().into());
    if let Some(time) = &component.creation_time
        && !time.is_empty()
    {
        out.insert("creationTime".into(), time.clone().into());
    }
    out.insert("provider".into(), provider(descriptor));
    insert_labels(&mut out, component.labels(), Signed::Only);
    let resources = component.resources().iter().map(resource).collect();
    out.insert("resources".into(), Value::Array(resources));
    let sources = component.sources().iter().map(source).collect();
    out.insert("sources".into(), Value::Array(sources));
    let references = component.references().iter().map(reference).collect();
    out.insert("componentReferences".into(), Value::Array(references));
    let mut root = Map::new();
    root.insert("component".into(), Value::Object(out));
    let mut value = Value::Object(root);
    drop_nulls(&mut value);
    value
}

/// Which labels are part of the normal form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    Only,
    AndOthers,
}

fn insert_labels(out: &mut Map<String, Value>, labels: &[crate::Label], which: Signed) {
    let labels: Vec<Value> = labels
        .iter()
        .filter(|label| label.signing || which == Signed::AndOthers)
        .map(|label| {
            let mut members = Map::new();
            members.insert("name".into(), label.name.clone().into());
            members.insert("value".into(), label.value.clone());
            if label.signing {
                members.insert("signing".into(), true.into());
            }
            Value::Object(members)
        })
        .collect();
    if !labels.is_empty() {
        out.insert("labels".into(), Value::Array(labels));
    }
}

fn provider(descriptor: &Descriptor) -> Value {
    let provider = &descriptor.component.provider;
    let mut out = Map::new();
    if provider.text() == "null" {
        return Value::Object(out);
    }
    out.insert("name".into(), provider.name().into());
    let labels = provider
        .document()
        .and_then(|mut document| document.remove("labels"));
    if let Some(labels) =
        labels.and_then(|labels| serde_json::from_value::<Vec<crate::Label>>(labels).ok())
    {
        insert_labels(&mut out, &labels, Signed::Only);
    }
    Value::Object(out)
}

fn extra_identity(
    out: &mut Map<String, Value>,
    extra: &std::collections::BTreeMap<String, String>,
) {
    if !extra.is_empty() {
        let members = extra
            .iter()
            .map(|(key, value)| (key.clone(), value.clone().into()));
        out.insert("extraIdentity".into(), Value::Object(members.collect()));
    }
}

fn digest(digest: &ElementDigest) -> Value {
    serde_json::json!({
        "hashAlgorithm": digest.hash_algorithm,
        "normalisationAlgorithm": digest.normalisation_algorithm,
        "value": digest.value,
    })
}

fn resource(resource: &crate::Resource) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), resource.name.clone().into());
    out.insert("version".into(), resource.version.clone().into());
    out.insert("type".into(), resource.kind.clone().into());
    out.insert("relation".into(), resource.relation.clone().into());
    extra_identity(&mut out, &resource.extra_identity);
    insert_labels(&mut out, resource.labels(), Signed::Only);
    let kind = resource
        .access
        .as_ref()
        .map_or("", crate::descriptor::Access::kind);
    if let Some(own) = &resource.digest
        && !matches!(kind, "none" | "None")
    {
        out.insert("digest".into(), digest(own));
    }
    Value::Object(out)
}

fn source(source: &crate::Source) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), source.name.clone().into());
    out.insert("version".into(), source.version.clone().into());
    out.insert("type".into(), source.kind.clone().into());
    extra_identity(&mut out, &source.extra_identity);
    insert_labels(&mut out, source.labels(), Signed::Only);
    Value::Object(out)
}

fn reference(reference: &crate::Reference) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), reference.name.clone().into());
    out.insert("version".into(), reference.version.clone().into());
    out.insert(
        "componentName".into(),
        reference.component_name.clone().into(),
    );
    extra_identity(&mut out, &reference.extra_identity);
    insert_labels(&mut out, reference.labels(), Signed::AndOthers);
    out.insert("digest".into(), digest(&reference.digest));
    Value::Object(out)
}

/// Removes null members at every depth; elements of arrays are kept.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}
