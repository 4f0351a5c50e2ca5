"""Rows about maintaining a registry: the gate, the scan for newer versions, and offline commands."""

import json
import re
import shutil
from pathlib import Path

import inputs
import servers
from local import expect_exit
from remote import counted, curl_gets, without
from rows import (
    Failure,
    Goal,
    Program,
    Row,
    WORK,
    as_many_requests,
    memory,
    milliseconds,
    requests,
    times,
    times_floor,
)
from servers import REPOSITORY, Place, tool

PLUGINS = 4_000
ROUND_TRIP = 50
CRANE_SAMPLE = 200
OCM_SAMPLE = 64
HALF = "plugyard, half"


def same_json(expected):
    def check(output):
        if json.loads(output) != expected:
            raise Failure(f"expected {json.dumps(expected)}, got {output[:2_000]}")

    return check


def nothing(output):
    if output:
        raise Failure(f"expected no output, got {output[:2_000]}")


# The gate.


class Gate:
    """A registry in docker-registry, and `check` of its next version."""

    def __init__(self, stack, count, binaries):
        self.folder = inputs.made(WORK, "keep", count)
        self.name = "plugyard" if count == 1_000 else f"plugyard, {count:,} entries"
        self.binaries = binaries
        root = servers.fresh(f"storage-{count}")
        self.server = servers.docker_registry(stack, root)
        if self.server:
            Place(self.server).push(self.folder / "ctf")
            self.log = servers.docker_registry(stack, root, logs=True)

    def argv(self, server, constructor):
        return [
            self.binaries.plugyard, "check", "-o", "json",
            "-r", Place(server).url, "-c", str(constructor),
        ]  # fmt: skip

    def program(self, server):
        argv = self.argv(server, self.folder / "changed.yaml")
        return Program(self.name, argv, same_json({"findings": []}))

    def refuses(self):
        """A wrong pin of the changed entry must be found."""
        text = (self.folder / "changed.yaml").read_text()
        before = (self.folder / "constructor.yaml").read_text()
        pins = set(re.findall(r"\b[0-9a-f]{64}\b", text))
        [pin] = pins - set(re.findall(r"\b[0-9a-f]{64}\b", before))
        wrong = Path("wrong.yaml")
        wrong.write_text(text.replace(pin, inputs.digest(pin.encode())))
        expect_exit(self.argv(self.server, wrong), 3, "a wrong pin")


def check_changed(stack, binaries):
    goals = [requests(10), as_many_requests(f"plugyard, {PLUGINS:,} entries"), milliseconds(5_000)]
    gates = [Gate(stack, count, binaries) for count in (1_000, PLUGINS)]
    if gates[0].server is None:
        return without("check-changed", 11, "docker-registry", goals)

    def also():
        for gate in gates:
            gate.refuses()

    return Row(
        "check-changed",
        11,
        [gate.program(gate.server) for gate in gates],
        goals,
        also=also,
        requests=lambda: {gate.name: counted(gate.program(gate.log), gate.log) for gate in gates},
        servers=[server for gate in gates for server in (gate.server, gate.log)],
        leaves=["wrong.yaml"],
    )


# The scan.


def of_ideal(limit, jobs):
    """Relative to one round trip per plugin, with that many requests in parallel."""
    ideal = PLUGINS * ROUND_TRIP / jobs
    return Goal(
        f"≤ {limit} × {PLUGINS:,} × {ROUND_TRIP} ms ÷ {jobs}",
        lambda results: results["plugyard"]["medianMs"] / ideal,
        "{:.2f} ×",
        limit,
    )


def component(number):
    return f"acme.org/plugins/plugin-{number:05}"


def scan_programs(place, jobs, folder, binaries):
    version = inputs.REGISTRY_VERSION
    ours = [
        binaries.plugyard, "update", "--dry-run", "-o", "json", "--jobs", str(jobs),
        "-r", place.url, "-c", str(folder / "constructor.yaml"),
    ]  # fmt: skip
    expected = {"from": version, "to": version, "class": "none", "changes": []}
    return [Program("plugyard", ours, same_json(expected))]


def loop(name, argv, references, check):
    """A program that is started once per plugin for some plugins, 32 at a time."""
    file = f"{name.split(',')[0]}.references"
    Path(file).write_text("\n".join(references) + "\n")
    script = 'file=$1; shift; xargs -P 32 -n 1 "$@" <"$file"'
    argv = ["/bin/sh", "-c", script, "sh", file, *argv]
    return Program(name, argv, check, slow=True)


def samples(place, binaries):
    """Other programs, for some of the plugins, and the names of absent ones."""
    made, absent = [], []

    def check_tags(output):
        if output.decode().split() != ["1.0.0"] * CRANE_SAMPLE:
            raise Failure("crane lists different tags")

    def check_components(output):
        if any(component(number).encode() not in output for number in range(OCM_SAMPLE)):
            raise Failure("the official CLI shows different components")

    name = f"crane, {CRANE_SAMPLE} of {PLUGINS:,}"
    if crane := tool("crane"):
        numbers = range(CRANE_SAMPLE)
        base = f"{place.host}/{REPOSITORY}/component-descriptors"
        references = [f"{base}/{component(number)}" for number in numbers]
        made.append(loop(name, [crane, "ls", "--insecure"], references, check_tags))
    else:
        absent.append(name)
    name = f"ocm, {OCM_SAMPLE} of {PLUGINS:,}"
    references = [f"{place.url}//{component(number)}" for number in range(OCM_SAMPLE)]
    for program in binaries.official_program(["get", "cv", "--latest"], check_components):
        made.append(loop(name, program.argv, references, program.check))
    return made, absent


def update_scan(stack, jobs, limit, binaries):
    folder = inputs.made(WORK, "plugins", PLUGINS)
    server = servers.far_registry(stack, binaries.floor, folder / "ctf", ROUND_TRIP)
    log = servers.far_registry(stack, binaries.floor, folder / "ctf", 0, logs=True)
    place = Place(server)
    made = scan_programs(place, jobs, folder, binaries)
    urls = []
    for number in range(PLUGINS):
        path = place.path(component(number), "tags/list")
        body = {"name": f"component-descriptors/{component(number)}", "tags": ["1.0.0"]}
        urls.append((f"http://{place.host}{path}", len(inputs.compact(body))))
    made += curl_gets(urls, jobs)
    absent = [] if tool("curl") else ["curl"]
    if jobs == 32:
        more, missing = samples(place, binaries)
        made += more
        absent += missing

    def count_requests():
        [program] = scan_programs(Place(log), jobs, folder, binaries)
        counts = {program.name: counted(program, log)}
        asked = re.findall(r'"GET (\S+?)(?:\?\S*)? HTTP/', log.log.read_text())
        missing = {place.path(component(number), "tags/list") for number in range(PLUGINS)}
        if missing := missing - set(asked):
            raise Failure(f"{len(missing)} plugins were not checked")
        if jobs == 32:
            counts |= {one.name: counted(one, log) for one in samples(Place(log), binaries)[0]}
        return counts

    return Row(
        f"update-scan-{jobs}",
        3,
        made,
        [of_ideal(limit, jobs), requests(PLUGINS), memory(48)],
        requests=count_requests,
        servers=[server, log],
        leaves=["curl.config", "crane.references", "ocm.references"],
        absent=absent,
    )


# Offline.


def diff(binaries):
    def program(name, count):
        folder = inputs.made(WORK, "keep", count)
        number = count // 2
        change = {
            "kind": "updated",
            "name": f"plugin-{number:05}",
            "component": component(number),
            "old": "1.0.0",
            "new": "1.1.0",
            "platformsGained": [],
            "platformsLost": [],
        }
        reason = f"`plugin-{number:05}` is updated from 1.0.0 to 1.1.0"
        title = f"Update plugin-{number:05} from 1.0.0 to 1.1.0"
        expected = {"class": "patch", "reasons": [reason], "title": title, "changes": [change]}
        files = [str(folder / "constructor.yaml"), str(folder / "changed.yaml")]
        argv = [binaries.plugyard, "diff", "-o", "json", *files]
        return Program(name, argv, same_json(expected))

    return Row(
        "diff-10000",
        9,
        [program("plugyard", 10_000), program(HALF, 5_000), parse("constructor.yaml", binaries)],
        [times_floor(5), times(2.3, HALF)],
    )


def format_constructor(binaries):
    def program(name, count):
        folder = inputs.made(WORK, "keep", count)
        expected = (folder / "constructor.yaml").read_bytes()

        def check(output):
            nothing(output)
            if Path("formatted.yaml").read_bytes() != expected:
                raise Failure("the file was formatted differently")

        argv = [binaries.plugyard, "fmt", "-c", "formatted.yaml"]
        return Program(
            name, argv, check, lambda: shutil.copyfile(folder / "sketch.yaml", "formatted.yaml")
        )

    formatted = "plugyard, formatted"
    folder = inputs.made(WORK, "keep", 10_000)
    command = [binaries.plugyard, "fmt", "--check", "-c"]

    def check_differs():
        expect_exit([*command, str(folder / "sketch.yaml")], 3, "a file that is not formatted")

    return Row(
        "fmt-10000",
        9,
        [
            program("plugyard", 10_000),
            Program(formatted, [*command, str(folder / "constructor.yaml")], nothing),
            program(HALF, 5_000),
            parse("sketch.yaml", binaries),
        ],
        [times_floor(5), times_floor(5, formatted), times(2.3, HALF)],
        also=check_differs,
        leaves=["formatted.yaml"],
    )


def parse(file, binaries):
    """The floor: the constructor read once, with the same parser."""
    path = inputs.made(WORK, "keep", 10_000) / file

    def check(output):
        if output != b"10000\n":
            raise Failure("the number of references differs")

    return Program("floor", [binaries.parse, str(path)], check)


def rows(binaries):
    """The rows by name; see `local.rows`."""
    return {
        "check-changed": lambda stack: check_changed(stack, binaries),
        "update-scan-32": lambda stack: update_scan(stack, 32, 1.15, binaries),
        "update-scan-64": lambda stack: update_scan(stack, 64, 1.2, binaries),
        "diff-10000": lambda _: diff(binaries),
        "fmt-10000": lambda _: format_constructor(binaries),
    }
