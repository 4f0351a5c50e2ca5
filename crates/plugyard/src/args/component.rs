//! Arguments of the `component` commands.

use clap::{Args, Subcommand, ValueEnum};
use ocm::{ComponentRef, HashAlgorithm, Normalisation};

use super::PlainOutput;
use super::value::component_ref;

#[derive(Debug, Subcommand)]
pub(crate) enum Component {
    /// Print the descriptor of a component version
    Get {
        #[arg(
            value_name = "REF",
            value_parser = component_ref,
            help = "Component version: REPO//COMPONENT[:VERSION][@sha256:HEX]"
        )]
        reference: ComponentRef,
        /// Output format
        #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
        output: DescriptorOutput,
    },
    /// Compute the component digest
    Hash(Hash),
    /// Recompute all digests of a component version and its references
    Verify {
        #[arg(
            value_name = "REF",
            value_parser = component_ref,
            help = "Component version: REPO//COMPONENT[:VERSION][@sha256:HEX]"
        )]
        reference: ComponentRef,
        /// Verify only this component version, not its references
        #[arg(long)]
        shallow: bool,
        /// Output format
        #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
        output: PlainOutput,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum DescriptorOutput {
    #[default]
    Yaml,
    Json,
    /// The bytes as they are stored
    Raw,
}

#[derive(Debug, Args)]
pub(crate) struct Hash {
    /// Component version, descriptor file, or `-` for a descriptor on standard input
    #[arg(value_name = "REF|FILE|-")]
    pub(crate) what: String,
    /// Print the normal form, whose bytes are hashed, instead of the digest
    #[arg(long)]
    pub(crate) normal_form: bool,
    /// Normalisation algorithm
    #[arg(long, value_name = "ID", default_value = "jsonNormalisation/v4alpha1")]
    pub(crate) algorithm: Normalisation,
    /// Hash algorithm: SHA-256 or SHA-512
    #[arg(long = "hash", value_name = "HASH", default_value = "SHA-256")]
    pub(crate) function: HashAlgorithm,
}
