"""What adds up the suites must not take silence, a crash or a sanitizer's report for success."""
import importlib.util
import os
import stat

import pytest

from common import ROOT


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
    assert check.suite("x", ["x"], True, {"REPORTS": str(reports)}, limit_s) == expected
    assert list(reports.iterdir()) == []            # taken away, so that they count once


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
