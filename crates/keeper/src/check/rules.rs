//! The rules, one a file.

mod binary_platform;
mod capabilities_known;
mod capability_unique;
mod characters_visible;
mod component_allowed;
mod component_exists;
mod constructor_well_formed;
mod content_kept;
mod digest_correct;
mod digest_present;
mod entries_sorted;
mod entry_unique;
mod exceptions_used;
mod further_components_listed;
mod further_components_publishable;
mod labels_computed;
mod labels_known;
mod labels_signed;
mod mutable_versions_listed;
mod name_bound;
mod names_transferable;
mod no_cycle;
mod no_dollar;
mod not_removed;
mod nothing_ignored;
mod nothing_lost;
mod official_spelling;
mod own_labels_spelled;
mod own_labels_valid;
mod platforms_required;
mod plugin_info_valid;
mod plugin_resources_valid;
mod references_only;
mod registry_name_kept;
mod registry_version;
mod resource_digests_cover;
mod version_not_lowered;
mod within_own_repository;

use super::rule::Rule;

/// All rules, in the order in which they are checked.
pub static RULES: &[&Rule] = &[
    &constructor_well_formed::RULE,
    &nothing_ignored::RULE,
    &official_spelling::RULE,
    &no_dollar::RULE,
    &characters_visible::RULE,
    &further_components_listed::RULE,
    &further_components_publishable::RULE,
    &registry_name_kept::RULE,
    &references_only::RULE,
    &entry_unique::RULE,
    &name_bound::RULE,
    &own_labels_spelled::RULE,
    &own_labels_valid::RULE,
    &labels_known::RULE,
    &not_removed::RULE,
    &component_exists::RULE,
    &digest_present::RULE,
    &digest_correct::RULE,
    &content_kept::RULE,
    &plugin_resources_valid::RULE,
    &resource_digests_cover::RULE,
    &binary_platform::RULE,
    &capabilities_known::RULE,
    &capability_unique::RULE,
    &plugin_info_valid::RULE,
    &labels_computed::RULE,
    &labels_signed::RULE,
    &entries_sorted::RULE,
    &names_transferable::RULE,
    &within_own_repository::RULE,
    &no_cycle::RULE,
    &version_not_lowered::RULE,
    &nothing_lost::RULE,
    &registry_version::RULE,
    &component_allowed::RULE,
    &platforms_required::RULE,
    &mutable_versions_listed::RULE,
    &exceptions_used::RULE,
];

/// Ids that rules had before a release fixed them, each with the present one.
pub(super) const FORMER_IDS: &[(&str, &str)] = &[
    ("capability-conflict", "capability-unique"),
    ("outside-own-repository", "within-own-repository"),
    ("plugin-info", "plugin-info-valid"),
    ("plugin-resources", "plugin-resources-valid"),
    ("own-labels", "own-labels-valid"),
    ("moving-versions", "mutable-versions-listed"),
    ("resource-digests", "resource-digests-cover"),
    ("transferable-names", "names-transferable"),
];
