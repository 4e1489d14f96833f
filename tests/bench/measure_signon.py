"""measure_signon.py - sign-ons at services with a live session, by each protocol; and the same with ten thousand services registered."""
import base64
import json
import os
import re
import subprocess
import time
import zlib
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

from campus.clients import CLAIMS
from campus.layout import BIN
from ctl import Ctl
from relying import REASON, s256
from rows import Row, beside, ratio_of, row_of

AT_ONCE = 8
TOKENS = 50
MANY = 10_000                   # services
NOTICED_S = 11                  # when an authority has read its registry again
REQUESTS_A_SECOND = 3000        # of SAML, each of them good for once: more than there will be
CALLBACK, WIKI, ENTITY = "https://bench.example.edu/callback", "https://wiki.bench.example.edu/", "https://saml.bench.example.edu/"
VERIFIER = "v" * 43
METADATA = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY}">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{ENTITY}acs" index="0"/>
  </SPSSODescriptor>
</EntityDescriptor>
"""
# What OpenSSL's speed calls the algorithm, and how many signatures a second are the goal.
ALGORITHMS = {"ES256": ("ecdsap256", 2000), "EdDSA": ("ed25519", 2000), "RS256": ("rsa2048", 1200)}


def signon(ground):
    clients = _register(ground)
    few = {row.name: row for row in _all(ground, clients)}
    yield from few.values()
    began_s = time.monotonic()
    _register_many(ground)
    yield Row("signon.registered", f"{MANY:,} services more, registered in", time.monotonic() - began_s, "s")
    seconds = _list(ground)
    yield Row("signon.listed", "  and listed by spomctl in", seconds, "s", goal="3 s", reached=seconds <= 3)
    time.sleep(NOTICED_S)
    for row in _all(ground, clients):
        if row.goal:
            ratio = ratio_of(row.value, few[row.name].value) or 0
            yield Row(f"{row.name}.many", f"  {row.what.split(':')[0]}: with {MANY:,} services it is", ratio, "of it", goal="0.9",
                      reached=ratio >= 0.9, failed=row.failed)


def _all(ground, clients):
    for alg, (name, goal) in ALGORITHMS.items():
        seconds = max(1, int(ground.seconds / 2))
        limit, figure = beside(lambda: _signatures(name, seconds), lambda: _run(ground, ["-"], *_code_flow(clients[alg])))
        yield row_of(f"signon.{alg}.limit", f"limit: signatures with {alg} by OpenSSL, on all processors", limit)
        yield row_of(f"signon.{alg}", f"OpenID Connect, {alg}: code and tokens, {AT_ONCE} at once", figure, limit, goal=f"{goal:,}/s",
                     reached=figure["rate"] >= goal)
    for name, what, requests, goal, run in (
            ("introspect", "introspection", 1, 15000,
             lambda: _run(ground, _tokens(ground, clients["ES256"]), _introspection(clients["ES256"]))),
            ("saml", "SAML: request and answer", 1, 1000, lambda: _run(ground, _saml_requests(ground), SAML)),
            ("cas", "CAS: ticket and validation", 2, 4000, lambda: _run(ground, ["-"], *_cas()))):
        limit, figure = beside(lambda n=requests: _nothing(ground, n), run)
        yield row_of(f"signon.{name}.limit", f"limit: {requests} through nginx to an upstream that answers at once", limit)
        yield row_of(f"signon.{name}", f"{what}, {AT_ONCE} at once", figure, limit, goal=f"{goal:,}/s", reached=figure["rate"] >= goal)


# --- services ---

def _register(ground):
    """Secrets of the clients, by their algorithm."""
    ctl, clients = Ctl(ground.campus), {}
    metadata = ground.campus.dir / "bench-saml.xml"
    metadata.write_text(METADATA)
    kinds = {alg: ("--redirect-uri", CALLBACK, "--alg", alg) for alg in ALGORITHMS}
    kinds |= {"cas": ("--cas", "--service-url", WIKI), "saml": ("--saml-metadata", str(metadata))}
    for kind, options in kinds.items():
        name = f"bench-{kind.lower()}"
        ctl("service", "remove", name, *REASON)         # of a run before
        done = ctl("--json", "service", "add", name, "--label", name, "--claims", CLAIMS, *options, *REASON)
        if done.returncode != 0:
            raise SystemExit(f"spomctl: {done.stderr}")
        clients[kind] = json.loads(done.stdout)
    ctl.close()
    return clients


def _register_many(ground):
    """Sealed below ou=spom as the campus's own are."""
    ldap = ground.campus.json["ldap"]
    lines = (f"many-{number}\tMany {number}\tmany-{number}\t-\t{CLAIMS}\thttps://many{number}.example.edu/callback\thttps://many.example.edu/\n"
             for number in range(MANY))
    done = subprocess.run([BIN / "seedtool", "services", str(ground.campus.dir / "secrets" / "master"), "ou=spom," + ldap["base"]],
                          input="".join(lines), capture_output=True, text=True, check=True)
    entries = done.stdout.split("\n\n", 1)[1]           # its folder is there
    subprocess.run(["ldapadd", "-x", "-c", "-H", ldap["uri"], "-D", ldap["admin_dn"], "-w", ldap["admin_password"]], input=entries, text=True,
                   capture_output=True, check=False)    # those of a run before are there, too


def _list(ground):
    """The seconds that it takes."""
    ctl, began_s = Ctl(ground.campus), time.monotonic()
    assert len(ctl.rows("service", "list")) >= MANY
    seconds = time.monotonic() - began_s
    ctl.close()
    return seconds


# --- what is asked ---

def _nothing(ground, requests):
    """As many requests one behind the other, to an upstream that does nothing."""
    (ground.edge.dir / "www" / "page").write_text("x" * 500)
    step = (_get("/page", cookie=False), "", "200", "")
    return _run(ground, ["-"], *[step] * requests, seconds=max(1, ground.seconds / 2), port=ground.edge.limit)


def _run(ground, rows, *steps, seconds=None, port=None):
    cookies = ground.cookies("signon", [session.portal_cookie for session in ground.some()])
    path = ground.campus.dir / "bench-signon.rows"
    path.write_text("\n".join(rows) + "\n")
    port = port or ground.campus.portal.rsplit(":", 1)[1]
    return ground.run("steps", port, AT_ONCE, seconds or ground.seconds, cookies, path, *(part for step in steps for part in step))


def _escaped(text):
    return text.replace("%", "%%")


def _get(path, cookie=True):
    return f"GET {path} HTTP/1.1\r\nAccept: text/html" + ("\r\nCookie: %c" if cookie else "")


def _post(path, client):
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    return f"POST {path} HTTP/1.1\r\nAuthorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded"


SAML = (_get("/saml/sso?SAMLRequest=%r"), "", "200", 'name="SAMLResponse" value="')


def _code_flow(client):
    asked = {"client_id": client["client_id"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid profile email",
             "state": "s", "nonce": "n", "code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}
    body = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return ((_get("/oidc/authorize?" + _escaped(urlencode(asked, quote_via=quote))), "", "303", "code="),
            (_post("/oidc/token", client), _escaped(urlencode(body, quote_via=quote)) + "&code=%v", "200", '"id_token":"'))


def _cas():
    service = _escaped(quote(WIKI, safe=""))
    return ((_get("/cas/login?service=" + service), "", "303", "ticket="),
            (_get(f"/cas/p3/serviceValidate?service={service}&ticket=%v", cookie=False), "", "200", "<cas:authenticationSuccess>"))


def _introspection(client):
    return _post("/oidc/introspect", client), "token=%r", "200", '"active":true'


def _tokens(ground, client):
    """Access tokens of as many people."""
    browser, tokens = ground.campus.browser(), []
    authorize, _ = _code_flow(client)
    path = authorize[0].split(" ")[1].replace("%%", "%")
    for session in ground.some(TOKENS):
        to = browser.get(path, headers={"Cookie": session.portal_cookie, "Accept": "text/html"}, allow_redirects=False).headers["Location"]
        fields = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
                  "code": re.search("code=([^&]*)", to)[1]}
        answer = browser.post("/oidc/token", data=fields, auth=(client["client_id"], client["client_secret"]))
        tokens.append(answer.json()["access_token"])
    return tokens


def _saml_requests(ground):
    """Enough of them for each to be shown once."""
    now, requests = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), []
    for number in range(int(REQUESTS_A_SECOND * ground.seconds)):
        text = (f'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
                f'ID="_{time.monotonic_ns()}_{number}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{ENTITY}</saml:Issuer></samlp:AuthnRequest>')
        squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
        requests.append(quote(base64.b64encode(squeeze.compress(text.encode()) + squeeze.flush()), safe=""))
    return requests


def _signatures(name, seconds):
    """How many this machine makes with OpenSSL alone."""
    done = subprocess.run(["openssl", "speed", "-seconds", str(seconds), "-multi", str(os.cpu_count()), name], capture_output=True, text=True,
                          check=True)
    rate = float(done.stdout.strip().rsplit("\n", 1)[-1].split()[-2])
    return {"rate": rate, "p50_ms": 0, "p99_ms": 0, "failed": 0}
