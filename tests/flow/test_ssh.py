"""The same person before sshd and sudo, through pam_spom.so."""
import os
import re

import pexpect
import pytest

from campus.client import until
from door import Door

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")



def spawn(campus, user, command=""):
    ssh = campus.json["ssh"]
    return pexpect.spawn(
        f"ssh -tt -p {ssh['port']} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
        f"-o NumberOfPasswordPrompts=1 {user}@{ssh['host']} {command}", encoding="utf-8", timeout=20)


def test_ssh_asks_for_the_password_and_lets_in(campus):
    person = campus.person(role="employee")
    assert campus.ssh(person.user, person.password) == person.user


def test_the_prompt_is_the_contracts(campus):
    person = campus.person(role="employee")
    terminal = spawn(campus, person.user, "id -un")
    terminal.expect(r"Password: $")
    terminal.sendline(person.password)
    terminal.expect(re.escape(person.user))
    terminal.expect(pexpect.EOF)


@pytest.mark.parametrize("state", ["wrong", "unknown", "locked", "not_activated"])
def test_ssh_refuses_with_one_sentence(campus, state):
    person = campus.person(role="employee") if state in ("wrong", "unknown") else campus.person(state=state)
    user = "nobody-at-all" if state == "unknown" else person.user
    password = person.password if state == "locked" else "wrong"
    assert campus.ssh(user, password or "wrong") is None


def test_a_mail_address_is_no_name_here(campus):
    person = campus.person(role="employee")
    mail = campus.ldap().search_s(campus.dn(person.user), 0, attrlist=["mail"])[0][1]["mail"][0].decode()
    assert campus.ssh(mail, person.password) is None


def test_sudo_asks_again(campus):
    person = campus.person(role="operator")
    terminal = spawn(campus, person.user)
    terminal.expect(r"Password: $")
    terminal.sendline(person.password)
    terminal.expect(r"[$#] $")
    terminal.sendline("sudo -k; sudo id -un; echo ended-$?")
    terminal.expect(r"Password: $")
    terminal.sendline(person.password)
    terminal.expect(r"\broot\b")
    terminal.expect("ended-0")
    terminal.sendline("sudo -k; sudo -S id -un </dev/null; echo ended-$?")
    terminal.expect(r"ended-[1-9]")
    terminal.close(force=True)


def test_the_console_account_needs_nothing_of_ours(campus):
    """SECURITY 13: with everything stopped, the emergency account logs in."""
    user, password = campus.console
    names = [name for name in campus.services() if name.startswith("spom-") or name == "slapd"]
    try:
        for name in names:
            campus.stop(name)
        assert campus.ssh(user, password) == user
        assert campus.ssh(campus.person(role="employee").user, campus.person(role="employee").password) is None
    finally:
        for name in sorted(names, key=lambda name: ("slapd", "spom-authority", "spom-gate").index(name)
                           if name in ("slapd", "spom-authority", "spom-gate") else 9):
            campus.start(name)
    until(lambda: campus.browser().get("/login").status_code == 200, "the page is back", 20)
    until(lambda: Door(campus).sign_in(campus.person(role="student")).status_code == 200, "sign-ins work", 20)
