"""Nothing is too long to read: no file over 600 lines (tables in .def files may), no function over 100, and half of the C functions of
the product have no more than 15."""
import ast
import re
import statistics

from common import Finding, files, read

FILE_MAX = 600
FUNCTION_MAX = 100
MEDIAN_MAX = 15
PRODUCT = ("gateway", "pam_spom")
SUFFIXES = (".c", ".h", ".py", ".sh", ".html", ".css", ".js", "Makefile", "bootstrap")


def c_functions(text):
    """The tree's format puts the braces of a function, and no other pair behind a ')', into the first column."""
    lines = text.split("\n")
    for opens, line in enumerate(lines):
        if line != "{" or not lines[opens - 1].endswith(")"):
            continue
        head = opens - 1
        while head > 0 and lines[head][:1].isspace():
            head -= 1
        closes = next((i for i in range(opens, len(lines)) if lines[i].startswith("}")), len(lines) - 1)
        name = re.search(r"(\w+)\(", lines[head])
        yield head + 1, name[1] if name else "?", closes - head + 1


def py_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.name, node.end_lineno - node.lineno + 1


def functions(path, text):
    return list(c_functions(text) if path.suffix in (".c", ".h") else py_functions(text) if path.suffix == ".py" else [])


def check(root):
    looked, found = 0, []
    for path in files(root, *SUFFIXES):
        text = read(path)
        lines = text.count("\n")
        looked += 1
        if lines > FILE_MAX:
            found.append(Finding(path, FILE_MAX + 1, f"has {lines} lines, {FILE_MAX} are allowed"))
        for line, name, length in functions(path, text):
            if length > FUNCTION_MAX:
                found.append(Finding(path, line, f"{name} has {length} lines, {FUNCTION_MAX} are allowed"))
    median = statistics.median(lengths(root) or [0])
    if median > MEDIAN_MAX:
        found.append(Finding(root, 1, f"half of the functions have {median:g} lines and more, {MEDIAN_MAX} are allowed"))
    return looked, found


def lengths(root):
    """Of all C functions of the product."""
    return [length for folder in PRODUCT for path in files(root, ".c", ".h", below=folder)
            for _, _, length in functions(path, read(path))]


def summary(root):
    """What run.py says beside how many files it looked at."""
    of_product = lengths(root) or [0]
    return f"C functions have a median of {statistics.median(of_product):g} lines, the longest {max(of_product)}"
