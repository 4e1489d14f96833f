"""The store on bad days: down, hanging, full, restarted empty, or written to by somebody else. Nobody is let in by any of it.

A campus of its own, where people prove themselves with recovery codes: a store that was empty refuses codes of its first minute."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time

import pytest

from campus import people
from campus.client import until
from campus.codes import code, step_now
from conftest import ROOT, Running
from ctl import Ctl
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


def test_an_epoch_that_a_writer_takes_away_is_a_new_one(own, person):
    """Or writes as he likes: what says since when the store remembers is no way to use a code again."""
    for words in (("DEL", "spom:epoch"), ("HDEL", "spom:epoch", "id"), ("HSET", "spom:epoch", "id", "mine", "began", "x")):
        redis(own, *words)
        door = Door(own)
        door.sign_in(person)
        answer = door.answer(code(person.totp, step_now()))
        assert not answer.json().get("done") and answer.status_code in (401, 429, 500, 503), words
        assert Door(own).home().status_code == 401
    redis(own, "DEL", "spom:epoch")
    until(lambda: ready(own), "ready again", 10)
    signed_in(own, person)


@contextlib.contextmanager
def settings_of_redis(own, old, new):
    """Redis with other settings, and then as it was."""
    settings = own.dir / "redis" / "redis.conf"
    whole, stat = settings.read_text(), settings.stat()

    def put(text):
        settings.write_text(text)
        os.chown(settings, stat.st_uid, stat.st_gid)
        own.stop("redis")
        own.start("redis")
    assert old in whole
    put(whole.replace(old, new))
    try:
        yield
    finally:
        put(whole)
        until(lambda: ready(own), "ready again", 10)


def test_full_is_said_and_nobody_new_gets_in(own, person):
    """At the limit of memory nothing new is written: whoever has no session gets none."""
    with settings_of_redis(own, "maxmemory 256mb", "maxmemory 1mb"):
        answer = own.browser().get("/login", headers=JSON)
        if answer.status_code == 200:
            door = Door(own)
            door.get()
            answer = door.post(user=person.user, password=person.password)
        assert answer.status_code == 503 and answer.json()["trace"], answer.text


def test_one_that_may_forget_serves_nobody(own):
    with settings_of_redis(own, "maxmemory-policy noeviction", "maxmemory-policy allkeys-lru"):
        until(lambda: not ready(own), "not ready", 10)
        assert own.browser().get("/", headers=JSON | {"Cookie": "spom=" + "A" * 43}).status_code == 503


def test_the_commands_of_the_manual_are_enough(own, person):
    """docs/redis.md names them; a sign-in, an ended session and the audit's head need no other."""
    manual = (ROOT / "docs" / "redis.md").read_text(encoding="utf-8")
    commands = re.search(r"^user spom .* -@all (\+.*)$", manual, re.M).group(1)
    with settings_of_redis(own, "-@all +@all -@dangerous +info", f"-@all {commands}"):
        until(lambda: ready(own), "ready again", 10)
        door, other = signed_in(own, person), signed_in(own, person)
        for path in ("/", "/sessions", "/activity", "/security"):
            assert door.browser.get(path, headers=JSON).status_code == 200, path
        csrf = door.home().json()["frame"]["csrf"]
        assert door.browser.post("/sessions/end-others", headers=JSON | {"X-CSRF-Token": csrf}, json={}).status_code == 200
        assert other.home().status_code == 401
        wrong = Door(own)
        wrong.get()
        assert wrong.post(user=person.user, password="wrong").status_code == 401
        assert "NOPERM" not in own.log("spom-authority")


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


def test_what_somebody_wrote_to_it_lets_nobody_in(own, person):
    """Somebody else's session put in the place of one's own, byte by byte: it does not open, which is said and recorded."""
    before = set(values(own))
    mine = signed_in(own, person)
    own_session = [key for key in set(values(own)) - before if key.startswith("spom:session:")]
    assert len(own_session) == 1, own_session
    before = set(values(own))
    other = signed_in(own, person)
    [their_session] = [key for key in set(values(own)) - before if key.startswith("spom:session:")]
    assert "1" in redis(own, "COPY", their_session, own_session[0], "REPLACE")
    assert mine.home().status_code == 401, "a value under another name"
    assert other.home().status_code == 200
    assert "store_value_refused" in own.log("spom-authority")


def test_commands_that_are_not_needed_are_refused(own):
    for words in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("ACL", "LIST"),
                  ("MIGRATE", "h", "1", "k", "0", "1"), ("SHUTDOWN",), ("SET", "other", "1")):
        assert "NOPERM" in redis(own, *words), words


def store_row(campus):
    """What `spomctl directory test` says of the store, and how it ends; None while there is no authority."""
    ctl = Ctl(campus)
    try:
        done = ctl("directory", "test", "--json")
    finally:
        ctl.close()
    if done.returncode == 3:
        return None
    [row] = [row for row in json.loads(done.stdout)["rows"] if row["name"] == "store"]
    return row, done.returncode


@pytest.mark.skipif(os.geteuid() != 0, reason="the authority is of another user than who closes the socket")
def test_a_closed_socket_is_said_with_what_to_do(own):
    """What happens to who has not made the authority's user a member of Redis' group."""
    assert store_row(own)[0]["state"] == "ok"
    socket = own.json["redis"]["unix"]
    mode = os.stat(socket).st_mode & 0o777
    own.stop("spom-authority")
    os.chmod(socket, 0o700)
    try:
        own.begin("spom-authority")
        until(lambda: "must be in the group of" in own.log("spom-authority"), "it says why", 10)
        row, code = until(lambda: store_row(own), "it serves", 10)
        assert row["state"] == "fail" and "store_unreachable" in row["remedy"] and code == 1
    finally:
        os.chmod(socket, mode)
    until(lambda: ready(own), "ready again", 20)
