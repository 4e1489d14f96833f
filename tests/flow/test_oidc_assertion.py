"""Clients that sign who they are (private_key_jwt: OpenID Connect Core 9, RFC 7521, RFC 7523): what counts, and what does not."""
import base64
import functools
import hashlib
import hmac
import json
import secrets
import time
import zlib

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from relying import CALLBACK, REASON, Relying, fault_of, inside, register       # pylint: disable=unused-import
from test_hostile_store import Store

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGS = ("RS256", "PS256", "ES256", "EdDSA")
OWN = {"grant_type": "client_credentials"}
MACHINE = ("--client-credentials", "--scopes", "jobs.read")


def b64(value):
    value = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


@functools.cache
def key_of(alg, nth=0):
    """Keys are made once: RSA takes its time."""
    if alg in ("RS256", "PS256"):
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else ed25519.Ed25519PrivateKey.generate()


def jwk_of(of, kid=None, **more):
    public = key_of(of).public_key()
    if of in ("RS256", "PS256"):
        numbers = public.public_numbers()
        jwk = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    elif of == "ES256":
        numbers = public.public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
    else:
        jwk = {"kty": "OKP", "crv": "Ed25519",
               "x": b64(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))}
    return jwk | ({"alg": "PS256"} if of == "PS256" else {}) | ({"kid": kid} if kid else {}) | more


def sign(alg, octets, key=None):
    key = key or key_of(alg)
    if alg == "RS256":
        return key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
    if alg == "PS256":
        return key.sign(octets, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if alg == "EdDSA":
        return key.sign(octets)
    r, s = utils.decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Signing(Relying):
    """A client with a key of each algorithm, named as that."""

    def claims(self, token=None, alg="RS256", key=None, **more):
        if token is not None:
            return super().claims(token, alg, key)
        now = int(time.time())
        whole = {"iss": self.client_id, "sub": self.client_id, "aud": self.campus.portal + "/oidc/token", "iat": now, "exp": now + 60,
                 "jti": secrets.token_urlsafe(16)}
        return {name: value for name, value in (whole | more).items() if value is not None}

    def assertion(self, alg="ES256", header=None, key=None, **claims):
        head = {"alg": alg, "kid": alg} | (header or {})
        octets = b64({name: value for name, value in head.items() if value is not None}) + "." + b64(self.claims(**claims))
        return octets + "." + b64(sign(alg, octets.encode(), key))

    def ask(self, path, fields, assertion, **more):
        fields = fields | {"client_assertion_type": TYPE, "client_assertion": assertion} | more
        return self.machine.post(path, data={name: value for name, value in fields.items() if value is not None})

    def own(self, assertion, **more):
        return self.ask("/oidc/token", OWN, assertion, **more)


class Files:
    """Files with keys, for spomctl."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, what):
        path = self.folder / f"{secrets.token_hex(4)}.json"
        path.write_text(what if isinstance(what, str) else json.dumps(what), encoding="utf-8")
        return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def signer(register, files):
    jwks = {"keys": [jwk_of(alg, alg) for alg in ALGS] + [jwk_of("RS256", "mail", use="enc")]}
    plain = register("signer", *MACHINE, "--resource-server", "--device", "--jwks", files(jwks))
    assert plain.secret is None
    return Signing(plain.campus, plain.client_id, None)


# --- what counts ---

@pytest.mark.parametrize("alg", ALGS)
def test_each_algorithm(signer, alg):
    answer = signer.own(signer.assertion(alg))
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == "jobs.read"


GOOD = {
    "the issuer": lambda c: c.assertion(aud=c.campus.portal),
    "both of ours": lambda c: c.assertion(aud=[c.campus.portal, c.campus.portal + "/oidc/token"]),
    "without iat": lambda c: c.assertion(iat=None, exp=int(time.time()) + 620),     # so that it was not made before a store was emptied
    "a fraction of a second": lambda c: c.assertion(exp=time.time() + 60.5),
    "with nbf": lambda c: c.assertion(nbf=int(time.time()) - 5),
    "without kid, the only key of its kind": lambda c: c.assertion(header={"kid": None}),
    "typ JWT": lambda c: c.assertion(header={"typ": "JWT"}),
    "a typ of its own": lambda c: c.assertion(header={"typ": "client-authentication+jwt"}),
    "a key in it, which is of no concern": lambda c: c.assertion(header={"jwk": jwk_of("RS256"), "jku": "https://evil.example/"}),
    "ten minutes": lambda c: c.assertion(exp=int(time.time()) + 600),
    "a clock that is a little ahead": lambda c: c.assertion(iat=int(time.time()) + 20, nbf=int(time.time()) + 20),
    "other claims": lambda c: c.assertion(more={"a": [1, 2, {"b": None}]}),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_what_counts(signer, make):
    answer = signer.own(make(signer))
    assert answer.status_code == 200, answer.text


def test_with_and_without_client_id(signer):
    assert signer.own(signer.assertion(), client_id=signer.client_id).status_code == 200
    assert fault_of(signer.own(signer.assertion(), client_id="demo-web"), 401) == "invalid_client"


ENDPOINTS = {
    "/oidc/par": {"redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", "code_challenge": "a" * 43, "code_challenge_method": "S256"},
    "/oidc/introspect": {"token": "a"}, "/oidc/revoke": {"token": "a"}, "/oidc/device": {"scope": "openid"},
}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_each_endpoint(signer, path):
    """By its own address, or the token endpoint's, and not by another's."""
    for aud in (signer.campus.portal + path, signer.campus.portal + "/oidc/token"):
        answer = signer.ask(path, ENDPOINTS[path], signer.assertion(aud=aud))
        assert answer.status_code in (200, 201), answer.text
    other = "/oidc/revoke" if path != "/oidc/revoke" else "/oidc/par"
    answer = signer.ask(path, ENDPOINTS[path], signer.assertion(aud=signer.campus.portal + other))
    assert fault_of(answer, 401) == "invalid_client"
    assert fault_of(signer.ask(path, ENDPOINTS[path], signer.assertion("ES256", key=key_of.__wrapped__("ES256"))), 401) == "invalid_client"


def test_a_library_that_is_not_ours(signer):
    pem = key_of("RS256").private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    endpoint = signer.campus.portal + "/oidc/token"
    session = OAuth2Session(signer.client_id, pem, token_endpoint_auth_method=PrivateKeyJWT(endpoint, claims={"exp": now(300)}))
    session.trust_env = False           # without that it says an hour, which is longer than one may
    token = session.fetch_token(endpoint, grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["scope"] == "jobs.read"


def test_somebody_signs_in(signer, inside):
    given = signer.code(inside.browser, scope="openid email")
    fields = {"grant_type": "authorization_code", "code": given, "redirect_uri": signer.redirect_uri, "code_verifier": signer.verifier}
    answer = signer.ask("/oidc/token", fields, signer.assertion("PS256"))
    assert answer.status_code == 200, answer.text
    assert signer.claims(answer.json()["id_token"])["sub"]


# --- what does not ---

def resigned(signer, payload, header=None, alg="ES256"):
    """Signed as it is, whatever it is."""
    head = header if isinstance(header, bytes) else {"alg": alg, "kid": alg} | (header or {})
    octets = b64(head) + "." + b64(payload)
    return octets + "." + b64(sign(alg, octets.encode()))


def unsigned(signer):
    return b64({"alg": "none"}) + "." + b64(signer.claims()) + "."


def by_public_key(signer, encoding):
    """The public key as the secret of an HMAC (RFC 8725 section 2.1)."""
    octets = b64({"alg": "HS256", "kid": "RS256"}) + "." + b64(signer.claims())
    public = key_of("RS256").public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    return octets + "." + b64(hmac.digest(public, octets.encode(), hashlib.sha256))


def padded(signer, part):
    """The same bytes with padding, for the part that has some."""
    while True:
        parts = signer.assertion(jti=secrets.token_urlsafe(12), header={"x": "y" * secrets.randbelow(9)}).split(".")
        if part == 2 or len(parts[part]) % 4:
            break
    parts[part] += "=" * (-len(parts[part]) % 4) or "="
    return ".".join(parts)


def stray(signer):
    """The last character of 64 bytes in base64url has four bits that say nothing."""
    whole = signer.assertion()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return whole[:-1] + letters[letters.index(whole[-1]) ^ 1]


def twice(signer, name, **other):
    claims = signer.claims()
    pairs = [json.dumps(claim) + ":" + json.dumps(value) for claim, value in claims.items()]
    return resigned(signer, ("{" + ",".join([json.dumps(name) + ":" + json.dumps(other.get("first", claims[name]))] + pairs) + "}").encode())


def changed(signer):
    head, _, signature = signer.assertion().split(".")
    return f"{head}.{b64(signer.claims())}.{signature}"


def der(signer):
    octets = b64({"alg": "ES256", "kid": "ES256"}) + "." + b64(signer.claims())
    return octets + "." + b64(key_of("ES256").sign(octets.encode(), ec.ECDSA(hashes.SHA256())))


def now(seconds):
    return int(time.time()) + seconds


BAD = {
    "unsigned": unsigned,
    "an empty signature": lambda c: c.assertion().rsplit(".", 1)[0] + ".",
    "none, with a signature": lambda c: resigned(c, c.claims(), {"alg": "none"}),
    "NONE": lambda c: resigned(c, c.claims(), {"alg": "NonE"}),
    "HMAC by the public key's PEM": lambda c: by_public_key(c, serialization.Encoding.PEM),
    "HMAC by the public key's DER": lambda c: by_public_key(c, serialization.Encoding.DER),
    "another's key": lambda c: c.assertion(key=key_of.__wrapped__("ES256")),
    "another's key, in the header": lambda c: c.assertion("EdDSA", header={"jwk": jwk_of("EdDSA")}, key=key_of.__wrapped__("EdDSA")),
    "a kid that is nobody's": lambda c: c.assertion(header={"kid": "other"}),
    "the kid of another key": lambda c: c.assertion(header={"kid": "EdDSA"}),
    "a kid that is empty": lambda c: c.assertion(header={"kid": ""}),
    "a kid that is a number": lambda c: c.assertion(header={"kid": 1}),
    "another algorithm than the key's": lambda c: c.assertion("PS256", header={"kid": "RS256"}, key=key_of("RS256")),
    "RS384": lambda c: resigned(c, c.claims(), {"alg": "RS384", "kid": "RS256"}, "RS256"),
    "no algorithm": lambda c: c.assertion(header={"alg": None}),
    "a signature as DER": der,
    "other claims than those signed": changed,
    "crit": lambda c: c.assertion(header={"crit": ["exp"]}),
    "crit, empty": lambda c: c.assertion(header={"crit": []}),
    "b64": lambda c: c.assertion(header={"b64": True}),
    "a token within": lambda c: resigned(c, c.assertion().encode(), {"cty": "JWT"}),
    "a token within that says nothing of it": lambda c: resigned(c, c.assertion().encode()),
    "compressed": lambda c: resigned(c, zlib.compress(json.dumps(c.claims()).encode())[2:-4], {"zip": "DEF"}),
    "encrypted": lambda c: ".".join((b64({"alg": "RSA-OAEP", "enc": "A256GCM"}), "AAAA", "AAAA", "AAAA", "AAAA")),
    "two parts": lambda c: c.assertion().rsplit(".", 1)[0],
    "four parts": lambda c: c.assertion() + ".AAAA",
    "no token": lambda c: "a",
    "padding in the header": lambda c: padded(c, 0),
    "padding in the claims": lambda c: padded(c, 1),
    "padding in the signature": lambda c: padded(c, 2),
    "stray bits": stray,
    "base64 of another alphabet": lambda c: c.assertion(header={"x": "\u00ff?>~"}).replace("-", "+").replace("_", "/") + "+",
    "a blank": lambda c: c.assertion() + " ",
    "a header twice": lambda c: resigned(c, c.claims(), b'{"alg":"none","alg":"ES256","kid":"ES256"}'),
    "iss twice": lambda c: twice(c, "iss", first="demo-web"),
    "exp twice": lambda c: twice(c, "exp"),
    "claims that are a list": lambda c: resigned(c, [c.claims()]),
    "something behind the claims": lambda c: resigned(c, json.dumps(c.claims()).encode() + b"{}"),
    "no UTF-8": lambda c: resigned(c, json.dumps(c.claims()).encode()[:-1] + b',"a":"\xff"}'),
    "a NUL": lambda c: c.assertion(jti="a\0b"),
    "a deep one": lambda c: resigned(c, json.dumps(c.claims()).encode()[:-1] + b',"a":' + b"[" * 500 + b"]" * 500 + b"}"),
    "a huge jti": lambda c: c.assertion(jti="a" * 2000),
    "a huge iss": lambda c: c.assertion(iss="a" * 2000),
    "many audiences": lambda c: c.assertion(aud=[c.campus.portal] * 50),
    "an object for a jti": lambda c: c.assertion(jti={"a": "b"}),
    "no iss": lambda c: c.assertion(iss=None),
    "no sub": lambda c: c.assertion(sub=None),
    "another's iss": lambda c: c.assertion(iss="demo-web"),
    "another's sub": lambda c: c.assertion(sub="demo-web"),
    "no aud": lambda c: c.assertion(aud=None),
    "an empty list of aud": lambda c: c.assertion(aud=[]),
    "another's aud": lambda c: c.assertion(aud="https://evil.example/oidc/token"),
    "another's aud beside ours": lambda c: c.assertion(aud=[c.campus.portal, "https://evil.example/"]),
    "aud that begins as ours": lambda c: c.assertion(aud=c.campus.portal + ".evil.example"),
    "aud with a slash": lambda c: c.assertion(aud=c.campus.portal + "/"),
    "aud of another endpoint": lambda c: c.assertion(aud=c.campus.portal + "/oidc/introspect"),
    "aud that is a number": lambda c: c.assertion(aud=1),
    "no exp": lambda c: c.assertion(exp=None),
    "exp past": lambda c: c.assertion(exp=now(-31), iat=now(-90)),
    "exp too far": lambda c: c.assertion(exp=now(640)),
    "exp as a text": lambda c: c.assertion(exp=str(now(60))),
    "exp below zero": lambda c: c.assertion(exp=-1),
    "exp beyond all time": lambda c: resigned(c, json.dumps(c.claims()).replace(str(c.claims()["exp"]), "1e300").encode()),
    "iat in the future": lambda c: c.assertion(iat=now(35)),
    "iat as a text": lambda c: c.assertion(iat="now"),
    "nbf in the future": lambda c: c.assertion(nbf=now(35)),
    "no jti": lambda c: c.assertion(jti=None),
    "an empty jti": lambda c: c.assertion(jti=""),
    "what was signed for something else": lambda c: c.assertion(header={"typ": "oauth-authz-req+jwt"}),
    "an access token": lambda c: c.assertion(header={"typ": "at+jwt"}),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_what_does_not_count(signer, make):
    for more in ({}, {"client_id": signer.client_id}):
        assert fault_of(signer.own(make(signer), **more), 401) == "invalid_client"


def test_once(signer):
    one = signer.assertion()
    assert signer.own(one).status_code == 200
    assert fault_of(signer.own(one), 401) == "invalid_client"
    again = signer.assertion("EdDSA", jti=json.loads(base64.urlsafe_b64decode(one.split(".")[1] + "=="))["jti"])
    assert fault_of(signer.own(again), 401) == "invalid_client", "another token of the same jti"
    refused = signer.assertion(jti="used-by-a-bad-one", exp=now(-40))
    assert signer.own(refused).status_code == 401
    assert signer.own(signer.assertion(jti="used-by-a-bad-one")).status_code == 200, "what is refused uses nothing up"


def test_it_is_remembered_for_longer_than_it_is_good(signer, campus):
    """By 30 seconds in which clocks of clients may be off, and what those of two authorities may be: else one of them took it again."""
    store = Store(campus)
    before, end = store.keys("spent"), now(60)
    assert signer.own(signer.assertion(exp=end)).status_code == 200
    key, = store.keys("spent") - before
    lasts_ms = store("PTTL", key)
    assert 30000 + 10000 < lasts_ms - (end - time.time()) * 1000 < 30000 + 15000


def test_the_form(signer):
    assert fault_of(signer.own(signer.assertion(), client_assertion_type=TYPE.replace("jwt", "saml2")), 401) == "invalid_client"
    assert fault_of(signer.own(signer.assertion(), client_assertion_type=None), 401) == "invalid_client"
    assert fault_of(signer.own(None), 401) == "invalid_client"
    both = {"client_assertion_type": TYPE, "client_assertion": signer.assertion()}
    assert fault_of(signer.machine.post("/oidc/token", data=OWN | both, auth=(signer.client_id, "a" * 43))) == "invalid_request"
    assert fault_of(signer.own(signer.assertion(), client_id=signer.client_id, client_secret="a" * 43)) == "invalid_request"
    assert fault_of(signer.own("a" * 5000)) == "invalid_request", "longer than any parameter"


def test_one_way_for_each_client(signer, register):
    """Who has keys has no secret, and who has a secret no keys."""
    for auth in ((signer.client_id, ""), (signer.client_id, "a" * 43)):
        assert fault_of(signer.machine.post("/oidc/token", data=OWN, auth=auth), 401) == "invalid_client"
    assert fault_of(signer.machine.post("/oidc/token", data=OWN | {"client_id": signer.client_id}), 401) == "invalid_client"
    plain = register("has-a-secret", *MACHINE)
    other = Signing(plain.campus, plain.client_id, plain.secret)
    for alg in ("ES256", "RS256"):
        assert fault_of(other.own(other.assertion(alg)), 401) == "invalid_client"


def test_discovery(signer):
    told = signer.machine.get("/.well-known/openid-configuration").json()
    for endpoint in ("token", "introspection", "revocation"):
        assert "private_key_jwt" in told[f"{endpoint}_endpoint_auth_methods_supported"]
        assert told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == list(ALGS)


# --- what is registered ---

def test_what_is_shown(signer, register):
    text = register.ctl("service", "show", "signer").stdout
    assert "signs with   RS256, kid RS256" in text and "EdDSA, kid EdDSA" in text and "kid mail" not in text
    assert len(register.ctl.json("service", "show", "signer")["service"]["keys"]) == 4


KEYS = {
    "no JSON": ("{", "no JSON object"),
    "a key alone": (lambda: jwk_of("ES256"), "no JWK Set"),
    "a set twice": ('{"keys":[],"keys":[]}', "no JSON object"),
    "no key": ({"keys": []}, "none is for signatures"),
    "keys for encryption": (lambda: {"keys": [jwk_of("RS256", use="enc")]}, "none is for signatures"),
    "five": (lambda: {"keys": [jwk_of("EdDSA", str(i)) for i in range(5)]}, "more than four"),
    "one kid for two": (lambda: {"keys": [jwk_of("EdDSA", "a"), jwk_of("ES256", "a")]}, "two keys have one kid"),
    "a private key": (lambda: {"keys": [jwk_of("ES256", d="AAAA")]}, "private key"),
    "a secret": ({"keys": [{"kty": "oct", "k": "AAAA"}]}, "private key"),
    "a short RSA": (lambda: {"keys": [jwk_of("RS256", n=number((1 << 1023) + 1))]}, "RSA with 2048"),
    "a long RSA": (lambda: {"keys": [jwk_of("RS256", n=number((1 << 8191) + 1))]}, "RSA with 2048"),
    "an even modulus": (lambda: {"keys": [jwk_of("RS256", n=number(1 << 2047))]}, "RSA with 2048"),
    "an exponent of 1": (lambda: {"keys": [jwk_of("RS256", e="AQ")]}, "RSA with 2048"),
    "an exponent of 3": (lambda: {"keys": [jwk_of("RS256", e="Aw")]}, "RSA with 2048"),
    "a point that is on no curve": (lambda: {"keys": [jwk_of("ES256", y=b64(b"\1" * 32))]}, "or is none at all"),
    "a short coordinate": (lambda: {"keys": [jwk_of("ES256", x="AAAA")]}, "or is none at all"),
    "another curve": (lambda: {"keys": [jwk_of("ES256", crv="P-384")]}, "P-256"),
    "X25519": (lambda: {"keys": [jwk_of("EdDSA", crv="X25519")]}, "Ed25519"),
    "HS256": (lambda: {"keys": [jwk_of("RS256", alg="HS256")]}, "none of RS256"),
    "ES256 of an RSA key": (lambda: {"keys": [jwk_of("RS256", alg="ES256")]}, "not its own"),
    "padding": (lambda: {"keys": [jwk_of("RS256", e="AQAB=")]}, "RSA with 2048"),
    "an empty kid": (lambda: {"keys": [jwk_of("ES256") | {"kid": ""}]}, "cannot be"),
    "a long kid": (lambda: {"keys": [jwk_of("ES256", "a" * 129)]}, "cannot be"),
}


@pytest.mark.parametrize("what, said", KEYS.values(), ids=KEYS)
def test_keys_that_are_none(register, files, what, said):
    done = register.ctl("service", "add", "bad-keys", "--redirect-uri", CALLBACK, "--label", "Bad", "--jwks",
                        files(what() if callable(what) else what), *REASON)
    assert done.returncode == 1 and said in done.stderr, done.stderr


def test_what_keys_do_not_go_with(register, files):
    path = files({"keys": [jwk_of("ES256")]})
    for options, said in ((("--public", "--redirect-uri", CALLBACK), "no public one"), (("--cas", "--service-url", CALLBACK), "OpenID Connect alone")):
        done = register.ctl("service", "add", "bad-keys", *options, "--label", "Bad", "--jwks", path, *REASON)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    done = register.ctl("service", "add", "bad-keys", "--redirect-uri", CALLBACK, "--label", "Bad", "--jwks", "/nowhere", *REASON)
    assert done.returncode == 2 and "--jwks names a file" in done.stderr
