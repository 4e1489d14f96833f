"""saml_raw.py - SAML requests letter by letter, as no library writes them: signed by xmlsec1 and OpenSSL, then taken apart."""
import base64
import subprocess
import zlib
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

SIG = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
NAMESPACES = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'


def instant(minutes=0):
    return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def template(request_id, method=MORE + "rsa-sha256", digest=ENC + "sha256", c14n=EXC, transforms=(SIG + "enveloped-signature", EXC), more=""):
    inside = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in transforms)
    return (f'<ds:Signature xmlns:ds="{SIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{request_id}"><ds:Transforms>{inside}</ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>{more}</ds:Signature>')


class Raw:
    """The parts of a request, each of which may be another one."""

    def __init__(self, provider, **parts):
        self.provider = provider
        self.parts = {"id": "_" + base64.b16encode(datetime.now().isoformat().encode()).decode().lower(), "issued": instant(),
                      "destination": f' Destination="{provider.campus.portal}/saml/sso"', "issuer": provider.entity_id,
                      "attributes": "", "signature": "", "rest": "", "version": "2.0"} | parts

    def __str__(self):
        p = self.parts
        return (f'<samlp:AuthnRequest {NAMESPACES} ID="{p["id"]}" Version="{p["version"]}" IssueInstant="{p["issued"]}"{p["destination"]}'
                f'{p["attributes"]}><saml:Issuer>{p["issuer"]}</saml:Issuer>{p["signature"]}{p["rest"]}</samlp:AuthnRequest>')

    def signed(self, key=None, **how):
        """The same with an enveloped signature."""
        self.parts["signature"] = template(self.parts["id"], **how)
        path = self.provider.folder / "request.xml"
        path.write_text(str(self), encoding="utf-8")
        done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", key or self.provider.key, "--id-attr:ID",
                               "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.removeprefix('<?xml version="1.0"?>\n').rstrip("\n")


def deflated(text):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(squeeze.compress(text if isinstance(text, bytes) else text.encode()) + squeeze.flush()).decode()


def redirect(browser, text, headers, relay_state=None, signed_by=None, algorithm=MORE + "rsa-sha256", hash_name="sha256", spoil=str):
    """Sends a request by its query; signed_by: a key. spoil: what happens to the query afterwards."""
    query = "SAMLRequest=" + quote(deflated(text), safe="")
    if relay_state is not None:
        query += "&RelayState=" + quote(relay_state, safe="")
    if signed_by:
        query += "&SigAlg=" + quote(algorithm, safe="")
        made = subprocess.run(["openssl", "dgst", f"-{hash_name}", "-sign", signed_by], input=query.encode(), capture_output=True, check=True)
        query += "&Signature=" + quote(base64.b64encode(made.stdout), safe="")
    return browser.get("/saml/sso?" + spoil(query), headers=headers)


def form(text):
    return {"SAMLRequest": base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode(), "RelayState": "/after"}
