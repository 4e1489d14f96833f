#!/usr/bin/python3
"""run.py FOLDER SOURCE... - adds up what the analyzers said, for `make analyze`.

FOLDER/TOOL/SOURCE.txt is what one tool wrote about one source. A finding is accepted where a row of accepted.txt names its check
and its file, and a row that accepts nothing any more is a failure (where its folder was read), as is an output that is not there. Each file counts once
for each tool; the last line is 'analyze: N passed, N failed'.
"""
import fnmatch
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path.cwd()
ACCEPTED = Path("tests/analyze/accepted.txt")

# How each tool ends the line of a finding; lines without such an end explain the one before.
END = {
    "gcc": re.compile(r"^(?P<path>[^:\s]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*?)(?: \[-W(?P<check>[\w=+-]+)\])?$"),
    "clang-tidy": re.compile(r"^(?P<path>[^:\s]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*) \[(?P<check>[\w.,-]+)\]$"),
    "cppcheck": re.compile(r"^(?P<path>[^:\s]+):(?P<line>\d+):\d+: (?:error|warning|style|performance|portability): (?P<text>.*)"
                           r" \[(?P<check>\w+)\]$"),
}


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    check: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text} [{self.check}]"


@dataclass
class Row:
    """'CHECK PATH reason', or 'CHECK~WORD PATH reason' for findings with that word; the path may have the wildcards of a shell."""
    line: int
    check: str
    word: str
    path: str
    used: bool = field(default=False)

    def takes(self, finding):
        return (self.check in finding.check.split(",") and self.word in finding.text
                and fnmatch.fnmatch(finding.path, self.path))


def rows(text):
    """The rows of accepted.txt; a ValueError names one without a reason."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(maxsplit=2)
        if len(parts) < 3:
            raise ValueError(f"{ACCEPTED}:{number}: a row is 'CHECK PATH reason'")
        check, _, word = parts[0].partition("~")
        found.append(Row(number, check, word, parts[1]))
    return found


def findings(tool, text):
    """What a tool found; paths are relative to the tree."""
    found = []
    for line in text.split("\n"):
        match = END[tool].match(line)
        if match:
            path = match["path"].removeprefix(f"{ROOT}/")
            found.append(Finding(path, int(match["line"]), match["check"] or "error", match["text"]))
    return found


def look(folder, tool, source, accepted):
    """The findings of one tool in one source that no row takes; None when there is no output."""
    output = folder / tool / f"{source}.txt"
    if not output.is_file():
        return None
    left = []
    for finding in findings(tool, output.read_text(errors="replace")):
        takers = [row for row in accepted if row.takes(finding)]
        for row in takers:
            row.used = True
        if not takers:
            left.append(finding)
    return left


def main(arguments):
    folder, sources = Path(arguments[0]), arguments[1:]
    accepted = rows(ACCEPTED.read_text(encoding="utf-8"))
    passed, failed, told = 0, 0, set()
    for tool in END:
        for source in sources:
            left = look(folder, tool, source, accepted)
            if left is None:
                print(f"  {source}: {tool} has not looked at it")
            for finding in left or []:
                if finding not in told:
                    print(f"  {tool}: {finding}")
                told.add(finding)
            passed, failed = (passed + 1, failed) if left == [] else (passed, failed + 1)
    read = {source.split("/", 1)[0] for source in sources} | {"*"}
    for row in accepted:
        if not row.used and row.path.split("/", 1)[0] in read:
            print(f"  {ACCEPTED}:{row.line}: accepts nothing any more")
            failed += 1
    print(f"  {len(sources)} files, {len(END)} tools, {len(accepted)} rows of accepted findings")
    print(f"analyze: {passed} passed, {failed} failed", flush=True)
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
