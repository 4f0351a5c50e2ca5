//! The rules, one a file.

mod binary_platform;
mod capabilities_known;
mod capability_conflict;
mod component_allowed;
mod component_exists;
mod constructor_well_formed;
mod content_kept;
mod digest_correct;
mod digest_present;
mod entries_sorted;
mod entry_unique;
mod labels_computed;
mod labels_signed;
mod moving_versions;
mod name_bound;
mod no_cycle;
mod no_dollar;
mod not_removed;
mod nothing_ignored;
mod nothing_lost;
mod official_spelling;
mod outside_own_repository;
mod own_labels;
mod platforms_required;
mod plugin_info;
mod plugin_resources;
mod registry_version;
mod resource_digests;
mod transferable_names;
mod version_not_lowered;

use super::Rule;

/// All rules, in the order in which they are looked at.
pub static RULES: &[&Rule] = &[
    &constructor_well_formed::RULE,
    &nothing_ignored::RULE,
    &official_spelling::RULE,
    &no_dollar::RULE,
    &entry_unique::RULE,
    &name_bound::RULE,
    &own_labels::RULE,
    &not_removed::RULE,
    &component_exists::RULE,
    &digest_present::RULE,
    &digest_correct::RULE,
    &content_kept::RULE,
    &plugin_resources::RULE,
    &resource_digests::RULE,
    &binary_platform::RULE,
    &capabilities_known::RULE,
    &capability_conflict::RULE,
    &plugin_info::RULE,
    &labels_computed::RULE,
    &labels_signed::RULE,
    &entries_sorted::RULE,
    &transferable_names::RULE,
    &outside_own_repository::RULE,
    &no_cycle::RULE,
    &version_not_lowered::RULE,
    &nothing_lost::RULE,
    &registry_version::RULE,
    &component_allowed::RULE,
    &platforms_required::RULE,
    &moving_versions::RULE,
];
