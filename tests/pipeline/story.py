"""The story of a registry: released, proposed, checked, merged, published, listed. See yard.py for what is real.

    story.py PLUGYARD GITINPUT [NAME…]
"""
import pathlib
import shutil
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import chapters  # noqa: E402
from yard import Yard  # noqa: E402


def main():
    program, plugin, *names = sys.argv[1:]
    for tool in ("act", "gh", "jq", "docker-registry", "git", "curl", "openssl"):
        if not shutil.which(tool):
            print(f"skipped: pipeline: there is no {tool}")
            return 0
    failed = passed = 0
    for name, chapter in chapters.all_of(names):
        began = time.monotonic()
        yard = Yard(str(pathlib.Path(program).resolve()), str(pathlib.Path(plugin).resolve()))
        try:
            chapter(yard)
            passed += 1
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        finally:
            yard.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
