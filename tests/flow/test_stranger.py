"""docs/install.md, followed word by word beside a directory that is not the demo's, until people sign in; what it says must be enough."""
import os
import re
from pathlib import Path

import ldap
import pytest

from campus.codes import Codes, code, step_now
from campus.layout import BIN
from door import JSON, Door
from pam_client import Pam
from stranger import ANNA, BJOERN, CLARA, DORA, SUFFIX, Machine, blocks


@pytest.fixture(scope="module")
def machine():
    machine = Machine()
    try:
        machine.certify()
        machine.directory()
        machine.package()
        names, passwords, entries, redis, nginx, pam = blocks()
        machine.follow(names)
        machine.follow("cd /usr/share/spom/schema\n" + passwords)
        machine.follow("cd /usr/share/spom/schema\n" + entries)
        machine.redis(machine.follow(redis))
        machine.asked = machine.setup()
        machine.settle()
        machine.programs()
        machine.follow(nginx)
        machine.edge()
        machine.follow(pam)
        yield machine
    finally:
        machine.end()


@pytest.fixture(scope="module")
def codes():
    return Codes()


def enrol(machine, person, codes):
    """The first sign-in: from the password to the recovery codes. One code more is left then, without waiting."""
    door = Door(machine.site, https=True)
    answer = door.sign_in(person)
    assert answer.json()["ask"]["kind"] == "enrol_totp", answer.text
    person.totp = door.ask["secret"]
    assert door.answer(code(person.totp, step_now()), name="Telefon").json()["ask"]["kind"] == "recovery_sheet"
    assert door.answer("").json()["done"] is True
    codes.skip(person)
    return door


def connect(machine, tls):
    connection = ldap.initialize(machine.ldap)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(machine.dir / "ca.pem"))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if tls:
        connection.start_tls_s()
    return connection


def test_the_directory_is_a_strange_one(machine):
    """No password in the clear, nothing for strangers: what the rest of this file stands on."""
    with pytest.raises(ldap.CONFIDENTIALITY_REQUIRED):
        connect(machine, False).simple_bind_s(ANNA.dn, ANNA.password)
    connection = connect(machine, True)
    connection.simple_bind_s(ANNA.dn, ANNA.password)
    found = dict(connection.search_s(f"ou=Personen,{SUFFIX}", ldap.SCOPE_SUBTREE, "(uid=*)", ["cn"]))
    assert ANNA.dn in found and not any(dn.startswith("uid=") for dn in found)
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        connection.search_s(f"ou=spom,{SUFFIX}", ldap.SCOPE_SUBTREE)


def test_setup_has_seen_the_directory(machine):
    asked = machine.asked
    text = re.sub(r"\s+", " ", asked.text)
    assert asked.code == 0 and "all fits" in text, asked.text + asked.out
    assert asked.offered["directory.people_base"] == f"ou=Personen,{SUFFIX}" and asked.offered["directory.name_attributes"] == "uid"
    assert asked.offered["directory.groups_base"] == f"ou=Gruppen,{SUFFIX}"
    assert "directory.groups_filter is (|(objectClass=groupOfNames)(objectClass=posixGroup))." in text
    assert "directory.group_member_attributes is member memberUid." in text
    assert asked.offered["records.base"] == f"ou=spom,{SUFFIX}" and asked.offered["portal.institution"] == "Hochschule"
    assert "its certificate is not signed by a trusted authority" in text, "a CA of one's own is asked for in words"


def test_everything_is_ok(machine):
    for words in (("config", "check", str(machine.dir / "etc/spom/spom.conf")), ("directory", "test"), ("directory", "test", CLARA.user)):
        done = machine.ctl(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not re.search(r"^(FAIL|WARN|skip)", done.stdout, re.M | re.I), done.stdout


def test_a_person_enrols_sees_groups_of_both_kinds_and_edits_the_profile(machine, codes):
    enrol(machine, ANNA, codes)
    door = Door(machine.site, https=True)
    assert door.sign_in_fully(ANNA, codes).json()["done"] is True
    home = door.home().json()
    assert home["frame"]["level"] == "two_factors" and home["frame"]["name"] == ANNA.name
    assert {group["name"] for group in home["groups"]} == {"alle", "Mitarbeiter", "spom-leute"}
    page = door.browser.get("/profile", headers=JSON).json()
    answer = door.browser.post("/profile", headers=JSON | {"X-CSRF-Token": home["frame"]["csrf"]},
                               json={"version": page["version"], "changes": [{"name": "mobile", "value": "+49 170 99"}]})
    assert answer.status_code == 200 and answer.json()["id"] == "profile_saved", answer.text
    connection = connect(machine, True)
    connection.simple_bind_s(ANNA.dn, ANNA.password)
    assert connection.search_s(ANNA.dn, ldap.SCOPE_BASE, attrlist=["mobile"])[0][1]["mobile"] == [b"+49 170 99"]


@pytest.mark.parametrize("person, groups", [(BJOERN, {"Mitarbeiter"}), (CLARA, {"alle"}), (DORA, set())])
def test_names_that_are_not_ascii_and_branches_below(machine, codes, person, groups):
    home = enrol(machine, person, codes).home().json()
    assert home["frame"]["name"] == person.name and {group["name"] for group in home["groups"]} == groups
    shown = machine.ctl("person", "show", person.user)
    assert shown.returncode == 0 and person.dn in shown.stdout, shown.stdout


def test_a_wrong_password_and_nobody_are_the_same(machine):
    answers = []
    for user in (ANNA.user, "nobody-has-this-name"):
        door = Door(machine.site, https=True)
        door.get()
        answer = door.post(user=user, password="falsch")
        answers.append((answer.status_code, answer.json()["denied"], answer.json()["text"]))
    assert answers[0] == answers[1] and answers[0][1] == "sign_in_failed"


def test_a_page_is_shown_and_http_leads_to_https(machine):
    browser = machine.site.browser(https=True)
    page = browser.get("/login", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert page.status_code == 200 and "Hochschule" in page.text and "Strict" not in page.headers.get("Set-Cookie", "")
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)[1]
    assert browser.get(style).status_code == 200
    moved = browser.get(f"http://localhost:{machine.ports['http']}/login")
    assert moved.status_code == 301 and moved.headers["Location"] == f"{machine.portal}/login"


class Host(Pam):
    """sshd's stack as the document leaves it, as far as it says who may come in."""

    def __init__(self, machine, folder):
        super().__init__(machine.site, folder)
        etc = machine.dir / "etc/pam.d"
        module = Path(os.environ.get("SPOM_PLAIN_BIN_DIR") or BIN) / "pam_spom.so"
        line = f"{module} socket={machine.dir}/run/spom/pam/authority.sock"
        for name in ("spom-auth", "spom-account"):
            (Path(folder) / name).write_text((etc / name).read_text(encoding="utf-8").replace("pam_spom.so", line), encoding="utf-8")
        wanted = [row for row in (etc / "sshd").read_text(encoding="utf-8").splitlines() if row.startswith("@include spom-")]
        assert wanted == ["@include spom-auth", "@include spom-account"]
        (Path(folder) / "sshd").write_text("".join(f"@include {folder}/{row.split()[1]}\n" for row in wanted), encoding="utf-8")


def test_pam_by_the_files_of_the_package(machine, codes, tmp_path):
    host = Host(machine, tmp_path)
    let_in, heard = host.authenticate(BJOERN.user, [BJOERN.password, codes.next(BJOERN)])
    assert let_in, heard
    let_in, heard = host.authenticate(BJOERN.user, [BJOERN.password, codes.last(BJOERN)])
    assert not let_in, "a code counts once"
    assert not host.authenticate(DORA.user, ["falsch"])[0]
    for name in ("sshd", "sudo"):
        assert "@include common-a" not in (machine.dir / "etc/pam.d" / name).read_text(encoding="utf-8")
    assert "UsePAM yes" in (machine.dir / "etc/ssh/sshd_config.d/spom.conf").read_text(encoding="utf-8")


def test_the_master_key_for_the_safe_and_a_restart_of_all(machine, codes):
    done = machine.ctl("key", "backup", "--break-glass", "--reason", "for the safe")
    assert done.returncode == 0 and done.stdout.strip() == (machine.dir / "etc/spom/secrets/master").read_text().strip()
    machine.stop_programs()
    machine.programs()
    door = Door(machine.site, https=True)
    assert door.sign_in_fully(CLARA, codes).json()["done"] is True
    assert [group["name"] for group in door.home().json()["groups"]] == ["alle"]
    assert machine.ctl("audit", "verify").returncode == 0
