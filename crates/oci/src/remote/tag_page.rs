//! One page of a list of tags (distribution specification, "Listing tags").

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Maximum number of tags of a repository, on all pages together.
const TAGS: usize = 1_000_000;

/// The tags listed so far, without duplicates.
#[derive(Debug, Default)]
pub(super) struct TagSet(HashSet<String>);

impl TagSet {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_tags(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

/// What a page contained.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Number of tags on the page.
    pub(super) length: usize,
    /// Number of tags that were on no earlier page.
    pub(super) added: usize,
    /// The last tag on the page; empty if it has none.
    pub(super) last: String,
    too_many: bool,
}

impl Page {
    /// Adds the tags of a page to `tags`, without keeping the page itself. `null` counts as an
    /// empty list; a page without a list is invalid.
    ///
    /// # Errors
    /// The bytes are not a page of tags, or there are more than 1,000,000 tags. The message begins
    /// with a verb.
    pub(super) fn read(bytes: &[u8], tags: &mut TagSet) -> Result<Self, String> {
        let mut page = Self::default();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let read = Document(&mut page, tags)
            .deserialize(&mut reader)
            .and_then(|()| reader.end());
        match read {
            Ok(()) => Ok(page),
            Err(_) if page.too_many => Err(format!("lists more than {TAGS} tags")),
            Err(_) => Err("does not answer with a list of tags".to_owned()),
        }
    }
}

/// The whole page.
struct Document<'a>(&'a mut Page, &'a mut TagSet);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of tags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(name) = members.next_key::<String>()? {
            if name == "tags" {
                found = true;
                members.next_value_seed(List(self.0, self.1))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if found {
            Ok(())
        } else {
            Err(A::Error::missing_field("tags"))
        }
    }
}

/// The list of a page.
struct List<'a>(&'a mut Page, &'a mut TagSet);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tags")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self(page, TagSet(tags)) = self;
        while let Some(tag) = elements.next_element::<String>()? {
            page.length += 1;
            // Duplicates cost no memory, but a list must end.
            if page.length > TAGS || tags.len() >= TAGS && !tags.contains(&tag) {
                page.too_many = true;
                return Err(A::Error::custom("too many tags"));
            }
            page.last.clone_from(&tag);
            page.added += usize::from(tags.insert(tag));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_is_a_page() {
        for (text, expected) in [
            (r#"{"name":"x","tags":["a","b","a"]}"#, Ok((3, 2))),
            (r#"{"tags":null}"#, Ok((0, 0))),
            (r#"{"tags":[],"other":{"tags":["c"]}}"#, Ok((0, 0))),
            ("{}", Err(())),
            ("[]", Err(())),
            ("null", Err(())),
            ("", Err(())),
            ("<html>", Err(())),
            (r#"{"errors":[]}"#, Err(())),
            (r#"{"message":"not now"}"#, Err(())),
            (r#"{"tags":"a"}"#, Err(())),
            (r#"{"tags":{}}"#, Err(())),
            (r#"{"tags":[1]}"#, Err(())),
            (r#"{"tags":[null]}"#, Err(())),
            (r#"{"tags":["a"]"#, Err(())),
            (r#"{"tags":["a"]} x"#, Err(())),
        ] {
            let page = Page::read(text.as_bytes(), &mut TagSet::default());
            let page = page.map(|page| (page.length, page.added)).map_err(drop);
            assert_eq!(page, expected, "{text}");
        }
    }

    #[test]
    fn tags_are_counted_over_all_pages() {
        let mut tags = TagSet::default();
        let page = |start: usize| {
            let tags: Vec<String> = (start..start + 600_000)
                .map(|number| format!("{number:x}"))
                .collect();
            serde_json::to_vec(&serde_json::json!({ "tags": tags })).unwrap()
        };
        let first = page(0);
        Page::read(&first, &mut tags).unwrap();
        Page::read(&first, &mut tags).unwrap();
        let error = Page::read(&page(600_000), &mut tags).unwrap_err();
        assert_eq!(error, "lists more than 1000000 tags");
    }
}
