"""Forward-auth that wants more than the session has: a second factor, a proof that is not old; and what an application is told signed."""
import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError

from application import HTML, begin, enter
from campus.codes import code, step_now
from door import JSON
from relying import inside, moodle, opened, register, signed_in      # pylint: disable=unused-import
from test_forward import other, told
from test_oidc_levels import SFA, Two, at
from words import shown


@pytest.fixture
def grades(campus):
    return other(campus, "grades")


@pytest.fixture
def reports(campus):
    return other(campus, "reports")


@pytest.fixture
def two(campus, person):
    """A browser that is signed in with the password alone, of somebody who has a second factor by now."""
    door = signed_in(campus, person)
    return door, Two(campus, person).enrol()


# --- a second factor ---

def test_a_session_rises_on_the_way_to_an_application(campus, two, grades):
    door, somebody = two
    sent = door.browser.get(begin(door.browser, grades, "/marks?of=me"), headers=HTML)
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/login?act=")
    assert "asks for more than a password" in shown(door.browser.get(sent.headers["Location"], headers=HTML))
    asked = at(door, sent.headers["Location"])
    assert asked.ask["kind"] == "code" and asked.ask["act"] == "step_up"
    done = asked.prove(somebody).json()
    assert done["done"] is True and done["next"].startswith("/hand-over?")
    ticket = door.browser.get(done["next"], headers=HTML)
    onward = door.browser.get(ticket.headers["Location"], headers=HTML)
    assert onward.headers["Location"] == grades + "/marks?of=me", "where the person wanted to go"
    assert told(door.browser.get(grades + "/", headers=JSON))["Remote-AMR"] == "pwd otp"
    enter(door.browser, campus.json["app"])
    assert told(door.browser.get(campus.json["app"] + "/", headers=JSON))["Remote-AMR"] == "pwd otp", "and so at the others"


def test_nobody_goes_in_a_circle(two, grades):
    """The way back without the proof is a page that says so; the application asks once more when it is opened once more."""
    door, _ = two
    sent = door.browser.get(begin(door.browser, grades), headers=HTML)
    onward = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    for _ in range(2):
        page = door.browser.get(onward, headers=HTML)
        assert page.status_code == 403 and "Location" not in page.headers and "grades.two_factors" in shown(page)
    assert door.browser.get(onward, headers=JSON).json()["error"] == "level_missing"
    for spoiled in (onward[:-1] + ("A" if onward[-1] != "A" else "B"), onward.replace("next=%2F", "next=%2Fx"), onward + "&spom_asked=x"):
        assert door.browser.get(spoiled, headers=HTML).status_code in (303, 400), "a mark of another request is none"
    assert door.browser.get(begin(door.browser, grades), headers=HTML).status_code == 303


def test_who_has_no_factor_enrols_one_on_the_way(campus, person, grades):
    door = signed_in(campus, person)
    asked = at(door, door.browser.get(begin(door.browser, grades), headers=HTML).headers["Location"])
    assert asked.ask["kind"] == "password" and asked.ask["act"] == "step_up"
    asked.post(user=person.user, password=person.password, ask=asked.ask["id"], answer=person.password)
    asked.answer(code(asked.ask["secret"], step_now()), name="telephone")
    done = asked.answer("").json()
    ticket = door.browser.get(done["next"], headers=HTML)
    assert door.browser.get(ticket.headers["Location"], headers=HTML).headers["Location"] == grades + "/"


def test_another_persons_step_up_is_none(campus, two, grades):
    door, _ = two
    where = door.browser.get(begin(door.browser, grades), headers=HTML).headers["Location"]
    stranger = signed_in(campus, campus.person(role="student"))
    assert stranger.browser.get(where, headers=JSON).status_code != 200


# --- signed ---

def keys(campus):
    return JsonWebKey.import_key_set(campus.browser().get("/oidc/jwks").json())


def header_of(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def employee(campus, reports):
    """A browser in which an application with jwt = yes is open, and the token that the application was told."""
    door = signed_in(campus, campus.person(role="employee"))
    enter(door.browser, reports)
    return door, told(door.browser.get(reports + "/", headers=JSON))


def test_an_application_is_told_signed(campus, employee, reports, register):
    door, headers = employee
    token = headers["Remote-JWT"]
    assert header_of(token)["typ"] == "spom-forward+jwt" and header_of(token)["alg"] == "ES256"
    claims = opened(token, "ES256", keys(campus), claims_options={
        "iss": {"essential": True, "value": campus.portal}, "aud": {"essential": True, "value": reports}, "exp": {"essential": True}})
    claims.validate()
    assert claims["preferred_username"] == headers["Remote-User"] and claims["name"] == headers["Remote-Name"]
    assert claims["email"] == headers["Remote-Email"] and claims["groups"] == headers["Remote-Groups"].split(",")
    assert claims["amr"] == ["pwd"] and claims["acr"] == SFA and claims["exp"] - claims["iat"] == 60
    client = register("forward-public", "--subject", "public")
    assert claims["sub"] == client.claims(client.redeem(client.code(door.browser)).json()["id_token"])["sub"], "as OpenID Connect says it"
    again = told(door.browser.get(reports + "/other", headers=JSON))["Remote-JWT"]
    assert again == token, "remembered"
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    with pytest.raises(JoseError):
        JsonWebToken(["ES256"]).decode(changed, keys(campus))


def test_only_who_wants_it_is_told(campus, employee):
    door, _ = employee
    enter(door.browser, campus.json["app"])
    assert "Remote-JWT" not in told(door.browser.get(campus.json["app"] + "/", headers=JSON))


def test_it_is_no_token_of_ours(campus, employee, moodle):
    """RFC 8725 section 3.11: none of our own endpoints takes it for what it is not."""
    door, headers = employee
    token = headers["Remote-JWT"]
    machine = campus.browser()
    answer = machine.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401 and 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert moodle.post("/oidc/introspect", {"token": token}).json() == {"active": False}
    moodle.post("/oidc/revoke", {"token": token})
    assert told(door.browser.get(other(campus, "reports") + "/", headers=JSON))["Remote-JWT"] == token
    for hint, error in ((moodle.redeem(moodle.code(door.browser)).json()["id_token"], None), (token, "login_required"), ("a.b.c", "login_required")):
        answer = moodle.authorize(door.browser, id_token_hint=hint, prompt="none")
        assert moodle.answer_of(answer).get("error") == error, "it names nobody"
    assert moodle.post("/oidc/token", {"grant_type": "refresh_token", "refresh_token": token}).status_code == 400
    assert machine.get(other(campus, "reports") + "/", headers=JSON | {"Cookie": f"spom_app={token}"}).status_code == 401
