//! Compares a constructor before and after formatting.

use std::borrow::Cow;

use ocm::constructor::{self, ComponentConstructor, Constructor, ReferenceConstructor, Spanned};
use ocm::yaml::{Kind, Node, Resolved};
use ocm::{ElementDigest, Label};

/// The content of a constructor, whatever its spelling, and its comments.
pub(super) struct Content<'a> {
    constructor: &'a Constructor,
    /// Sorted.
    comments: Vec<&'a str>,
}

/// A text with the same content.
pub(super) struct Checked {
    pub(super) text: String,
    pub(super) constructor: Constructor,
}

impl<'a> Content<'a> {
    pub(super) fn of(constructor: &'a Constructor, text: &'a str) -> Self {
        let comments = constructor.document.comments.iter();
        let mut comments: Vec<&str> = comments.map(|comment| comment.span.slice(text)).collect();
        comments.sort_unstable();
        Self {
            constructor,
            comments,
        }
    }

    /// Parses a text that must have the same content; the error is what differs.
    pub(super) fn check(&self, text: String) -> Result<Checked, String> {
        let unreadable = |error| format!("the result could not be parsed: {error}");
        let constructor = constructor::parse(&text).map_err(unreadable)?;
        if self.comments != Content::of(&constructor, &text).comments {
            return Err("a comment would be lost".to_owned());
        }
        let (before, after) = (self.constructor, &constructor);
        let same = all_same(&before.components, &after.components, same_component)
            && same_node(
                &before.document.root,
                &after.document.root,
                Role::of_root(&before.document.root),
            );
        if !same {
            return Err("the result would have a different meaning".to_owned());
        }
        Ok(Checked { text, constructor })
    }
}

fn all_same<T>(one: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

fn same_component(one: &ComponentConstructor, other: &ComponentConstructor) -> bool {
    one.name.value == other.name.value
        && one.version.value.as_str() == other.version.value.as_str()
        && one.provider.value == other.provider.value
        && all_same(&one.labels, &other.labels, same_label)
        && all_same(&one.references, &other.references, same_reference)
}

fn same_reference(one: &ReferenceConstructor, other: &ReferenceConstructor) -> bool {
    one.name.value == other.name.value
        && one.version.value.as_str() == other.version.value.as_str()
        && one.component.value == other.component.value
        && one.extra_identity == other.extra_identity
        && digest(one) == digest(other)
        && all_same(&one.labels, &other.labels, same_label)
}

fn digest(entry: &ReferenceConstructor) -> Option<&ElementDigest> {
    entry.digest.as_ref().map(|digest| &digest.value)
}

fn same_label(one: &Spanned<Label>, other: &Spanned<Label>) -> bool {
    one.value == other.value
}

/// The role of a node, as far as its spelling depends on it.
#[derive(Clone, Copy)]
enum Role {
    /// The root of a list of components.
    List,
    Components,
    Component,
    Provider,
    References,
    Reference,
    Other,
}

impl Role {
    fn of_root(root: &Node) -> Self {
        match root.get("components").and_then(Node::as_sequence) {
            Some(_) => Self::List,
            None => Self::Component,
        }
    }

    /// The official name of a member, and its role.
    fn member(self, key: Cow<'_, str>) -> (Cow<'_, str>, Self) {
        match (self, key.as_ref()) {
            (Self::List, "components") => (key, Self::Components),
            (Self::Component, "provider") => (key, Self::Provider),
            (Self::Component, "references" | "componentReferences") => {
                ("componentReferences".into(), Self::References)
            }
            (Self::Reference, "component") => ("componentName".into(), Self::Other),
            _ => (key, Self::Other),
        }
    }

    fn item(self) -> Self {
        match self {
            Self::Components => Self::Component,
            Self::References => Self::Reference,
            _ => Self::Other,
        }
    }
}

/// Whether two nodes are equal to the official reader once both have its spelling.
fn same_node(one: &Node, other: &Node, role: Role) -> bool {
    if let (Role::Provider, Some(one), Some(other)) = (role, provider(one), provider(other)) {
        return one == other;
    }
    match (&one.kind, &other.kind) {
        (Kind::Scalar(_), Kind::Scalar(_)) => same_scalar(one, other),
        (Kind::Sequence { items: one, .. }, Kind::Sequence { items: other, .. }) => {
            all_same(one, other, |one, other| same_node(one, other, role.item()))
        }
        (Kind::Mapping { pairs: one, .. }, Kind::Mapping { pairs: other, .. }) => {
            let (one, other) = (members(one, role), members(other, role));
            all_same(&one, &other, |(name, role, one), (other_name, _, other)| {
                name == other_name && same_node(one, other, *role)
            })
        }
        _ => false,
    }
}

/// Members by name.
fn members(pairs: &[(Node, Node)], role: Role) -> Vec<(Cow<'_, str>, Role, &Node)> {
    let members = pairs.iter().map(|(key, value)| {
        let (name, role) = role.member(key.key());
        (name, role, value)
    });
    let mut members: Vec<_> = members.collect();
    members.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    members
}

/// The name of a provider that has no other members.
fn provider(node: &Node) -> Option<&str> {
    match node.as_mapping() {
        None => node.as_str(),
        Some([(key, name)]) if key.key() == "name" => name.as_str(),
        Some(_) => None,
    }
}

fn same_scalar(one: &Node, other: &Node) -> bool {
    if let (Some(Resolved::Text(one)), Some(Resolved::Text(other))) =
        (one.resolve(), other.resolve())
    {
        return one == other;
    }
    match (one.to_json(), other.to_json()) {
        (Ok(one), Ok(other)) => one == other,
        // Numbers that JSON cannot represent.
        (Err(_), Err(_)) => one.as_scalar() == other.as_scalar(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# comment
name: acme.org/registry
version: v1.0.0
provider: { name: acme.org }
componentReferences:
  - name: one
    version: '1.10'
    componentName: acme.org/one
    labels: [{ name: a, value: { b: 1, c: [x, z] } }]
  - { name: two, version: 2.0.0, componentName: acme.org/two }
";

    #[track_caller]
    fn outcome(replaced: &[(&str, &str)]) -> Result<(), String> {
        let before = constructor::parse(TEXT).unwrap();
        let mut text = TEXT.to_owned();
        for (from, to) in replaced {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let checked = Content::of(&before, TEXT).check(text.clone());
        checked.map(|checked| assert_eq!(checked.text, text))
    }

    #[test]
    fn spelling_and_key_order_may_differ() {
        for replaced in [
            &[][..],
            &[("{ name: acme.org }", "acme.org")],
            &[
                ("componentReferences", "references"),
                ("componentName", "component"),
            ],
            &[("name: two, version: 2.0.0", "version: 2.0.0, name: two")],
            &[("{ b: 1, c: [x, z] }", "{ c: [\"x\", 'z'], b: 1.0 }")],
        ] {
            assert_eq!(outcome(replaced), Ok(()), "{replaced:?}");
        }
    }

    #[test]
    fn everything_else_must_be_unchanged() {
        let other = "the result would have a different meaning";
        for (from, to, reason) in [
            ("# comment\n", "", "a comment would be lost"),
            ("# comment", "# Comment", "a comment would be lost"),
            ("acme.org }", "acme.com }", other),
            ("acme.org }", "acme.org, labels: [] }", other),
            ("v1.0.0", "v1.0.1", other),
            ("1.10", "1.1", other),
            ("[x, z]", "[z, x]", other),
            ("[x, z]", "[x]", other),
            ("b: 1,", "b: \"1\",", other),
            ("b: 1,", "", other),
            ("name: a,", "name: a, signing: true,", other),
            ("acme.org/two", "acme.org/three", other),
            ("2.0.0,", "2.0.0, extraIdentity: { dd: e },", other),
        ] {
            let found = outcome(&[(from, to)]);
            assert_eq!(found, Err(reason.to_owned()), "{from} {to}");
        }
        let found = outcome(&[("  - name: one", "  - name")]).unwrap_err();
        assert!(
            found.starts_with("the result could not be parsed"),
            "{found}"
        );
    }
}
