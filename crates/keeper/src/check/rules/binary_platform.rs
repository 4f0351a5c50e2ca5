//! Every program runs on the platform it is listed for.

use ocm::count;

use crate::check::component::ProgramHeader;
use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "binary-platform",
    summary: "every program runs on the platform it is listed for",
    reason: "A program for another platform does not start, and the official CLI then refuses every command. Only the header is read (ELF, Mach-O, PE, `#!`); nothing is executed.",
    fix: "publish the plugin again, as a new version, with the right files",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        let name = entry.component_version();
        let span = entry.reference.component.span;
        for program in &component.programs {
            // The rule `plugin-resources-valid` reports programs without a platform.
            let Some(platform) = &program.platform else {
                continue;
            };
            let message = match &program.header {
                ProgramHeader::Known(header) if header.fits(platform) => continue,
                ProgramHeader::Known(header) => {
                    format!("{name} lists a program as {platform}, but its header says {header}")
                }
                ProgramHeader::External(kind) => format!(
                    "the program of {name} for {platform} is not stored with the component (access `{kind}`), so its header cannot be read"
                ),
                ProgramHeader::Layers(number) => format!(
                    "the program of {name} for {platform} is an OCI artifact with {}, and must have exactly one",
                    count(*number, "layer")
                ),
                ProgramHeader::Missing(reference) => format!(
                    "the program of {name} for {platform} does not exist: {reference}"
                ),
                ProgramHeader::Unreadable(cause) => {
                    judge.unknown(entry, span, cause);
                    continue;
                }
            };
            judge.fail(entry, span, message, None);
        }
    });
}
