//! `plugyard list`

use std::process::ExitCode;

use registry::Registries;
use registry::listing::{Notice, Row, Selection};
use registry::offer::PreReleases;

use crate::args::{List, ListOutput};
use crate::network::Network;
use crate::output::{self, Table};
use crate::report::{Failure, Report};
use crate::repositories;

pub(crate) async fn run(
    arguments: List,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let references = repositories::registries(&arguments.registries, network)?;
    let registries = Registries::open(&references, &network.http).await?;
    let selection = Selection {
        all: arguments.all,
        pre_releases: if arguments.pre {
            PreReleases::Equal
        } else {
            PreReleases::AfterStable
        },
        pattern: arguments.pattern,
    };
    let listing = registries.listing(&selection)?;
    warn(&listing.notices, report);
    let columns = match arguments.output {
        ListOutput::Wide => &COLUMNS[..],
        // Otherwise nothing would tell the rows of two registries apart.
        _ if registries.len() > 1 => &[0, 1, 2, 3, 5],
        _ => &COLUMNS[..4],
    };
    print(&listing.rows, arguments.output, columns)?;
    Ok(ExitCode::SUCCESS)
}

/// Warnings that are shown: a registry can have as many as it has entries.
const SHOWN: usize = 20;

fn warn(notices: &[Notice], report: &Report) {
    for notice in notices.iter().take(SHOWN) {
        report.warning(notice);
    }
    if notices.len() > SHOWN {
        let more = notices.len() - SHOWN;
        report.warning(format_args!("{more} more warnings are not shown"));
    }
}

fn print(rows: &[Row<'_>], form: ListOutput, columns: &[usize]) -> std::io::Result<()> {
    match form {
        ListOutput::Json => output::json(rows),
        ListOutput::Ndjson => output::json_lines(rows),
        ListOutput::Yaml => output::yaml(&rows),
        ListOutput::Table | ListOutput::Wide => table(rows, columns),
    }
}

const HEADER: [&str; 6] = [
    "NAME",
    "VERSION",
    "PLATFORMS",
    "DESCRIPTION",
    "COMPONENT",
    "REGISTRY",
];
/// All columns, as positions in the header.
const COLUMNS: [usize; 6] = [0, 1, 2, 3, 4, 5];

fn table(rows: &[Row<'_>], columns: &[usize]) -> std::io::Result<()> {
    let header: Vec<&'static str> = columns.iter().map(|column| HEADER[*column]).collect();
    let mut table = Table::new(&header);
    for row in rows {
        let cell = |column: &usize| match column {
            0 => row.name.to_string(),
            1 => version(row),
            2 => row.platforms.as_deref().unwrap_or_default().join(", "),
            3 => row.description.to_string(),
            4 => row.component.to_string(),
            _ => row.registry.to_owned(),
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        table.row(&cells);
    }
    table.print()
}

/// The version with its marks.
fn version(row: &Row<'_>) -> String {
    let marks = [
        ("yanked", row.yanked.is_some()),
        ("moving", row.moving),
        ("ambiguous name", row.ambiguous),
    ];
    let marks = marks.iter().filter(|(_, set)| *set).map(|(mark, _)| *mark);
    let marks: Vec<_> = marks.collect();
    if marks.is_empty() {
        return row.version.to_string();
    }
    format!("{} ({})", row.version, marks.join(", "))
}
