"""Every row of the table of hostile programs (docs/security.md) names tests that walk it, and those tests exist."""
import re

from common import Finding, read

DOCUMENT, HEADING = "docs/security.md", "## A hostile program in each place"
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def rows(text):
    """(line, cells) of each row of the table below the heading."""
    start = text.find(HEADING)
    if start < 0:
        return
    for number, line in enumerate(text[start:].split("\n"), text.count("\n", 0, start) + 1):
        if line.startswith("## ") and line != HEADING:
            return
        if line.startswith("|"):
            yield number, [cell.strip() for cell in line.strip("|").split(" | ")]


def faults(root, cells):
    if len(cells) != 4 or not all(cells):
        yield "a row says what is taken over, what it yields, what remains, and which tests walk it"
        return
    tests = TEST.findall(cells[3])
    if not tests or TEST.sub("", cells[3]).strip():
        yield f"'{cells[0]}' names no tests as `FILE::TEST`"
    for file, test in tests:
        path = root / "tests" / "flow" / file
        if not path.is_file() or not re.search(rf"^def {test}\(", read(path), re.M):
            yield f"there is no {file}::{test}"


def check(root):
    path = root / DOCUMENT
    if not path.is_file():
        return 0, []
    table = list(rows(read(path)))[2:]      # behind the heads and their rule
    return len(table), [Finding(path, line, why) for line, cells in table for why in faults(root, cells)]
