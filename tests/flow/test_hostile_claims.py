"""A gate and a door that were taken over, and the two keys of a session: passed, which only gate says, and claim, which only door does."""
import datetime
import secrets

import pytest

import inputs
import wire
from campus.client import until
from campus.codes import code, step_now
from ctl import Ctl
from door import Door
from hostile import Place
from pam_client import Pam
from passage import Passage, turn


@pytest.fixture(scope="module")
def ctl(full):
    ctl = Ctl(full)
    yield ctl
    ctl.close()


@pytest.fixture
def passage(full, somebody, codes):
    """passage(): a sign-in that was proved, and neither passed nor claimed."""
    def made(person=None, **options):
        passage = Passage(full, person or somebody(), **options)
        assert passage.prove(codes) == "login_done", passage.last
        return passage
    return made


def test_both_and_in_this_order_and_once(passage):
    mine = passage()
    assert mine.claim()[0] == "refused", "claim without passed"
    assert mine.passes() == "done"
    name, claimed = mine.claim()
    assert name == "claimed" and mine.home(claimed["session"])
    assert mine.claim()[0] == "refused", "the same claim again"
    assert mine.passes() == "refused", "and passed again"


def test_passed_without_a_claim_is_no_session(full, passage):
    before = inputs.sessions_of(full)
    mine = passage()
    assert mine.passes() == "done"
    assert inputs.sessions_of(full) == before
    for other in ("gate", "pam", "back", "check", "courier"):
        assert Place(full, other).ask("claim", cookie=mine.cookie, transaction=mine.transaction) == (None, {})
    assert inputs.sessions_of(full) == before


def test_passed_for_what_is_none(full, passage, somebody, tmp_path):
    """Invented, of an open form, and of a proof over PAM, which no browser may claim."""
    mine = passage()
    for transaction in (secrets.token_bytes(16), bytes(16), wire.encode("passed", transaction=bytes(16))[5:21]):
        assert mine.passes(transaction) == "refused"
        assert mine.claim(transaction=transaction)[0] == "refused"
    host = somebody()
    with Place(full, "pam").connect() as talk:
        name, ask = talk.ask("login_open", service="sshd", user=host.user, mode="full")
        assert name == "ask_password"
        name, ask = talk.ask("login_answer", id=ask["id"], answer=host.password)
        name, done = talk.ask("login_answer", id=ask["id"], answer=code(host.totp, step_now()))
        assert name == "login_done", (name, done)
        assert mine.passes(done["transaction"]) == "refused"
        assert mine.claim(transaction=done["transaction"])[0] == "refused"
    assert mine.passes() == "done" and mine.claim()[0] == "claimed", "the own one goes on"


def test_a_claim_for_another_browsers_proof(passage):
    """Two sign-ins at once; each proof opens for the cookie that began it."""
    mine, other = passage(), passage()
    assert mine.passes() == other.passes() == "done"
    assert mine.claim(transaction=other.transaction)[0] == "refused"
    assert other.claim(cookie=mine.cookie)[0] == "refused"
    for one in (mine, other):
        name, claimed = one.claim()
        assert name == "claimed"
        assert one.door.ask("home", session=claimed["session"])[1]["frame"]["user"] == one.person.user


def test_a_gate_that_names_somebody_else(full, somebody, codes):
    """The name of the stack is gate's to say; whose password it was the authority knows."""
    mine, other = somebody(), somebody()
    passage = Passage(full, other)
    name, ask = passage.open()
    name, answer = passage.talk.ask("login_answer", id=ask["id"], answer=mine.password + "x")
    assert name == "login_denied" and answer["text"] == "sign_in_failed"
    passage = Passage(full, mine)
    assert passage.prove(codes) == "login_done"
    name, verdict = passage.talk.ask("login_account", service="spom", user=other.user)
    assert name in ("login_verdict", "login_denied", "refused") and not verdict.get("allowed"), "not for another name than was proved"


def test_a_gate_without_a_browser(full, somebody, codes):
    """Passwords that it has seen are of use to it only with a form that the authority gave, and a live code."""
    person = somebody()
    for intro in ({"cookie": "x"}, {"cookie": secrets.token_urlsafe(90)}, {"csrf": "guessed"}, {"ask": "guessed"}):
        passage = Passage(full, person)
        name, answer = passage.open(**intro)
        assert name == "login_denied" and answer["text"] in ("form_expired", "malformed"), (intro, name, answer)
    for service in ("sshd", "sudo", "other", "SPOM", ""):
        assert Passage(full, person).open(service=service)[0] == "login_denied", service
    gate = Place(full, "gate")
    assert gate.ask("login_open", service="spom", user=person.user, mode="full")[0] == "login_denied", "no browser at all"
    assert gate.ask("login_open", service="spom", user=person.user, mode="mfa")[0] == "login_denied"
    passage = Passage(full, person)
    assert passage.prove() == "ask_code", "the password alone is none"


def test_frames_once_more(full, somebody, codes):
    """A sign-in that was recorded, said again byte for byte: on the same form, on a new one, and on the same connection."""
    passage = Passage(full, somebody())
    said, kept = [], wire.Connection.send_bytes

    def recording(connection, raw):
        said.append((connection.role, raw))
        kept(connection, raw)
    wire.Connection.send_bytes = recording
    try:
        assert passage.prove(codes) == "login_done"
        assert passage.passes() == "done" and passage.claim()[0] == "claimed"
    finally:
        wire.Connection.send_bytes = kept
    before = inputs.sessions_of(full)
    for role in ("gate", "door"):
        with Place(full, role).connect() as connection:
            for whose, raw in said:
                if whose != role:
                    continue
                try:
                    connection.send_bytes(raw)
                    assert connection.receive()[0] in ("refused", "login_denied", "login_started", "ask_code", "ask_password", "ask_notice")
                except wire.Ended:
                    break
    assert inputs.sessions_of(full) == before


@pytest.mark.parametrize("front", ["check", "back", "elsewhere", "", "DOOR"])
def test_a_front_that_calls_itself_another(full, somebody, front):
    """By that name it would be left out when what passed it is ended."""
    passage = Passage(full, somebody(), front=front)
    name, answer = passage.open()
    assert name == "login_denied" and answer["text"] == "malformed"
    mine = Passage(full, somebody())
    name, _ = turn(full, user=mine.person.user, intro={"cookie": mine.cookie, "csrf": mine.csrf, "ask": mine.form, "front": front},
                   reply={"id": mine.form, "answer": mine.person.password})
    assert name in ("login_denied", "refused")


def test_a_front_that_does_not_say_who_it_is(passage, ctl):
    """It is the door: there is no other one that gate serves."""
    mine = passage(front=None)
    assert mine.passes() == "done" and mine.claim()[0] == "claimed"
    record = next(row for row in reversed(ctl.rows("audit", "tail", "20")) if row["event"] == "signed_in")
    assert record["object"] == "door"


def test_distrust_ends_all_that_passed(full, ctl, somebody, codes, tmp_path):
    """What a door has kept: sessions, a proof that it did not claim yet, one that waits for its code, a browser that is known."""
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    signed, proved, half = (Passage(full, somebody()) for _ in range(3))
    assert signed.prove(codes) == proved.prove(codes) == "login_done" and half.prove() == "ask_code"
    assert signed.passes() == proved.passes() == "done"
    _, claimed = signed.claim()
    assert signed.home(claimed["session"]) and claimed["device"]
    bystander = Door(full)
    done = ctl("session", "distrust", "--front", "door", "--since", since.strftime("%Y-%m-%dT%H:%M:%SZ"),
               "--break-glass", "--reason", "the front was taken over")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not signed.home(claimed["session"]), "the session is over"
    name, late = proved.claim()
    assert name != "claimed" or not proved.home(late["session"]), "a proof that it had kept opens nothing"
    name, ask = half.last
    name, ask = half.talk.ask("login_answer", id=ask["id"], answer=codes.next(half.person))
    for _ in range(4):
        if name == "ask_notice":
            name, ask = half.talk.ask("login_answer", id=ask["id"], answer="")
    if name == "login_done":
        half.transaction = ask["transaction"]
        half.passes()
        name, late = half.claim()
        assert name != "claimed" or not half.home(late["session"]), "nor one that waited"
    for passage in (signed, proved):
        assert ctl.json("person", "show", passage.person.user)["distrusted"] is True, "the password has to change"
    assert bystander.get().status_code == 200
    again = Passage(full, signed.person, device=claimed["device"])
    again.prove(codes)
    assert again.last[0] in ("ask_new_password", "ask_code"), again.last
    assert Pam(full, tmp_path).authenticate(signed.person.user, [signed.person.password, "000000"])[0] is False
    until(lambda: any("sessions_distrusted" == row["event"] for row in ctl.rows("audit", "tail", "50")), "it is recorded", 5)
