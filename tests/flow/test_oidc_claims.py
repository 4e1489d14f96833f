"""The parameter claims (OpenID Connect Core 5.5): single claims by name, in the ID token as well, a level that is a must, and who it has to be."""
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from relying import HTML, inside, moodle, register, signed_in      # pylint: disable=unused-import

SFA, MFA = "https://refeds.org/profile/sfa", "https://refeds.org/profile/mfa"
AAL1 = "http://idmanagement.gov/ns/assurance/aal/1"
USUAL = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash"}


def asked(**members):
    return json.dumps(members)


def acr(**request):
    return asked(id_token={"acr": request})


def tokens_of(client, door, claims, **more):
    return client.redeem(client.code(door.browser, claims=claims, scope="openid", **more)).json()


def refusal(client, door, claims, **more):
    return client.answer_of(client.authorize(door.browser, claims=claims, **more))["error"]


@pytest.fixture(scope="module")
def picky(register):
    return register("picky", "--refresh", claims="name email given_name")


def test_single_claims(campus, picky, inside):
    person = campus.person(role="student")
    tokens = tokens_of(picky, inside, asked(userinfo={"email": {"essential": True}, "given_name": None}, id_token={"name": None}))
    told = picky.userinfo(tokens["access_token"]).json()
    assert set(told) == {"sub", "email", "given_name"} and told["email"].endswith("@example.edu")
    claims = picky.claims(tokens["id_token"])
    assert set(claims) == USUAL | {"name"} and claims["name"] == person.name


def test_by_name_and_by_scope(picky, inside):
    tokens = picky.redeem(picky.code(inside.browser, claims=asked(userinfo={"email": None}), scope="openid profile")).json()
    assert set(picky.userinfo(tokens["access_token"]).json()) == {"sub", "name", "given_name", "email"}


def test_never_more_than_the_service_may_have(picky, inside):
    wanted = {"groups": None, "preferred_username": {"essential": True}, "password": None, "iss": None, "amr": None, "unheard-of": {"a": [1]}}
    tokens = tokens_of(picky, inside, asked(userinfo=wanted, id_token=wanted, more={"x": 1}))
    assert set(picky.userinfo(tokens["access_token"]).json()) == {"sub"}
    assert set(picky.claims(tokens["id_token"])) == USUAL


def test_a_refresh_answers_by_it_too(picky, inside):
    code = picky.code(inside.browser, claims=asked(userinfo={"email": None}, id_token={"name": None, "acr": {"value": AAL1}}),
                      scope="openid offline_access")
    again = picky.refresh(picky.redeem(code).json()["refresh_token"]).json()
    picky.nonce = None
    claims = picky.claims(again["id_token"])
    assert "name" in claims and claims["acr"] == AAL1
    assert set(picky.userinfo(again["access_token"]).json()) == {"sub", "email"}


def test_a_pushed_request_has_it(picky, inside):
    whole = picky.request(scope="openid", claims=asked(id_token={"email": None}))
    pushed = picky.post("/oidc/par", whole).json()["request_uri"]
    answer = inside.browser.get("/oidc/authorize?" + urlencode({"client_id": picky.client_id, "request_uri": pushed}), headers=HTML)
    assert "email" in picky.claims(picky.redeem(picky.answer_of(answer)["code"]).json()["id_token"])
    answer = picky.post("/oidc/par", whole | {"claims": "[]"})
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_request"


def test_by_other_names(campus, register, inside):
    """A request has the names that the client is told; scopes and discovery know nothing of them."""
    uri, person = "https://example.edu/claims/name", campus.person(role="student")
    client = register("renamed", claims=f"email=mail name={uri} given_name=email preferred_username=login")
    whole = client.redeem(client.code(inside.browser, scope="openid email")).json()
    assert set(client.userinfo(whole["access_token"]).json()) == {"sub", "mail"}
    whole = client.redeem(client.code(inside.browser, scope="openid profile")).json()
    told = client.userinfo(whole["access_token"]).json()
    assert set(told) == {"sub", uri, "email", "login"} and told[uri] == person.name and told["login"] == person.user
    assert client.post("/oidc/introspect", {"token": whole["access_token"]}).json()["username"] == person.user, "RFC 7662 names it"
    single = tokens_of(client, inside, asked(userinfo={"mail": None, "name": None, "given_name": None}, id_token={"email": None, uri: None, "login": None}))
    assert set(client.userinfo(single["access_token"]).json()) == {"sub", "mail"}, "what it is not told by that name is nobody's"
    claims = client.claims(single["id_token"])
    assert set(claims) == USUAL | {"email", uri, "login"} and claims["email"] == told["email"] and "@" not in claims["email"]
    offered = client.machine.get("/.well-known/openid-configuration").json()["claims_supported"]
    assert "email" in offered and not {"mail", "login", uri} & set(offered)


# --- acr ---

@pytest.mark.parametrize("claims, values, said", [
    (acr(essential=True), None, SFA), (acr(value=AAL1), None, AAL1), (acr(values=["x", AAL1]), None, AAL1), (acr(values=["x"]), None, SFA),
    (acr(values=[SFA], essential=True), None, SFA), (acr(values=[AAL1]), SFA, AAL1), (acr(essential=True), AAL1, AAL1),
    (acr(values=[MFA, "with blank", ""]), None, SFA),
])
def test_a_level_that_can_be_had(moodle, inside, claims, values, said):
    tokens = tokens_of(moodle, inside, claims, prompt="none", acr_values=values)
    assert moodle.claims(tokens["id_token"])["acr"] == said


@pytest.mark.parametrize("claims", [acr(values=[MFA], essential=True), acr(value="nobody:knows", essential=True), acr(values=[], essential=True)])
def test_a_level_that_is_a_must_and_cannot_be_had(moodle, inside, claims):
    """Core 5.5.1.1: as if the sign-in had failed; whoever asks, and however."""
    for prompt in (None, "none"):
        assert refusal(moodle, inside, claims, prompt=prompt) == "unmet_authentication_requirements"


# --- who ---

def test_who_it_has_to_be(campus, moodle, inside):
    mine = moodle.claims(moodle.redeem(moodle.code(inside.browser)).json()["id_token"])["sub"]
    claims = asked(id_token={"sub": {"value": mine}})
    assert moodle.code(inside.browser, claims=claims) and moodle.code(inside.browser, claims=claims, prompt="none")
    person = campus.person(role="employee")
    other = signed_in(campus, person)
    assert refusal(moodle, other, claims, prompt="none") == "login_required"
    sent = moodle.authorize(other.browser, claims=claims)
    onward = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    other.ask = None
    other.get(next=onward)
    assert other.sign_in(person).json()["done"] is True
    assert moodle.answer_of(other.browser.get(onward, headers=HTML))["error"] == "login_required", "somebody else once more: no circle"


# --- what is none ---

@pytest.mark.parametrize("claims", [
    "x", "[]", "{", "null", '"text"', "1", "{}{}", '{"userinfo":[]}', '{"userinfo":null}', '{"id_token":1}', '{"userinfo":{"email":1}}',
    '{"userinfo":{"email":[]}}', '{"userinfo":{"email":{"essential":"yes"}}}', '{"userinfo":{"email":{"values":"x"}}}',
    '{"id_token":{"acr":{"value":1}}}', '{"id_token":{"acr":{"values":[1]}}}', '{"id_token":{"sub":{"value":[]}}}',
    '{"userinfo":{"email":null,"email":null}}', '{"userinfo":{},"userinfo":{}}', '{"a":' + "[" * 40 + "]" * 40 + "}",
    '{"userinfo":{"\\ud800":null}}', '{"userinfo":{"email":{"essential":true}}', "{\"userinfo\":{\"e\x7f\":null}}", '{"a":1e999}',
], ids=lambda text: text[:40])
def test_what_is_no_such_parameter(moodle, inside, claims):
    answer = moodle.authorize(inside.browser, claims=claims)
    if answer.status_code == 400:       # no text at all
        assert "Location" not in answer.headers
    else:
        assert moodle.answer_of(answer)["error"] == "invalid_request"


def test_too_much_of_it(moodle, inside):
    huge = asked(userinfo={f"claim-{number}": None for number in range(200)})
    assert len(huge) > 2048 and moodle.authorize(inside.browser, claims=huge).status_code == 413
    many = asked(userinfo={f"c{number}": None for number in range(150)})
    assert len(many) < 2048 and moodle.code(inside.browser, claims=many)


def test_it_is_offered(moodle):
    assert moodle.machine.get("/.well-known/openid-configuration").json()["claims_parameter_supported"] is True
