"""The chapters of the pipeline test. Each starts from scratch with its own servers and folders."""
import concurrent.futures
import hashlib
import pathlib
import re

import documents
import foreign
from yard import AUTHORS, COMPONENT, CONSTRUCTOR, KEEPERS, PLUGIN

CHAPTERS = []


def chapter(function):
    CHAPTERS.append((function.__name__, function))
    return function


def also_imported(function):
    """A chapter that also runs with an imported registry."""
    def of_others(yard):
        yard.imported = True
        function(yard)

    CHAPTERS.append((f"{function.__name__}_of_others", of_others))
    return function


MEASUREMENTS = {"a_thousand_entries_take_seconds"}


def all_of(names):
    """The named chapters, or all except measurements."""
    return [one for one in CHAPTERS if (one[0] in names if names else one[0] not in MEASUREMENTS)]


def has(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in:\n{text}"


def fine(run):
    assert run.code == 0, run.log
    return run


def red(run, *parts):
    assert run.code != 0, run.log
    has(run.summary, "**What to do:**", *parts)
    return run


def one_pull(yard, branch):
    pulls = yard.pulls()
    assert [pull["head"]["ref"] for pull in pulls] == [branch], pulls
    return pulls[0]


def register(yard, version="0.1.0"):
    """A registry with one plugin."""
    if yard.imported:
        return take_over(yard, version)
    yard.begin()
    yard.release(version)
    fine(yard.update("gitinput", version, PLUGIN))
    accept(yard, "plugyard/gitinput")


def take_over(yard, version):
    """The same, but published with another tool, then imported into a repository."""
    yard.release(version)
    foreign.registry(yard, "v0.2.0", [("gitinput", PLUGIN, version)])
    folder = yard.root / "taken-over"
    yard.plugyard("init", str(folder), "--from", f"{yard.repository}//{COMPONENT}")
    push_first(yard, folder, "Take the registry over")
    has(fine(yard.publish()).log, "v0.2.1")
    assert yard.listed("--all") == [f"gitinput@{version}"]
    assert "Packs a git tree" in yard.published("v0.2.1") and "Packs a git tree" not in yard.published("v0.2.0")


def push_first(yard, folder, message):
    """Pushes a folder as the first commit of the registry repository."""
    for path in (".github/workflows/registry-check.yml", ".gitattributes", "README.md"):
        assert (folder / path).is_file(), path
    yard.plugyard("fmt", "--check", folder=folder)
    yard.git(folder, "init", "-q", "-b", "main")
    yard.git(folder, "add", "-A")
    yard.git(folder, "commit", "-q", "-m", message)
    yard.git(folder, "push", "-q", str(yard.remotes / f"{KEEPERS}.git"), "main")


def accept(yard, branch):
    """The gate passes, a person merges, and the merge publishes."""
    pull = one_pull(yard, branch)
    fine(yard.check(pull))
    yard.merge(pull)
    fine(yard.publish())
    return pull


RELEASE = """\
name: release
on: workflow_dispatch
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: |
          mkdir out
          cp "$PLUGIN_PROGRAM" out/gitinput
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: plugin
          path: out/*
  release:
    needs: build
    permissions:
      packages: write
    uses: open-component-model/plugyard/.github/workflows/plugin-release.yml@COMMIT
    with:
      component: acme.org/plugins/gitinput
      version: 0.1.0
      repository: http://HOST/acme/plugins
      host: HOST
      username: publisher
      description: Packs a git tree
      programs: |
        linux/amd64=gitinput
      registry: acme/plugin-registry
    secrets:
      OCI_PASSWORD: ${{ secrets.OCI_PASSWORD }}
      REGISTRY_DISPATCH_TOKEN: ${{ secrets.REGISTRY_DISPATCH_TOKEN }}
"""


def author(yard):
    """The repository of a plugin, with the workflow from the documentation."""
    folder = yard.root / "author"
    (folder / ".github/workflows").mkdir(parents=True)
    text = RELEASE.replace("COMMIT", "0" * 40).replace("HOST", yard.host).replace('"$PLUGIN_PROGRAM"', yard.plugin)
    (folder / ".github/workflows/release.yml").write_text(text)
    yard.git(folder, "init", "-q", "-b", "main")
    yard.git(folder, "add", "-A")
    yard.git(folder, "commit", "-q", "-m", "Begin the plugin")
    yard.git(folder, "push", "-q", str(yard.remotes / f"{AUTHORS}.git"), "main")


@chapter
def a_release_is_announced_proposed_checked_merged_and_listed(yard):
    yard.begin()
    assert yard.listed() == []
    author(yard)
    run = fine(yard.act("release", "workflow_dispatch", name=AUTHORS, secrets={"REGISTRY_DISPATCH_TOKEN": "writer"}))
    has(run.summary, f"Published <code>{yard.repository}//{PLUGIN}:0.1.0@sha256:", "Notified acme/plugin-registry of the release.")
    [event] = yard.dispatches()
    assert event == {
        "repository": KEEPERS, "action": "plugin-published",
        "client_payload": {"plugin_name": "gitinput", "plugin_version": "0.1.0", "plugin_component": PLUGIN},
    }, event

    run = fine(yard.dispatched(event["client_payload"]))
    pull = one_pull(yard, "plugyard/gitinput")
    assert pull["title"] == "Add gitinput 0.1.0", pull
    assert pull["base"]["ref"] == "main"
    has(pull["body"], "gitinput", "0.1.0", "linux/amd64", PLUGIN, "v0.1.0", "v0.2.0")
    has(run.summary, "Opened https://github.localhost/acme/plugin-registry/pull/1: Add gitinput 0.1.0", "REGISTRY_TOKEN")
    text = yard.text("plugyard/gitinput")
    has(text, "version: v0.2.0", "componentName: acme.org/plugins/gitinput", "Packs a git tree")
    assert yard.text("main") != text
    message = yard.git(yard.remotes / f"{KEEPERS}.git", "log", "-1", "--format=%an%n%B", "plugyard/gitinput")
    has(message, "github-actions[bot]\nAdd gitinput 0.1.0", "Signed-off-by: github-actions[bot]")

    run = fine(yard.check(pull))
    has(run.summary, "gitinput", "v0.2.0")
    assert not [one for one in run.annotations if one["command"] == "error"], run.annotations
    assert yard.listed() == []
    yard.merge(pull)
    run = fine(yard.publish())
    has(run.summary, f"{yard.repository}//{COMPONENT}:v0.2.0@sha256:")
    assert yard.listed() == ["gitinput@0.1.0"]
    yard.plugyard("component", "verify", f"{yard.repository}//{COMPONENT}")
    official = yard.officially_listed()
    assert official in (None, ["gitinput@0.1.0"]), official
    # Once more: nothing to propose, nothing to publish.
    run = fine(yard.dispatched(event["client_payload"]))
    has(run.summary, "There is nothing to propose")
    assert yard.pulls() == []
    has(fine(yard.publish()).log, "unchanged")


@chapter
@also_imported
def the_schedule_finds_a_second_release(yard):
    register(yard)
    yard.release("0.2.0")
    run = fine(yard.act("registry-update", "schedule", secrets={"REGISTRY_TOKEN": "writer"}))
    pull = one_pull(yard, "plugyard/update")
    assert pull["title"] == "Update gitinput from 0.1.0 to 0.2.0" or pull["title"] == "Add gitinput 0.2.0", pull
    has(pull["body"], "0.1.0", "0.2.0")
    assert "REGISTRY_TOKEN" not in run.summary
    accept(yard, "plugyard/update")
    assert "gitinput@0.2.0" in yard.listed()
    run = fine(yard.act("registry-update", "schedule"))
    has(run.summary, "There is nothing to propose: the registry is up to date.")


@chapter
@also_imported
def one_pull_request_includes_all_new_versions_and_is_refreshed(yard):
    register(yard)
    for name in ("alpha", "beta"):
        yard.release("1.0.0", f"acme.org/plugins/{name}")
        fine(yard.update(name, "1.0.0", f"acme.org/plugins/{name}"))
        accept(yard, f"plugyard/{name}")
    yard.release("1.1.0", "acme.org/plugins/alpha")
    yard.release("0.2.0")
    fine(yard.update())
    pull = one_pull(yard, "plugyard/update")
    has(pull["title"], "2 plugins", "alpha", "gitinput")
    has(pull["body"], "alpha", "1.1.0", "gitinput", "0.2.0")
    before = yard.branches()["plugyard/update"]
    # A repeat changes nothing; one more release is added to the pull request.
    fine(yard.update())
    assert yard.branches()["plugyard/update"] == before
    yard.release("1.0.1", "acme.org/plugins/beta")
    run = fine(yard.update())
    has(run.summary, "Refreshed https://github.localhost/acme/plugin-registry/pull/")
    again = one_pull(yard, "plugyard/update")
    assert again["number"] == pull["number"]
    has(again["title"], "3 plugins", "beta")
    accept(yard, "plugyard/update")
    for entry in ("alpha@1.1.0", "beta@1.0.1", "gitinput@0.2.0"):
        assert entry in yard.listed(), yard.listed()


@chapter
@also_imported
def one_plugin_is_proposed_by_hand(yard):
    register(yard)
    yard.release("0.2.0")
    yard.release("1.0.0", "acme.org/plugins/alpha")
    fine(yard.update("gitinput"))
    pull = one_pull(yard, "plugyard/gitinput")
    has(pull["title"], "gitinput", "0.2.0")
    assert "alpha" not in pull["body"]
    red(yard.update("alpha"), "alpha", "sources")
    one_pull(yard, "plugyard/gitinput")


@chapter
@also_imported
def three_concurrent_releases_are_all_proposed(yard):
    register(yard)
    # The branch of a closed pull request is not reused.
    yard.release("0.1.1")
    fine(yard.update("gitinput", "0.1.1"))
    yard.forge("/_closed", {"number": one_pull(yard, "plugyard/gitinput")["number"]})
    events = []
    for version in ("0.2.0", "0.3.0", "0.4.0"):
        yard.release(version)
        events.append({"plugin_name": "gitinput", "plugin_version": version, "plugin_component": PLUGIN})
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for run in pool.map(yard.dispatched, events):
            fine(run)
    one_pull(yard, "plugyard/gitinput")
    accept(yard, "plugyard/gitinput")
    shown = yard.listed("--all")
    assert sorted(shown) == [f"gitinput@{version}" for version in ("0.1.0", "0.2.0", "0.3.0", "0.4.0")], shown


@chapter
@also_imported
def two_pull_requests_are_merged_one_after_the_other(yard):
    register(yard)
    for name in ("alpha", "beta"):
        yard.release("1.0.0", f"acme.org/plugins/{name}")
        fine(yard.update(name, "1.0.0", f"acme.org/plugins/{name}"))
    first, second = sorted(yard.pulls(), key=lambda pull: pull["number"])
    assert (first["head"]["ref"], second["head"]["ref"]) == ("plugyard/alpha", "plugyard/beta")
    fine(yard.check(first))
    fine(yard.check(second))
    yard.merge(first)
    fine(yard.publish())
    run = fine(yard.rebase())
    has(run.summary, "Refreshed", "Add beta 1.0.0")
    second = one_pull(yard, "plugyard/beta")
    has(second["body"], "beta")
    assert "alpha" not in second["title"]
    text = yard.text("plugyard/beta")
    has(text, "name: alpha", "name: beta", "name: gitinput", "version: v0.4.0")
    accept(yard, "plugyard/beta")
    assert yard.listed() == ["alpha@1.0.0", "beta@1.0.0", "gitinput@0.1.0"]


@chapter
def a_version_that_is_taken_after_a_merge_leads_to_a_bump(yard):
    register(yard)
    yard.commit("main", "Describe the registry anew", lambda folder: change(folder, "Plugin registry of acme.org", "Plugins of acme.org"))
    run = red(yard.publish(), "is taken")
    pull = one_pull(yard, "plugyard/bump")
    assert pull["title"] == "Raise the registry version from v0.2.0 to v0.2.1", pull
    has(run.summary, f"Opened {pull['html_url']}")
    accept(yard, "plugyard/bump")
    has(yard.text(), "version: v0.2.1")
    has(yard.published("v0.2.1"), "Plugins of acme.org")


def change(folder, old, new, path=CONSTRUCTOR):
    file = folder / path
    text = file.read_text()
    assert old in text, text
    file.write_text(text.replace(old, new, 1))


HOSTILE = [
    "a'b\"c", "$(touch /tmp/plugyard-owned)", "`touch /tmp/plugyard-owned`", "x; touch /tmp/plugyard-owned; y", "gitinput\nPLUGIN_NAME=other", "::error::owned",
    "--repository=http://127.0.0.1:9/x", "../../main", "a" * 5000, "größe", "\u202egnp", "{0}${{ github.token }}", "-n", "*", "main", "%0A::set-output name=x::y", "gitinput\r\n",
]


@chapter
def hostile_values_are_refused_or_harmless(yard):
    register(yard)
    owned = pathlib.Path("/tmp/plugyard-owned")
    owned.unlink(missing_ok=True)
    before, calls = yard.branches(), len(yard.calls())
    good = {"plugin_name": "gitinput", "plugin_version": "0.1.0", "plugin_component": PLUGIN}
    for number, word in enumerate(HOSTILE):
        key = list(good)[number % 3]
        for payload in ({**good, key: word}, dict.fromkeys(good, word)):
            if payload["plugin_name"] == "main" and key == "plugin_name":
                continue
            run = yard.dispatched(payload)
            assert run.code != 0 or "There is nothing to propose" in run.summary, f"{payload}\n{run.log}"
            assert "owned" not in [one["msg"].strip() for one in run.annotations], run.annotations
            assert yard.branches() == before, payload
    for wrong in ({}, {"plugin_name": {"a": 1}, "plugin_version": ["x"]}, {"plugin_version": "1.0.0"}, {"plugin_name": "gitinput", "plugin_version": "0.9.9", "plugin_component": "evil.org/x"}):
        run = yard.dispatched(wrong)
        assert run.code != 0 or "There is nothing to propose" in run.summary, f"{wrong}\n{run.log}"
        assert yard.branches() == before, wrong
    assert not owned.exists()
    assert yard.pulls() == []
    assert all(call["method"] == "GET" for call in yard.calls()[calls:])


@chapter
def a_pull_request_of_a_fork_is_not_touched(yard):
    register(yard)
    yard.forge("/_opened", {"repository": KEEPERS, "title": "Mine", "body": "mine", "head": "evil:plugyard/gitinput", "base": "main"})
    yard.release("0.2.0")
    fine(yard.update("gitinput"))
    mine, ours = yard.pulls()
    assert mine["title"] == "Mine" and mine["body"] == "mine", mine
    assert ours["head"]["repo"]["full_name"] == KEEPERS and "gitinput" in ours["title"], ours


@chapter
def failures_change_nothing_and_are_explained(yard):
    register(yard)
    yard.release("0.2.0")
    before = yard.branches()

    yard.registry_down()
    red(yard.update(), yard.host, "run this job again")
    yard.registry_up()
    assert (yard.branches(), yard.pulls()) == (before, [])

    fine(yard.update())
    pull = one_pull(yard, "plugyard/update")
    yard.registry_down()
    run = red(yard.check(pull), yard.host, "never treated as absent")
    yard.registry_up()
    fine(yard.check(pull))
    yard.merge(pull)

    yard.registry_down()
    run = red(yard.publish(), yard.host)
    yard.registry_up()
    assert yard.pulls() == [], run.log
    assert yard.listed() == ["gitinput@0.1.0"]
    run = red(yard.act("registry-publish", "push", secrets={"OCI_PASSWORD": "not-this-one"}), "rejects the login", "may write there")
    run = red(yard.act("registry-publish", "push", secrets={"OCI_PASSWORD": "pw"}, variables={"OCI_USERNAME": "reader"}))
    assert yard.listed() == ["gitinput@0.1.0"]
    fine(yard.publish())
    assert "gitinput@0.2.0" in yard.listed()

    yard.release("0.3.0")
    yard.forge("/_limited", {"limited": True})
    red(yard.update(), "rate limit")
    yard.forge("/_limited", {"limited": False})
    before = yard.branches()
    red(yard.act("registry-update", "schedule", secrets={"GITHUB_TOKEN": "reader"}), "contents: write")
    assert yard.branches() == before
    red(yard.act("registry-update", "schedule", secrets={"GITHUB_TOKEN": "pusher"}), "REGISTRY_TOKEN")
    assert yard.pulls() == []
    fine(yard.update())
    one_pull(yard, "plugyard/update")


def arm(yard):
    """The program with the header of another architecture."""
    path = yard.root / "gitinput-arm64"
    program = bytearray(pathlib.Path(yard.plugin).read_bytes())
    program[18:20] = (183).to_bytes(2, "little")
    path.write_bytes(program)
    path.chmod(0o755)
    return path


def without(folder, version):
    """Removes the entry of a version, like a careless manual edit."""
    file = folder / CONSTRUCTOR
    head, *entries = re.split(r"(?m)^(?=  - name: )", file.read_text().replace("labels:\n  - { name", "labels:\n  -{ name"))
    kept = [entry for entry in entries if f"version: {version}\n" not in entry]
    assert len(kept) == len(entries) - 1, entries
    file.write_text((head + "".join(kept)).replace("  -{ name", "  - { name"))


BROKEN = """\
name: acme.org/plugins/broken
version: 1.0.0
provider: { name: acme.org }
resources:
  - name: binary
    type: ocmPlugin
    version: 1.0.0
    relation: local
    extraIdentity: { os: linux, architecture: amd64 }
    input: { type: file, path: broken, mediaType: application/octet-stream }
"""


def broken(yard):
    """A plugin whose program is invalid, published by other means."""
    folder = yard.root / "broken"
    folder.mkdir()
    (folder / "broken").write_text("no program")
    (folder / CONSTRUCTOR).write_text(BROKEN)
    yard.log_in()
    yard.plugyard("publish", "--first", "-r", yard.repository, folder=folder)
    yard.log_out()


@chapter
def wrong_manual_changes_are_annotated_at_their_lines(yard):
    yard.begin()
    yard.release("0.2.0", programs=[f"linux/amd64={yard.plugin}", f"linux/arm64={arm(yard)}"])
    fine(yard.update("gitinput", "0.2.0", PLUGIN))
    accept(yard, "plugyard/gitinput")
    yard.release("0.1.0")
    yard.release("0.3.0")
    broken(yard)
    digest = re.search(r"value: ([0-9a-f]{64})", yard.text())[1]
    wrong = "ab" * 32

    def lowered(folder):
        yard.plugyard("add", f"{PLUGIN}:0.1.0", folder=folder)
        without(folder, "0.2.0")

    def narrowed(folder):
        yard.plugyard("update", "gitinput", "--to", "0.3.0", folder=folder)
        without(folder, "0.2.0")
        file = folder / CONSTRUCTOR
        file.write_text(re.sub(r"(?m)^version: .*$", "version: v0.3.0", file.read_text(), count=1))

    cases = [
        ("wrong-digest", lambda folder: (change(folder, digest, wrong), change(folder, "v0.2.0", "v0.2.1")), "digest-correct", wrong),
        ("taken-name", lambda folder: (change(folder, PLUGIN, "acme.org/plugins/broken"), change(folder, "v0.2.0", "v0.3.0")), "name-bound", "acme.org/plugins/broken"),
        ("unraised", lambda folder: change(folder, "Plugin registry of acme.org", "Plugins"), "registry-version", "version: v0.2.0"),
        ("lowered", lowered, "version-not-lowered", "version: 0.1.0"),
        ("lost-platform", narrowed, "registry-version", "version: v0.3.0"),
        ("no-program", lambda folder: yard.plugyard("add", "acme.org/plugins/broken", folder=folder), "binary-platform", "componentName: acme.org/plugins/broken"),
    ]
    for name, edit, rule, part in cases:
        yard.commit(name, name, edit)
        pull = yard.forge("/_opened", {"repository": KEEPERS, "title": name, "body": name, "head": name, "base": "main"})
        run = red(yard.check(pull), "`plugyard check` exited with code 3")
        places = [(one["kvPairs"].get("file"), int(one["kvPairs"].get("line", 0))) for one in run.annotations if one["command"] == "error" and rule in one["kvPairs"]["title"].split()]
        lines = yard.text(name).splitlines()
        assert places, (name, rule, [one["raw"] for one in run.annotations])
        # At the right entry: its first line, or one of its members.
        assert any(file == CONSTRUCTOR and part in "\n".join(lines[line - 1:line + 4]) for file, line in places), (name, places, lines)
    assert yard.listed() == ["gitinput@0.2.0"]


@chapter
@also_imported
def a_release_is_rolled_back(yard):
    register(yard)
    yard.release("0.2.0")
    fine(yard.update())
    accept(yard, "plugyard/update")
    assert "gitinput@0.2.0" in yard.listed()
    yard.commit("rollback", "Take gitinput 0.2.0 back", lambda folder: yard.plugyard("remove", "gitinput@0.2.0", "--reason", "it loses data", folder=folder))
    pull = yard.forge("/_opened", {"repository": KEEPERS, "title": "Take gitinput 0.2.0 back", "body": "", "head": "rollback", "base": "main"})
    run = yard.check(pull)
    fine(run)
    yard.merge(pull)
    fine(yard.publish())
    assert "gitinput@0.2.0" not in yard.listed("--all")
    has(fine(yard.update()).summary, "nothing to propose")


@chapter
def a_registry_whose_git_repository_was_lost_is_imported_again(yard):
    register(yard)
    yard.release("0.2.0")
    fine(yard.update())
    accept(yard, "plugyard/update")
    yard.git(yard.remotes / f"{KEEPERS}.git", "update-ref", "-d", "refs/heads/main")
    folder = yard.root / "taken-over"
    yard.plugyard("init", str(folder), "--from", f"{yard.repository}//{COMPONENT}")
    push_first(yard, folder, "Take the registry up again")
    before = yard.listed("--all")
    has(fine(yard.publish()).log, "v0.2.1")
    assert yard.listed("--all") == before
    yard.release("0.3.0")
    fine(yard.dispatched({"plugin_name": "gitinput", "plugin_version": "0.3.0", "plugin_component": PLUGIN}))
    accept(yard, "plugyard/gitinput")
    assert "gitinput@0.3.0" in yard.listed("--all"), yard.listed("--all")


@chapter
def the_documentation_can_be_followed(yard):
    yard.release("0.1.0")
    said = {"export REPOSITORY=https://github.com/acme/plugin-registry.git": f"export REPOSITORY={yard.remotes / KEEPERS}.git", "export PLACE=ghcr.io/acme/plugins": f"export PLACE={yard.repository}"}
    done, last, merged = 0, "", False
    for kind, block in documents.blocks("set-up-a-registry.md"):
        if kind == "text":
            documents.same(last, block)
            continue
        if "plugyard list" in block:
            accept(yard, "plugyard/gitinput")
            merged = True
        for line, own in said.items():
            block = block.replace(line, own)
        last = documents.follow(yard, block)
        done += 1
        for started in yard.forge("/_started"):
            fine(yard.act(started["workflow"], "workflow_dispatch", inputs=started["inputs"]))
    assert done == 6 and merged, done
    assert yard.listed() == ["gitinput@0.1.0"]


@chapter
def the_gitlab_jobs_do_the_same(yard):
    """Runs their lines in a shell like a GitLab runner: at a detached commit, with its variables."""
    register(yard)
    remote = yard.remotes / f"{KEEPERS}.git"
    yard.git(remote, "config", "receive.advertisePushOptions", "true")
    options = yard.root / "options"
    hook = remote / "hooks/post-receive"
    hook.write_text(f'#!/bin/sh\necho "$GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1" >>{options}\n')
    hook.chmod(0o755)
    for version in ("0.2.0", "0.3.0"):
        yard.release(version)
        has(documents.gitlab(yard, "update", "main"), version)
        assert options.read_text().splitlines()[-1] == "merge_request.create merge_request.target=main"
        has(documents.gitlab(yard, "check", "plugyard/update"), version)
        yard.git(remote, "update-ref", "refs/heads/main", "refs/heads/plugyard/update")
        yard.log_in()
        documents.gitlab(yard, "publish", "main")
        yard.log_out()
        assert f"gitinput@{version}" in yard.listed()
    # There is nothing new.
    before = yard.branches()
    documents.gitlab(yard, "update", "main")
    assert yard.branches() == before
    yard.commit("bad", "Describe the registry anew", lambda folder: change(folder, "Plugin registry of acme.org", "Plugins"))
    has(documents.gitlab(yard, "check", "bad", code=3), "registry-version")


@chapter
def the_action_needs_only_a_runner(yard):
    """In a repository without a registry, and from a release whose checksums are pinned or wrong."""
    sums = next((yard.forge_folder / "releases").glob("*/SHA256SUMS"))
    pinned = hashlib.sha256(sums.read_bytes()).hexdigest()
    workflow = """\
name: try
on: push
permissions: {}
jobs:
  try:
    runs-on: ubuntu-24.04
    outputs:
      result: ${{ steps.run.outputs.result }}
    steps:
      - id: run
        uses: open-component-model/plugyard@%s
        with:
          downloads: ${{ vars.PLUGYARD_DOWNLOADS }}
          checksums: %s
          args: component hash component.json
          summary: true
      - env:
          RESULT: ${{ steps.run.outputs.result }}
          CODE: ${{ steps.run.outputs.exit-code }}
        run: |
          printf 'outputs: %%s %%s\\n' "$CODE" "$RESULT"
"""
    component = '{"component": {"name": "acme.org/x", "version": "1.0.0", "provider": "acme.org", "repositoryContexts": [], "resources": [], "sources": [], "componentReferences": []}, "meta": {"schemaVersion": "v2"}}'
    for sum_, works in ((pinned, True), ("0" * 64, False)):
        folder = yard.root / f"clean-{works}"
        (folder / ".github/workflows").mkdir(parents=True)
        text = workflow % ("0" * 40, sum_)
        text = text.replace("    steps:\n", "    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n        with: {persist-credentials: false}\n")
        (folder / ".github/workflows/try.yml").write_text(text)
        (folder / "component.json").write_text(component)
        yard.git(folder, "init", "-q", "-b", "main")
        yard.git(folder, "add", "-A")
        yard.git(folder, "commit", "-q", "-m", "Begin")
        yard.git(folder, "push", "-q", "--force", str(yard.remotes / f"{AUTHORS}.git"), "main")
        # No plugyard, and only what a runner provides.
        run = yard.act("try", "push", name=AUTHORS)
        if works:
            digest = yard.plugyard("component", "hash", "component.json", folder=folder).strip()
            has(fine(run).log, f"outputs: 0 {digest}")
            has(run.summary, digest)
        else:
            red(run, "does not match the input", "who changed it")
    # An archive that does not match the list.
    archive = next(sums.parent.glob("*.tar.gz"))
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    (folder / ".github/workflows/try.yml").write_text(text.replace("0" * 64, pinned))
    yard.git(folder, "commit", "-q", "-a", "-m", "Pin it")
    yard.git(folder, "push", "-q", "--force", str(yard.remotes / f"{AUTHORS}.git"), "main")
    red(yard.act("try", "push", name=AUTHORS), "does not match SHA256SUMS")


@chapter
def a_thousand_entries_take_seconds(yard):
    """One change of a registry of a thousand entries. Prints how long each step took; there is no limit."""
    count = 1000
    # A scan requests tokens for a thousand repositories from one small server.
    yard.patience = "60"
    references = foreign.thousand(yard, count)
    yard.begin()
    yard.commit("many", "Take in many", lambda folder: change(folder, "componentReferences: []\n", references))
    yard.commit("many", "Raise", lambda folder: change(folder, "version: v0.1.0", "version: v0.2.0"))
    yard.merge(yard.forge("/_opened", {"repository": KEEPERS, "title": "many", "body": "", "head": "many", "base": "main"}))
    timed(yard, yard.publish(), "registry-publish, all new")
    assert len(yard.listed()) == count
    yard.release("0.1.0")
    timed(yard, yard.update("gitinput", "0.1.0", PLUGIN), "registry-update, one release")
    pull = one_pull(yard, "plugyard/gitinput")
    timed(yard, yard.check(pull), "registry-check")
    yard.merge(pull)
    timed(yard, yard.publish(), "registry-publish")
    timed(yard, yard.update(), "registry-update, all")
    assert len(yard.listed()) == count + 1


def timed(yard, run, what):
    fine(run)
    for line in run.lines:
        if line.get("stepResult") == "success" and line.get("stage") == "Main" and len(line.get("stepID", [])) == 1 and "executionTime" in line:
            yard.notes.append(f"time    {what}: {line['step']} {line['executionTime'] / 1e9:.2f} s")
