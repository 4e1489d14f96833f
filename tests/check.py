#!/usr/bin/python3
"""What `make check` runs: builds with both compilers, then every suite, none left out because another failed.

Each suite is a target of the Makefile; all it writes is shown and kept in build/check/NAME.log. Flow and browser tests
use the programs that were built with sanitizers; what those report lies in build/check/reports and is a failure, whatever
the test said. A suite counts by its own summary; one that ends badly without a failed test, or takes too long, is one
failure. Some go on beside the others, in the time of the processors that those leave, and are shown when they are
through; which of two suites a sanitizer's report is of, its name says. The last line is 'N passed, N failed'.
"""
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build/check"
REPORTS = OUT / "reports"
MAKE = os.environ.get("MAKE", "make")
SANITIZE = "SANITIZE=address,undefined"
JOBS = f"-j{os.cpu_count()}"

SANITIZED = {
    "SPOM_BIN_DIR": str(ROOT / "build/asan/bin"),
    "SPOM_PLAIN_BIN_DIR": str(ROOT / "build/bin"),      # for sshd, which has no sanitizer in it, and whoever reads memory
    "ASAN_OPTIONS": f"detect_leaks=1:log_path={REPORTS}/asan",
    "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={REPORTS}/ubsan",
}

KILLED = "tests/flow/test_killed.py"          # five minutes of flow that fit beside the rest of it

# name, arguments of make, has a summary of its own, environment, most it may take
SUITES = [
    ("gcc", [JOBS, "CC=gcc", "all"], False, {}, 600),
    ("clang", [JOBS, "CC=clang", "all"], False, {}, 600),
    ("sanitized", [JOBS, SANITIZE, "all", "unit-programs"], False, {}, 600),
    ("lint", ["lint"], True, {}, 240),
    ("fuzz-programs", [JOBS, "fuzz-programs"], False, {}, 2400),
    ("analyze", [JOBS, "analyze", "ANALYZE=gateway pam_spom"], True, {}, 2400),
    ("tsan-programs", [JOBS, "SANITIZE=thread", "unit-programs"], False, {}, 2400),
    ("unit", ["unit"], True, {}, 600),
    ("fuzz", ["fuzz-replay"], True, {}, 600),
    ("browser", ["browser"], True, SANITIZED | {"SPOM_TEST_PORT": "24480"}, 2400),
    ("killed", ["flow", f"FLOW={KILLED}"], True, SANITIZED | {"SPOM_TEST_PORT": "26480"}, 1200),
    ("tsan", [JOBS, "tsan"], True, {"UNIT_AT_ONCE": "1"}, 2400),
    ("soak", ["soak", "SOAK_SECONDS=120"], True, {"SPOM_TEST_PORT": "30480"}, 420),
    ("flow", ["flow", f"FLOW=tests/flow --ignore={KILLED}"], True, SANITIZED, 2400),
]

# What goes on beside the others, and how it is run: what reads, or builds in a folder of its own, in the time that those leave; and what
# those of flow, which wait most of their time, leave room for. The builds before them come first: they share what those make.
IDLE = ["chrt", "--idle", "0"]
AFTER_OTHERS = ["nice", "-n", "5"]
BESIDE = {"lint": AFTER_OTHERS, "fuzz-programs": IDLE, "analyze": IDLE, "tsan-programs": IDLE, "fuzz": AFTER_OTHERS, "browser": AFTER_OTHERS,
          "killed": [], "tsan": AFTER_OTHERS, "soak": AFTER_OTHERS}
BEHIND = {"fuzz": ("fuzz-programs",), "killed": ("browser",), "tsan": ("tsan-programs", "killed"), "soak": ("tsan",)}     # begins when those are through
CHILDREN = []                       # that run now

OURS = re.compile(r"^\w+: \d+ passed, \d+ failed$")
FAULT = re.compile(r"^(E  |FAILED |ERROR | +FAIL |\[  (FAILED|ERROR )|.*: (fatal )?error: )")      # of pytest, of ours, of cmocka, of a compiler
FAULTS_SHOWN = 40
PYTESTS = re.compile(r"^(=+ )?(\d+ [a-z]+(, )?)+ in [\d.]+s.*$")


def count(lines):
    """(passed, failed, skipped) of the summaries among the lines."""
    sums = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}
    for line in lines:
        if OURS.match(line) or PYTESTS.match(line):
            for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", line):
                sums[word] += int(number)
    return sums["passed"], sums["failed"] + sums["error"], sums["skipped"]


def end(child):
    """Ends a suite and what it started: first as Ctrl-C would, then for good."""
    for number, wait_s in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(child.pid, number)
            child.wait(wait_s)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def run(name, arguments, env, limit_s, beside):
    """Runs make and keeps what it writes, which is shown unless it runs beside others; gives (lines, exit status, whether it
    took too long)."""
    # A session of its own: everything that a suite starts can be ended. MAKEFLAGS of the make above would tell the one
    # below about a job server that it cannot reach.
    kept = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = [*BESIDE.get(name, []), MAKE, "--no-print-directory", *arguments]
    child = subprocess.Popen(command, cwd=ROOT, env={**kept, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    CHILDREN.append(child)
    late = threading.Event()
    timer = threading.Timer(limit_s, lambda: (late.set(), end(child)))
    timer.start()
    lines = []
    try:
        with open(OUT / f"{name}.log", "w", encoding="utf-8") as log:
            for raw in child.stdout:
                line = raw.decode(errors="replace")
                if not beside:
                    sys.stdout.write(line)
                    sys.stdout.flush()
                log.write(line)
                lines.append(line.rstrip("\n"))
        return lines, child.wait(), late.is_set()
    finally:
        CHILDREN.remove(child)
        timer.cancel()


def take_reports():
    """What the sanitizers of the programs reported: shown, and counted."""
    reports = sorted(REPORTS.iterdir())
    for report in reports:
        print(f"--- {report.relative_to(ROOT)}\n{report.read_text(errors='replace')[:6000]}", flush=True)
        report.rename(OUT / f"kept-{report.name}")
    return len(reports)


def suite(name, arguments, has_summary, env, limit_s):
    """Runs one suite; gives (name, passed, failed, skipped, seconds)."""
    began, beside = time.monotonic(), name in BESIDE
    if not beside:
        print(f"\n== {name}", flush=True)
    lines, status, late = run(name, arguments, env, limit_s, beside)
    if beside:
        print("\n".join([f"\n== {name}", *lines]), flush=True)
    passed, failed, skipped = count(lines) if has_summary else (0, 0, 0)
    if late:
        print(f"{name}: no end after {limit_s} s", flush=True)
        failed += 1
    elif status != 0 and failed == 0:
        failed = 1
    elif has_summary and passed + failed == 0:
        print(f"{name}: no test ran", flush=True)
        failed = 1
    if not beside or "ASAN_OPTIONS" in env:     # else what lies there is of the suites that run meanwhile
        failed += take_reports()
    return name, passed, failed, skipped, time.monotonic() - began


def suite_behind(others, *row):
    """The same, when those others are through."""
    concurrent.futures.wait(others)
    return suite(*row)


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def show_faults(rows):
    """The lines that say what went wrong, once more at the end: of a long output it is the end that is kept."""
    for name in (row[0] for row in rows if row[2]):
        lines = (OUT / f"{name}.log").read_text(encoding="utf-8").splitlines()
        print(f"\n== failed: {name}")
        print("\n".join([line[:400] for line in lines if FAULT.match(line)][:FAULTS_SHOWN] or lines[-5:]))


def main():
    signal.signal(signal.SIGINT, interrupted)       # who is begun in the background ignores it, and so would the suites
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    OUT.mkdir(parents=True, exist_ok=True)
    REPORTS.mkdir(exist_ok=True)
    REPORTS.chmod(0o1777)           # each program of the campus has a uid of its own
    for old in [*REPORTS.iterdir(), *OUT.glob("kept-*")]:
        old.unlink()
    begun = {}
    with concurrent.futures.ThreadPoolExecutor(len(SUITES)) as threads:       # those that wait for others as well
        try:
            for row in SUITES:
                others = [begun[name] for name in BEHIND.get(row[0], ())]
                begun[row[0]] = threads.submit(suite_behind, others, *row)
                if row[0] not in BESIDE:
                    begun[row[0]].result()
            rows = [row.result() for row in begun.values()]
        except KeyboardInterrupt:
            while not all(row.done() for row in begun.values()):      # one may be just about to start its child
                for child in list(CHILDREN):
                    end(child)
                time.sleep(0.05)
            raise
    show_faults(rows)
    print("\n== all")
    for name, passed, failed, skipped, took_s in rows:
        left_out = f", {skipped} skipped" if skipped else ""
        print(f"{name:14} {took_s:5.0f} s  {passed} passed, {failed} failed{left_out}")
    failed = sum(row[2] for row in rows)
    print(f"{sum(row[1] for row in rows)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
