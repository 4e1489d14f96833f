"""Listeners that somebody else opened: what a program takes, what it refuses to start with, and that it leaves them where they are."""
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from campus import handover
from campus.client import until
from campus.codes import Codes
from campus.layout import BIN, UIDS
from conftest import ROOT, Running
from door import Door

ROLES = ("door", "check", "back", "gate", "pam", "admin", "courier")


@pytest.fixture(scope="module")
def given():
    """A campus whose supervisor listens for its programs."""
    running = Running(ROOT / "build" / "flow-given", env={"SPOM_DEMO_GIVEN_SOCKETS": "1"})
    yield running.campus
    running.end()


def account(role):
    """As whom the campus runs a program."""
    return {"user": UIDS[role], "group": UIDS[role], "extra_groups": []} if os.geteuid() == 0 else {}


def inode(path):
    """Of the socket that listens there, by the kernel's table."""
    rows = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace").splitlines()
    [found] = [row.split()[6] for row in rows if row.split()[3::4] == ["00010000", str(path)]]
    return found


def held(pid):
    found = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found |= set(re.findall(r"^socket:\[(\d+)\]$", os.readlink(fd)))
        except FileNotFoundError:       # closed meanwhile
            continue
    return found


def test_a_person_signs_in_over_given_sockets(given):
    assert Door(given).sign_in_fully(given.person(role="student"), Codes()).json()["done"] is True
    assert "listeners=given" in given.log("spom-authority")
    assert "listener=given" in given.log("spom-gate") and "listener=given" in given.log("spom-front-door")


def test_each_program_has_exactly_its_own(given):
    sockets = Path(given.json["sockets"])
    listening = {role: inode(sockets / role / "authority.sock") for role in ROLES} | {"turn": inode(sockets / "turn" / "gate.sock")}
    listening["judge"] = inode(sockets / "judge" / "judge.sock")
    wanted = {"spom-authority": set(ROLES), "spom-gate": {"turn"}, "spom-judge": {"judge"}, "spom-front-door": set(), "spom-courier": set()}
    for name, roles in wanted.items():
        open_now = held(given.pid(name))
        assert {role for role, number in listening.items() if number in open_now} == roles, name


@pytest.mark.parametrize("name, place", [("spom-authority", "door/authority.sock"), ("spom-gate", "turn/gate.sock"),
                                         ("spom-judge", "judge/judge.sock")])
def test_they_stay_when_the_program_ends(given, name, place):
    path = Path(given.json["sockets"]) / place
    before = inode(path), path.stat().st_ino, path.stat().st_mode
    given.stop(name, grace_s=15)
    assert (inode(path), path.stat().st_ino, path.stat().st_mode) == before
    given.start(name)
    assert Door(given).get().status_code == 200


# --- what is refused: no campus is needed, since nothing is opened before ---

def listeners(n, family=socket.AF_UNIX, kind=socket.SOCK_STREAM):
    made = []
    for _ in range(n):
        one = socket.socket(family, kind)
        one.bind("" if family == socket.AF_UNIX else ("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            one.listen(4)
        made.append(one)
    return made


def start(program, names, sockets):
    """The program's last words, and its status."""
    argv = handover.command([str(BIN / program[0]), *program[1:]], names, sockets)
    done = subprocess.run(argv, pass_fds=[one.fileno() for one in sockets], capture_output=True, text=True, timeout=30, check=False)
    for one in sockets:
        one.close()
    return done.returncode, done.stderr


AUTHORITY, GATE = ["spom-authority", "--config", "/nowhere"], ["spom-gate", "--sockets", "/nowhere"]
FRONT = ["spom-front", "--instance", "door", "--sockets", "/nowhere"]


@pytest.mark.parametrize("program, names, sockets, sentence", [
    (AUTHORITY, [*ROLES, "turn"], lambda: listeners(8), 'a socket \\"turn\\" was given, and this program has none of that name'),
    (AUTHORITY, ["unknown"], lambda: listeners(1), 'a socket \\"unknown\\" was given, and this program has none of that name'),
    (AUTHORITY, [*ROLES[1:], "pam"], lambda: listeners(7), 'the socket \\"pam\\" was given twice'),
    (AUTHORITY, ROLES[1:], lambda: listeners(6), 'the socket \\"door\\" was not given, and others were'),
    (AUTHORITY, ROLES, lambda: listeners(6) + listeners(1, kind=socket.SOCK_DGRAM),
     'the socket \\"courier\\" is no Unix stream socket that listens'),
    (GATE, ["gate"], lambda: listeners(1), 'a socket \\"gate\\" was given, and this program has none of that name'),
    (GATE, ["turn"], lambda: listeners(1, socket.AF_INET), 'the socket \\"turn\\" is no Unix stream socket that listens'),
    (FRONT, ["check"], lambda: listeners(1, socket.AF_INET), 'a socket \\"check\\" was given, and this program has none of that name'),
    (FRONT, ["door"], lambda: listeners(1), 'the socket \\"door\\" is no IPv4 stream socket that listens'),
])
def test_what_is_not_what_is_wanted_is_refused(program, names, sockets, sentence):
    status, said = start(program, names, sockets())
    assert status == 1 and "sockets_refused" in said and f'reason="{sentence}"' in said, said


def test_a_front_refuses_a_port_that_the_settings_do_not_have(given):
    """Else nginx would speak to nobody."""
    [port] = made = listeners(1, socket.AF_INET)
    number = port.getsockname()[1]
    argv = handover.command([str(BIN / "spom-front"), "--instance", "door", "--sockets", given.json["sockets"]], ["door"], made)
    done = subprocess.run(argv, pass_fds=[port.fileno()], capture_output=True, text=True, timeout=30, check=False,
                          **account("door"))
    port.close()
    configured = given.json["edge"]["door"].rsplit(":", 1)[1]
    sentence = f'the socket \\"door\\" listens on 127.0.0.1:{number}, and the settings say 127.0.0.1:{configured}'
    assert done.returncode == 1 and sentence in done.stderr, done.stderr


def test_systemds_own_starter_is_understood(given):
    """systemd-socket-activate, which speaks the protocol as systemd does, in the gate's place."""
    given.stop("spom-gate", grace_s=15)
    path = Path(given.json["sockets"]) / "turn" / "gate.sock"
    path.rename(path.with_suffix(".aside"))
    with open(given.dir / "log" / "activated.log", "wb") as log:
        gate = subprocess.Popen(["systemd-socket-activate", "--listen", str(path), "--fdname=turn", str(BIN / "spom-gate"),
                                 "--sockets", given.json["sockets"]], stdout=log, stderr=log, umask=0o007, **account("gate"))
    try:
        until(path.exists, "it listens")
        path.chmod(0o660)       # which systemd does by SocketMode=
        assert Door(given).sign_in_fully(given.person(role="manager"), Codes()).json()["done"] is True
        assert "listener=given" in given.log("activated")
        gate.send_signal(signal.SIGTERM)
        assert gate.wait(15) == 0 and path.exists(), "whose it is not, it does not take away"
    finally:
        if gate.poll() is None:
            gate.kill()
            gate.wait()
        path.with_suffix(".aside").rename(path)
        given.start("spom-gate")
