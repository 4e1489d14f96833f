"""bench.py - figures beside their limits: what SPOM does, and what the same machine does without it, in one run.

make bench; make bench ONLY=pages; make bench-large. SPOM_BENCH_SECONDS (5) a figure, SPOM_BENCH_USERS (50,000) generated people. Large: the
same beside a campus of a million people, of whom 200,000 are signed in (SPOM_BENCH_LARGE_USERS, SPOM_BENCH_LARGE_SESSIONS). Every row is also a
line of build/bench/results.json. Nothing of it is part of make check.
"""
import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "flow")]

# pylint: disable=wrong-import-position
from ground import SESSIONS, Ground                                  # noqa: E402
from measure_checks import argon2, check, ended                      # noqa: E402
from measure_feeds import feeds                                      # noqa: E402
from measure_logins import login, pam                                # noqa: E402
from measure_pages import pages, weight                              # noqa: E402
from measure_signon import signon                                    # noqa: E402
from measure_start import start                                      # noqa: E402
from rows import HEAD, Row, Sheet, ratio_of                          # noqa: E402

MEASURES = {measure.__name__: measure for measure in (login, pam, check, ended, pages, weight, signon, feeds, argon2, start)}
ALIKE = ("login", "pam", "check", "pages")      # whose rates must not fall with the number of people
PLACE = ROOT / "build" / "bench"
MEMORY_MB = 60
FALL = 0.9


def number(name, otherwise):
    return int(os.environ.get(name) or otherwise)


def say_memory(ground):
    return Row("memory", "memory of all SPOM processes (PSS), the most under these loads", ground.most_mb, "MB", goal=f"{MEMORY_MB} MB",
               reached=ground.most_mb <= MEMORY_MB)


def run_small(sheet, measures, seconds):
    ground = Ground(PLACE / "campus", number("SPOM_BENCH_USERS", 50_000), SESSIONS, seconds)
    try:
        for measure in measures:
            ground.warm()
            for row in measure(ground):
                sheet.add(row)
        sheet.add(say_memory(ground))
    finally:
        ground.end()


def mean(before, after):
    """Of two runs of a measure on the small campus."""
    values = {row.name: row for row in before}
    for row in after:
        values[row.name].value = (values[row.name].value + row.value) / 2
    return values


def compare(sheet, small, large, measure):
    """The small campus, the large one, the small one again: each in its turn on the same machine."""
    small.warm()
    before = list(measure(small))
    large.warm()
    found = list(measure(large))
    beside = mean(before, list(measure(small))) if measure.__name__ in ALIKE else {row.name: row for row in before}
    for row in found:
        row.campus = large.name
        if row.name in beside:
            beside[row.name].campus = small.name
            sheet.add(beside[row.name])
        sheet.add(row)
        if row.name in beside and row.unit == "/s":
            ratio = ratio_of(row.value, beside[row.name].value) or 0
            judged = row.name in MEASURES and measure.__name__ in ALIKE
            sheet.add(Row(f"{row.name}.fall", f"  so with {large.name} it is", ratio, "of it", campus=large.name,
                          goal=f"{FALL}" if judged else "", reached=ratio >= FALL if judged else None))


def run_large(sheet, measures, seconds):
    """Both campuses are there at once, and only one is worked on."""
    small = Ground(PLACE / "campus", number("SPOM_BENCH_USERS", 50_000), SESSIONS, seconds)
    try:
        large = Ground(PLACE / "campus-large", number("SPOM_BENCH_LARGE_USERS", 1_000_000),
                       number("SPOM_BENCH_LARGE_SESSIONS", 200_000), seconds)
        try:
            for what, took_s in (("people loaded", large.filled_s), ("sessions made", large.seeded_s)):
                sheet.add(Row(f"large.{what.split()[0]}", f"{large.name}: {what} in", took_s, "s", campus=large.name))
            for measure in measures:
                compare(sheet, small, large, measure)
            sheet.add(say_memory(large))
        finally:
            large.end()
    finally:
        small.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=MEASURES, action="append", help="this measure alone; may come again")
    parser.add_argument("--large", action="store_true", default=number("SPOM_BENCH_LARGE", 0) > 0)
    asked = parser.parse_args()
    measures = [MEASURES[name] for name in asked.only or MEASURES]
    sheet = Sheet(PLACE / "results.json")
    print(HEAD)
    (run_large if asked.large else run_small)(sheet, measures, number("SPOM_BENCH_SECONDS", 5))


if __name__ == "__main__":
    main()
