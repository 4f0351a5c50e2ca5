"""Many small plugins, brought into the OCI registry without its login: they are there before the story begins."""
import http.client
import json
import subprocess
import sys

from yard import ROOT, free_port


def published(yard, count):
    folder = yard.root / "thousand"
    made = "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import inputs; inputs.make_publish(pathlib.Path(sys.argv[2]), int(sys.argv[3]))"
    subprocess.run([sys.executable, "-c", made, str(ROOT / "bench"), str(folder), str(count)], check=True)
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

    blobs = folder / "ctf/blobs"
    for artifact in json.loads((folder / "ctf/artifact-index.json").read_text())["artifacts"]:
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
