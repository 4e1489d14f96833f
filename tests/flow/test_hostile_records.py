"""Whoever has the password of spom-store writes ou=spom, and whoever has its backup reads it. test_identities.py has what each identity of
the directory may do at all; this is what the records themselves yield."""
import base64

import ldap
import pytest

from campus.codes import code, step_now
from campus.directory import service_dn
from ctl import Ctl
from door import Door


@pytest.fixture
def records(full):
    """What is bound as spom-store, and its base."""
    return full.ldap(service_dn("store"), full.secret("ldap-store")), f"ou=spom,{full.json['ldap']['base']}"


def account_of(full, person):
    [(_, entry)] = full.ldap().search_s(full.dn(person.user), ldap.SCOPE_BASE, attrlist=["entryUUID"])
    return f"spomPersonId={entry['entryUUID'][0].decode()},ou=accounts,ou=spom,{full.json['ldap']['base']}"


def values(connection, name):
    [(_, entry)] = connection.search_s(name, ldap.SCOPE_BASE, attrlist=["*"])
    return entry


def test_a_backup_holds_no_seed_and_no_code(full, records, somebody, codes):
    """All of it, as slapcat would write it: no seed in any spelling, no recovery code, no key."""
    connection, base = records
    person = somebody()
    assert Door(full).sign_in_fully(person, codes).json()["done"] is True
    people = [person, *(one for one in full.people if one.totp)]
    whole = repr([values(connection, account_of(full, one)) for one in people] +
                 connection.search_s(base, ldap.SCOPE_ONELEVEL, attrlist=["*", "+"])).encode()
    assert whole.count(b"spomFactor") >= len(people) and len(whole) > 5000
    master = (full.dir / "secrets" / "master").read_text().split()[0]
    needles = {master.encode(), base64.urlsafe_b64decode(master + "=")}
    for one in people:
        raw = base64.b32decode(one.totp + "=" * (-len(one.totp) % 8))
        needles |= {one.totp.encode(), raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
        needles |= {recovery.encode() for recovery in one.recovery} | {recovery.replace("-", "").encode() for recovery in one.recovery}
    for needle in needles:
        assert needle not in whole and repr(needle)[2:-1].encode() not in whole


def test_a_factor_of_the_writer_opens_for_nobody_else(full, records, somebody):
    """He has an authenticator of his own, and puts its sealed value where a victim's lies."""
    connection, _ = records
    mine, victim = somebody(), somebody()
    here, there = account_of(full, mine), account_of(full, victim)
    kept = values(connection, there)
    try:
        connection.modify_s(there, [(ldap.MOD_REPLACE, name, values(connection, here)[name])
                                    for name in ("spomFactor", "spomFactorKey") if name in kept])
        door = Door(full)
        answer = door.sign_in(victim)
        if answer.status_code == 200 and answer.json().get("ask", {}).get("kind") == "code":
            answer = door.answer(code(mine.totp, step_now()))
        assert not answer.json().get("done"), answer.text
        assert door.home().status_code == 401
    finally:
        connection.modify_s(there, [(ldap.MOD_REPLACE, name, kept[name]) for name in ("spomFactor", "spomFactorKey") if name in kept])
    door = Door(full)
    door.sign_in(victim)
    assert door.read_notices(door.answer(code(victim.totp, step_now()))).json().get("done") is True


def test_a_generation_that_is_set_back_revives_nothing_here(full, records, somebody, codes):
    """Sessions that were ended stay so for the authority that ended them, also when the directory forgets that it was done."""
    connection, _ = records
    person, door = somebody(), Door(full)
    assert door.sign_in_fully(person, codes).json()["done"] is True
    name = account_of(full, person)
    before = values(connection, name)["spomGeneration"]
    ctl = Ctl(full)
    assert ctl("session", "end", person.user, "--break-glass", "--reason", "a test").returncode == 0
    ctl.close()
    connection.modify_s(name, [(ldap.MOD_REPLACE, "spomGeneration", before)])
    assert door.home().status_code == 401


def test_records_that_are_taken_away_make_nobody_new(full, records, somebody):
    """Without the factor the password alone is not enough: the audit knows that there was one, or enrolment is not open."""
    connection, _ = records
    person = somebody()
    assert Door(full).sign_in(person).json()["ask"]["kind"] == "code"
    name = account_of(full, person)
    kept = values(connection, name)
    connection.modify_s(name, [(ldap.MOD_REPLACE, "spomFactor", [b"rubbish"])])
    try:
        door = Door(full)
        answer = door.sign_in(person)
        assert not answer.json().get("done") and door.home().status_code == 401
        assert answer.json().get("ask", {}).get("kind") != "enrol_totp", "what cannot be opened is never 'no second factor'"
    finally:
        connection.modify_s(name, [(ldap.MOD_REPLACE, "spomFactor", kept["spomFactor"])])
