"""spomctl against a whole campus: operators are people, doors take a code, and the directory test sees what is wrong."""
import json
import os
import re
import time

import ldap
import pytest

from campus.client import until
from campus.codes import Codes, wrong
from conftest import ROOT, Running
from door import Door

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="other uids take root")
GLASS = ("--break-glass", "--reason", "a test")
REASON = ("--reason", "asked at the desk")


@pytest.fixture(scope="module")
def campus():
    running = Running(ROOT / "build" / "flow-ctl", env={"SPOM_DEMO_USERS": "30"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def codes():
    return Codes()


@pytest.fixture(scope="module")
def operator(campus):
    return campus.person(role="operator")


def signed_in(campus, person, codes):
    door = Door(campus)
    door.sign_in_fully(person, codes)
    return door


# --- who may do what ---

@needs_root
def test_operators_are_people_of_the_group(campus, ctl, operator):
    assert ctl.json("whoami", user=operator.user)["user"] == operator.user
    other = ctl("whoami", user=campus.person(role="student").user)
    assert other.returncode == 1 and "not known as an operator" in other.stderr
    outside = ctl("whoami", user=operator.user, groups=())
    assert outside.returncode == 3, "without the group the socket cannot be reached"


def test_an_id_that_begins_as_options_do(ctl):
    """One of 64 does: it is no option, and what looks like it and is none is told so."""
    for session in ("-" + "A" * 42, "--" + "A" * 41):
        done = ctl("session", "end", session, *GLASS)
        assert done.returncode == 1 and "no option" not in done.stderr, done
    for word in ("-" + "A" * 41, "-" + "A" * 43, "--nothing"):
        done = ctl("session", "end", word, *GLASS)
        assert done.returncode == 2 and "there is no option" in done.stderr, done


def test_the_console_looks_and_breaks_glass(campus, ctl):
    person = campus.newcomer()
    assert ctl.json("person", "show", person.user)["user"] == person.user
    refused = ctl("session", "end", person.user, *REASON)
    assert refused.returncode == 1 and "--break-glass" in refused.stderr
    assert ctl("session", "end", person.user, *GLASS).returncode == 0
    assert re.search(r" error spom-authority break_glass .*reason=\"a test\"", campus.log("spom-authority"))
    assert any(row["event"] == "break_glass" for row in ctl.rows("audit", "tail"))


@needs_root
def test_a_door_takes_a_code_and_a_reason(campus, ctl, codes, operator):
    person = campus.person(state="no_factor")
    order = ("person", "open-enrolment", person.user)
    assert ctl(*order, user=operator.user).returncode == 2
    nothing = ctl(*order, *REASON, user=operator.user)
    assert nothing.returncode == 1 and "takes a code" in nothing.stderr
    bad = ctl(*order, *REASON, user=operator.user, typed=wrong(operator) + "\n")
    assert bad.returncode == 1 and "not right" in bad.stderr
    done = ctl(*order, *REASON, user=operator.user, typed=codes.next(operator) + "\n")
    assert done.returncode == 0, done.stderr
    again = ctl(*order, *REASON, user=operator.user, typed=codes.last(operator) + "\n")
    assert again.returncode == 1 and "used before" in again.stderr
    assert ctl.json("person", "show", person.user)["enrolment_open"] is True
    record = [row for row in ctl.rows("audit", "tail", "50") if row["event"] == "enrolment_opened"][-1]
    assert record["user"] == person.user and record["reason"] == REASON[1]
    assert record["actor"] == ctl.json("person", "show", operator.user)["id"]


@needs_root
def test_nobody_helps_himself(ctl, codes, operator):
    refused = ctl("person", "open-enrolment", operator.user, *REASON, user=operator.user,
                  typed=codes.next(operator) + "\n")
    assert refused.returncode == 1 and "for himself" in refused.stderr


# --- people, sessions, factors ---

def test_a_person_is_shown_with_factors_and_sessions(campus, ctl, codes):
    person = campus.newcomer()
    signed_in(campus, person, codes)
    page = ctl.json("person", "show", person.user)
    assert page["open"] and page["sessions"] == 1 and len(page["factors"]) == 1
    assert ctl.json("person", "show", page["id"])["user"] == person.user
    text = ctl("person", "show", person.user).stdout
    assert all(len(line) <= 80 for line in text.splitlines()), text
    assert ctl("person", "show", "nobody-at-all").returncode == 1
    locked = campus.person(state="locked")
    assert ctl.json("person", "show", locked.user)["open"] is False


def test_a_session_ends_by_id_and_all_by_person(campus, ctl, codes):
    person = campus.newcomer()
    doors = [signed_in(campus, person, codes) for _ in range(2)]
    first = ctl.json("session", "list", person.user)["sessions"]
    assert len(first) == 2 and first[0]["front"] == "door"
    assert ctl("session", "end", first[0]["id"], *GLASS).returncode == 0
    assert sorted(door.home().status_code for door in doors) == [200, 401]
    assert ctl.json("session", "end", person.user, *GLASS)["count"] == 1
    assert [door.home().status_code for door in doors] == [401, 401]
    assert ctl("session", "end", first[0]["id"], *GLASS).returncode == 1


def test_a_factor_is_removed(campus, ctl, codes):
    person = campus.newcomer()
    door = signed_in(campus, person, codes)
    factor = ctl.json("factor", "list", person.user)["factors"][0]
    assert factor["kind"] == "totp" and factor["used"]
    assert ctl("factor", "remove", person.user, factor["id"], *GLASS).returncode == 0
    assert ctl.json("factor", "list", person.user)["factors"] == []
    assert door.home().status_code == 401, "what the factor had opened is closed with it"
    assert ctl("factor", "remove", person.user, factor["id"], *GLASS).returncode == 1


def test_what_passed_a_front_is_ended(campus, ctl, codes):
    early, late = campus.newcomer(), campus.newcomer()
    door_early = signed_in(campus, early, codes)
    time.sleep(1.1)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    door_late = signed_in(campus, late, codes)
    other = ctl.json("session", "distrust", "--front", "another", "--since", since, *GLASS)
    assert other == {"people": 0, "sessions": 0, "passwords": 0}
    assert door_late.home().status_code == 200
    done = ctl.json("session", "distrust", "--front", "door", "--since", since, *GLASS)
    assert done["sessions"] >= 2 and 1 <= done["passwords"] < done["people"]
    assert door_early.home().status_code == door_late.home().status_code == 401
    assert ctl.json("person", "show", late.user)["distrusted"] is True
    assert ctl.json("person", "show", early.user)["distrusted"] is False


# --- keys ---

def test_the_key_is_fetched_for_the_safe(campus, ctl):
    assert "master_key_has_no_backup" in campus.log("spom-authority")
    assert ctl.json("key", "list")["keys"][0]["backed_up"] is False
    done = ctl("key", "backup", *GLASS)
    assert done.stdout == (campus.dir / "secrets" / "master").read_text().strip() + "\n"
    assert ctl.json("key", "list")["keys"][0]["backed_up"] is True


@needs_root
def test_a_new_key_and_nobody_notices(campus, ctl, codes):
    """The authority seals everything anew; sessions and authenticators go on; then the old key is taken away."""
    person = campus.newcomer()
    door = signed_in(campus, person, codes)
    before = ctl.json("key", "list")["keys"]
    secrets = campus.dir / "secrets"
    file = secrets / "master"
    old = file.read_text()
    done = ctl("key", "rotate", *GLASS)
    assert done.returncode == 0, done.stderr
    if not file.read_text().startswith(done.stdout):        # the folder is not the authority's: an operator writes the file
        assert "may not write" in done.stderr
        file.write_text(done.stdout)
        assert ctl("config", "reload").returncode == 0
    keys = ctl.json("key", "list")["keys"]
    assert [key["id"] for key in keys[1:]] == [key["id"] for key in before] and keys[0]["current"]
    assert door.home().status_code == 200
    until(lambda: not ctl.json("key", "list").get("resealing"), "all is sealed anew", 60)
    signed_in(campus, campus.newcomer(), codes)
    retired = ctl("key", "rotate", "--retire", *GLASS)
    assert retired.returncode == 0, retired.stderr
    if file.read_text() != retired.stdout:
        file.write_text(retired.stdout)
        assert ctl("config", "reload").returncode == 0
    assert old.strip() not in [line for line in file.read_text().splitlines() if not line.startswith("names ")]
    signed_in(campus, campus.newcomer(), codes)
    assert ctl("audit", "verify").returncode == 0


# --- the directory test: one thing broken at a time ---

def report(ctl, name, *words):
    done = ctl("directory", "test", *words, "--json")
    assert done.returncode in (0, 1), done.stderr
    rows = json.loads(done.stdout)["rows"]
    return {row["state"] for row in rows if row["name"] == name}, done.returncode


def test_the_campus_passes(campus, ctl):
    done = ctl("directory", "test", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["well"], found
    assert {row["state"] for row in found["rows"]} == {"ok"}, found
    assert ctl("directory", "test", campus.person(role="manager").user).returncode == 0
    assert report(ctl, "people", "nobody-at-all") == ({"fail"}, 1)
    text = ctl("directory", "test").stdout
    assert all(len(line) <= 80 for line in text.splitlines()), text


RULES = {
    "the reading identity reads hashes": (
        "attrs=userPassword\n\tby self =xw", "attrs=userPassword\n\tby dn.exact=\"cn=spom-read,ou=services,{base}\" read\n\tby self =xw",
        "passwords", {"fail"}),
    "the reading identity writes": (
        "attrs=displayName,mobile,postalAddress,labeledURI,preferredLanguage\n\tby self write",
        "attrs=displayName,mobile,postalAddress,labeledURI,preferredLanguage\n\tby dn.exact=\"cn=spom-read,ou=services,{base}\" write\n"
        "\tby self write", "reading identity writes", {"fail"}),
    "the proxy, as one person, reads others": (
        "access to *\n\tby self break\n",
        "access to dn.children=\"ou=people,{base}\" attrs=entry,objectClass\n\tby users read\naccess to *\n\tby self break\n",
        "acting on others", {"warn"}),
    "strangers read": (
        "attrs=entry,objectClass\n\tby self read", "attrs=entry,objectClass\n\tby anonymous read\n\tby self read",
        "strangers", {"warn"}),
    "the records identity writes people": (
        "attrs=displayName,mobile,postalAddress,labeledURI,preferredLanguage\n\tby self write",
        "attrs=displayName,mobile,postalAddress,labeledURI,preferredLanguage\n\tby dn.exact=\"cn=spom-store,ou=services,{base}\" write\n"
        "\tby self write", "records identity writes people", {"fail"}),
    "everybody sees the records": (
        "access to dn.base=\"ou=spom,{base}\"\n", "access to dn.base=\"ou=spom,{base}\"\n\tby anonymous read\n",
        "records are closed", {"fail", "ok"}),
    "records cannot be written": (
        "access to dn.base=\"ou=spom,{base}\" attrs=children\n\tby dn.exact=\"cn=spom-store,ou=services,{base}\" write",
        "access to dn.base=\"ou=spom,{base}\" attrs=children\n\tby dn.exact=\"cn=spom-store,ou=services,{base}\" read",
        "records", {"fail"}),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_that_give_too_much_or_too_little_are_seen(campus, ctl, name):
    old, new, row, states = (part.format(base=campus.json["ldap"]["base"]) if isinstance(part, str) else part
                             for part in RULES[name])
    files = {file: file.read_text() for file in ((campus.dir / "ldap" / which) for which in ("rules.conf", "access.conf"))}
    rules, whole = next(((file, text) for file, text in files.items() if old in text), (None, None))
    assert rules, name
    owner = rules.stat()
    try:
        rules.write_text(whole.replace(old, new, 1))
        os.chown(rules, owner.st_uid, owner.st_gid)
        campus.stop("slapd")
        campus.start("slapd")
        assert report(ctl, row)[0] == states
    finally:
        rules.write_text(whole)
        campus.stop("slapd")
        campus.start("slapd")


AUTHZ = "cn=spom-proxy,ou=services,{base}"


@pytest.mark.parametrize("value, row", [("dn.regex:.*", "acting as others"), (None, "acting as a person")])
def test_a_proxy_that_may_be_anybody_or_nobody_is_seen(campus, ctl, value, row):
    base = campus.json["ldap"]["base"]
    dn, connection = AUTHZ.format(base=base), campus.ldap()
    kept = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=["authzTo"])[0][1]["authzTo"]
    try:
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "authzTo", [value.encode()] if value else None)])
        assert report(ctl, row) == ({"fail"}, 1)
    finally:
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "authzTo", kept)])


@pytest.mark.parametrize("name, row", [("read", "reading identity"), ("proxy", "proxy identity"),
                                       ("store", "records identity")])
def test_an_identity_with_another_password_is_seen(campus, ctl, name, row):
    base = campus.json["ldap"]["base"]
    dn, connection = f"cn=spom-{name},ou=services,{base}", campus.ldap()
    kept = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=["userPassword"])[0][1]["userPassword"]
    try:
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "userPassword", [b"another one than ours"])])
        assert report(ctl, row) == ({"fail"}, 1)
    finally:
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "userPassword", kept)])


@pytest.mark.parametrize("old, new, row, state", [
    ("people_base = ou=people", "people_base = ou=nowhere", "people", "fail"),
    ("groups_base = ou=groups", "groups_base = ou=nowhere", "groups", "fail"),
    ("decoy_dn = ", "# decoy_dn = ", "decoy", "warn"),
    ("decoy_dn = cn=spom-decoy", "decoy_dn = cn=not-there", "decoy", "warn"),
])
def test_settings_that_miss_the_directory_are_seen(campus, ctl, old, new, row, state):
    file = campus.dir / "spom.conf"
    whole = file.read_text()
    assert old in whole
    try:
        file.write_text(whole.replace(old, new, 1))
        assert ctl("config", "reload").returncode == 0
        assert report(ctl, row)[0] == {state}
    finally:
        file.write_text(whole)
        assert ctl("config", "reload").returncode == 0


def test_settings_with_a_fault_stay_as_they_were(campus, ctl):
    file = campus.dir / "spom.conf"
    whole = file.read_text()
    try:
        file.write_text(whole + "\n[nonsense]\n")
        done = ctl("config", "reload")
        assert done.returncode == 1 and "stay as they were" in done.stderr
    finally:
        file.write_text(whole)


def test_a_server_that_is_not_there_is_seen(campus, ctl):
    campus.stop("slapd")
    try:
        assert report(ctl, "server") == ({"fail"}, 1)
        assert report(ctl, "people")[0] == {"skip"}
    finally:
        campus.start("slapd")
