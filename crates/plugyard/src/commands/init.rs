//! `plugyard init`

use std::fmt::Write;
use std::process::ExitCode;

use registry::init::{self, CONSTRUCTOR, POLICY};

use crate::args::Init;
use crate::output;
use crate::report::{Failure, Report};
use crate::whole_file;

/// The commit that this program was built from, where the release says so.
const COMMIT: Option<&str> = option_env!("PLUGYARD_COMMIT");

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
    let mut written = format!("{}\n{}\n", constructor.display(), policy.display());
    for file in init::pipeline(&arguments.name, repository.as_ref(), COMMIT) {
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
            fs_err::create_dir_all(folder)?;
        }
        whole_file::create(&path, &file.text)?;
        let _ = writeln!(written, "{}", path.display());
    }
    output::text(&written)?;
    report.note(format_args!(
        "next: `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`"
    ));
    Ok(ExitCode::SUCCESS)
}
