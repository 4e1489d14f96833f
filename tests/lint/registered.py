"""Every test is run by something: what is called test_* lies where the Makefile looks for it, and has tests in it.

A C test that no cmocka table names is an unused static function, which the compiler refuses; so only an external one could
slip through. Of two Python tests with one name the first would be lost in silence.
"""
import ast
import re
import subprocess

from common import Finding, files, parts, read


def known(root, variable):
    """A list of the Makefile's."""
    done = subprocess.run(["make", "-s", f"print-{variable}"], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.split()


def c_faults(root, path, run):
    if "/".join(parts(root, path)) not in run:
        yield 1, "make unit does not run it"
    text = read(path)
    tests = re.findall(r"^(?:static )?void (\w+)\(void \*\*\w+\)", text, re.M)
    if not re.search(r"\bcmocka_(unit_test|run_group_tests)", text):
        yield 1, "has no test"
    for name in tests:
        if len(re.findall(rf"\b{name}\b", text)) < 2:
            yield 1, f"{name} is in no table"


def py_faults(root, path, folders):
    if not any("/".join(parts(root, path)).startswith(folder + "/") for folder in folders):
        yield 1, "no target of the Makefile runs it"
    tree = ast.parse(read(path))
    count = 0
    for scope in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        names = [node for node in scope.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        tests = [node for node in names if node.name.startswith("test_")]
        count += len(tests)
        for i, node in enumerate(names):
            if any(node.name == before.name for before in names[:i]):
                yield node.lineno, f"{node.name} is there twice, the first is lost"
    if count == 0:
        yield 1, "has no test"


def check(root):
    in_c = [p for p in files(root, ".c") if p.name.startswith("test_")]
    in_py = [p for p in files(root, ".py") if p.name.startswith("test_")]
    if not in_c + in_py:
        return 0, []
    run, folders = known(root, "UNIT_TESTS"), known(root, "PYTEST_FOLDERS")
    found = [Finding(p, *fault) for p in in_c for fault in c_faults(root, p, run)]
    found += [Finding(p, *fault) for p in in_py for fault in py_faults(root, p, folders)]
    return len(in_c + in_py), found
