"""A writer of Redis: copies, swaps, rolls back, edits and takes away values of every kind. Nobody gets in by it, and nothing that has
ended lives again. And a reader, who learns of nobody."""
import subprocess
import time

import pytest

from application import enter
from campus.client import until
from campus.codes import code, step_now
from ctl import Ctl
from door import JSON, Door
from passage import Passage

GLASS = ("--break-glass", "--reason", "a test")


class Store:
    """Redis as SPOM's own user may use it."""

    def __init__(self, campus):
        access = campus.json["redis"]
        self.command = ["redis-cli", "-s", access["unix"], "--user", access["user"], "--pass", access["password"], "--no-auth-warning"]

    def __call__(self, *words, typed=None):
        more = ["-x"] if typed is not None else []
        done = subprocess.run([*self.command, *more, *words], input=typed, capture_output=True, check=True)
        assert b"NOPERM" not in done.stdout, done.stdout
        return done.stdout.rstrip(b"\n")

    def keys(self, kind="*"):
        return set(self("--scan", "--pattern", f"spom:{kind}:*" if kind != "*" else "spom:*").decode().split())

    def kind_of(self, key):
        return key.split(":")[1]

    def value(self, key):
        """Its bytes; of one that is no string, None."""
        return self("GET", key) if self("TYPE", key) == b"string" else None


@pytest.fixture(scope="module")
def store(full):
    return Store(full)


@pytest.fixture(scope="module")
def ctl(full):
    ctl = Ctl(full)
    yield ctl
    ctl.close()


def signed_in(full, person, codes):
    door = Door(full)
    assert door.sign_in_fully(person, codes).json().get("done") is True
    return door


def with_key(store, kind, act):
    """(what act gave, the one key of that kind that came by it)"""
    before = store.keys(kind)
    made = act()
    [key] = store.keys(kind) - before
    return made, key


def is_in(door):
    return door.home().status_code == 200


def test_a_reader_learns_of_nobody(full, store, somebody, codes):
    person = somebody()
    door = signed_in(full, person, codes)
    enter(door.browser, full.json["app"])
    token = door.browser.cookies["spom"]
    [(_, entry)] = full.ldap().search_s(full.dn(person.user), 0, attrlist=["mail", "entryUUID"])
    needles = [person.user, person.totp, token, *(values[0].decode() for values in entry.values())]
    whole = b""
    for key in store.keys():
        kind = store("TYPE", key)
        whole += key.encode() + {b"string": lambda k: store("GET", k), b"hash": lambda k: store("HGETALL", k),
                                 b"list": lambda k: store("LRANGE", k, "0", "-1"),
                                 b"zset": lambda k: store("ZRANGE", k, "0", "-1")}[kind](key)
    assert len(whole) > 2000
    for needle in needles:
        assert needle.encode() not in whole, needle


def test_values_of_every_kind_in_the_place_of_every_other(full, store, somebody, codes):
    """Each sealed value that there is, where the session of somebody without one would lie; and where others lie."""
    victim = signed_in(full, somebody(), codes)
    other = Door(full)
    other.sign_in(somebody())                       # one that waits for its code
    mine, key = with_key(store, "session", lambda: signed_in(full, somebody(), codes))
    kept = store.value(key)
    sealed = [(name, store.value(name)) for name in store.keys() if store.kind_of(name) != "step"]
    sealed = [(name, value) for name, value in sealed if value is not None and name != key]
    assert {store.kind_of(name) for name, _ in sealed} >= {"session", "login"}
    for name, value in sealed:
        store("SET", key, typed=value)
        assert mine.home().status_code == 401, name
    store("SET", key, typed=kept)
    assert is_in(mine) and is_in(victim), "the own value in the own place is good: the test could fail"


@pytest.mark.parametrize("change", ["flip", "cut", "lengthen", "empty", "longer life"])
def test_a_session_that_was_edited_opens_nothing(full, store, somebody, codes, change):
    mine, key = with_key(store, "session", lambda: signed_in(full, somebody(), codes))
    value = store.value(key)
    changed = {"flip": value[:60] + bytes([value[60] ^ 1]) + value[61:], "cut": value[:-3], "lengthen": value + b"AAAA", "empty": b"",
               "longer life": value[:6] + bytes([value[6] ^ 1]) + value[7:]}[change]
    store("SET", key, typed=changed)
    assert mine.home().status_code == 401
    store("SET", key, typed=value)
    assert is_in(mine)


@pytest.mark.parametrize("how", ["logout", "end others", "operator ends one", "operator ends all", "distrust"])
def test_what_ended_is_not_put_back(full, store, ctl, somebody, codes, how):
    person = somebody()
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    mine, key = with_key(store, "session", lambda: signed_in(full, person, codes))
    application = mine.browser
    enter(application, full.json["app"])
    value, token = store.value(key), mine.browser.cookies["spom"]
    if how == "logout":
        assert mine.log_out().status_code == 200
    elif how == "end others":
        other = signed_in(full, person, codes)
        csrf = other.home().json()["frame"]["csrf"]
        assert other.browser.post("/sessions/end-others", headers=JSON | {"X-CSRF-Token": csrf}, json={}).status_code == 200
    elif how == "distrust":
        assert ctl("session", "distrust", "--front", "door", "--since", since, *GLASS).returncode == 0
    else:
        [row] = ctl.rows("session", "list", person.user)
        assert ctl("session", "end", row["id"] if how == "operator ends one" else person.user, *GLASS).returncode == 0
    store("SET", key, typed=value)
    answer = full.browser().get("/", headers=JSON | {"Cookie": f"spom={token}"})
    assert answer.status_code == 401, "put back, and no session"
    assert application.get(full.json["app"] + "/", headers=JSON).status_code in (401, 403), "nor at an application"


def test_a_session_that_is_taken_out_of_the_list_ends_with_all(full, store, somebody, codes):
    person = somebody()
    hidden, key = with_key(store, "session", lambda: signed_in(full, person, codes))
    for index in store.keys("index"):
        store("DEL", index)
    assert key in store.keys("session")
    other = signed_in(full, person, codes)
    csrf = other.home().json()["frame"]["csrf"]
    assert other.browser.post("/sessions/end-others", headers=JSON | {"X-CSRF-Token": csrf}, json={}).status_code == 200
    assert hidden.home().status_code == 401 and is_in(other)


def test_a_code_counts_once_though_the_ledger_is_gone(full, store, somebody):
    """The row taken away, and set back: what was accepted is not accepted again."""
    person, door = somebody(), Door(full)
    door.sign_in(person)
    step = step_now()
    digits = code(person.totp, step)
    before = store.keys("step")
    assert door.read_notices(door.answer(digits)).json().get("done") is True
    [ledger] = store.keys("step") - before
    for change in (("DEL", ledger), ("SET", ledger, str(step - 10))):
        store(*change)
        again = Door(full)
        again.sign_in(person)
        answer = again.answer(digits)
        assert not answer.json().get("done"), change
        assert again.home().status_code == 401


def test_a_proof_that_was_claimed_is_not_claimed_again(full, store, somebody, codes):
    passage = Passage(full, somebody())
    assert passage.prove(codes) == "login_done" and passage.passes() == "done"
    kept = {key: store.value(key) for key in store.keys("login")}
    assert passage.claim()[0] == "claimed"
    for key, value in kept.items():
        if key not in store.keys("login"):
            store("SET", key, typed=value)
    assert passage.claim()[0] == "refused"


def test_a_ticket_counts_once_though_it_is_put_back(full, store, somebody, codes):
    app, browser = full.json["app"], signed_in(full, somebody(), codes).browser
    way = browser.get(app + "/", headers={"Accept": "text/html"}).headers["Location"]
    answer, key = with_key(store, "ticket", lambda: browser.get(way))
    value = store.value(key)
    nonce = {cookie.name: cookie.value for cookie in browser.cookies}
    assert browser.get(answer.headers["Location"]).status_code == 303
    store("SET", key, typed=value)
    thief = full.browser()
    cookies = "; ".join(f"{name}={value}" for name, value in nonce.items())
    assert thief.get(answer.headers["Location"], headers=JSON | {"Cookie": cookies}).status_code == 403


def test_an_act_is_done_once_and_for_its_own(full, store, somebody, codes):
    """What waits for a proof, with another one's record in its place, and put back when it was done."""
    person = somebody()
    mine = signed_in(full, person, codes)

    def rename(name):
        csrf, row = mine.home().json()["frame"]["csrf"], mine.browser.get("/security", headers=JSON).json()["factors"][0]
        answer = mine.browser.post("/security/rename", headers=JSON | {"X-CSRF-Token": csrf}, json={"id": row["id"], "name": name})
        assert "prove" in answer.json(), answer.text
        return answer.json()["prove"]
    first, key = with_key(store, "act", lambda: rename("first"))
    second, other = with_key(store, "act", lambda: rename("second"))
    value, kept = store.value(key), store.value(other)
    store("SET", other, typed=value)
    assert mine.browser.get(second, headers=JSON).status_code != 200 or not _prove(mine, second, person, codes)
    store("SET", other, typed=kept)
    assert _prove(mine, first, person, codes)
    name = mine.browser.get("/security", headers=JSON).json()["factors"][0]["name"]
    assert name == "first"
    store("SET", key, typed=value)
    assert not _prove(mine, first, person, codes)


def _prove(door, where, person, codes):
    answer = door.browser.get(where, headers=JSON)
    if answer.status_code != 200 or "ask" not in answer.json() or "error" in answer.json():
        return False
    door._note(answer)
    return bool(door.answer(codes.next(person)).json().get("done"))


def test_counters_and_events_let_nobody_in(full, store, somebody):
    """Deleted and rewritten: waits are over, which is all."""
    person = somebody()
    for _ in range(6):
        door = Door(full)
        door.get()
        last = door.post(user=person.user, password="wrong")
    assert last.status_code == 429
    for key in store.keys("count"):
        store("DEL", key)
    for key in store.keys("activity"):
        store("LPUSH", key, "forged")
    door = Door(full)
    door.get()
    assert door.post(user=person.user, password="wrong").status_code == 401
    assert door.post(user=person.user, password=person.password).json()["ask"]["kind"] == "code"


def test_an_epoch_that_is_taken_away_makes_codes_wait(full, store, somebody, codes):
    """The last test: codes count nowhere for a minute. What says since when the store remembers is no way to use a code again."""
    person = somebody()
    mine = signed_in(full, person, codes)
    store("DEL", "spom:epoch")
    door = Door(full)
    door.sign_in(person)
    answer = door.answer(codes.last(person))
    assert not answer.json().get("done") and Door(full).home().status_code == 401
    assert is_in(mine)
    until(lambda: store("EXISTS", "spom:epoch") == b"1", "a new one began", 5)
