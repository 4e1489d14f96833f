"""Services that people are signed in to: added, seen and removed by operators, kept sealed in a directory that others write as well."""
import base64
import io
import os
import re
import subprocess

import ldap
import ldif
import pytest

import wire
from campus.client import until
from campus.clients import METADATA
from campus.codes import Codes
from campus.directory import service_dn
from campus.layout import BIN
from campus.png import png
from conftest import ROOT, Running
from ctl import Ctl
from door import JSON, Door

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="other uids take root")
GLASS = ("--break-glass", "--reason", "a test")
REASON = ("--reason", "asked at the desk")
URI = "https://wiki.example.edu/oidc/callback"
WIKI = ("--label", "Campus wiki", "--redirect-uri", URI)


@pytest.fixture(scope="module")
def campus():
    running = Running(ROOT / "build" / "flow-services", env={"SPOM_DEMO_USERS": "0"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(campus):
    """Nothing is there that the campus has from the beginning."""
    made = Ctl(campus)
    for name in rows(made):
        assert made("service", "remove", name, *GLASS).returncode == 0
    yield made
    made.close()


@pytest.fixture(scope="module")
def codes():
    return Codes()


@pytest.fixture(scope="module")
def operator(campus):
    return campus.person(role="operator")


@pytest.fixture
def added(ctl):
    """added(NAME, ...): what is said of a new service; all are removed at the end."""
    names = []

    def add(name, *more, options=WIKI):
        names.append(name)
        return ctl.json("service", "add", name, *options, *more, *GLASS)
    yield add
    for name in names:
        ctl("service", "remove", name, *GLASS)


@pytest.fixture
def shelf(campus):
    """What is bound as spom-store, and name -> DN."""
    connection = campus.ldap(service_dn("store"), campus.secret("ldap-store"))
    return connection, lambda name: f"cn={name},ou=services,ou=spom,{campus.json['ldap']['base']}"


def rows(ctl):
    return {row["name"]: row for row in ctl.rows("service", "list")}


def entry_of(shelf, name):
    connection, dn = shelf
    return connection.search_s(dn(name), ldap.SCOPE_BASE, attrlist=["*"])[0][1]


# --- who may do what ---

@needs_root
def test_an_operator_adds_sees_and_removes_one(ctl, codes, operator):
    order = ("service", "add", "desk", *WIKI, "--claims", "name email", "--groups", "staff students", "--two-factors",
             "--alg", "ES256", "--sector", "example.edu", "--about", "Pages", "--owner", "wiki@example.edu", "--link", "https://wiki.example.edu/")
    assert ctl(*order, user=operator.user).returncode == 2, "not without a reason"
    asked = ctl(*order, *REASON, user=operator.user)
    assert asked.returncode == 1 and "takes a code" in asked.stderr
    done = ctl(*order, *REASON, user=operator.user, typed=codes.next(operator) + "\n")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^service +desk\nclient_id +[\w-]{22}\nsecret +[\w-]{43}$", done.stdout, re.M), done.stdout
    assert "shown this once" in done.stderr
    secret = re.search(r"^secret +(\S+)$", done.stdout, re.M)[1]
    shown = ctl("service", "show", "desk", user=operator.user)
    for words in ("Campus wiki", "Pages", URI, "staff", "students", "email", "two_factors", "ES256", "pairwise", "example.edu", "wiki@example.edu"):
        assert words in shown.stdout, shown.stdout
    listed = ctl("service", "list", user=operator.user)
    assert "desk" in listed.stdout and "Campus wiki" in listed.stdout
    removed = ctl("service", "remove", "desk", *REASON, user=operator.user)
    assert removed.returncode == 0 and ctl("service", "show", "desk", user=operator.user).returncode == 1
    text = repr(ctl.rows("audit", "tail", "50")) + shown.stdout + listed.stdout
    assert secret not in text
    events = [row for row in ctl.rows("audit", "tail", "50") if row["event"] in ("service_added", "service_removed")][-2:]
    assert [(row["event"], row["object"], row["reason"]) for row in events] == \
        [("service_added", "desk", REASON[1]), ("service_removed", "desk", REASON[1])]
    assert events[0]["actor"] == ctl.json("person", "show", operator.user)["id"]


@needs_root
def test_nobody_else_does(campus, ctl, added):
    added("wiki")
    student = campus.person(role="student").user
    for order in (("list",), ("show", "wiki"), ("add", "own", *WIKI, *REASON), ("remove", "wiki", *REASON)):
        refused = ctl("service", *order, user=student)
        assert refused.returncode == 1 and "not known as an operator" in refused.stderr, refused
    console = ctl("service", "add", "own", *WIKI, *REASON)
    assert console.returncode == 1 and "--break-glass" in console.stderr
    assert ctl("service", "list").returncode == 0, "the console looks"
    assert set(rows(ctl)) == {"wiki"}


# --- what one would be told ---

EVERYTHING = ("name preferred_username email groups given_name eduperson_affiliation eduperson_scoped_affiliation eduperson_principal_name "
              "schac_home_organization subject_id pairwise_id")


def told(ctl, name, user):
    """(the whole answer, name -> values)."""
    answer = ctl.json("service", "test", name, user)
    rows = answer["told"]
    return answer, {row["name"]: [other["value"] for other in rows if other["name"] == row["name"]] for row in rows}


def test_what_it_would_be_told_of_somebody(campus, ctl, added):
    added("wiki", "--claims", EVERYTHING)
    student = campus.person(role="student")
    answer, values = told(ctl, "wiki", student.user)
    assert values["name"] == [student.name] and values["preferred_username"] == [student.user]
    assert "students" in values["groups"]
    assert values["eduperson_scoped_affiliation"] == ["student@example.edu", "member@example.edu"]
    assert values["eduperson_principal_name"] == [f"{student.user}@example.edu"]
    assert values["schac_home_organization"] == ["example.edu"]
    assert all(re.fullmatch(r"[0-9a-f]{64}@example\.edu", values[name][0]) for name in ("subject_id", "pairwise_id"))
    saml = {row["name"]: row["saml"] for row in answer["told"]}
    assert saml["eduperson_principal_name"] == "urn:oid:1.3.6.1.4.1.5923.1.1.1.6" and saml["given_name"] == "urn:oid:2.5.4.42"
    assert "rule" not in answer
    shown = ctl("service", "test", "wiki", student.user)
    assert f"eduperson_principal_name = {student.user}@example.edu" in shown.stdout and answer["sub"] in shown.stdout
    assert "wiki" in [row["object"] for row in ctl.rows("audit", "tail", "5") if row["event"] == "operator_looked"]


def test_who_it_is_in_the_words_of_the_protocol(campus, ctl, added, tmp_path):
    student = campus.person(role="student").user
    tmp_path.chmod(0o755)
    metadata = tmp_path / "library.xml"
    metadata.write_text(METADATA)
    added("notes", options=("--label", "Notes", "--cas", "--service-url", "https://notes.example.edu/"))
    added("library", "--claims", EVERYTHING, options=("--label", "Library", "--saml-metadata", metadata))
    by_cas, by_saml = (ctl("service", "test", name, student).stdout for name in ("notes", "library"))
    assert re.search(rf"^cas:user +{student}$", by_cas, re.M) and "sub" not in by_cas, by_cas
    assert re.search(r"^Format +urn:oasis:names:tc:SAML:2.0:nameid-format:transient$", by_saml, re.M), by_saml
    assert f"eduperson_principal_name (urn:oid:1.3.6.1.4.1.5923.1.1.1.6) = {student}@example.edu" in by_saml, by_saml
    assert ctl.json("service", "test", "library", student)["name_id"].startswith("_")
    assert not {"name_id", "sub"} & set(ctl.json("service", "test", "notes", student))


def test_other_names_stand_beside_ours(campus, ctl, added, tmp_path):
    student, uri = campus.person(role="student").user, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
    tmp_path.chmod(0o755)
    metadata = tmp_path / "library.xml"
    metadata.write_text(METADATA)
    added("wiki", "--claims", "email=mail locale name=displayName")
    added("library", "--claims", f"email=Mail name={uri}", options=("--label", "Library", "--saml-metadata", metadata))
    assert re.search(r"^claims +email=mail\n +locale\n +name=displayName$", ctl("service", "show", "wiki").stdout, re.M)
    assert [row["value"] for row in ctl.json("service", "show", "wiki")["service"]["claims"]] == ["email=mail", "locale", "name=displayName"]
    assert {row["name"]: row.get("as") for row in told(ctl, "wiki", student)[0]["told"]} == {"email": "mail", "name": "displayName", "locale": None}
    assert f"\n  email as mail = {student}@example.edu\n" in ctl("service", "test", "wiki", student).stdout
    shown = ctl("service", "test", "library", student).stdout
    assert f"\n  email as Mail (urn:oid:0.9.2342.19200300.100.1.3) = {student}@" in shown and f"\n  name as {uri} = " in shown, shown


def test_identifiers_are_of_a_person_and_a_sector(campus, ctl, added):
    for name, more in (("one", ()), ("two", ()), ("three", ("--sector", "example.edu")), ("four", ("--sector", "example.edu"))):
        added(name, "--claims", "subject_id pairwise_id", *more)
    student, other = campus.person(role="student"), campus.person(role="employee")
    values = {name: told(ctl, name, student.user)[1] for name in ("one", "two", "three", "four")}
    assert len({row["subject_id"][0] for row in values.values()}) == 1
    assert len({row["pairwise_id"][0] for row in values.values()}) == 3
    assert values["three"]["pairwise_id"] == values["four"]["pairwise_id"]
    assert not {*told(ctl, "one", other.user)[1]["pairwise_id"]} & {*values["one"]["pairwise_id"]}


def test_a_category_tells_what_it_stands_for_and_no_more(campus, ctl, added):
    added("anonymous", "--category", "anonymous")
    added("research", "--category", "research-and-scholarship")
    student = campus.person(role="student").user
    assert set(told(ctl, "anonymous", student)[1]) == {"eduperson_scoped_affiliation", "schac_home_organization"}
    assert set(told(ctl, "research", student)[1]) == {"name", "given_name", "family_name", "email", "eduperson_principal_name",
                                                      "eduperson_scoped_affiliation"}
    assert ctl.json("service", "show", "research")["service"]["categories"] == [{"value": "research-and-scholarship"}]


def test_who_would_not_reach_it(campus, ctl, added):
    added("staff", "--groups", "employees", "--two-factors")
    student = campus.person(role="student").user
    answer, values = told(ctl, "staff", student)
    assert answer["rule"] == "staff.groups" and values == {}
    assert "would not reach staff: staff.groups" in ctl("service", "test", "staff", student).stdout
    assert "rule" not in told(ctl, "staff", campus.person(role="employee").user)[0]


@pytest.mark.parametrize("name, person", [("none", None), ("wiki", "nobody-at-all"), ("wiki", "*"), ("", None)])
def test_whom_and_what_there_is_not(campus, ctl, added, name, person):
    added("wiki")
    done = ctl("service", "test", name, person or campus.person(role="student").user)
    assert done.returncode == 1 and "no such" in done.stderr, done


# --- what may be said of one ---

def test_answers_as_json(ctl, added):
    one = added("wiki", "--claims", "name")
    assert len(base64.urlsafe_b64decode(one["client_secret"] + "=")) == 32
    assert len(base64.urlsafe_b64decode(one["client_id"] + "==")) == 16
    page = ctl.json("service", "show", "wiki")
    assert "secret" not in page["service"] and not page.get("public_client")
    assert page["service"]["redirect_uris"] == [{"uri": URI}] and page["service"]["claims"] == [{"value": "name"}]
    assert rows(ctl)["wiki"]["client_id"] == one["client_id"] and not rows(ctl)["wiki"].get("broken")
    app = added("app", "--public", "--client-id", "app-1", options=("--label", "App", "--redirect-uri",
                "edu.example.app:/in http://127.0.0.1/in"))
    assert app == {"name": "app", "client_id": "app-1"}
    page = ctl.json("service", "show", "app")
    assert page["public_client"] is True and [row["uri"] for row in page["service"]["redirect_uris"]] == \
        ["edu.example.app:/in", "http://127.0.0.1/in"]
    assert ctl.json("service", "remove", "app", *GLASS)["text"] == "service_removed"
    assert set(rows(ctl)) == {"wiki"}


WRONG = {
    # what: (name, what replaces the good options, exit code, words)
    "no label": ("x", {"--label": None}, 2, "--label TEXT"),
    "no redirect URI": ("x", {"--redirect-uri": None}, 2, "--redirect-uri URI"),
    "blanks for a redirect URI": ("x", {"--redirect-uri": "  "}, 1, "needs a redirect URI"),
    "a name in capitals": ("Wiki", {}, 1, "made of a to z"),
    "a name with a comma": ("a,ou=accounts", {}, 1, "made of a to z"),
    "an empty name": ("", {}, 1, "made of a to z"),
    "a long name": ("a" * 65, {}, 2, "up to 64"),
    "an empty label": ("x", {"--label": ""}, 1, "plain words"),
    "a label turned around": ("x", {"--label": "a\u202eb"}, 1, "direction"),
    "a label of two lines": ("x", {"--label": "a\nb"}, 2, "--label takes"),
    "a long label": ("x", {"--label": "a" * 121}, 2, "--label takes"),
    "a link that does something": ("x", {"--link": "javascript:alert(1)"}, 1, "address of the web"),
    "an unknown claim": ("x", {"--claims": "name password"}, 1, "docs/services.md"),
    "an unknown claim with another name": ("x", {"--claims": "password=mail"}, 1, "docs/services.md"),
    "no name behind =": ("x", {"--claims": "email="}, 1, "behind = stands a name"),
    "a name of other characters": ("x", {"--claims": "email=e:mail"}, 1, "behind = stands a name"),
    "a long claim": ("x", {"--claims": "email=" + "a" * 95}, 2, "up to 100 bytes"),
    "the protocol's own name": ("x", {"--claims": "preferred_username=sub"}, 1, "the protocol itself"),
    "the protocol's own name in capitals": ("x", {"--claims": "email=Client_ID"}, 1, "the protocol itself"),
    "another claim's name": ("x", {"--claims": "email=name name"}, 1, "no other claim"),
    "a claim's name of a category": ("x", {"--claims": "groups=Email", "--category": "personalized"}, 1, "no other claim"),
    "two of one name": ("x", {"--claims": "email=x name=X"}, 1, "no other claim"),
    "two names of one": ("x", {"--claims": "email=mail email"}, 1, "has one name"),
    "an unknown category": ("x", {"--category": "anonymous famous"}, 1, "personalized"),
    "too many categories": ("x", {"--category": "anonymous " * 6}, 2, "up to 5"),
    "an unknown algorithm": ("x", {"--alg": "none"}, 2, "RS256, ES256 or EdDSA"),
    "a weak algorithm": ("x", {"--alg": "HS256"}, 2, "RS256, ES256 or EdDSA"),
    "an unknown subject": ("x", {"--subject": "secret"}, 2, "pairwise or public"),
    "a sector in capitals": ("x", {"--sector": "Example.edu"}, 1, "lower case"),
    "a sector of a public subject": ("x", {"--sector": "example.edu", "--subject": "public"}, 1, "pairwise subjects alone"),
    "a client id with a blank": ("x", {"--client-id": "a b"}, 1, "visible ASCII"),
    "a long client id": ("x", {"--client-id": "a" * 129}, 1, "up to 128"),
    "http elsewhere": ("x", {"--redirect-uri": "http://wiki.example.edu/"}, 1, "only for localhost"),
    "an app's scheme with a secret": ("x", {"--redirect-uri": "edu.example.app:/in"}, 1, "--public"),
    "a scheme without a dot": ("x", {"--redirect-uri": "wiki:/in"}, 1, "begins with https:"),
    "a script": ("x", {"--redirect-uri": "javascript:alert(1)"}, 1, "begins with https:"),
    "a relative URI": ("x", {"--redirect-uri": "/in"}, 1, "absolute"),
    "a fragment": ("x", {"--redirect-uri": URI + "#x"}, 1, "no fragment"),
    "a user": ("x", {"--redirect-uri": "https://wiki.example.edu@evil.example/"}, 1, "no user name"),
    "a wildcard": ("x", {"--redirect-uri": "https://*.example.edu/"}, 1, "no wildcard"),
    "a host in capitals": ("x", {"--redirect-uri": "https://Wiki.example.edu/"}, 1, "host in lower case"),
    "a backslash": ("x", {"--redirect-uri": "https://evil.example\\@wiki.example.edu/"}, 1, "no URI has"),
    "dots": ("x", {"--redirect-uri": "https://wiki.example.edu/in/../out"}, 1, "no . and .."),
    "the second one": ("x", {"--redirect-uri": f"{URI} https://wiki.example.edu/#x"}, 1, "no fragment"),
    "a long one": ("x", {"--redirect-uri": URI + "/" + "a" * 500}, 2, "up to 500 bytes"),
    "too many": ("x", {"--redirect-uri": " ".join(f"{URI}/{number}" for number in range(25))}, 2, "up to 24"),
    "a long group": ("x", {"--groups": "a" * 201}, 2, "up to 200 bytes"),
}


CAS = {"--label": "Campus wiki", "--cas": "", "--service-url": "https://wiki.example.edu/cas/*"}
WRONG_CAS = {
    "no address": ({"--service-url": None}, 2, "--service-url URL"),
    "blanks for an address": ({"--service-url": " "}, 1, "needs an address"),
    "a redirect URI": ({"--redirect-uri": URI}, 1, "OpenID Connect alone"),
    "a public one": ({"--public": ""}, 1, "OpenID Connect alone"),
    "a client id": ({"--client-id": "x"}, 1, "OpenID Connect alone"),
    "without PKCE": ({"--no-pkce": ""}, 1, "OpenID Connect alone"),
    "an address without --cas": ({"--cas": None, "--redirect-uri": URI}, 1, "for CAS alone"),
    "every host": ({"--service-url": "https://*/"}, 1, "first label"),
    "every host of a country": ({"--service-url": "https://*.edu/"}, 1, "two others"),
    "a star in the middle": ({"--service-url": "https://wiki.example.edu/*/cas"}, 1, "first label"),
    "http": ({"--service-url": "http://wiki.example.edu/"}, 1, "only for localhost"),
    "an encoded slash": ({"--service-url": "https://wiki.example.edu/a%2fb"}, 1, "two ways"),
    "a URI for an element's name": ({"--claims": "email=urn:x:mail"}, 1, "but for CAS"),
    "the user by another claim": ({"--claims": "email=user"}, 1, "the protocol itself"),
    "too deep": ({"--service-url": "https://wiki.example.edu/" + "a/" * 8 + "*"}, 1, "eight slashes"),
    "a long one": ({"--service-url": "https://wiki.example.edu/" + "a" * 500}, 2, "up to 500 bytes"),
    "too many": ({"--service-url": " ".join(f"https://wiki.example.edu/{number}" for number in range(9))}, 2, "up to 8"),
}


@pytest.mark.parametrize("what", WRONG_CAS)
def test_what_cannot_be_of_cas_is_said(ctl, what):
    options, code, words = WRONG_CAS[what]
    given = {option: value for option, value in (CAS | options).items() if value is not None}
    done = ctl("service", "add", "x", *(word for pair in given.items() for word in pair if word), *GLASS)
    assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1, done
    assert rows(ctl) == {}


def test_a_service_of_cas(ctl, added, shelf):
    two = ("--label", "Campus wiki", "--cas", "--service-url", "https://wiki.example.edu/cas/* http://127.0.0.1:80/ http://127.0.0.1:81/")
    assert added("wiki", options=two) == {"name": "wiki"}
    assert sorted(entry_of(shelf, "wiki")["spomFoundBy"]) == [b"cas:http://127.0.0.1/", b"cas:https://wiki.example.edu/cas/*"]
    shown = ctl("service", "show", "wiki").stdout
    assert re.search(r"^protocol +cas$", shown, re.M) and re.search(r"^addresses +https://wiki.example.edu/cas/\*$", shown, re.M), shown
    assert "secret" not in shown and rows(ctl)["wiki"]["protocol"] == "cas" and "  cas\n" in ctl("service", "list").stdout
    again = ctl("service", "add", "other", "--label", "Other", "--cas", "--service-url", "https://chat.example.edu/ http://127.0.0.1:5000/", *GLASS)
    assert again.returncode == 1 and "address already" in again.stderr


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_said(ctl, what):
    name, options, code, words = WRONG[what]
    given = dict(zip(WIKI[::2], WIKI[1::2])) | options
    flat = [word for option, value in given.items() if value is not None for word in (option, value)]
    done = ctl("service", "add", name, *flat, *GLASS)
    assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1, done
    assert rows(ctl) == {}


@needs_root
def test_no_code_is_spent_on_what_cannot_be(ctl, codes, operator, added):
    wrong = ctl("service", "add", "x", "--label", "X", "--redirect-uri", "https://*", *REASON, user=operator.user, typed="000000\n")
    assert wrong.returncode == 1 and "no wildcard" in wrong.stderr
    assert ctl("service", "add", "x", *WIKI, *REASON, user=operator.user, typed=codes.next(operator) + "\n").returncode == 0
    assert ctl("service", "remove", "x", *REASON, user=operator.user).returncode == 0


def test_names_and_client_ids_are_there_once(ctl, added):
    added("wiki", "--client-id", "id-wiki")
    for name, client_id in (("wiki", "id-2"), ("other", "id-wiki")):
        done = ctl("service", "add", name, *WIKI, "--client-id", client_id, *GLASS)
        assert done.returncode == 1 and "already" in done.stderr
    assert [row["object"] for row in ctl.rows("audit", "tail", "4") if row["event"] == "service_added"] == ["wiki"]
    for verb, more in (("show", ()), ("remove", GLASS)):
        for name in ("none", "No Name", "*"):
            done = ctl("service", verb, name, *more)
            assert done.returncode == 1 and "no such service" in done.stderr


# --- who writes to the directory ---

def test_the_directory_holds_no_secret(campus, ctl, added, shelf):
    one = added("wiki", "--claims", "email")
    connection, _ = shelf
    whole = repr(connection.search_s(f"ou=spom,{campus.json['ldap']['base']}", ldap.SCOPE_SUBTREE, attrlist=["*", "+"]))
    assert one["client_id"] in whole and "cn=wiki" in whole
    assert one["client_secret"] not in whole and URI not in whole and "Campus wiki" not in whole


CHANGES = {
    "the record of another name": lambda wiki, chat: {"spomSealed": chat["spomSealed"], "spomSealedKey": chat["spomSealedKey"]},
    "a letter of the record": lambda wiki, chat: {"spomSealed": [wiki["spomSealed"][0][:80] + b"A" + wiki["spomSealed"][0][81:]
                                                               if wiki["spomSealed"][0][80:81] != b"A"
                                                               else wiki["spomSealed"][0][:80] + b"B" + wiki["spomSealed"][0][81:]]},
    "a made-up record": lambda wiki, chat: {"spomSealed": [b"AAAA"]},
    "another client id": lambda wiki, chat: {"spomFoundBy": [b"id-new"]},
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_writer_changed_is_broken_and_opens_nothing(campus, ctl, added, shelf, what):
    added("wiki", "--client-id", "id-wiki")
    added("chat", "--client-id", "id-chat")
    connection, dn = shelf
    kept = entry_of(shelf, "wiki")
    for name, values in CHANGES[what](kept, entry_of(shelf, "chat")).items():
        connection.modify_s(dn("wiki"), [(ldap.MOD_REPLACE, name, values)])
    assert {name: bool(row.get("broken")) for name, row in rows(ctl).items()} == {"chat": False, "wiki": True}
    assert "BROKEN" in ctl("service", "list").stdout
    shown = ctl("service", "show", "wiki")
    assert shown.returncode == 1 and "cannot be opened" in shown.stderr and URI not in shown.stdout
    assert re.search(r" error spom-authority shelf_broken .*name=wiki", campus.log("spom-authority"))
    assert ctl("service", "remove", "wiki", *GLASS).returncode == 0
    assert set(rows(ctl)) == {"chat"}


def test_an_entry_that_was_renamed_or_copied_is_broken(ctl, added, shelf):
    added("wiki")
    connection, dn = shelf
    kept = entry_of(shelf, "wiki")
    copy = kept | {"cn": [b"bank"], "spomFoundBy": [b"id-bank"]}
    connection.add_s(dn("bank"), list(copy.items()))
    both = kept | {"cn": [b"post", b"wiki"]}
    connection.add_s(dn("post"), list(both.items()))
    connection.rename_s(dn("wiki"), "cn=old", delold=0)
    assert {name: bool(row.get("broken")) for name, row in rows(ctl).items()} == {"bank": True, "old": True, "post": True}
    for name in ("bank", "post", "old"):
        assert ctl("service", "remove", name, *GLASS).returncode == 0


def test_what_was_removed_can_be_put_back_as_it_was(ctl, added, shelf):
    """And nothing else: there is no mark in the directory that a writer could not take away."""
    added("wiki")
    connection, dn = shelf
    kept, page = entry_of(shelf, "wiki"), ctl.json("service", "show", "wiki")
    assert ctl("service", "remove", "wiki", *GLASS).returncode == 0
    connection.add_s(dn("wiki"), list(kept.items()))
    assert ctl.json("service", "show", "wiki") == page


# --- a new master key: the last test, since operators' codes do not count before the key is there ---

def test_a_rotation_seals_services_anew(campus, ctl, added, shelf):
    for number in range(3):
        added(f"s{number}")
    before = {name: entry_of(shelf, name) for name in rows(ctl)}
    [old] = {entry["spomSealedKey"][0].decode() for entry in before.values()}
    assert old == ctl.json("key", "list")["keys"][0]["id"]
    file = campus.dir / "secrets" / "master"

    def rotate(*more):
        done = ctl("key", "rotate", *more, *GLASS)
        if done.returncode == 0 and not file.read_text().startswith(done.stdout):      # the folder is not the authority's
            file.write_text(done.stdout)
            assert ctl("config", "reload").returncode == 0
        return done
    assert rotate().returncode == 0
    fresh = ctl.json("key", "list")["keys"][0]["id"]
    assert fresh != old
    until(lambda: not ctl.json("key", "list").get("resealing"), "all is sealed anew", 60)
    for name, entry in before.items():
        now = entry_of(shelf, name)
        assert now["spomSealedKey"] == [fresh.encode()] and now["spomSealed"] != entry["spomSealed"]
    # one that another authority has sealed with the former key meanwhile
    connection, dn = shelf
    connection.modify_s(dn("s0"), [(ldap.MOD_REPLACE, name, before["s0"][name]) for name in ("spomSealed", "spomSealedKey")])
    connection.modify_s(dn("s1"), [(ldap.MOD_REPLACE, name, before["s1"][name]) for name in ("spomSealed", "spomSealedKey")])
    refused = rotate("--retire")
    assert refused.returncode == 1 and "still sealed with older keys" in refused.stderr
    retired = rotate("--retire")
    assert retired.returncode == 0, retired.stderr
    assert {name: bool(row.get("broken")) for name, row in rows(ctl).items()} == dict.fromkeys(before, False)
    assert "names " in file.read_text()


# --- from a table ---

def test_clients_of_another_system(campus, ctl, tmp_path):
    """Each row by itself; who has a secret keeps it."""
    tmp_path.chmod(0o755)
    table = tmp_path / "clients.csv"
    table.write_bytes(("\ufeffname,label,redirect_uris,client_id,client_secret,claims,two_factors,public,fresh,backchannel_logout_uri\r\n"
                       f'library,"The ""Library"", main",{URI}?a=1 {URI}?a=2,lib,{"s" * 20},name email=mail,yes,no,3600,{URI}\r\n'
                       f"wide,Wide,https://*.example.edu/,,,,,,,\n\n"
                       f"app,App,edu.example.app:/in,,,,no,yes,,\n"
                       f"weak,Weak,{URI},,short,,,,,\n"
                       f"odd,Odd,{URI},,,,maybe,,,\n"
                       f"few,Few\n").encode())
    done = ctl("import", "clients", table, *GLASS)
    try:
        assert done.returncode == 1 and "2 added, 4 not added" in done.stderr, done
        for words in ("line 3, wide: not added", "no wildcard", "line 6, weak: not added", "16 characters", "line 7, odd", "yes or no", "line 8, ",
                      "another number of cells"):
            assert words in done.stderr, done.stderr
        assert set(rows(ctl)) == {"library", "app"} and "s" * 20 not in done.stdout + done.stderr
        library = ctl.json("service", "show", "library")
        assert library["service"]["label"] == 'The "Library", main' and library["service"]["level"] == "two_factors"
        assert library["service"]["freshness_s"] == 3600 and library["service"]["backchannel_logout_uri"] == URI
        assert [row["uri"] for row in library["service"]["redirect_uris"]] == [URI + "?a=1", URI + "?a=2"]
        assert [row["value"] for row in library["service"]["claims"]] == ["name", "email=mail"]
        assert ctl.json("service", "show", "app")["public_client"]
        machine = campus.browser()
        for secret, status in (("s" * 20, 200), ("s" * 19, 401)):
            assert machine.post("/oidc/introspect", data={"token": "x"}, auth=("lib", secret)).status_code == status
        again = ctl("import", "clients", table, *GLASS)
        assert again.returncode == 1 and "0 added, 6 not added" in again.stderr and again.stderr.count("already") == 2
    finally:
        for name in rows(ctl):
            ctl("service", "remove", name, *GLASS)


def test_a_table_with_names_and_logos(ctl, tmp_path):
    """What people see of each: in their language, with a picture from a file."""
    tmp_path.chmod(0o755)
    logo, table = tmp_path / "logo.png", tmp_path / "clients.csv"
    logo.write_bytes(png(64, 48))
    table.write_text("name,label,label_en,label_de,about_en,about_de,logo,consent,redirect_uris,no_pkce\n"
                     f"wiki,Wiki,Wiki of all,Wiki für alle,Where people write,,{logo},yes,{URI},yes\n"
                     f"plain,Plain,,,,,,no,{URI},no\n"
                     f"bare,Bare,,,,,{tmp_path}/none.png,,{URI},\n"
                     f"long,Long,,{'x' * 121},,,,,{URI},\n", encoding="utf-8")
    done = ctl("import", "clients", table, *GLASS)
    try:
        assert done.returncode == 1 and "2 added, 2 not added" in done.stderr, done
        for words in ("line 4, bare: not added", "--logo names a file", "line 5, long: not added", "--label-de take"):
            assert words in done.stderr, done.stderr
        wiki, plain = (ctl.json("service", "show", name)["service"] for name in ("wiki", "plain"))
        named = {row["language"]: row for row in wiki["named"]}
        assert named["en"]["label"] == "Wiki of all" and named["de"]["label"] == "Wiki für alle"
        assert named["en"]["about"] == "Where people write" and "about" not in named["de"]
        assert wiki["no_pkce"] is True and not plain.get("no_pkce")
        assert wiki["logo"] and wiki["consent"] is True and not plain.get("logo") and not plain.get("consent") and not plain.get("named")
    finally:
        for name in rows(ctl):
            ctl("service", "remove", name, *GLASS)


@pytest.mark.parametrize("content, words", [
    (b"", "no row"), (b"\n\r\n", "no row"), (b"label\nx\n", "no column name"), (b"name,label,name\nx,y,z\n", "twice"),
    (b"name,colour\nx,red\n", "name that is none"), (b'name,"label\nx,y\n', "not closed"), (b'name,"label"x\ny,z\n', "not closed"),
    (b"name," + b"label," * 40, "more than 32"), (b"name\x00,label\n", "up to 1 MiB"), (b"name,label\n" + b"x" * (1 << 20), "up to 1 MiB"),
    (b'name,label,redirect_uris\na,"b\nc', "nothing behind it was read")], ids=[
        "empty", "blank", "no name", "a column twice", "an unknown column", "open", "behind a quote", "wide", "no text", "long", "open later"])
def test_tables_that_are_none(ctl, tmp_path, content, words):
    tmp_path.chmod(0o755)
    table = tmp_path / "clients.csv"
    table.write_bytes(content)
    done = ctl("import", "clients", table, *GLASS)
    assert done.returncode in (1, 2) and words in done.stderr, done
    assert rows(ctl) == {}


# --- many ---

def _console(campus):
    """A connection; None: it is not listened to yet."""
    try:
        return wire.Connection(wire.connect(f"{campus.json['sockets']}/admin/authority.sock"))
    except (OSError, wire.Ended):
        return None


def _listed_over_a_restart(campus):
    """The names of all pages; the authority is another one behind the first of them."""
    names, after = [], None
    for page in range(20):
        with until(lambda: _console(campus), "the authority listens to the console") as console:
            message, answer = console.ask("service_list", by={}, after=after)
        assert message == "service_rows", answer
        names += [row["name"] for row in answer["services"]]
        after = answer.get("next")
        if after is None:
            break
        if page == 0:
            campus.stop("spom-authority")
            campus.start("spom-authority")
    return names


@needs_root
def test_more_of_them_than_a_directory_gives_at_once(campus, ctl, added, codes):
    """slapd gives 500 of a search where nothing else is said (schema/rules.conf)."""
    base, admin, numbers = campus.json["ldap"]["base"], campus.ldap(), range(620)
    lines = (f"many-{n}\tMany {n}\tmany-{n}\t-\tname\thttps://many{n}.example.edu/in\thttps://many.example.edu/\n" for n in numbers)
    sealed = subprocess.run([BIN / "seedtool", "services", campus.dir / "secrets" / "master", f"ou=spom,{base}"], input="".join(lines),
                            text=True, capture_output=True, check=True).stdout
    entries = ldif.LDIFRecordList(io.StringIO(sealed))
    entries.parse()
    added("wiki")
    ours = [(dn, values) for dn, values in entries.all_records if dn.startswith("cn=many-")]
    assert len(ours) == len(numbers)
    try:
        for dn, values in ours:
            admin.add_s(dn, list(values.items()))
        added("app")            # so that the list of applications is read anew
        door = Door(campus)
        door.sign_in_fully(campus.person(role="student"), codes)
        for name in ("Many 0", "Many 619"):
            page = door.browser.get("/services", headers=JSON, params={"q": name}).json()
            assert name in [row["name"] for row in page["services"]], page
        names = [row["name"] for row in ctl.rows("service", "list")]
        assert names == sorted({"app", "wiki", *(f"many-{n}" for n in numbers)}), "each once, in order"
        assert ctl("service", "list").stdout.count("  Many ") == len(numbers), "and so for people"
        assert _listed_over_a_restart(campus) == names
    finally:
        for dn, _ in ours:
            try:
                admin.delete_s(dn)
            except ldap.NO_SUCH_OBJECT:
                continue
