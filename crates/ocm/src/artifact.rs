//! OCI artifacts that resources refer to: `ghcr.io/acme/demo:1.0.0@sha256:HEX`.

use std::fmt;

use oci::{Descriptor as Blob, Digest, Fault, Http, Manifest, Remote, StoreError, media_type};

/// A reference to an OCI artifact in a registry by its manifest digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactReference {
    text: String,
    registry: String,
    repository: String,
    digest: Digest,
}

impl ArtifactReference {
    /// Splits a reference that ends in `@` and this digest. Returns `None` if it does not name a
    /// registry, because the meaning of a bare `demo` depends on the reader.
    pub fn parse(text: &str, digest: Digest) -> Option<Self> {
        let (name, _) = text.rsplit_once('@')?;
        let (scheme, name) = match name.split_once("://") {
            Some((scheme, name)) => (format!("{scheme}://"), name),
            None => (String::new(), name),
        };
        let (host, path) = name.split_once('/')?;
        if !(host.contains(['.', ':']) || host == "localhost") {
            return None;
        }
        let repository = path.rsplit_once(':').map_or(path, |(path, _)| path);
        Some(Self {
            text: text.to_owned(),
            registry: format!("{scheme}{host}"),
            repository: repository.to_owned(),
            digest,
        })
    }

    /// Reads the manifest. `None` if the registry does not have the artifact.
    ///
    /// # Errors
    /// It cannot be read, or is not a manifest.
    pub async fn read(&self, http: &Http) -> Result<Option<Artifact>, StoreError> {
        let remote = Remote::new(http, &self.registry)?;
        let fetched = remote
            .fetch_by_digest(&self.repository, self.digest)
            .await?;
        let Some((described, bytes)) = fetched else {
            return Ok(None);
        };
        let malformed = |reason: String| StoreError::new(&self.text, Fault::Malformed(reason));
        if !matches!(
            described.media_type.as_str(),
            media_type::OCI_MANIFEST | media_type::DOCKER_MANIFEST
        ) {
            let reason = format!(
                "has media type `{}`, not that of a manifest",
                described.media_type
            );
            return Err(malformed(reason));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| malformed(format!("is not a manifest: {error}")))?;
        Ok(Some(Artifact {
            remote,
            repository: self.repository.clone(),
            manifest,
        }))
    }
}

impl fmt::Display for ArtifactReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An OCI artifact whose manifest was read and compared with its digest.
#[derive(Debug)]
pub struct Artifact {
    remote: Remote,
    repository: String,
    manifest: Manifest,
}

impl Artifact {
    /// Its layers, in order.
    pub fn layers(&self) -> &[Blob] {
        &self.manifest.layers
    }

    /// Reads at most `limit` bytes of a layer; `None` if the registry does not have it.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn layer_start(
        &self,
        layer: &Blob,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if layer.size <= limit {
            return self.remote.read(&self.repository, layer, limit).await;
        }
        self.remote.start(&self.repository, layer, limit).await
    }

    /// Reads its configuration and all layers, and compares them with their digests. Returns the
    /// first one that the registry does not have.
    ///
    /// # Errors
    /// One cannot be read, or does not have its digest.
    pub async fn verify(&self) -> Result<Option<Digest>, StoreError> {
        for blob in [&self.manifest.config].into_iter().chain(self.layers()) {
            let mut nowhere = std::io::sink();
            if !self
                .remote
                .copy(&self.repository, blob, &mut nowhere)
                .await?
            {
                return Ok(Some(blob.digest));
            }
        }
        Ok(None)
    }
}
