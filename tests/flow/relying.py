"""relying.py - a relying party as its specifications have it: a browser's way to a code, and the endpoints for machines."""
import base64
import hashlib
import json
import re
import secrets
import subprocess
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from authlib.jose import JsonWebKey, JsonWebToken

from campus.layout import ROOT
from ctl import Ctl
from door import JSON, Door

HTML = {"Accept": "text/html", "Accept-Language": "en"}
CALLBACK = "https://moodle.example.edu/callback"
CJOSE = ROOT / "build/bin/cjosetool"
REASON = ("--break-glass", "--reason", "a test")
CLAIMS = "name preferred_username email groups locale given_name"


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def opened(token, alg, keys, **options):
    """The claims of a token, as two libraries have verified them: authlib, and but for EdDSA, which it does not know, cjose."""
    claims = JsonWebToken([alg]).decode(token, keys, **options)
    if alg != "EdDSA":
        key = keys.find_by_kid(claims.header["kid"]) if hasattr(keys, "find_by_kid") else keys
        assert by_cjose(token, alg, key.as_json(is_private=False)) == dict(claims)
    return claims


def by_cjose(token, alg, jwk):
    if not CJOSE.exists():          # `make flow` has made it
        subprocess.run(["make", "-s", "-C", ROOT, CJOSE.relative_to(ROOT)], check=True)
    done = subprocess.run([CJOSE, alg], input=f"{jwk}\n{token}\n", text=True, capture_output=True, timeout=10, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Relying:
    """A registered client; secret None: a public one."""

    def __init__(self, campus, client_id, secret, redirect_uri=CALLBACK):
        self.campus, self.client_id, self.secret, self.redirect_uri = campus, client_id, secret, redirect_uri
        self.machine = campus.browser()         # no cookie ever
        self.verifier = self.state = self.nonce = None

    # --- by way of the browser ---

    def request(self, scope="openid profile email groups", **more):
        """The parameters of an authentication request (Core 3.1.2.1); None takes one away."""
        self.verifier, self.state, self.nonce = (secrets.token_urlsafe(32) for _ in range(3))
        whole = {"client_id": self.client_id, "redirect_uri": self.redirect_uri, "response_type": "code", "scope": scope,
                 "state": self.state, "nonce": self.nonce, "code_challenge": s256(self.verifier), "code_challenge_method": "S256"}
        return {name: value for name, value in (whole | more).items() if value is not None}

    def authorize(self, browser, accept=None, **more):
        """The answer of the authorization endpoint."""
        return browser.get("/oidc/authorize?" + urlencode(self.request(**more), quote_via=quote), headers=accept or HTML)

    def answer_of(self, answer):
        """What the client is told by a redirect (303), or by a page that goes on by itself."""
        to = answer.headers.get("Location") or answer.headers["Refresh"].removeprefix("0;url=")
        parts = urlsplit(to)
        assert to.startswith(self.redirect_uri), to
        told = dict(parse_qsl(parts.query or parts.fragment, strict_parsing=True))
        assert told["iss"] == self.campus.portal and told.get("state") == self.state
        return told

    def code(self, browser, **more):
        return self.answer_of(self.authorize(browser, **more))["code"]

    # --- for machines ---

    def post(self, path, fields, auth="basic"):
        fields = {name: value for name, value in fields.items() if value is not None}
        if auth == "post":
            fields |= {"client_id": self.client_id, "client_secret": self.secret}
        if auth == "none":
            fields |= {"client_id": self.client_id}
        basic = (self.client_id, self.secret) if auth == "basic" else None
        return self.machine.post(path, data=fields, auth=basic)

    def redeem(self, given, /, auth=None, **more):
        fields = {"grant_type": "authorization_code", "code": given, "redirect_uri": self.redirect_uri,
                  "code_verifier": self.verifier}
        return self.post("/oidc/token", fields | more, auth or ("basic" if self.secret else "none"))

    def refresh(self, token, /, auth=None, **more):
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        return self.post("/oidc/token", fields | more, auth or ("basic" if self.secret else "none"))

    def userinfo(self, token, method="GET"):
        return self.machine.request(method, "/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})

    def keys(self):
        return JsonWebKey.import_key_set(self.machine.get("/oidc/jwks").json())

    def claims(self, token, alg="RS256", key=None):
        """Verified by others' code (Core 3.1.3.7); without a nonce that was sent there is none (12.2)."""
        claims = opened(token, alg, key or self.keys(), claims_options={
            "iss": {"essential": True, "value": self.campus.portal}, "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": self.nonce is not None, "value": self.nonce}, "sub": {"essential": True}, "exp": {"essential": True}})
        claims.validate()
        return claims


class Registry:
    """Clients that a test registers, as long as it lasts."""

    def __init__(self, campus):
        self.campus, self.ctl, self.names = campus, Ctl(campus), []

    def add(self, name, *options, label=None, claims=CLAIMS):
        added = self.ctl.json("service", "add", name, "--label", label or name.capitalize(), "--claims", claims, *options, *REASON)
        self.names.append(name)
        return added

    def __call__(self, name, *options, uri=CALLBACK, label=None, claims=CLAIMS):
        added = self.add(name, "--redirect-uri", uri, *options, label=label, claims=claims)
        return Relying(self.campus, added["client_id"], added.get("client_secret"), uri.split()[0])

    def remove(self, name):
        assert self.ctl("service", "remove", name, *REASON).returncode == 0
        self.names.remove(name)

    def close(self):
        for name in self.names:
            self.ctl("service", "remove", name, *REASON)
        self.ctl.close()


def not_framed(page):
    """Whether no site may show a page of ours within its own."""
    policy = page.headers["Content-Security-Policy"]
    return page.status_code == 200 and page.headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in policy


def fault_of(answer, status=400):
    """The error code of a refusal (RFC 6749 section 5.2)."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    body = answer.json()
    assert re.fullmatch(r"[\w-]{11}", body["trace"]) and "no-store" in answer.headers["Cache-Control"]
    return body["error"]


def signed_in(campus, person):
    door = Door(campus)
    answer = door.sign_in(person)
    assert answer.json().get("done"), answer.text
    return door


@pytest.fixture(scope="module")
def register(campus):
    """register(name, options...): a registered client; it is taken away in the end."""
    registry = Registry(campus)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def moodle(register):
    return register("moodle")


@pytest.fixture(scope="module")
def inside(campus):
    return signed_in(campus, campus.person(role="student"))


__all__ = ["CALLBACK", "CLAIMS", "HTML", "JSON", "REASON", "Door", "Registry", "Relying", "by_cjose", "fault_of", "inside", "moodle", "opened", "register", "s256", "signed_in"]
