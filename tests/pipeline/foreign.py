"""Component versions that were stored in the OCI registry by other means, before a chapter begins."""
import http.client
import json
import sys

from yard import COMPONENT, ROOT, free_port

sys.path.insert(0, str(ROOT / "bench"))
import inputs  # noqa: E402


def thousand(yard, count):
    """Publishes many small plugins; returns the text of the references to all of them."""
    folder = yard.root / "thousand"
    folder.mkdir()
    inputs.make_publish(folder, count)
    push(yard, folder / "ctf")
    entries = (folder / "constructor.yaml").read_text()
    return entries[entries.index("componentReferences:"):]


def registry(yard, version, plugins):
    """Publishes a registry of `(name, component, version)` like the official CLI does from bare references: pinned, without labels."""
    references = []
    for name, component, its_version in plugins:
        plugin = json.loads(yard.plugyard("component", "get", f"{yard.repository}//{component}:{its_version}", "-o", "raw"))
        pin = {"hashAlgorithm": "SHA-256", "normalisationAlgorithm": "jsonNormalisation/v4alpha1", "value": inputs.component_digest(plugin)}
        references.append({"name": name, "version": its_version, "componentName": component, "digest": pin})
    archive = inputs.Ctf(yard.root / "foreign")
    archive.add(inputs.descriptor(COMPONENT, version, None, references=references))
    archive.finish()
    push(yard, archive.path)


def push(yard, archive):
    """Pushes a whole archive through a second server on the same storage, which requires no credentials."""
    port = free_port()
    open_to_all = yard.root / "open.yml"
    kept = yard.registry_configuration.read_text().splitlines()
    open_to_all.write_text("\n".join(line for line in kept if not line.startswith("auth")).replace(str(yard.registry_port), str(port)))
    server = yard.start("open", port, "docker-registry", "serve", open_to_all)
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(method, path, body=None, kind="application/octet-stream", fine=(200, 201, 202)):
        connection.request(method, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in fine, (method, path, answer.status)
        return answer

    blobs = archive / "blobs"
    for artifact in json.loads((archive / "artifact-index.json").read_text())["artifacts"]:
        place = f"/v2/acme/plugins/{artifact['repository']}"
        text = (blobs / artifact["digest"].replace(":", ".")).read_bytes()
        manifest = json.loads(text)
        for blob in [manifest["config"], *manifest["layers"]]:
            location = ask("POST", f"{place}/blobs/uploads/").headers["location"]
            location = location[location.index("/v2/"):]
            ask("PUT", f"{location}&digest={blob['digest']}", (blobs / blob["digest"].replace(":", ".")).read_bytes())
        ask("PUT", f"{place}/manifests/{artifact['tag']}", text, manifest["mediaType"])
    connection.close()
    server.terminate()
    server.wait()
