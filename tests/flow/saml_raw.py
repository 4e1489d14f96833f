"""saml_raw.py - SAML requests letter by letter, as no library writes them: signed by xmlsec1 and OpenSSL, then taken apart."""
import base64
import re
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


def assertions(*ids):
    """As many as that, in extensions; an id may be none."""
    inside = "".join("<saml:Assertion" + (f' ID="{each}" Version="2.0" IssueInstant="{instant()}"' if each else "") + "/>" for each in ids)
    return f"<samlp:Extensions>{inside}</samlp:Extensions>"


def template(request_id, method=MORE + "rsa-sha256", digest=ENC + "sha256", c14n=EXC, transforms=(SIG + "enveloped-signature", EXC), more=""):
    inside = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in transforms)
    return (f'<ds:Signature xmlns:ds="{SIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{request_id}"><ds:Transforms>{inside}</ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>{more}</ds:Signature>')


class Raw:
    """The parts of a request, each of which may be another one."""
    element, place = "AuthnRequest", "/saml/sso"

    def __init__(self, provider, **parts):
        self.provider = provider
        self.parts = {"id": "_" + base64.b16encode(datetime.now().isoformat().encode()).decode().lower(), "issued": instant(),
                      "destination": f' Destination="{provider.campus.portal}{self.place}"', "issuer": provider.entity_id,
                      "attributes": "", "signature": "", "rest": "", "version": "2.0"} | parts

    def __str__(self):
        p = self.parts
        return (f'<samlp:{self.element} {NAMESPACES} ID="{p["id"]}" Version="{p["version"]}" IssueInstant="{p["issued"]}"{p["destination"]}'
                f'{p["attributes"]}><saml:Issuer>{p["issuer"]}</saml:Issuer>{p["signature"]}{p["rest"]}</samlp:{self.element}>')

    def signed(self, key=None, **how):
        """The same with an enveloped signature."""
        self.parts["signature"] = template(self.parts["id"], **how)
        path = self.provider.folder / "request.xml"
        path.write_text(str(self), encoding="utf-8")
        done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", key or self.provider.key, "--id-attr:ID",
                               f"urn:oasis:names:tc:SAML:2.0:protocol:{self.element}", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.removeprefix('<?xml version="1.0"?>\n').rstrip("\n")


class RawLogout(Raw):
    """Of the person and the session that an answer named."""
    element, place = "LogoutRequest", "/saml/slo"

    def __init__(self, provider, name, index, **parts):
        super().__init__(provider, **{"rest": f"<saml:NameID>{name}</saml:NameID>" + (f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" if index else "")} | parts)


class RawLogoutAnswer(Raw):
    element, place = "LogoutResponse", "/saml/slo"

    def __init__(self, provider, answers, status="Success", **parts):
        super().__init__(provider, **{"attributes": f' InResponseTo="{answers}"', "rest":
                         f'<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>'} | parts)


def deflated(text):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(squeeze.compress(text if isinstance(text, bytes) else text.encode()) + squeeze.flush()).decode()


def redirect(browser, text, headers, relay_state=None, signed_by=None, algorithm=MORE + "rsa-sha256", hash_name="sha256", spoil=str,
             place="/saml/sso", parameter="SAMLRequest"):
    """Sends a request by its query; signed_by: a key. spoil: what happens to the query afterwards."""
    query = f"{parameter}=" + quote(deflated(text), safe="")
    if relay_state is not None:
        query += "&RelayState=" + quote(relay_state, safe="")
    if signed_by:
        query += "&SigAlg=" + quote(algorithm, safe="")
        made = subprocess.run(["openssl", "dgst", f"-{hash_name}", "-sign", signed_by], input=query.encode(), capture_output=True, check=True)
        query += "&Signature=" + quote(base64.b64encode(made.stdout), safe="")
    return browser.get(f"{place}?" + spoil(query), headers=headers)


def form(text, parameter="SAMLRequest"):
    return {parameter: base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode(), "RelayState": "/after"}


def _parts(signed):
    signature = re.search(r"<ds:Signature .*</ds:Signature>", signed, re.S)[0]
    return signature, signed.replace(signature, "")


def _evil(signed):
    """The same request under another id, without a signature."""
    return re.sub(r'ID="[^"]*"', 'ID="_evil"', _parts(signed)[1])


def _into(element, outer, inner):
    where = f"</samlp:{element}>"
    before, _, behind = outer.rpartition(where)
    return before + inner + where + behind


ISSUER_END = "</saml:Issuer>"


def wrapped(element):
    """Ways to have a signature verified over something else than what is read, by name; the eight of Somorovsky and others (On Breaking SAML, 2012) by
    their numbers."""
    return {
        "XSW1: the signature's evil twin is the root, the original inside of its signature": lambda s: _into(element,
            _evil(s), _parts(s)[0].replace("</ds:Signature>", _parts(s)[1] + "</ds:Signature>")),
        "XSW2: the original beside the signature": lambda s: _into(element, _evil(s), _parts(s)[1] + _parts(s)[0]),
        "the original, signed, in front": lambda s: _evil(s).replace(ISSUER_END, ISSUER_END + s, 1),
        "XSW4: the original, signed, at the end": lambda s: _into(element, _evil(s), s),
        "XSW5: the signature moved, the original at the end": lambda s: _into(element, _evil(s).replace(ISSUER_END, ISSUER_END + _parts(s)[0], 1), _parts(s)[1]),
        "XSW8: the original in an object of the signature": lambda s: _evil(s).replace(
            ISSUER_END, ISSUER_END + _parts(s)[0].replace("</ds:Signature>", f"<ds:Object>{_parts(s)[1]}</ds:Object></ds:Signature>"), 1),
        "XSW7: the original in the extensions": lambda s: _into(element,
            _evil(s).replace(ISSUER_END, ISSUER_END + _parts(s)[0], 1), f"<samlp:Extensions>{_parts(s)[1]}</samlp:Extensions>"),
        "XSW6: the signature moved, the original in its key": lambda s: _evil(s).replace(
            ISSUER_END, ISSUER_END + _parts(s)[0].replace("</ds:Signature>", f"<ds:KeyInfo>{_parts(s)[1]}</ds:KeyInfo></ds:Signature>"), 1),
        "XSW3: two under one root": lambda s: f"<samlp:{element}s {NAMESPACES}>{s}{_evil(s)}</samlp:{element}s>",
        "the twin with the same id": lambda s: _evil(s).replace("_evil", re.search(r'ID="([^"]*)"', s)[1]).replace(
            ISSUER_END, ISSUER_END + _parts(s)[0] + s, 1),
        "two signatures": lambda s: s.replace(ISSUER_END, ISSUER_END + _parts(s)[0], 1),
    }
