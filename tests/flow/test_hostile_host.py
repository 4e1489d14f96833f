"""A program on the pam socket that was taken over: it lies about service, network, terminal and names, and says frames again."""
import secrets

import pytest

import inputs
from campus.codes import code, step_now
from hostile import Place


@pytest.fixture
def host(full):
    return Place(full, "pam")


def opened(host, person, **more):
    """(connection, name, fields) of a conversation that was begun."""
    talk = host.connect()
    return talk, *talk.ask("login_open", **{"service": "sshd", "user": person.user, "mode": "full", **more})


@pytest.mark.parametrize("more", [{"service": "spom"}, {"service": "spom-admin"}, {"service": ""}, {"service": "SSHD"}, {"mode": "mfa"},
                                  {"intro": {"cookie": "x"}}], ids=str)
def test_what_it_may_not_name(full, host, somebody, more):
    talk, name, _ = opened(host, somebody(), **more)
    talk.close()
    assert name == "login_denied"


def test_a_network_that_is_made_up_buys_no_more_guesses(full, host, somebody):
    """Each try from elsewhere: the person's own count goes on."""
    person, answers = somebody(), []
    for number in range(14):
        talk, name, ask = opened(host, person, rhost=f"203.0.113.{number}", tty=f"pts/{number}")
        with talk:
            name, answer = talk.ask("login_answer", id=ask["id"], answer="wrong")
        answers.append(answer.get("text"))
    assert answers[0] == "sign_in_failed" and set(answers) == {"sign_in_failed", "try_later"} and answers.count("sign_in_failed") <= 8, answers     # passwords_hour


def test_a_yes_over_pam_is_no_session(full, host, somebody):
    before, person = inputs.sessions_of(full), somebody()
    talk, _, ask = opened(host, person)
    with talk:
        _, ask = talk.ask("login_answer", id=ask["id"], answer=person.password)
        name, done = talk.ask("login_answer", id=ask["id"], answer=code(person.totp, step_now()))
        assert name == "login_done" and done["user"] == person.user
    assert Place(full, "gate").ask("passed", transaction=done["transaction"])[0] == "refused"
    assert Place(full, "door").ask("claim", cookie="x", transaction=done["transaction"])[0] == "refused"
    assert inputs.sessions_of(full) == before


def test_what_it_has_heard_is_of_no_use_again(full, host, somebody):
    """Password and code of somebody who passed: the code counted, and the ask was that conversation's."""
    person, digits = somebody(), None
    talk, _, ask = opened(host, person)
    with talk:
        _, ask = talk.ask("login_answer", id=ask["id"], answer=person.password)
        digits = code(person.totp, step_now())
        assert talk.ask("login_answer", id=ask["id"], answer=digits)[0] == "login_done"
    talk, _, first = opened(host, person)
    with talk:
        name, answer = talk.ask("login_answer", id=ask["id"], answer=digits)
        assert name != "login_done", "an answer to another conversation's ask"
    talk, _, first = opened(host, person)
    with talk:
        _, second = talk.ask("login_answer", id=first["id"], answer=person.password)
        name, answer = talk.ask("login_answer", id=second["id"], answer=digits)
        assert name == "ask_code" and answer["problem"] in ("code_used", "code_wrong"), (name, answer)


def test_an_account_phase_alone_says_yes_or_no(full, host, somebody):
    """What an ssh key opened: whether the account is open. Of nobody and of a locked one the same no, and nothing else."""
    locked = full.person(state="locked")
    for user in (locked.user, f"nobody-{secrets.token_hex(4)}", "root", "*"):
        name, verdict = host.ask("login_account", service="sshd", user=user)
        assert name == "login_verdict" and not verdict.get("allowed") and set(verdict) <= {"allowed", "text"}, user
    assert host.ask("login_account", service="sshd", user=somebody().user)[1]["allowed"] == 1
