"""Every setting turned once, and what is different then: a setting without a row here promises something that nobody has seen.

A campus of its own, whose spom.conf is written anew for each row: what may change at once by a reload, what takes a restart by one.
`LOOKED` has the settings that another test turns, with the test."""
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from application import HTML, begin, enter
from campus.client import until
from campus.codes import code, step_now
from campus.layout import BIN
from conftest import ROOT
from ctl import OPERATORS_GID
from door import JSON, Door
from hostile import Place
from pam_client import Pam
from turning import FRONTS, changed, ctl, home, own, person, redis, restart, settings, sign_in      # pylint: disable=unused-import

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")


def page(own, path="/login"):
    return own.browser().get(path, headers=HTML | {"Accept-Language": "en"}).text


def shown(own, path, text):
    until(lambda: text in page(own, path), f"{text} on {path}", 5)


# --- portal ---

@pytest.mark.parametrize("key, value, text", [
    ("institution", "University of Settings", "University of Settings"), ("help", "desk@settings.example", "desk@settings.example"),
    ("logo", "/static/settings.svg", "/static/settings.svg")])
def test_what_pages_show(own, ctl, key, value, text):
    with settings(own, ctl, **{f"portal_DOT_{key}": value}):
        shown(own, "/login", text)


def test_portal_colour(own, ctl):
    def theme():
        return own.browser().get(re.search(r'/static/theme-[^"]+', page(own)).group(0)).text
    assert "#8a1538" not in theme()
    with settings(own, ctl, portal_DOT_colour="#8a1538"):
        until(lambda: "#8a1538" in theme(), "the colour", 5)


def test_portal_zone(own, ctl, person):
    door, _, _ = sign_in(own, person)

    def times():
        return re.findall(r">(?:[^<]*)(\d\d:\d\d)", door.browser.get("/sessions", headers=HTML | {"Accept-Language": "en"}).text)
    before = times()
    with settings(own, ctl, portal_DOT_zone="Asia/Kolkata"):
        until(lambda: times() != before, "another hour", 5)


def test_portal_also(own, ctl):
    assert own.browser(https=True).get("/login").status_code == 200
    with settings(own, ctl, programs=("spom-authority", *FRONTS), portal_DOT_also=None):
        assert own.browser(https=True).get("/login").status_code == 403


def test_portal_edge_secret_file(own, ctl):
    other = own.dir / "secrets" / "other-edge"
    other.write_text("another-secret-of-the-edge-0123456\n")
    owner = (own.dir / "secrets" / "edge").stat()
    os.chown(other, owner.st_uid, owner.st_gid)
    other.chmod(0o400)
    with settings(own, ctl, programs=("spom-authority", *FRONTS), serves=False, portal_DOT_edge_secret_file=str(other)):
        until(lambda: own.browser().get("/health/live").status_code == 403, "the edge is a stranger", 10)


def threads(pid):
    return int(re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M).group(1))


def test_portal_threads(own, ctl):
    before = threads(own.pid("spom-front-door"))
    with settings(own, ctl, programs=("spom-authority", "spom-front-door"), portal_DOT_threads="9"):
        assert threads(own.pid("spom-front-door")) == before - 50 + 9


# --- authority and peers ---

@pytest.mark.parametrize("key, standard", [("short_threads", 2), ("directory_threads", 8)])
def test_threads_of_the_authority(own, ctl, key, standard):
    restart(own)
    before = threads(own.pid("spom-authority"))
    with settings(own, ctl, programs=("spom-authority",), **{f"authority_DOT_{key}": "12"}):
        until(lambda: threads(own.pid("spom-authority")) == before - standard + 12, f"{before} threads and some", 5)


def test_authority_gate_children(own, ctl):
    def children():
        pid = own.pid("spom-gate")
        return len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    assert children() == 8
    with settings(own, ctl, programs=("spom-authority", "spom-gate"), authority_DOT_gate_children="3"):
        until(lambda: children() == 3, "three children", 5)


def test_authority_pam_service(own, ctl, person):
    with settings(own, ctl, programs=("spom-authority", "spom-gate"), serves=False, authority_DOT_pam_service="other"):
        assert sign_in(own, person)[2] != 200
    assert sign_in(own, person)[1].get("done") is True


def test_authority_pam_confdir(own, ctl, person, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pam")
    for name in ("spom", "other"):
        (folder / name).write_text("auth required pam_deny.so\naccount required pam_deny.so\n")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    with settings(own, ctl, programs=("spom-authority", "spom-gate"), serves=False, authority_DOT_pam_confdir=str(folder)):
        assert sign_in(own, person)[2] != 200
    assert sign_in(own, person)[1].get("done") is True


@pytest.mark.parametrize("setting, program", [
    ("authority.master_key_file", "master_key_refused"), ("directory.read_password_file", "start_failed"),
    ("directory.proxy_password_file", "start_failed"), ("records.password_file", "start_failed"),
    ("store.password_file", "store_settings_refused")])
def test_a_secret_that_is_not_there(own, ctl, setting, program):
    with settings(own, ctl, programs=("spom-authority",), serves=False, **{setting.replace(".", "_DOT_"): "/nonexistent/secret"}):
        until(lambda: re.search(rf" error spom-authority (settings_refused|{program}|\w*refused|start_failed)", own.log("spom-authority")),
              "said why", 5)


@pytest.mark.parametrize("role", ["door", "check", "back", "gate", "pam", "admin", "courier"])
def test_only_the_user_of_a_peer_is_served(own, ctl, person, tmp_path, role):
    log = len(own.log("spom-authority"))
    with settings(own, ctl, programs=("spom-authority",), serves=False, **{f"peers_DOT_{role}": "65533"}):
        until(lambda: " serving " in own.log("spom-authority")[log:], "it serves", 5)
        if role == "door":
            assert own.browser().get("/login", headers=JSON).status_code == 503
        elif role == "check":
            assert own.browser().get(own.json["app"] + "/", headers=JSON).status_code == 503
        elif role == "back":
            assert own.browser().get("/health/ready").status_code == 503
        elif role == "gate":
            assert sign_in(own, person)[2] != 200
        elif role == "pam":
            assert not Pam(own, tmp_path).authenticate(person.user, [person.password])[0]
        elif role == "admin":       # root may always; this is who may as well
            done = subprocess.run([ctl.folder / "spomctl", "person", "show", person.user], env=ctl.env, user=65533, group=OPERATORS_GID,
                                  extra_groups=[], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            until(lambda: "65533" not in own.log("spom-authority")[log:] and re.search(
                r"(warning|error) spom-authority [^\n]*courier", own.log("spom-authority")[log:]), "the courier is refused", 10)


def test_peers_pam_services(own, ctl, person, tmp_path):
    assert Pam(own, tmp_path).authenticate(person.user, [person.password])[0]
    with settings(own, ctl, peers_DOT_pam_services="sudo"):
        assert not Pam(own, tmp_path).authenticate(person.user, [person.password])[0]


def test_peers_operators(own, ctl):
    operator = own.person(role="operator")
    assert ctl("whoami", user=operator.user).returncode == 0
    with settings(own, ctl, peers_DOT_operators="no-such-group"):
        assert ctl("person", "show", operator.user, user=operator.user).returncode != 0


# --- store and session ---

@pytest.mark.parametrize("values", [{"store_DOT_socket": "/nonexistent/redis.sock"}, {"store_DOT_socket": "", "store_DOT_address":
                         "127.0.0.1:1"}, {"store_DOT_user": "nobody"}], ids=["socket", "address", "user"])
def test_another_store(own, ctl, values):
    with settings(own, ctl, programs=("spom-authority",), serves=False, **values):
        until(lambda: own.browser().get("/health/ready").status_code == 503, "not ready", 10)


def test_store_prefix(own, ctl, person):
    with settings(own, ctl, programs=("spom-authority",), store_DOT_prefix="spom:other:"):
        assert sign_in(own, person)[1].get("done") is True
        assert redis(own, "--scan", "--pattern", "spom:other:session:*")


def test_store_timeout(own, ctl, person):
    door, _, _ = sign_in(own, person)
    with settings(own, ctl, store_DOT_timeout_ms="4000"):
        own.signal("redis", signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert door.home().status_code == 503
            assert time.monotonic() - began > 3, "later than the second of the default"
        finally:
            own.signal("redis", signal.SIGCONT)


def test_session_times(own, ctl, person):
    with settings(own, ctl, session_DOT_idle_s="100", session_DOT_absolute_s="200"):
        before = set(redis(own, "--scan", "--pattern", "spom:session:*"))
        door, _, _ = sign_in(own, person)
        [key] = set(redis(own, "--scan", "--pattern", "spom:session:*")) - before
        assert 90_000 < int(redis(own, "PTTL", key)[-1]) <= 100_000
        [row] = [row for row in door.browser.get("/sessions", headers=JSON).json()["sessions"] if row["current"]]
        seconds = [time.mktime(time.strptime(row[name][:19], "%Y-%m-%dT%H:%M:%S")) for name in ("since", "expires")]
        assert 90 <= seconds[1] - seconds[0] <= 201


# --- the conversation ---

def test_login_transaction(own, ctl):
    person = own.person(user="eschmidt")      # whose password ends soon, which is said in a question of its own
    with settings(own, ctl, login_DOT_transaction_s="45"):
        before = set(redis(own, "--scan", "--pattern", "spom:login:*"))
        door = Door(own)
        door.get()
        assert door.post(user=person.user, password=person.password).json()["ask"]["kind"] == "notice"
        fresh = set(redis(own, "--scan", "--pattern", "spom:login:*")) - before
        assert fresh and all(int(redis(own, "PTTL", key)[-1]) <= 45_000 for key in fresh)


def test_login_device(own, ctl, person):
    def is_known():
        door, _, _ = sign_in(own, person)
        return any(cookie.name == "spom_device" for cookie in door.browser.cookies)
    assert is_known()
    with settings(own, ctl, login_DOT_device_s="0"):
        assert not is_known()


def test_login_turn_timeout(own, ctl, person):
    """A turn with a directory that hangs ends within it; what a module of the stack that hangs costs: tests/unit/gate/test_foreign.c."""
    values = {"login_DOT_turn_timeout_ms": "1000", "directory_DOT_timeout_ms": "900", "directory_DOT_network_timeout_ms": "800"}
    with settings(own, ctl, programs=("spom-authority", "spom-gate", "spom-front-door"), **values):
        door = Door(own)
        door.get()
        own.signal("slapd", signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert door.post(user=person.user, password=person.password).status_code == 503
            assert time.monotonic() - began < 10, "sooner than the fifteen seconds of the default"
        finally:
            own.signal("slapd", signal.SIGCONT)
        until(lambda: own.browser().get("/health/ready").status_code == 200, "ready", 15)


# --- factors and limits ---

def kind(own, person):
    _, answer, _ = sign_in(own, person)
    return answer.get("denied") or answer.get("ask", {}).get("kind") or ("done" if answer.get("done") else answer)


def test_factors_required_and_the_window(own, ctl, person):
    assert kind(own, person) == "done"
    with settings(own, ctl, factors_DOT_required="yes"):
        assert kind(own, person) == "enrol_totp"
    with settings(own, ctl, factors_DOT_required="yes", factors_DOT_not_for="students"):
        assert kind(own, own.person(role="student")) == "done"
    with settings(own, ctl, factors_DOT_required="yes", factors_DOT_window_days="0"):
        assert kind(own, person) == "enrolment_closed"
    with settings(own, ctl, factors_DOT_required="yes", factors_DOT_window_days="0", factors_DOT_roll_out="2199-12-31"):
        assert kind(own, person) == "enrol_totp"
    with settings(own, ctl, factors_DOT_required="yes", directory_DOT_activated_attribute="homePhone"):
        assert kind(own, person) == "enrolment_closed"


def begin_of_step():
    until(lambda: time.time() % 30 < 20, "a step with time left", 15, 0.2)


def test_factors_issuer_wait_and_steps(own, ctl, person):
    with settings(own, ctl, factors_DOT_required="yes", factors_DOT_issuer="Issuer of Settings", factors_DOT_wait_s="86400"):
        door, _, _ = sign_in(own, person)
        secret = door.ask["secret"]
        assert "Issuer%20of%20Settings" in door.ask["uri"]
        begin_of_step()
        assert door.answer(code(secret, step_now() - 1), name="Telephone").json()["ask"]["kind"] == "recovery_sheet"
        assert door.answer("").json().get("done") is True
        assert door.home().json()["frame"]["level"] == "password", "it does not count yet"
    with settings(own, ctl, factors_DOT_steps="0"):
        door, _, _ = sign_in(own, person)
        begin_of_step()
        answer = door.answer(code(secret, step_now() + 1))
        assert answer.json().get("denied") == "code_wrong", answer.text
        door.answer(code(secret, step_now()))
    with settings(own, ctl, factors_DOT_steps="3"):
        door, _, _ = sign_in(own, person)
        assert door.answer(code(secret, step_now() + 3)).json().get("done") is True


def test_limits_free(own, ctl, person):
    with settings(own, ctl, limits_DOT_free="1"):
        statuses = [sign_in(own, person, password="wrong")[2] for _ in range(3)]
        assert statuses[0] == 401 and statuses[-1] == 429


def test_limits_passwords_hour(own, ctl, person):
    """More than that are not even asked of the directory: it counts no failure."""
    def failures():
        [(_, found)] = own.ldap().search_s(own.dn(person.user), 0, attrlist=["pwdFailureTime"])
        return len(found.get("pwdFailureTime", []))
    with settings(own, ctl, limits_DOT_passwords_hour="2", limits_DOT_free="100"):
        for _ in range(5):
            sign_in(own, person, password="wrong")
        assert failures() == 2


def test_limits_people_hour(own, ctl, person):
    """Very many people of one network who fail: the next ones wait, whoever they are."""
    with settings(own, ctl, limits_DOT_people_hour="10"):
        answers = [sign_in(own, type(person)(user=f"not-there-{number}", password="x"))[2] for number in range(14)]
        assert answers[:5] == [401] * 5 and answers[-1] == 429, answers
    redis(own, "DEL", *redis(own, "--scan", "--pattern", "spom:count:*"))       # the network need not wait for the next test


def test_limits_checks_second(own, ctl, person):
    """What one session's applications ask for in a second; another's are not touched."""
    def cookie(somebody):
        door, _, _ = sign_in(own, somebody)
        return enter(door.browser, own.json["app"]).headers["Set-Cookie"].split(";")[0].split("=", 1)[1]
    mine, other = cookie(person), cookie(own.person(role="student"))

    def check(connection, value, times):
        for _ in range(times):
            connection.send("check", origin=own.json["app"], portal=own.portal, application=value)
        return [fields.get("reason") or fields["outcome"] for _, fields, _ in (connection.receive() for _ in range(times))]
    with Place(own, "check").connect() as connection:
        assert set(check(connection, mine, 40)) == {"allowed"}
        with settings(own, ctl, limits_DOT_checks_second="10"):
            time.sleep(1.1)
            assert set(check(connection, mine, 40)) == {"allowed", "too_fast"}
            assert set(check(connection, other, 5)) == {"allowed"}


# --- metrics, networks, applications ---

def test_metrics_addresses(own, ctl):
    edge = own.json["edge"]
    headers = {"X-SPOM-Edge": edge["secret"], "X-Forwarded-For": "127.0.0.1", "X-SPOM-Origin": own.portal, "Host": own.portal[7:]}
    assert own.browser().get(edge["back"] + "/metrics", headers=headers).status_code == 200
    with settings(own, ctl, metrics_DOT_addresses="192.0.2.1"):
        assert own.browser().get(edge["back"] + "/metrics", headers=headers).status_code in (403, 404)


def test_a_network_has_a_name(own, ctl, person):
    door, _, _ = sign_in(own, person)

    def place():
        return door.browser.get("/sessions", headers=JSON).json()["sessions"][0].get("place")
    assert place() == "this machine"
    with settings(own, ctl, network_OF_here_DOT_label="the lab"):
        assert place() == "the lab"
    with settings(own, ctl, network_OF_here_DOT_addresses="192.0.2.0/24"):
        assert place() != "this machine"


def test_an_application(own, ctl):
    person = own.person(role="student")

    def row():
        return next((row for row in home(own, person)["applications"] if "app." in row["link"] and row["link"].startswith("http:")), None)
    assert row()["name"] == "Library"
    with settings(own, ctl, application_OF_library_DOT_label="Books", application_OF_library_DOT_about="All of them"):
        assert (row()["name"], row()["about"]) == ("Books", "All of them")
    with settings(own, ctl, application_OF_library_DOT_origin="http://moved.localhost"):
        assert row() is None
        assert own.browser().get(own.json["app"] + "/", headers=JSON).status_code == 403
    door, _, _ = sign_in(own, person)
    enter(door.browser, own.json["app"])

    def opened():
        return door.browser.get(own.json["app"] + "/", headers=JSON)
    for change, told in (({"application_OF_library_DOT_groups": "no-such-group"}, 403), ({"application_OF_library_DOT_two_factors": "yes"}, 401)):
        assert opened().status_code == 200
        with settings(own, ctl, **change):
            until(lambda: opened().status_code == told, "closed", 8)    # pylint: disable=cell-var-from-loop
    with settings(own, ctl, application_OF_library_DOT_fresh_s="5"):
        until(lambda: opened().status_code == 401, "its proof is old", 8)
        assert opened().json()["error"] == "anew_application" and opened().json()["rule"] == "library.fresh_s"
        sent = door.browser.get(begin(door.browser, own.json["app"], "/form"), headers=HTML)
        assert sent.status_code == 303 and sent.headers["Location"].startswith("/login?next=%2Fhand-over")
        door.get(next=parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0])
        done = door.sign_in(person).json()
        ticket = door.browser.get(done["next"], headers=HTML)
        assert door.browser.get(ticket.headers["Location"], headers=HTML).headers["Location"] == own.json["app"] + "/form"
        assert opened().status_code == 200
    assert "Remote-JWT" not in opened().text
    with settings(own, ctl, application_OF_library_DOT_jwt="yes"):
        until(lambda: "Remote-JWT" in opened().text, "signed", 5)


# --- the catalogue ---

@pytest.mark.parametrize("key, value, different", [
    ("label", "attribute_phone", lambda row: row["label"] == "attribute_phone"),
    ("ldap", "homePhone", lambda row: not row["values"]),
    ("section", "section_person", lambda row: row["section"] == "section_person"),
    ("hint", "hint_phone", lambda row: row["hint"] == "hint_phone"),
    ("type", "line", lambda row: row["type"] == "line"),
    ("many", "no", lambda row: row["many"] is False),
    ("write", "nobody", lambda row: row["writable"] is False),
    ("max", "33", lambda row: row["max"] == 33),
    ("order", "1", lambda row: row["first"] and row["at"] == 0)])
def test_a_field_of_the_profile(own, ctl, key, value, different):
    door, _, _ = sign_in(own, own.person(role="student"))

    def row():
        fields = door.browser.get("/profile", headers=JSON).json()["fields"]
        return next((row | {"at": at} for at, row in enumerate(fields) if row["name"] == "mobile"), None)
    assert not different(row())
    with settings(own, ctl, **{f"attribute_OF_mobile_DOT_{key}": value}):
        assert different(row()), row()


def test_attribute_read(own, ctl):
    door, _, _ = sign_in(own, own.person(role="student"))
    with settings(own, ctl, attribute_OF_mobile_DOT_read="nobody", attribute_OF_mobile_DOT_write="nobody"):
        assert "+49 170" not in door.browser.get("/profile", headers=JSON).text
    assert "+49 170" in door.browser.get("/profile", headers=JSON).text


def test_attribute_pattern(own, ctl, person):
    door, _, _ = sign_in(own, person)

    def save(value):
        found = door.browser.get("/profile", headers=JSON).json()
        return door.browser.post("/profile", headers=JSON | {"X-CSRF-Token": found["frame"]["csrf"]}, json={
            "version": found["version"], "changes": [{"name": "preferred_name", "value": value}]}).status_code
    assert save("Ann") == 200
    with settings(own, ctl, attribute_OF_preferred_name_DOT_pattern="[A-Z]{3}"):
        assert save("Bea") == 422 and save("BEA") == 200


# --- the file as a whole ---

def test_every_fault_is_named_at_once_with_its_line(own, ctl, tmp_path):
    text = Path(own.json["config"]).read_text(encoding="utf-8")
    bad = tmp_path / "spom.conf"
    bad.write_text(changed(changed(text, "portal.colour", "blue"), "session.idle_s", "5") + "[nonsense]\nx = 1\n")
    done = ctl("config", "check", str(bad))
    assert done.returncode == 1
    said = done.stdout + done.stderr
    lines = bad.read_text().splitlines()
    for wrong in ("colour = blue", "idle_s = 5", "[nonsense]"):
        assert f":{lines.index(wrong) + 1}:" in said, said


def test_a_bad_file_changes_nothing(own, ctl):
    file = Path(own.json["config"])
    whole = file.read_text(encoding="utf-8")
    log = len(own.log("spom-authority"))
    try:
        file.write_text(changed(changed(whole, "portal.institution", "Nobody University"), "portal.colour", "blue"), encoding="utf-8")
        os.kill(own.pid("spom-authority"), signal.SIGHUP)
        until(lambda: "colour" in own.log("spom-authority")[log:], "the log says why", 5)
        assert "Nobody University" not in page(own) and own.browser().get("/health/ready").status_code == 200
    finally:
        file.write_text(whole, encoding="utf-8")
    os.kill(own.pid("spom-authority"), signal.SIGHUP)


# --- nothing is left out ---

# what is turned elsewhere: the file of the test, and what stands in it
LOOKED = {
    "authority.sockets": ("flow/second.py", "sockets = "), "authority.state": ("flow/second.py", "state = "),
    "portal.origin": ("flow/conftest.py", "SPOM_DEMO_PORT"), "portal.door_port": ("flow/conftest.py", "SPOM_DEMO_PORT"),
    "portal.check_port": ("flow/conftest.py", "SPOM_DEMO_PORT"), "portal.back_port": ("flow/conftest.py", "SPOM_DEMO_PORT"),
    "directory.decoy_dn": ("flow/test_spomctl.py", "decoy_dn = "),
    "directory.network_timeout_ms": ("unit/authority/directory/test_servers.c", "network_timeout"),
    "directory.probe_interval_ms": ("unit/authority/directory/test_servers.c", "probe"),
    "directory.bind_connections": ("unit/authority/directory/test_servers.c", "bind_connections"),
    "directory.bind_queue": ("unit/authority/directory/test_servers.c", "bind_queue"),
    "directory.search_connections": ("unit/authority/directory/campus.c", "search_connections"),
    "directory.search_queue": ("unit/authority/directory/campus.c", "search_queue"),
    "records.connections": ("unit/authority/directory/campus.c", "records_connections"),
    "store.connections": ("unit/authority/store", "connections"),
    "limits.messages_second": ("flow/test_flood.py", "limits_DOT_messages_second"),
    "limits.codes_day": ("unit/authority/factor/test_factor.c", "codes_day"),
    "mail.host": ("flow/test_mail.py", "settings(host="), "mail.user": ("flow/test_mail.py", "user"),
    "mail.password_file": ("flow/test_mail.py", "password"), "mail.ca_file": ("flow/test_mail.py", "ca"),
    "mail.from": ("flow/test_mail.py", "From"), "mail.queue": ("unit/authority/outbox/test_outbox.c", "queue"),
    "mail.keep_h": ("unit/authority/outbox/test_outbox.c", "keep_h"),
    "metadata.url": ("flow/test_feed.py", "_DOT_url"), "metadata.certificate_file": ("flow/test_feed.py", "_DOT_certificate_file"),
    "metadata.groups": ("flow/test_feed.py", "_DOT_groups"), "metadata.two_factors": ("flow/test_feed.py", "_DOT_two_factors"),
    "metadata.fresh_s": ("flow/test_feed.py", "_DOT_fresh_s"), "metadata.claims": ("flow/test_feed.py", "_DOT_claims"),
    "metadata.categories": ("flow/test_feed.py", "_DOT_categories"), "metadata.own_network": ("flow/test_feed.py", "_DOT_own_network"),
    "metadata.except": ("flow/test_feed.py", "_DOT_except"),
    "audit.queue": ("unit/authority/audit", "queue"), "audit.file_mb": ("unit/authority/audit", "file_m"),
}


def test_every_setting_is_turned_somewhere():
    done = subprocess.run([BIN / "spomctl", "config", "settings", "--json"], capture_output=True, text=True, check=True)
    here = Path(__file__).read_text(encoding="utf-8").split("# --- nothing is left out ---")[0]
    here += "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_settings_*.py"))
    missing = []
    for section in json.loads(done.stdout)["sections"]:
        for row in section["settings"]:
            name = f"{section['name']}.{row['key']}"
            if name in LOOKED:
                path, text = ROOT / "tests" / LOOKED[name][0], LOOKED[name][1]
                found = path.read_text(encoding="utf-8") if path.is_file() else "".join(
                    file.read_text(encoding="utf-8") for file in path.rglob("*.[ch]"))
                if text not in found:
                    missing.append(f"{name} in {path}")
            elif not re.search(rf'_DOT_{row["key"]}\b|"{row["key"]}"|{re.escape(name)}', here):
                missing.append(name)
    assert not missing, missing
