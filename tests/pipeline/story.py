"""The story of a registry: released, proposed, checked, merged, published, listed. See yard.py for what is real.

    story.py PLUGYARD GITINPUT [NAME…]
"""
import concurrent.futures
import os
import pathlib
import shutil
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import chapters  # noqa: E402
from yard import Yard  # noqa: E402


def tell(name, chapter, programs):
    """Tells one chapter; gives whether it came out well, and what is to be said of it."""
    began = time.monotonic()
    yard = Yard(*programs)
    try:
        chapter(yard)
        return True, "\n".join([f"ok      {name} ({time.monotonic() - began:.1f} s)", *yard.notes])
    except Exception:
        return False, f"FAILED  {name}\n{traceback.format_exc()}"
    finally:
        yard.close()


def main():
    program, plugin, *names = sys.argv[1:]
    for tool in ("act", "gh", "jq", "docker-registry", "git", "curl", "openssl"):
        if not shutil.which(tool):
            print(f"skipped: pipeline: there is no {tool}")
            return 0
    failed = passed = 0
    programs = [str(pathlib.Path(path).resolve()) for path in (program, plugin)]
    # Each chapter has places of its own, and waits for programs most of the time.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = [pool.submit(tell, name, chapter, programs) for name, chapter in chapters.all_of(names)]
        for one in concurrent.futures.as_completed(told):
            fine, text = one.result()
            passed, failed = passed + fine, failed + (not fine)
            print(text, flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
