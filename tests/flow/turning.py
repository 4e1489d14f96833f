"""turning.py - spom.conf with other settings for a while, on a campus of its own."""
import contextlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from campus.client import until
from conftest import ROOT, Running
from ctl import Ctl
from door import Door


@pytest.fixture(scope="module")
def own():
    running = Running(ROOT / "build" / "flow-settings", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "60"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(own):
    ctl = Ctl(own)
    yield ctl
    ctl.close()


@pytest.fixture
def person(own):
    """Somebody whose tries nobody has counted yet."""
    return own.newcomer()


# --- the file ---

def changed(text, setting, value):
    """spom.conf with `section.key` or `family name.key` as value; None takes the line away."""
    section, key = setting.rsplit(".", 1)
    lines, out, inside, done = text.splitlines(), [], False, False
    for line in [*lines, "["]:
        if line.startswith("["):
            if inside and not done and value is not None:
                out.append(f"{key} = {value}")
                done = True
            inside = line == f"[{section}]"
        if inside and re.match(rf"{key} *=", line):
            if value is not None and not done:
                out.append(f"{key} = {value}")
            done = True
            continue
        out.append(line)
    out.pop()
    return "\n".join(out + ([] if done or value is None else [f"[{section}]", f"{key} = {value}"])) + "\n"


FRONTS = ("spom-front-door", "spom-front-check", "spom-front-back")


def restart(own, programs=("spom-authority",), serves=True):
    for program in programs:
        own.stop(program)
    for program in programs:
        if serves:
            own.start(program)
        else:
            own.begin(program)
    if serves:
        until(lambda: own.browser().get("/health/ready").status_code == 200, "ready", 15)


@contextlib.contextmanager
def settings(own, ctl, programs=(), serves=True, **values):
    """With other settings; names have _DOT_ for the dot and _OF_ for the blank of a family."""
    file = Path(own.json["config"])
    whole = file.read_text(encoding="utf-8")
    text = whole
    for name, value in values.items():
        text = changed(text, name.replace("_DOT_", ".").replace("_OF_", " "), value)

    def put(what, serving):
        file.write_text(what, encoding="utf-8")
        if programs:
            restart(own, programs, serving)
        else:
            done = ctl("config", "reload")
            assert done.returncode == 0, done.stdout + done.stderr
    try:
        put(text, serves)
        yield
    finally:
        put(whole, True)


def sign_in(own, person, **more):
    door = Door(own)
    try:
        answer = door.sign_in(person, **more)
    except AssertionError as refused:
        return door, json.loads(str(refused).splitlines()[0]), 503
    return door, answer.json(), answer.status_code


def home(own, person):
    door, answer, _ = sign_in(own, person)
    assert answer.get("done") is True, answer
    return door.home().json()


def redis(own, *words):
    access = own.json["redis"]
    return subprocess.run(["redis-cli", "-s", access["unix"], "--user", access["user"], "--pass", access["password"],
                           "--no-auth-warning", *words], capture_output=True, check=False).stdout.decode(errors="replace").split()
