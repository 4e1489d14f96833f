"""OpenID Connect: a client's whole way, by what the specifications say and with a verifier that is not ours; and everything that must not go."""
import hashlib
import base64
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken
from authlib.jose.errors import BadSignatureError
from authlib.oidc.core import CodeIDToken

from ctl import Ctl
from door import JSON, Door, From
from relying import CALLBACK, HTML, REASON, Relying, fault_of, inside, moodle, register, s256, signed_in      # pylint: disable=unused-import
from words import says, shown


@pytest.fixture(scope="module")
def ctl(register):
    return register.ctl


@pytest.fixture(scope="module")
def phone(register):
    """A public client."""
    return register("phone", "--public", uri="http://127.0.0.1/callback")


# --- the way of a client ---

def test_the_whole_way_with_a_sign_in(campus, moodle):
    """From the client to the sign-in, back with a code, and tokens for it."""
    door = Door(campus)
    first = moodle.authorize(door.browser)
    assert first.status_code == 303 and first.headers["Location"].startswith("/login?next=%2Foidc%2Fauthorize%3Fclient_id")
    onward = parse_qs(urlsplit(first.headers["Location"]).query)["next"][0]
    door.get(next=onward)
    done = door.sign_in(campus.person(role="student")).json()
    assert done["next"] == onward
    page = door.browser.get(done["next"], headers=HTML)
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert "form-action" in page.headers["Content-Security-Policy"] and "moodle.example.edu" in shown(page)
    answer = moodle.redeem(moodle.answer_of(page)["code"])
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/json"), answer.text
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Pragma"] == "no-cache"
    tokens = answer.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "id_token", "scope"}
    assert tokens["token_type"] == "Bearer" and 3500 < tokens["expires_in"] <= 3600
    assert set(tokens["scope"].split()) == {"openid", "profile", "email", "groups"}
    claims = moodle.claims(tokens["id_token"])
    assert claims["acr"] == "https://refeds.org/profile/sfa" and claims["amr"] == ["pwd"]
    assert abs(claims["auth_time"] - time.time()) < 60 and claims["exp"] - claims["iat"] in range(3590, 3601)
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_what_a_service_learns(campus, moodle, inside):
    person = campus.person(role="student")
    tokens = moodle.redeem(moodle.code(inside.browser)).json()
    for method in ("GET", "POST"):
        answer = moodle.userinfo(tokens["access_token"], method)
        assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["sub"] == moodle.claims(tokens["id_token"])["sub"]
    assert told["name"] == person.name and told["preferred_username"] == person.user
    assert told["email"].endswith("@example.edu") and isinstance(told["groups"], list)
    alone = moodle.redeem(moodle.code(inside.browser, scope="openid unheard-of")).json()
    assert alone["scope"] == "openid" and set(moodle.userinfo(alone["access_token"]).json()) == {"sub"}


def test_a_service_learns_no_more_than_it_may(register, inside):
    little = register("little", claims="email")
    tokens = little.redeem(little.code(inside.browser)).json()
    assert set(little.userinfo(tokens["access_token"]).json()) == {"sub", "email"}


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_every_algorithm(register, inside, alg):
    client = register("alg-" + alg.lower(), "--alg", alg)
    token = client.redeem(client.code(inside.browser)).json()["id_token"]
    assert client.claims(token, alg)["aud"] == client.client_id
    head, body, sign = token.split(".")
    with pytest.raises(BadSignatureError):
        client.claims(".".join([head, body, sign[:20] + ("A" if sign[20] != "A" else "B") + sign[21:]]), alg)
    other = client.redeem(client.code(inside.browser)).json()["id_token"].split(".")
    with pytest.raises(BadSignatureError):
        client.claims(".".join([head, other[1], sign]), alg)


def test_subjects(register, moodle, inside, campus):
    """Pairwise: another one for each service or sector, for ever the same; public: one for all."""
    a, b = register("sector-a", "--sector", "example.edu"), register("sector-b", "--sector", "example.edu")
    c, d = register("public-a", "--subject", "public"), register("public-b", "--subject", "public")
    other = signed_in(campus, campus.person(role="employee"))

    def sub(client, door=inside):
        return client.claims(client.redeem(client.code(door.browser)).json()["id_token"])["sub"]
    assert sub(moodle) == sub(moodle) and sub(a) == sub(b) and sub(c) == sub(d)
    assert len({sub(moodle), sub(a), sub(c), sub(moodle, other), sub(a, other), sub(c, other)}) == 6


def test_public_client_on_a_loopback_port(phone, inside):
    """RFC 8252: whatever port the system gave; and a proof key is all that it has."""
    phone.redirect_uri = "http://127.0.0.1:51004/callback"
    code = phone.code(inside.browser)
    assert phone.claims(phone.redeem(code).json()["id_token"])["aud"] == phone.client_id
    phone.redirect_uri = "http://127.0.0.1:51004/other"
    assert phone.authorize(inside.browser, accept=JSON).json()["error"] == "service_redirect"
    phone.redirect_uri = "http://127.0.0.1/callback"


def test_response_modes(moodle, inside):
    plain = moodle.authorize(inside.browser, response_mode="query")
    assert urlsplit(plain.headers["Location"]).query and not urlsplit(plain.headers["Location"]).fragment
    fragment = moodle.authorize(inside.browser, response_mode="fragment")
    assert not urlsplit(fragment.headers["Location"]).query and moodle.answer_of(fragment)["code"]
    form = moodle.authorize(inside.browser, response_mode="form_post")
    assert form.status_code == 200 and f'action="{CALLBACK}"' in form.text
    assert "https://moodle.example.edu" in form.headers["Content-Security-Policy"].split("form-action", 1)[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', form.text))
    assert set(fields) == {"code", "state", "iss"} and moodle.redeem(fields["code"]).status_code == 200


def test_a_page_of_another_origin(phone, inside):
    """Fetch 3.2: asked beforehand or not, what it is told and what it is refused, and by whom a page is stopped."""
    page = {"Origin": "https://spa.example.edu", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}

    def readable(answer):
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers and "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
        return answer

    ahead = page | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for path in ("token", "userinfo", "revoke", "par", "jwks"):
        allowed = readable(phone.machine.request("OPTIONS", f"/oidc/{path}", headers=ahead))
        assert allowed.status_code == 200 and "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    for path in ("introspect", "register", "device", "authorize", "logout"):
        answer = phone.machine.request("OPTIONS", f"/oidc/{path}", headers=ahead)
        assert answer.status_code == 405 and not {name for name in answer.headers if name.startswith("Access-Control-")}, path
    phone.machine.headers.update(page)
    try:
        refused = readable(phone.redeem("A" * 43))
        assert fault_of(refused) == "invalid_grant"
        tokens = readable(phone.redeem(phone.code(inside.browser))).json()
        assert readable(phone.userinfo(tokens["access_token"])).json()["sub"]
        assert readable(phone.post("/oidc/revoke", {"token": tokens["access_token"]}, "none")).status_code == 200
        gone = readable(phone.userinfo(tokens["access_token"]))
        assert gone.status_code == 401 and "invalid_token" in gone.headers["WWW-Authenticate"]
        assert readable(phone.userinfo("")).status_code == 401
    finally:
        for name in page:
            del phone.machine.headers[name]


@pytest.mark.parametrize("path", ["token", "userinfo", "revoke", "par"])
def test_a_page_that_sends_a_person_to_a_machines_address(phone, path):
    """A browser would ask whom it has there for a name and a password, in our name."""
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = phone.machine.post(f"/oidc/{path}", data={"client_id": "nobody"}, headers=HTML | sent)
    assert answer.status_code == 403 and "WWW-Authenticate" not in answer.headers


def test_a_request_by_post(moodle, inside):
    """Core 3.1.2.1: by form, from another site, where the browser sends none of our cookies."""
    asked = moodle.request()
    answer = inside.browser.post("/oidc/authorize", data=asked, headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/oidc/authorize?client_id=")
    assert moodle.answer_of(inside.browser.get(answer.headers["Location"], headers=HTML))["code"]


PARTS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
SUPPORTED = """backchannel_logout backchannel_logout_session frontchannel_logout frontchannel_logout_session scopes claims response_types response_modes
    grant_types subject_types id_token_signing_alg_values token_endpoint_auth_methods token_endpoint_auth_signing_alg_values introspection_endpoint_auth_methods
    introspection_endpoint_auth_signing_alg_values revocation_endpoint_auth_methods revocation_endpoint_auth_signing_alg_values code_challenge_methods
    prompt_values ui_locales acr_values claims_parameter request_parameter request_uri_parameter authorization_response_iss_parameter"""


def test_discovery(campus, moodle):
    answer = moodle.machine.get("/.well-known/openid-configuration")
    assert answer.headers["Cache-Control"] == "public, max-age=3600" and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert moodle.machine.get("/oidc/jwks").headers["Access-Control-Allow-Origin"] == "*"
    found = answer.json()
    assert found["issuer"] == campus.portal
    for name, value in found.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.startswith(campus.portal + "/oidc/")
            assert moodle.machine.get(value.removeprefix(campus.portal)).status_code != 404, name
    keys = moodle.machine.get("/oidc/jwks").json()["keys"]
    assert {key["alg"] for key in keys} == set(found["id_token_signing_alg_values_supported"])
    assert all(key["use"] == "sig" and key["kid"] and set(key) == {"kty", "use", "kid", "alg", *PARTS[key["kty"]]} for key in keys)
    assert set(found) == {f"{name}_supported" for name in SUPPORTED.split()} | {"issuer", "jwks_uri"} | {
        f"{name}_endpoint" for name in ("authorization", "pushed_authorization_request", "end_session", "device_authorization", "token", "userinfo",
                                        "introspection", "revocation", "registration")}
    assert set(found["scopes_supported"]) >= {"openid", "profile", "email", "groups"}
    assert {"sub", "name", "given_name"} <= set(found["claims_supported"])


# --- long requests ---

def test_a_long_state(campus, moodle, inside):
    """4,096 bytes, also by way of the sign-in, whose own address has no room for them; one more is told on a page."""
    long = "".join(secrets.choice("abcDEF019-_") for _ in range(4096))

    def told(answer):
        moodle.state = long
        return moodle.answer_of(answer)

    assert told(moodle.authorize(inside.browser, state=long))["code"]
    assert told(moodle.authorize(inside.browser, state=long, scope="nothing"))["error"] == "invalid_scope"
    door = Door(campus)
    first = moodle.authorize(door.browser, state=long, login_hint="somebody", ui_locales="de")
    to = first.headers["Location"]
    assert first.status_code == 303 and to.startswith("/login?next=%2Foidc%2Fauthorize%3Fclient_id%3D") and len(to) < 600
    page = door.browser.get(to, headers=HTML)
    assert page.headers["Content-Language"] == "de" and "somebody" in page.text
    onward = parse_qs(urlsplit(to).query)["next"][0]
    door.get(next=onward)
    assert door.sign_in(campus.person(role="student")).json()["next"] == onward
    back = door.browser.get(onward, headers=HTML)
    assert back.status_code == 200 and moodle.redeem(told(back)["code"]).status_code == 200
    assert says(door.browser.get(onward, headers=HTML), "service_request_over"), "once"
    answer = moodle.authorize(inside.browser, state=long + "x")
    assert answer.status_code == 413 and says(answer, "too_large") and "Location" not in answer.headers


def test_strangers_have_few_long_requests_kept(campus, register, moodle):
    """What waits in the store for nobody in particular is bounded, and a network takes but a part of that."""
    flooded = register("flooded")
    request = {"state": "s" * 4096}

    strangers = [Relying(campus, flooded.client_id, flooded.secret) for _ in range(8)]
    answers, over = [], []
    with ThreadPoolExecutor(len(strangers)) as threads:
        for _ in range(20):                                 # a machine on which all others work as well is slower than the budget for a while
            for stranger in strangers * 10:
                answers.append(threads.submit(stranger.authorize, stranger.machine, **request))
            over = [answer.result() for answer in answers if answer.result().status_code == 429]
            if over:
                break
    answers = [answer.result() for answer in answers]
    assert over and all(says(answer, "too_fast") and answer.headers["Retry-After"] for answer in over)
    assert 10 <= sum(answer.status_code == 303 for answer in answers) == len(answers) - len(over)
    assert flooded.authorize(campus.browser()).status_code == 303, "a short one is kept nowhere"
    for address, client in (("192.0.2.7", flooded), ("2001:db8::7", moodle)):
        assert client.authorize(From(campus, address), **request).status_code == 303, "whoever comes from elsewhere has his part"


# --- who, and how fresh ---

def test_prompt_none(campus, moodle, inside):
    assert moodle.answer_of(moodle.authorize(inside.browser, prompt="none"))["code"]
    nobody = moodle.answer_of(moodle.authorize(campus.browser(), prompt="none"))
    assert nobody["error"] == "login_required" and "code" not in nobody


def test_silently_nobody_else_than_was_hinted_at(register, campus, moodle, inside):
    """Core 3.1.2.2: an ID token of before says who is meant."""
    other = signed_in(campus, campus.person(role="employee"))
    hints = [client.redeem(client.code(door.browser)).json()["id_token"]
             for client, door in ((moodle, inside), (moodle, other), (register("hinted"), inside))]
    assert moodle.answer_of(moodle.authorize(inside.browser, prompt="none", id_token_hint=hints[0]))["code"]
    for hint in (*hints[1:], "x.y.z", hints[0][:-1]):
        assert moodle.answer_of(moodle.authorize(inside.browser, prompt="none", id_token_hint=hint))["error"] == "login_required"


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account"}])
def test_a_fresh_sign_in(campus, moodle, more):
    """Whoever is signed in signs in again, and then it counts, for that one request."""
    person = campus.person(role="employee")
    door = signed_in(campus, person)
    first = moodle.authorize(door.browser, **more)
    assert first.status_code == 303 and first.headers["Location"].startswith("/login?next=")
    onward = parse_qs(urlsplit(first.headers["Location"]).query)["next"][0]
    again = door.browser.get(onward, headers=HTML)
    assert again.status_code == 303 and again.headers["Location"].startswith("/login"), "the mark alone is no sign-in"
    onward = parse_qs(urlsplit(again.headers["Location"]).query)["next"][0]
    door.ask = None
    door.get(next=onward)
    assert door.sign_in(person).json()["done"] is True
    told = moodle.answer_of(door.browser.get(onward, headers=HTML))
    claims = moodle.claims(moodle.redeem(told["code"]).json()["id_token"])
    assert abs(claims["auth_time"] - time.time()) < 30
    mark = onward.rsplit("spom_asked=", 1)[1]
    for forged in (mark, "1." + mark.split(".")[1], mark[:-1] + ("A" if mark[-1] != "A" else "B")):
        asked = urlencode(moodle.request(**more) | {"spom_asked": forged}, quote_via=quote)
        other = door.browser.get("/oidc/authorize?" + asked, headers=HTML)
        assert other.status_code == 303 and other.headers["Location"].startswith("/login"), "a mark of another request"


def test_max_age_of_a_young_session(moodle, campus):
    door = signed_in(campus, campus.person(role="employee"))
    assert moodle.code(door.browser, max_age="300")
    assert moodle.answer_of(moodle.authorize(door.browser, prompt="none", max_age="0"))["error"] == "login_required"


def test_by_a_library_that_is_not_ours(moodle, inside):
    """The whole code flow as authlib does it: PKCE, the redirect read, the code redeemed, the ID token checked, its nonce included."""
    verifier, nonce, portal = secrets.token_urlsafe(48), secrets.token_urlsafe(16), moodle.campus.portal
    with OAuth2Session(moodle.client_id, moodle.secret, redirect_uri=CALLBACK, scope="openid profile email", code_challenge_method="S256") as session:
        session.trust_env = False
        address, state = session.create_authorization_url(f"{portal}/oidc/authorize", code_verifier=verifier, nonce=nonce)
        sent = inside.browser.get(address, headers=HTML, allow_redirects=False)
        assert sent.status_code == 303, sent.text
        token = session.fetch_token(f"{portal}/oidc/token", authorization_response=sent.headers["Location"], state=state, code_verifier=verifier)
        told = session.get(f"{portal}/oidc/userinfo").json()
    claims = JsonWebToken(["RS256"]).decode(token["id_token"], moodle.keys(), claims_cls=CodeIDToken,
                                            claims_options={"iss": {"essential": True, "value": portal}, "aud": {"essential": True, "value": moodle.client_id}},
                                            claims_params={"nonce": nonce, "client_id": moodle.client_id})
    claims.validate()
    assert claims["nonce"] == nonce and claims["sub"] == told["sub"] and told["preferred_username"]


# --- requests that are refused ---

LOOK_ALIKE = [
    CALLBACK + "/", CALLBACK + "?", CALLBACK + "?x=1", CALLBACK + "#x", CALLBACK.upper(), CALLBACK.replace("https", "http"),
    CALLBACK.replace("moodle.", "moodle.evil."), CALLBACK.replace("example.edu", "example.edu:443"), CALLBACK.replace("callback", "Callback"),
    CALLBACK.replace("https://", "https://user@"), CALLBACK.replace("/callback", "/x/../callback"), CALLBACK.replace("/callback", "/%63allback"),
    CALLBACK.replace("/callback", "//callback"), CALLBACK.replace("moodle.example.edu", "moodle.example.edu.evil.org"),
    CALLBACK.replace("moodle", "mооdle"), "//moodle.example.edu/callback", "/callback", "javascript:alert(1)", CALLBACK + " ", "", None,
    CALLBACK.replace("example.edu/", "example.edu\\@evil.org/"), CALLBACK + "\t", "https://evil.org/" + CALLBACK,
]


@pytest.mark.parametrize("uri", LOOK_ALIKE)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_never_to_another_address(moodle, inside, uri, prompt):
    """A page with a trace, and no redirect at all."""
    answer = moodle.authorize(inside.browser, redirect_uri=uri, prompt=prompt)
    assert answer.status_code == 400 and "Location" not in answer.headers and "Refresh" not in answer.headers, answer.headers
    assert "trace" in answer.text and "evil" not in shown(answer)


@pytest.mark.parametrize("client_id", ["nobody", "", None, "mo*", "moodle\x00", "x" * 200])
def test_a_client_that_nobody_knows(moodle, inside, client_id):
    answer = moodle.authorize(inside.browser, client_id=client_id)
    assert answer.status_code == (413 if len(client_id or "") > 128 else 400) and "Location" not in answer.headers and "trace" in answer.text


def test_who_asks_in_vain_fills_no_disk(campus, ctl):
    """The answers stay the same; what is beyond five a second is counted."""
    def untold():
        return int(re.search(r"^spom_refusals_untold_total (\d+)", campus.browser().get("/metrics").text, re.M).group(1))

    def ask(_):
        return campus.browser().get("/oidc/authorize?client_id=flood", headers=JSON).json()["error"]
    before, begun = untold(), time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(200))) == {"service_not_registered"}
    told = sum("service_refused" in line for line in ctl("audit", "tail", "200").stdout.splitlines())
    most = 5 * (int(time.monotonic() - begun) + 2)
    assert untold() - before >= 200 - most and told >= 1, (untold() - before, most)


REQUESTS = [
    ({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"), ({"response_type": "id_token"}, "unsupported_response_type"),
    ({"scope": None}, "invalid_scope"), ({"scope": "profile"}, "invalid_scope"), ({"scope": "openidx"}, "invalid_scope"),
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "=" * 43}, "invalid_request"), ({"prompt": "none login"}, "invalid_request"), ({"prompt": "always"}, "invalid_request"),
    ({"prompt": "none consent"}, "invalid_request"), ({"max_age": "-1"}, "invalid_request"), ({"max_age": "soon"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"), ({"request_uri": "https://evil.org/r"}, "request_uri_not_supported"),
    ({"response_mode": "web_message"}, "invalid_request"), ({"registration": "{}"}, "registration_not_supported"),
]


@pytest.mark.parametrize("more, error", REQUESTS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_a_request(moodle, inside, more, error):
    """Each by the specification's own word, whoever is signed in, and with no code."""
    for browser in (inside.browser, moodle.campus.browser()):
        told = moodle.answer_of(moodle.authorize(browser, **more))
        assert told["error"] == error and "code" not in told and told["error_description"]


@pytest.mark.parametrize("more", ["client_id=x", "redirect_uri=x", "scope=x", "state=x", "code_challenge=x", "spom_asked=%ff", "spom_consent=%0a"])
def test_a_parameter_twice_or_one_that_cannot_be_read(moodle, inside, more):
    asked = urlencode(moodle.request(), quote_via=quote)
    answer = inside.browser.get(f"/oidc/authorize?{asked}&{more}", headers=HTML)
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_somebody_outside_of_the_groups(register, campus, inside, ctl):
    closed = register("closed", "--groups", "managers")
    answer = closed.authorize(inside.browser)
    assert answer.status_code == 403 and "closed.groups" in shown(answer) and "Location" not in answer.headers
    as_json = closed.authorize(inside.browser, accept=JSON)
    assert as_json.json()["error"] == "forbidden_application" and as_json.json()["rule"] == "closed.groups"
    assert closed.answer_of(closed.authorize(inside.browser, prompt="none"))["error"] == "access_denied"
    last = ctl("audit", "tail", "5").stdout
    assert "service_refused" in last and "closed" in last


def test_a_service_that_wants_two_factors(register, inside):
    strict = register("strict", "--two-factors")
    answer = strict.authorize(inside.browser, accept=JSON)
    assert answer.status_code == 403 and answer.json()["error"] == "level_missing" and answer.json()["rule"] == "strict.level"
    assert strict.answer_of(strict.authorize(inside.browser, prompt="none"))["error"] == "unmet_authentication_requirements"


def test_two_factors_are_said(full, somebody, codes):
    own = Ctl(full)
    try:
        added = own.json("service", "add", "grades", "--redirect-uri", CALLBACK, "--label", "Grades", "--two-factors",
                         "--claims", "name", *REASON)
    finally:
        own.close()
    client, door = Relying(full, added["client_id"], added["client_secret"]), Door(full)
    assert door.sign_in_fully(somebody(), codes).json()["done"] is True
    claims = client.claims(client.redeem(client.code(door.browser)).json()["id_token"])
    assert claims["acr"] == "https://refeds.org/profile/mfa" and claims["amr"] == ["pwd", "otp", "mfa"]


# --- codes ---

def test_a_code_counts_once_and_a_second_time_ends_its_tokens(moodle, inside, ctl):
    code = moodle.code(inside.browser)
    token = moodle.redeem(code).json()["access_token"]
    assert moodle.userinfo(token).status_code == 200
    assert fault_of(moodle.redeem(code)) == "invalid_grant"
    assert fault_of(moodle.userinfo(token), 401) == "invalid_token", "what the code gave is over"
    assert fault_of(moodle.redeem(code)) == "invalid_grant"
    assert "grant_replayed" in ctl("audit", "tail", "9").stdout


def test_a_code_shown_many_times_at_once_gives_at_most_one(moodle, inside):
    for _ in range(5):
        code, fields = moodle.code(inside.browser), None
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": moodle.verifier}
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: moodle.campus.browser().post(
                "/oidc/token", data=fields, auth=(moodle.client_id, moodle.secret)), range(8)))    # pylint: disable=cell-var-from-loop
        good = [answer for answer in answers if answer.status_code == 200]
        assert len(good) <= 1 and all(fault_of(answer) == "invalid_grant" for answer in answers if answer not in good)
        for answer in good:
            assert moodle.userinfo(answer.json()["access_token"]).status_code == 401, "and its tokens are over"


CODES = [
    ({"code_verifier": "x" * 43}, 400, "invalid_grant"), ({"code_verifier": "short"}, 400, "invalid_grant"),
    ({"code_verifier": None}, 400, "invalid_request"), ({"redirect_uri": CALLBACK + "/"}, 400, "invalid_grant"),
    ({"redirect_uri": None}, 400, "invalid_request"), ({"code": "A" * 43}, 400, "invalid_grant"), ({"code": None}, 400, "invalid_request"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"), ({"grant_type": None}, 400, "invalid_request"),
    ({"grant_type": "refresh_token"}, 400, "invalid_request"), ({"code": "A" * 200}, 400, "invalid_request"),
]


@pytest.mark.parametrize("more, status, error", CODES, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_a_token_request(moodle, inside, more, status, error):
    code = moodle.code(inside.browser)
    assert fault_of(moodle.redeem(code, **more), status) == error


def test_a_wrong_verifier_burns_the_code(moodle, inside):
    code = moodle.code(inside.browser)
    assert fault_of(moodle.redeem(code, code_verifier="x" * 43)) == "invalid_grant"
    assert fault_of(moodle.redeem(code)) == "invalid_grant"


def test_a_code_of_another_client(register, moodle, inside):
    other = register("other")
    code = moodle.code(inside.browser)
    other.verifier = moodle.verifier
    assert fault_of(other.redeem(code)) == "invalid_grant"
    assert fault_of(moodle.redeem(code)) == "invalid_grant", "whoever had it may have it elsewhere too"


def test_a_session_that_ended_between_two_steps(campus, moodle):
    door = signed_in(campus, campus.person(role="employee"))
    code = moodle.code(door.browser)
    assert door.log_out().status_code == 200
    assert fault_of(moodle.redeem(code)) == "invalid_grant"


def test_tokens_end_with_the_session(campus, moodle):
    door = signed_in(campus, campus.person(role="employee"))
    token = moodle.redeem(moodle.code(door.browser)).json()["access_token"]
    assert moodle.userinfo(token).status_code == 200
    assert door.log_out().status_code == 200
    assert fault_of(moodle.userinfo(token), 401) == "invalid_token"


def test_tokens_end_with_the_service(register, inside):
    gone = register("gone")
    token = gone.redeem(gone.code(inside.browser)).json()["access_token"]
    register.remove("gone")
    assert fault_of(gone.userinfo(token), 401) == "invalid_token"
    assert gone.authorize(inside.browser, accept=JSON).json()["error"] == "service_not_registered"


def test_tokens_of_an_earlier_service_of_that_name(register, inside):
    old = register("twice", "--public", "--refresh", "--client-id", "twice-client", uri="http://127.0.0.1/callback")
    held = old.redeem(old.code(inside.browser, scope="openid offline_access")).json()
    code, verifier = old.code(inside.browser), old.verifier
    register.remove("twice")
    again = register("twice", "--public", "--refresh", "--client-id", "twice-client", uri="http://127.0.0.1/callback")
    assert fault_of(again.userinfo(held["access_token"]), 401) == "invalid_token"
    assert fault_of(again.refresh(held["refresh_token"])) == "invalid_grant"
    assert fault_of(again.redeem(code, code_verifier=verifier)) == "invalid_grant"
    assert again.redeem(again.code(inside.browser)).status_code == 200


def test_a_used_code_of_another_client_ends_nothing(register, moodle, inside):
    other = register("another")
    code = moodle.code(inside.browser)
    token = moodle.redeem(code).json()["access_token"]
    assert fault_of(other.redeem(code, code_verifier=moodle.verifier)) == "invalid_grant"
    assert moodle.userinfo(token).status_code == 200, "used codes stand in histories"


# --- clients ---

def test_ways_to_authenticate(moodle, inside):
    assert moodle.redeem(moodle.code(inside.browser), auth="post").status_code == 200
    assert fault_of(moodle.redeem(moodle.code(inside.browser), auth="none"), 401) == "invalid_client"
    wrong = Relying(moodle.campus, moodle.client_id, "A" * 43)
    for auth in ("basic", "post"):
        wrong.verifier = None
        code = moodle.code(inside.browser)
        wrong.verifier = moodle.verifier
        answer = wrong.redeem(code, auth=auth)
        assert fault_of(answer, 401) == "invalid_client" and answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert moodle.redeem(code).status_code == 200, "the code is none the worse for it"
    both = {"grant_type": "authorization_code", "client_id": moodle.client_id, "client_secret": moodle.secret, "code": "x",
            "redirect_uri": CALLBACK, "code_verifier": "x" * 43}
    answer = moodle.machine.post("/oidc/token", data=both, auth=(moodle.client_id, moodle.secret))
    assert fault_of(answer) == "invalid_request"


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic eA==", "Bearer x", "Digest a=b", "Basic " + "A" * 900])
def test_an_authorization_field_that_is_none(moodle, header):
    answer = moodle.machine.post("/oidc/token", data={"grant_type": "authorization_code"}, headers={"Authorization": header})
    assert fault_of(answer, 401) == "invalid_client"


def test_a_public_client_with_a_secret(phone, inside):
    code = phone.code(inside.browser)
    shows = Relying(phone.campus, phone.client_id, "anything", phone.redirect_uri)
    shows.verifier = phone.verifier
    assert fault_of(shows.redeem(code), 401) == "invalid_client"


@pytest.mark.parametrize("kind, body", [("application/json", '{"grant_type":"authorization_code"}'), ("text/plain", "grant_type=x"),
                                        ("application/x-www-form-urlencoded", "grant_type=a&grant_type=b"),
                                        ("application/x-www-form-urlencoded", "grant_type=%zz")])
def test_a_body_that_is_no_form(moodle, kind, body):
    answer = moodle.machine.post("/oidc/token", data=body, headers={"Content-Type": kind}, auth=(moodle.client_id, moodle.secret))
    assert fault_of(answer) == "invalid_request"


# --- tokens ---

@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 2000])
def test_a_token_that_is_none(moodle, token):
    answer = moodle.userinfo(token)
    assert fault_of(answer, 401) == "invalid_token" and answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_introspection(register, moodle, inside, campus):
    token = moodle.redeem(moodle.code(inside.browser)).json()["access_token"]
    told = moodle.post("/oidc/introspect", {"token": token}).json()
    assert set(told) == {"active", "token_type", "exp", "iat", "iss", "scope", "client_id", "aud", "sub", "username"}
    assert told["active"] is True and told["client_id"] == moodle.client_id and told["iss"] == campus.portal
    assert told["username"] == campus.person(role="student").user and told["token_type"] == "Bearer"
    assert told["exp"] > time.time() and "openid" in told["scope"].split()
    modest = register("modest", claims="email")
    told = modest.post("/oidc/introspect", {"token": modest.redeem(modest.code(inside.browser)).json()["access_token"]}).json()
    assert told["active"] is True and "username" not in told, "who may not have the name has it nowhere"
    stranger = register("stranger")
    assert stranger.post("/oidc/introspect", {"token": token}).json() == {"active": False}, "another service's token is none"
    assert moodle.post("/oidc/introspect", {"token": "A" * 43}).json() == {"active": False}
    assert fault_of(moodle.post("/oidc/introspect", {})) == "invalid_request"
    assert fault_of(moodle.post("/oidc/introspect", {"token": token}, auth="none"), 401) == "invalid_client"


def test_revocation(register, moodle, phone, inside):
    token = moodle.redeem(moodle.code(inside.browser)).json()["access_token"]
    thief = register("thief")
    assert thief.post("/oidc/revoke", {"token": token}).status_code == 200
    assert moodle.userinfo(token).status_code == 200, "it is none of theirs"
    assert moodle.post("/oidc/revoke", {"token": token, "token_type_hint": "access_token"}).status_code == 200
    assert fault_of(moodle.userinfo(token), 401) == "invalid_token"
    assert moodle.post("/oidc/revoke", {"token": token}).status_code == 200, "as RFC 7009 has it"
    own = phone.redeem(phone.code(inside.browser)).json()["access_token"]
    assert phone.post("/oidc/revoke", {"token": own}, auth="none").status_code == 200
    assert fault_of(phone.userinfo(own), 401) == "invalid_token"


def test_no_secret_reaches_a_log(moodle, inside):
    code = moodle.code(inside.browser)
    tokens = moodle.redeem(code).json()
    logs = "".join(path.read_text(errors="replace") for path in (moodle.campus.dir / "log").rglob("*") if path.is_file())
    assert logs and s256(moodle.verifier) not in logs
    for secret in SimpleNamespace(code=code, verifier=moodle.verifier, secret=moodle.secret, **tokens).__dict__.values():
        assert not isinstance(secret, str) or len(secret) < 40 or secret not in logs
