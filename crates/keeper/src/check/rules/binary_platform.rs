//! Every program is one for the platform it is listed under.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::facts::ProgramHeader;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "binary-platform",
    summary: "every program is one for the platform it is listed under",
    reason: "A program for another platform does not start, and the official CLI then refuses every command. Only the header is read (ELF, Mach-O, PE, `#!`); nothing is run.",
    fix: "publish the plugin again, as a new version, with the right files",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, plugin, judge| {
        let component = format!("{}:{}", entry.component(), entry.version());
        let span = entry.reference.component.span;
        for program in &plugin.programs {
            // One without a platform is the business of another rule.
            let Some(platform) = &program.platform else {
                continue;
            };
            match &program.header {
                ProgramHeader::Known(header) if header.fits(platform) => {}
                ProgramHeader::Known(header) => {
                    let message =
                        format!("the program of {component} for {platform} is another: {header}");
                    judge.fail(entry, span, message, None);
                }
                ProgramHeader::Elsewhere(kind) => {
                    let message = format!(
                        "the program of {component} for {platform} is not stored with it (access `{kind}`), so that nobody can look at it"
                    );
                    judge.fail(entry, span, message, None);
                }
                ProgramHeader::Missing(reference) => {
                    let message = format!(
                        "the program of {component} for {platform} is not there: {reference}"
                    );
                    judge.fail(entry, span, message, None);
                }
                ProgramHeader::Unreadable(trouble) => judge.unknown(entry, span, trouble),
            }
        }
    });
}
