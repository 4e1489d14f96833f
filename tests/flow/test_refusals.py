"""What services and strangers ask in vain: each is an event of the audit, with its reason and, where a machine asked, its address; a flood hides nothing of
another's, and what is too much is counted."""
import json
import signal
import threading
import time

import pytest
from cryptography.hazmat.primitives import serialization

from campus.client import until
from door import JSON
from provider import Provider, make_key
from relying import CALLBACK, REASON, fault_of, register, signed_in      # pylint: disable=unused-import
from saml_raw import SIG, Raw, form, instant, redirect, wrapped
from test_oidc_assertion import MACHINE, TYPE, Signing, b64, by_public_key, jwk_of, key_of
from test_saml import NO_DOCUMENTS, registered

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def near(register):
    return register("near", "--device")


@pytest.fixture(scope="module")
def far(register):
    return register("far")


@pytest.fixture(scope="module")
def inside(campus):
    """Somebody whose session the tests of other modules do not use."""
    return signed_in(campus, campus.person(role="employee"))


def records(register, n=400):
    return register.ctl.rows("audit", "tail", str(n))


def code_after_the_end(campus, near):
    door = signed_in(campus, campus.person(role="student"))
    code = near.code(door.browser)
    assert door.log_out().status_code == 200
    return near.redeem(code)


def wrong_verifier(near, door):
    code = near.code(door.browser)
    return near.redeem(code, code_verifier="x" * 43)


def replayed(near, door):
    code = near.code(door.browser)
    assert near.redeem(code).status_code == 200
    return near.redeem(code)


def redirected(near, door, **more):
    answer = near.authorize(door.browser, **more)
    assert "error" in near.answer_of(answer)
    return answer


def unsigned(near):
    head, claims = b64({"alg": "none"}), b64({"iss": near.client_id, "sub": near.client_id, "aud": near.campus.portal, "exp": 9999999999, "jti": "x"})
    return near.machine.post("/oidc/token", data={"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": f"{head}.{claims}."})


def cas(door, address):
    return door.browser.get("/cas/login", params={"service": address}, headers=JSON)


def test_each_bad_input_is_an_event(campus, register, near, far, inside):
    """The list of what nobody may: one look at the audit for all of it."""
    register.add("cas-near", "--cas", "--service-url", "https://near.example.edu/app")
    shut, browser = register("shut", "--groups", "managers"), inside.browser
    token = near.redeem(near.code(browser)).json()["access_token"]
    guess = near.machine.post("/oidc/token", data={"grant_type": "client_credentials"}, auth=(near.client_id, "guessed"))
    rows = [    # what came, the event, of which service, what stands in its reason; None: it does not matter
        (near.authorize(browser, JSON, redirect_uri=CALLBACK + "/"), "service_refused", "near", "redirect"),
        (near.authorize(browser, JSON, client_id="nobody"), "service_refused", None, "service_not_registered"),
        (shut.authorize(browser, JSON), "service_refused", "shut", None),
        (redirected(near, inside, code_challenge_method="plain"), "service_refused", "near", "S256"),
        (redirected(near, inside, code_challenge=None), "service_refused", "near", "code_challenge"),
        (near.post("/oidc/par", near.request(redirect_uri="https://evil.example.org/")), "service_refused", "near", "redirect_uri is not registered"),
        (replayed(near, inside), "grant_replayed", "near", "a code"),
        (far.redeem(near.code(browser), code_verifier=near.verifier), "service_refused", "far", None),
        (near.redeem(near.code(browser), code_verifier=None), "service_refused", "near", "code_verifier is missing"),
        (wrong_verifier(near, inside), "service_refused", "near", None),
        (code_after_the_end(campus, near), "service_refused", "near", "the session has ended"),
        (guess, "client_refused", "near", "secret"),
        (unsigned(near), "client_refused", None, None),
        (far.post("/oidc/introspect", {"token": token}), "service_refused", "far", "another service's"),
        (far.post("/oidc/revoke", {"token": token}), "service_refused", "far", "another service's"),
        (near.userinfo("A" * 43), "service_refused", None, "the access token is not valid"),
        (near.post("/oidc/token", {"grant_type": GRANT, "device_code": "A" * 43}), "service_refused", "near", "the device code is not valid"),
        (far.post("/oidc/device", {"scope": "openid"}), "service_refused", "far", None),
        (cas(inside, "https://near.example.edu/apq"), "service_refused", None, None),
        (near.machine.get("/cas/serviceValidate", params={"service": "https://near.example.edu/app", "ticket": "ST-" + "A" * 43}),
         "service_refused", None, None),
    ]
    assert near.userinfo(token).status_code == 200, "whoever asks of another's token ends nothing"
    each_is_recorded(register, rows)


def test_each_bad_request_of_saml_is_an_event(campus, register, inside, tmp_path):
    signed, bare = (registered(campus, register.ctl, tmp_path, name, authn_requests_signed=name == "sealed") for name in ("sealed", "bare"))
    stranger, _ = make_key(tmp_path, "stranger")
    shapes, twice = wrapped("AuthnRequest"), str(Raw(bare))
    assert redirect(inside.browser, twice, JSON).status_code == 200
    by_form = [(shape(Raw(signed).signed()), None, "shape") for shape in shapes.values()]
    by_form += [(Raw(signed).signed(stranger), "sealed", "signature"), (Raw(signed).signed(method=SIG + "rsa-sha1"), "sealed", "algorithm"),
                (str(Raw(signed)), "sealed", "not signed")]
    by_query = [(str(Raw(bare, destination=' Destination="https://other.example.edu/saml/sso"')), "bare", "destination"),
                (str(Raw(bare, issued=instant(-4))), "bare", "old"), (str(Raw(bare, issuer="https://nobody.example.edu/saml")), None, "service_not_registered"),
                (str(Raw(bare, issuer="https://bare.example.edu/saml<!-- -->.evil.example.org")), None, "comment"),
                (str(Raw(bare, attributes=' AssertionConsumerServiceURL="https://evil.example.org/acs"')), "bare", "consumer"),
                *((document, None, None) for document in NO_DOCUMENTS.values())]
    browser, rows = campus.browser(), [(redirect(inside.browser, twice, JSON), "service_refused", "bare", "replayed")]
    for send, asked in ((lambda text: Provider.post(browser, form(text), JSON), by_form), (lambda text: redirect(browser, text, JSON), by_query)):
        for text, *wanted in asked:
            rows.append((send(text), "service_refused", *wanted))
            time.sleep(0.2)         # no more in a second than are recorded of strangers
    each_is_recorded(register, rows)
    for name in ("sealed", "bare"):
        assert register.ctl("service", "remove", name, *REASON).returncode == 0


def test_each_that_front_cannot_read_is_an_event(campus, register, near):
    """Of which nothing else comes to the authority."""
    browser, machine = campus.browser(), near.machine
    assert near.authorize(browser).status_code == 303     # so that it is remembered by its client_id
    asks = [
        ("near", "malformed", lambda: browser.get(f"/oidc/authorize?client_id={near.client_id}&scope=a&scope=b", headers=JSON)),
        ("near", "malformed", lambda: browser.get(f"/oidc/authorize?client_id={near.client_id}&state=%0a", headers=JSON)),
        (None, "malformed", lambda: browser.get("/oidc/authorize?state=%00", headers=JSON)),
        ("near", "too_large", lambda: browser.get(f"/oidc/authorize?client_id={near.client_id}&state={'x' * 4097}", headers=JSON)),
        ("near", "malformed", lambda: machine.post("/oidc/token", data={"client_id": near.client_id, "scope": ["a", "b"]})),
        (None, "credentials", lambda: machine.post("/oidc/token", data={"grant_type": "x"}, headers={"Authorization": "Basic !!!"})),
        (None, "malformed", lambda: browser.get("/cas/login?service=a&service=b", headers=JSON)),
        (None, "malformed", lambda: machine.get("/cas/serviceValidate?ticket=a&ticket=b")),
        (None, "malformed", lambda: browser.get("/saml/sso?SAMLRequest=a&SAMLRequest=b", headers=JSON)),
    ]
    bare, rows = machine.get("/oidc/userinfo"), []
    for service, reason, send in asks:
        rows.append((send(), "service_refused", service, reason))
        time.sleep(0.2)         # no more in a second than are recorded of strangers
    each_is_recorded(register, rows)
    found = records(register)
    assert {record["door"] for record in found if record.get("reason") == "malformed"} == {"oidc", "cas", "saml"}
    assert bare.status_code == 401 and bare.json()["trace"] not in {record.get("trace") for record in found}, "who shows no token is told to"


def test_each_bad_assertion_is_an_event(campus, register, tmp_path):
    (tmp_path / "keys").write_text(json.dumps({"keys": [jwk_of(alg, alg) for alg in ("ES256", "RS256")]}), encoding="utf-8")
    sworn = Signing(campus, register("sworn", *MACHINE, "--jwks", str(tmp_path / "keys")).client_id, None)
    now = int(time.time())
    seen = sworn.assertion(iat=now + 25)        # also where the store is a new one since a moment: what is older may have been shown before
    assert sworn.own(seen).status_code == 200
    bad = [(seen, "used before"), (sworn.assertion(exp=now - 60), "exp"), (sworn.assertion(exp=now + 3600), "exp is too far"),
           (sworn.assertion(iat=now + 300, exp=now + 360), "iat or nbf"), (sworn.assertion(nbf=now + 300, exp=now + 360), "iat or nbf"),
           (by_public_key(sworn, serialization.Encoding.PEM), "signature"), (sworn.assertion("ES256", header={"kid": "RS256"}), "signature"),
           (sworn.assertion("ES256", key=key_of.__wrapped__("ES256")), "signature"), (sworn.assertion(aud="https://other.example.edu/"), "aud"),
           (sworn.assertion(jti=None), "jti")]
    each_is_recorded(register, [(sworn.own(text), "client_refused", "sworn", f"assertion: {why}") for text, why in bad])


def each_is_recorded(register, rows):
    missing = None

    def all_there():
        nonlocal missing
        found = records(register)
        missing = [(answer.status_code, answer.text[:200], *wanted) for answer, *wanted in rows if not any(fits(record, answer, *wanted) for record in found)]
        return not missing
    try:
        until(all_there, "each is recorded", 20)
    finally:
        assert not missing, "\n".join(map(str, missing))
    bare = [record for record in records(register) if record["event"] in ("client_refused", "service_refused") and "address" not in record]
    assert not bare, bare


def fits(record, answer, event, service, reason):
    body = answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else {}
    return (record["event"] == event and service in (None, record.get("object")) and (reason or "") in record.get("reason", "")
            and ("trace" not in body or record["trace"] == body["trace"]))


def test_what_machines_ask_without_fault_is_none(register, inside):
    """A token that is over, at its own service; a device that asks whether somebody has decided."""
    own = register("faultless", "--device")
    first = own.redeem(own.code(inside.browser)).json()["access_token"]
    assert own.post("/oidc/revoke", {"token": first}).status_code == 200
    for _ in range(3):
        assert own.post("/oidc/introspect", {"token": first}).json() == {"active": False}
    given = own.post("/oidc/device", {"scope": "openid"}).json()
    assert {fault_of(own.post("/oidc/token", {"grant_type": GRANT, "device_code": given["device_code"]})) for _ in range(3)} == {"authorization_pending", "slow_down"}
    assert own.authorize(inside.browser, prompt="none").status_code == 303
    assert not [record for record in records(register) if record.get("object") == "faultless" and record["event"].endswith("_refused")]


class Flood:
    """Somebody who asks in vain as fast as it goes."""

    def __init__(self, campus):
        self.campus, self.over, self.n = campus, threading.Event(), 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        until(lambda: self.n > 20, "the flood flows", 20)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(20)

    def _run(self):
        browser = self.campus.browser()
        while not self.over.is_set():
            assert browser.get("/oidc/authorize?client_id=flood", headers=JSON).status_code == 400
            self.n += 1


def test_a_flood_hides_nothing_of_another(campus, register, near, inside):
    """Each event is recorded, or counted in one that says how many were not; the flood itself is mostly counted."""
    last = register("last")
    codes = [near.code(inside.browser) for _ in range(8)]
    before = len([record for record in records(register, 1000) if record["event"] == "service_refused" and record.get("object") == "last"])
    with Flood(campus) as flood:
        for code in codes:
            assert fault_of(last.redeem(code, code_verifier="x" * 43)) == "invalid_grant"
        for _ in range(8):
            answer = last.machine.post("/oidc/token", data={"grant_type": "client_credentials"}, auth=(last.client_id, "guessed"))
            assert fault_of(answer, 401) == "invalid_client"
    pid = campus.pid("spom-authority")
    campus.signal("spom-authority", signal.SIGTERM)     # it says at its end what it would say within a minute
    campus.wait_back("spom-authority", pid)
    found = []

    def told():
        found[:] = records(register, 1000)
        return [record for record in found if record["event"] == "refusals_untold"]
    until(told, "the rest is counted", 15)
    of_last = [record["event"] for record in found if record.get("object") == "last"]
    assert of_last.count("service_refused") - before == 8 and of_last.count("client_refused") == 8, of_last
    of_flood = [record for record in found if record.get("reason") == "service_not_registered"]
    count = sum(int(record["reason"]) for record in told())
    assert count + len(of_flood) >= flood.n, (count, len(of_flood), flood.n)
