//! A release of a plugin as its author created it, and the component that it must become.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::year::version::Version;

/// A version of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Release {
    pub(crate) component: String,
    pub(crate) version: Version,
    pub(crate) description: String,
    /// Programs by platform.
    pub(crate) programs: BTreeMap<&'static str, Vec<u8>>,
    /// The type of its one capability.
    pub(crate) capability: &'static str,
    /// The input type that it claims.
    pub(crate) claim: String,
    /// The rule of the gate that it violates.
    pub(crate) flaw: Option<&'static str>,
}

impl Release {
    /// Its output for `capabilities`.
    pub(crate) fn document(&self) -> Value {
        json!({"capabilities": [
            {"type": self.capability, "supportedInputTypes": [{"type": self.claim}]},
        ]})
    }

    /// The short form in labels. The types of an unknown capability are not known.
    pub(crate) fn capabilities(&self) -> Value {
        let types: &[&str] = match self.capability {
            "inputRepository" => &[&self.claim],
            _ => &[],
        };
        json!([{"type": self.capability, "types": types}])
    }

    pub(crate) fn platforms(&self) -> Vec<&'static str> {
        self.programs.keys().copied().collect()
    }

    /// The descriptor of its component.
    pub(crate) fn descriptor(&self) -> Value {
        let owner = self.component.split('/').next().unwrap();
        let category = match self.capability {
            "inputRepository" => "input",
            other => other,
        };
        let own = json!({"capabilities": self.capabilities(), "schema": 1});
        let resources = self.programs.iter().map(|(platform, program)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            let digest = testkit::sha256(program);
            json!({
                "name": "binary",
                "version": self.version.to_string(),
                "type": "ocmPlugin",
                "relation": "local",
                "extraIdentity": {"architecture": architecture, "os": os},
                "access": {
                    "type": "LocalBlob/v1",
                    "localReference": format!("sha256:{digest}"),
                    "mediaType": "application/octet-stream",
                },
                "digest": {
                    "hashAlgorithm": "SHA-256",
                    "normalisationAlgorithm": "genericBlobDigest/v1",
                    "value": digest,
                },
            })
        });
        json!({
            "meta": {"schemaVersion": "v2"},
            "component": {
                "name": self.component,
                "version": self.version.to_string(),
                "provider": owner,
                "labels": [
                    {"name": "category", "value": category, "signing": true},
                    {"name": "description", "value": self.description, "signing": true},
                    {"name": "plugyard/plugin", "value": own, "signing": true},
                ],
                "repositoryContexts": null,
                "resources": resources.collect::<Vec<_>>(),
                "sources": null,
                "componentReferences": null,
            },
        })
    }

    /// The hex digits of its component digest.
    pub(crate) fn digest(&self) -> String {
        testkit::sha256(testkit::normal_form::v4alpha1(&self.descriptor()).as_bytes())
    }
}

/// A program for a platform, as short as its format allows. The script prints capabilities.
pub(crate) fn program(platform: &str, document: &Value, text: &str) -> Vec<u8> {
    let mut bytes = match platform {
        "linux/amd64" => format!(
            "#!/bin/sh\ncase \"$1\" in capabilities) printf '%s\\n' '{document}'; exit 0;; esac\n# "
        )
        .into_bytes(),
        "linux/arm64" => {
            let mut header = vec![0; 64];
            header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
            header[16] = 2;
            header[18] = 183;
            header
        }
        "darwin/arm64" => {
            let mut header = b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01".to_vec();
            header.extend([0, 0, 0, 0, 2, 0, 0, 0]);
            header
        }
        "windows/amd64" => {
            let mut header = vec![0; 64];
            header[..2].copy_from_slice(b"MZ");
            header[60] = 64;
            header.extend(b"PE\0\0\x64\x86");
            header.extend([0; 16]);
            header.extend([2, 0]);
            header
        }
        other => panic!("no program for {other}"),
    };
    bytes.extend(text.as_bytes());
    bytes.push(b'\n');
    bytes
}
