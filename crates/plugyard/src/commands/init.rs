//! `plugyard init`

use std::fmt::Write;
use std::process::ExitCode;

use keeper::init::{self, Adoption, CONSTRUCTOR, NewRegistry, POLICY, PipelineFile};
use ocm::{Lookup, RepositorySpec, Resolved};

use crate::args::Init;
use crate::network::Network;
use crate::output;
use crate::report::{Failure, Report};
use crate::whole_file;

/// The commit that this program was built from, where the release says so.
const COMMIT: Option<&str> = option_env!("PLUGYARD_COMMIT");

pub(crate) async fn run(
    arguments: &Init,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    if let Some(name) = &arguments.name
        && !ocm::name::is_component_name(name)
    {
        return Err(Failure::usage(
            format_args!("`{name}` is not a component name"),
            "use a domain and a path in lower case, for instance acme.org/plugin-registry",
        ));
    }
    if arguments
        .repository
        .as_ref()
        .is_some_and(RepositorySpec::has_login)
    {
        return Err(Failure::usage(
            "-r must not contain credentials, because it is written to a file",
            "remove them from the address, and log in with `docker login`",
        ));
    }
    let constructor = arguments.dir.join(CONSTRUCTOR);
    let policy = arguments.dir.join(POLICY);
    for path in [&constructor, &policy] {
        if path.exists() {
            return Err(Failure::new(
                format_args!("{} already exists; nothing was written", path.display()),
                Some("choose another folder, or delete the file first".to_owned()),
            ));
        }
    }
    let (files, pipeline) = files(arguments, report, network).await?;
    whole_file::create_folder(&arguments.dir)?;
    whole_file::create(&policy, &files.policy)?;
    whole_file::create(&constructor, &files.constructor)?;
    let mut written = format!("{}\n{}\n", constructor.display(), policy.display());
    for file in pipeline {
        let path = arguments.dir.join(file.path);
        // An existing README or CODEOWNERS is kept.
        if path.exists() {
            report.note(format_args!(
                "{} already exists and was not changed",
                path.display()
            ));
            continue;
        }
        if let Some(folder) = path.parent() {
            whole_file::create_folder(folder)?;
        }
        whole_file::create(&path, &file.text)?;
        let _ = writeln!(written, "{}", path.display());
    }
    output::text(&written)?;
    if arguments.from.is_some() {
        report.note("next: review the changes with `plugyard diff`, then run `plugyard publish`");
    } else {
        report.note(
            "next: run `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The files of a new registry, or of one that is adopted.
async fn files(
    arguments: &Init,
    report: &Report,
    network: &Network,
) -> Result<(NewRegistry, Vec<PipelineFile>), Failure> {
    let working = std::env::current_dir()?;
    let seen = |spec: &RepositorySpec| init::seen_from(&arguments.dir, &working, spec);
    let repository = arguments.repository.as_ref();
    let name = arguments.name.as_deref();
    let Some(from) = &arguments.from else {
        let repository = repository.map(seen);
        let (name, repository) = (name.unwrap_or_default(), repository.as_ref());
        let pipeline = init::pipeline(name, repository, COMMIT);
        return Ok((init::new_registry(name, repository), pipeline));
    };
    let found = Resolved::open(from, &network.http).await?.found;
    let registry = found.descriptor()?;
    let adoption = Adoption {
        registry: &registry,
        from,
        name,
        repository,
    };
    let lookup = |repositories: Vec<RepositorySpec>| {
        Lookup::new(repositories, &network.http).with_resolvers(network.resolvers())
    };
    let files = adoption.files(lookup, seen, report).await?;
    let repository = seen(adoption.repository());
    let pipeline = init::pipeline(adoption.component(), Some(&repository), COMMIT);
    Ok((files, pipeline))
}
