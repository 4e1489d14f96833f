"""What outlives a session takes a proof of its own, spent on that one act (SECURITY 15)."""
import re

import pytest

from campus.client import until
from campus.codes import code, step_now, wrong
from door import JSON, Door


class Person:
    """Somebody signed in with two factors, before the page /security."""

    def __init__(self, campus, person, codes):
        self.person, self.codes, self.door = person, codes, Door(campus)
        assert self.door.sign_in_fully(person, codes).json()["done"] is True

    def security(self):
        return self.door.browser.get("/security", headers=JSON).json()

    def post(self, path, **fields):
        csrf = self.security()["frame"]["csrf"]
        return self.door.browser.post(path, headers=JSON | {"X-CSRF-Token": csrf}, json=fields)

    def begin(self, path, **fields):
        """Asks for an act: a door that stands at the question for its proof."""
        answer = self.post(path, **fields)
        assert answer.status_code == 403 and answer.json()["error"] == "proof", answer.text
        return self.prove_at(answer.json()["prove"])

    def prove_at(self, where):
        door = Door.__new__(Door)
        door.browser, door.ask, door.csrf = self.door.browser, None, None
        answer = door.browser.get(where, headers=JSON)
        assert answer.status_code == 200, answer.text
        door._note(answer)
        return door

    def act(self, path, **fields):
        door = self.begin(path, **fields)
        assert door.ask["kind"] == "code"
        return door.answer(self.codes.next(self.person)), door


@pytest.fixture
def me(full, somebody, codes):
    return Person(full, somebody(), codes)


def add_device(me, name):
    answer, door = me.act("/security/factors/add")
    assert answer.json()["ask"]["kind"] == "enrol_totp", answer.text
    secret = door.ask["secret"]
    answer = door.answer(code(secret, step_now()), name=name)
    assert answer.json().get("done") is True, answer.text
    return secret


def test_a_device_is_added_named_and_removed(me):
    add_device(me, "My <b>tablet</b>")
    rows = {row["name"]: row for row in me.security()["factors"]}
    assert "My <b>tablet</b>" in rows
    page = me.door.browser.get("/security").text
    assert "<b>tablet</b>" not in page and "&lt;b&gt;tablet" in page
    answer, _ = me.act(f"/security/factors/{rows['My <b>tablet</b>']['id']}/rename", name="Tablet")
    assert answer.json()["done"] is True
    rows = {row["name"]: row for row in me.security()["factors"]}
    assert "Tablet" in rows
    answer, _ = me.act(f"/security/factors/{rows['Tablet']['id']}/remove")
    assert answer.json()["done"] is True
    assert "Tablet" not in {row["name"] for row in me.security()["factors"]}


def test_new_recovery_codes_replace_the_old_ones(full, me):
    answer, door = me.act("/security/recovery")
    assert answer.json()["ask"]["kind"] == "recovery_sheet"
    first = [row["code"] for row in door.ask["codes"]]
    assert door.answer("").json()["done"] is True
    assert me.security()["recovery_left"] == 10
    answer, door = me.act("/security/recovery")
    assert door.answer("").json()["done"] is True
    other = Door(full)
    other.sign_in(me.person)
    assert other.answer("recovery").json()["ask"]["kind"] == "recovery"
    assert other.answer(first[0]).json()["denied"] == "recovery_wrong"


def test_a_wrong_code_does_nothing(me):
    before = me.security()["factors"]
    door = me.begin(f"/security/factors/{before[0]['id']}/remove")
    assert door.answer(wrong(me.person)).status_code == 401
    assert me.security()["factors"] == before


def test_a_proof_is_spent_on_its_own_act(me):
    """What was asked for is done, whatever the browser says later; and once."""
    factor = me.security()["factors"][0]
    door = me.begin(f"/security/factors/{factor['id']}/rename", name="First")
    where = me.post(f"/security/factors/{factor['id']}/rename", name="Second").json()["prove"]
    assert door.answer(me.codes.next(me.person)).status_code == 200
    assert me.security()["factors"][0]["name"] == "First"
    again = me.prove_at(where)
    assert again.ask["kind"] == "code", "another act takes another proof"


def test_an_act_belongs_to_the_browser_that_asked(full, somebody, codes, me):
    factor = me.security()["factors"][0]
    where = me.post(f"/security/factors/{factor['id']}/rename", name="Mine").json()["prove"]
    other = Person(full, somebody(), codes)
    answer = other.door.browser.get(where, headers=JSON)
    body = answer.json()
    assert answer.status_code != 200 or body["ask"]["kind"] == "password", "it is not theirs"
    stranger = full.browser().get(where, headers=JSON)
    assert stranger.json().get("ask", {}).get("kind") != "code"
    assert me.security()["factors"][0]["name"] != "Mine"


def test_undo_everything_since(full, me):
    add_device(me, "Of a thief")
    other = Door(full)
    assert other.sign_in_fully(me.person, me.codes).json()["done"] is True
    day = me.security()["today"]
    factors = me.security()["factors"]
    if any(row["name"] != "Of a thief" and row["added"] >= factors[-1]["added"] for row in factors):
        pytest.fail("the seeded factor must be older than today")
    answer, _ = me.act("/security/undo", day=day)
    assert answer.json()["done"] is True, answer.text
    assert [row["name"] for row in me.security()["factors"]] == [factors[0]["name"]]
    assert other.home().status_code == 401, "the other session has ended"
    assert me.door.home().status_code == 200, "this one goes on"


def test_each_act_is_mailed(full, me):
    add_device(me, "Watched")
    pattern = re.compile(rf"^To:.*{re.escape(me.person.user)}", re.M)
    until(lambda: [mail for mail in full.mails() if pattern.search(mail.read_text()) and "Watched" in mail.read_text()],
          "the mail is there", 20)


@pytest.mark.parametrize("path", ["/security/factors/add", "/security/recovery", "/security/undo"])
@pytest.mark.parametrize("csrf", [None, "wrong", "of_another"])
def test_no_act_without_the_forms_value(full, somebody, codes, me, path, csrf):
    value = csrf
    if csrf == "of_another":
        value = Person(full, somebody(), codes).security()["frame"]["csrf"]
    headers = JSON | ({"X-CSRF-Token": value} if value else {})
    answer = me.door.browser.post(path, headers=headers, json={"day": "2026-01-01"} if "undo" in path else {})
    assert answer.status_code == 403 and answer.json()["error"] == "form_expired"


def test_the_question_says_when_the_next_code_comes(full, somebody, codes):
    """The code that opened the session is used up: nobody has to find that out by typing it."""
    person = somebody()
    codes.skip(person)      # the next one that is handed out is ahead of the clock
    me = Person(full, person, codes)
    door = me.begin("/security/factors/add")
    assert door.ask["kind"] == "code" and 0 < door.ask["wait_s"] <= 60, door.ask
    page = me.door.browser.get(me.post("/security/factors/add").json()["prove"]).text
    assert re.search(r"shows the next one in (a second|\d+ seconds)\.", page)
