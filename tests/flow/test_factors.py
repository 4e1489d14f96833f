"""Second factors at every door: a code counts once, whatever the door; guesses are counted before they are checked."""
import math
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pexpect
import pytest

from campus.client import until
from campus.codes import code, step_now, wrong
from ctl import Ctl
from door import JSON, Door
from pam_client import Pam

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="sshd for LDAP users needs root")


@pytest.fixture
def pam(full, tmp_path):
    return Pam(full, tmp_path)


def behind_the_password(campus, person):
    """A browser that waits at the question behind the password."""
    door = Door(campus)
    answer = door.sign_in(person)
    assert answer.status_code == 200, answer.text
    return door


def level(door):
    return door.home().json()["frame"]["level"]


def audit(campus):
    """The records of the audit chain so far, as text."""
    files = sorted((campus.dir / "state" / "audit").glob("audit-*.jsonl"))
    return "".join(file.read_text(encoding="utf-8") for file in files)


# --- signing in ---

@pytest.mark.parametrize("https", [False, True])
def test_password_then_code(full, somebody, codes, https):
    person = somebody()
    door = Door(full, https=https)
    answer = door.sign_in(person)
    assert answer.json()["ask"]["kind"] == "code"
    assert door.home().status_code == 401, "the password alone opens nothing"
    answer = door.answer(codes.next(person))
    assert answer.json()["done"] is True, answer.text
    assert level(door) == "two_factors"


def test_a_wrong_code_is_said_and_asked_again(full, somebody, codes):
    person = somebody()
    door = behind_the_password(full, person)
    answer = door.answer(wrong(person))
    assert answer.status_code == 401
    body = answer.json()
    assert body["denied"] == "code_wrong" and body["text"] and body["ask"]["kind"] == "code"
    assert door.answer(codes.next(person)).json()["done"] is True


@pytest.mark.parametrize("answer", ["", "12345", "1234567", "abcdef", "٣٣٣٣٣٣", "000000\n", "9" * 1000, "-12345", "12 34"])
def test_what_is_no_code_is_a_wrong_one(full, somebody, answer):
    door = behind_the_password(full, somebody())
    got = door.answer(answer)
    assert got.status_code in (400, 401), got.text
    assert door.home().status_code == 401


def test_spaces_in_a_code_do_not_matter(full, somebody, codes):
    person = somebody()
    door = behind_the_password(full, person)
    digits = codes.next(person)
    assert door.answer(f" {digits[:3]} {digits[3:]} ").json()["done"] is True


def test_codes_of_the_edges(full, somebody):
    """The step before, this one and the next one count, each once and in this order; further ones do not."""
    person = somebody()
    rows = ((-2, False), (-1, True), (0, True), (1, True), (2, False), (0, False))
    doors = [behind_the_password(full, person) for _ in rows]
    while time.time() % 30 > 5:
        time.sleep(0.2)
    now = step_now()
    for door, (step, is_good) in zip(doors, rows):
        answer = door.answer(code(person.totp, now + step))
        assert (answer.status_code == 200) == is_good, (step, answer.text)


# --- a code counts once ---

def test_a_code_counts_once_on_the_web(full, somebody, codes):
    person = somebody()
    first, second = behind_the_password(full, person), behind_the_password(full, person)
    assert first.answer(codes.next(person, first=step_now())).json()["done"] is True
    answer = second.answer(codes.last(person))
    assert answer.status_code == 401 and answer.json()["denied"] == "code_used"
    assert "code_replayed" in audit(full)


def test_a_code_of_the_web_is_refused_over_pam_and_the_other_way_round(full, somebody, codes, pam):
    one, other = somebody(), somebody()
    assert behind_the_password(full, one).answer(codes.next(one, first=step_now())).status_code == 200
    let_in, heard = pam.authenticate(one.user, [one.password, codes.last(one)])
    assert not let_in and any("used" in said for said in heard), heard
    let_in, heard = pam.authenticate(other.user, [other.password, codes.next(other, first=step_now())])
    assert let_in, heard
    assert heard == ["Password: ", "Verification code: "]
    assert behind_the_password(full, other).answer(codes.last(other)).json()["denied"] == "code_used"


def test_of_many_at_once_one_code_lets_one_in(full, somebody, codes, tmp_path):
    """Web and PAM together, at the same moment."""
    for round_ in range(5):
        person = somebody()
        doors = [behind_the_password(full, person) for _ in range(6)]
        digits, start = codes.next(person), threading.Barrier(8)

        def web(door):
            start.wait()
            return door.answer(digits).status_code == 200

        def terminal(number):
            folder = tmp_path / f"{round_}-{number}"
            folder.mkdir()
            application = Pam(full, folder)
            start.wait()
            return application.authenticate(person.user, [person.password, digits])[0]

        with ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(web, door) for door in doors] + [pool.submit(terminal, number) for number in range(2)]
            assert sum(run.result() for run in runs) == 1


def test_guesses_at_once_are_not_more_than_the_budget(full, somebody):
    """200 at the same time: five are evaluated, the others are told to wait."""
    person = somebody()
    doors = [behind_the_password(full, person) for _ in range(10)]
    guess = wrong(person)

    def try_once(number):
        browser = full.browser()
        door = doors[number % len(doors)]
        browser.cookies.update(door.browser.cookies)
        return browser.post("/login", headers=JSON | {"X-CSRF-Token": door.csrf},
                            json={"ask": door.ask["id"], "answer": guess})

    before = audit(full).count("code_refused")
    began = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(try_once, range(200)))
    waited = int(math.log2((time.monotonic() - began) / 2 + 1))     # each wait is twice as long as the one before, and ends
    assert audit(full).count("code_refused") - before <= 5 + 1 + waited
    waits = [answer for answer in answers if answer.status_code == 429]
    assert waits and all(int(answer.headers["Retry-After"]) > 0 for answer in waits)
    assert not any(answer.status_code == 200 for answer in answers)


def test_a_second_click_gets_the_same_answer(full, somebody, codes):
    """Not "that code has been used"."""
    person = somebody()
    door = behind_the_password(full, person)
    twin = Door(full)
    twin.browser.cookies.update(door.browser.cookies)
    twin.ask, twin.csrf = door.ask, door.csrf
    digits = codes.next(person)
    assert door.answer(digits).json()["done"] is True
    assert twin.answer(digits).json().get("done") is True


# --- recovery codes and enrolment ---

def enrol(door):
    """From the question to enrol to the end; the secret and the recovery codes."""
    ask = door.ask
    assert ask["kind"] == "enrol_totp" and ask["secret"] in ask["uri"]
    answer = door.answer(code(ask["secret"], step_now()), name="Telephone")
    assert answer.json()["ask"]["kind"] == "recovery_sheet", answer.text
    sheet = [row["code"] for row in door.ask["codes"]]
    assert len(set(sheet)) == 10
    assert door.answer("").json()["done"] is True
    return ask["secret"], sheet


@pytest.fixture(scope="module")
def enrolled(full):
    """Somebody who has just enrolled, with recovery codes that we know."""
    person = full.person(state="no_factor")
    door = Door(full)
    door.sign_in(person)
    assert door.home().status_code == 401
    secret, sheet = enrol(door)
    assert level(door) == "two_factors"
    return SimpleNamespace(user=person.user, password=person.password, totp=secret, sheet=sheet, door=door)


def test_a_mail_says_that_a_factor_was_added(full, enrolled):
    until(lambda: any(enrolled.user in mail.read_text() for mail in full.mails()), "the mail is there", 20)


def test_a_recovery_code_works_once(full, enrolled):
    door = behind_the_password(full, enrolled)
    assert door.answer("choose").json()["ask"]["kind"] == "choose"
    assert {row["name"] for row in door.ask["options"]} == {"totp", "recovery"}
    assert door.answer("recovery").json()["ask"]["kind"] == "recovery"
    used = enrolled.sheet[0]
    assert door.answer(used.upper().replace("-", " ")).json()["done"] is True
    again = behind_the_password(full, enrolled)
    again.answer("recovery")
    assert again.answer(used).json()["denied"] == "recovery_wrong"


def test_a_recovery_code_at_the_prompt_for_codes(full, enrolled, pam):
    let_in, heard = pam.authenticate(enrolled.user, [enrolled.password, enrolled.sheet[1]])
    assert let_in, heard
    assert not pam.authenticate(enrolled.user, [enrolled.password, enrolled.sheet[1]])[0]


def test_a_recovery_code_twice_at_once(full, enrolled):
    doors = [behind_the_password(full, enrolled) for _ in range(5)]
    start = threading.Barrier(len(doors))

    def answer(door):
        start.wait()
        return door.answer(enrolled.sheet[2]).status_code == 200
    with ThreadPoolExecutor(len(doors)) as pool:
        assert sum(pool.map(answer, doors)) == 1


def test_who_has_no_factor_enrols_in_the_portal(full, pam, tmp_path):
    person = [person for person in full.people if person.state == "no_factor"][1]
    let_in, heard = pam.authenticate(person.user, [person.password])
    assert not let_in and any(full.portal in said for said in heard), heard


def test_outside_of_the_window_nobody_enrols_on_the_password_alone(full, pam):
    """Until an operator opens it."""
    person = full.person(user="tnguyen")
    door = Door(full)
    answer = door.sign_in(person)
    assert answer.status_code == 401 and answer.json()["denied"] == "enrolment_closed", answer.text
    assert not pam.authenticate(person.user, [person.password])[0]
    ctl = Ctl(full)
    opened = ctl("person", "open-enrolment", person.user, "--reason", "at the counter with a passport", "--break-glass")
    ctl.close()
    assert opened.returncode == 0, opened.stderr
    assert Door(full).sign_in(person).json()["ask"]["kind"] == "enrol_totp"


def test_a_recovery_code_of_the_demo_works_and_is_deleted(full):
    person = full.person(role="manager")
    base = full.json["ldap"]["base"]
    [(_, entry)] = full.ldap().search_s(full.dn(person.user), 0, attrlist=["entryUUID"])
    account = f"spomPersonId={entry['entryUUID'][0].decode()},ou=accounts,ou=spom,{base}"

    def left():
        return len(full.ldap().search_s(account, 0)[0][1]["spomRecovery"])
    before = left()
    door = behind_the_password(full, person)
    door.answer("recovery")
    assert door.answer(person.recovery[9]).json()["done"] is True
    assert left() == before - 1



def account_of(campus, person):
    [(_, entry)] = campus.ldap().search_s(campus.dn(person.user), 0, attrlist=["entryUUID"])
    return f"spomPersonId={entry['entryUUID'][0].decode()},ou=accounts,ou=spom,{campus.json['ldap']['base']}"


def test_an_entry_made_anew_makes_nobody_new(full, somebody):
    person, other = somebody(), somebody()
    ldap, dn = full.ldap(), full.dn(person.user)
    [(_, entry)] = ldap.search_s(dn, 0)
    ldap.delete_s(dn)
    ldap.add_s(dn, list(entry.items()))
    answer = Door(full).sign_in(person)
    assert answer.status_code == 401 and answer.json()["denied"] == "enrolment_closed", answer.text
    ldap.delete_s(account_of(full, other))
    assert Door(full).sign_in(other).json()["ask"]["kind"] == "enrol_totp", "nothing is known of this one"


def test_an_account_that_was_taken_away_makes_nobody_new(full, somebody):
    person = somebody()
    ldap = full.ldap()
    ldap.delete_s(account_of(full, person))
    door = Door(full)
    door.sign_in(person)
    enrol(door)
    ldap.delete_s(account_of(full, person))
    answer = Door(full).sign_in(person)
    assert answer.status_code == 401 and answer.json()["denied"] == "enrolment_closed", answer.text


# --- passwords that have to change ---

@pytest.mark.parametrize("state", ["must_change", "expired"])
def test_a_password_is_changed_inside_the_login(full, codes, state):
    person = full.person(state=state)
    door = Door(full)
    answer = door.sign_in(person)
    if state == "must_change" and person.totp:
        assert door.ask["kind"] == "code"
        answer = door.answer(codes.next(person))
    assert answer.json()["ask"]["kind"] == "new_password", answer.text
    fresh = "a new one for autumn days"
    answer = door.answer(fresh, old="not the old one")
    assert answer.status_code == 401 and answer.json()["denied"] == "password_old_wrong"
    answer = door.answer("short", old=person.password)
    assert answer.status_code == 401 and answer.json()["denied"].startswith("password_")
    answer = door.answer(fresh, old=person.password)
    assert answer.status_code == 200, answer.text
    assert full.bind(person.user, fresh).result == 0
    assert full.bind(person.user, person.password).result == 49
    if door.ask["kind"] == "code":
        answer = door.answer(codes.next(person))
    assert answer.json().get("done") or door.ask["kind"] == "enrol_totp"


# --- terminals ---

def terminal(campus, person, command=""):
    ssh = campus.json["ssh"]
    return pexpect.spawn(
        f"ssh -tt -p {ssh['port']} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=INFO "
        f"-o NumberOfPasswordPrompts=1 {person.user}@{ssh['host']} {command}", encoding="utf-8", timeout=20)


@needs_root
def test_ssh_and_sudo_ask_for_a_code_each(full, codes):
    person = full.person(role="operator")
    session = terminal(full, person)
    session.expect(r"Password: $")
    session.sendline(person.password)
    session.expect(r"Verification code: $")
    session.sendline(codes.next(person))
    session.expect(r"[$#] $")
    session.sendline("sudo -k; sudo id -un; echo ended-$?")
    session.expect(r"Password: $")
    session.sendline(person.password)
    session.expect(r"Verification code: $")
    session.sendline(codes.last(person))
    session.expect(r"Verification code: $")     # sudo 1.9.13 keeps to itself what a module has to say
    session.sendline(codes.next(person))
    session.expect(r"\broot\b")
    session.expect("ended-0")
    session.close()


@needs_root
def test_who_has_not_enrolled_is_told_where(full):
    person = [person for person in full.people if person.state == "no_factor"][1]
    session = terminal(full, person, "id -un")
    session.expect(r"Password: $")
    session.sendline(person.password)
    session.expect(re.escape(full.portal))
    session.expect(pexpect.EOF)
