"""The format of all C is clang-format's, by the tree's .clang-format (tables in .def files are aligned by hand)."""
import re
import subprocess

from common import C, Finding, files

FAULT = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: error:", re.M)


def check(root):
    paths = files(root, *C)
    if not paths:
        return 0, []
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)], cwd=root, capture_output=True,
                          text=True, check=False)
    first = {}
    for m in FAULT.finditer(done.stderr):
        first.setdefault(m["path"], int(m["line"]))
    found = [Finding(path, first[str(path)], "is not as clang-format writes it") for path in paths if str(path) in first]
    if done.returncode != 0 and not found:
        found = [Finding(paths[0], 1, done.stderr.strip()[:300])]
    return len(paths), found
