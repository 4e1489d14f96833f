"""Programs replaced by new ones under a steady load of sign-ins, pages, edits and checks through nginx: not one request fails, nobody is signed
out, nothing is done twice. The listeners are those of the campus's supervisor, as they are systemd's on a machine (systemd/*.socket)."""
import collections
import os
import re
import sys
import threading
import traceback
from pathlib import Path

import pytest
import requests

from campus.client import until
from conftest import ROOT, Running
from ctl import Ctl

sys.path.insert(0, str(ROOT / "tests" / "soak"))
import soak     # noqa: E402 pylint: disable=wrong-import-position

TIMES = int(os.environ.get("SPOM_REPLACEMENTS", "3"))
FRONTS = ["spom-front-door", "spom-front-check", "spom-front-back"]
PROGRAMS = ["spom-authority", "spom-gate", "spom-judge", *FRONTS, "spom-courier"]
BETWEEN = 40        # answers that the load gets between two replacements
DRAINED_S = 15.0    # at most, as in the units (TimeoutStopSec=)


@pytest.fixture(scope="module")
def given():
    running = Running(ROOT / "build" / "flow-drain", env={"SPOM_DEMO_GIVEN_SOCKETS": "1", "SPOM_DEMO_USERS": str(soak.USERS)})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def people(given):
    """Lent once each: a code counts once."""
    return soak.People(given)


@pytest.fixture(scope="module")
def ctl(given):
    ctl = Ctl(given)
    yield ctl
    ctl.close()


class Counted:
    """Every answer that anybody gets here through the edge, by its status and by what was done."""

    def __init__(self):
        self.lock, self.statuses, self.acts = threading.Lock(), collections.Counter(), collections.Counter()
        self.send = requests.Session.send

    def __enter__(self):
        counted, send = self, self.send

        def counting(session, request, **options):
            answer = send(session, request, **options)
            counted.note(request, answer)
            return answer
        requests.Session.send = counting
        return self

    def __exit__(self, *_):
        requests.Session.send = self.send

    def note(self, request, answer):
        path = request.path_url.split("?")[0]
        with self.lock:
            self.statuses[answer.status_code] += 1
            if request.method == "POST" and answer.status_code == 200:
                is_done = path != "/login" or '"done":true' in answer.text
                self.acts[path] += is_done

    @property
    def total(self):
        return self.statuses.total()


class Load:
    """The work of the soak test (tests/soak), each answer of which is looked at, until it is told to stop."""

    def __init__(self, people):
        self.over, self.done, self.faults = threading.Event(), collections.Counter(), []
        self.kinds = (*soak.KINDS, asks_figures)
        self.threads = [threading.Thread(target=self._go_on, args=(kind, people)) for kind in self.kinds]

    def _go_on(self, kind, people):
        while not self.over.is_set() and not self.faults:
            try:
                kind(people)
                self.done[kind.__name__] += 1
            except Exception:       # whatever it was, it is a finding  # pylint: disable=broad-except
                self.faults.append(f"{kind.__name__}: {traceback.format_exc(limit=4)}")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def asks_figures(people):
    """What only the instance back answers, by the authority and without it. (/health/ready has two seconds of patience, which it is for.)"""
    browser = people.campus.browser()
    for _ in range(5):
        for path, word in (("/metrics", "spom_logins_total"), ("/health/live", "live")):
            answer = browser.get(path)
            soak.expect(answer.status_code == 200 and word in answer.text, f"{path}: {answer.status_code} {answer.text}")


def stop(campus, name):
    campus.stop(name, grace_s=DRAINED_S)
    assert f"{name} ended" in campus.log("supervisor")
    assert campus.log("supervisor").rsplit(f"{name} ended", 1)[1].split("status=")[1].startswith("0"), "it was not killed"


def start(campus, name):
    campus.start(name)
    wait_until_it_serves(campus, name)


def wait_until_it_serves(campus, name):
    """The last that a program does before it serves is to shut itself in."""
    def is_shut_in():
        try:
            return "Seccomp:\t2" in Path(f"/proc/{campus.pid(name)}/status").read_text(encoding="utf-8")
        except OSError:
            return False
    until(is_shut_in, f"{name} serves", 20)


def together(campus):
    """Each program's successor is started while it drains."""
    def replace(name):
        campus.replace(name, timeout_s=DRAINED_S)
        wait_until_it_serves(campus, name)
    for name in PROGRAMS:
        yield lambda name=name: replace(name)


def one_behind_the_other(campus):
    """As `systemctl restart` does it: the successor is started when the predecessor has ended."""
    def restart(name):
        stop(campus, name)
        start(campus, name)
    for name in PROGRAMS:
        yield lambda name=name: restart(name)


def all_at_once(campus):
    """Another release, whose messages the old one does not understand: nobody asks anybody while half of it is there."""
    def restart():
        for name in reversed(PROGRAMS):
            stop(campus, name)
        for name in PROGRAMS:
            campus.begin(name)
        for name in PROGRAMS:
            until(lambda name=name: campus.is_ready(name), f"{name} is ready", 30)
            wait_until_it_serves(campus, name)
    yield restart


def edge_statuses(campus):
    """What the edge has answered so far, by its own log, which it writes behind."""
    return [line.split('" ')[1].split()[0] for line in campus.log("nginx-access").splitlines()]


def events(ctl):
    """Of the audit, and that it is whole."""
    verified = ctl("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return collections.Counter(row["event"] for row in ctl.rows("audit", "export"))


# what was answered with "done", and the event of the audit that says so
ACTS = {"/login": "signed_in", "/logout": "signed_out", "/profile": "profile_saved"}


@pytest.mark.parametrize("manner", [together, one_behind_the_other, all_at_once])
def test_replaced_under_load(given, people, ctl, manner):
    before, told = events(ctl), len(edge_statuses(given))
    with Counted() as counted, Load(people) as load:
        for _ in range(TIMES):
            for replace in manner(given):
                already = counted.total
                replace()
                until(lambda: load.faults or counted.total >= already + BETWEEN, "the load goes on", 30)
                assert not load.faults, load.faults
        until(lambda: load.faults or all(load.done[kind.__name__] for kind in load.kinds), "each kind of work was done", 60)
    assert not load.faults, load.faults
    assert not [status for status in counted.statuses if status >= 500], counted.statuses
    until(lambda: len(edge_statuses(given)) - told >= counted.total, "the edge has written its log")
    assert collections.Counter(map(int, edge_statuses(given)[told:])) == counted.statuses, "somebody got another answer"
    after = events(ctl)
    assert {event: after[event] - before[event] for event in ACTS.values()} == \
        {event: counted.acts[path] for path, event in ACTS.items()}, "what was done once is recorded once"


def test_each_mail_is_sent_once(given):
    """Of those that the load has caused, whoever was replaced while it waited."""
    queued = re.findall(r"mail_queued .*?mail=(\S+)", given.log("spom-authority"))
    until(lambda: len(given.mails()) >= len(queued), "all mails are there", 60)
    sent = re.findall(r"mail_sent .*?mail=(\S+)", given.log("spom-courier"))
    assert collections.Counter(sent) == collections.Counter(queued) and len(given.mails()) == len(queued)
