"""The store on bad days: down, hanging, full, restarted empty, or written to by somebody else. Nobody is let in by any of it.

A campus of its own, where people prove themselves with recovery codes: a store that was empty refuses codes of its first minute."""
import os
import signal
import subprocess
import time

import pytest

from campus import people
from campus.client import until
from campus.codes import code, step_now
from conftest import ROOT, Running
from door import JSON, Door


@pytest.fixture(scope="module")
def own():
    running = Running(ROOT / "build" / "flow-store")
    yield running.campus
    running.end()


@pytest.fixture
def person(own):
    return own.person(role="student")


CODES = iter(people.recovery_codes("mkeller"))


def redis(campus, *words):
    access = campus.json["redis"]
    user = ["--user", access["user"], "--pass", access["password"], "--no-auth-warning"]
    return subprocess.run(["redis-cli", "-s", access["unix"], *user, *words], capture_output=True, check=False).stdout.decode(
        errors="replace").strip()


def ready(campus):
    return campus.browser().get("/health/ready").status_code == 200


def signed_in(campus, person):
    door = Door(campus)
    door.sign_in(person)
    answer = door.read_notices(door.answer(next(CODES)))
    assert answer.json().get("done") is True, answer.text
    return door


def test_down_is_said_in_words_and_it_comes_back_by_itself(own, person):
    inside = signed_in(own, person)
    own.stop("redis")
    try:
        answer = inside.home()
        assert answer.status_code == 503 and answer.json()["trace"], answer.text
        page = inside.browser.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 503 and "Retry-After" in page.headers
        door = Door(own)
        answer = own.browser().get("/login", headers=JSON)
        if answer.status_code == 200:
            door.get()
            answer = door.post(user=person.user, password=person.password)
        assert answer.status_code == 503, answer.text
        assert f"trace={answer.json()['trace']}" in own.log("spom-authority")
    finally:
        own.start("redis")
    until(lambda: ready(own), "ready again", 10)


def test_hanging_is_no_yes_and_costs_seconds_at_most(own, person):
    inside = signed_in(own, person)
    own.signal("redis", signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert inside.home().status_code == 503
        assert time.monotonic() - began < 6
    finally:
        own.signal("redis", signal.SIGCONT)
    until(lambda: inside.home().status_code == 200, "open again", 10)


def test_restarted_empty_is_a_new_epoch(own, person):
    inside = signed_in(own, person)
    digits = code(person.totp, step_now())
    own.stop("redis")
    own.start("redis")
    until(lambda: ready(own), "ready again", 10)
    assert inside.home().status_code == 401, "sessions of before are over"
    door = Door(own)
    assert door.sign_in(person).json()["ask"]["kind"] == "code"
    answer = door.answer(digits)
    assert answer.status_code == 429 and answer.json()["denied"] == "code_wait", "nobody knows whether it was used"
    assert Door(own).home().status_code == 401
    until(lambda: "store_epoch_new" in own.log("spom-authority"), "the directory is told", 10)
    assert [entry for _, entry in own.ldap().search_s(f"cn=store,ou=spom,{own.json['ldap']['base']}", 0, "(spomEpoch=*)")]


def test_full_is_said_and_what_is_there_goes_on(own, person):
    """At the limit of memory nothing new is written: whoever has no session gets none."""
    settings = own.dir / "redis" / "redis.conf"
    whole, stat = settings.read_text(), settings.stat()
    try:
        settings.write_text(whole.replace("maxmemory 256mb", "maxmemory 1mb"))
        os.chown(settings, stat.st_uid, stat.st_gid)
        own.stop("redis")
        own.start("redis")
        door = Door(own)
        answer = own.browser().get("/login", headers=JSON)
        assert answer.status_code in (200, 503)
        if answer.status_code == 200:
            door.get()
            answer = door.post(user=person.user, password=person.password)
            assert answer.status_code == 503, answer.text
        assert answer.json()["trace"]
    finally:
        settings.write_text(whole)
        os.chown(settings, stat.st_uid, stat.st_gid)
        own.stop("redis")
        own.start("redis")
    until(lambda: ready(own), "ready again", 10)


def values(campus):
    """{key: (kind of value, dump)} of what the store holds for SPOM."""
    return {key: redis(campus, "TYPE", key) for key in redis(campus, "--scan", "--pattern", "spom:*").split()}


def test_nothing_in_the_store_can_be_read(own, person):
    """Names are hashes and values are sealed: whoever reads the store learns of nobody."""
    door = Door(own)
    door.sign_in(person)
    found = values(own)
    assert found
    for key, kind in found.items():
        assert person.user not in key
        if kind == "string":
            assert person.user not in redis(own, "GET", key)
        elif kind == "hash":
            assert person.user not in redis(own, "HGETALL", key)


def test_commands_that_are_not_needed_are_refused(own):
    for words in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("ACL", "LIST"),
                  ("MIGRATE", "h", "1", "k", "0", "1"), ("SHUTDOWN",), ("SET", "other", "1")):
        assert "NOPERM" in redis(own, *words), words
