"""Runs whole processes and measures them. Linux only."""

import ctypes
import os
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Run:
    """One process: seconds by the clock, seconds of both CPUs, and how it ended."""

    wall: float
    cpu: float
    status: int


class Others:
    """How many CPUs were busy, since this was made, with what is none of our processes.

    `running` gives the CPU seconds of those of ours that have not ended.
    """

    def __init__(self, running):
        self.running = running
        self.begin = time.monotonic()
        self.before = self._busy()

    def cpus(self):
        return max(0, self._busy() - self.before) / (time.monotonic() - self.begin)

    def _busy(self):
        """CPU seconds of all but us: user, nice, system, interrupts, and what was taken away."""
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(number) for number in file.readline().split()[1:9]]
        idle, waiting = ticks[3], ticks[4]
        ours = sum(os.times()[:4]) + self.running()
        return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK") - ours


def timed(argv, environment, errors):
    """Runs a program, its output going nowhere, and measures how long it takes."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    begin = time.perf_counter()
    process = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    return Run(wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status))


def memory(argv, environment, output, errors):
    """Runs a program with its output in a file, and gives its exit code and peak bytes.

    The peak that the system reports for a child begins with that of the process it was forked
    from, and Python's own is larger than a small program. So a shell, which is small, starts
    the program and ends, and we inherit the program.
    """
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("cannot become the parent of orphans")
    create = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, output, create, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, errors, create, 0o644),
    ]
    script = ["/bin/sh", "-c", '"$@" &', "sh", *argv]
    shell = os.posix_spawn(script[0], script, environment, file_actions=actions)
    while True:
        process, status, usage = os.wait4(-1, 0)
        if process != shell:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024
