//! `plugyard init`

use std::process::ExitCode;

use registry::init::{self, CONSTRUCTOR, POLICY};

use crate::args::Init;
use crate::output;
use crate::report::{Failure, Report};
use crate::whole_file;

pub(crate) fn run(arguments: &Init, report: &Report) -> Result<ExitCode, Failure> {
    if !ocm::name::is_component_name(&arguments.name) {
        return Err(Failure::usage(
            format_args!("`{}` is not a component name", arguments.name),
            "a component name is a domain and a path in lower case, for instance acme.org/plugin-registry",
        ));
    }
    let working = std::env::current_dir()?;
    let repository = arguments
        .repository
        .as_ref()
        .map(|spec| init::seen_from(&arguments.dir, &working, spec));
    let files = init::new_registry(&arguments.name, repository.as_ref());
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
    fs_err::create_dir_all(&arguments.dir)?;
    whole_file::create(&policy, &files.policy)?;
    whole_file::create(&constructor, &files.constructor)?;
    output::text(&format!(
        "{}\n{}\n",
        constructor.display(),
        policy.display()
    ))?;
    report.note(format_args!(
        "next: `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`"
    ));
    Ok(ExitCode::SUCCESS)
}
