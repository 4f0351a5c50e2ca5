//! Reads a constructor once, and says how many references it has: what the benchmarks compare
//! with the commands that read one.
//!
//! ```sh
//! parse component-constructor.yaml
//! ```

use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: parse FILE")?;
    let constructor = ocm::constructor::parse(&fs_err::read_to_string(path)?)?;
    let references = constructor.components.iter();
    let count: usize = references.map(|one| one.references.len()).sum();
    Ok(writeln!(io::stdout(), "{count}")?)
}
