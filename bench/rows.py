"""The parts of a row: programs to run side by side, and goals to compare them with."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

WORK = Path(__file__).resolve().parent / "work"
ERRORS = "stderr.txt"
OUTPUT = "stdout.txt"
MIB = 1 << 20


class Failure(Exception):
    """A program failed or gave a wrong answer: there is nothing to measure."""


@dataclass(frozen=True)
class Program:
    """A program of a row. `prepare` creates its inputs and is not timed; `check` inspects its
    output and the files it wrote. The memory of a `slow` program is measured once."""

    name: str
    argv: list[str]
    check: Callable[[bytes], None]
    prepare: Callable[[], None] = lambda: None
    variables: dict[str, str] = field(default_factory=dict)
    slow: bool = False

    def environment(self):
        return environment() | self.variables


@dataclass(frozen=True)
class Goal:
    """A limit. `measured` returns a number, or None if a program is absent."""

    text: str
    measured: Callable[[dict], float | None]
    shown: str
    limit: float
    at_least: bool = False

    def judge(self, results):
        value = self.measured(results) if results else None
        if value is None:
            return {"goal": self.text, "measured": None, "met": None}
        met = value >= self.limit if self.at_least else value <= self.limit
        return {"goal": self.text, "measured": self.shown.format(value), "met": met}


@dataclass(frozen=True)
class Row:
    """`also` checks further conditions; `requests` counts the requests of each program; `absent`
    lists programs that are not installed; `servers` are those the programs connect to."""

    name: str
    rounds: int
    programs: list[Program]
    goals: list[Goal]
    also: Callable[[], None] = lambda: None
    requests: Callable[[], dict[str, int]] = dict
    leaves: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    servers: list = field(default_factory=list)


def ratio(results, one, other):
    if one in results and other in results:
        return results[one]["medianMs"] / results[other]["medianMs"]
    return None


def milliseconds(limit):
    return Goal(f"≤ {limit} ms", lambda results: results["plugyard"]["medianMs"], "{:.2f} ms", limit)


def times(limit, other, one="plugyard"):
    of = "" if one == "plugyard" else f"{one}: "
    return Goal(
        f"{of}≤ {limit} × {other}",
        lambda results: ratio(results, one, other),
        "{:.2f} ×",
        limit,
    )


def times_floor(limit, one="plugyard"):
    return times(limit, "floor", one)


def beyond_floor(limit):
    return Goal(
        f"≤ floor + {limit} ms",
        lambda results: results["plugyard"]["medianMs"] - results["floor"]["medianMs"],
        "+ {:.2f} ms",
        limit,
    )


def times_cpu(limit, other):
    def measured(results):
        if other not in results:
            return None
        return results["plugyard"]["cpuMs"] / results[other]["cpuMs"]

    return Goal(f"CPU ≤ {limit} × {other}", measured, "{:.2f} ×", limit)


def requests(limit):
    return Goal(
        f"≤ {limit} requests",
        lambda results: results["plugyard"].get("requests"),
        "{}",
        limit,
    )


def as_many_requests(other):
    """As many requests as another program, which has more entries to check."""

    def measured(results):
        one, other_one = (results[name].get("requests") for name in ("plugyard", other))
        return None if one is None or other_one is None else abs(other_one - one)

    return Goal(f"as many requests as {other}", measured, "{} more or fewer", 0)


def faster(limit):
    return Goal(
        f"≥ {limit} × faster than official",
        lambda results: ratio(results, "ocm", "plugyard"),
        "{:.1f} ×",
        limit,
        at_least=True,
    )


def memory(limit):
    return Goal(
        f"RSS ≤ {limit} MiB",
        lambda results: results["plugyard"]["peakBytes"] / MIB,
        "{:.1f} MiB",
        limit,
    )


def binary(limit, path):
    return Goal(
        f"binary ≤ {limit} MB",
        lambda _: os.path.getsize(path) / 1e6,
        "{:.1f} MB",
        limit,
    )


@dataclass(frozen=True)
class Binaries:
    plugyard: str
    floor: str
    save: str
    parse: str
    official: str | None

    def official_program(self, arguments, check, prepare=lambda: None):
        """The official CLI as a program of a row; an empty list if it is absent."""
        if self.official is None:
            return []
        argv = [self.official, "--loglevel", "error", "--config", "ocm.yaml", *arguments]
        return [Program("ocm", argv, check, prepare, slow=True)]


def environment():
    """Nothing of the user's: no configuration, no plugins, no version check."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(WORK / "home"),
        "XDG_CONFIG_HOME": str(WORK / "home" / "config"),
        "PLUGYARD_CACHE": "off",
        "OCM_DISABLE_AUTO_CONFIG": "1",
        "OCM_DISABLE_VERSION_CHECK": "1",
    }
