"""Tokens for machines: a client's own (RFC 6749 section 4.4), such that their readers open by themselves (RFC 9068), and those about which readers ask
(RFC 7662)."""
import base64
import json
import time

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose.errors import BadSignatureError

from relying import CALLBACK, fault_of, inside, moodle, opened, register, signed_in      # pylint: disable=unused-import

SFA = "https://refeds.org/profile/sfa"
MACHINE = ("--client-credentials", "--scopes", "jobs.read jobs.write", "--audience", "queue https://api.example.edu/")


@pytest.fixture(scope="module")
def robot(register):
    return register("robot", *MACHINE)


@pytest.fixture(scope="module")
def queue(register):
    """Who reads the robot's tokens."""
    return register("queue", "--resource-server")


def own(client, auth="basic", **more):
    return client.post("/oidc/token", {"grant_type": "client_credentials"} | more, auth)


def about(client, token):
    return client.post("/oidc/introspect", {"token": token}).json()


def head_of(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


# --- of nobody ---

def test_a_client_by_itself(robot, queue):
    answer = own(robot, scope="jobs.read")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", answer.text
    given = answer.json()
    assert set(given) == {"access_token", "token_type", "expires_in", "scope"} and given["scope"] == "jobs.read"
    for asker in (robot, queue):
        told = about(asker, given["access_token"])
        assert told.pop("exp") > time.time() and told.pop("iat") <= time.time() and told.pop("iss") == robot.campus.portal
        assert told == {"active": True, "token_type": "Bearer", "scope": "jobs.read", "client_id": robot.client_id, "sub": robot.client_id, "aud": "queue"}
    answer = robot.userinfo(given["access_token"])
    assert fault_of(answer, 403) == "insufficient_scope" and 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_by_a_library_that_is_not_ours(robot):
    session = OAuth2Session(robot.client_id, robot.secret, scope="jobs.write")
    session.trust_env = False
    token = session.fetch_token(robot.campus.portal + "/oidc/token", grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["scope"] == "jobs.write"


def test_all_scopes_and_for_whom(robot):
    given = own(robot).json()
    assert given["scope"] == "jobs.read jobs.write"
    for resource in ("queue", "https://api.example.edu/", "robot"):
        assert about(robot, own(robot, resource=resource).json()["access_token"])["aud"] == resource


def test_it_ends(robot, queue, register):
    token = own(robot).json()["access_token"]
    assert queue.post("/oidc/revoke", {"token": token}).status_code == 200 and about(queue, token)["active"], "it is none of theirs"
    assert robot.post("/oidc/revoke", {"token": token}).status_code == 200
    assert about(robot, token) == about(queue, token) == {"active": False}
    gone = register("robot-gone", *MACHINE)
    token = own(gone).json()["access_token"]
    assert about(queue, token)["active"]
    register.remove("robot-gone")
    assert about(queue, token) == {"active": False}


@pytest.mark.parametrize("more, status, error", [
    ({"scope": "jobs.delete"}, 400, "invalid_scope"), ({"scope": "openid"}, 400, "invalid_scope"), ({"scope": "x" * 1001}, 400, "invalid_request"),
    ({"scope": "x" * 200}, 400, "invalid_scope"), ({"resource": "moodle"}, 400, "invalid_target"), ({"resource": "https://api.example.edu"}, 400, "invalid_target"),
    ({"resource": "x" * 201}, 400, "invalid_request"), ({"auth": "none"}, 401, "invalid_client"),
    ({"grant_type": "client_credentials "}, 400, "unsupported_grant_type"),
], ids=str)
def test_what_is_wrong_with_it(robot, more, status, error):
    assert fault_of(own(robot, **more), status) == error


def test_who_may_not(moodle, register):
    assert fault_of(own(moodle)) == "unauthorized_client"
    public = register("machine-public", "--public", uri="http://127.0.0.1/callback")
    assert fault_of(own(public, auth="none")) == "unauthorized_client"
    twice = "grant_type=client_credentials&scope=jobs.read&scope=jobs.write"
    answer = moodle.machine.post("/oidc/token", data=twice, headers={"Content-Type": "application/x-www-form-urlencoded"},
                                 auth=(moodle.client_id, moodle.secret))
    assert fault_of(answer) == "invalid_request"


# --- RFC 9068 ---

@pytest.fixture(scope="module", params=["RS256", "ES256", "EdDSA"])
def reader(request, register):
    client = register("jwt-" + request.param.lower(), "--access-token", "jwt", "--alg", request.param, "--refresh", "--client-credentials",
                      "--scopes", "files", "--audience", "https://api.example.edu/")
    client.alg = request.param
    return client


def read(client, token):
    """As a reader does it who asks nobody (RFC 9068 section 4)."""
    assert head_of(token)["typ"] == "at+jwt" and head_of(token)["alg"] == client.alg
    claims = opened(token, client.alg, client.keys(), claims_options={
        "iss": {"essential": True, "value": client.campus.portal}, "exp": {"essential": True},
        "aud": {"essential": True, "value": "https://api.example.edu/"}})
    claims.validate()
    return claims


def test_a_person_in_it(reader, inside):
    tokens = reader.redeem(reader.code(inside.browser, scope="openid email files offline_access")).json()
    claims = read(reader, tokens["access_token"])
    assert set(claims) == {"iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope", "auth_time", "acr", "amr"}
    assert claims["client_id"] == reader.client_id and claims["acr"] == SFA and claims["sub"] == reader.claims(tokens["id_token"], reader.alg)["sub"]
    assert set(claims["scope"].split()) == {"openid", "email", "files", "offline_access"} and claims["exp"] - claims["iat"] in range(3590, 3601)
    assert fault_of(reader.userinfo(tokens["access_token"]), 401) == "invalid_token", "it is for somebody else, who learns nothing by it"
    mine = reader.redeem(reader.code(inside.browser, scope="openid email", resource=f"jwt-{reader.alg.lower()}")).json()["access_token"]
    assert set(reader.userinfo(mine).json()) == {"sub", "email"}
    told = about(reader, tokens["access_token"])
    assert told["active"] and told["aud"] == "https://api.example.edu/"
    again = reader.refresh(tokens["refresh_token"]).json()["access_token"]
    assert read(reader, again)["jti"] != claims["jti"]
    assert reader.post("/oidc/revoke", {"token": again}).status_code == 200
    assert fault_of(reader.userinfo(again), 401) == "invalid_token" and about(reader, tokens["access_token"]) == {"active": False}
    assert read(reader, again)["jti"], "who asks nobody notices at its end"


def test_nobody_in_it(reader):
    token = own(reader).json()["access_token"]
    claims = read(reader, token)
    assert set(claims) == {"iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope"} and claims["sub"] == reader.client_id
    assert fault_of(reader.userinfo(token), 403) == "insufficient_scope"


def test_what_is_no_such_token(reader, inside):
    tokens = reader.redeem(reader.code(inside.browser, scope="openid email")).json()
    token, claims = tokens["access_token"], read(reader, tokens["access_token"])
    head, body, sign = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    for other in (claims["jti"], tokens["id_token"], f"{head}.{body}.", f"{none}.{body}.", f"{head}.{body}.{sign[:-2]}", "..", "." * 4000, f"{head}.{body}.{sign}.x"):
        assert fault_of(reader.userinfo(other), 401) == "invalid_token", other
        assert about(reader, other) == {"active": False}
    with pytest.raises(BadSignatureError):
        read(reader, f"{head}.{body}.{sign[:20]}{'A' if sign[20] != 'A' else 'B'}{sign[21:]}")
    assert reader.userinfo("x" * 5000).status_code in (400, 401)


# --- who reads ---

def test_a_reader_asks_about_what_is_for_it(register, campus, inside):
    client = register("mailer", "--audience", "imap other", "--scopes", "mail")
    imap, other = register("imap", "--resource-server", claims="preferred_username"), register("other-reader", "--resource-server")
    plain = register("no-reader")
    token = client.redeem(client.code(inside.browser, scope="openid mail")).json()["access_token"]
    told = about(imap, token)
    assert told["active"] and told["aud"] == "imap" and told["scope"] == "openid mail" and told["client_id"] == client.client_id
    assert told["username"] == campus.person(role="student").user
    assert told["sub"] != about(client, token)["sub"], "each knows the person under its own name"
    for stranger in (other, plain):
        assert about(stranger, token) == {"active": False}
    elsewhere = client.redeem(client.code(inside.browser, scope="openid mail", resource="other")).json()["access_token"]
    assert about(imap, elsewhere) == {"active": False} and about(client, elsewhere)["aud"] == "other"
    narrowed = client.redeem(client.code(inside.browser, scope="openid", resource="other"), resource="imap").json()["access_token"]
    assert about(imap, narrowed)["active"]
    assert client.answer_of(client.authorize(inside.browser, resource="moodle"))["error"] == "invalid_target"


def test_a_reader_that_is_not_for_everybody(register, campus):
    client, closed = register("closed-mailer", "--audience", "closed-imap"), register("closed-imap", "--resource-server", "--groups", "managers")
    door = signed_in(campus, campus.person(role="student"))
    token = client.redeem(client.code(door.browser)).json()["access_token"]
    assert about(closed, token) == {"active": False} and about(client, token)["active"]


def test_tokens_for_a_reader_end_with_the_session(register, campus):
    client, imap = register("short-mailer", "--audience", "short-imap"), register("short-imap", "--resource-server")
    door = signed_in(campus, campus.person(role="employee"))
    token = client.redeem(client.code(door.browser)).json()["access_token"]
    assert about(imap, token)["active"]
    assert door.log_out().status_code == 200
    assert about(imap, token) == {"active": False}


# --- what an operator may say ---

@pytest.mark.parametrize("options, words", [
    (("--public", "--client-credentials"), "can keep no secret"), (("--public", "--resource-server"), "can keep no secret"),
    (("--redirect-uri", CALLBACK, "--scopes", "openid"), "a scope has"), (("--redirect-uri", CALLBACK, "--scopes", "x" * 65), "of up to 64 bytes each"),
    (("--redirect-uri", CALLBACK, "--scopes", 'a"b'), "a scope has"), (("--redirect-uri", CALLBACK, "--audience", "ä"), "an audience is"),
    (("--redirect-uri", CALLBACK, "--access-token", "saml"), "takes opaque or jwt"), ((), "takes --redirect-uri"),
    (("--redirect-uri", CALLBACK, "--audience", "a b c d e f g h i"), "up to 8 names"),
])
def test_what_cannot_be_registered(register, options, words):
    done = register.ctl("service", "add", "machine-wrong", "--label", "Wrong", *options, "--break-glass", "--reason", "a test")
    assert done.returncode in (1, 2) and words in done.stderr, done


def test_what_is_shown_of_it(register, robot):
    added = register.ctl.json("service", "add", "bare-reader", "--label", "Reader", "--resource-server", "--break-glass", "--reason", "a test")
    register.names.append("bare-reader")
    assert added["client_secret"]
    shown = register.ctl("service", "show", "robot").stdout
    for words in ("yes, by client_credentials", "https://api.example.edu/", "jobs.write", "opaque"):
        assert words in shown, shown
    assert "about tokens that are for it" in register.ctl("service", "show", "bare-reader").stdout
    assert robot.machine.get("/.well-known/openid-configuration").json()["grant_types_supported"] == \
        ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]
