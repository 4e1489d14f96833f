"""What a service says to the pages of the sign-in: a name, languages. And a resource that is asked without any token."""
import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from door import JSON, Door
from relying import HTML, inside, moodle, register      # pylint: disable=unused-import


def onward(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def page_of(moodle, campus, accept="en", **more):
    browser = campus.browser()
    return browser.get(onward(moodle.authorize(browser, **more)), headers={"Accept": "text/html", "Accept-Language": accept})


def typed(page):
    return re.search(r'id="user"[^>]* value="([^"]*)"', page.text).group(1)


def test_a_name_stands_in_the_field_already(campus, moodle):
    assert typed(page_of(moodle, campus, login_hint="ada@example.edu")) == "ada@example.edu"
    assert typed(page_of(moodle, campus, login_hint='"><script>x')) == "&quot;&gt;&lt;script&gt;x"
    assert typed(page_of(moodle, campus)) == ""


def test_it_decides_nothing(campus, moodle):
    """Somebody else signs in all the same, and what was typed stays."""
    person, door = campus.person(role="student"), Door(campus)
    next_ = parse_qs(urlsplit(onward(moodle.authorize(door.browser, login_hint="somebody"))).query)["next"][0]
    door.get(next=next_)
    assert door.sign_in(person).json()["next"] == next_
    assert moodle.answer_of(door.browser.get(next_, headers=HTML))["code"]
    assert moodle.code(door.browser, login_hint="somebody", prompt="none"), "who is signed in is signed in"
    door = Door(campus)
    door.get(next=next_)
    answer = door.browser.post("/login", params={"next": next_}, headers=HTML, data={
        "csrf": door.csrf, "ask": door.ask["id"], "user": "typed", "password": "wrong"})
    assert answer.status_code == 401 and typed(answer) == "typed"


@pytest.mark.parametrize("hint", ["x" * 257, "a\x00b", "a\x07b", "a\nb"])
def test_names_that_are_none(campus, moodle, hint):
    answer = moodle.authorize(campus.browser(), login_hint=hint)
    assert answer.status_code == (413 if len(hint) > 256 else 400) and "Location" not in answer.headers


@pytest.mark.parametrize("name", ["login_hint", "ui_locales", "resource", "claims"])
def test_twice_is_no_request(inside, moodle, name):
    asked = urlencode(moodle.request(**{name: "{}"}), quote_via=quote)
    assert inside.browser.get(f"/oidc/authorize?{asked}&{name}=x", headers=HTML).status_code == 400


@pytest.mark.parametrize("locales, accept, said", [
    ("de", "en", "de"), ("fr-CA de-AT en", "en", "de"), ("en de", "de", "en"), ("tlh", "de", "de"), ("", "de", "de"), (";q=0,de", "en", "de"),
])
def test_languages(campus, moodle, locales, accept, said):
    page = page_of(moodle, campus, accept, ui_locales=locales)
    assert page.headers["Content-Language"] == said and f'lang="{said}"' in page.text


def test_all_pages_of_the_sign_in_speak_it(campus, moodle):
    door = Door(campus)
    next_ = parse_qs(urlsplit(onward(moodle.authorize(door.browser, ui_locales="de"))).query)["next"][0]
    door.get(next=next_)
    answer = door.browser.post("/login", params={"next": next_}, headers=HTML, data={
        "csrf": door.csrf, "ask": door.ask["id"], "user": "x", "password": "wrong"})
    assert answer.status_code == 401 and answer.headers["Content-Language"] == "de"
    fault = moodle.authorize(door.browser, ui_locales="de", redirect_uri="https://evil.org/")
    assert fault.status_code == 400 and fault.headers["Content-Language"] == "de"
    assert moodle.authorize(door.browser, ui_locales="x" * 201).status_code == 413


def test_of_a_pushed_request(campus, moodle):
    whole = moodle.request(login_hint="ada", ui_locales="de")
    pushed, browser = moodle.post("/oidc/par", whole).json()["request_uri"], campus.browser()
    answer = browser.get("/oidc/authorize?" + urlencode({"client_id": moodle.client_id, "request_uri": pushed}), headers=HTML)
    page = browser.get(onward(answer), headers=HTML)
    assert typed(page) == "ada" and page.headers["Content-Language"] == "de"


def test_without_any_token(moodle):
    """RFC 6750 section 3.1: who has shown nothing is told no code of an error."""
    for method in ("GET", "POST"):
        answer = moodle.machine.request(method, "/oidc/userinfo")
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == 'Bearer realm="SPOM"', answer.headers
        assert "error" not in answer.json() and answer.json()["trace"]
    shown_in_vain = moodle.machine.get("/oidc/userinfo?access_token=x", headers=JSON)
    assert "error" not in shown_in_vain.headers["WWW-Authenticate"], "nothing is read from an address"
    assert "Bearer" in moodle.userinfo("x").headers["WWW-Authenticate"]
