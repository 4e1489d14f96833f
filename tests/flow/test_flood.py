"""A front that floods its socket with all that it may say, and hosts, operators and the other doors, who go on (SECURITY 5)."""
import os
import secrets
import threading
import time

import pytest

import wire
from campus.client import until
from ctl import Ctl
from door import JSON, Door
from hostile import Place, stuffed
from pam_client import Pam
from turning import settings
from web import HTML, Web
from words import says

LINKS = 40              # connections of the flood, each with as many questions as go
SOON_S = 10.0           # an answer of another's under the flood; a machine of two cores runs both


class Flood:
    """Everything that a place may say, without end and without a look at most of the answers."""

    def __init__(self, campus, role):
        self.place, self.over, self.answers, self.threads = Place(campus, role), threading.Event(), {}, []
        self.frames = [wire.frame(name, **stuffed(name, session=secrets.token_urlsafe(32))) for name in wire.sent_by(role)
                       if self._is_answered(name) for _ in range(20)]
        secrets.SystemRandom().shuffle(self.frames)

    def _is_answered(self, name):
        """Twice on one connection; else it would end the flood's connections."""
        with self.place.connect() as connection:
            try:
                return [connection.ask(name, **stuffed(name)) for _ in range(2)] != []
            except wire.Ended:
                return False

    def __enter__(self):
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(LINKS)]
        for thread in self.threads:
            thread.start()
        until(lambda: sum(self.answers.values()) > 200, "the flood flows", 20)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def _run(self):
        while not self.over.is_set():
            try:
                with self.place.connect() as connection:
                    self._pour(connection)
            except (wire.Ended, OSError):
                time.sleep(0.01)

    def _pour(self, connection):
        waiting, at = 0, 0
        while not self.over.is_set():
            while waiting < 24:
                connection.send_bytes(self.frames[at % len(self.frames)])
                waiting, at = waiting + 1, at + 1
            name, fields, _ = connection.receive()
            waiting -= 1
            what = fields["reason"] if name == "refused" else name
            self.answers[what] = self.answers.get(what, 0) + 1


@pytest.fixture
def ctl(full):
    ctl = Ctl(full)
    yield ctl
    ctl.close()


def took(what):
    began = time.monotonic()
    what()
    return time.monotonic() - began


@pytest.mark.skipif(os.geteuid() != 0, reason="PAM for people of the directory needs root")
@pytest.mark.parametrize("role", ["door", "back", "check", "gate"])
def test_a_flood_takes_nothing_from_the_others(full, ctl, somebody, codes, tmp_path, role):
    inside, hosts = Door(full), [somebody() for _ in range(3)]
    assert inside.sign_in_fully(somebody(), codes).json()["done"] is True
    pid, pam = full.pid("spom-authority"), Pam(full, tmp_path)

    def host():
        person = hosts.pop()
        let_in, heard = pam.authenticate(person.user, [person.password, codes.next(person)])
        assert let_in, heard

    def operator():
        done = ctl("person", "show", inside.home().json()["frame"]["user"] if role != "door" else full.people[0].user)
        assert done.returncode == 0, done.stdout + done.stderr

    def another_door():
        if role == "door":
            until(lambda: full.browser().get("/health/ready", headers=JSON).status_code == 200, "ready", SOON_S)       # back's
            assert full.browser().get(full.json["app"] + "/", headers=JSON).status_code == 401      # check's
        else:
            assert inside.home().status_code == 200

    with Flood(full, role) as flood:
        times = {what.__name__: max(took(what) for _ in range(3)) for what in (host, operator, another_door)}
    assert max(times.values()) < SOON_S, (times, flood.answers)
    assert full.pid("spom-authority") == pid
    if role == "door":
        assert flood.answers.get("busy", 0) + flood.answers.get("too_fast", 0) > 0, flood.answers
    until(lambda: inside.home().status_code == 200, "and when it is over all is as before", 10)


def test_a_crowd_of_passwords_holds_no_other_thread(full, somebody, codes):
    """Wrong passwords by the dozen through gate, each of which the directory works at: pages of people who are signed in go on."""
    inside, over, guesses = Door(full), threading.Event(), iter(range(300))        # of a network 500 people an hour may be guessed at
    assert inside.sign_in_fully(somebody(), codes).json()["done"] is True

    def guess():
        while not over.is_set() and (n := next(guesses, None)) is not None:
            Web(full, "json").start().post(user=f"nobody-in-a-crowd-{n}", password="wrong")
    crowd = [threading.Thread(target=guess, daemon=True) for _ in range(16)]
    for thread in crowd:
        thread.start()
    try:
        def look(page):
            assert inside.browser.get(page, headers=JSON).status_code == 200
        slowest = max(took(lambda: look(page)) for page in ("/", "/sessions", "/security") * 3)
        assert any(thread.is_alive() for thread in crowd), "the crowd is still there"
    finally:
        over.set()
        for thread in crowd:
            thread.join(30)
    assert slowest < SOON_S


def test_a_session_that_asks_too_much_is_told_when_to_come_again(full, ctl, somebody, codes):
    inside, other = Door(full), Door(full)
    for door in (inside, other):
        assert door.sign_in_fully(somebody(), codes).json()["done"] is True
    place, token = Place(full, "door"), inside.browser.cookies["spom"]
    with settings(full, ctl, limits_DOT_messages_second="5"), place.connect() as connection:
        def press():
            for _ in range(40):
                connection.send("home", session=token)
            return [connection.receive()[:2] for _ in range(40)]
        told = [fields for name, fields in press() if name == "refused"]
        assert told and all((fields["reason"], fields["retry_s"]) == ("too_fast", 1) for fields in told)
        for accept in (JSON, HTML):
            for _ in range(20):         # room for one comes back five times a second
                press()
                answer = inside.browser.get("/", headers=accept)
                if answer.status_code == 429:
                    break
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1"), answer.text
            assert says(answer, "too_fast")
        press()
        assert other.home().status_code == 200, "another session's pages go on"
        time.sleep(1.1)
        assert inside.home().status_code == 200


def test_a_flood_of_nonsense_fills_no_log(full):
    """Frames that are none, by the hundred: some are told, the rest are counted."""
    place, before = Place(full, "courier"), len(full.log("spom-authority"))
    audit = sum(file.stat().st_size for file in (full.dir / "state" / "audit").glob("audit-*.jsonl"))
    for _ in range(400):
        with place.connect() as connection:
            try:
                connection.send_bytes(bytes(wire.HEAD.size))
                connection.receive()
            except wire.Ended:
                continue
    assert full.log("spom-authority")[before:].count(" bad_frame socket=courier ") <= 40
    assert sum(file.stat().st_size for file in (full.dir / "state" / "audit").glob("audit-*.jsonl")) - audit < 40000
