"""Two directory servers, of which one dies or hangs, both do, and the first comes back; and one that is slow."""
import os
import threading
import time

import pytest

from campus.client import until
from door import Door
from relay import Relay
from turning import ctl, home, own, person, settings, sign_in      # pylint: disable=unused-import

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")
PATIENCE_S = 8          # of a sign-in, whatever one of two servers does


def port_of(campus):
    return int(campus.json["ldap"]["uri"].rpartition(":")[2])


@pytest.fixture(scope="module")
def servers(own, ctl):
    """The authority knows the directory by two addresses."""
    first, second = Relay(port_of(own)), Relay(port_of(own))
    with settings(own, ctl, programs=("spom-authority",), directory_DOT_uri=f"{first.uri} {second.uri}"):
        yield first, second
    first.end()
    second.end()


@pytest.fixture(autouse=True)
def well(servers):
    yield
    for server in servers:
        server.back()


class Knocking:
    """Somebody signs in all the time; what was answered."""

    def __init__(self, own):
        self.own, self.over, self.answers, self.slowest_s = own, threading.Event(), [], 0
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.over.is_set():
            began = time.monotonic()
            self.answers.append(sign_in(self.own, self.own.generated(len(self.answers) % 20 + 40))[2])
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def more(self, n=5):
        before = len(self.answers)
        until(lambda: len(self.answers) >= before + n, "sign-ins go on", n * PATIENCE_S)

    def goes_by(self, server, not_by):
        """Whether sign-ins are carried out by one server, and by it alone."""
        before = server.passed, not_by.passed
        self.more(2)
        return server.passed > before[0] and not_by.passed == before[1]

    def __enter__(self):
        self.thread.start()
        self.more()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@pytest.mark.parametrize("how", ["die", "hang"])
def test_the_first_of_two_is_gone_and_comes_back(own, servers, how):
    """Nobody notices: the second takes its place within a sign-in's patience, and the first one has it back by itself."""
    first, second = servers
    with Knocking(own) as knocking:
        getattr(first, how)()
        knocking.more(20)
        first.back()
        until(lambda: knocking.goes_by(first, not_by=second), "the first is probed, and used again", 10)
        second.die()
        knocking.more(10)
        second.back()
        knocking.more()
    assert set(knocking.answers) == {200}, knocking.answers
    assert knocking.slowest_s < PATIENCE_S


@pytest.mark.parametrize("how", ["die", "hang"])
def test_both_are_gone_and_one_comes_back(own, person, servers, how):
    """That is said, nobody's tries are counted, who is in goes on, and one of them is enough again."""
    inside, _, _ = sign_in(own, person)
    for server in servers:
        getattr(server, how)()
    for _ in range(12):             # more than the tries that are free
        assert sign_in(own, person, password="wrong")[2] == 503
        if how == "hang":
            break                   # each of them takes the time that the settings allow
    assert own.browser().get("/health/ready").status_code == 200
    until(lambda: own.browser().get("/health/ready").json()["directory"] is False, "ready says so", 10)
    servers[1].back()
    until(lambda: sign_in(own, person)[2] == 200, "sign-ins work soon", 15)
    assert inside.home().status_code == 200, "a live session goes on"


def test_a_slow_one_is_slow_and_nothing_else(own, person, servers):
    """A directory that takes a fifth of a second for each answer: sign-ins take longer, and who needs none waits for nobody."""
    inside, _, _ = sign_in(own, person)
    for server in servers:
        server.delay_s = 0.1
    began = time.monotonic()
    assert sign_in(own, person)[2] == 200
    assert time.monotonic() - began >= 0.4, "this test delays nothing"
    took = []
    with Knocking(own):
        for _ in range(10):
            began = time.monotonic()
            assert own.browser().get("/login").status_code == 200
            assert inside.browser.get("/health/live").status_code == 200
            took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < 0.5, took
    assert sign_in(own, person, password="wrong")[2] == 401, "what is slow is still right"
