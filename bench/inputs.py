"""The inputs of the benchmarks: archives, a constructor, a large program. Deterministic.

Archives are byte for byte like those of the official writer, so that the official CLI reads them
and component digests are real. No code of Plugyard is used to create or check them.
"""

import hashlib
import json
import os
import random
import re
import shutil
from pathlib import Path

REGISTRY = "acme.org/plugin-registry"
REGISTRY_VERSION = "v1.0.0"
CHANGED_VERSION = "v1.0.1"
PROGRAM_COMPONENT = "acme.org/plugins/large"
PROGRAM_VERSION = "1.0.0"
PLATFORMS = ["darwin/arm64", "linux/amd64"]
CAPABILITIES = [{"type": "inputRepository", "types": ["demo/v1"]}]
CAPABILITIES_DOCUMENT = {
    "capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]
}

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DESCRIPTOR = "application/vnd.ocm.software.component-descriptor.v2+json"
CONFIG = "application/vnd.ocm.software.component.config.v1+json"
ARTIFACT = "application/vnd.ocm.software.component-descriptor.v2"
OCTETS = "application/octet-stream"
CREATOR = "Builtin OCI Repository Plugin"


def digest(data):
    """Returns the 64 hex digits of the SHA-256 digest."""
    return hashlib.sha256(data).hexdigest()


def compact(value):
    """Compact JSON, members in order. Nothing here needs Go's escapes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def canonical(value):
    """Compact JSON, members sorted: for descriptors, and equal to RFC 8785 for these values."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()


def file_digest(file):
    """Like `digest`, for a file of any size."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def blob_name(hexadecimal):
    return f"sha256.{hexadecimal}"


class Ctf:
    """An archive directory that is being built."""

    def __init__(self, path):
        self.path = path
        self.artifacts = []
        (path / "blobs").mkdir(parents=True)

    def add(self, descriptor, blobs=()):
        """Adds a component version; `blobs` are the contents of its resources, in order."""
        for blob in blobs:
            self._blob(blob)
        self.add_described(descriptor, [len(blob) for blob in blobs])

    def add_described(self, descriptor, sizes):
        """Adds a component version whose resources have these sizes, without their content."""
        component = descriptor["component"]
        name, version = component["name"], component["version"]
        layer = self._described(DESCRIPTOR, canonical(descriptor))
        config = self._described(CONFIG, compact({"componentDescriptorLayer": layer}))
        layers = [layer]
        for resource, size in zip(component["resources"] or [], sizes, strict=True):
            layers.append(local_layer(resource, size))
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": ARTIFACT,
            "config": config,
            "layers": layers,
            "annotations": annotations(name, version),
        }
        self.artifacts.append(
            {
                "repository": f"component-descriptors/{name}",
                "tag": version,
                "digest": self._described(MANIFEST, compact(manifest))["digest"],
                "mediaType": MANIFEST,
            }
        )

    def finish(self):
        index = compact({"schemaVersion": 1, "artifacts": self.artifacts})
        self._write(self.path / "artifact-index.json", index)

    def _described(self, media_type, data):
        hexadecimal = self._blob(data)
        return {"mediaType": media_type, "digest": f"sha256:{hexadecimal}", "size": len(data)}

    def _blob(self, data):
        hexadecimal = digest(data)
        self._write(self.path / "blobs" / blob_name(hexadecimal), data)
        return hexadecimal

    def _write(self, path, data):
        if not path.exists():
            path.write_bytes(data)
            path.chmod(0o444)


def local_layer(resource, size):
    identity = {**resource["extraIdentity"], "name": resource["name"], "version": resource["version"]}
    artifact = [{"identity": dict(sorted(identity.items())), "kind": "resource"}]
    return {
        "mediaType": resource["access"]["mediaType"],
        "digest": resource["access"]["localReference"],
        "size": size,
        "annotations": {"software.ocm.artifact": compact(artifact).decode()},
        "platform": dict(sorted(resource["extraIdentity"].items())),
    }


def annotations(name, version):
    image = "org.opencontainers.image"
    description = (
        "This is an OCM OCI Artifact Manifest that contains the component descriptor"
        f" for the component {name}.\n"
        "It is used to store the component descriptor in an OCI registry and can be referrenced"
        " by the official OCM Binding Library."
    )
    title = f"OCM Component Descriptor OCI Artifact Manifest for {name} in version {version}"
    return {
        f"{image}.authors": CREATOR,
        f"{image}.description": description,
        f"{image}.documentation": "https://ocm.software",
        f"{image}.source": "https://github.com/open-component-model/open-component-model",
        f"{image}.title": title,
        f"{image}.url": "https://ocm.software",
        f"{image}.version": version,
        "software.ocm.componentversion": f"{name}:{version}",
        "software.ocm.creator": CREATOR,
    }


def signed(name, value):
    return {"name": name, "value": value, "signing": True}


def descriptor(name, version, labels, references=None, resources=None):
    component = {
        "name": name,
        "version": version,
        "provider": "acme.org",
        "labels": labels,
        "repositoryContexts": None,
        "resources": resources,
        "sources": None,
        "componentReferences": references,
    }
    return {"meta": {"schemaVersion": "v2"}, "component": component}


def resource(version, platform, hexadecimal):
    system, architecture = platform.split("/")
    return {
        "name": "binary",
        "version": version,
        "type": "ocmPlugin",
        "relation": "local",
        "extraIdentity": {"architecture": architecture, "os": system},
        "access": {
            "type": "LocalBlob/v1",
            "localReference": f"sha256:{hexadecimal}",
            "mediaType": OCTETS,
        },
        "digest": {
            "hashAlgorithm": "SHA-256",
            "normalisationAlgorithm": "genericBlobDigest/v1",
            "value": hexadecimal,
        },
    }


def component_digest(whole):
    """SHA-256 of the jsonNormalisation/v4alpha1 normal form; every label here is signed."""
    component = dict(whole["component"])
    del component["repositoryContexts"]
    component["provider"] = {"name": component["provider"]}
    for lists in ("resources", "sources", "componentReferences"):
        component[lists] = component[lists] or []
    component["resources"] = [
        {key: value for key, value in item.items() if key != "access"}
        for item in component["resources"]
    ]
    return digest(canonical({"component": component}))


def describe(number):
    kinds = ["Helm charts", "Git repositories", "Maven artefacts", "npm packages", "OCI images"]
    return f"Reads {kinds[number % len(kinds)]} of source {number} and adds them to a component"


def entry(name, version, number, value, capabilities=CAPABILITIES):
    """An entry of a registry, pinned and labelled."""
    return {
        "name": name,
        "version": version,
        "componentName": f"acme.org/plugins/{name}",
        "digest": {
            "hashAlgorithm": "SHA-256",
            "normalisationAlgorithm": "jsonNormalisation/v4alpha1",
            "value": value,
        },
        "labels": [
            signed(
                "ocm.software/pluginInfo",
                {"description": describe(number), "platforms": PLATFORMS},
            ),
            signed("plugyard/entry", {"schema": 1, "capabilities": capabilities}),
        ],
    }


def entries(count):
    """The entries of the registry to be listed: four versions of each plugin, sorted."""
    for number in range(count):
        name, version = f"plugin-{number // 4:05}", f"1.{number % 4 * 5}.0"
        yield entry(name, version, number, digest(f"{name}@{version}".encode()))


def registry(references, version=REGISTRY_VERSION):
    labels = [
        signed("category", "plugin-registry"),
        signed("description", "Plugins of Acme"),
    ]
    return descriptor(REGISTRY, version, labels, references=references)


def make_list(folder, count):
    """`ctf`: a registry with `count` entries. The plugins themselves are not needed for a list."""
    ctf = Ctf(folder / "ctf")
    ctf.add(registry(list(entries(count))))
    ctf.finish()


def make_versions(folder, count):
    """`ctf`: a registry with that many versions, each with ten entries."""
    ctf = Ctf(folder / "ctf")
    for number in range(count):
        ctf.add(registry(list(entries(10)), f"v1.{number}.0"))
    ctf.finish()


def plugin(number, version="1.0.0", capabilities=CAPABILITIES):
    """A small plugin: its descriptor and the contents of its programs."""
    name = f"plugin-{number:05}"
    blobs = [f"#!/bin/sh\n# {name} {version} {platform}\n".encode() for platform in PLATFORMS]
    resources = [
        resource(version, platform, digest(blob))
        for platform, blob in zip(PLATFORMS, blobs, strict=True)
    ]
    labels = [
        signed("category", "input"),
        signed("description", describe(number)),
        signed("plugyard/plugin", {"schema": 1, "capabilities": capabilities}),
    ]
    return descriptor(f"acme.org/plugins/{name}", version, labels, resources=resources), blobs


def make_publish(folder, count):
    """`ctf`: `count` plugins. `constructor.yaml`: a registry that pins them all.

    `wrong.yaml`: the same with one wrong pin. `changed.yaml`: the next version, with another
    version of one plugin. `expected.json`, `expected-changed.json`: the expected descriptors.
    """
    ctf = Ctf(folder / "ctf")
    references = []
    for number in range(count):
        whole, blobs = plugin(number)
        ctf.add(whole, blobs)
        name = whole["component"]["name"].rsplit("/", 1)[1]
        version = whole["component"]["version"]
        references.append(entry(name, version, number, component_digest(whole)))
    number = count // 2
    newer, blobs = plugin(number, "1.1.0")
    ctf.add(newer, blobs)
    ctf.finish()
    whole = registry(references)
    text = constructor(whole)
    (folder / "constructor.yaml").write_text(text)
    last = references[-1]["digest"]["value"]
    (folder / "wrong.yaml").write_text(text.replace(last, digest(last.encode())))
    (folder / "expected.json").write_bytes(canonical(whole))
    name = references[number]["name"]
    references[number] = entry(name, "1.1.0", number, component_digest(newer))
    changed = registry(references, CHANGED_VERSION)
    (folder / "changed.yaml").write_text(constructor(changed))
    (folder / "expected-changed.json").write_bytes(canonical(changed))


def own_plugin(number, version="1.0.0"):
    """A small plugin with a capability that no other plugin has."""
    return plugin(number, version, own_capabilities(number))


def own_capabilities(number):
    return [{"type": "inputRepository", "types": [f"demo-{number:05}/v1"]}]


def pinned(number, version="1.0.0"):
    """The entry of a small plugin with a capability that no other plugin has."""
    whole, _ = own_plugin(number, version)
    name = whole["component"]["name"].rsplit("/", 1)[1]
    return entry(name, version, number, component_digest(whole), own_capabilities(number))


def make_keep(folder, count):
    """`constructor.yaml`: a registry with `count` plugins. `changed.yaml`: its next version, with
    another version of one plugin. `sketch.yaml`: `constructor.yaml` before formatting, with
    the keys of each entry in another order and in the spelling of the original sketch.

    `ctf`: the registry, and the one plugin in its new version.
    """
    references = [pinned(number) for number in range(count)]
    ctf = Ctf(folder / "ctf")
    whole = registry(references)
    ctf.add(whole)
    number = count // 2
    ctf.add(*own_plugin(number, "1.1.0"))
    ctf.finish()
    (folder / "constructor.yaml").write_text(constructor(whole))
    (folder / "sketch.yaml").write_text(sketch(whole))
    references[number] = pinned(number, "1.1.0")
    (folder / "changed.yaml").write_text(constructor(registry(references, CHANGED_VERSION)))


def make_plugins(folder, count):
    """`ctf`: `count` plugins, without their programs. `constructor.yaml`: a registry of them all."""
    ctf = Ctf(folder / "ctf")
    for number in range(count):
        whole, blobs = own_plugin(number)
        ctf.add_described(whole, [len(blob) for blob in blobs])
    ctf.finish()
    references = [pinned(number) for number in range(count)]
    (folder / "constructor.yaml").write_text(constructor(registry(references)))


def sketch(whole):
    """A constructor as the original sketch spells it; `plugyard fmt` makes `constructor` of it."""
    text = constructor(whole).replace("\ncomponentReferences:\n", "\nreferences:\n")
    entry = r"  - (name: .*)\n    (version: .*)\n    componentName: (.*)\n"
    return re.sub(entry, r"  - component: \3\n    \2\n    \1\n", text)


def constructor(whole):
    """A constructor as `plugyard fmt` writes it, which the official CLI also accepts."""
    component = whole["component"]
    lines = [
        f"name: {component['name']}",
        f"version: {component['version']}",
        "provider:",
        f"  name: {component['provider']}",
        "labels:",
        *(line for label in component["labels"] for line in yaml_label(label)),
        "componentReferences:",
    ]
    for reference in component["componentReferences"]:
        lines += [
            f"  - name: {reference['name']}",
            f"    version: {reference['version']}",
            f"    componentName: {reference['componentName']}",
            "    digest:",
            *(f"      {key}: {value}" for key, value in reference["digest"].items()),
            "    labels:",
            *(f"    {line}" for label in reference["labels"] for line in yaml_label(label)),
        ]
    return "\n".join(lines) + "\n"


def yaml_label(label):
    """JSON is YAML: values are written as such."""
    value = json.dumps(label["value"])
    return [f"  - name: {label['name']}", f"    value: {value}", "    signing: true"]


def make_program(folder, size):
    """`program`: an ELF header for linux/amd64 and noise. With it:

    `capabilities.json` for Plugyard, `constructor.yaml` for the official CLI, and `digest`, the
    SHA-256 digest of the program.
    """
    piece = 1 << 20
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(40)
    hasher = hashlib.sha256()
    with open(folder / "program", "wb") as file:
        for start in range(0, size, piece):
            data = random.Random(start).randbytes(min(piece, size - start))
            if start == 0:
                data = header + data[len(header) :]
            file.write(data)
            hasher.update(data)
        os.fsync(file.fileno())
    (folder / "program").chmod(0o755)
    (folder / "digest").write_text(hasher.hexdigest())
    (folder / "capabilities.json").write_text(json.dumps(CAPABILITIES_DOCUMENT))
    labels = program_labels()
    item = {
        "name": "binary",
        "type": "ocmPlugin",
        "version": PROGRAM_VERSION,
        "relation": "local",
        "extraIdentity": {"architecture": "amd64", "os": "linux"},
        "input": {"type": "file", "path": "program", "mediaType": OCTETS},
    }
    document = {
        "name": PROGRAM_COMPONENT,
        "version": PROGRAM_VERSION,
        "provider": {"name": "acme.org"},
        "labels": labels,
        "resources": [item],
    }
    (folder / "constructor.yaml").write_text(json.dumps(document, indent=2))


def program_labels():
    return [
        signed("category", "input"),
        signed("plugyard/plugin", {"schema": 1, "capabilities": CAPABILITIES}),
    ]


def program_descriptor(hexadecimal):
    """The descriptor that publishing the program must produce."""
    item = resource(PROGRAM_VERSION, "linux/amd64", hexadecimal)
    return descriptor(PROGRAM_COMPONENT, PROGRAM_VERSION, program_labels(), resources=[item])


def link_program(path, program, hexadecimal, size):
    """Creates an archive with the program's component; the program is linked, not copied."""
    ctf = Ctf(path)
    os.link(program, path / "blobs" / blob_name(hexadecimal))
    ctf.add_described(program_descriptor(hexadecimal), [size])
    ctf.finish()


def made(work, kind, size):
    """Returns the folder of an input, and creates it unless this version of the generator already has.

    `kind` is one of those below; `size` is the number of entries, versions, or bytes.
    """
    folder = work / "inputs" / f"{kind}-{size}"
    stamp = folder / "made-by"
    this = digest(Path(__file__).read_bytes())
    if stamp.exists() and stamp.read_text() == this:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    makers = {
        "list": make_list,
        "versions": make_versions,
        "publish": make_publish,
        "program": make_program,
        "keep": make_keep,
        "plugins": make_plugins,
    }
    makers[kind](folder, size)
    stamp.write_text(this)
    return folder
