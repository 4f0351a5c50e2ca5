//! The arguments. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use ocm::component_ref::InvalidRef;
use ocm::{ComponentDigest, ComponentRef, HashAlgorithm, Normalisation, RepositorySpec, Version};
use registry::platform::Platform;

use crate::report::Verbosity;

/// Keep, publish and read plugin registries of the Open Component Model
///
/// A registry is a component whose references are plugins, each pinned by digest. Its source is
/// a component-constructor.yaml in git.
#[derive(Debug, Parser)]
#[command(name = "plugyard", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// OCM configuration file; checked to be readable, its content is not used yet
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Print errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

impl Global {
    pub(crate) fn verbosity(&self) -> Verbosity {
        if self.quiet {
            Verbosity::Quiet
        } else if self.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        }
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a registry: a constructor and a plugyard.yaml
    Init(Init),
    /// Add plugins to the registry, pinned and labelled
    Add(Add),
    /// Take newer versions of plugins, or pin anew what is there
    ///
    /// Looks for the highest stable version of each plugin, and for pre-releases where --pre is
    /// given or the newest entry is one. Versions that were removed are not taken again. Moving
    /// versions are always pinned anew. `keep` in plugyard.yaml says how many stable versions of
    /// a plugin stay, and as many of the newer pre-releases; without it all stay. A yanked
    /// version does not count, and goes with what is older than all that stays; a moving one stays.
    Update(Update),
    /// Take an entry out of the registry for good
    ///
    /// It leaves a tombstone in the label `plugyard/registry`, so that it does not come back.
    /// Without a version the plugin goes with all its versions.
    Remove(Remove),
    /// Mark an entry as not to be used
    ///
    /// It stays in the registry, for those who have it. Without a version all of them are marked.
    Yank(Yank),
    /// Raise the version of the registry
    ///
    /// Without an argument to what all changes since the last published version call for, and in
    /// any case at least to that. It is never lowered.
    Bump(Bump),
    /// Show what differs between two versions of the registry, by meaning
    ///
    /// Each of OLD and NEW is a REF, git:REV for the constructor in a revision, or a file. What the
    /// version published before OLD lacks may be taken back by a patch; that is only known where
    /// OLD is published.
    Diff(Diff),
    /// Merge constructors by meaning, as a merge driver of git
    ///
    /// For `*.yaml merge=plugyard` in .gitattributes set `git config merge.plugyard.driver
    /// 'plugyard merge-driver %O %A %B'`. The result is written to OURS. Exit 1: conflicts are
    /// marked in it.
    MergeDriver(MergeDriver),
    /// Bring the constructor into its usual spelling
    Fmt(Fmt),
    /// Publish the registry as its constructor says
    Publish(Publish),
    /// List the plugins of registries
    List(List),
    /// Show everything about one plugin
    Info(Info),
    /// Publish or inspect a plugin of your own
    #[command(subcommand)]
    Plugin(Plugin),
    /// Look at component versions
    #[command(subcommand)]
    Component(Component),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// The files of a registry repository.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// The registry's constructor
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "component-constructor.yaml"
    )]
    pub(crate) constructor: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Where components are published.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where components are published; `repository` of plugyard.yaml, or ./transport-archive
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
    /// How the registry is kept
    #[arg(short, long, value_name = "FILE", default_value = "plugyard.yaml")]
    pub(crate) policy: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder to make it in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Component name of the registry, such as acme.org/plugin-registry
    #[arg(long, value_name = "COMPONENT", required_unless_present = "from")]
    pub(crate) name: Option<String>,
    #[arg(
        long,
        value_name = "REF",
        value_parser = component_ref,
        help = "Take over this published registry, its entries pinned and labelled anew"
    )]
    pub(crate) from: Option<ComponentRef>,
    /// Where it will be published; stored in plugyard.yaml
    #[arg(short, long, value_name = "REPO", value_parser = repository)]
    pub(crate) repository: Option<RepositorySpec>,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Plugins to add; the latest version if none is given
    #[arg(required = true, value_name = "COMPONENT[:VERSION]", value_parser = component_version)]
    pub(crate) components: Vec<(String, Option<Version>)>,
    /// Name of the entry; the last segment of the component if absent
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
    /// Where to look for the plugins first
    #[arg(long, value_name = "REPO", value_parser = repository)]
    pub(crate) from: Option<RepositorySpec>,
    /// Take pre-releases for the latest version, too
    #[arg(long)]
    pub(crate) pre: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ChangeOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ChangeOutput {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Plugins to look at; all if none is given
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Take this version of the one plugin that is named
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["only", "repin"])]
    pub(crate) to: Option<Version>,
    /// Only take versions that differ in nothing more than this number
    #[arg(long, value_enum, value_name = "PART", conflicts_with = "repin")]
    pub(crate) only: Option<Reach>,
    /// Take pre-releases, too
    #[arg(long, conflicts_with = "repin")]
    pub(crate) pre: bool,
    /// Compute pins and labels of what is there again
    #[arg(long)]
    pub(crate) repin: bool,
    /// Plugins that are looked at at once
    #[arg(long, value_name = "N", default_value_t = registry::change::JOBS)]
    pub(crate) jobs: usize,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// How far an update goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reach {
    Patch,
    Minor,
}

/// A number of a version.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VersionPart {
    Patch,
    Minor,
    Major,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The entry; without a version all versions of the plugin
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Why; published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Yank {
    /// The entry; without a version all versions of the plugin
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    /// Why; published with the registry
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// The entry to use instead
    #[arg(long = "use", value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) instead: Option<(String, Option<Version>)>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Bump {
    /// What to raise at least; what the change calls for if absent
    #[arg(value_enum, value_name = "PART")]
    pub(crate) part: Option<VersionPart>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What it was: REF, git:REV or a file; the latest published version if absent
    #[arg(value_name = "OLD")]
    pub(crate) old: Option<String>,
    /// What it is: REF, git:REV or a file; the constructor if absent
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<String>,
    /// Exit with 3 if something differs
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ChangeOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Debug, Args)]
pub(crate) struct MergeDriver {
    /// File with the common ancestor (%O)
    pub(crate) base: PathBuf,
    /// File with our version (%A); the result is written to it
    pub(crate) ours: PathBuf,
    /// File with their version (%B)
    pub(crate) theirs: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Change nothing, explain what would change, and exit with 3 if something would
    #[arg(long)]
    pub(crate) check: bool,
    /// The registry's constructor
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "component-constructor.yaml"
    )]
    pub(crate) constructor: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Publish the very first version
    #[arg(long)]
    pub(crate) first: bool,
    /// Check everything, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only publish if this is the component digest of the latest published version
    #[arg(long, value_name = "sha256:HEX")]
    pub(crate) expect: Option<ComponentDigest>,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PlainOutput {
    #[default]
    Text,
    Json,
}

/// Registries to read.
#[derive(Debug, Args)]
pub(crate) struct Registries {
    #[arg(
        long = "registry",
        value_name = "REF",
        value_parser = component_ref,
        help = "A registry to read, REPO//COMPONENT[:VERSION]; repeatable [env: PLUGYARD_REGISTRY]"
    )]
    pub(crate) references: Vec<ComponentRef>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only names that match: `*` and `?` as in file names, or a part of name or description
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// Every version instead of the newest of each plugin
    #[arg(long)]
    pub(crate) all: bool,
    /// Take pre-releases for the newest version, too
    #[arg(long)]
    pub(crate) pre: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: ListOutput,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ListOutput {
    #[default]
    Table,
    Wide,
    Json,
    Yaml,
    Ndjson,
}

#[derive(Debug, Args)]
pub(crate) struct Info {
    /// The plugin; the latest version if none is given
    #[arg(value_name = "NAME[@VERSION]", value_parser = entry)]
    pub(crate) entry: (String, Option<Version>),
    #[command(flatten)]
    pub(crate) registries: Registries,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: DocumentOutput,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum DocumentOutput {
    #[default]
    Text,
    Json,
    Yaml,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// Publish a plugin: one component with a program for each platform
    Publish(Box<PluginPublish>),
    /// Show header, platform and capabilities of a program
    ///
    /// The program is run as `FILE capabilities` if it is for this machine.
    Inspect {
        /// The program
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PluginPublish {
    /// Name of the plugin's component, such as acme.org/plugins/demo
    #[arg(long, value_name = "COMPONENT")]
    pub(crate) name: String,
    /// Version to publish
    #[arg(long = "version", value_name = "V", id = "release")]
    pub(crate) release: Version,
    /// Programs by platform, such as linux/amd64=dist/demo-linux-amd64
    #[arg(required = true, value_name = "OS/ARCH=FILE", value_parser = program)]
    pub(crate) programs: Vec<(Platform, PathBuf)>,
    /// Who provides it; the domain of the component if absent
    #[arg(long, value_name = "P")]
    pub(crate) provider: Option<String>,
    /// A text for people
    #[arg(long, value_name = "T")]
    pub(crate) description: Option<String>,
    /// A file with the answer to `capabilities`, instead of asking the native program
    #[arg(long, value_name = "FILE")]
    pub(crate) capabilities: Option<PathBuf>,
    /// Check everything, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: PlainOutput,
    #[command(flatten)]
    pub(crate) place: Place,
}

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

fn repository(text: &str) -> Result<RepositorySpec, String> {
    let spec = RepositorySpec::parse(text)
        .map_err(|kind| format!("`{kind}` is not a type of repository"))?;
    if spec.is_empty() {
        return Err("expected the name of a repository".to_owned());
    }
    Ok(spec)
}

fn component_ref(text: &str) -> Result<ComponentRef, String> {
    let worded = |error: InvalidRef| format!("{error}; {}", error.hint());
    let reference: ComponentRef = text.parse().map_err(worded)?;
    if reference.repository.is_empty() {
        return Err(worded(InvalidRef::NoRepository(text.to_owned())));
    }
    Ok(reference)
}

fn component_version(text: &str) -> Result<(String, Option<Version>), String> {
    if text.contains("//") {
        return Err("expected COMPONENT[:VERSION]; name the repository with --from".to_owned());
    }
    let (component, version) = match text.split_once(':') {
        Some((component, version)) => {
            let version: Version = version.parse().map_err(|error| format!("{error}"))?;
            (component, Some(version))
        }
        None => (text, None),
    };
    if !ocm::name::is_component_name(component) {
        return Err(format!(
            "`{component}` is not a component name such as acme.org/plugins/demo"
        ));
    }
    Ok((component.to_owned(), version))
}

fn entry(text: &str) -> Result<(String, Option<Version>), String> {
    match text.split_once('@') {
        Some((name, version)) => {
            let version: Version = version.parse().map_err(|error| format!("{error}"))?;
            Ok((name.to_owned(), Some(version)))
        }
        None => Ok((text.to_owned(), None)),
    }
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("expected a reason for people to read".to_owned());
    }
    Ok(text.to_owned())
}

fn program(text: &str) -> Result<(Platform, PathBuf), String> {
    let (platform, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("expected OS/ARCH=FILE, such as linux/amd64=dist/demo")?;
    let platform: Platform =
        platform
            .parse()
            .map_err(|error: registry::platform::InvalidPlatform| {
                format!("{error}; {}", error.hint())
            })?;
    Ok((platform, file.into()))
}
