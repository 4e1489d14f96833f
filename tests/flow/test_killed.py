"""Each program killed a hundred times in the middle of sign-ins, edits and checks: what was acknowledged is there, nobody is let in who may not
be, and what fails says so with a trace."""
import itertools
import os
import threading
import time

import pytest
import requests

from application import enter
from campus.client import until
from campus.layout import CampusError
from conftest import ROOT, Running
from door import JSON, Door

TIMES = int(os.environ.get("SPOM_KILLS", "100"))
PAUSE_S = 0.03          # between two works of one worker: others want the processors as well
PATIENCE_S = 2.0
STEADY_S = 60.0         # for an answer that is no fault, while programs die
SLOWEST_S = 30.0        # for one that is back: what the supervisor and a start under load take
HTML = {"Accept": "text/html"}


class Load:
    """Workers that go on until they are told to stop; what one of them finds wrong ends the test."""

    def __init__(self, *works):
        self.over, self.done, self.faults = threading.Event(), [0] * len(works), []
        self.threads = [threading.Thread(target=self._go_on, args=(number, work)) for number, work in enumerate(works)]

    def _go_on(self, number, work):
        while not self.over.wait(PAUSE_S) and not self.faults:
            try:
                self.done[number] += work() is not False
            except (OSError, ValueError, KeyError, requests.RequestException):
                continue                    # a connection that broke, an answer that is a fault's: neither is an acknowledgement
            except (AssertionError, CampusError) as fault:
                self.faults.append(fault)

    def wait_more(self):
        """Until something was done, or nothing is for a while: who is killed at once each time it comes back serves nobody."""
        before, end_s = sum(self.done), time.monotonic() + PATIENCE_S
        while sum(self.done) == before and not self.faults and time.monotonic() < end_s:
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def knows(answer):
    """Whether it is an answer to what was asked; else it must say that something is not there now, and with which trace."""
    if answer.status_code < 500:
        return True
    assert answer.status_code == 503, answer.text
    told = answer.json()
    assert told["trace"] or told["error"] == "paused", "the edge alone, in front's place, knows no trace"
    return False


def at_the_door(campus):
    """Somebody before the form; None where there is none now."""
    door = Door(campus)
    try:
        door.get()
    except AssertionError:
        return None
    return door


def steady(get):
    """An answer that is no fault: a program that is being killed is back soon."""
    found = []

    def looked():
        try:
            answer = get()
        except requests.RequestException:
            return False
        found[:] = [answer]
        return answer.status_code < 500
    until(looked, "an answer", STEADY_S)
    return found[0]


def signs_in(campus):
    """With the right password; a session that was given is one until it is ended."""
    numbers = itertools.count(1)

    def work():
        door = at_the_door(campus)
        if door is None:
            return False
        answer = door.sign_in(campus.generated(next(numbers) % 60 + 1))
        if not knows(answer) or answer.json().get("done") is not True:
            return False
        home = steady(door.home)
        assert home.status_code == 200, f"a session that was given is gone: {home.status_code} {home.text}"
        return True
    return work


def guesses(campus):
    """A name that nobody has, a wrong cookie: never in."""
    def work():
        door = at_the_door(campus)
        if door is None:
            return False
        answer = door.post(user="nobody-at-all", password="wrong")
        assert answer.status_code != 200 and "done" not in answer.text, answer.text
        stranger = campus.browser()
        stranger.cookies.set("spom_session", "A" * 43)
        assert stranger.get("/", headers=JSON).status_code != 200
        return knows(answer)
    return work


def edits(campus, person):
    """What was said to be saved stands in the directory."""
    door, numbers = Door(campus), itertools.count(1)
    assert door.sign_in(person).json()["done"] is True

    def work():
        page = door.browser.get("/profile", headers=JSON)
        if not knows(page):
            return False
        page = page.json()
        number = f"+49 170 {next(numbers):07d}"
        answer = door.browser.post("/profile", headers=JSON | {"X-CSRF-Token": page["frame"]["csrf"]},
                                   json={"version": page["version"], "changes": [{"name": "mobile", "value": number}]})
        if not knows(answer) or answer.status_code != 200:
            return False
        [(_, entry)] = campus.ldap().search_s(campus.dn(person.user), 0, attrlist=["mobile"])
        assert entry["mobile"] == [number.encode()], f"{number} was said to be saved, and there is {entry}"
        return True
    return work


def checks(campus, person):
    """An application behind forward-auth: open for who is in, and for nobody else."""
    door, app = Door(campus), campus.json["app"]
    assert door.sign_in(person).json()["done"] is True
    enter(door.browser, app)

    def work():
        answer = door.browser.get(app + "/", headers=HTML, timeout=5)
        assert answer.status_code == 200 or answer.status_code >= 500, f"a session is gone: {answer.status_code}"
        closed = campus.browser().get(app + "/", headers=HTML, timeout=5)
        assert closed.status_code != 200, "open for a stranger"
        return answer.status_code == 200
    return work


@pytest.fixture(scope="module")
def own():
    """A campus of its own: thousands of guesses leave budgets behind, and mails."""
    running = Running(ROOT / "build" / "flow-killed", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "60"})
    yield running.campus
    running.end()


# Those that have nothing to do with each other die together: each of them a hundred times.
@pytest.mark.parametrize("programs", [["spom-authority"], ["spom-gate"], ["spom-front-door", "spom-courier"]], ids="-and-".join)
def test_killed_a_hundred_times(own, programs):
    student, employee = own.person(role="student"), own.person(role="employee")
    with Load(signs_in(own), guesses(own), edits(own, student), checks(own, employee)) as load:
        for _ in range(TIMES):
            load.wait_more()
            killed = [(program, own.kill(program)) for program in programs]
            for program, pid in killed:
                own.wait_back(program, pid, timeout_s=SLOWEST_S)
            assert not load.faults, load.faults
        before = list(load.done)
        until(lambda: load.faults or all(now > then for now, then in zip(load.done, before)), "all of it goes on", 20)
    assert not load.faults, load.faults
