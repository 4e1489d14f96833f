"""Dynamic registration (RFC 7591, OpenID Connect Registration 1.0): by a token of an operator's, and within its limits."""
import json
import time
from pathlib import Path

import pytest

import wire
from relying import REASON, Relying, fault_of, inside, register       # pylint: disable=unused-import
from test_oidc_assertion import Signing, jwk_of

APP = "https://one.lab.example.edu/callback"
LIMITS = ("--registration", "--service-url", "https://*.lab.example.edu/* http://127.0.0.1/*", "--claims", "email groups name")


class Desk:
    """Whoever has a token, before the endpoint."""

    def __init__(self, campus, token):
        self.campus, self.token, self.machine = campus, token, campus.browser()

    def __call__(self, body=None, token=None, kind="application/json", **metadata):
        """The answer, asked for again where one has asked more often than one may."""
        headers = {"Content-Type": kind, "Authorization": f"Bearer {token or self.token}"}
        body = json.dumps({"redirect_uris": [APP]} | metadata) if body is None else body
        answer = self.machine.post("/oidc/register", data=body, headers=headers)
        while answer.status_code == 429:
            assert answer.headers["Retry-After"]
            time.sleep(0.1)
            answer = self.machine.post("/oidc/register", data=body, headers=headers)
        return answer


@pytest.fixture(scope="module")
def token_of(register):
    """token_of(name, options...): a token, whose clients are taken away in the end."""
    made = []

    def make(name, *options, uses=3, hours=1, limits=LIMITS):
        added = register.ctl.json("service", "add", name, *limits, "--label", "Lab", "--uses", str(uses), "--hours", str(hours), *options, *REASON)
        made.append(name)
        return added["client_secret"]

    yield make
    for row in register.ctl.rows("service", "list"):
        if row["name"].split("-")[0] in made:
            register.ctl("service", "remove", row["name"], *REASON)


@pytest.fixture(scope="module")
def desk(campus, token_of):
    return Desk(campus, token_of("lab", "--refresh", "--groups", "students", uses=12))


def registered(answer):
    assert answer.status_code == 201 and "no-store" in answer.headers["Cache-Control"], answer.text
    return answer.json()


def test_a_client_registers_and_people_sign_in(desk, inside, register):
    before = int(time.time())
    told = registered(desk(client_name="Field notes", logo_uri="https://one.lab.example.edu/logo.png", contacts=["a@example.edu"], scope="openid x"))
    assert before <= told.pop("client_id_issued_at") <= time.time()
    client = Relying(desk.campus, told.pop("client_id"), told.pop("client_secret"), APP)
    assert told == {
        "client_secret_expires_at": 0, "redirect_uris": [APP], "client_name": "Field notes", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"], "response_types": ["code"], "application_type": "web", "subject_type": "pairwise",
        "id_token_signed_response_alg": "RS256"}, "what is not kept is not said"
    answer = client.redeem(client.code(inside.browser, scope="openid email phone offline_access"))
    assert answer.status_code == 200 and client.claims(answer.json()["id_token"])["sub"]
    assert "refresh_token" not in answer.json(), "it has not asked for any"
    claims = client.userinfo(answer.json()["access_token"]).json()
    assert set(claims) == {"sub", "email", "email_verified"} or set(claims) == {"sub", "email"}
    shown = register.ctl("service", "show", "lab-1").stdout
    assert "registered   lab" in shown and "Field notes" in shown and "students" in shown
    event = [row for row in register.ctl.rows("audit", "tail", "50") if row["event"] == "service_registered"][-1]
    assert (event["object"], event["reason"]) == ("lab-1", "lab")


def test_all_that_one_may_say(desk, inside):
    said = {"redirect_uris": [APP, "http://127.0.0.1/callback"], "client_name": "All", "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "application_type": "native", "subject_type": "pairwise",
            "id_token_signed_response_alg": "EdDSA", "default_max_age": 3600, "post_logout_redirect_uris": ["https://one.lab.example.edu/bye"],
            "backchannel_logout_uri": "https://one.lab.example.edu/back", "frontchannel_logout_uri": "https://one.lab.example.edu/front"}
    told = registered(desk(**said))
    assert {name: told[name] for name in said} == said
    client = Relying(desk.campus, told["client_id"], told["client_secret"], APP)
    tokens = client.redeem(client.code(inside.browser, scope="openid offline_access"), auth="post").json()
    assert client.claims(tokens["id_token"], "EdDSA")["sid"] and tokens["refresh_token"]


def test_a_public_one(desk, inside):
    told = registered(desk(token_endpoint_auth_method="none"))
    assert "client_secret" not in told and "client_secret_expires_at" not in told
    client = Relying(desk.campus, told["client_id"], None, APP)
    assert client.redeem(client.code(inside.browser)).status_code == 200


def test_one_that_signs_who_it_is(desk, inside):
    jwks = {"keys": [jwk_of("ES256", "ES256")]}
    told = registered(desk(token_endpoint_auth_method="private_key_jwt", jwks=jwks, token_endpoint_auth_signing_alg="ES256"))
    assert "client_secret" not in told and told["jwks"] == jwks and told["token_endpoint_auth_signing_alg"] == "ES256"
    client = Signing(desk.campus, told["client_id"], None, APP)
    fields = {"grant_type": "authorization_code", "code": client.code(inside.browser), "redirect_uri": APP, "code_verifier": client.verifier}
    assert client.ask("/oidc/token", fields, client.assertion()).status_code == 200


def test_one_that_signs_by_one_algorithm(desk):
    """Beside keys of others: what is signed with those is none of it."""
    jwks = {"keys": [jwk_of("ES256", "ES256"), jwk_of("EdDSA", "EdDSA"), jwk_of("RS256", "RS256")]}
    told = registered(desk(token_endpoint_auth_method="private_key_jwt", jwks=jwks, token_endpoint_auth_signing_alg="EdDSA"))
    assert told["token_endpoint_auth_signing_alg"] == "EdDSA" and told["jwks"] == jwks
    client = Signing(desk.campus, told["client_id"], None, APP)

    def shown(alg):
        return client.ask("/oidc/introspect", {"token": "a"}, client.assertion(alg))
    assert shown("EdDSA").json() == {"active": False}
    for alg in ("ES256", "RS256"):
        assert fault_of(shown(alg), 401) == "invalid_client"
    whole = Signing(desk.campus, registered(desk(token_endpoint_auth_method="private_key_jwt", jwks=jwks))["client_id"], None, APP)
    for alg in ("EdDSA", "ES256"):
        assert whole.ask("/oidc/introspect", {"token": "a"}, whole.assertion(alg)).status_code == 200


URI, METADATA = "invalid_redirect_uri", "invalid_client_metadata"
BAD = {
    "no address": ({"redirect_uris": None}, URI),
    "an empty list": ({"redirect_uris": []}, URI),
    "no list": ({"redirect_uris": APP}, URI),
    "a number": ({"redirect_uris": [1]}, URI),
    "too many": ({"redirect_uris": [f"{APP}/{i}" for i in range(25)]}, URI),
    "another host": ({"redirect_uris": ["https://evil.example/callback"]}, URI),
    "another host beside": ({"redirect_uris": [APP, "https://evil.example/callback"]}, URI),
    "a host that ends so": ({"redirect_uris": ["https://one.lab.example.edu.evil.example/"]}, URI),
    "two labels": ({"redirect_uris": ["https://a.b.lab.example.edu/callback"]}, URI),
    "a user": ({"redirect_uris": ["https://one.lab.example.edu@evil.example/"]}, URI),
    "http": ({"redirect_uris": ["http://one.lab.example.edu/callback"]}, URI),
    "a fragment": ({"redirect_uris": [APP + "#a"]}, URI),
    "a wildcard": ({"redirect_uris": ["https://one.lab.example.edu/*"]}, URI),
    "dots": ({"redirect_uris": ["https://one.lab.example.edu/a/../b"]}, URI),
    "a scheme of its own": ({"redirect_uris": ["edu.example.app:/callback"]}, URI),
    "a sign-out elsewhere": ({"post_logout_redirect_uris": ["https://evil.example/"]}, METADATA),
    "a notice elsewhere": ({"backchannel_logout_uri": "https://169.254.169.254/"}, METADATA),
    "a frame elsewhere": ({"frontchannel_logout_uri": "https://evil.example/"}, METADATA),
    "a notice to a port of ours": ({"backchannel_logout_uri": "http://127.0.0.1/back"}, METADATA),
    "a frame without TLS": ({"frontchannel_logout_uri": "http://127.0.0.1/front"}, METADATA),
    "an unknown method": ({"token_endpoint_auth_method": "tls_client_auth"}, METADATA),
    "keys that are to be fetched": ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://one.lab.example.edu/jwks"}, METADATA),
    "no keys to sign with": ({"token_endpoint_auth_method": "private_key_jwt"}, METADATA),
    "a private key": (lambda: {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk_of("ES256", d="AAAA")]}}, METADATA),
    "keys of another algorithm": (lambda: {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk_of("ES256")]},
                                           "token_endpoint_auth_signing_alg": "RS256"}, METADATA),
    "no algorithm": ({"token_endpoint_auth_signing_alg": "none"}, METADATA),
    "client credentials": ({"grant_types": ["authorization_code", "client_credentials"]}, METADATA),
    "implicit": ({"grant_types": ["implicit"], "response_types": ["token"]}, METADATA),
    "refresh alone": ({"grant_types": ["refresh_token"]}, METADATA),
    "another response": ({"response_types": ["code id_token"]}, METADATA),
    "a name that misleads": ({"client_name": "edu.example\u202egro"}, METADATA),
    "a long name": ({"client_name": "a" * 121}, METADATA),
    "a name of lines": ({"client_name": "a\nb"}, METADATA),
    "another application": ({"application_type": "service"}, METADATA),
    "public subjects": ({"subject_type": "public"}, METADATA),
    "a sector": ({"sector_identifier_uri": "https://one.lab.example.edu/sector"}, METADATA),
    "unsigned ID tokens": ({"id_token_signed_response_alg": "none"}, METADATA),
    "encrypted ones": ({"id_token_encrypted_response_alg": "RSA-OAEP"}, METADATA),
    "signed claims": ({"userinfo_signed_response_alg": "RS256"}, METADATA),
    "request objects": ({"request_uris": ["https://one.lab.example.edu/request"]}, METADATA),
    "an age that is none": ({"default_max_age": -1}, METADATA),
    "a statement": ({"software_statement": "a.b.c"}, "unapproved_software_statement"),
}


@pytest.fixture(scope="module")
def refusing(campus, token_of):
    """One that nothing comes of."""
    return Desk(campus, token_of("refusing", uses=1))


@pytest.mark.parametrize("said, error", BAD.values(), ids=BAD)
def test_what_cannot_be_registered(refusing, said, error):
    answer = refusing(**(said() if callable(said) else said))
    assert fault_of(answer) == error, answer.text


def test_refresh_only_where_the_token_lets(refusing):
    assert fault_of(refusing(grant_types=["authorization_code", "refresh_token"])) == METADATA


def test_what_is_no_json(refusing):
    for body in (b"", b"{", b"[]", b'{"redirect_uris":["%s"],"redirect_uris":[]}' % APP.encode(), b"\xff", b"{}{}"):
        assert fault_of(refusing(body)) == METADATA
    assert fault_of(refusing(kind="text/plain")) == METADATA


def test_only_with_a_token(desk, campus):
    answer = campus.browser().post("/oidc/register", json={"redirect_uris": [APP]})
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer") and "error" not in answer.json()
    for token in ("a", ".", "a.b", desk.token[:-1], desk.token + "a", "." + desk.token, desk.token.split(".")[0] + ".", "demo-web." + desk.token.split(".")[1],
                  "a" * 200):
        answer = desk(token=token)
        assert fault_of(answer, 401) == "invalid_token" and 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_no_more_than_may_be(campus, token_of, register):
    few = Desk(campus, token_of("few", uses=2))
    for _ in range(2):
        registered(few())
    assert fault_of(few(), 401) == "invalid_token"
    assert register.ctl("service", "remove", "few-1", *REASON).returncode == 0
    registered(few())
    assert register.ctl("service", "remove", "few", *REASON).returncode == 0
    assert fault_of(few(), 401) == "invalid_token", "an operator has taken it away"


def test_until_then(campus, register):
    """An operator says hours; here it is some seconds, so the order is written by hand."""
    record = {"name": "late", "protocol": "registration", "label": "Late", "uses": 5, "until": int(time.time() * 1000) + 6000,
              "addresses": [{"uri": "https://*.lab.example.edu/*"}]}
    with wire.Connection(wire.connect(Path(campus.json["sockets"]) / "admin/authority.sock")) as operator:
        name, added = operator.ask("service_add", by={"reason": "a test", "break_glass": 1}, service=record)
    assert name == "service_added", (name, added)
    late = Desk(campus, added["client_secret"])
    try:
        registered(late())
        time.sleep(6)
        assert fault_of(late(), 401) == "invalid_token"
    finally:
        for gone in ("late", "late-1"):
            register.ctl("service", "remove", gone, *REASON)


def test_the_token_is_no_client(desk):
    client_id, secret = desk.token.split(".")
    answer = desk.machine.post("/oidc/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))
    assert fault_of(answer, 401) == "invalid_client"


@pytest.mark.parametrize("options, said", [
    (("--client-id", "mine"), "limits of what may be registered"), (("--redirect-uri", APP), "limits of what may be registered"),
    (("--client-credentials",), "limits of what may be registered"), (("--public",), "limits of what may be registered"), ((), "host"),
])
def test_what_is_no_registration(register, options, said):
    limits = LIMITS if options else ("--registration", "--service-url", "https://*.edu/*")
    done = register.ctl("service", "add", "odd", *limits, "--label", "Odd", "--uses", "1", "--hours", "1", *options, *REASON)
    assert done.returncode == 1 and said in done.stderr, done.stderr


def test_it_says_how_many_and_until_when(register):
    for options in (("--uses", "1"), ("--hours", "1"), ("--uses", "1", "--hours", "9999"), ("--uses", "100", "--hours", "1"), ("--uses", "1", "--hours", "0")):
        done = register.ctl("service", "add", "odd", *LIMITS, "--label", "Odd", *options, *REASON)
        assert done.returncode == 2, done.stderr
    done = register.ctl("service", "add", "odd", "--redirect-uri", APP, "--label", "Odd", "--uses", "1", *REASON)
    assert done.returncode == 1 and "of a registration alone" in done.stderr


def test_discovery(desk):
    assert desk.machine.get("/.well-known/openid-configuration").json()["registration_endpoint"] == desk.campus.portal + "/oidc/register"
