"""spomctl import cas-services: service files of Apereo CAS, what becomes of each, and what is said of the rest."""
import json
import re
import shutil
from pathlib import Path

import pytest

from cas import login, register, success_of, text_of, ticket_of, validate       # pylint: disable=unused-import
from relying import REASON, signed_in

FILES = Path(__file__).parent / "cas-services"
TAKEN = {"campus-wiki", "grades", "webmail"}
REFUSED = {"chat-1006": "another protocol", "everything-9999": "stands for every address", "library-1005": "another name than the user name",
           "notes-1007": "no JSON", "payroll-1004": "something else than groups", "portal-1002": "names no host"}
SAID = ["wiki-1000.json: serviceId: http is left out", "wiki-1000.json: theme: ", "wiki-1000.json: employeeNumber: is not told", "grades-1001.json: failureMode: ",
        "webmail-1003.json: serviceId: the * stands for one label", "webmail-1003.json: logoutType: ", "webmail-1003.json: ReturnAllAttributeReleasePolicy: ",
        "webmail-1003.json: proxyPolicy: "]


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o755)
    return shutil.copytree(FILES, tmp_path / "services")


def known(register):
    return {row["name"] for row in register.ctl.rows("service", "list")}


def has_said_all(done, last):
    assert done.returncode == 1 and done.stderr.splitlines()[-1] == last, done
    for name, why in REFUSED.items():
        assert any(f"{name}.json: not added: " in line and why in line for line in done.stderr.splitlines()), (name, done.stderr)
    for words in SAID:
        assert words in done.stderr, words


def test_a_look_first(register, folder):
    before = known(register)
    has_said_all(register.ctl("import", "cas-services", folder, "--dry-run"), "3 would be added, 6 not")
    rows = register.ctl("import", "cas-services", folder, "--dry-run", "--json").stdout.splitlines()
    assert {json.loads(row)["service"]["name"] for row in rows} == TAKEN
    assert known(register) == before, "nobody was asked"
    assert register.ctl("import", "cas-services", folder).returncode == 2, "the real one takes a reason"


def test_what_is_registered(campus, register, folder):
    done = register.ctl("import", "cas-services", folder / "wiki-1000.json", folder, *REASON)
    register.names += TAKEN
    assert "services/wiki-1000.json: not added: campus-wiki" in done.stderr and "already" in done.stderr, "it was given twice"
    has_said_all(done, "3 added, 7 not added")
    wiki, grades, webmail = (register.ctl.json("service", "show", name)["service"] for name in sorted(TAKEN))
    assert wiki["label"] == "Campus Wiki" and wiki["owner"] == "web@example.edu" and wiki["backchannel_logout_uri"] == "https://wiki.example.edu/cas/logout"
    assert [row["uri"] for row in wiki["addresses"]] == ["https://wiki.example.edu/*"] and [row["value"] for row in wiki["claims"]] == [
        "preferred_username=uid", "email=mail", "name=displayName"]
    assert {row["value"] for row in grades["claims"]} == {"email=Email", "eduperson_affiliation"}
    assert grades["level"] == "two_factors" and [row["value"] for row in grades["groups"]] == ["staff", "registrars"]
    assert [row["uri"] for row in grades["addresses"]] == ["https://grades.example.edu", "https://grades.example.edu/*"]
    assert [row["uri"] for row in webmail["addresses"]] == ["https://webmail.example.edu/*", "https://*.mail.example.edu/in"]
    assert [row["uri"] for row in webmail["proxy_callbacks"]] == ["https://webmail.example.edu/pgt"] and not webmail.get("claims")
    person, page = campus.person(role="student"), "https://wiki.example.edu/start"
    found = success_of(validate(campus.browser(), ticket_of(login(signed_in(campus, person), page), page), page))
    assert text_of(found, "user") == text_of(found, "uid") == person.user and text_of(found, "mail") and text_of(found, "displayName") == person.name and text_of(found, "groups") is None
    assert login(signed_in(campus, person), "https://grades.example.edu/").status_code == 403


def changed(**more):
    """The wiki's file with other values; None takes one away."""
    whole = json.loads((FILES / "wiki-1000.json").read_text()) | more
    return json.dumps({name: value for name, value in whole.items() if value is not None})


STRATEGY = {"@class": "org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy"}


def access(**more):
    return changed(accessStrategy=STRATEGY | more)


@pytest.mark.parametrize("text, words", [
    ("", "no JSON"), ("[]", "no service file"), ("{}", "no service file"), ('{"a": 1, "a": 2}', "no JSON"), (changed(name=None), "no service file"),
    (changed(serviceId=["https://a.example.edu/"]), "no service file"), (changed(name="Вики"), "no letter of a to z"),
    (changed(matchingStrategy={"@class": "org.apereo.cas.services.PartialRegexRegisteredServiceMatchingStrategy"}), "matchingStrategy"),
    (access(enabled=False), "switched off"), (access(ssoEnabled=False), "--fresh"), (access(startingDateTime="2026-01-01T00:00:00Z"), "rule that cannot"),
    (access(rejectedAttributes={"memberOf": ["x"]}), "rule that cannot"), (access(requiredAttributes={"memberOf": ["staff.*"]}), "by a pattern"),
    (access(requiredAttributes={"memberOf": ["all staff"]}), "with a blank"), (access(requiredAttributes={"memberOf": []}), "no values"),
    (access(requiredAttributes={"memberOf": ["staff"], "isMemberOf": ["x"]}), "are several"),
    (changed(accessStrategy={"@class": "org.apereo.cas.services.GroovyRegisteredServiceAccessStrategy"}), "a program"),
    (changed(usernameAttributeProvider={"@class": "org.apereo.cas.services.AnonymousRegisteredServiceUsernameProvider"}), "another name"),
    (changed(usernameAttributeProvider={"@class": "org.apereo.cas.services.DefaultRegisteredServiceUsernameProvider", "canonicalizationMode": "UPPER"}), "other letters"),
    (changed(multifactorPolicy={"@class": "org.apereo.cas.services.GroovyRegisteredServiceMultifactorPolicy"}), "--two-factors"),
    (changed(singleSignOnParticipationPolicy={"@class": "x"}), "--fresh"), (changed(expirationPolicy={"@class": "x", "expirationDate": "2027-01-01"}), "ends on a day"),
    (changed(**{f"x{n}": {"a": 1} for n in range(80)}), "more that is not followed"), (changed(logoutUrl="https://a.example.edu/ https://b.example.edu/"), "character that no URI has"),
    ("x" * (1 << 19), "up to 256 KiB"), ("\x00", "no text")], ids=str)
def test_files_that_are_refused(register, tmp_path, text, words):
    """Each by itself, and nothing of it is there."""
    tmp_path.chmod(0o755)
    (tmp_path / "one.json").write_text(text)
    done = register.ctl("import", "cas-services", tmp_path, *REASON)
    assert done.returncode == 1 and words in done.stderr, done
    assert "0 " in done.stderr.splitlines()[-1] and "campus-wiki" not in done.stdout


def test_names_that_collide(register, tmp_path):
    """Two files of one name, and one that is called as a service is that was there before."""
    tmp_path.chmod(0o755)
    register("campus-chat", "https://chat.example.edu/")
    for name, label, host in (("a", "Campus: blog", "one"), ("b", "Campus blog!", "two"), ("c", "Campus Chat", "three"), ("d", "x" * 70, "four")):
        (tmp_path / f"{name}.json").write_text(changed(name=label, serviceId=f"https://{host}.example.edu/blog", logoutUrl=None))
    planned = [json.loads(row)["service"]["name"] for row in register.ctl("import", "cas-services", tmp_path, "--dry-run", "--json").stdout.splitlines()]
    before = known(register)
    done = register.ctl("import", "cas-services", tmp_path, *REASON)
    added = known(register) - before
    register.names += added
    digits = "-[0-9a-f]{8}"
    assert done.returncode == 0 and len(added) == 4 and added >= {"campus-blog", planned[1], planned[3]} and "campus-chat" in before, (done, added)
    assert re.fullmatch("campus-blog" + digits, planned[1]) and re.fullmatch("x{55}" + digits, planned[3])
    assert any(re.fullmatch("campus-chat" + digits, name) for name in added)
    addresses = {name: register.ctl.json("service", "show", name)["service"]["addresses"][0]["uri"] for name in added}
    assert addresses["campus-blog"] == "https://one.example.edu/blog" and addresses[planned[1]] == "https://two.example.edu/blog"
    again = register.ctl("import", "cas-services", tmp_path, *REASON)
    assert again.returncode == 1 and again.stderr.count("entityID or address already") == 4, again
    assert known(register) == before | added and f"b.json: not added: {planned[1]}" in again.stderr


def test_names_that_a_map_has(register, tmp_path):
    """A claim has one, the first that can be; what becomes of the others is said."""
    allowed = {"@class": "java.util.TreeMap", "mail": ["java.util.ArrayList", ["Email", "e-mail"]], "cn": "name", "displayName": "fullName",
               "memberOf": "groups of the person", "uid": "uid", "isMemberOf": "groups"}
    tmp_path.chmod(0o755)
    (tmp_path / "one.json").write_text(changed(attributeReleasePolicy={
        "@class": "org.apereo.cas.services.ReturnMappedAttributeReleasePolicy", "allowedAttributes": allowed}))
    done = register.ctl("import", "cas-services", tmp_path, "--dry-run", "--json")
    assert {row["value"] for row in json.loads(done.stdout)["service"]["claims"]} == {"email=Email", "name", "groups", "preferred_username=uid"}
    said = [line.partition("one.json: ")[2] for line in done.stderr.splitlines() if "told it" in line or "DNs" in line]
    assert set(said) == {"e-mail: the service is told it as Email", "fullName: the service is told it as name",
                         "groups of the person: the service is told it as groups", "memberOf: its values are names of groups, and no DNs"}


def test_no_file(register, tmp_path):
    tmp_path.chmod(0o755)
    assert "no file of a name" in register.ctl("import", "cas-services", tmp_path, "--dry-run").stderr
    assert "can be read" in register.ctl("import", "cas-services", tmp_path / "none.json", "--dry-run").stderr
