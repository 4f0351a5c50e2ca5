"""Checks the workflows against rules that no linter has. Prints violations.

    rules.py FOLDER…    repositories with .github/workflows and possibly actions
"""
import pathlib
import re
import sys

from ruamel.yaml import YAML

# The permissions that jobs may have. Additional ones must be justified here.
RIGHTS = {
    ("ci.yml", "all"): {"contents": "read"},
    ("plugin-release.yml", "publish"): {"packages": "write"},
    ("registry-check.yml", "check"): {"contents": "read", "packages": "read"},
    ("registry-publish.yml", "publish"): {"contents": "read", "packages": "write"},
    ("registry-publish.yml", "bump"): {"contents": "write", "pull-requests": "write", "packages": "read"},
    ("registry-update.yml", "propose"): {"contents": "write", "pull-requests": "write", "packages": "read"},
    ("registry-update.yml", "rebase"): {"contents": "write", "pull-requests": "write", "packages": "read"},
    ("release.yml", "versions"): {"contents": "read"},
    ("release.yml", "archive"): {"contents": "read"},
    ("release.yml", "release"): {"contents": "write", "id-token": "write", "attestations": "write"},
    ("release.yml", "image"): {"contents": "read", "packages": "write"},
}


def steps_of(document):
    for job in (document.get("jobs") or {}).values():
        yield from job.get("steps") or []
    yield from (document.get("runs") or {}).get("steps") or []


def uses_of(document):
    for job in (document.get("jobs") or {}).values():
        if "uses" in job:
            yield job["uses"]
    for step in steps_of(document):
        if "uses" in step:
            yield step["uses"]


def broken(name, text):
    """The violations in this file, one per line."""
    document = YAML(typ="safe", pure=True).load(text)
    for step in steps_of(document):
        if "${{" in step.get("run", ""):
            yield "an expression is part of a shell line"
        if step.get("uses", "").startswith("actions/checkout@") and (step.get("with") or {}).get("persist-credentials") is not False:
            yield "a checkout keeps its token"
    for used in uses_of(document):
        if not used.startswith("./") and not re.fullmatch(r"[^@]+@[0-9a-f]{40}", used):
            yield f"{used} is not pinned by a commit"
    for line in text.splitlines():
        if re.search(r"\bargs:.*\$\{\{.*\b(github\.event|client_payload|plugin_)", line):
            yield "words of an event are arguments"
    if "runs" in document:
        return
    triggers = document.get("on", document.get(True))
    words = [triggers] if isinstance(triggers, str) else list(triggers)
    if "pull_request_target" in words or "workflow_run" in words:
        yield "strangers start it with the rights of main"
    if "pull_request" in words and re.search(r"secrets\.[A-Z]", text):
        yield "a pull request has secrets"
    inherited = document.get("permissions")
    for job, content in document["jobs"].items():
        rights = content.get("permissions", inherited)
        if rights != RIGHTS.get((name, job)):
            yield f"job {job} has the rights {rights}"
        if "timeout-minutes" not in content and "uses" not in content:
            yield f"job {job} may run for ever"


SAMPLES = {
    "an expression is part of a shell line": "on: push\njobs: {a: {steps: [{run: 'echo ${{ github.event.x }}'}]}}",
    "a checkout keeps its token": "on: push\njobs: {a: {steps: [{uses: actions/checkout@" + "0" * 40 + "}]}}",
    "a/b@v1 is not pinned by a commit": "on: push\njobs: {a: {steps: [{uses: a/b@v1}]}}",
    "words of an event are arguments": "on: push\njobs:\n  a:\n    steps:\n    - uses: ./\n      with:\n        args: add ${{ github.event.client_payload.x }}",
    "strangers start it with the rights of main": "on: [pull_request_target]\njobs: {}",
    "a pull request has secrets": "on: {pull_request: {}}\njobs: {}\nenv: {X: '${{ secrets.X }}'}",
    "job check has the rights None": "on: push\njobs: {check: {steps: []}}",
    "job a may run for ever": "on: push\njobs: {a: {steps: []}}",
}


def main():
    wrong = checked = 0
    for finding, text in SAMPLES.items():
        if finding not in list(broken("registry-check.yml", text)):
            print(f"the rule does not detect: {finding}")
            wrong += 1
    for folder in map(pathlib.Path, sys.argv[1:]):
        files = sorted(folder.glob(".github/workflows/*.yml")) + [path for path in (folder / "action.yml", folder / "propose/action.yml") if path.exists()]
        for path in files:
            checked += 1
            for finding in broken(path.name, path.read_text()):
                print(f"{path}: {finding}")
                wrong += 1
    print(f"{checked + len(SAMPLES)} passed" if not wrong else f"{wrong} failed")
    return 1 if wrong or not checked else 0


sys.exit(main())
