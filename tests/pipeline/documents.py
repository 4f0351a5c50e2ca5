"""Follows a page of the docs to the letter, in a clean home."""
import os
import re
import subprocess

from yard import KEEPERS, ROOT


def blocks(page):
    """The blocks of commands and of what they print."""
    return re.findall(r"(?m)^```(sh|text)\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.S)


def follow(yard, block):
    """Runs a block in the shell in which the ones before ran, and gives what it printed."""
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


def same(printed, block):
    assert printed == block, f"the page says\n{block}\nand the command\n{printed}"
