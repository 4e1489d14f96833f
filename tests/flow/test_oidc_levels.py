"""How strongly somebody was proved: what a service is told, what it may ask for, and how a live session rises for it."""
import re
import time
from urllib.parse import parse_qs, urlencode, quote, urlsplit

import pytest
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken
from authlib.oidc.core import CodeIDToken

from campus.codes import code, step_now
from door import JSON, Door
from relying import CALLBACK, HTML, inside, moodle, register, signed_in      # pylint: disable=unused-import
from words import shown

SFA, MFA = "https://refeds.org/profile/sfa", "https://refeds.org/profile/mfa"
AAL = "http://idmanagement.gov/ns/assurance/aal/"


class Two:
    """Somebody who has an authenticator since a moment ago; other browsers of theirs are signed in with the password alone."""

    def __init__(self, campus, person):
        self.campus, self.person = campus, person
        self.secret = None
        self.step = 0

    def enrol(self):
        door = signed_in(self.campus, self.person)
        csrf = door.browser.get("/security", headers=JSON).json()["frame"]["csrf"]
        answer = door.browser.post("/security/factors/add", headers=JSON | {"X-CSRF-Token": csrf}, json={})
        asked = at(door, answer.json()["prove"])
        asked.post(user=self.person.user, password=self.person.password, ask=asked.ask["id"], answer=self.person.password)
        self.secret, self.step = asked.ask["secret"], step_now()
        asked.answer(code(self.secret, self.step), name="telephone")
        while asked.ask["kind"] == "recovery_sheet" and not asked.last.get("done"):
            asked.answer("")
        return self

    def code(self):
        self.step = max(self.step + 1, step_now())
        while self.step > step_now() + 1:
            time.sleep(0.2)
        return code(self.secret, self.step)


class At(Door):
    """A browser before a question that it was led to."""
    last = None

    def __init__(self, browser, where):     # pylint: disable=super-init-not-called
        self.browser, self.ask, self.csrf, self.where = browser, None, None, where
        answer = browser.get(where, headers=JSON)
        assert answer.status_code == 200, answer.text
        self._note(answer)

    def post(self, **fields):
        answer = super().post(**fields)
        self.last = answer.json()
        return answer


    def prove(self, somebody):
        """Answers with a code; for a while behind a restart of the store none is taken (SECURITY 30)."""
        answer = self.answer(somebody.code())
        if self.last.get("denied") == "code_wait":
            time.sleep(self.last["retry_s"] + 1)
            answer = self.answer(somebody.code())
        return answer


def at(door, where):
    return At(door.browser, where)


@pytest.fixture
def two(campus, person):
    """A browser that is signed in with the password alone, of somebody who has a second factor by now."""
    door = signed_in(campus, person)
    return door, Two(campus, person).enrol()


def told(client, code_given):
    return client.claims(client.redeem(code_given).json()["id_token"])


@pytest.fixture(scope="module")
def strict(register):
    return register("level-strict", "--two-factors")


# --- names ---

@pytest.mark.parametrize("asked, said", [
    (None, SFA), (SFA, SFA), (AAL + "1", AAL + "1"), (f"{AAL}1 {SFA}", AAL + "1"), (f"nobody:knows {AAL}1", AAL + "1"), ("nobody:knows", SFA),
    (AAL + "3", SFA), (f" {AAL}3  {AAL}1 ", AAL + "1"),
])
def test_the_name_that_was_asked_for(moodle, inside, asked, said):
    """In the order of preference, of what is true; what cannot be had is only wished for (Core 5.5.1.1)."""
    assert told(moodle, moodle.code(inside.browser, acr_values=asked))["acr"] == said


@pytest.mark.parametrize("asked, said", [(None, MFA), (SFA, SFA), (AAL + "2", AAL + "2"), (f"{AAL}3 {AAL}2", AAL + "2"), (AAL + "3", MFA)])
def test_two_factors_by_every_name(full, somebody, codes, asked, said):
    from relying import Registry
    registry, door = Registry(full), Door(full)
    try:
        client = registry("names")
        assert door.sign_in_fully(somebody(), codes).json()["done"] is True
        claims = told(client, client.code(door.browser, acr_values=asked))
        assert claims["acr"] == said and claims["amr"] == ["pwd", "otp", "mfa"]
    finally:
        registry.close()


def test_what_there_is_stands_in_the_configuration(moodle):
    found = moodle.machine.get("/.well-known/openid-configuration").json()
    assert found["acr_values_supported"] == [SFA, AAL + "1", MFA, AAL + "2"]


def test_too_much_is_no_request(moodle, inside):
    assert moodle.authorize(inside.browser, acr_values="x" * 501).status_code == 413
    asked = urlencode(moodle.request(acr_values=SFA), quote_via=quote)
    assert inside.browser.get(f"/oidc/authorize?{asked}&acr_values=x", headers=HTML).status_code == 400


# --- rising ---

def test_a_session_rises_for_a_service(campus, two, strict):
    door, somebody = two
    sent = strict.authorize(door.browser)
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/login?act="), sent.headers
    page = door.browser.get(sent.headers["Location"], headers=HTML)
    assert "asks for more than a password" in shown(page)
    asked = at(door, sent.headers["Location"])
    assert asked.ask["kind"] == "code" and asked.ask["act"] == "step_up"
    old = door.browser.cookies.get_dict()
    done = asked.prove(somebody).json()
    assert done["done"] is True and done["next"].startswith("/oidc/authorize?") and done["csrf"]
    assert door.browser.cookies.get_dict() != old, "another token"
    claims = told(strict, strict.answer_of(door.browser.get(done["next"], headers=HTML))["code"])
    assert claims["acr"] == MFA and claims["amr"] == ["pwd", "otp", "mfa"]
    assert strict.code(door.browser, prompt="none"), "it stays so high"
    assert door.home().json()["frame"]["name"]
    rows = door.browser.get("/activity", headers=JSON).json()["rows"]
    assert rows[0]["event"] == "activity_stepped_up"


def test_a_library_that_is_not_ours(two, register):
    """Authlib asks for a second factor, redeems what comes of it, and signs the person out, all by the addresses of the configuration."""
    (door, somebody), bye = two, "https://moodle.example.edu/bye"
    client = register("climbs", "--logout-uri", bye)
    found = client.machine.get("/.well-known/openid-configuration").json()
    with OAuth2Session(client.client_id, client.secret, redirect_uri=CALLBACK, scope="openid", code_challenge_method="S256") as session:
        session.trust_env, verifier = False, "v" * 43
        address, state = session.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, acr_values=MFA)
        sent = door.browser.get(address, headers=HTML, allow_redirects=False)
        assert sent.headers["Location"].startswith("/login?act=")
        done = at(door, sent.headers["Location"]).prove(somebody).json()
        back = door.browser.get(done["next"], headers=HTML).headers["Refresh"].removeprefix("0;url=")
        token = session.fetch_token(found["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)
        claims = JsonWebToken(["RS256"]).decode(token["id_token"], client.keys(), claims_cls=CodeIDToken)
        claims.validate()
        assert claims["acr"] == MFA and claims["amr"] == ["pwd", "otp", "mfa"]
        leave = add_params_to_uri(found["end_session_endpoint"], [("id_token_hint", token["id_token"]), ("post_logout_redirect_uri", bye), ("state", "s")])
        page = door.browser.get(leave, headers=HTML)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
        gone = door.browser.post("/oidc/logout", data=fields, headers=HTML)
        assert gone.headers["Refresh"].endswith(f";url={bye}?state=s")
        assert session.get(found["userinfo_endpoint"]).status_code == 401 and door.home().status_code == 401


def test_a_session_rises_for_a_wish(two, moodle):
    door, somebody = two
    assert told(moodle, moodle.code(door.browser, acr_values=f"{SFA} {MFA}"))["acr"] == SFA, "the first is true already"
    sent = moodle.authorize(door.browser, acr_values=f"{AAL}3 {AAL}2 {SFA}")
    asked = at(door, sent.headers["Location"])
    done = asked.prove(somebody).json()
    assert told(moodle, moodle.answer_of(door.browser.get(done["next"], headers=HTML))["code"])["acr"] == AAL + "2"


def test_silently_nobody_rises(two, moodle, strict):
    door, _ = two
    assert told(moodle, moodle.code(door.browser, acr_values=MFA, prompt="none"))["acr"] == SFA, "a wish goes without"
    assert strict.answer_of(strict.authorize(door.browser, prompt="none"))["error"] == "unmet_authentication_requirements"


def test_nobody_goes_in_a_circle(two, strict):
    """The way back without the proof is a page, once and for ever; so it is with a wish, which goes without."""
    door, _ = two
    sent = strict.authorize(door.browser)
    onward = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    for _ in range(2):
        page = door.browser.get(onward, headers=HTML)
        assert page.status_code == 403 and "level-strict.level" in shown(page) and "Location" not in page.headers
    assert strict.authorize(door.browser).status_code == 303, "a new request may try again"


def test_a_proof_for_one_session_lifts_no_other(campus, two, strict):
    door, somebody = two
    other = signed_in(campus, campus.newcomer())
    where = strict.authorize(door.browser).headers["Location"]
    assert other.browser.get(where, headers=JSON).status_code != 200
    asked = at(door, where)
    assert asked.prove(somebody).json()["done"] is True
    assert door.browser.get(where, headers=JSON).status_code != 200, "and it is spent"


def test_a_wrong_code_lifts_nothing(two, strict):
    door, somebody = two
    asked = at(door, strict.authorize(door.browser).headers["Location"])
    right = code(somebody.secret, step_now())
    assert asked.answer(f"{(int(right) + 1) % 1000000:06d}").status_code == 401
    assert strict.answer_of(strict.authorize(door.browser, prompt="none"))["error"] == "unmet_authentication_requirements"


def test_somebody_without_a_second_factor_enrols_one_on_the_way(campus, person, strict):
    door = signed_in(campus, person)
    asked = at(door, strict.authorize(door.browser).headers["Location"])
    assert asked.ask["kind"] == "password" and asked.ask["act"] == "step_up"
    asked.post(user=person.user, password=person.password, ask=asked.ask["id"], answer=person.password)
    assert asked.ask["kind"] == "enrol_totp"
    asked.answer(code(asked.ask["secret"], step_now()), name="telephone")
    assert asked.ask["kind"] == "recovery_sheet"
    done = asked.answer("").json()
    claims = told(strict, strict.answer_of(door.browser.get(done["next"], headers=HTML))["code"])
    assert claims["acr"] == MFA and claims["amr"] == ["pwd", "otp", "mfa"]


# --- freshness ---

def test_a_service_that_wants_a_fresh_proof(register, campus, person):
    fresh = register("level-fresh", "--fresh", "5")
    door = signed_in(campus, person)
    assert fresh.code(door.browser), "it is a moment old"
    time.sleep(5.2)
    assert fresh.answer_of(fresh.authorize(door.browser, prompt="none"))["error"] == "login_required"
    sent = fresh.authorize(door.browser, max_age="1000")
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/login?next="), "the client cannot ask for less"
    onward = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    door.ask = None
    door.get(next=onward)
    assert door.sign_in(person).json()["done"] is True
    time.sleep(5.2)
    assert fresh.answer_of(door.browser.get(onward, headers=HTML))["code"], "however slow the way back is"


def test_what_an_operator_may_say_of_it(register):
    for wrong in ("soon", "-1", "31536001", "1.5"):
        done = register.ctl("service", "add", "level-wrong", "--label", "Wrong", "--redirect-uri", CALLBACK, "--fresh", wrong,
                            "--break-glass", "--reason", "a test")
        assert done.returncode == 2 and "--fresh takes seconds" in done.stderr, done
    register("level-shown", "--fresh", "900")
    assert "900" in register.ctl("service", "show", "level-shown").stdout
