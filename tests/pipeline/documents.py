"""Follows pages of the documentation exactly."""
import os
import re
import subprocess

from yard import KEEPERS, ROOT


def blocks(page):
    """The blocks of commands and of their output."""
    return re.findall(r"(?m)^```(sh|text)\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.S)


def follow(yard, block):
    """Runs a block in the shell session of the previous blocks and returns its output."""
    kept, folder = yard.root / "shell", yard.root / "stranger"
    folder.mkdir(exist_ok=True)
    begin = f"cd {folder}\n" if not kept.exists() else f". {kept}\n"
    end = f"\n{{ export -p; printf 'cd %q\\n' \"$PWD\"; }} >{kept}\n"
    programs = os.path.dirname(yard.program)
    environment = {
        **yard.environment, "PATH": f"{programs}:{yard.environment['PATH']}", "GH_TOKEN": "writer", "GH_HOST": "github.localhost",
        "GH_REPO": f"github.localhost/{KEEPERS}", "http_proxy": f"http://127.0.0.1:{yard.forge_port}", "no_proxy": "127.0.0.1",
        "GIT_AUTHOR_NAME": "Stranger", "GIT_AUTHOR_EMAIL": "stranger@acme.org", "GIT_COMMITTER_NAME": "Stranger", "GIT_COMMITTER_EMAIL": "stranger@acme.org",
    }
    done = subprocess.run(["bash", "-euc", begin + block + end], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def gitlab(yard, job, ref, code=0):
    """Runs a job of the GitLab page on a branch; returns its output."""
    text = (ROOT / "docs/gitlab.md").read_text()
    body = re.search(rf"(?m)^{job}:\n((?:  .*\n)+)", text)[1]
    lines = [line.removeprefix("    - ") for line in body[body.index("  script:\n"):].splitlines()[1:]]
    folder = yard.clone(ref=ref)
    yard.git(folder, "remote", "set-url", "origin", f"https://github.localhost/{KEEPERS}.git")
    environment = {
        **yard.environment, "PATH": f"{os.path.dirname(yard.program)}:{yard.environment['PATH']}", "GIT_SSL_CAINFO": str(yard.authority),
        "https_proxy": f"http://127.0.0.1:{yard.forge_port}", "CI_DEFAULT_BRANCH": "main", "CI_SERVER_HOST": "github.localhost",
        "CI_PROJECT_PATH": KEEPERS, "REGISTRY_TOKEN": "writer",
    }
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", "\n".join(lines)], cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{job}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def same(printed, block):
    assert printed == block, f"the page shows\n{block}\nbut the command printed\n{printed}"
