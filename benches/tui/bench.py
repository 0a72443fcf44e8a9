#!/usr/bin/env python3
"""Measures golive in a terminal beside a floor: the least the same libraries can do.

Every figure of golive stands beside the floor's from the same run, program after program in turn, because
two runs on one machine differ by more than the programs do. Needs Linux and Python 3.9, nothing else.

  first frame   start of the process to the last byte of the first frame that shows the data, before 50 ms
                of silence
  key to paint  a key to the last byte of what it changes (p50 / p99); first byte in the JSON
  flood         200 keys at once to the last byte
  idle          CPU, wake-ups and bytes in ten seconds without a key, once what a start leaves is done
  memory        the largest resident size in a session
  left          the terminal after `q` and after SIGTERM: settings, screen and cursor as before

Exits with 1 when a program gave no frame, died or did not answer its keys.
"""

import argparse
import json
import math
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import data
from quiet import Noise, Patience
from session import COLUMNS, KEY_QUIET_MS, ROWS, Session, left_clean, ms, now, text_of

ROOT = Path(__file__).resolve().parent.parent.parent
FLOOR = ROOT / "benches/tui/floor/target/release/floor"
GOLIVE = ROOT / "target/release/golive"
SEED = ROOT / "target/release/examples/seed"
WORK = ROOT / "target/bench-tui"

FRAME_SIZES = (1_000, 10_000)
KEY_SIZES = (50, 10_000)
SPAN = 40  # keys in one direction before turning back
FLOOD = 200

# What golive is to reach, as ratios to the floor.
GOALS = {
    ("portfolio", "frame"): 1.5,
    ("runbook", "frame"): 1.2,
    "key_p50": 1.3,
    "key_p99": 1.5,
    "flood": 0.4,
    "memory": 2.0,
}


class Target:
    """One program on one set of data."""

    def __init__(self, program, screen, size, argv, env, word):
        self.program, self.screen, self.size = program, screen, size
        self.argv, self.env, self.word = [str(a) for a in argv], env, word.encode()
        self.raw = {k: [] for k in ("frame", "frame_bytes", "start_cpu", "first", "last", "bytes", "key_cpu",
                                    "flood", "flood_bytes", "idle_cpu", "idle_wakeups", "idle_bytes", "memory",
                                    "noise")}
        self.faults, self.ends = [], {"q": [], "SIGTERM": []}

    @property
    def name(self):
        return f"{self.program} {self.screen} {self.size}"

    def fault(self, what):
        self.faults.append(f"{self.name}: {what}")

    def open(self):
        """A session that has painted, with how long that took; or None with the fault noted."""
        session = Session(self.argv, self.env)
        took = session.frame(self.word)
        if took is None:
            wrote = session.output()[-200:]
            code = None if session.alive() else session.status
            session.end(sig=signal.SIGKILL)
            self.fault(f"no frame; exit code {code}; wrote {wrote!r}")
            return None, None
        return session, took


# -- measuring ----------------------------------------------------------------------------------------


def measure_frame(target, keep):
    noise = Noise()
    session, took = target.open()
    if session is None:
        return
    cpu, size = session.cpu_ms(), session.size
    disturbed = noise.percent()
    end = session.end(keys=b"q")
    if keep:
        target.raw["frame"].append(took)
        target.raw["frame_bytes"].append(size)
        target.raw["start_cpu"].append(cpu)
        target.raw["noise"].append(disturbed)
        target.ends["q"].append(end)


def settle(session, limit_s=30):
    """Waits until a second has passed without CPU: what a start leaves to be done afterwards is not idleness."""
    end = now() + limit_s * 1_000_000_000
    cpu = -1.0
    while now() < end and session.cpu_ms() - cpu > 0.5:
        cpu = session.cpu_ms()
        session.drain(1000)


def measure_keys(target, keys, idle_s):
    """One session: idle for a while, keys one by one, then a flood of them."""
    session, _ = target.open()
    if session is None:
        return
    raw = target.raw
    session.drain(1000)
    if idle_s:
        settle(session)
        cpu, woken, size, began = session.cpu_ms(), session.wakeups(), session.size, now()
        session.drain(idle_s * 1000)
        raw["idle_cpu"].append(session.cpu_ms() - cpu)
        raw["idle_wakeups"].append((session.wakeups() - woken) / (ms(now() - began) / 1000))
        raw["idle_bytes"].append(session.size - size)
    for _ in range(5):
        session.press(b"j")
        session.burst(KEY_QUIET_MS, 500)
    chance = random.Random(1)
    noise, cpu = Noise(session), session.cpu_ms()
    silent = 0
    for n in range(keys):
        # At no fixed distance, so that no timer of the program's can fall into step with the keys.
        session.drain(chance.uniform(3, 20))
        size, began = session.size, now()
        session.press(b"j" if (n // SPAN) % 2 == 0 else b"k")
        answer = session.burst(KEY_QUIET_MS, 2000)
        if answer is None:
            silent += 1
            if silent > 3:
                break
            continue
        raw["first"].append(ms(answer[0] - began))
        raw["last"].append(ms(answer[1] - began))
        raw["bytes"].append(session.size - size)
    if silent:
        target.fault(f"{silent} keys without an answer")
    if not session.alive():
        target.fault(f"died; exit code {session.status}")
    else:
        raw["key_cpu"].append((session.cpu_ms() - cpu) / keys)
        raw["noise"].append(noise.percent())
        session.drain(100)
        size, began = session.size, now()
        session.press(b"j" * (FLOOD // 2) + b"k" * (FLOOD - FLOOD // 2))
        answer = session.burst(100, 15_000)
        if answer:
            raw["flood"].append(ms(answer[1] - began))
            raw["flood_bytes"].append(session.size - size)
        raw["memory"].append(session.peak_kb())
    target.ends["q"].append(session.end(keys=b"q"))


def measure_sigterm(target):
    session, _ = target.open()
    if session:
        session.drain(300)
        target.ends["SIGTERM"].append(session.end(sig=signal.SIGTERM))


def measure(targets, options, say):
    patience = Patience(options.patience)
    for n in range(options.warmup + options.runs):
        say(f"first frames, round {n + 1} of {options.warmup + options.runs}")
        for target in targets:
            if target.size in FRAME_SIZES and len(target.faults) < 3:
                patience.wait()
                measure_frame(target, keep=n >= options.warmup)
    for n in range(options.sessions):
        for target in targets:
            if target.size in KEY_SIZES and len(target.faults) < 3:
                say(f"keys, round {n + 1} of {options.sessions}: {target.name}")
                patience.wait()
                idle = options.idle if n == 0 and target.size == max(KEY_SIZES) else 0
                measure_keys(target, options.keys, idle)
    for target in targets:
        if target.size == max(KEY_SIZES):
            measure_sigterm(target)


# -- telling ------------------------------------------------------------------------------------------


def percentile(values, percent):
    ranked = sorted(values)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def median(values):
    return statistics.median(values) if values else None


def figures(target):
    """The figures of one target; None for what was not measured."""
    raw = target.raw
    return {
        "frame": median(raw["frame"]),
        "frame_low": min(raw["frame"], default=None),
        "frame_high": max(raw["frame"], default=None),
        "frame_bytes": median(raw["frame_bytes"]),
        "start_cpu": median(raw["start_cpu"]),
        "first_p50": percentile(raw["first"], 50) if raw["first"] else None,
        "key_p50": percentile(raw["last"], 50) if raw["last"] else None,
        "key_p99": percentile(raw["last"], 99) if raw["last"] else None,
        "key_bytes": median(raw["bytes"]),
        "key_cpu": median(raw["key_cpu"]),
        "flood": median(raw["flood"]),
        "flood_bytes": median(raw["flood_bytes"]),
        "idle_cpu": median(raw["idle_cpu"]),
        "idle_wakeups": median(raw["idle_wakeups"]),
        "idle_bytes": median(raw["idle_bytes"]),
        "memory": median(raw["memory"]),
        "noise": median(raw["noise"]),
        "left_by_q": all(left_clean(e) and e["code"] == 0 for e in target.ends["q"]) if target.ends["q"] else None,
        "left_by_sigterm": all(map(left_clean, target.ends["SIGTERM"])) if target.ends["SIGTERM"] else None,
    }


def shown(value, digits=1):
    if isinstance(value, bool):
        return "as before" if value else "**not as before**"
    return "-" if value is None else f"{value:,.{digits}f}"


# What is shown of each figure: its words, the sizes it is measured at, its digits, a divisor, its goal.
ROWS_TOLD = (
    ("first frame, ms", "frame", FRAME_SIZES, 1, 1, None),
    ("key to paint p50, ms", "key_p50", KEY_SIZES, 2, 1, GOALS["key_p50"]),
    ("key to paint p99, ms", "key_p99", KEY_SIZES, 2, 1, GOALS["key_p99"]),
    ("CPU for a key, ms", "key_cpu", KEY_SIZES, 2, 1, None),
    ("bytes for a key", "key_bytes", KEY_SIZES, 0, 1, None),
    ("flood of 200 keys, ms", "flood", KEY_SIZES[-1:], 1, 1, GOALS["flood"]),
    ("memory, MB", "memory", KEY_SIZES, 1, 1024, GOALS["memory"]),
    ("idle CPU in 10 s, ms", "idle_cpu", KEY_SIZES[-1:], 1, 1, None),
    ("idle wake-ups a second", "idle_wakeups", KEY_SIZES[-1:], 1, 1, None),
    ("idle bytes", "idle_bytes", KEY_SIZES[-1:], 0, 1, None),
    ("left by `q`", "left_by_q", KEY_SIZES[-1:], 0, 1, None),
    ("left by SIGTERM", "left_by_sigterm", KEY_SIZES[-1:], 0, 1, None),
)


def table(results):
    """The figures as Markdown: golive, the floor, and the one over the other."""
    lines = ["| screen | figure | at | golive | floor | ratio | goal |", "|---|---|--:|--:|--:|--:|--:|"]
    for screen in ("portfolio", "runbook"):
        for words, key, sizes, digits, divisor, goal in ROWS_TOLD:
            for size in sizes:
                ours, floor = (
                    results.get((program, screen, size), {}).get(key) for program in ("golive", "floor")
                )
                cells = [v / divisor if divisor != 1 and v is not None else v for v in (ours, floor)]
                told = [shown(v, digits) for v in cells]
                numbers = all(v is not None and not isinstance(v, bool) for v in cells)
                ratio = f"{cells[0] / cells[1]:.2f}" if numbers and cells[1] > 0.5 / 10**digits else "-"
                limit = GOALS.get((screen, key), goal)
                lines.append(
                    f"| {screen} | {words} | {size:,} | {told[0]} | {told[1]} | {ratio} "
                    f"| {f'≤ {limit}' if limit else ''} |"
                )
    return "\n".join(lines)


def machine():
    model = re.search(r"model name\s*:\s*(.+)", text_of("/proc/cpuinfo"))
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"{COLUMNS}x{ROWS}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC"
    )


# -- the programs and their data ----------------------------------------------------------------------


def floor_targets():
    targets = []
    for size in sorted({*FRAME_SIZES, *KEY_SIZES}):
        db, toml = WORK / f"floor-{size}.db", WORK / f"runbook-{size}.toml"
        data.floor_portfolio(db, size)
        data.runbook(toml, size)
        targets.append(Target("floor", "portfolio", size, [FLOOR, "portfolio", db], {}, data.merchant(0)))
        targets.append(Target("floor", "runbook", size, [FLOOR, "runbook", toml], {}, data.item_word(0)))
    return targets


def golive_targets():
    """A store and a home for each size and screen; the seed program fills them through golive's own library."""
    targets = []
    for size in sorted({*FRAME_SIZES, *KEY_SIZES}):
        toml = WORK / f"runbook-{size}.toml"
        for screen, arguments, word in (
            ("portfolio", ["portfolio", size], data.merchant(0)),
            ("runbook", ["runbook", toml], data.item_word(0)),
        ):
            home = WORK / f"golive-{screen}-{size}"
            env = {"HOME": str(home)}
            seeded = home / "seeded"
            # A newer golive may keep its store in another form.
            if not seeded.exists() or seeded.stat().st_mtime < SEED.stat().st_mtime:
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir(parents=True)
                # Prints the arguments with which golive opens the screen, one a line.
                made = subprocess.run(
                    [SEED, *map(str, arguments)], env=env, cwd=home, check=True, text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300,
                )
                seeded.write_text(made.stdout)
            argv = [GOLIVE, *seeded.read_text().splitlines()]
            targets.append(Target("golive", screen, size, argv, env, word))
    return targets


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--floor-only", action="store_true", help="measure the floor alone")
    add("--runs", type=int, default=15, help="first frames of each")
    add("--warmup", type=int, default=2, help="first frames before those, thrown away")
    add("--sessions", type=int, default=2, help="key sessions of each")
    add("--keys", type=int, default=200, help="keys in a session")
    add("--idle", type=float, default=10, help="seconds of idleness")
    add("--patience", type=float, default=180, help="seconds to wait for a quiet machine, in all")
    add("--json", type=Path, help="write every single figure to this file")
    return parser.parse_args()


def main():
    options = arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    wanted = [FLOOR] if options.floor_only else [FLOOR, GOLIVE, SEED]
    missing = [str(p.relative_to(ROOT)) for p in wanted if not p.exists()]
    if missing:
        sys.exit(f"not built: {', '.join(missing)}; `make bench-tui` builds what it measures")
    targets = floor_targets() + ([] if options.floor_only else golive_targets())
    # Program by program on the same data, so that a disturbance meets both.
    targets.sort(key=lambda t: (t.screen, t.size, t.program))

    def say(words):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()

    measure(targets, options, say)
    say("")
    results = {(t.program, t.screen, t.size): figures(t) for t in targets}
    where = machine()
    noise = median([n for t in targets for n in t.raw["noise"]])
    print(f"{where}; other programs used {shown(noise, 0)} % of it meanwhile\n\n{table(results)}")
    if options.json:
        told = [
            {"program": t.program, "screen": t.screen, "size": t.size, "figures": results[t.program, t.screen, t.size],
             "raw": t.raw, "ends": t.ends, "faults": t.faults}
            for t in targets
        ]
        options.json.write_text(json.dumps({"machine": where, "targets": told}, indent=1) + "\n")
    faults = [f for t in targets for f in t.faults]
    for fault in faults:
        print(f"failed: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
