"""Runs whole processes and measures them. Linux only."""

import ctypes
import os
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Run:
    """One process: wall-clock seconds, CPU seconds, and exit code."""

    wall: float
    cpu: float
    status: int


class Others:
    """The average number of CPUs that other processes kept busy since this object was created.

    `running` returns the CPU seconds of our processes that have not exited.
    """

    def __init__(self, running):
        self.running = running
        self.begin = time.monotonic()
        self.before = self._busy()

    def cpus(self):
        return max(0, self._busy() - self.before) / (time.monotonic() - self.begin)

    def _busy(self):
        """CPU seconds of everything but us: user, nice, system, interrupts and stolen time."""
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(number) for number in file.readline().split()[1:9]]
        idle, waiting = ticks[3], ticks[4]
        ours = sum(os.times()[:4]) + self.running()
        return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK") - ours


def timed(argv, environment, errors):
    """Runs a program, discards its output, and measures how long it takes."""
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
    """Runs a program with its output in a file, and returns its exit code and peak bytes.

    The peak that the system reports for a child includes that of the process it was forked
    from, and Python itself is larger than a small program. So a shell, which is small, starts
    the program and exits, and this process adopts the program.
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
