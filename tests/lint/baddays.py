"""Every bad day that the documentation describes is made by a test, which is there; and what the tables say that a program says, one does."""
import re

from common import Finding, files, read

LIST = "tests/flow/bad_days.txt"
TABLES = ("docs/operate.md", "docs/redis.md")
ELSEWHERE = {"logs that are rotated": "a chapter of its own", "settings reloaded under load": "no bad day, but a loaded one"}
WORD = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")


def rows(text):
    """(line, first column, the whole row) of the table below the heading "Bad days"."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            inside = line == "## Bad days"
        elif inside and line.startswith("| ") and not line.startswith(("| down |", "| what happens |")):
            yield number, line.split(" | ")[0].removeprefix("| "), line


def listed(text):
    """{row: (line, [(line, file, test)])}"""
    found, last = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("\t"):
            last[1].append((number, *line.split()))
        elif line and not line.startswith("#"):
            last = found.setdefault(line, (number, []))
    return found


def check(root):
    path = root / LIST
    if not path.is_file():
        return 0, []
    days, found, described = listed(read(path)), [], set()
    said = "\n".join(read(file) for file in files(root, ".c", ".def", ".h", below="gateway"))
    for table in TABLES:
        if not (root / table).is_file():
            continue
        for line, day, row in rows(read(root / table)):
            described.add(day)
            if day not in days:
                found.append(Finding(root / table, line, f"'{day}' is not in {LIST}"))
            found += [Finding(root / table, line, f"nothing says {word}") for word in WORD.findall(row)
                      if f'"{word}"' not in said and f", {word})" not in said]
    for day, (line, tests) in days.items():
        if day not in described and day not in ELSEWHERE:
            found.append(Finding(path, line, f"no table has '{day}'"))
        if not tests:
            found.append(Finding(path, line, f"no test makes '{day}'"))
        for number, file, test in tests:
            where = root / "tests/flow" / file
            if not where.is_file() or f"\ndef {test}(" not in read(where):
                found.append(Finding(path, number, f"{file} has no {test}"))
    return len(days), found
