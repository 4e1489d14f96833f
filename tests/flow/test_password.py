"""Passwords that have to change, end soon, or are good a few times more; on the web and at terminals."""
import html
import os
import re
import time

import pexpect
import pytest

from campus.client import until
from door import Door
from pam_client import Pam
from web import Web
from words import is_sentence, number_of, says, shown

FRESH = "seven green umbrellas"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def state_of(campus):
    """state_of(**attributes): a person with these operational attributes, whom no other test has."""
    import ldap
    from ldap.controls import RequestControl

    def make(on=campus, **attributes):
        person = on.newcomer()
        relax = RequestControl("1.3.6.1.4.1.4203.666.5.12", criticality=True)
        changes = [(ldap.MOD_REPLACE, name, value.encode()) for name, value in attributes.items()]
        on.ldap().modify_ext_s(on.dn(person.user), changes, serverctrls=[relax])
        return person
    return make


def under(campus, policy):
    return {"pwdPolicySubentry": f"cn={policy},ou=policies,{campus.json['ldap']['base']}"}


def ask_of(campus, person):
    door = Door(campus)
    answer = door.sign_in(person)
    return door, answer.json().get("ask", answer.json())


def days_ago(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400))


def test_it_must_be_changed_and_then_one_is_in(campus, state_of):
    person = state_of(pwdReset="TRUE")
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
    person = state_of(pwdChangedTime=days_ago(500))
    assert campus.bind(person.user, person.password).result == 49
    door, ask = ask_of(campus, person)
    assert ask["kind"] == "new_password" and ask["may_skip"] is False
    assert door.answer(FRESH, old="not the old one").json()["denied"] == "password_old_wrong"
    answer = door.read_notices(door.answer(FRESH, old=person.password))
    assert answer.json().get("done") is True, answer.text
    assert campus.bind(person.user, FRESH).result == 0


def test_of_an_expired_one_nobody_learns_without_it(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(500))
    door = Door(campus)
    door.get()
    answer = door.post(user=person.user, password="wrong")
    assert answer.status_code == 401 and answer.json()["denied"] == "sign_in_failed"


def test_grace_sign_ins_are_said_and_may_be_used(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(500), **under(campus, "grace"))
    door, ask = ask_of(campus, person)
    assert ask["kind"] == "new_password" and ask["may_skip"] is True and ask["count"] >= 1
    assert door.read_notices(door.answer("")).json().get("done") is True
    assert door.home().status_code == 200


def test_days_that_are_left_are_said(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(360))
    door = Door(campus)
    door.get()
    answer = door.post(user=person.user, password=person.password)
    ask = answer.json()["ask"]
    assert ask["kind"] == "notice" and ask["text"] == "password_expires" and 3 <= ask["count"] <= 5
    assert door.answer("").json()["done"] is True


def test_at_a_terminal_as_well(campus, state_of, tmp_path):
    person = state_of(pwdReset="TRUE")
    let_in, heard = Pam(campus, tmp_path).authenticate(person.user, [person.password, person.password, FRESH, FRESH])
    assert let_in, heard
    assert campus.bind(person.user, FRESH).result == 0
    assert [said for said in heard if said.startswith("New password: ")]


def test_not_the_same_twice_is_asked_again(campus, state_of, tmp_path):
    person = state_of(pwdReset="TRUE")
    let_in, heard = Pam(campus, tmp_path).authenticate(
        person.user, [person.password, person.password, FRESH, "something else", FRESH, FRESH])
    assert let_in and [said for said in heard if is_sentence(said, "not_same")], heard
    assert campus.bind(person.user, FRESH).result == 0


def test_a_mail_says_that_it_was_changed(campus, state_of):
    person = state_of(pwdReset="TRUE")
    door, _ = ask_of(campus, person)
    assert door.read_notices(door.answer(FRESH, old=person.password)).json().get("done") is True
    until(lambda: any(person.user in mail.read_text() for mail in campus.mails()), "the mail is there", 20)


# --- on pages, as a browser without scripts has them ---

def to_the_page(campus, person):
    web = Web(campus, "page").start()
    answer = web.post(user=person.user, password=person.password)
    assert 'name="old"' in answer.text and answer.status_code == 200, shown(answer)
    return web


def field(answer, name):
    return re.search(rf'<input id="{name}"[^>]*>', answer.text).group()


@pytest.mark.parametrize("attributes", [{"pwdReset": "TRUE"}, {"pwdChangedTime": days_ago(500)}],
                         ids=["must_change", "expired"])
def test_a_page_asks_until_it_is_a_good_one(campus, state_of, attributes):
    person = state_of(**attributes)
    web = to_the_page(campus, person)
    assert is_sentence(html.unescape(web.answer.text), "password_must_change")
    assert 'name="answer" value=""' not in web.answer.text, "nobody may skip this"
    rows = [("not the old one", FRESH, FRESH, "password_old_wrong", "old"),
            (person.password, FRESH, FRESH + "!", "not_same", "answer"),
            (person.password, "short", "short", "password_too_short", "answer"),
            (person.password, person.password, person.password, "password_in_history", "answer"),
            ("", FRESH, FRESH, "password_old_wrong", "old"),
            (person.password, "", "", "password_too_short", "answer")]
    for old, new, again, problem, at in rows:
        answer = web.post(answer=new, old=old, again=again)
        assert answer.status_code == 401 and says(answer, problem), (problem, shown(answer))
        assert 'aria-invalid="true"' in field(answer, at), problem
        assert 'aria-invalid="true"' not in field(answer, "old" if at == "answer" else "answer"), problem
        assert number_of(answer)
        for typed in (old, new, again):
            assert len(typed) < 8 or typed not in html.unescape(answer.text), "what was typed is shown to nobody"
        said = re.search("<q>(.*?)</q>", answer.text)
        assert bool(said) == (problem in ("password_too_short", "password_in_history") and new != ""), problem
    assert web.browser.get("/").status_code == 303
    answer = web.post(answer=FRESH, old=person.password, again=FRESH)
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/"), shown(answer)
    assert web.browser.get("/").status_code == 200
    assert campus.bind(person.user, FRESH).result == 0


def test_a_page_lets_grace_sign_ins_pass(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(500), **under(campus, "grace"))
    web = to_the_page(campus, person)
    assert is_sentence(html.unescape(web.answer.text), "password_grace")
    assert 'name="answer" value=""' in web.answer.text
    assert says(web.post(answer="short", old=person.password, again="short"), "password_too_short")
    answer = web.post(answer="")
    assert answer.status_code == 303 and web.browser.get("/").status_code == 200, shown(answer)
    assert campus.bind(person.user, person.password).result == 0


def test_a_page_says_the_days_that_are_left(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(364.5))
    web = Web(campus, "page").start()
    answer = web.post(user=person.user, password=person.password)
    assert answer.status_code == 200 and is_sentence(html.unescape(answer.text), "password_expires"), shown(answer)
    assert web.post(answer="").status_code == 303 and web.browser.get("/").status_code == 200


# --- what a change means for the rest ---

def test_what_the_old_one_opened_is_closed(campus, state_of):
    person = state_of(pwdChangedTime=days_ago(500), **under(campus, "grace"))
    before, _ = ask_of(campus, person)
    assert before.answer("").json().get("done") is True and before.home().status_code == 200
    door, _ = ask_of(campus, person)
    assert door.read_notices(door.answer(FRESH, old=person.password)).json().get("done") is True
    assert before.home().status_code == 401 and door.home().status_code == 200


def test_guesses_at_the_old_one_wait_as_all_guesses_do(campus, state_of):
    """Who finds the question open has no more tries than at the door; the directory is asked no more often."""
    person = state_of(pwdReset="TRUE")
    door, _ = ask_of(campus, person)
    statuses = [door.answer(FRESH, old=f"guess {i}").status_code for i in range(6)]
    assert statuses == [401] * 5 + [429], statuses
    assert campus.bind(person.user, FRESH).result == 49


def test_whoever_has_a_second_factor_proves_it_first(full, somebody, codes, state_of):
    person = state_of(on=full, pwdReset="TRUE")
    door = Door(full)
    door.get()
    assert door.post(user=person.user, password=person.password).json()["ask"]["kind"] == "code"
    assert door.answer(FRESH, old=person.password).json()["ask"]["kind"] == "code", "a password alone changes nothing"
    answer = door.answer(codes.next(person))
    assert answer.json()["ask"]["kind"] == "new_password", answer.text
    assert door.home().status_code == 401
    answer = door.read_notices(door.answer(FRESH, old=person.password))
    assert answer.json().get("done") is True and door.home().status_code == 200, answer.text
    assert full.bind(person.user, FRESH).result == 0


# --- before the campus's sshd ---

def ssh(campus, person, command="id -un"):
    at = campus.json["ssh"]
    return pexpect.spawn(
        f"ssh -tt -p {at['port']} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
        f"-o NumberOfPasswordPrompts=1 {person.user}@{at['host']} {command}", encoding="utf-8", timeout=20)


def type_all(terminal, *lines):
    """Prompt and answer in turn; all that was shown on the way."""
    shown_so_far = ""
    for prompt, line in lines:
        terminal.expect(prompt + r": $")
        shown_so_far += terminal.before
        terminal.sendline(line)
    terminal.expect(pexpect.EOF)
    return re.sub(r"\s+", " ", shown_so_far + terminal.before)


@needs_root
@pytest.mark.parametrize("attributes", [{"pwdReset": "TRUE"}, {"pwdChangedTime": days_ago(500)}],
                         ids=["must_change", "expired"])
def test_ssh_asks_for_a_new_one(campus, state_of, attributes):
    person = state_of(**attributes)
    said = type_all(ssh(campus, person), ("Password", person.password), ("Password", "not the old one"),
                    ("New password", FRESH), ("New password", FRESH), ("Password", person.password),
                    ("New password", "short"), ("New password", "short"), ("Password", person.password),
                    ("New password", FRESH), ("New password", FRESH))
    for text in ("password_must_change", "password_old_wrong", "password_too_short"):
        assert is_sentence(said, text), (text, said)
    assert said.rstrip().endswith(person.user), said
    assert FRESH not in said and person.password not in said
    assert campus.bind(person.user, FRESH).result == 0


@needs_root
def test_ssh_says_what_is_left(campus, state_of):
    soon = state_of(pwdChangedTime=days_ago(360))
    grace = state_of(pwdChangedTime=days_ago(500), **under(campus, "grace"))
    for person, text in ((soon, "password_expires"), (grace, "password_grace")):
        terminal = ssh(campus, person, command="")      # sshd shows what comes behind the last prompt to a shell alone
        terminal.expect(r"Password: $")
        terminal.sendline(person.password)
        terminal.expect(r"[$#] $")
        assert is_sentence(re.sub(r"\s+", " ", terminal.before), text), (text, terminal.before)
        terminal.close(force=True)


@needs_root
def test_ssh_tells_nobody_without_the_old_one(campus, state_of):
    person = state_of(pwdReset="TRUE")
    said = type_all(ssh(campus, person), ("Password", "wrong"))
    assert not is_sentence(said, "password_must_change") and person.user not in said.split()
