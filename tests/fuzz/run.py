#!/usr/bin/python3
"""run.py [--replay | --seconds N] PROGRAM... - the fuzz targets, one after the other.

Each build/fuzz/bin/fuzz-NAME gets the corpora tests/fuzz/corpus/NAME (kept in the repository) and build/fuzz/corpus/NAME
(made by the build, or found by fuzzing). --replay runs each input once; a target without any input fails, since it tests
nothing. Otherwise each target looks for new inputs for N seconds. A crash lies in build/fuzz/crash afterwards. The last
line is 'fuzz: N passed, N failed'.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENV = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1", **os.environ}


def fuzz(program, seconds):
    """Runs one target; gives None, or what went wrong."""
    name = Path(program).name.removeprefix("fuzz-")
    found = Path(program).resolve().parents[1] / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    crash = found.parents[1] / "crash"
    crash.mkdir(exist_ok=True)
    corpora = [str(found)] + [str(p) for p in [ROOT / "tests/fuzz/corpus" / name] if p.is_dir()]
    inputs = sum(1 for corpus in corpora for path in Path(corpus).rglob("*") if path.is_file())
    if seconds is None and inputs == 0:
        return "its corpus is empty"
    limit = ["-runs=0"] if seconds is None else [f"-max_total_time={seconds}"]
    command = [program, *limit, "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={crash}/{name}-", *corpora]
    dictionary = ROOT / "tests/fuzz" / f"{name}.dict"
    if dictionary.is_file():
        command.insert(1, f"-dict={dictionary}")
    done = subprocess.run(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode(errors="replace")
    print(f"  {'FAIL' if done.returncode else 'ok':5} {name}: {inputs} inputs", flush=True)
    return None if done.returncode == 0 else text[-4000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("programs", nargs="*")
    asked = parser.parse_args()
    if not asked.programs:
        print("fuzz: there is no fuzz target")
        return 1
    failed = 0
    for program in asked.programs:
        wrong = fuzz(program, None if asked.replay else asked.seconds)
        if wrong:
            failed += 1
            print(f"{program}: {wrong}", flush=True)
    print(f"fuzz: {len(asked.programs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
