//! Arguments of what looks at component versions.

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
            help = "The component version, REPO//COMPONENT[:VERSION][@sha256:HEX]"
        )]
        reference: ComponentRef,
        /// Form of the result
        #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
        output: DescriptorOutput,
    },
    /// Compute the component digest
    Hash(Hash),
    /// Compute every digest down the tree again, and compare
    Verify {
        #[arg(
            value_name = "REF",
            value_parser = component_ref,
            help = "The component version, REPO//COMPONENT[:VERSION][@sha256:HEX]"
        )]
        reference: ComponentRef,
        /// Do not enter the components it refers to
        #[arg(long)]
        shallow: bool,
        /// Form of the result
        #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
        output: PlainOutput,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum DescriptorOutput {
    #[default]
    Yaml,
    Json,
    /// The bytes of the layer
    Raw,
}

#[derive(Debug, Args)]
pub(crate) struct Hash {
    /// A component version, a file with a descriptor, or - for standard input
    #[arg(value_name = "REF|FILE|-")]
    pub(crate) what: String,
    /// Print the bytes that are hashed
    #[arg(long)]
    pub(crate) normal_form: bool,
    /// How the descriptor is brought into its normal form
    #[arg(long, value_name = "ID", default_value = "jsonNormalisation/v4alpha1")]
    pub(crate) algorithm: Normalisation,
    /// Hash algorithm: SHA-256 or SHA-512
    #[arg(long = "hash", value_name = "HASH", default_value = "SHA-256")]
    pub(crate) function: HashAlgorithm,
}
