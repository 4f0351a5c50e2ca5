//! `plugyard component get`

use std::process::ExitCode;

use oci::Http;
use ocm::{ComponentRef, Resolved};

use crate::args::DescriptorOutput;
use crate::output;
use crate::report::Failure;

pub(crate) async fn run(
    reference: &ComponentRef,
    form: DescriptorOutput,
    http: &Http,
) -> Result<ExitCode, Failure> {
    let found = Resolved::open(reference, http).await?.found;
    let descriptor = found.descriptor()?;
    match form {
        DescriptorOutput::Json => output::json(&descriptor.to_value())?,
        DescriptorOutput::Yaml => output::text(&descriptor.to_yaml())?,
        DescriptorOutput::Raw => output::bytes(&found.bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}
