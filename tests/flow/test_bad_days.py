"""Neighbours that hang, die and come back, and programs of ours that are killed in the middle of a login."""
import contextlib
import resource
import signal
import socket
import threading
import time

import pytest

from application import enter
from campus.client import until
from door import JSON, Door
from pam_client import Pam

PROGRAMS = ["spom-authority", "spom-gate", "spom-judge", "spom-courier", "spom-front-door", "spom-front-check", "spom-front-back"]


def may_sign_in(campus, person):
    try:
        door = Door(campus)
        door.get()
        return door.post(user=person.user, password=person.password).status_code == 200
    except (AssertionError, OSError, ValueError):
        return False


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_is_killed_comes_back(campus, program):
    """In the middle of logins; what was in flight fails cleanly, nobody is let in wrongly, the next try works."""
    person = campus.person(role="student")
    stop, statuses = threading.Event(), set()

    def knock():
        while not stop.is_set():
            try:
                door = Door(campus)
                door.get()
                statuses.add(door.post(user="nobody-at-all", password="wrong").status_code)
            except (AssertionError, OSError, ValueError):
                statuses.add(None)

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            time.sleep(0.1)
            campus.wait_back(program, campus.kill(program))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert 200 not in statuses, statuses
    until(lambda: may_sign_in(campus, person), "the next try works", 20)


def test_a_directory_that_hangs_costs_its_own_logins_and_nothing_else(campus):
    person = campus.person(role="student")
    inside = Door(campus)
    inside.sign_in(person)
    enter(inside.browser, campus.json["app"])
    campus.signal("slapd", signal.SIGSTOP)
    try:
        def fast():
            began = time.monotonic()
            assert inside.browser.get(campus.json["app"] + "/", timeout=5).status_code == 200
            assert campus.browser().get("/login").status_code == 200
            return time.monotonic() - began

        waiting = [threading.Thread(target=lambda: may_sign_in(campus, person)) for _ in range(8)]
        for thread in waiting:
            thread.start()
        time.sleep(0.3)
        assert sorted(fast() for _ in range(10))[5] < 1.0, "checks and the login page do not wait for the directory"
        began = time.monotonic()
        door = Door(campus)
        door.get()
        answer = door.post(user=person.user, password=person.password)
        assert answer.status_code == 503, answer.text
        assert time.monotonic() - began < 20
        for thread in waiting:
            thread.join()
    finally:
        campus.signal("slapd", signal.SIGCONT)
    until(lambda: may_sign_in(campus, person), "sign-ins work again", 20)


def test_a_directory_that_is_gone_is_said_truthfully(campus):
    person = campus.person(role="student")
    inside = Door(campus)
    inside.sign_in(person)
    campus.stop("slapd")
    try:
        door = Door(campus)
        door.get()
        for password in (person.password, "wrong"):
            answer = door.post(user=person.user, password=password)
            assert answer.status_code == 503, answer.text
            assert "denied" not in answer.json() or answer.json()["denied"] == "directory_unreachable"
        assert campus.browser().get("/login").status_code == 200
        assert inside.home().status_code in (200, 503)
    finally:
        campus.start("slapd")
    until(lambda: may_sign_in(campus, person), "sign-ins work soon when it is back", 20)
    assert inside.home().status_code == 200, "a live session goes on"


def test_ready_tells_what_is_wrong(campus):
    import requests
    edge = campus.json["edge"]

    def ready():
        return requests.get(edge["back"] + "/health/ready", timeout=10,
                            headers=JSON | {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal})
    assert ready().status_code == 200 and ready().json()["directory"] is True
    campus.stop("slapd")
    try:
        assert ready().status_code == 200 and ready().json()["directory"] is False
    finally:
        campus.start("slapd")
    until(lambda: ready().json()["directory"], "the directory is back", 20)
    campus.stop("spom-authority")
    try:
        assert ready().status_code == 503
        assert campus.browser().get("/login").status_code == 503
    finally:
        campus.start("spom-authority")
    until(lambda: ready().status_code == 200, "ready again", 20)


def test_without_the_authority_pam_denies_at_once(campus, tmp_path):
    """And lets in again when it is back."""
    person = campus.person(role="student")
    application = Pam(campus, tmp_path)
    assert application.authenticate(person.user, [person.password])[0]
    campus.stop("spom-authority")
    try:
        began = time.monotonic()
        assert not application.authenticate(person.user, [person.password])[0]
        assert time.monotonic() - began < 5        # libpam's own delay behind a denial is among it
    finally:
        campus.start("spom-authority")
    until(lambda: application.authenticate(person.user, [person.password])[0], "lets in again", 20)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_was_frozen_goes_on(campus, program):
    """A stop and a continuation (a freezer, a debugger) are no end: the same process serves on."""
    pid = campus.pid(program)
    campus.signal(program, signal.SIGSTOP)
    time.sleep(0.1)
    campus.signal(program, signal.SIGCONT)
    until(lambda: may_sign_in(campus, campus.person(role="student")), "sign-ins work", 20)
    assert campus.pid(program) == pid


SLOW = 900              # connections that dribble; nginx of the campus takes 1,024 in all


def test_slow_clients_hinder_nobody(campus):
    """Hundreds that send a byte now and then, and half a body: whoever is quick is served, each time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    host, port = campus.portal.split("//")[1].split(":")
    slow, rounds, over = [], [], threading.Event()

    def dribble():
        while not over.wait(0.3):
            rounds.append(1)
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.send(b"a")
    try:
        for number in range(SLOW):
            connection = socket.create_connection(("127.0.0.1", int(port)))
            connection.setblocking(False)
            head = f"GET /login HTTP/1.1\r\nHost: {host}:{port}\r\nX-Slow: " if number % 2 else \
                f"POST /login HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{{"
            connection.send(head.encode())
            slow.append(connection)
        dribbler = threading.Thread(target=dribble)
        dribbler.start()
        while len(rounds) < 5:
            assert campus.browser().get("/login", timeout=5).status_code == 200
        inside = Door(campus)
        assert inside.sign_in(campus.person(role="student")).json()["done"] is True
        assert inside.home().status_code == 200
    finally:
        over.set()
        dribbler.join()
        for connection in slow:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_settings_reloaded_under_load_fail_no_request(campus):
    person, over, answers = campus.person(role="student"), threading.Event(), []

    def work():
        while not over.is_set():
            door = Door(campus)
            answers.append(door.sign_in(person).status_code)
            answers.append(door.home().status_code)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            until(lambda before=len(answers): len(answers) > before, "requests are answered")
            campus.signal("spom-authority", signal.SIGHUP)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert set(answers) == {200}, answers
