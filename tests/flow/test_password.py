"""Passwords that have to change, end soon, or are good a few times more; on the web and at terminals."""
import pytest

from campus.client import until
from door import Door
from pam_client import Pam

FRESH = "seven green umbrellas"


@pytest.fixture
def state_of(campus):
    """state_of(number, **attributes): a person with these operational attributes, whom no other test has."""
    import ldap
    from ldap.controls import RequestControl

    def make(number, **attributes):
        person = campus.generated(number)
        relax = RequestControl("1.3.6.1.4.1.4203.666.5.12", criticality=True)
        changes = [(ldap.MOD_REPLACE, name, value.encode()) for name, value in attributes.items()]
        campus.ldap().modify_ext_s(campus.dn(person.user), changes, serverctrls=[relax])
        return person
    return make


def ask_of(campus, person):
    door = Door(campus)
    answer = door.sign_in(person)
    return door, answer.json().get("ask", answer.json())


def days_ago(days):
    import time
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400))


def test_it_must_be_changed_and_then_one_is_in(campus, state_of):
    person = state_of(21, pwdReset="TRUE")
    door, ask = ask_of(campus, person)
    assert ask["kind"] == "new_password" and ask["may_skip"] is False
    for old, new, said in (("not the old one", FRESH, "password_old_wrong"), (person.password, "short", "password_too_short"),
                           (person.password, person.password, "password_in_history")):
        answer = door.answer(new, old=old)
        assert answer.status_code == 401 and answer.json()["denied"] == said, answer.text
    assert door.home().status_code == 401
    answer = door.read_notices(door.answer(FRESH, old=person.password))
    assert answer.json().get("done") is True, answer.text
    assert door.home().status_code == 200
    assert campus.bind(person.user, FRESH).result == 0 and campus.bind(person.user, person.password).result == 49


def test_it_has_expired(campus, state_of):
    person = state_of(22, pwdChangedTime=days_ago(500))
    assert campus.bind(person.user, person.password).result == 49
    door, ask = ask_of(campus, person)
    assert ask["kind"] == "new_password" and ask["may_skip"] is False
    assert door.answer(FRESH, old="not the old one").json()["denied"] == "password_old_wrong"
    answer = door.read_notices(door.answer(FRESH, old=person.password))
    assert answer.json().get("done") is True, answer.text
    assert campus.bind(person.user, FRESH).result == 0


def test_of_an_expired_one_nobody_learns_without_it(campus, state_of):
    person = state_of(23, pwdChangedTime=days_ago(500))
    door = Door(campus)
    door.get()
    answer = door.post(user=person.user, password="wrong")
    assert answer.status_code == 401 and answer.json()["denied"] == "sign_in_failed"


def test_grace_sign_ins_are_said_and_may_be_used(campus, state_of):
    base = campus.json["ldap"]["base"]
    person = state_of(24, pwdChangedTime=days_ago(500), pwdPolicySubentry=f"cn=grace,ou=policies,{base}")
    door, ask = ask_of(campus, person)
    assert ask["kind"] == "new_password" and ask["may_skip"] is True and ask["count"] >= 1
    assert door.read_notices(door.answer("")).json().get("done") is True
    assert door.home().status_code == 200


def test_days_that_are_left_are_said(campus, state_of):
    person = state_of(25, pwdChangedTime=days_ago(360))
    door = Door(campus)
    door.get()
    answer = door.post(user=person.user, password=person.password)
    ask = answer.json()["ask"]
    assert ask["kind"] == "notice" and ask["text"] == "password_expires" and 3 <= ask["count"] <= 5
    assert door.answer("").json()["done"] is True


def test_at_a_terminal_as_well(campus, state_of, tmp_path):
    person = state_of(26, pwdReset="TRUE")
    let_in, heard = Pam(campus, tmp_path).authenticate(person.user, [person.password, person.password, FRESH, FRESH])
    assert let_in, heard
    assert campus.bind(person.user, FRESH).result == 0
    assert [said for said in heard if said.startswith("New password: ")]


def test_not_the_same_twice_is_asked_again(campus, state_of, tmp_path):
    person = state_of(27, pwdReset="TRUE")
    let_in, heard = Pam(campus, tmp_path).authenticate(
        person.user, [person.password, person.password, FRESH, "something else", FRESH, FRESH])
    assert campus.bind(person.user, FRESH).result == (0 if let_in else 49), heard


def test_a_mail_says_that_it_was_changed(campus, state_of):
    person = state_of(28, pwdReset="TRUE")
    door, _ = ask_of(campus, person)
    assert door.read_notices(door.answer(FRESH, old=person.password)).json().get("done") is True
    until(lambda: any(person.user in mail.read_text() for mail in campus.mails()), "the mail is there", 20)
