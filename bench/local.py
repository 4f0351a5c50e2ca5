"""Rows about archives on disk, and about program start-up."""

import json
import os
import shutil
from pathlib import Path

import inputs
import measure
from rows import (
    ERRORS,
    Failure,
    OUTPUT,
    Program,
    Row,
    WORK,
    binary,
    environment,
    faster,
    memory,
    milliseconds,
    times_floor,
)


def answers(needle):
    def check(output):
        if needle.encode() not in output:
            raise Failure(f"expected `{needle}` in the output")

    return check


def start(name, argument, official, binaries, needle):
    limits = [milliseconds(3), times_floor(3), memory(8)]
    if name == "version":
        limits.append(binary(12, binaries.plugyard))
    return Row(
        name,
        rounds=101,
        programs=[
            Program("plugyard", [binaries.plugyard, argument], answers(needle)),
            Program("floor", [binaries.floor, "version"], answers("floor ")),
            *binaries.official_program(official, answers("")),
        ],
        goals=limits,
    )


def listing(count, rounds, times, binaries):
    archive = f"./inputs/{inputs.made(WORK, 'list', count).name}/ctf"
    name = f"{archive}//{inputs.REGISTRY}:{inputs.REGISTRY_VERSION}"
    ours = ["list", "--all", "-o", "json", "--registry", name]
    official = ["plugin", "registry", "list", "-o", "json", "--registry", name]
    floor = ["list", archive, inputs.REGISTRY, inputs.REGISTRY_VERSION]
    return Row(
        f"list-{count}",
        rounds=rounds,
        programs=[
            Program("plugyard", [binaries.plugyard, *ours], check_rows(name, count)),
            Program("floor", [binaries.floor, *floor], check_rows(name, count)),
            *binaries.official_program(official, check_official_rows(name, count)),
        ],
        goals=[faster(times), memory(96)],
    )


def row(registry, entry):
    info = entry["labels"][0]["value"]
    return {
        "name": entry["name"],
        "version": entry["version"],
        "platforms": info["platforms"],
        "description": info["description"],
        "registry": registry,
        "component": entry["componentName"],
        "digest": "sha256:" + entry["digest"]["value"],
        "capabilities": inputs.CAPABILITIES,
        "yanked": None,
        "moving": False,
        "ambiguous": False,
    }


def check_rows(registry, count):
    def check(output):
        expected = [row(registry, entry) for entry in inputs.entries(count)]
        if json.loads(output) != expected:
            raise Failure("the rows differ from the entries of the registry")

    return check


def check_official_rows(registry, count):
    """The official list leaves `component` empty and sorts versions as text."""

    def check(output):
        shown = ["name", "version", "platforms", "description", "registry"]
        expected = []
        for entry in inputs.entries(count):
            ours = row(registry, entry)
            expected.append({key: ours[key] for key in shown} | {"component": ""})
        expected.sort(key=lambda one: (one["name"], one["version"]))
        if json.loads(output) != expected:
            raise Failure("the rows differ from the entries of the registry")

    return check


def publish(count, binaries):
    folder = inputs.made(WORK, "publish", count)
    constructor = f"inputs/{folder.name}/constructor.yaml"
    wrong = f"inputs/{folder.name}/wrong.yaml"
    expected = inputs.digest((folder / "expected.json").read_bytes())

    def prepare():
        remove("target")
        shutil.copytree(folder / "ctf", "target")
        os.sync()

    def check(_):
        published(inputs.REGISTRY, inputs.REGISTRY_VERSION, expected)

    def check_wrong():
        prepare()
        argv = [binaries.plugyard, "publish", "--first", "-r", "./target", "-c", wrong]
        expect_exit(argv, 1, "a wrong pin")

    ours = ["publish", "--first", "-r", "./target", "-c", constructor]
    return Row(
        f"publish-{count}",
        rounds=9,
        programs=[
            Program("plugyard", [binaries.plugyard, *ours], check, prepare),
            *binaries.official_program(
                ["add", "cv", "-r", "./target", "-c", constructor], check, prepare
            ),
        ],
        goals=[faster(20)],
        also=check_wrong,
        leaves=["target"],
    )


def plugin_publish(size, binaries):
    folder = inputs.made(WORK, "program", size)
    program = f"inputs/{folder.name}/program"
    hexadecimal = (folder / "digest").read_text()
    expected = inputs.digest(inputs.canonical(inputs.program_descriptor(hexadecimal)))

    def prepare():
        remove("target")
        os.sync()

    def check(_):
        published(inputs.PROGRAM_COMPONENT, inputs.PROGRAM_VERSION, expected)
        same_content(f"target/blobs/{inputs.blob_name(hexadecimal)}", hexadecimal)

    def check_copy(output):
        answers(hexadecimal)(output)
        same_content("target", hexadecimal)

    ours = [
        "plugin", "publish", "-r", "./target",
        "--name", inputs.PROGRAM_COMPONENT, "--version", inputs.PROGRAM_VERSION,
        "--capabilities", f"inputs/{folder.name}/capabilities.json",
        f"linux/amd64={program}",
    ]  # fmt: skip
    official = ["add", "cv", "-r", "./target", "-c", f"inputs/{folder.name}/constructor.yaml"]
    return Row(
        "plugin-publish",
        rounds=9,
        programs=[
            Program("plugyard", [binaries.plugyard, *ours], check, prepare),
            Program("floor", [binaries.floor, "copy", program, "target"], check_copy, prepare),
            *binaries.official_program(official, check, prepare),
        ],
        goals=[times_floor(1.1), memory(24)],
        leaves=["target"],
    )


def component_verify(size, binaries):
    folder = inputs.made(WORK, "program", size)
    hexadecimal = (folder / "digest").read_text()
    blob = f"verified/blobs/{inputs.blob_name(hexadecimal)}"
    whole = inputs.program_descriptor(hexadecimal)

    def prepare():
        """An archive as the official writer lays it out; the blob is linked, not copied."""
        if not os.path.exists(blob):
            remove("verified")
            inputs.link_program(Path("verified"), folder / "program", hexadecimal, size)

    reference = f"./verified//{inputs.PROGRAM_COMPONENT}:{inputs.PROGRAM_VERSION}"
    argv = [binaries.plugyard, "component", "verify", "-o", "json", reference]

    def check(output):
        found = json.loads(output)
        digest = f"sha256:{inputs.component_digest(whole)}"
        if (found["blobs"], found["findings"], found["componentDigest"]) != (1, [], digest):
            raise Failure("the verification has a different result")

    def check_changed():
        """One changed byte must be found, which shows that all bytes are read."""
        remove(blob)
        shutil.copyfile(folder / "program", blob)
        with open(blob, "r+b") as file:
            file.seek(size * 2 // 3)
            byte = file.read(1)[0]
            file.seek(size * 2 // 3)
            file.write(bytes([byte ^ 1]))
        expect_exit(argv, 3, "a changed byte")
        remove("verified")
        prepare()

    return Row(
        "component-verify",
        rounds=9,
        programs=[
            Program("plugyard", argv, check, prepare),
            Program("floor", [binaries.floor, "hash", blob], answers(hexadecimal), prepare),
        ],
        goals=[times_floor(1.1), memory(24)],
        also=check_changed,
        leaves=["verified"],
    )


def published(component, version, expected):
    """Checks that `target` has a component version with exactly that descriptor."""
    index = json.loads(Path("target/artifact-index.json").read_bytes())
    wanted = {"repository": f"component-descriptors/{component}", "tag": version}
    found = [one for one in index["artifacts"] if wanted.items() <= one.items()]
    if len(found) != 1:
        raise Failure(f"{component}:{version} was published {len(found)} times, expected once")
    manifest = json.loads(blob(found[0]["digest"]))
    layer = manifest["layers"][0]["digest"]
    blob(layer)
    if layer != f"sha256:{expected}":
        raise Failure(f"the published descriptor is {layer}, expected sha256:{expected}")


def blob(digest):
    data = Path("target/blobs", digest.replace(":", ".")).read_bytes()
    if f"sha256:{inputs.digest(data)}" != digest:
        raise Failure(f"{digest} has different content")
    return data


def same_content(path, hexadecimal):
    with open(path, "rb") as file:
        if inputs.file_digest(file) != hexadecimal:
            raise Failure(f"the content of {path} differs from the program")


def expect_exit(argv, expected, what):
    status, _ = measure.memory(argv, environment(), OUTPUT, ERRORS)
    if status != expected:
        raise Failure(f"{what} exited with {status}, expected {expected}")


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def rows(binaries, size):
    """The rows by name; each is created on demand, with its inputs. `size` is the size of the
    large program in bytes."""
    return {
        "version": lambda _: start("version", "--version", ["version"], binaries, "plugyard "),
        "help": lambda _: start("help", "--help", ["--help"], binaries, "Usage:"),
        "list-10": lambda _: listing(10, 51, 12, binaries),
        "list-1000": lambda _: listing(1_000, 21, 20, binaries),
        "list-40000": lambda _: listing(40_000, 9, 20, binaries),
        "publish-1000": lambda _: publish(1_000, binaries),
        "plugin-publish": lambda _: plugin_publish(size, binaries),
        "component-verify": lambda _: component_verify(size, binaries),
    }
