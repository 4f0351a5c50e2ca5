//! The result on stdout: tables, JSON, YAML.

use std::io::{self, BufWriter, Write};

use keeper::publication::Publication;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::args::PlainOutput;
use crate::escape::{json::Escaped, limited, terminal};

/// Maximum number of characters of a cell of a table, and of a value of [`Facts`].
const CELL_LIMIT: usize = 200;
const VALUE_LIMIT: usize = 10_000;

/// Standard output, written in large pieces.
type Stdout = BufWriter<io::StdoutLock<'static>>;

/// Writes to standard output, and flushes it: what is left in a buffer that is dropped is lost
/// without an error.
pub(crate) fn write(body: impl FnOnce(&mut Stdout) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    body(&mut out)?;
    out.flush()
}

/// Prints a JSON document with an indentation of two, and a newline.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> io::Result<()> {
    write(|out| {
        oci::go_json::to_writer_pretty(Escaped::new(&mut *out), value)?;
        out.write_all(b"\n")
    })
}

/// Prints compact JSON documents, one a line.
pub(crate) fn json_lines<T: Serialize>(values: &[T]) -> io::Result<()> {
    write(|out| {
        for value in values {
            oci::go_json::to_writer(Escaped::new(&mut *out), value)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Prints text as it is: it has to be escaped already.
pub(crate) fn text(text: &str) -> io::Result<()> {
    bytes(text.as_bytes())
}

/// Prints text with colours, if the terminal shows them; it has to be escaped already.
pub(crate) fn styled(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    write(|out| out.write_all(bytes))
}

/// A table in the style of the official CLI.
pub(crate) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: &[&'static str]) -> Self {
        Self {
            header: header.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. A first cell that is equal to the one above is left blank.
    pub(crate) fn row(&mut self, cells: &[String]) {
        let cells = cells.iter();
        self.rows.push(
            cells
                .map(|cell| terminal(&limited(cell, CELL_LIMIT)))
                .collect(),
        );
    }

    pub(crate) fn print(&self) -> io::Result<()> {
        let mut widths: Vec<usize> = self.header.iter().map(|cell| cell.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        write(|out| {
            line(out, &widths, &self.header)?;
            let rules: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
            writeln!(out, "{}", rules.join("┼"))?;
            let mut above = "";
            for row in &self.rows {
                let mut cells: Vec<&str> = row.iter().map(String::as_str).collect();
                if cells[0] == above {
                    cells[0] = "";
                } else {
                    above = &row[0];
                }
                line(out, &widths, &cells)?;
            }
            Ok(())
        })
    }
}

fn line(out: &mut impl Write, widths: &[usize], cells: &[&str]) -> io::Result<()> {
    for (column, (width, cell)) in widths.iter().zip(cells).enumerate() {
        if column > 0 {
            out.write_all("│".as_bytes())?;
        }
        write!(out, " {cell}{} ", " ".repeat(width - cell.width()))?;
    }
    out.write_all(b"\n")
}

/// Lines of a name and a value, the values under each other.
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a line, unless the value is empty.
    pub(crate) fn add(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name, terminal(&limited(&value, VALUE_LIMIT))));
        }
    }

    pub(crate) fn print(&self) -> io::Result<()> {
        let width = self
            .0
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        write(|out| {
            let mut above = "";
            for (name, value) in &self.0 {
                let shown = if *name == above { "" } else { name };
                writeln!(out, "{shown:width$}  {value}")?;
                above = name;
            }
            Ok(())
        })
    }
}

/// Prints what was published.
pub(crate) fn publication(publication: &Publication, form: PlainOutput) -> io::Result<()> {
    match form {
        PlainOutput::Json => json(publication),
        PlainOutput::Text => text(&format!("{}\n", publication.reference)),
    }
}

/// Prints a YAML document, members in their order.
pub(crate) fn yaml(value: &impl Serialize) -> io::Result<()> {
    text(&ocm::yaml::write_indented(value)?)
}
