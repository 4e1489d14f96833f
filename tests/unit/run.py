#!/usr/bin/python3
"""Runs the unit tests that it is given, as many programs at once as there are processors (UNIT_AT_ONCE), and adds up what cmocka says.

A program that finds nothing to test, crashes, or takes longer than three minutes is a failure of its own. The last line is
'unit: N passed, N failed'.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 180
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": f"halt_on_error=1:exitcode=99:suppressions={Path(__file__).parent / 'tsan.txt'}",
}


def run(program):
    """Runs one program; gives (passed, failed, what it wrote)."""
    env = {**SANITIZERS, **os.environ, "CMOCKA_MESSAGE_OUTPUT": "STDOUT"}
    try:
        done = subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        return 0, 1, (late.stdout or b"").decode(errors="replace") + f"no end after {TIMEOUT_S} s\n"
    text = done.stdout.decode(errors="replace")
    passed = len(re.findall(r"^\[       OK \] ", text, re.M))
    failed = len(set(re.findall(r"^\[  (?:FAILED|ERROR ) +\] +(\w+)$", text, re.M)))
    if done.returncode != 0 and failed == 0:
        return passed, 1, text + f"ended with {done.returncode}\n"
    if passed + failed == 0:
        return 0, 1, text + "no test ran\n"
    return passed, failed, text


def main(programs):
    if not programs:
        print("unit: there is no unit test")
        return 1
    passed = failed = 0
    threads = concurrent.futures.ThreadPoolExecutor(int(os.environ.get("UNIT_AT_ONCE") or os.cpu_count()))
    for program, (good, bad, text) in zip(programs, threads.map(run, programs)):
        passed += good
        failed += bad
        name = program.split("/tests/unit/")[-1]
        skipped = len(set(re.findall(r"^\[  SKIPPED \] (\w+)$", text, re.M)))
        left_out = f", {skipped} skipped" if skipped else ""
        print(f"  {'FAIL' if bad else 'ok':5} {name}: {good} passed, {bad} failed{left_out}", flush=True)
        if bad:
            print("".join(f"        {line}\n" for line in text.splitlines()
                          if not re.match(r"\[ RUN |\[       OK", line)), flush=True)
    print(f"unit: {passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
