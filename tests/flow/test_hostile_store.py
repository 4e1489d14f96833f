"""A writer of Redis: copies, swaps, rolls back, edits and takes away values of every kind. Nobody gets in by it, and nothing that has
ended lives again. And a reader, who learns of nobody."""
import socket
import time

import pytest

from application import enter
from campus.codes import code, step_now
from ctl import Ctl
from door import JSON, Door
from passage import Passage
from test_acts import Person

GLASS = ("--break-glass", "--reason", "a test")


class Store:
    """Redis as SPOM's own user may use it; bytes in, bytes out."""

    def __init__(self, campus):
        access = campus.json["redis"]
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(access["unix"])
        self.file = self.socket.makefile("rb")
        self("AUTH", access["user"], access["password"])

    def __call__(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return self._answer()

    def _answer(self):
        kind, rest = (line := self.file.readline())[:1], line[1:-2]
        assert kind != b"-", rest
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2] if rest != b"-1" else None
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def keys(self, kind="*"):
        found, at = set(), b"0"
        while True:
            at, some = self("SCAN", at, "MATCH", "spom:*" if kind == "*" else f"spom:{kind}:*", "COUNT", 500)
            found |= {key.decode() for key in some}
            if at == b"0":
                return found

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


def opens(full, token):
    """Whether that cookie opens the portal; a refusal takes no browser's cookie away here."""
    answer = full.browser().get("/", headers=JSON | {"Cookie": f"spom={token}"})
    while answer.status_code == 429:                # so many in a second are too many for one session
        time.sleep(int(answer.headers["Retry-After"]))
        answer = full.browser().get("/", headers=JSON | {"Cookie": f"spom={token}"})
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


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
        found = kind != b"none" and store(*{b"string": ("GET", key), b"hash": ("HGETALL", key), b"list": ("LRANGE", key, 0, -1),
                        b"zset": ("ZRANGE", key, 0, -1)}[kind])
        whole += key.encode() + (b" ".join(found) if isinstance(found, list) else found or b"")    # one may just have expired
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
    token = mine.browser.cookies["spom"]
    for name, value in sealed:
        store("SET", key, value)
        assert not opens(full, token), name
    store("SET", key, kept)
    assert opens(full, token) and is_in(victim), "the own value in the own place is good: the test could fail"


@pytest.mark.parametrize("change", ["flip", "cut", "lengthen", "empty", "longer life"])
def test_a_session_that_was_edited_opens_nothing(full, store, somebody, codes, change):
    mine, key = with_key(store, "session", lambda: signed_in(full, somebody(), codes))
    value = store.value(key)
    changed = {"flip": value[:60] + bytes([value[60] ^ 1]) + value[61:], "cut": value[:-3], "lengthen": value + b"AAAA", "empty": b"",
               "longer life": value[:6] + bytes([value[6] ^ 1]) + value[7:]}[change]
    token = mine.browser.cookies["spom"]
    store("SET", key, changed)
    assert not opens(full, token)
    store("SET", key, value)
    assert opens(full, token)


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
        [row] = mine.browser.get("/sessions", headers=JSON).json()["sessions"]
        assert ctl("session", "end", row["id"] if how == "operator ends one" else person.user, *GLASS).returncode == 0
    store("SET", key, value)
    assert not opens(full, token), "put back, and no session"
    assert application.get(full.json["app"] + "/", headers=JSON).status_code in (401, 403), "nor at an application"


def test_a_session_that_is_taken_out_of_the_list_ends_with_all(full, store, somebody, codes):
    person = somebody()
    hidden, key = with_key(store, "session", lambda: signed_in(full, person, codes))
    assert is_in(hidden)
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
            store("SET", key, value)
    assert passage.claim()[0] == "refused"


def test_a_ticket_counts_once_though_it_is_put_back(full, store, somebody, codes):
    app, browser = full.json["app"], signed_in(full, somebody(), codes).browser
    way = browser.get(app + "/", headers={"Accept": "text/html"}).headers["Location"]
    answer, key = with_key(store, "ticket", lambda: browser.get(way))
    value = store.value(key)
    nonce = {cookie.name: cookie.value for cookie in browser.cookies}
    assert browser.get(answer.headers["Location"]).status_code == 303
    store("SET", key, value)
    thief = full.browser()
    cookies = "; ".join(f"{name}={value}" for name, value in nonce.items())
    assert thief.get(answer.headers["Location"], headers=JSON | {"Cookie": cookies}).status_code == 403


def test_an_act_is_done_once_and_for_its_own(full, store, somebody, codes):
    """What waits for a proof, with another one's record in its place, and put back when it was done."""
    me = Person(full, somebody(), codes)
    [factor] = me.security()["factors"]

    def rename(name):
        return me.post(f"/security/factors/{factor['id']}/rename", name=name).json()["prove"]

    def opens(where):
        answer = me.door.browser.get(where, headers=JSON)
        return answer.status_code == 200 and answer.json().get("act") == "factor_rename" or "ask" in answer.json()
    first, key = with_key(store, "act", lambda: rename("first"))
    second, other = with_key(store, "act", lambda: rename("second"))
    value, kept = store.value(key), store.value(other)
    store("SET", other, value)
    assert not opens(second)
    store("SET", other, kept)
    assert opens(second) and opens(first)
    assert me.prove_at(first).answer(codes.next(me.person)).json()["done"] is True
    assert me.security()["factors"][0]["name"] == "first"
    store("SET", key, value)
    assert not opens(first)


def test_counters_and_events_let_nobody_in(full, store, somebody):
    """Deleted and rewritten: waits are over, which is all."""
    person = somebody()
    for _ in range(9):
        door = Door(full)
        door.get()
        last = door.post(user=person.user, password="wrong")
        if last.status_code == 429:
            break
    assert last.status_code == 429
    for key in store.keys("count"):
        store("DEL", key)
    for key in store.keys("activity"):
        store("LPUSH", key, "forged")
    door = Door(full)
    door.get()
    assert door.post(user=person.user, password="wrong").status_code == 401
    assert door.post(user=person.user, password=person.password).json()["ask"]["kind"] == "code"
