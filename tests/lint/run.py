#!/usr/bin/python3
"""run.py [ROOT] [CHECK...] - the checks of the tree itself. Every module beside this one that has check() is one.

A check that found nothing to check has failed: it would say 'ok' to an empty tree. The last line is
'lint: N passed, N failed'.
"""
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import ROOT     # noqa: E402 pylint: disable=wrong-import-position


def checks():
    names = sorted(p.stem for p in HERE.glob("*.py") if p.stem not in ("run", "common", "conftest") and "test_" not in p.stem)
    return {name: importlib.import_module(name) for name in names}


def say(root, name, looked, found, more=""):
    """One line for a check, one for each finding; whether all was well."""
    well = looked > 0 and not found
    print(f"  {'ok' if well else 'FAIL':5} {name}: {looked} looked at" + (f", {len(found)} found" if found else "") + (f"; {more}" if more else ""))
    if looked == 0:
        print("        nothing to check was found")
    for finding in found:
        path = finding.path.relative_to(root) if finding.path.is_relative_to(root) else finding.path
        print(f"        {path}:{finding.line}: {finding.text}")
    sys.stdout.flush()
    return well


def main(arguments):
    root = Path(arguments[0]).resolve() if arguments and Path(arguments[0]).is_dir() else ROOT
    wanted = [name for name in arguments if not Path(name).is_dir()]
    known = checks()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"lint: no such check: {' '.join(unknown)}", file=sys.stderr)
        return 2
    names = wanted or list(known)
    passed = sum(say(root, name, *known[name].check(root), known[name].summary(root) if hasattr(known[name], "summary") else "")
                 for name in names)
    print(f"lint: {passed} passed, {len(names) - passed} failed", flush=True)
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
