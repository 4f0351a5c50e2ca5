//! `plugyard component get`

use std::process::ExitCode;

use oci::Http;
use ocm::ComponentRef;

use crate::args::DescriptorOutput;
use crate::report::Failure;
use crate::{output, places};

pub(crate) async fn run(
    reference: &ComponentRef,
    form: DescriptorOutput,
    http: &Http,
) -> Result<ExitCode, Failure> {
    let (_, found, _) = places::open(reference, http).await?;
    let descriptor = found.descriptor()?;
    match form {
        DescriptorOutput::Json => output::json(&descriptor.to_value())?,
        DescriptorOutput::Yaml => output::text(&descriptor.to_yaml())?,
        DescriptorOutput::Raw => output::bytes(&found.bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}
