#!/usr/bin/env python3
"""Measures golive's checks beside a floor, wrk and hurl, in one run, against one server on this machine.

  sustained   checks a second, 16 at once; conditions evaluated (golive), compared in Rust (floor), none (wrk)
  cpu         what those took of all processors together

Both run their checks on one thread: golive on the one that it has for them as it is shipped. What compares what
is on it is the CPU; the rates are those of a machine on which the server runs as well.
  once        500 checks, the start of the process included, 50 at once
  slow        500 checks of a server that takes 100 ms, 50 at once; 1.00 s is the ideal

Needs Linux and Python 3.9; for their rows wrk (Debian's package `wrk`) and hurl (`cargo install hurl`), which makes
the same six comparisons. Programs take turns, each round in another order, so that a noisy machine is noisy for all. Exits with 1 when a check
failed that must not.
"""

import argparse
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CHECKS = ROOT / "target/release/examples/checks"

# The conditions of checks.rs in hurl's language.
HURL = """GET {url}
HTTP 200
[Asserts]
jsonpath "$.status" == "pass"
jsonpath "$.version" startsWith "1."
jsonpath "$.checks" count >= 4
jsonpath "$.checks[?(@.status != 'pass')]" count == 0
jsonpath "$.uptime_s" > 0
"""

# What golive is to reach, beside the floor.
GOALS = {"sustained": "≥ 0.5", "once": "≤ 2.0", "slow": "≤ 1.06"}


def run(program, url, count, at_once):
    """Seconds of a run as the program counts them, with its start, and of CPU, all threads together."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    ran = subprocess.run(
        [CHECKS, program, url, str(count), str(at_once)],
        check=True, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120,
    )
    whole = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _, failed, seconds = ran.stdout.split()
    if failed != "0":
        sys.exit(f"{program}: {failed} of {count} checks failed")
    return float(seconds), whole, cpu


def wrk(url, seconds):
    ran = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{seconds}s", url],
        check=True, text=True, stdout=subprocess.PIPE, timeout=seconds + 30,
    )
    return float(re.search(r"Requests/sec:\s+([\d.]+)", ran.stdout).group(1))


def hurl(url, count, at_once):
    """Checks a second, the start of the process included, which thousands of checks make up for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "health.hurl")
        file.write_text(HURL.format(url=url))
        began = time.perf_counter()
        ran = subprocess.run(
            ["hurl", "--test", "--parallel", "--jobs", str(at_once), "--repeat", str(count), file],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
        )
        whole = time.perf_counter() - began
    if ran.returncode != 0:
        sys.exit(f"hurl: {ran.stderr[-2000:]}")
    return count / whole


def beside(name, ours, others, goal):
    """The row of a program that measures one thing only."""
    if not others:
        print(f"| {name} | not installed | | | |")
        return
    middle = statistics.median(others)
    print(f"| {name}, a second | {ours:,.0f} | {middle:,.0f} | {ours / middle:.2f} | {goal} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=8, help="runs of each, best a multiple of 4")
    parser.add_argument("--count", type=int, default=30_000, help="checks in a sustained run")
    options = parser.parse_args()

    server = subprocess.Popen([CHECKS, "serve"], text=True, stdout=subprocess.PIPE)
    try:
        url = server.stdout.readline().strip()
        seen = {name: {"golive": [], "floor": []} for name in (*GOALS, "cpu")}
        wrks, hurls = [], []

        def sustained(program):
            seconds, _, cpu = run(program, url, options.count, 16)
            seen["sustained"][program].append(options.count / seconds)
            seen["cpu"][program].append(cpu / options.count * 1_000_000)

        turns = [lambda: sustained("floor"), lambda: sustained("golive")]
        if shutil.which("wrk"):
            turns.append(lambda: wrks.append(wrk(url, 1)))
        if shutil.which("hurl"):
            turns.append(lambda: hurls.append(hurl(url, options.count // 5, 16)))
        for n in range(options.runs):
            # Whoever comes after the idle second of the slow server finds a processor that has slept.
            for turn in turns[n % len(turns):] + turns[:n % len(turns)]:
                turn()
            for program in ("floor", "golive") if n % 2 else ("golive", "floor"):
                seen["once"][program].append(run(program, url, 500, 50)[1] * 1000)
            for program in ("floor", "golive"):
                seen["slow"][program].append(run(program, url + "slow", 500, 50)[1] * 1000)
    finally:
        server.kill()
        server.wait()

    print("| figure | golive | floor | ratio | goal |")
    print("|---|--:|--:|--:|--:|")
    units = {
        "sustained": "checks a second", "cpu": "CPU for 1,000 checks, ms",
        "once": "500 once, ms", "slow": "500 of a slow server, ms",
    }
    for name, unit in units.items():
        ours, floor = (statistics.median(seen[name][p]) for p in ("golive", "floor"))
        print(f"| {unit} | {ours:,.0f} | {floor:,.0f} | {ours / floor:.2f} | {GOALS.get(name, '')} |")
    ours = statistics.median(seen["sustained"]["golive"])
    beside("wrk, nothing compared", ours, wrks, "")
    beside("hurl, the same compared", ours, hurls, "≥ 10")


if __name__ == "__main__":
    main()
