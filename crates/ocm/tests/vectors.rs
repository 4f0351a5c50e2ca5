//! Reproduces bytes, digests and spellings of the official tools.
//!
//! `tests/vectors/` contains inputs and outputs of the official libraries; each file names its
//! source. Anything not covered by them is compared with a second implementation.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use oci::{Digest, Index, Manifest};
use ocm::descriptor::{Limits, MediaType};
use ocm::repository::{LocalBlobs, Prepared};
use ocm::{
    ComponentDigest, ComponentRef, ComponentVersionId, Descriptor, HashAlgorithm, Normalisation,
    Repository, RepositorySpec, Version,
};
use serde_json::{Value, json};
use testkit::{Archive, Random};

const OFFICIAL_CREATOR: &str = "Builtin OCI Repository Plugin";

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(vectors().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&bytes(name)).unwrap()
}

fn parse(bytes: impl AsRef<[u8]>) -> Descriptor {
    Descriptor::parse(bytes.as_ref()).unwrap()
}

fn normal_form(descriptor: &Descriptor) -> String {
    String::from_utf8(Normalisation::V4alpha1.normal_form(descriptor)).unwrap()
}

/// The part of a file that lists its cases.
fn cases(name: &str) -> Vec<Value> {
    json(name)["cases"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

// Normal form

#[test]
fn normal_forms_equal_those_of_the_official_library() {
    let mut seen = 0;
    for entry in fs::read_dir(vectors().join("normalisation")).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let name = text(&case, "name");
        let descriptor = parse(text(&case, "descriptor_yaml"));
        assert_eq!(
            normal_form(&descriptor),
            text(&case, "normalised"),
            "{name}"
        );
        assert_eq!(
            ComponentDigest::of(&descriptor).hex(),
            text(&case, "sha256"),
            "{name}"
        );
        seen += 1;
    }
    assert_eq!(seen, 17);
}

#[test]
fn the_second_implementation_agrees_with_the_official_library() {
    for entry in fs::read_dir(vectors().join("normalisation")).unwrap() {
        let case: Value =
            serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        // Our parser reads the YAML; everything else is the second implementation.
        let value = ocm::yaml::parse(
            text(&case, "descriptor_yaml"),
            ocm::yaml::Limits::descriptor(),
        )
        .unwrap()
        .root
        .to_json()
        .unwrap();
        assert_eq!(
            testkit::normal_form::v4alpha1(&value),
            text(&case, "normalised"),
            "{}",
            text(&case, "name")
        );
    }
}

#[test]
fn normal_forms_of_random_descriptors_agree_with_the_second_implementation() {
    let mut random = Random::new(1);
    for round in 0..1_000 {
        let value = testkit::descriptor::random(&mut random);
        let descriptor = parse(value.to_string());
        assert_eq!(
            normal_form(&descriptor),
            testkit::normal_form::v4alpha1(&value),
            "round {round}: {value}"
        );
    }
}

#[test]
fn a_descriptor_keeps_its_component_digest_through_json_and_yaml() {
    let mut random = Random::new(2);
    for round in 0..1_000 {
        let value = testkit::descriptor::random(&mut random);
        let descriptor = parse(value.to_string());
        let digest = ComponentDigest::of(&descriptor);
        let json = parse(descriptor.to_json());
        assert_eq!(ComponentDigest::of(&json), digest, "round {round}: {value}");
        let yaml = parse(json.to_yaml());
        assert_eq!(
            ComponentDigest::of(&yaml),
            digest,
            "round {round}:\n{}",
            json.to_yaml()
        );
        let again = parse(yaml.to_json());
        assert_eq!(
            ComponentDigest::of(&again),
            digest,
            "round {round}: {value}"
        );
    }
}

#[test]
fn writing_a_descriptor_again_gives_the_same_bytes() {
    let mut random = Random::new(3);
    for round in 0..1_000 {
        let value = testkit::descriptor::random(&mut random);
        let json = parse(value.to_string()).to_json();
        let spelled = || String::from_utf8_lossy(&json).into_owned();
        let through_json = parse(&json).to_json();
        assert_eq!(through_json, json, "round {round}: {}", spelled());
        let through_yaml = parse(parse(&json).to_yaml()).to_json();
        assert_eq!(
            String::from_utf8_lossy(&through_yaml),
            spelled(),
            "round {round}"
        );
    }
}

#[test]
fn unknown_members_are_kept_and_do_not_affect_the_digest() {
    let mut random = Random::new(4);
    for _ in 0..200 {
        let value = testkit::descriptor::random(&mut random);
        let mut more = value.clone();
        more["component"]["future"] = json!({"a": [null, 1]});
        more["future"] = json!("x");
        let (less, more) = (parse(value.to_string()), parse(more.to_string()));
        assert_eq!(ComponentDigest::of(&less), ComponentDigest::of(&more));
        let written: Value = serde_json::from_slice(&more.to_json()).unwrap();
        assert_eq!(written["component"]["future"], json!({"a": [null, 1]}));
        assert_eq!(written["future"], "x");
    }
}

#[test]
fn reference_digests_are_component_digests() {
    let worked = json("references/v4alpha1-worked.json");
    let digests: BTreeMap<&str, &str> = worked["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| (text(component, "component"), text(component, "sha256")))
        .collect();
    let app = parse(bytes("oci/descriptor.json"));
    assert_eq!(
        ComponentDigest::of(&app).hex(),
        digests["acme.org/app:1.2.3+build.5"]
    );
    let pin = ComponentDigest::from_pin(&app.component.references()[0].digest).unwrap();
    assert_eq!(pin.hex(), digests["acme.org/lib:1.0.0"]);
    let lib = json("normalisation/v4alpha1-worked-lib.json");
    let lib = parse(text(&lib, "descriptor_yaml"));
    assert_eq!(ComponentDigest::of(&lib), pin);
    assert_eq!(pin.to_pin(), app.component.references()[0].digest);
}

#[test]
fn the_hash_is_over_the_bytes_of_the_normal_form() {
    let descriptor = parse(bytes("oci/descriptor.json"));
    let normal_form = Normalisation::V4alpha1.normal_form(&descriptor);
    assert_eq!(
        HashAlgorithm::Sha256.hash(&normal_form),
        testkit::sha256(&normal_form)
    );
    assert_eq!(HashAlgorithm::Sha512.hash(&normal_form).len(), 128);
    for unknown in [
        "jsonNormalisation/v1",
        "jsonNormalisation/v3",
        "v4alpha1",
        "",
    ] {
        assert!(unknown.parse::<Normalisation>().is_err(), "{unknown}");
    }
}

// Layout

#[test]
fn the_three_forms_of_a_descriptor_layer_are_equivalent() {
    let decode = |media_type, name: &str| {
        Descriptor::decode(media_type, &bytes(name), Limits::REGISTRY).unwrap()
    };
    let json = decode(MediaType::Json, "oci/descriptor.json");
    assert_eq!(json, decode(MediaType::Yaml, "oci/descriptor.yaml"));
    assert_eq!(
        json,
        decode(MediaType::YamlTar, "oci/descriptor-legacy.tar")
    );
    // The official reader treats all text forms alike.
    assert_eq!(json, decode(MediaType::Json, "oci/descriptor.yaml"));
    assert_eq!(json, decode(MediaType::Yaml, "oci/descriptor.json"));
}

#[test]
fn a_descriptor_layer_is_written_byte_for_byte() {
    let descriptor = parse(bytes("oci/descriptor.json"));
    assert_eq!(descriptor.to_json(), bytes("oci/descriptor.json"));
    assert_eq!(
        descriptor.to_yaml().into_bytes(),
        bytes("oci/descriptor.yaml")
    );
}

#[test]
fn manifest_and_config_are_derived_from_the_descriptor_byte_for_byte() {
    let descriptor = parse(bytes("oci/descriptor.json"));
    let sizes: LocalBlobs = [(Digest::of(b"hello app"), 9)].into();
    let prepared = Prepared::new(&descriptor, &sizes, OFFICIAL_CREATOR).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(&prepared.manifest), text(&bytes("oci/manifest.json")));
    assert_eq!(text(&prepared.config), text(&bytes("oci/config.json")));
    assert_eq!(
        prepared.manifest_digest(),
        Digest::of(&bytes("oci/manifest.json"))
    );
    assert_eq!(prepared.tag(), "1.2.3.build-build.5");
    assert_eq!(
        Prepared::new(&descriptor, &LocalBlobs::new(), OFFICIAL_CREATOR).unwrap_err(),
        Digest::of(b"hello app").to_string()
    );
}

#[test]
fn manifests_and_indexes_are_written_unchanged() {
    for name in [
        "manifest",
        "component-index",
        "ownership-referrer",
        "index-form.descriptor-manifest",
    ] {
        let read = bytes(&format!("oci/{name}.json"));
        let manifest: Manifest = serde_json::from_slice(&read).unwrap();
        assert_eq!(manifest.to_bytes(), read, "{name}");
    }
    let read = bytes("oci/index-form.json");
    let index: Index = serde_json::from_slice(&read).unwrap();
    assert_eq!(index.to_bytes(), read);
    let first = bytes("oci/index-form.descriptor-manifest.json");
    assert_eq!(index.manifests[0].digest, Digest::of(&first));
}

#[test]
fn artifact_annotations_equal_those_of_the_official_writer() {
    let known = json("tags/artifact-annotation.json");
    let manifest: Manifest = serde_json::from_slice(&bytes("oci/manifest.json")).unwrap();
    let written = &manifest.layers[1].annotations[text(&known, "key")];
    assert_eq!(written, known["values"][2].as_str().unwrap());
    // One resource and one source, laid out again.
    let mut descriptor = parse(bytes("oci/descriptor.json"));
    let mut resource = descriptor.component.resources()[0].clone();
    resource.name = "test".to_owned();
    resource.version = "1.0.0".to_owned();
    resource.extra_identity = BTreeMap::new();
    descriptor.component.resources = None;
    descriptor.component.sources = Some(vec![
        serde_json::from_value(json!({
            "name": "test", "version": "1.0.0", "type": "git", "access": resource.access,
        }))
        .unwrap(),
    ]);
    let sizes: LocalBlobs = [(Digest::of(b"hello app"), 9)].into();
    let prepared = Prepared::new(&descriptor, &sizes, OFFICIAL_CREATOR).unwrap();
    assert_eq!(
        prepared.layers[0].annotations[text(&known, "key")],
        known["values"][0].as_str().unwrap()
    );
    assert_eq!(prepared.layers[0].platform, None);
}

/// Writes an archive into a fresh directory and opens it as a repository.
fn repository(archive: &Archive) -> (tempfile::TempDir, Repository) {
    let folder = tempfile::tempdir().unwrap();
    archive.write_folder(folder.path());
    let spec = RepositorySpec::ctf(folder.path().to_str().unwrap());
    let repository = Repository::open(&spec, &oci::Http::default()).unwrap();
    (folder, repository)
}

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn worked_example() -> Archive {
    let mut archive = Archive::new();
    archive.blob(&bytes("oci/descriptor.json"));
    archive.blob(&bytes("oci/config.json"));
    archive.blob(b"hello app");
    archive
}

fn app(version: &str) -> ComponentVersionId {
    ComponentVersionId::parse("acme.org/app", version).unwrap()
}

fn get(repository: &Repository, version: &str) -> Result<Descriptor, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let found = runtime
        .block_on(repository.get(&app(version), None))
        .map_err(|error| error.to_string())?
        .expect("the version is there");
    found.descriptor().map_err(|error| error.to_string())
}

#[test]
fn a_component_version_behind_an_index_is_read() {
    let mut archive = worked_example();
    let manifest = bytes("oci/manifest.json");
    let other = br#"{"schemaVersion":2,"layers":[],"config":{}}"#;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            {"mediaType": OCI_MANIFEST, "digest": archive.blob(&manifest), "size": manifest.len()},
            {"mediaType": OCI_MANIFEST, "digest": archive.blob(other), "size": other.len()},
        ],
    });
    let tag = "1.2.3.build-build.5";
    archive.artifact(
        "component-descriptors/acme.org/app",
        tag,
        OCI_INDEX,
        index.to_string().as_bytes(),
    );
    let (_folder, repository) = repository(&archive);
    assert_eq!(
        get(&repository, "1.2.3+build.5"),
        Ok(parse(bytes("oci/descriptor.json")))
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let found = runtime
        .block_on(repository.get(&app("1.2.3+build.5"), None))
        .unwrap()
        .unwrap();
    // Other manifests in the index are also local content of the component version.
    for content in [b"hello app".as_slice(), other] {
        let digest = Digest::of(content).to_string();
        assert!(found.local_blob(&digest).is_some(), "{digest}");
    }
}

#[test]
fn an_index_whose_first_entry_is_not_an_oci_manifest_is_refused() {
    for (manifests, message) in [
        (json!([]), "does not begin with a manifest"),
        (
            json!([{"mediaType": OCI_INDEX, "digest": Digest::of(b"x"), "size": 1}]),
            "does not begin with a manifest",
        ),
        (
            json!([{
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "digest": Digest::of(b"x"), "size": 1,
            }]),
            "does not begin with a manifest",
        ),
    ] {
        let mut archive = worked_example();
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
        archive.artifact(
            "component-descriptors/acme.org/app",
            "1.0.0",
            OCI_INDEX,
            index.to_string().as_bytes(),
        );
        let (_folder, repository) = repository(&archive);
        let error = get(&repository, "1.0.0").unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn the_tag_and_the_descriptor_must_name_the_same_version() {
    let mut archive = worked_example();
    let manifest = bytes("oci/manifest.json");
    archive.artifact(
        "component-descriptors/acme.org/app",
        "2.0.0",
        OCI_MANIFEST,
        &manifest,
    );
    let (_folder, repository) = repository(&archive);
    let error = get(&repository, "2.0.0").unwrap_err();
    assert!(
        error.ends_with("acme.org/app:2.0.0 holds the descriptor of acme.org/app:1.2.3+build.5"),
        "{error}"
    );
}

#[test]
fn members_that_the_official_tools_lose_are_kept() {
    let loss = json("oci/roundtrip-loss.json");
    let read = parse(text(&loss, "input_yaml"));
    let lossy = parse(text(&loss, "output_json"));
    assert_eq!(ComponentDigest::of(&read), ComponentDigest::of(&lossy));
    let written: Value = serde_json::from_slice(&read.to_json()).unwrap();
    let component = &written["component"];
    assert_eq!(component["extraField"], "dropped");
    assert_eq!(component["resources"][2]["labels"][0]["version"], "v1");
    assert_eq!(
        component["resources"][2]["labels"][0]["merge"],
        json!({"algorithm": "default"})
    );
    assert_eq!(written["nestedDigests"][0]["name"], "acme.org/x");
    assert_eq!(written["signatures"][0]["timestamp"]["value"], "t");
    let provider: Value = serde_json::from_str(component["provider"].as_str().unwrap()).unwrap();
    assert_eq!(provider["extra"], 1);
    assert_eq!(provider["labels"][0]["version"], "v2");
    // Everything that the official tools keep is written as by us.
    let kept: Value = serde_json::from_str(text(&loss, "output_json")).unwrap();
    assert_contains(&written, &kept, "");
    assert_eq!(lossy.to_json(), text(&loss, "output_json").as_bytes());
}

/// Asserts that `whole` has everything that `part` has; texts of providers are left out.
fn assert_contains(whole: &Value, part: &Value, path: &str) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part.iter().filter(|(name, _)| *name != "provider") {
                let found = whole.get(name).unwrap_or(&Value::Null);
                assert_contains(found, value, &format!("{path}/{name}"));
            }
        }
        (Value::Array(whole), Value::Array(part)) => {
            assert_eq!(whole.len(), part.len(), "{path}");
            for (index, (whole, part)) in whole.iter().zip(part).enumerate() {
                assert_contains(whole, part, &format!("{path}/{index}"));
            }
        }
        _ => assert_eq!(whole, part, "{path}"),
    }
}

// Inputs

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn inputs_become_the_same_blobs_as_in_the_official_library() {
    let known = json("inputs/input-methods.json");
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in known["files"].as_object().unwrap() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let content = content.as_str().unwrap();
        let content = match content.strip_prefix("hex:") {
            Some(digits) => hex::decode(digits).unwrap(),
            None => content.as_bytes().to_vec(),
        };
        fs::write(&path, content).unwrap();
        // Modes are part of the archive of a directory, and must not depend on the umask.
        set_mode(&path, 0o644);
        for above in Path::new(name).ancestors().skip(1) {
            set_mode(&folder.path().join(above), 0o755);
        }
    }
    // Compressed ones are refused, because no two libraries compress to the same bytes.
    let (kept, left_out): (Vec<&str>, Vec<&str>) = text(&known, "constructor")
        .lines()
        .partition(|line| !line.contains("compress: true"));
    assert_eq!(left_out.len(), 3);
    let constructor = ocm::constructor::parse(&(kept.join("\n") + "\n")).unwrap();
    let component = &constructor.components[0];
    let contents = component.contents(folder.path()).unwrap();
    let expected: Vec<&Value> = known["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|resource| !text(resource, "mediaType").ends_with("+gzip"))
        .collect();
    assert_eq!(contents.len(), expected.len());
    for (content, expected) in contents.iter().zip(expected) {
        let name = text(expected, "resource");
        assert_eq!(content.media_type, text(expected, "mediaType"), "{name}");
        let mut found = Vec::new();
        std::io::Read::read_to_end(&mut content.content.open().unwrap(), &mut found).unwrap();
        if let Some(content) = expected.get("content_utf8") {
            assert_eq!(
                String::from_utf8_lossy(&found),
                content.as_str().unwrap(),
                "{name}"
            );
        }
        if let Some(file) = expected.get("content_file") {
            let archive = bytes(&format!("inputs/{}", file.as_str().unwrap()));
            assert!(found == archive, "{name}");
        }
        assert_eq!(
            Digest::of(&found).to_string(),
            text(expected, "digest"),
            "{name}"
        );
        assert_eq!(
            found.len() as u64,
            expected["size"].as_u64().unwrap(),
            "{name}"
        );
    }
}

// References

/// References that we deliberately read differently from the official tools.
const STRICTER: [(&str, &str); 2] = [
    // The official pattern is not anchored. We enforce digests, which therefore must be exact.
    (
        "ghcr.io//ocm.software/cli@xxsha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270zz",
        "is not a digest",
    ),
    // Read officially as component `ghcr.io/ocm.software/cli` in the repository `https:`.
    ("https://ghcr.io/ocm.software/cli:1.0.0", "has no `//`"),
];

/// References that the official tools refuse, and that are read here: the host and what it is.
const READ_HERE: [(&str, &str); 1] = [
    // The official parser takes the `::` in an IPv6 address for the end of a type.
    ("[::1]:5000//ocm.software/cli", "[::1]:5000"),
];

/// References whose host we deliberately read differently from the official tools.
const OTHER_HOST: [(&str, &str); 1] = [
    // The official parser silently drops a user name before the host; we keep it, and the network
    // layer refuses it.
    ("user@ghcr.io//ocm.software/cli:1.0.0", "user@ghcr.io"),
];

#[test]
fn references_are_parsed_like_in_the_official_tools() {
    let mut all = cases("compref/parse-extracted.json");
    all.extend(cases("compref/parse-edge.json"));
    assert_eq!(all.len(), 54);
    for case in &all {
        let input = text(case, "input");
        let parsed = input.parse::<ComponentRef>();
        if let Some((_, message)) = STRICTER.iter().find(|(text, _)| *text == input) {
            assert!(case.get("error").is_none(), "{input} is no exception");
            let error = parsed.unwrap_err().to_string();
            assert!(error.contains(message), "{input}: {error}");
            continue;
        }
        if let Some((_, host)) = READ_HERE.iter().find(|(text, _)| *text == input) {
            assert!(case.get("error").is_some(), "{input} is no exception");
            assert_eq!(parsed.unwrap().repository.to_string(), *host);
            continue;
        }
        if case.get("error").is_some() {
            assert!(
                parsed.is_err(),
                "{input} is refused: {}",
                text(case, "error")
            );
            continue;
        }
        let parsed = parsed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.prefix, text(case, "prefix"), "{input}");
        assert_eq!(parsed.component, text(case, "component"), "{input}");
        let version = parsed.version.as_ref().map_or("", Version::as_str);
        assert_eq!(version, text(case, "version"), "{input}");
        let digest = parsed.digest.map(|digest| digest.to_string());
        assert_eq!(digest.unwrap_or_default(), text(case, "digest"), "{input}");
        if let Some((_, host)) = OTHER_HOST.iter().find(|(text, _)| *text == input) {
            assert_eq!(parsed.repository.to_string(), *host);
            continue;
        }
        assert_repository(&parsed.repository, &case["repository"], input);
        assert_eq!(parsed.canonical(), text(case, "string"), "{input}");
        assert_eq!(parsed.to_string(), input);
    }
}

#[test]
fn repositories_are_parsed_like_in_the_official_tools() {
    let all = cases("compref/repository.json");
    assert_eq!(all.len(), 45);
    for case in &all {
        let input = text(case, "input");
        match RepositorySpec::parse(input) {
            Ok(repository) => assert_repository(&repository, &case["repository"], input),
            Err(kind) => {
                assert!(case.get("error").is_some(), "{input}");
                assert!(input.starts_with(&kind), "{input}");
            }
        }
    }
}

fn assert_repository(found: &RepositorySpec, expected: &Value, input: &str) {
    let found = match found {
        RepositorySpec::Ctf { kind, path } => json!({"type": kind, "filePath": path}),
        RepositorySpec::Oci {
            kind,
            base_url,
            sub_path,
        } if sub_path.is_empty() => json!({"type": kind, "baseUrl": base_url}),
        RepositorySpec::Oci {
            kind,
            base_url,
            sub_path,
        } => json!({"type": kind, "baseUrl": base_url, "subPath": sub_path}),
    };
    assert_eq!(&found, expected, "{input}");
}

// Tags

#[test]
fn tags_equal_those_of_the_official_writer() {
    for pair in json("tags/version-tag.json")["pairs"].as_array().unwrap() {
        let version = text(pair, "version");
        assert_eq!(
            ocm::version::tag(version),
            text(pair, "v2_tag"),
            "{version}"
        );
    }
}

#[test]
fn versions_are_restored_from_tags_where_possible() {
    for pair in json("tags/version-tag.json")["pairs"].as_array().unwrap() {
        let tag = text(pair, "v2_tag");
        // `1.0.0+a+b` is not a valid version, so no tag represents it.
        let expected = match text(pair, "version") {
            "1.0.0+a+b" => None,
            _ => Some(text(pair, "v1_version_from_v2_tag")),
        };
        let read = Version::from_tag(tag);
        assert_eq!(read.as_ref().map(Version::as_str), expected, "{tag}");
    }
}

#[test]
fn manifests_name_their_component_version_like_official_ones() {
    let known = json("tags/componentversion-annotation.json");
    for case in known["format"].as_array().unwrap() {
        let provider = ocm::Provider::named("acme.org");
        let descriptor = Descriptor::new(text(case, "component"), text(case, "version"), provider);
        let prepared = Prepared::new(&descriptor, &LocalBlobs::new(), OFFICIAL_CREATOR).unwrap();
        let manifest: Manifest = serde_json::from_slice(&prepared.manifest).unwrap();
        assert_eq!(
            manifest.annotations["software.ocm.componentversion"],
            text(case, "annotation")
        );
    }
}
