"""A forge, an OCI registry and repositories on one machine, in which the workflows run.

Real: git and its remotes over HTTPS, the OCI registry with its tokens, `gh`, `plugyard` from a release archive, the plugin, and the
workflow files, run by `act`. Simulated: GitHub's API (forge.py), and three actions that only move files (stubs/).
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEEPERS = "acme/plugin-registry"
AUTHORS = "acme/gitinput"
COMPONENT = "acme.org/plugin-registry"
PLUGIN = "acme.org/plugins/gitinput"
CONSTRUCTOR = "component-constructor.yaml"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


class Run:
    """The outcome of a workflow run."""

    def __init__(self, code, lines, seconds):
        self.code, self.seconds = code, seconds
        self.lines = lines
        self.log = "\n".join(line.get("msg", "").rstrip("\n") for line in lines)
        self.summary = "\n".join(line["msg"] for line in lines if line.get("command") == "summary")
        self.annotations = [line for line in lines if line.get("command") in ("error", "warning", "notice")]

    def job(self, name):
        """The outcome of a job: the last result reported for it."""
        results = [line["jobResult"] for line in self.lines if line.get("jobID") == name and "jobResult" in line]
        return results[-1] if results else None


class Yard:
    def __init__(self, program, plugin):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="plugyard-pipeline-"))
        self.program, self.plugin = program, plugin
        self.processes = []
        self.notes, self.runs, self.lock = [], 0, threading.Lock()
        self.patience = "1" # seconds
        self.imported = False
        (self.root / "home").mkdir()
        self.remotes = self.root / "remotes"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.root / "home"), "GIT_CONFIG_NOSYSTEM": "1",
            "LANG": "C.UTF-8",
            "PLUGYARD_CACHE": "off", "PLUGYARD_RETRY_BUDGET": "1",
        }
        self.start_forge()
        self.start_registry()
        self.release_plugyard()
        for name in (KEEPERS, AUTHORS):
            path = self.remotes / f"{name}.git"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.git(self.root, "init", "-q", "--bare", "-b", "main", str(path))
            self.git(path, "config", "uploadpack.allowAnySHA1InWant", "true")

    # ---- servers

    def start(self, name, port, *command, environment=None):
        log = (self.root / f"{name}.log").open("ab")
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=environment or self.environment)
        self.processes.append(process)
        wait_for(port)
        return process

    def start_forge(self):
        self.forge_port = free_port()
        self.forge_folder = self.root / "forge"
        self.forge_folder.mkdir()
        git_port = free_port()
        key, self.authority = self.certificate("git", "github.localhost")
        self.start("git", git_port, sys.executable, HERE / "git_host.py", git_port, self.remotes, key, self.authority)
        self.start("forge", self.forge_port, sys.executable, HERE / "forge.py", self.forge_port, self.forge_folder, git_port)

    def certificate(self, name, host, bits=2048):
        """Returns a new key and certificate."""
        key, certificate = self.root / f"{name}-key.pem", self.root / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"], check=True, capture_output=True)
        return key, certificate

    def start_registry(self):
        tokens, self.registry_port = free_port(), free_port()
        key, certificate = self.certificate("tokens", "test", 1024)  # signs quickly; security does not matter here
        self.start("tokens", tokens, sys.executable, HERE / "tokens.py", tokens, key, certificate)
        self.registry_configuration = self.root / "registry.yml"
        self.registry_configuration.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.root}/storage}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.registry_port}'}}\n"
            f"auth: {{token: {{realm: 'http://127.0.0.1:{tokens}/token', service: test, issuer: test-issuer, rootcertbundle: {certificate}}}}}\n"
        )
        self.host = f"127.0.0.1:{self.registry_port}"
        self.repository = f"http://{self.host}/acme/plugins"
        # A login goes over plain HTTP only to an address that the user names, not to one that a checked-out file names.
        (self.root / "home/.ocmconfig").write_text(
            "type: generic.config.ocm.software/v1\nconfigurations:\n- type: resolvers.config.ocm.software/v1alpha1\n  resolvers:\n"
            f"  - {{componentNamePattern: none.example/x, repository: {{type: OCIRepository/v1, baseUrl: 'http://{self.host}'}}}}\n"
        )
        self.registry_up()

    def registry_up(self):
        self.registry = self.start("registry", self.registry_port, "docker-registry", "serve", self.registry_configuration)

    def registry_down(self):
        self.registry.terminate()
        self.registry.wait()

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        if os.environ.get("PLUGYARD_KEEP"):
            print(f"kept {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def release_plugyard(self):
        """A downloadable release of Plugyard, and the action at the commit that the workflows pin."""
        out = self.forge_folder / "releases"
        small = self.root / "program/plugyard"
        small.parent.mkdir()
        subprocess.run(["strip", "-o", small, self.program], check=True)
        self.program = str(small) # so that a concurrent build does not change it
        made = subprocess.run([ROOT / ".ci/release-archive", self.root / "archives", "--program", small], check=True, capture_output=True, text=True)
        version = re.search(r"plugyard-(\d+\.\d+\.\d+)", pathlib.Path(made.stdout.strip()).name)[1]
        out.mkdir()
        shutil.move(self.root / "archives", out / f"v{version}")
        self.action = self.root / "plugyard"
        self.action.mkdir()
        shutil.copy(ROOT / "action.yml", self.action)
        for folder in ("action", "propose", ".github"):
            shutil.copytree(ROOT / folder, self.action / folder)

    # ---- the forge, from outside

    def forge(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(f"http://127.0.0.1:{self.forge_port}{path}", data)) as answer:
            return json.loads(answer.read() or b"null")

    def pulls(self, state="open"):
        return [pull for pull in self.forge("/_state")["pulls"] if pull["state"] == state]

    def dispatches(self):
        return self.forge("/_state")["dispatches"]

    def calls(self):
        path = self.forge_folder / "calls.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    # ---- git

    def git(self, folder, *words, fine=True):
        keeper = ["-c", "user.name=Keeper", "-c", "user.email=keeper@acme.org"]
        done = subprocess.run(["git", *keeper, *words], cwd=folder, env=self.environment, capture_output=True, text=True)
        if fine and done.returncode != 0:
            raise AssertionError(f"git {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def clone(self, name=KEEPERS, ref="main"):
        with self.lock:
            self.runs += 1
            folder = self.root / f"clone-{self.runs}"
        self.git(self.root, "clone", "-q", str(self.remotes / f"{name}.git"), str(folder))
        if ref:
            self.git(folder, "fetch", "-q", "origin", f"+{ref}:refs/asked")
            self.git(folder, "checkout", "-q", "--detach", "refs/asked")
        return folder

    def branches(self, name=KEEPERS):
        return dict(reversed(line.split(" ")) for line in self.git(self.remotes / f"{name}.git", "for-each-ref", "--format=%(objectname) %(refname:short)", "refs/heads").splitlines())

    def text(self, ref="main", path=CONSTRUCTOR):
        return self.git(self.remotes / f"{KEEPERS}.git", "show", f"{ref}:{path}")

    def commit(self, branch, message, change):
        """A manual change: `change` receives the folder; a new branch starts at main."""
        folder = self.clone(ref=branch if branch in self.branches() else "main")
        change(folder)
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "-m", message)
        self.git(folder, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")

    def merge_commit(self, pull):
        """Merges like GitHub, which does not support merge drivers."""
        folder = self.clone()
        self.git(folder, "fetch", "-q", "origin", pull["head"]["ref"])
        self.git(folder, "merge", "-q", "--no-ff", "-m", f"Merge pull request #{pull['number']}", "FETCH_HEAD")
        return folder

    def merge(self, pull):
        folder = self.merge_commit(pull)
        self.git(folder, "push", "-q", "origin", "HEAD:refs/heads/main")
        self.forge("/_merged", {"number": pull["number"]})

    # ---- plugyard, as a person

    def plugyard(self, *words, folder=None, code=0):
        done = subprocess.run([self.program, *words], cwd=folder or self.root, env=self.environment, capture_output=True, text=True)
        if code is not None and done.returncode != code:
            raise AssertionError(f"plugyard {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def listed(self, *words):
        rows = json.loads(self.plugyard("list", "--registry", f"{self.repository}//{COMPONENT}", "-o", "json", *words))
        return [f"{row['name']}@{row['version']}" for row in rows]

    def officially_listed(self):
        """The list of the official CLI, or None if it is not installed."""
        program = os.environ.get("PLUGYARD_OCM") or shutil.which("ocm")
        quiet = {**self.environment, "OCM_DISABLE_AUTO_CONFIG": "1", "OCM_DISABLE_VERSION_CHECK": "1"}
        # Other programs also have that name.
        if not program or subprocess.run([program, "plugin", "registry", "list", "--help"], env=quiet, capture_output=True).returncode != 0:
            self.notes.append("skipped: what others list: no official ocm CLI")
            return None
        configuration = self.root / "cfg.yaml"
        configuration.write_text("type: generic.config.ocm.software/v1\nconfigurations: []\n")
        words = [program, "--loglevel", "error", "--config", configuration, "plugin", "registry", "list", "-o", "json", "--registry", f"{self.repository}//{COMPONENT}"]
        done = subprocess.run(words, cwd=self.root, env=quiet, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [f"{row['name']}@{row['version']}" for row in json.loads(done.stdout)]

    def published(self, version):
        return self.plugyard("component", "get", f"{self.repository}//{COMPONENT}:{version}", "-o", "raw")

    def log_in(self):
        folder = self.root / "home/.docker"
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": "cHVibGlzaGVyOnMzY3JldA=="}}}))

    def log_out(self):
        shutil.rmtree(self.root / "home/.docker")

    def release(self, version, component=PLUGIN, programs=None, description="Packs a git tree"):
        """A manual release, for chapters that do not test the plugin's workflow."""
        self.log_in()
        programs = programs or [f"linux/amd64={self.plugin}"]
        self.plugyard("plugin", "publish", "--name", component, "--version", version, "--description", description, "-r", self.repository, *programs)
        self.log_out()

    # ---- workflows

    def act(self, workflow, event, payload=None, inputs=None, ref="main", name=KEEPERS, secrets=None, variables=None, job=None):
        folder = self.clone(name, ref)
        self.git(folder, "checkout", "-q", "-B", "main")
        events = self.root / f"event-{folder.name}.json"
        events.write_text(json.dumps({"inputs": inputs} if inputs else payload or {}))
        pins = sorted(set(re.findall(r"uses: ([\w.-]+/[\w.-]+)[\w./-]*@([0-9a-f]{40})", "".join(path.read_text() for path in (folder / ".github/workflows").glob("*.yml")) + "".join(path.read_text() for path in (self.action / ".github/workflows").glob("*.yml")))))
        stubs = {"open-component-model/plugyard": self.action}
        words = ["act", event, "-e", events, "-W", f".github/workflows/{workflow}.yml", "--json", "-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "-a", "bot", "--no-skip-checkout"]
        for repository, commit in pins:
            place = stubs.get(repository) or HERE / "stubs" / repository.split("/")[1]
            words += ["--local-repository", f"{repository}@{commit}={place}"]
        for key, value in {"GITHUB_TOKEN": "writer", "OCI_PASSWORD": "s3cret", **(secrets or {})}.items():
            words += ["-s", f"{key}={value}"]
        for key, value in {"OCI_HOST": self.host, "OCI_USERNAME": "publisher", "PLUGYARD_DOWNLOADS": f"http://127.0.0.1:{self.forge_port}/releases", **(variables or {})}.items():
            words += ["--var", f"{key}={value}"]
        if job:
            words += ["-j", job]
        settings = {
            "ARTIFACTS": self.root / "artifacts", "GITHUB_REPOSITORY": name, "GH_HOST": "github.localhost",
            "http_proxy": f"http://127.0.0.1:{self.forge_port}", "https_proxy": f"http://127.0.0.1:{self.forge_port}",
            "GIT_SSL_CAINFO": self.authority, "no_proxy": "127.0.0.1", "PLUGYARD_CACHE": "off", "PLUGYARD_RETRY_BUDGET": self.patience,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        for key, value in settings.items():
            words += ["--env", f"{key}={value}"]
        began = time.monotonic()
        done = subprocess.run([str(word) for word in words], cwd=folder, env=self.environment, capture_output=True, text=True, timeout=300)
        lines = []
        for line in done.stdout.splitlines():
            try:
                lines.append(json.loads(line))
            except json.JSONDecodeError:
                pass
        run = Run(done.returncode, lines, time.monotonic() - began)
        if os.environ.get("PLUGYARD_SHOW"):
            print(f"---- {workflow} {event} {inputs or payload}: {run.code}\n{run.log}\n{done.stderr[-2000:]}", flush=True)
        return run

    def check(self, pull):
        """Runs the gate of a pull request."""
        folder = self.merge_commit(pull)
        ref = f"refs/pull/{pull['number']}/merge"
        self.git(folder, "push", "-q", "--force", "origin", f"HEAD:{ref}")
        payload = {"action": "opened", "number": pull["number"], "pull_request": {"number": pull["number"], "head": {"ref": pull["head"]["ref"]}, "base": {"ref": "main"}}}
        return self.act("registry-check", "pull_request", payload, ref=ref, secrets={"OCI_PASSWORD": ""})

    def publish(self, **inputs):
        return self.act("registry-publish", "workflow_dispatch" if inputs else "push", inputs=inputs)

    def update(self, name="", version="", component=""):
        inputs = {"plugin_name": name, "plugin_version": version, "plugin_component": component}
        return self.act("registry-update", "workflow_dispatch", inputs=inputs)

    def dispatched(self, payload):
        return self.act("registry-update", "repository_dispatch", {"action": "plugin-published", "client_payload": payload})

    def rebase(self):
        return self.act("registry-update", "push", job="rebase")

    def begin(self):
        """A new registry repository, as `init` creates it, and its first version."""
        folder = self.root / "begin"
        self.plugyard("init", str(folder), "--name", COMPONENT, "-r", self.repository)
        self.git(folder, "init", "-q", "-b", "main")
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "-m", "Begin the registry")
        self.git(folder, "push", "-q", str(self.remotes / f"{KEEPERS}.git"), "main")
        run = self.publish(first="true")
        assert run.code == 0, run.log
