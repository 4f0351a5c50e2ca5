//! Decoding what a row shows from the bytes of a descriptor, without copying.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::labels::{ENTRY, PLUGIN_INFO};

/// Maximum number of entries of a registry that is listed. A row takes about 250 bytes.
pub const ENTRY_LIMIT: usize = 400_000;

/// A registry's descriptor, as far as it is listed.
pub(crate) struct Listed<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) references: Vec<ListedReference<'a>>,
}

impl<'a> Listed<'a> {
    /// Decodes JSON of the usual shape.
    pub(crate) fn parse(json: &'a str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            component: Component<'a>,
        }
        #[derive(Deserialize)]
        struct Component<'a> {
            #[serde(borrow)]
            name: Cow<'a, str>,
            #[serde(borrow)]
            version: Cow<'a, str>,
            #[serde(borrow, default, rename = "componentReferences")]
            references: Option<References<'a>>,
        }
        let Document { component } = serde_json::from_str(json)?;
        Ok(Self {
            name: component.name,
            version: component.version,
            references: component.references.unwrap_or_default().0,
        })
    }
}

/// The entries, of which there is a limit: see [`ENTRY_LIMIT`].
#[derive(Default)]
struct References<'a>(Vec<ListedReference<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for References<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = References<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a list of component references")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut references = Vec::new();
                while let Some(reference) = list.next_element()? {
                    if references.len() == ENTRY_LIMIT {
                        let message = format!("it has more than {ENTRY_LIMIT} entries");
                        return Err(A::Error::custom(message));
                    }
                    references.push(reference);
                }
                Ok(References(references))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

/// An entry, as far as it is listed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedReference<'a> {
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) version: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) component_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) digest: Option<ListedDigest<'a>>,
    #[serde(borrow, default)]
    pub(super) labels: ListedLabels<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedDigest<'a> {
    #[serde(borrow, default)]
    pub(super) hash_algorithm: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) value: Cow<'a, str>,
}

/// The JSON of the labels that are listed; the first of each name counts.
#[derive(Default)]
pub(super) struct ListedLabels<'a> {
    pub(super) plugin_info: Option<&'a str>,
    pub(super) entry: Option<&'a str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ListedLabels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Label<'a> {
            #[serde(borrow)]
            name: Cow<'a, str>,
            #[serde(borrow, default)]
            value: Option<&'a RawValue>,
        }
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = ListedLabels<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a list of labels")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(ListedLabels::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut labels = ListedLabels::default();
                while let Some(label) = list.next_element::<Label<'de>>()? {
                    let json = label.value.map_or("null", RawValue::get);
                    match &*label.name {
                        PLUGIN_INFO => {
                            labels.plugin_info.get_or_insert(json);
                        }
                        ENTRY => {
                            labels.entry.get_or_insert(json);
                        }
                        _ => {}
                    }
                }
                Ok(labels)
            }
        }
        deserializer.deserialize_any(Items)
    }
}

/// The value of the label by which the official CLI lists an entry. As there, the case of keys
/// does not matter, and name, version, registry and component are not taken from it.
#[derive(Debug, Default)]
pub(super) struct PluginInfo<'a> {
    pub(super) platforms: Option<Vec<Cow<'a, str>>>,
    pub(super) description: Cow<'a, str>,
    pub(super) unknown: Vec<String>,
}

impl<'a> PluginInfo<'a> {
    /// Reads the JSON of a value; `null` is an empty one. The reason of an error is without the
    /// line and column, which would be those within the label.
    pub(super) fn parse(json: &'a str) -> Result<Self, String> {
        let read: Option<Self> = serde_json::from_str(json).map_err(|error| {
            let text = error.to_string();
            let position = format!(" at line {} column {}", error.line(), error.column());
            text.strip_suffix(&position).unwrap_or(&text).to_owned()
        })?;
        Ok(read.unwrap_or_default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PluginInfo<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = PluginInfo<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object with description and platforms")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut info = PluginInfo::default();
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    let known = [
                        "platforms",
                        "description",
                        "name",
                        "version",
                        "registry",
                        "component",
                    ];
                    let known = known
                        .into_iter()
                        .find(|known| key.eq_ignore_ascii_case(known));
                    match known {
                        Some("platforms") => {
                            let list = map.next_value::<Option<Vec<Text<'de>>>>()?;
                            info.platforms =
                                list.map(|list| list.into_iter().map(|Text(text)| text).collect());
                        }
                        Some("description") => {
                            let text = map.next_value::<Option<Text<'de>>>()?;
                            info.description = text.map(|Text(text)| text).unwrap_or_default();
                        }
                        Some(_) => {
                            map.next_value::<Option<Text<'de>>>()?;
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                            info.unknown.push(key.into_owned());
                        }
                    }
                }
                Ok(info)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Text that is borrowed from JSON where it has no escapes; `Cow` alone would be copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
