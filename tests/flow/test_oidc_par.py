"""Pushed authorization requests (RFC 9126): the client says over its own connection what it wants, and the browser carries a name for it."""
import pytest

from relying import CALLBACK, HTML, JSON, Door, fault_of, inside, moodle, register      # pylint: disable=unused-import

URN = "urn:ietf:params:oauth:request_uri:"


def push(client, auth=None, **more):
    return client.post("/oidc/par", client.request(**more), auth or ("basic" if client.secret else "none"))


def pushed(client, **more):
    answer = push(client, **more)
    assert answer.status_code == 201 and "no-store" in answer.headers["Cache-Control"], answer.text
    said = answer.json()
    assert set(said) == {"request_uri", "expires_in"}
    assert said["request_uri"].startswith(URN) and len(said["request_uri"]) == len(URN) + 43 and said["expires_in"] == 600
    return said["request_uri"]


def carry(client, door, request_uri, accept=HTML, **more):
    asked = {"client_id": client.client_id, "request_uri": request_uri} | more
    return door.browser.get("/oidc/authorize", params=asked, headers=accept)


def test_the_whole_way(moodle, inside, campus):
    assert moodle.machine.get("/.well-known/openid-configuration").json()["pushed_authorization_request_endpoint"] == f"{campus.portal}/oidc/par"
    answer = carry(moodle, inside, pushed(moodle, scope="openid email"))
    tokens = moodle.redeem(moodle.answer_of(answer)["code"]).json()
    assert tokens["scope"] == "openid email" and moodle.claims(tokens["id_token"])["nonce"] == moodle.nonce


def test_a_public_client(register, inside):
    phone = register("phone-par", "--public", uri="http://127.0.0.1/callback")
    answer = carry(phone, inside, pushed(phone))
    assert phone.redeem(phone.answer_of(answer)["code"]).status_code == 200


def test_with_a_sign_in_between(campus, moodle):
    """And the browser's own parameters count for nothing."""
    door, person = Door(campus), campus.person(role="employee")
    request_uri = pushed(moodle, prompt="login", state="the-client's")
    asked = carry(moodle, door, request_uri, redirect_uri="https://evil.example.org/", state="the-thief's", scope="groups")
    assert asked.status_code == 303 and asked.headers["Location"].startswith("/login?next=%2Foidc%2Fauthorize")
    assert door.sign_in(person).json().get("done")
    back = door.browser.get("/oidc/authorize?" + asked.headers["Location"].partition("authorize%3F")[2].replace("%3D", "=").replace("%26", "&")
                            .replace("%25", "%"), headers=HTML)
    moodle.state = "the-client's"
    tokens = moodle.redeem(moodle.answer_of(back)["code"]).json()
    assert tokens["scope"] == "openid profile email groups"


def test_it_leads_to_one_code(moodle, inside):
    request_uri = pushed(moodle)
    assert moodle.answer_of(carry(moodle, inside, request_uri))["code"]
    again = carry(moodle, inside, request_uri, JSON)
    assert again.status_code == 400 and again.json()["error"] == "service_request_over"
    page = carry(moodle, inside, request_uri)
    assert page.status_code == 400 and "took too long" in page.text and "Moodle" in page.text


def test_of_another_client(register, moodle, inside):
    other = register("other-par")
    request_uri = pushed(moodle)
    assert carry(other, inside, request_uri, JSON).json()["error"] == "service_request_over"
    assert moodle.answer_of(carry(moodle, inside, request_uri))["code"], "and it is there still"


def test_of_nobody(moodle, inside):
    assert carry(moodle, inside, URN + "A" * 43, JSON).json()["error"] == "service_request_over"
    asked = {"request_uri": pushed(moodle)}
    assert inside.browser.get("/oidc/authorize", params=asked, headers=JSON).json()["error"] == "service_not_registered"


def test_an_address_of_others_is_not_fetched(moodle, inside):
    told = moodle.answer_of(moodle.authorize(inside.browser, request_uri="https://moodle.example.edu/request.jwt"))
    assert told["error"] == "request_uri_not_supported"


@pytest.mark.parametrize("more, error", [
    ({"redirect_uri": CALLBACK + "/"}, "invalid_request"), ({"redirect_uri": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"), ({"scope": "profile"}, "invalid_scope"),
    ({"request_uri": URN + "A" * 43}, "request_uri_not_supported"), ({"request": "x.y.z"}, "request_not_supported"),
    ({"prompt": "none login"}, "invalid_request"), ({"max_age": "soon"}, "invalid_request"), ({"state": "s" * 4097}, "invalid_request"),
    ({"registration": "{}"}, "registration_not_supported"),
], ids=str)
def test_what_is_wrong_is_said_at_once(moodle, more, error):
    assert fault_of(push(moodle, **more)) == error


def test_whoever_pushes_proves_who_it_is(register, moodle):
    other = register("third-par")
    assert fault_of(push(moodle, auth="none"), 401) == "invalid_client"
    assert fault_of(moodle.machine.post("/oidc/par", data=moodle.request(), auth=(other.client_id, other.secret)), 401) == "invalid_client"
    assert fault_of(moodle.machine.post("/oidc/par", data=moodle.request(), auth=(moodle.client_id, "wrong")), 401) == "invalid_client"
    assert moodle.machine.get("/oidc/par").status_code == 405
