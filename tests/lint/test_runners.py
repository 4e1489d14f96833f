"""What adds up the suites must not take silence, a crash or a sanitizer's report for success."""
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys

import pytest

from common import ROOT

sys.path.insert(0, str(ROOT / "tests"))         # so that it finds `campus`

from campus.client import until                 # noqa: E402 pylint: disable=wrong-import-position


def load(path):
    spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load("tests/check.py")
unit = load("tests/unit/run.py")
fuzz = load("tests/fuzz/run.py")


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("line, counted", [
    ("unit: 5 passed, 2 failed", (5, 2, 0)),
    ("5 passed in 0.10s", (5, 0, 0)),
    ("===== 1 failed, 5 passed, 2 skipped in 61.00s (0:01:01) =====", (5, 1, 2)),
    ("1 passed, 2 errors in 3.00s", (1, 2, 0)),
    ("  ok    base/test_arena: 9 passed, 0 failed", (0, 0, 0)),
    ("a test said: 5 passed in 0.10s", (0, 0, 0)),
    ("no tests ran in 0.00s", (0, 0, 0)),
])
def test_summaries_are_counted_and_nothing_else(line, counted):
    assert check.count([line]) == counted


@pytest.mark.parametrize("make, limit_s, expected", [
    ("echo 'unit: 3 passed, 0 failed'", 10, (3, 0, 0)),
    ("echo 'unit: 3 passed, 1 failed'; exit 2", 10, (3, 1, 0)),
    ("echo 'unit: 3 passed, 0 failed'; exit 2", 10, (3, 1, 0)),
    ("exit 0", 10, (0, 1, 0)),
    ("exit 2", 10, (0, 1, 0)),
    ("kill -9 $$", 10, (0, 1, 0)),
    ("echo 'unit: 3 passed, 0 failed'; exec sleep 60", 0.5, (3, 1, 0)),
    ("echo 'unit: 3 passed, 0 failed'; echo oops > $REPORTS/asan.1", 10, (3, 1, 0)),
], ids=["well", "failed", "ended badly", "silent", "broken", "killed", "late", "reported"])
def test_a_suite(make, limit_s, expected, tmp_path, monkeypatch):
    reports = tmp_path / "reports"
    reports.mkdir()
    monkeypatch.setattr(check, "MAKE", script(tmp_path / "make", make))
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "OUT", tmp_path)
    monkeypatch.setattr(check, "REPORTS", reports)
    name, *counts, _ = check.suite("x", ["x"], True, {"REPORTS": str(reports)}, limit_s)
    assert (name, *counts) == ("x", *expected)
    assert list(reports.iterdir()) == []            # taken away, so that they count once


def test_a_suite_beside_others_is_shown_when_it_is_through_and_takes_no_reports(tmp_path, monkeypatch, capsys):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/asan.1").write_text("of another suite")
    monkeypatch.setattr(check, "MAKE", script(tmp_path / "make", "echo first; echo 'unit: 3 passed, 0 failed'"))
    for name in ("ROOT", "OUT"):
        monkeypatch.setattr(check, name, tmp_path)
    monkeypatch.setattr(check, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(check, "BESIDE", {"x": []})
    assert check.suite("x", ["x"], True, {}, 10)[:4] == ("x", 3, 0, 0)
    assert capsys.readouterr().out == "\n== x\nfirst\nunit: 3 passed, 0 failed\n"
    assert (tmp_path / "reports/asan.1").exists()


def test_a_suite_begins_behind_the_one_that_it_needs(tmp_path, monkeypatch):
    make = script(tmp_path / "make", f"sleep 0.3; echo $2 >> {tmp_path}/order; echo 'x: 1 passed, 0 failed'")
    for name, value in (("MAKE", make), ("ROOT", tmp_path), ("OUT", tmp_path), ("REPORTS", tmp_path / "reports"),
                        ("BESIDE", {"programs": []}), ("BEHIND", {"run": ("programs",)}),
                        ("SUITES", [(name, [name], True, {}, 10) for name in ("programs", "run")])):
        monkeypatch.setattr(check, name, value)
    assert check.main() == 0
    assert (tmp_path / "order").read_text().split() == ["programs", "run"]


def test_an_interrupted_check_leaves_nothing_running(tmp_path):
    """Both the suite whose turn it is and the one beside it end."""
    make = script(tmp_path / "make", f"echo $$ >> {tmp_path}/pids; exec sleep 60")
    program = (f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); import check, pathlib\n"
               f"check.MAKE, check.OUT = {make!r}, pathlib.Path({str(tmp_path)!r})\ncheck.REPORTS = check.OUT / 'reports'\n"
               "check.SUITES = [('analyze', [], True, {}, 50), ('unit', [], True, {}, 50)]\ncheck.main()\n")
    running = subprocess.Popen(["/usr/bin/python3", "-B", "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pids = tmp_path / "pids"
    until(lambda: pids.exists() and len(pids.read_text().split()) == 2, "both suites run", 10)
    running.terminate()
    assert running.wait(20) != 0
    assert not [pid for pid in pids.read_text().split() if os.path.exists(f"/proc/{pid}")]


@pytest.mark.parametrize("program, expected", [
    ("printf '[       OK ] a\\n[       OK ] b\\n'", (2, 0)),
    ("printf '[       OK ] a\\n[  FAILED  ] b\\n[  FAILED  ] b\\n'; exit 1", (1, 1)),
    ("printf '[       OK ] a\\n'; exit 99", (1, 1)),
    ("printf '[       OK ] a\\n'; kill -11 $$", (1, 1)),
    ("exit 0", (0, 1)),
    ("exec sleep 60", (0, 1)),
], ids=["well", "failed", "leaked", "crashed", "silent", "late"])
def test_a_unit_test_program(program, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(unit, "TIMEOUT_S", 0.5)
    assert unit.run(script(tmp_path / "test_x", program))[:2] == expected


@pytest.mark.parametrize("program, inputs, well", [("exit 0", 1, True), ("exit 0", 0, False), ("exit 77", 1, False)],
                         ids=["well", "nothing to replay", "crashed"])
def test_a_fuzz_target(program, inputs, well, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "corpus/no_such").mkdir(parents=True)
    for i in range(inputs):
        (tmp_path / f"corpus/no_such/{i}").write_bytes(b"x")
    wrong = fuzz.fuzz(script(tmp_path / "bin/fuzz-no_such", program), None)
    assert (wrong is None) == well


def test_nothing_to_run_is_a_failure():
    assert unit.main([]) == 1
    assert os.system(f"/usr/bin/python3 {ROOT}/tests/fuzz/run.py --replay >/dev/null") != 0


# --- make analyze: what three tools say of small trees --------------------------------------------------------------

PLANTED = {
    "analyzer-malloc-leak": "#include <stdlib.h>\nint f(void);\nint f(void)\n{\n\tchar *a = malloc(2);\n\treturn a != NULL;\n}\n",
    "bugprone-suspicious-string-compare": "#include <string.h>\nint f(const char *a);\nint f(const char *a)\n{\n"
                                          "\treturn strcmp(a, \"x\") == -1;\n}\n",
    "arrayIndexOutOfBounds": "int f(int i);\nint f(int i)\n{\n\tint a[2] = { i, i };\n\treturn a[i > 0 ? 2 : 2];\n}\n",
    "syntaxError": "int f(void;\n",
}
WELL = "int f(int i);\nint f(int i)\n{\n\treturn i;\n}\n"


def small_tree(root, sources, accepted=""):
    (root / "tests/analyze").mkdir(parents=True)
    (root / "gateway/base").mkdir(parents=True)
    for name in ("Makefile", ".clang-tidy", "tests/analyze/run.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "tests/analyze/accepted.txt").write_text(accepted)
    for name, text in sources.items():
        (root / "gateway/base" / name).write_text(text)


def analyze(root):
    done = subprocess.run(["make", "analyze"], cwd=root, capture_output=True, text=True, check=False,
                          env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")})
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("check_name", [name for name in PLANTED if name != "syntaxError"])
def test_analyze_finds_what_is_planted_again_and_again(check_name, tmp_path):
    small_tree(tmp_path, {"a.c": PLANTED[check_name], "b.c": WELL})
    for _ in range(2):                              # the second time from what was kept
        status, said = analyze(tmp_path)
        assert status != 0 and f"[{check_name}]" in said
        passed, failed = map(int, re.search(r"^analyze: (\d) passed, (\d) failed$", said, re.M).groups())
        assert passed + failed == 6 and passed >= 3     # all of b.c


def test_analyze_counts_files_and_tools(tmp_path):
    small_tree(tmp_path, {"a.c": WELL, "b.c": WELL.replace("f", "g")})
    status, said = analyze(tmp_path)
    assert status == 0 and "analyze: 6 passed, 0 failed" in said
    status, said = analyze(tmp_path)
    assert status == 0 and "analyze: 6 passed, 0 failed" in said and "TIDY" not in said


def test_analyze_reads_again_what_has_changed(tmp_path):
    small_tree(tmp_path, {"a.c": '#include "base/a.h"\n' + WELL, "b.c": WELL, "a.h": ""})
    analyze(tmp_path)
    (tmp_path / "gateway/base/a.h").write_text("static inline int *g(int n)\n{\n\tint *p = 0;\n\treturn n > 0 ? p + *p : p;\n}\n")
    status, said = analyze(tmp_path)
    assert status != 0 and "gateway/base/a.h:4:" in said and "base/b.c" not in said
    assert all(f"{word}  " in said for word in ("GCC ", "TIDY", "CPPC"))


@pytest.mark.parametrize("accepted, expected", [
    ("analyzer-malloc-leak gateway/base/* for a test\nclang-analyzer-unix.Malloc~leak gateway/base/a.c for a test\n"
     "memleak gateway/base/a.c for a test\n", "analyze: 3 passed, 0 failed"),
    ("analyzer-malloc-leak gateway/front/* for a test\n", "accepted.txt:1: accepts nothing any more"),
    ("analyzer-malloc-leak gateway/base/a.c\n", "accepted.txt:1: a row is 'CHECK PATH reason'"),
], ids=["taken", "stale", "without a reason"])
def test_analyze_takes_a_row_with_a_reason_that_is_of_use(accepted, expected, tmp_path):
    small_tree(tmp_path, {"a.c": PLANTED["analyzer-malloc-leak"]}, accepted)
    status, said = analyze(tmp_path)
    assert expected in said and (status == 0) == expected.endswith(" 0 failed")


@pytest.mark.parametrize("sources", [{}, {"a.c": PLANTED["syntaxError"]}], ids=["nothing", "broken"])
def test_analyze_does_not_pass_over_what_it_could_not_read(sources, tmp_path):
    small_tree(tmp_path, sources)
    assert analyze(tmp_path)[0] != 0
