"""Every header says at its top what it is for, and is guarded by a name that no other header has."""
import re

from common import Finding, files, read

GUARD = re.compile(r"^#ifndef (\w+)\n#define (\w+)\n", re.M)


def faults(path, text, guards):
    if not re.match(rf"/\* {re.escape(path.name)} - \S", text):
        yield f"does not begin with /* {path.name} - what it is for"
    guard = GUARD.search(text)
    if not guard or guard[1] != guard[2]:
        yield "has no include guard"
    elif not guard[1].startswith("SPOM_"):
        yield f"its guard {guard[1]} does not begin with SPOM_"
    elif guards.setdefault(guard[1], path) != path:
        yield f"its guard {guard[1]} is that of {guards[guard[1]].name} too"


def check(root):
    guards = {}
    headers = files(root, ".h")
    return len(headers), [Finding(p, 1, why) for p in headers for why in faults(p, read(p), guards)]
