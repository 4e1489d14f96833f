"""conftest.py - gives each flow test the campus it drives: real programs, seen from outside.

`campus` is one campus for the whole run, on ports and in a folder of its own; it ends with pytest, however that ends.
"""
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from campus.client import Campus, until             # noqa: E402
from campus.codes import Codes                      # noqa: E402
from campus.guard import die_with_parent            # noqa: E402
from campus.layout import OFFSETS                   # noqa: E402

COMMAND = ["/usr/bin/python3", str(ROOT / "tests" / "campus" / "campus.py")]
FIRST_PORT = 20480              # far from the demo's 8080, so that both can run
STEP = 500                      # more than the furthest two ports of one campus lie apart


class Running:
    """A campus that somebody started here; `campus` is how one speaks to it."""

    def __init__(self, directory, programs=True, port=None, timeout_s=60, **options):
        self.directory = Path(directory)
        self.env = os.environ | {"SPOM_DEMO_DIR": str(directory), "SPOM_DEMO_PORT": str(port or free_port()),
                                 "SPOM_DEMO_USERS": "0"} | options.pop("env", {})
        self.command = [*COMMAND, "run", *([] if programs else ["--without-programs"])]
        (self.directory / "campus.json").unlink(missing_ok=True)     # of a run that was killed: nobody is there yet
        me = os.getpid()
        self.process = subprocess.Popen(self.command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, preexec_fn=lambda: die_with_parent(me, signal.SIGTERM), **options)
        until(lambda: self._is_ready(), "the campus is ready", timeout_s)
        self.campus = Campus(directory)

    def _is_ready(self):
        if self.process.poll() is not None:
            pytest.fail(f"the campus did not start:\n{self.process.stdout.read()}")
        return (self.directory / "campus.json").exists()

    def end(self):
        self.process.terminate()
        assert self.process.wait(15) == 0, "the campus did not end well"
        self.process.stdout.close()


def free_port():
    """The portal's port of a campus for which all others are free as well."""
    first = int(os.environ.get("SPOM_TEST_PORT") or FIRST_PORT)
    for port in range(first, 60000, STEP):
        if all(is_free(port + offset) for offset in OFFSETS.values()):
            return port
    raise RuntimeError("no free ports")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture(scope="session")
def campus():
    """The whole campus, SPOM included; nobody has a second factor, and none is required: what is true with the password alone."""
    running = Running(ROOT / "build" / "flow", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "400"})
    yield running.campus
    running.end()


@pytest.fixture(scope="session")
def full():
    """The campus as the demo has it: people have authenticators, and everybody needs one. With generated people, each of whom can be
    used by one test alone, since a code counts once."""
    running = Running(ROOT / "build" / "flow-full", env={"SPOM_DEMO_USERS": "2000"})
    yield running.campus
    running.end()


def plain(campus, folder):
    """A campus of programs that no sanitizer has changed, for a fixture that yields from it; where there are none, the one that is there."""
    programs = os.environ.get("SPOM_PLAIN_BIN_DIR")
    if not programs:
        yield campus
        return
    running = Running(ROOT / "build" / folder, env={"SPOM_BIN_DIR": programs, "SPOM_DEMO_FACTORS": "0"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(campus):
    """spomctl beside the campus."""
    from ctl import Ctl         # pylint: disable=import-outside-toplevel
    made = Ctl(campus)
    yield made
    made.close()


@pytest.fixture(scope="session")
def codes():
    """The authenticators of the campus `full`."""
    return Codes()


@pytest.fixture
def person(campus):
    """Whom no other test has, with the password alone."""
    return campus.newcomer()


@pytest.fixture
def somebody(full):
    """somebody(): a person with password and authenticator whom no other test has."""
    return full.newcomer


@pytest.fixture(scope="session")
def bare_campus():
    """The neighbours alone: for what is true of them whatever SPOM does."""
    running = Running(ROOT / "build" / "flow-bare", programs=False)
    yield running.campus
    running.end()
