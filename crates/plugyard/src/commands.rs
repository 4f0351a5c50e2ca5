//! The commands, one a file: each translates its arguments, calls a library and prints the result.

mod add;
mod bump;
mod change_output;
mod check;
mod completions;
mod component_get;
mod component_hash;
mod component_verify;
mod diff;
mod diff_output;
mod fmt;
mod info;
mod init;
mod list;
mod merge_driver;
mod operand;
mod plugin_inspect;
mod plugin_publish;
mod publish;
mod remove;
mod update;
mod workspace;
mod yank;

use std::process::ExitCode;

use crate::args::{Arguments, Command, Component, Plugin};
use crate::network::Network;
use crate::report::{Failure, Report};

/// Runs a command.
pub(crate) fn run(arguments: Arguments, report: &Report) -> Result<ExitCode, Failure> {
    let global = &arguments.global;
    let named = arguments.command.locations();
    let network = Network::new(&global.config, &named, report)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run_async(arguments.command, report, &network))
}

async fn run_async(
    command: Command,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let http = &network.http;
    match command {
        Command::List(arguments) => list::run(arguments, report, network).await,
        Command::Info(arguments) => info::run(arguments, report, network).await,
        Command::Plugin(Plugin::Publish(arguments)) => {
            plugin_publish::run(*arguments, report, http).await
        }
        Command::Plugin(Plugin::Inspect { file }) => plugin_inspect::run(&file, report),
        Command::Component(Component::Get { reference, output }) => {
            component_get::run(&reference, output, http).await
        }
        Command::Component(Component::Hash(arguments)) => {
            component_hash::run(arguments, http).await
        }
        Command::Component(Component::Verify {
            reference,
            shallow,
            output,
        }) => component_verify::run(&reference, shallow, output, report, network).await,
        Command::Add(arguments) => add::run(arguments, report, network).await,
        Command::Update(arguments) => update::run(arguments, report, network).await,
        Command::Check(arguments) => check::run(arguments, report, network).await,
        Command::Remove(arguments) => remove::run(arguments, report, network).await,
        Command::Yank(arguments) => yank::run(arguments, report, network).await,
        Command::Bump(arguments) => bump::run(&arguments, report, network).await,
        Command::Diff(arguments) => diff::run(arguments, report, network).await,
        Command::MergeDriver(arguments) => merge_driver::run(&arguments, report),
        Command::Publish(arguments) => publish::run(arguments, report, network).await,
        Command::Fmt(arguments) => fmt::run(&arguments, report),
        Command::Init(arguments) => init::run(&arguments, report, network).await,
        Command::Completions { shell } => completions::run(shell),
    }
}
