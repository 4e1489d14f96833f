"""What the checks of the tree share: walking it, reading C, and saying what was found.

A check is a module with check(root): it looks at the tree below root and gives (how many things it looked at, a list of
Finding). Nothing looked at is a failure as well: see run.py.
"""
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", "build", "__pycache__", ".pytest_cache"}
C = (".c", ".h")


@dataclass(frozen=True)
class Finding:
    path: Path
    line: int
    text: str


def files(root, *suffixes, below=""):
    """All files below root/below with one of the suffixes (all when none is given), sorted."""
    found = []
    for folder, folders, names in os.walk(Path(root) / below):
        folders[:] = [f for f in folders if f not in SKIPPED]
        found += [Path(folder) / n for n in names if not suffixes or n.endswith(suffixes)]
    return sorted(found)


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def parts(root, path):
    """The path's parts below root."""
    return path.relative_to(root).parts


# A comment, a string or a character constant of C, whichever begins first.
LITERAL = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(text):
    """C without comments, strings and character constants; the lines stay where they are."""
    return LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def without_comments(text):
    return LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0].startswith("/") else m[0], text)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def includes(text):
    """(line, '<' or '"', name) of each include."""
    text = without_comments(text)
    return [(text.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in INCLUDE.finditer(text)]
