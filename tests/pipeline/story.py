"""The pipeline test: releases are proposed, checked, merged, published and listed. See yard.py for what is simulated.

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
    """Runs one chapter; returns whether it succeeded, and its report."""
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
            print(f"skipped: pipeline: {tool} is not installed")
            return 0
    failed = passed = 0
    programs = [str(pathlib.Path(path).resolve()) for path in (program, plugin)]
    # Each chapter has its own servers and folders, and mostly waits for programs.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = [pool.submit(tell, name, chapter, programs) for name, chapter in chapters.all_of(names)]
        for one in concurrent.futures.as_completed(told):
            fine, text = one.result()
            passed, failed = passed + fine, failed + (not fine)
            print(text, flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
