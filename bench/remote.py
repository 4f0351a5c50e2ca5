"""Rows about OCI registries, which are started before each row and stopped after it."""

import itertools
import os
import shlex
import shutil
from pathlib import Path

import inputs
import measure
import servers
from local import check_official_rows, check_rows, expect_exit, remove, same_content
from rows import (
    ERRORS,
    OUTPUT,
    WORK,
    Failure,
    Program,
    Row,
    beyond_floor,
    environment,
    faster,
    memory,
    requests,
    times,
    times_cpu,
    times_floor,
)
from servers import REPOSITORY, Place, tool

VERSIONS = 50
PARALLEL = 16
CACHE = "cache"


def without(name, rounds, missing, goals):
    """A row that cannot be measured because its server is absent."""
    return Row(name, rounds, [], goals, absent=[missing])


def counted(program, server):
    """The number of a program's requests in the log of a server."""
    program.prepare()
    before = server.requests()
    status, _ = measure.memory(program.argv, program.environment(), OUTPUT, ERRORS)
    if status != 0:
        raise Failure(f"{program.name} exited with {status}: {Path(ERRORS).read_text()}")
    return server.requests() - before


# Lists.


def list_programs(place, version, rows_of, binaries):
    """The programs of a list; `version` may be `latest`. `rows_of` is the number of entries."""
    named = f"//{inputs.REGISTRY}:{version}" if version != "latest" else f"//{inputs.REGISTRY}"
    reference = place.url + named
    shown = named if version != "latest" else f"{named}:v1.{VERSIONS - 1}.0"
    check = check_rows(place.url + shown, rows_of)
    ours = [binaries.plugyard, "list", "--all", "-o", "json", "--registry", reference]
    floor = ["list-http", place.host, REPOSITORY, inputs.REGISTRY, version]
    return [
        Program("plugyard", ours, check),
        Program("plugyard, warm", ours, check, variables={"PLUGYARD_CACHE": CACHE}),
        Program("floor", [binaries.floor, *floor], check),
        *binaries.official_program(
            ["plugin", "registry", "list", "-o", "json", "--registry", reference],
            check_official_rows(place.url + shown, rows_of),
        ),
    ]


def listing(stack, name, count, rounds, goals, binaries, start, version):
    """A list from a registry; `start` starts it, with or without a log."""
    remove(CACHE)
    server, log = start(stack, False), start(stack, True)
    if server is None:
        return without(name, rounds, "its server", goals)
    made = list_programs(Place(server), version, count, binaries)
    logged = list_programs(Place(log), version, count, binaries)
    return Row(
        name,
        rounds,
        made,
        goals,
        requests=lambda: {one.name: counted(one, log) for one in logged},
        servers=[server, log],
        leaves=[CACHE],
    )


def on_docker(ctf):
    """Returns a function that starts docker-registry with the content of an archive."""
    root = servers.fresh("storage")
    pushed = []

    def start(stack, logs):
        server = servers.docker_registry(stack, root, logs)
        if server and not pushed:
            Place(server).push(ctf)
            pushed.append(True)
        return server

    return start


def registry_list(stack, count, rounds, goals, binaries):
    ctf = inputs.made(WORK, "list", count) / "ctf"
    goals = [*goals, requests(2), memory(64)]
    name = f"registry-list-{count}"
    start = on_docker(ctf)
    version = inputs.REGISTRY_VERSION
    return listing(stack, name, count, rounds, goals, binaries, start, version)


def nginx_list(stack, count, rounds, goals, binaries):
    ctf = inputs.made(WORK, "list", count) / "ctf"
    goals = [*goals, requests(2)]
    name = f"nginx-list-{count}"

    def start(stack, logs):
        return servers.nginx(stack, ctf, logs)

    version = inputs.REGISTRY_VERSION
    return listing(stack, name, count, rounds, goals, binaries, start, version)


def list_latest(stack, rounds, binaries):
    ctf = inputs.made(WORK, "versions", VERSIONS) / "ctf"
    goals = [faster(12), requests(3)]
    start = on_docker(ctf)
    return listing(stack, "registry-list-latest", 10, rounds, goals, binaries, start, "latest")


# Publishing a registry.


def publish_programs(place, folder, changed, binaries):
    """The programs that publish a registry; with `changed`, its next version, in which one entry
    differs. The first run is not timed and fills the cache."""
    constructor = f"inputs/{folder.name}/constructor.yaml"
    first = [binaries.plugyard, "publish", "--first", "-r", place.url, "-c", constructor]
    file, version, expected = constructor, inputs.REGISTRY_VERSION, "expected.json"
    ours = first
    cache = f"{CACHE}/{place.server.port}"
    variables = {"PLUGYARD_CACHE": cache}
    fresh = itertools.count()
    if changed:
        place.remove(inputs.REGISTRY, version)
        run_untimed(first, variables)
        filled = files(cache)
        file, version = f"inputs/{folder.name}/changed.yaml", inputs.CHANGED_VERSION
        expected = "expected-changed.json"
        ours = [binaries.plugyard, "publish", "-r", place.url, "-c", file]

    def prepare():
        place.remove(inputs.REGISTRY, version)
        if changed:
            for path in files(cache) - filled:
                os.remove(path)
        else:
            # Not emptied: some file systems create files slowly where many were just removed.
            variables["PLUGYARD_CACHE"] = f"{cache}-{next(fresh)}"

    def check(_):
        digest = inputs.digest((folder / expected).read_bytes())
        place.published(inputs.REGISTRY, version, digest)

    return [
        Program("plugyard", ours, check, prepare, variables),
        *binaries.official_program(["add", "cv", "-r", place.url, "-c", file], check, prepare),
    ]


def run_untimed(argv, variables):
    status, _ = measure.memory(argv, environment() | variables, OUTPUT, ERRORS)
    if status != 0:
        raise Failure(f"{shlex.join(argv)} exited with {status}: {Path(ERRORS).read_text()}")


def files(folder):
    return {path for path in Path(folder).rglob("*") if path.is_file()}


def all_gets(place, ctf, count):
    """curl, with the requests that publishing needs: manifest and descriptor of each plugin."""
    urls = []
    for artifact, manifest in servers.artifacts(ctf):
        if artifact["tag"] != "1.0.0":
            continue
        layer = manifest["layers"][0]
        base = f"http://{place.host}/v2/{REPOSITORY}/{artifact['repository']}"
        size = servers.blob_path(ctf, artifact["digest"]).stat().st_size
        urls.append((f"{base}/manifests/{artifact['tag']}", size))
        urls.append((f"{base}/blobs/{layer['digest']}", layer["size"]))
    if len(urls) != 2 * count:
        raise Failure("the archive has different plugins")
    return curl_gets(urls, PARALLEL)


def curl_gets(urls, parallel):
    """curl, with parallel GETs of URLs; each has the length of its response."""
    curl = tool("curl")
    if curl is None:
        return []
    lines, expected = [], []
    for url, length in urls:
        lines += [f'url = "{url}"', 'output = "/dev/null"']
        expected.append(f"200 {length}")
    Path("curl.config").write_text("\n".join(lines) + "\n")

    def check(output):
        if sorted(output.decode().split("\n")[:-1]) != sorted(expected):
            raise Failure("curl got different responses")

    argv = [curl, "-sS", "-Z", "--parallel-max", str(parallel), "-K", "curl.config"]
    argv += ["-H", f"Accept: {servers.MANIFEST}", "-w", "%{http_code} %{size_download}\\n"]
    return [Program("curl", argv, check)]


def publish(stack, name, count, rounds, goals, binaries, start, changed):
    """`publish` of a registry to a server that `start` starts, with a log if supported."""
    server = start(stack, False)
    if server is None:
        return without(name, rounds, "its server", goals)
    remove(CACHE)
    folder = inputs.made(WORK, "publish", count)
    place = Place(server)
    place.push(folder / "ctf")
    log = start(stack, True)
    # The timed programs run last: what was published before must be removed by then.
    logged = publish_programs(Place(log), folder, changed, binaries) if log else []
    made = publish_programs(place, folder, changed, binaries)
    if not changed:
        made += all_gets(place, folder / "ctf", count)

    def check_wrong():
        place.remove(inputs.REGISTRY, inputs.REGISTRY_VERSION)
        wrong = f"inputs/{folder.name}/wrong.yaml"
        argv = [binaries.plugyard, "publish", "--first", "-r", place.url, "-c", wrong]
        expect_exit(argv, 1, "a wrong pin")

    def count_requests():
        # A server with a log on the same storage: what is published there also appears here.
        return {one.name: counted(one, log) for one in logged}

    return Row(
        name,
        rounds,
        made,
        goals,
        also=(lambda: None) if changed else check_wrong,
        requests=count_requests,
        servers=[server, *([log] if log else [])],
        leaves=["curl.config", CACHE],
    )


def docker_publish(stack, name, count, goals, binaries, changed):
    root = servers.fresh("storage")

    def start(stack, logs):
        # A removal through one server must be visible to the other.
        return servers.docker_registry(stack, root, logs, cache=not logs)

    return publish(stack, name, count, 5, goals, binaries, start, changed)


def fast_publish(stack, name, count, goals, binaries, changed):
    def start(stack, logs):
        return None if logs else servers.fast_registry(stack)

    return publish(stack, name, count, 9, goals, binaries, start, changed)


# Large content.


def fetch(stack, size, binaries):
    """Content of a registry to a file, verified and flushed to disk."""
    goals = [times(0.85, "curl"), times_cpu(1.4, "curl"), memory(24)]
    folder = inputs.made(WORK, "program", size)
    hexadecimal = (folder / "digest").read_text()
    server = servers.docker_registry(stack, servers.fresh("storage"))
    if server is None:
        return without("registry-fetch", 9, "docker-registry", goals)
    ctf = servers.fresh("ctf")
    shutil.rmtree(ctf)
    inputs.link_program(ctf, folder / "program", hexadecimal, size)
    place = Place(server)
    place.push(ctf)
    digest = f"sha256:{hexadecimal}"
    repository = f"{REPOSITORY}/component-descriptors/{inputs.PROGRAM_COMPONENT}"
    path = f"/v2/{repository}/blobs/{digest}"
    url, reference = f"http://{place.host}{path}", f"{place.host}/{repository}@{digest}"

    def prepare():
        remove("target")
        os.sync()

    def check(_):
        same_content("target", hexadecimal)

    ours = [f"http://{place.host}", repository, digest, str(size), "target"]
    made = [
        Program("plugyard", [binaries.save, *ours], check, prepare),
        Program("floor", [binaries.floor, "fetch", place.host, path, digest, "target"], check, prepare),
    ]
    absent = []
    for name, script, arguments in [
        ("curl", '"$0" -sS -f -o target "$1" && sync target', [url]),
        ("oras", '"$0" blob fetch --plain-http --no-tty -o target "$1" && sync target', [reference]),
        ("crane", '"$0" blob --insecure "$1" >target && sync target', [reference]),
    ]:
        if program := tool(name):
            argv = ["/bin/sh", "-c", script, program, *arguments]
            made.append(Program(name, argv, check, prepare))
        else:
            absent.append(name)
    component = f"{place.url}//{inputs.PROGRAM_COMPONENT}:{inputs.PROGRAM_VERSION}"
    official = ["download", "resource", component, "--identity", "name=binary,os=linux,architecture=amd64"]
    official += ["--extraction-policy", "disable", "--output", "target"]
    for program in binaries.official_program(official, check, prepare):
        script = '"$0" "$@" && sync target'
        argv = ["/bin/sh", "-c", script, *program.argv]
        made.append(Program(program.name, argv, check, prepare))
    return Row(
        "registry-fetch", 9, made, goals, servers=[server], absent=absent, leaves=["target"]
    )


UPLOAD = """\
set -e
digest=$(openssl dgst -sha256 -r "$1" | cut -d' ' -f1)
location=$("$0" -sS -f -o /dev/null -w '%header{location}' -X POST "$2")
"$0" -sS -f -T "$1" -H 'Content-Type: application/octet-stream' "$location&digest=sha256:$digest"
"""


def plugin_publish(stack, size, binaries):
    """A large plugin to a registry that does not have it yet."""
    goals = [times(1.2, "curl"), memory(24)]
    root = servers.fresh("storage")
    server = servers.docker_registry(stack, root, cache=False)
    if server is None:
        return without("registry-plugin-publish", 9, "docker-registry", goals)
    folder = inputs.made(WORK, "program", size)
    program = f"inputs/{folder.name}/program"
    hexadecimal = (folder / "digest").read_text()
    expected = inputs.digest(inputs.canonical(inputs.program_descriptor(hexadecimal)))
    place = Place(server)

    def prepare():
        remove(root / "docker")
        os.sync()

    def stored(_):
        blobs = root / "docker/registry/v2/blobs/sha256"
        same_content(blobs / hexadecimal[:2] / hexadecimal / "data", hexadecimal)

    def check(output):
        place.published(inputs.PROGRAM_COMPONENT, inputs.PROGRAM_VERSION, expected)
        stored(output)

    ours = [
        "plugin", "publish", "-r", place.url,
        "--name", inputs.PROGRAM_COMPONENT, "--version", inputs.PROGRAM_VERSION,
        "--capabilities", f"inputs/{folder.name}/capabilities.json",
        f"linux/amd64={program}",
    ]  # fmt: skip
    made = [Program("plugyard", [binaries.plugyard, *ours], check, prepare)]
    absent = []
    uploads = f"http://{place.host}{place.path(inputs.PROGRAM_COMPONENT, 'blobs/uploads/')}"
    target = f"{place.host}/{REPOSITORY}/large:{inputs.PROGRAM_VERSION}"
    curl, oras = tool("curl"), tool("oras")
    if curl and tool("openssl"):
        argv = ["/bin/sh", "-c", UPLOAD, curl, program, uploads]
        made.append(Program("curl", argv, stored, prepare))
    else:
        absent.append("curl")
    if oras:
        argv = [oras, "push", "--plain-http", "--no-tty", target, program]
        made.append(Program("oras", argv, stored, prepare))
    else:
        absent.append("oras")
    official = ["add", "cv", "-r", place.url, "-c", f"inputs/{folder.name}/constructor.yaml"]
    made += binaries.official_program(official, check, prepare)
    return Row("registry-plugin-publish", 9, made, goals, servers=[server], absent=absent)


def rows(binaries, size):
    """The rows by name; see `local.rows`."""
    near = [beyond_floor(3)]

    def of_list(make, count, rounds, goals):
        return lambda stack: make(stack, count, rounds, goals, binaries)

    def of_publish(make, name, goals, changed=False):
        return lambda stack: make(stack, name, 1_000, goals, binaries, changed)

    against_curl = times(1.2, "curl")
    return {
        "registry-list-10": of_list(registry_list, 10, 51, [faster(6), *near]),
        "registry-list-1000": of_list(registry_list, 1_000, 21, [faster(12), *near]),
        "registry-list-40000": of_list(
            registry_list, 40_000, 9, [faster(18), times_floor(1.25)]
        ),
        "nginx-list-10": of_list(nginx_list, 10, 51, [faster(9)]),
        "nginx-list-1000": of_list(nginx_list, 1_000, 21, [faster(15)]),
        "nginx-list-40000": of_list(nginx_list, 40_000, 9, [faster(18)]),
        "registry-list-latest": lambda stack: list_latest(stack, 21, binaries),
        "fast-publish-1000": of_publish(fast_publish, "fast-publish-1000", [faster(10)]),
        "fast-publish-changed": of_publish(
            fast_publish, "fast-publish-changed", [faster(15)], changed=True
        ),
        "registry-publish-1000": of_publish(
            docker_publish, "registry-publish-1000", [against_curl, requests(2_010)]
        ),
        "registry-publish-changed": of_publish(
            docker_publish, "registry-publish-changed", [faster(5), requests(1_012)], changed=True
        ),
        "registry-fetch": lambda stack: fetch(stack, size, binaries),
        "registry-plugin-publish": lambda stack: plugin_publish(stack, size, binaries),
    }
