"""Two gateways on one directory and one store, as two machines behind one name: a sign-in goes from one to the other in its middle, whatever
becomes of the first."""
import os
import subprocess
from types import SimpleNamespace

import pytest

from campus.client import until
from campus.guard import die_with_parent
from campus.layout import BIN
from conftest import free_port
from door import JSON, Door
from second import authority, machine
from turning import changed

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second authority reads the first one's secrets")


def as_root(text, port):
    """The settings of a machine on which all programs run as root."""
    for role in ("door", "check", "back", "gate", "courier"):
        text = changed(text, f"peers.{role}", "0")
    return changed(text, "portal.door_port", port)


def stack(sockets, folder):
    folder.mkdir()
    module = f"{BIN}/pam_spom.so socket={sockets}/gate/authority.sock"
    (folder / "spom").write_text(f"auth requisite {module}\naccount requisite {module}\nsession required pam_deny.so\n"
                                 "password required pam_deny.so\n")
    (folder / "other").write_text("auth required pam_deny.so\naccount required pam_deny.so\n")


def begin(home, name, *arguments):
    me = os.getpid()
    with open(home / f"{name}.log", "a", encoding="utf-8") as log:
        return subprocess.Popen([f"{BIN}/{name}", *arguments], stdin=subprocess.DEVNULL, stderr=log, umask=0o077,
                                preexec_fn=lambda: die_with_parent(me))


@pytest.fixture(scope="module")
def second(full, tmp_path_factory):
    """The address of another gateway's door."""
    home, port = tmp_path_factory.mktemp("gateway"), free_port()
    with machine(full, home) as sockets:
        settings = home / "spom.conf"
        stack(sockets, home / "pam.d")
        settings.write_text(changed(as_root(settings.read_text(), port), "authority.pam_confdir", str(home / "pam.d")))
        with authority(home, sockets):
            gate = begin(home, "spom-gate", "--sockets", str(sockets))
            until((sockets / "turn" / "gate.sock").exists, "the second gate serves", 10)
            front = begin(home, "spom-front", "--instance", "door", "--sockets", str(sockets))
            try:
                until(lambda: " serving " in (home / "spom-front.log").read_text(), "the second front serves", 10)
                yield f"http://localhost:{port}"
            finally:
                for process in (front, gate):
                    process.terminate()
                    process.wait(30)        # they drain


class Anywhere(Door):
    """A browser whose requests the edge gives to one gateway or the other."""

    def __init__(self, campus, other):
        super().__init__(campus)
        edge = campus.json["edge"]
        self.other, self.there = other, False
        self.edge = {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal, "X-Forwarded-For": "127.0.0.1"}
        own = self.browser
        self.browser = SimpleNamespace(get=lambda path, **options: self._send(own.get, path, options),
                                       post=lambda path, **options: self._send(own.post, path, options))

    def _send(self, send, path, options):
        if self.there:
            options["headers"] = options["headers"] | self.edge
            path = self.other + path
        return send(path, **options)


def is_in(door):
    return door.browser.get("/", headers=JSON).status_code == 200


@pytest.mark.parametrize("first", [False, True])
def test_a_sign_in_goes_on_at_the_other(full, second, somebody, codes, first):
    """Each answer is given to the other gateway than the one that asked."""
    person, door = somebody(), Anywhere(full, second)
    door.there = first
    door.get()
    door.there = not first
    answer = door.post(user=person.user, password=person.password)
    while answer.status_code == 200 and "done" not in answer.json():
        door.there = not door.there
        ask = answer.json()["ask"]
        answer = door.answer(codes.next(person) if ask["kind"] == "code" else "")
    assert answer.status_code == 200 and answer.json()["done"] is True, answer.text
    for there in (True, False):
        door.there = there
        assert is_in(door)


def test_a_gateway_that_dies_takes_no_sign_in_with_it(full, second, somebody, codes):
    """In the middle of it, between the password and the code."""
    person, door = somebody(), Anywhere(full, second)
    door.get()
    answer = door.read_notices(door.post(user=person.user, password=person.password))
    assert answer.json()["ask"]["kind"] == "code"
    gone = ("spom-front-door", "spom-gate", "spom-authority")
    for program in gone:
        full.stop(program)
    try:
        door.there = True
        answer = door.read_notices(door.answer(codes.next(person)))
        assert answer.status_code == 200 and answer.json()["done"] is True, answer.text
        assert is_in(door)
    finally:
        for program in reversed(gone):
            full.start(program)
    door.there = False
    until(lambda: is_in(door), "the session is everywhere", 10)


@pytest.mark.parametrize("program", ["spom-authority", "spom-gate", "spom-front-door"])
def test_a_program_that_dies_in_the_middle_of_a_sign_in(full, somebody, codes, program):
    """What was asked before can be answered after it."""
    person, other, door = somebody(), somebody(), Door(full)
    assert door.sign_in(person).json()["ask"]["kind"] == "code"
    full.wait_back(program, full.kill(program))
    until(lambda: full.browser().get("/login").status_code == 200, "the page is back", 10)
    until(lambda: Door(full).sign_in(other).status_code == 200, "sign-in is back", 10)
    answer = door.read_notices(door.answer(codes.next(person)))
    assert answer.status_code == 200 and answer.json()["done"] is True, answer.text
