//! `plugyard list`

use std::process::ExitCode;

use registry::listing::{self, Registry, Row, Selection};

use crate::args::{List, ListOutput};
use crate::network::Network;
use crate::output::{self, Table};
use crate::places;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: List,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let mut registries = Vec::new();
    for reference in places::registries(&arguments.registries, network)? {
        let (_, found, version) = places::open(&reference, &network.http).await?;
        let registry = Registry::new(&reference, &version, found);
        // One that is named twice is listed once.
        if registries
            .iter()
            .all(|other: &Registry| other.name != registry.name)
        {
            registries.push(registry);
        }
    }
    let mut rows = Vec::new();
    for registry in &registries {
        let found = registry.rows(&mut |text| report.warning(text))?;
        // The first ones, usually all, are not copied: they may be many.
        if rows.is_empty() {
            rows = found;
        } else {
            rows.extend(found);
        }
    }
    if registries.len() > 1 {
        listing::sort(&mut rows);
    }
    let selection = Selection {
        all: arguments.all,
        pre: arguments.pre,
        pattern: arguments.pattern,
    };
    print(&selection.apply(rows), arguments.output)?;
    Ok(ExitCode::SUCCESS)
}

fn print(rows: &[Row<'_>], form: ListOutput) -> std::io::Result<()> {
    match form {
        ListOutput::Json => output::json(rows),
        ListOutput::Ndjson => output::json_lines(rows),
        ListOutput::Yaml => output::yaml(&rows),
        ListOutput::Table | ListOutput::Wide => table(rows, matches!(form, ListOutput::Wide)),
    }
}

fn table(rows: &[Row<'_>], wide: bool) -> std::io::Result<()> {
    let header = [
        "NAME",
        "VERSION",
        "PLATFORMS",
        "DESCRIPTION",
        "COMPONENT",
        "REGISTRY",
    ];
    let mut table = Table::new(if wide { &header } else { &header[..4] });
    for row in rows {
        let marks = [("yanked", row.yanked.is_some()), ("moving", row.moving)];
        let marks: Vec<_> = marks
            .iter()
            .filter(|(_, set)| *set)
            .map(|(word, _)| *word)
            .collect();
        let version = if marks.is_empty() {
            row.version.to_string()
        } else {
            format!("{} ({})", row.version, marks.join(", "))
        };
        let platforms = row.platforms.as_deref().unwrap_or_default().join(", ");
        let mut cells = vec![
            row.name.to_string(),
            version,
            platforms,
            row.description.to_string(),
        ];
        if wide {
            cells.push(row.component.to_string());
            cells.push(row.registry.to_owned());
        }
        table.row(&cells);
    }
    table.print()
}
