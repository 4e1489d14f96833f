"""The queue of mails where it can take no more: its disk is full. Nothing is done that the person could not be told of, nothing that was
told of is lost, and all goes on by itself."""
import os
import subprocess
from contextlib import contextmanager

import pytest
import requests

from campus.client import until
from conftest import ROOT, Running
from ctl import Ctl
from door import Door

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own takes root")

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def own():
    running = Running(ROOT / "build" / "flow-queue", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "60"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(own):
    made = Ctl(own)
    yield made
    made.close()


def inside(campus, *command):
    """In the campus's own mount namespace; its root as well: we may be in a chroot."""
    return subprocess.run(["nsenter", "-t", str(campus.pid("slapd")), "-m", "-r", *command], check=True, capture_output=True,
                          text=True).stdout


class Disk:
    """A file system of one megabyte, on which the queue lies."""

    def __init__(self, campus):
        self.campus, self.folder = campus, campus.dir / "state" / "outbox"

    def fill(self):
        inside(self.campus, "sh", "-c", f"cat /dev/zero >>{self.folder}/filler 2>/dev/null || true")

    def give_room(self):
        inside(self.campus, "rm", "-f", f"{self.folder}/filler")

    def files(self, suffix):
        return [name for name in inside(self.campus, "ls", str(self.folder)).split() if name.endswith(suffix)]


@contextmanager
def small_disk(campus):
    disk = Disk(campus)
    campus.stop("spom-authority")
    inside(campus, "mount", "-t", "tmpfs", "-o", f"size={MEGABYTE},mode=700,uid=61001,gid=61001", "none", str(disk.folder))
    try:
        campus.start("spom-authority")
        until(lambda: campus.browser().get("/health/ready").status_code == 200, "ready", 15)
        yield disk
    finally:
        campus.start("mail")
        campus.stop("spom-authority")
        inside(campus, "umount", str(disk.folder))
        campus.start("spom-authority")


def sign_in(campus, person, door=None):
    """(the door, the last answer) of a browser that nobody knows, or of that door's."""
    door = door or Door(campus)
    door.ask = None
    return door, door.sign_in(person)


def ready(campus):
    return campus.browser().get("/health/ready").json()


def figures(campus):
    edge = campus.json["edge"]
    text = requests.get(edge["back"] + "/metrics", timeout=10,
                        headers={"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal, "X-Forwarded-For": "127.0.0.1"}).text
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_a_full_disk_loses_no_mail_and_comes_back(own, ctl):
    known, other = own.newcomer(), own.newcomer()
    browser, _ = sign_in(own, known)
    sign_in(own, other)         # the first sign-in of each: from now on a new browser owes a mail
    # until no mail of before is on its way
    until(lambda: not list((own.dir / "state" / "outbox").glob("*.mail")), "nothing waits", 20)
    with small_disk(own) as disk:
        own.stop("mail")
        mails = set(own.mails())
        disk.fill()
        told, answer = 0, None
        for _ in range(200):
            _, answer = sign_in(own, other)
            if answer.status_code != 200:
                break
            told += 1
        assert answer.status_code == 503 and answer.json()["error"] == "mail_paused", answer.text
        assert "mail" in answer.json()["text"] and answer.json()["trace"] in own.log("spom-authority")
        assert told > 10 and len(disk.files(".mail")) == told
        page = Door(own).browser.get("/login", headers={"Accept": "text/html"})
        assert page.status_code == 200, "the form is there: who owes no mail gets in"

        # what says so
        state = ready(own)
        assert state["mail"] is False and state["ready"] is True
        assert "mail queue not well" in ctl("health").stdout
        assert "mail_disk_refuses" in own.log("spom-authority")
        seen = figures(own)
        assert seen['spom_up{neighbour="mail_queue"}'] == "0" and int(seen["spom_mails_waiting"]) == told
        assert seen['spom_mails_total{outcome="not_queued"}'] == "0"

        # who owes no mail
        assert browser.home().status_code == 200, "a live session goes on"
        _, answer = sign_in(own, known, browser)
        assert answer.status_code == 200 and answer.json()["done"] is True, "a browser that is known"

        # a kill in the middle of it
        own.wait_back("spom-authority", own.kill("spom-authority"))
        until(lambda: own.browser().get("/health/ready").status_code == 200, "ready", 15)
        assert len(disk.files(".mail")) == told
        _, answer = sign_in(own, other)
        assert answer.status_code == 503, answer.text

        # room again
        disk.give_room()
        until(lambda: ready(own)["mail"] is True, "the queue is well", 10)
        _, answer = sign_in(own, other)
        assert answer.status_code == 200 and answer.json()["done"] is True
        assert "mail_disk_back" in own.log("spom-authority")
        own.start("mail")
        own.wait_back("spom-authority", own.kill("spom-authority"))     # the pause of a server that is away ends
        until(lambda: not disk.files(".mail"), "all went out", 60)
        arrived = [path.read_text(errors="replace") for path in set(own.mails()) - mails]
        ids = [line for mail in arrived for line in mail.splitlines() if line.lower().startswith("message-id")]
        assert len(arrived) == len(set(ids)) == told + 1, "each went out once"


def test_what_an_operator_ends_waits_for_no_mail(own, ctl):
    """A stolen session is ended, whoever can be told; and with the glass broken, also what opens a door."""
    person = own.newcomer()
    door, _ = sign_in(own, person)
    with small_disk(own) as disk:
        own.stop("mail")
        disk.fill()
        other = own.newcomer()
        until(lambda: sign_in(own, other)[1].status_code == 503, "the queue is full", 60)
        done = ctl("session", "end", person.user, "--reason", "stolen", "--break-glass")
        assert done.returncode == 0, done.stdout + done.stderr
        assert door.home().status_code == 401
        done = ctl("person", "open-enrolment", person.user, "--reason", "lost", "--break-glass")
        assert done.returncode == 0, done.stdout + done.stderr
