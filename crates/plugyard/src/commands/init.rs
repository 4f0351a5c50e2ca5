//! `plugyard init`

use std::fmt::Write;
use std::process::ExitCode;

use keeper::init::{self, CONSTRUCTOR, NewRegistry, POLICY, PipelineFile};
use ocm::{Lookup, RepositorySpec};
use registry::labels::RegistryLabel;

use crate::args::Init;
use crate::network::Network;
use crate::output;
use crate::places;
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
            "a component name is a domain and a path in lower case, for instance acme.org/plugin-registry",
        ));
    }
    if arguments
        .repository
        .as_ref()
        .is_some_and(RepositorySpec::has_login)
    {
        return Err(Failure::usage(
            "an address is no place for a login, and would be written to a file",
            "take it out of -r, and log in with `docker login`",
        ));
    }
    let constructor = arguments.dir.join(CONSTRUCTOR);
    let policy = arguments.dir.join(POLICY);
    for path in [&constructor, &policy] {
        if path.exists() {
            return Err(Failure::new(
                format_args!("{} exists already, and nothing was written", path.display()),
                Some("name another folder, or take the file away first".to_owned()),
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
        // Somebody's own README or CODEOWNERS stays.
        if path.exists() {
            report.note(format_args!(
                "{} exists already, and stays as it is",
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
        report.note("next: look at what differs with `plugyard diff`, then `plugyard publish`");
    } else {
        report.note(
            "next: `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The files of a new registry, or of one that is taken over.
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
        let (name, place) = (name.unwrap_or_default(), repository.as_ref());
        let pipeline = init::pipeline(name, place, COMMIT);
        return Ok((init::new_registry(name, place), pipeline));
    };
    let (_, found, version) = places::open(from, &network.http).await?;
    let registry = found.descriptor()?;
    let mut sources = Vec::new();
    for text in RegistryLabel::of(registry.component.labels()).sources {
        match RepositorySpec::parse(&text) {
            Ok(spec) if !spec.is_empty() => sources.push(spec),
            _ => report.warning(format_args!("source `{text}` of the registry is left out")),
        }
    }
    let place = repository.unwrap_or(&from.repository);
    let places = [&from.repository, place].into_iter().chain(&sources);
    let lookup = Lookup::new(places.cloned(), &network.http).with_resolvers(network.resolvers());
    let called = from.spelled_with(&version);
    let constructor = init::import(&registry, &called, name, &lookup, report).await?;
    // Where the registry moves, its plugins may stay.
    if *place != from.repository {
        sources.insert(0, from.repository.clone());
    }
    let sources: Vec<RepositorySpec> = sources.iter().map(seen).collect();
    let component = name.unwrap_or(&registry.component.name);
    let place = seen(place);
    let files = NewRegistry {
        constructor,
        policy: init::policy(component, Some(&place), &sources),
    };
    Ok((files, init::pipeline(component, Some(&place), COMMIT)))
}
