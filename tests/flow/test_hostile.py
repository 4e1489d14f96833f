"""A hostile program in each place: it says everything that its place may say, about other people's things, and everything that it may
not. docs/security.md has the table of what comes of it."""
import secrets

import pytest

import wire
from door import JSON, Door
from hostile import Place, reach, stuffed

ROLES = ("door", "check", "back", "gate", "pam", "admin", "courier")
PLACES = tuple(role for role in ROLES if role != "admin")       # operators are people: test_spomctl.py
MAY_REACH = {"door": {"turn"}, "pam": {"admin"}, "admin": {"pam"}}      # hosts' programs and the console are root


class Victim:
    """Somebody who is signed in and does nothing, and what others may know of him."""

    def __init__(self, campus, person, codes):
        self.campus, self.person, self.door = campus, person, Door(campus)
        answer = self.door.sign_in_fully(person, codes)
        assert answer.json().get("done") is True, answer.text
        [(_, entry)] = campus.ldap().search_s(campus.dn(person.user), 0, attrlist=["mail", "displayName", "entryUUID"])
        self.private = {key: values[0].decode() for key, values in entry.items()}
        self.token = self.door.browser.cookies["spom"]
        self.before = self.state()
        self.session_id = self.before[0][0]
        self.factor_id = self.before[1][0]

    def state(self):
        get = self.door.browser.get
        sessions, security = get("/sessions", headers=JSON), get("/security", headers=JSON)
        assert sessions.status_code == security.status_code == 200, "the victim is signed in"
        return ([row["id"] for row in sessions.json()["sessions"]], [row["id"] for row in security.json()["factors"]],
                [row["name"] for row in security.json()["factors"]], security.json().get("recovery_left"))

    def is_as_before(self):
        assert self.state() == self.before

    def guesses(self):
        """Values that name the victim's things without being the secrets themselves."""
        return (self.session_id, self.factor_id, self.private["entryUUID"], self.person.user, secrets.token_urlsafe(32))

    def is_not_in(self, answer):
        said = repr(answer)
        for what, value in self.private.items():
            assert value not in said, (what, said)
        assert self.token not in said


@pytest.fixture
def victim(full, somebody, codes):
    return Victim(full, somebody(), codes)


def alive(campus, pid):
    """The same authority as before, and it serves."""
    assert campus.pid("spom-authority") == pid
    assert campus.browser().get("/login", headers=JSON).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_no_place_reaches_another(full, role):
    place = Place(full, role)
    reached = {other for other in (*ROLES, "turn") if place.reaches(other)}
    assert reached == {role} | MAY_REACH.get(role, set())


def test_nobody_else_reaches_a_socket(full):
    """Neighbours with a uid of their own: the store, the application, the web server."""
    for role in ("redis", "app", "nginx"):
        for other in (*ROLES, "turn"):
            path = Place(full, other).sockets / other / ("gate.sock" if other == "turn" else "authority.sock")
            assert reach(role, path) is None, (role, other)


@pytest.mark.parametrize("role", ROLES)
def test_what_others_may_say_ends_the_connection(full, role):
    place, pid, tried = Place(full, role), full.pid("spom-authority"), 0
    for name, message in wire.messages().items():
        if not message["tag"] or role in message["by"]:
            continue
        assert place.ask(name, **stuffed(name)) == (None, {}), name
        tried += 1
    assert tried > 60
    alive(full, pid)


@pytest.mark.parametrize("role", ROLES)
def test_frames_that_are_none(full, role):
    """Cut, lengthened, with other bytes, one in the other, and answers instead of questions."""
    place, pid = Place(full, role), full.pid("spom-authority")
    for name in wire.sent_by(role):
        good = wire.frame(name, **stuffed(name))
        for _ in range(6):
            at = secrets.randbelow(len(good))
            for bad in (good[:at], good[:at] + secrets.token_bytes(1) + good[at + 1:], good[:at] + good, good + good[:at]):
                with place.connect() as connection:
                    try:
                        connection.send_bytes(bad)
                    except wire.Ended:
                        continue
    alive(full, pid)


def fitting(message, **known):
    """Of what is known, what the message has a field of that kind for."""
    kinds = {field["name"]: field["kind"] for field in wire.messages()[message]["fields"]}
    return {name: value for name, value in known.items()
            if kinds.get(name) in (("id", "bytes") if isinstance(value, bytes) else ("text", "secret"))}


@pytest.mark.parametrize("role", PLACES)
def test_what_it_may_say_of_others_yields_nothing(full, role, victim):
    """Every message of the place with every name of the victim's things in every field that takes one."""
    place, pid = Place(full, role), full.pid("spom-authority")
    for name in wire.sent_by(role):
        for guess in victim.guesses():
            known = {field: guess for field in ("session", "csrf", "cookie", "application", "ticket", "nonce", "device", "id", "object",
                                                "person", "version")}
            known |= {"service": "spom" if role == "gate" else "sshd", "user": victim.person.user, "rhost": "127.0.0.1",
                      "origin": full.json["app"], "portal": full.portal, "to": full.json["app"], "address": "127.0.0.1"}
            answer = place.ask(name, **stuffed(name, **fitting(name, **known)))
            if name not in ("mail_next", "mail_sent", "mail_failed"):     # what waits is courier's to send
                victim.is_not_in(answer)
    victim.is_as_before()
    alive(full, pid)


def test_a_door_with_a_session_of_its_own_reaches_nothing_of_others(full, somebody, codes, victim):
    """The strongest that a stranger's front has without a passer-by: somebody of its own who is signed in."""
    place, own = Place(full, "door"), Victim(full, somebody(), codes)
    csrf = own.door.home().json()["frame"]["csrf"]
    for name in sorted(wire.sent_by("door"), key=lambda name: name in ("logout", "session_end_others")):
        for guess in victim.guesses():
            known = fitting(name, session=own.token, csrf=csrf, id=guess, cookie=guess, name="mine", version=guess, day="2000-01-01",
                            to=full.json["app"], nonce=secrets.token_urlsafe(32))
            victim.is_not_in(place.ask(name, **stuffed(name, **known)))
    victim.is_as_before()


def test_a_person_who_passes_is_a_person_who_is_passed(full, victim):
    """Beside it: the session itself, which passed, opens what is the person's. The tests above could fail."""
    place = Place(full, "door")
    name, page = place.ask("home", session=victim.token)
    assert name == "home_page" and page["frame"]["user"] == victim.person.user
    name, _ = place.ask("session_end", session=victim.token, csrf="guessed", id=victim.session_id)
    assert name == "refused"
    victim.is_as_before()


def test_a_session_never_yields_a_seed(full, victim):
    """Whoever has the session sees names of factors and what is left, and what he asks for takes a proof."""
    place = Place(full, "door")
    csrf = place.ask("home", session=victim.token)[1]["frame"]["csrf"]
    for message in ("home", "profile", "security", "session_list", "activity", "photo"):
        said = repr(place.ask(message, session=victim.token))
        assert victim.person.totp not in said, message
        assert not any(code in said for code in victim.person.recovery), message
    for message, more in (("factor_add", {}), ("recovery_new", {}), ("factor_remove", {"id": victim.factor_id}),
                          ("factor_rename", {"id": victim.factor_id, "name": "mine"}), ("undo_since", {"day": "2000-01-01"})):
        assert place.ask(message, session=victim.token, csrf=csrf, **more)[0] == "prove", message
    victim.is_as_before()


def test_a_check_that_lies_about_the_host(full, victim):
    """It sees cookies of applications: one counts at its own host, and the portal's at none of theirs."""
    place, app = Place(full, "check"), full.json["app"]
    for origin in (app, app.replace("//app.", "//grades."), "http://elsewhere.example"):
        _, verdict = place.ask("check", origin=origin, portal=full.portal, session=victim.token, application=victim.token)
        assert verdict["outcome"] in ("sign_in", "forbidden"), origin
        victim.is_not_in(verdict)


def test_a_courier_learns_of_mails_and_nothing_else(full):
    place = Place(full, "courier")
    _, config = place.ask("courier_settings", release="x")
    assert set(config) <= {"edition", "host", "user", "password", "ca_file", "from", "institution", "origin", "help", "zone"}
    for identity in ("read", "proxy", "store"):
        assert full.secret(f"ldap-{identity}") not in repr(config)
    assert full.json["edge"]["secret"] not in repr(config)
    assert {name for name in wire.sent_by("courier")} == {"courier_settings", "mail_next", "mail_sent", "mail_failed", "notice_next",
                                                            "notice_told", "callback_next", "callback_told", "feed_next", "feed_told"}


def test_a_courier_gets_notices_of_ended_sessions_alone(full, victim):
    """It may lie about what came of one; there is nothing that it could have signed, and a session that goes on is in none."""
    place = Place(full, "courier")
    for fresh in (True, False):
        answer, fields = place.ask("notice_next", fresh=fresh)
        assert answer in ("notice_none", "notice_item")
        victim.is_not_in(fields)
    for outcome in ("confirmed", "never", "later"):
        assert place.ask("notice_told", id=secrets.token_bytes(16), outcome=outcome, reason="x")[0] == "done", "of none that it was given"
    victim.is_as_before()


def test_a_courier_that_says_yes_for_services(full, victim):
    """It gets the tickets of who has asked for some (test_cas_proxy.py), and a yes for nobody is none."""
    place = Place(full, "courier")
    assert place.ask("callback_next", release="x")[0] == "done", "nobody waits"
    for good in (True, False):
        assert place.ask("callback_told", id=secrets.token_bytes(16), good=good, reason="x")[0] == "done"
    assert place.ask("feed_next", release="x")[0] == "done", "nor are metadata wanted"
    assert place.ask("feed_told", id=secrets.token_bytes(16), outcome="fetched", xml=b"<a/>")[0] == "done"
    victim.is_as_before()


def test_a_back_learns_figures_and_nobody(full, victim):
    place = Place(full, "back")
    _, page = place.ask("metrics", address="127.0.0.1")
    victim.is_not_in(page)
    assert victim.person.user not in repr(page) and page["rows"]
    machines = {f"oidc_{name}" for name in ("discovery", "device", "introspect", "keys", "par", "register", "revoke", "token", "userinfo")} | {"saml_metadata", "cas_validate", "cas_grant", "cas_proxy", "syntax_refused"}
    assert set(wire.sent_by("back")) == {"front_settings", "health", "metrics"} | machines
    for name in machines:       # without what a client or a person has shown they are the same for everybody
        victim.is_not_in(place.ask(name, **stuffed(name))[1])


@pytest.mark.parametrize("role", ROLES)
def test_settings_give_nobody_a_password_of_the_directory(full, role):
    for name in wire.sent_by(role):
        if name.endswith("_settings"):
            said = repr(Place(full, role).ask(name, release="x", **({"edition": 0} if name == "front_settings" else {})))
            for identity in ("read", "proxy", "store"):
                assert full.secret(f"ldap-{identity}") not in said


@pytest.mark.parametrize("role", PLACES)
def test_held_and_half_connections_hinder_nobody(full, role):
    """As many as go, each with half a frame: the socket's own connections are used up, and nobody else's."""
    place, held = Place(full, role), []
    try:
        for _ in range(300):
            connection = place.connect()
            connection.send_bytes(wire.frame(wire.sent_by(role)[0], **stuffed(wire.sent_by(role)[0]))[:30])
            held.append(connection)
        for other in ROLES:
            if other != role:
                Place(full, other).connect().close()
        assert full.browser().get("/health/ready").status_code == 200
    finally:
        for connection in held:
            connection.close()
