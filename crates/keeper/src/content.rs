//! The content of a constructor, in the form in which two registries are compared.

use std::path::Path;

use ocm::construct::InputError;
use ocm::constructor::{self, ComponentConstructor, Spanned};
use registry::diff::Content;

/// The content of a registry from its constructor and the inputs in its directory.
///
/// # Errors
/// An input cannot be read.
pub fn of_folder(component: &ComponentConstructor, folder: &Path) -> Result<Content, InputError> {
    Ok(Content::of_component(
        component.descriptor_in(folder)?.component,
    ))
}

/// The content of a registry from its constructor alone. The content of its inputs is not known.
pub fn of_constructor(component: &ComponentConstructor) -> Content {
    let is_input = |content: &Spanned<constructor::Content>| {
        matches!(content.value, constructor::Content::Input(_))
    };
    let resources = component.resources.iter();
    let sources = component.sources.iter();
    Content::of_component(component.descriptor(&[]).component).without_content(
        resources.map(|resource| is_input(&resource.content)),
        sources.map(|source| is_input(&source.content)),
    )
}
