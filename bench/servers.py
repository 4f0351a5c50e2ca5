"""Starts and stops registries, and pushes archives to them. Servers listen on 127.0.0.1 only."""

import hashlib
import http.client
import json
import os
import queue
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from rows import WORK, Failure, environment

REPOSITORY = "bench"
PUSHERS = 8
START_SECONDS = 20
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
REGISTRY = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: {silent}}}}}
storage: {{filesystem: {{rootdirectory: {root}}}{cache}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error error;
events {{ worker_connections 64; }}
http {{
  access_log {log};
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  map_hash_bucket_size 512;
  {temporary}
  map $uri $digest {{ {digests} }}
  server {{
    listen 127.0.0.1:{port};
    root {root};
    add_header Docker-Content-Digest $digest;
    default_type application/octet-stream;
    location ~ /manifests/ {{ default_type {manifest}; }}
    location = /v2/ {{ return 200 '{{}}'; }}
  }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def tool(name):
    """The path of a program on the PATH or in the tests' tool directory, or None."""
    tools = os.environ.get("PLUGYARD_TOOLS") or os.path.expanduser("~/.cache/plugyard-tools")
    path = os.pathsep.join([os.environ.get("PATH", ""), f"{tools}/bin", "/usr/sbin"])
    return shutil.which(name, path=path)


class Server:
    """A server that runs until `stop`."""

    def __init__(self, name, port, argv, folder, variables):
        self.name = name
        self.port = port
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=environment() | variables,
            )
        end = time.monotonic() + START_SECONDS
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Failure(f"{name} did not start: {self.log.read_text(errors='replace')}")
            time.sleep(0.01)

    def _listens(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def cpu(self):
        """CPU seconds that it has used."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def requests(self):
        """The number of requests in its log."""
        return len(re.findall(r'"[A-Z]+ /v2/\S* HTTP/', self.log.read_text(errors="replace")))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def fresh(name):
    """An empty directory for a server."""
    folder = WORK / "servers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def started(stack, *arguments):
    server = Server(*arguments)
    stack.callback(server.stop)
    return server


def docker_registry(stack, root, logs=False, cache=True):
    """Debian's docker-registry with its storage in `root`; None if it is absent.

    With `logs` it is slower, and `requests` can be counted. Without `cache` it reads the disk for
    every request, so that its content may be removed while it runs.
    """
    program = tool("docker-registry")
    if program is None:
        return None
    port = free_port()
    folder = fresh(f"registry-{port}")
    stack.callback(shutil.rmtree, folder)
    text = REGISTRY.format(
        silent=str(not logs).lower(),
        root=root,
        port=port,
        cache=", cache: {blobdescriptor: inmemory}" if cache else "",
    )
    (folder / "registry.yml").write_text(text)
    argv = [program, "serve", "registry.yml"]
    return started(stack, "docker-registry", port, argv, folder, {})


def fast_registry(stack):
    """An empty registry that responds fast: ocimem, otherwise ferro; None if both are absent."""
    port = free_port()
    folder = fresh("fast")
    if program := tool("ocimem"):
        argv = [program, "-addr", f"127.0.0.1:{port}"]
        return started(stack, "ocimem", port, argv, folder, {})
    if program := tool("ferro-oci-server"):
        variables = {
            "FERRO_OCI_LISTEN": f"127.0.0.1:{port}",
            "FERRO_OCI_STORAGE_DIR": str(folder / "storage"),
            "RUST_LOG": "error",
        }
        return started(stack, "ferro", port, [program], folder, variables)
    return None


def far_registry(stack, floor, ctf, milliseconds, logs=False):
    """The content of an archive, with a delay for each response and new connection: `floor serve`."""
    port = free_port()
    folder = fresh(f"far-{port}")
    stack.callback(shutil.rmtree, folder)
    argv = [floor, "serve", str(ctf), f"127.0.0.1:{port}", REPOSITORY, str(milliseconds)]
    argv += ["log"] if logs else []
    return started(stack, "floor serve", port, argv, folder, {})


def nginx(stack, ctf, logs=False):
    """nginx, with the content of an archive as static files; None if it is absent."""
    program = tool("nginx")
    if program is None:
        return None
    port = free_port()
    folder = fresh(f"nginx-{port}")
    stack.callback(shutil.rmtree, folder)
    digests = []
    for artifact, manifest in artifacts(ctf):
        place = f"/v2/{REPOSITORY}/{artifact['repository']}"
        for kind, name, digest in [
            ("manifests", artifact["tag"], artifact["digest"]),
            ("manifests", artifact["digest"], artifact["digest"]),
            *(("blobs", digest, digest) for digest in blobs(manifest)),
        ]:
            path = folder / "files" / f"{place}/{kind}/{name}".lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                os.link(blob_path(ctf, digest), path)
            digests.append(f"{place}/{kind}/{name} {digest};")
    text = NGINX.format(
        folder=folder,
        root=folder / "files",
        port=port,
        log="/dev/stdout" if logs else "off",
        manifest=MANIFEST,
        digests="\n".join(digests),
        temporary="\n  ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY),
    )
    (folder / "nginx.conf").write_text(text)
    argv = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    return started(stack, "nginx", port, argv, folder, {})


# Archives.


def blob_path(ctf, digest):
    return ctf / "blobs" / digest.replace(":", ".")


def artifacts(ctf):
    """The artifacts of an archive, each with its manifest."""
    for artifact in json.loads((ctf / "artifact-index.json").read_bytes())["artifacts"]:
        yield artifact, json.loads(blob_path(ctf, artifact["digest"]).read_bytes())


def blobs(manifest):
    return dict.fromkeys(part["digest"] for part in [manifest["config"], *manifest["layers"]])


# A minimal client.


class Place:
    """A repository in a registry."""

    def __init__(self, server):
        self.server = server
        self.host = f"127.0.0.1:{server.port}"
        self.url = f"http://{self.host}/{REPOSITORY}"

    def path(self, component, kind):
        return f"/v2/{REPOSITORY}/component-descriptors/{component}/{kind}"

    def push(self, ctf):
        """Pushes a whole archive, several artifacts concurrently."""
        waiting = queue.SimpleQueue()
        for one in artifacts(ctf):
            waiting.put(one)
        failures = []

        def work():
            client = Client(self.host)
            while not failures:
                try:
                    artifact, manifest = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    client.push(ctf, artifact, manifest)
                except (OSError, http.client.HTTPException, Failure) as failure:
                    failures.append(failure)

        threads = [threading.Thread(target=work) for _ in range(PUSHERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise Failure(f"cannot push to {self.server.name}: {failures[0]}")

    def content(self, component, kind, name):
        """Content of the registry, verified if `name` is its digest; None if it does not exist."""
        path = f"{self.path(component, kind)}/{name}"
        status, data, _ = Client(self.host).send("GET", path, headers={"Accept": MANIFEST})
        if status == 404:
            return None
        if status != 200:
            raise Failure(f"GET {path}: {status}")
        actual = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if name.startswith("sha256:") and name != actual:
            raise Failure(f"{path} has different content")
        return data

    def remove(self, component, version):
        """Removes a component version if it exists."""
        data = self.content(component, "manifests", version)
        if data is None:
            return
        path = f"{self.path(component, 'manifests')}/sha256:{hashlib.sha256(data).hexdigest()}"
        status, _, _ = Client(self.host).send("DELETE", path)
        if status != 202 or self.content(component, "manifests", version) is not None:
            raise Failure(f"{self.server.name} did not remove {component}:{version}: {status}")

    def published(self, component, version, expected):
        """Checks that a component version exists with exactly that descriptor."""
        manifest = self.content(component, "manifests", version)
        if manifest is None:
            raise Failure(f"{component}:{version} was not published")
        layer = json.loads(manifest)["layers"][0]["digest"]
        if self.content(component, "blobs", layer) is None or layer != f"sha256:{expected}":
            raise Failure(f"the published descriptor is {layer}, expected sha256:{expected}")


class Client:
    def __init__(self, host):
        self.connection = http.client.HTTPConnection(host)

    def send(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body=body, headers=headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def push(self, ctf, artifact, manifest):
        place = f"/v2/{REPOSITORY}/{artifact['repository']}"
        for digest in blobs(manifest):
            status, _, headers = self.send("POST", f"{place}/blobs/uploads/")
            self._expect(status, 202)
            location = headers["Location"]
            if location.startswith("http://"):
                location = "/" + location.split("/", 3)[3]
            location += ("&" if "?" in location else "?") + f"digest={digest}"
            path = blob_path(ctf, digest)
            with open(path, "rb") as file:
                length = {"Content-Length": str(path.stat().st_size)}
                length["Content-Type"] = "application/octet-stream"
                status, _, _ = self.send("PUT", location, file, length)
            self._expect(status, 201)
        data = blob_path(ctf, artifact["digest"]).read_bytes()
        kind = {"Content-Type": artifact["mediaType"]}
        status, _, _ = self.send("PUT", f"{place}/manifests/{artifact['tag']}", data, kind)
        self._expect(status, 201)

    def _expect(self, status, expected):
        if status != expected:
            raise Failure(f"an upload returned {status}, expected {expected}")
