"""provider.py - a service provider as SAML has it, by pysaml2: makes requests, and judges what comes back; and xmlsec1 beside it."""
import base64
import re
import subprocess
from html import unescape

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import create_metadata_string
from saml2.xml.schema import schema_saml_assertion, schema_saml_protocol
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from relying import HTML

POST, REDIRECT, SOAP = BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
REASON = ("--break-glass", "--reason", "a test")
CLAIMS = "name email groups pairwise_id"
ASSERTION, RESPONSE = ("urn:oasis:names:tc:SAML:2.0:assertion:Assertion", "urn:oasis:names:tc:SAML:2.0:protocol:Response")


def make_key(folder, name, *options):
    """(key, certificate) as files."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", *(options or ("rsa:2048",)), "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate


class Provider:
    def __init__(self, campus, folder, name, encrypts=False, logouts=(), soap=None, origin=None, **options):
        self.campus, self.name, self.folder = campus, name, folder
        self.entity_id = (origin or f"https://{name}.example.edu") + "/saml"
        self.consumer, self.leaving = f"{self.entity_id}/acs", f"{self.entity_id}/slo"
        self.key, self.certificate = make_key(folder, name)
        pair = {"key_file": str(self.key), "cert_file": str(self.certificate)}
        self.idp = campus.browser().get("/saml/metadata").text
        config = SPConfig()
        config.load({
            "entityid": self.entity_id, **pair, **({"encryption_keypairs": [pair]} if encrypts else {}),
            "xmlsec_binary": "/usr/bin/xmlsec1", "signing_algorithm": SIG_RSA_SHA256, "digest_algorithm": DIGEST_SHA256,
            "metadata": {"inline": [self.idp]}, "allow_unknown_attributes": True,
            "service": {"sp": {"endpoints": {"assertion_consumer_service": [(self.consumer, POST)],
                                             "single_logout_service": [(self.leaving, binding) for binding in logouts] + ([(soap, SOAP)] if soap else [])}, "allow_unsolicited": False,
                               "authn_requests_signed": True, "want_assertions_signed": True, "want_response_signed": True, **options}},
        })
        self.config = config
        self.metadata = folder / f"{name}.xml"
        self.metadata.write_text(create_metadata_string(None, config, sign=False).decode(), encoding="utf-8")
        self.metadata.chmod(0o644)
        self.client = Saml2Client(config)
        self.asked = {}

    def register(self, ctl, *more, claims=CLAIMS):
        return ctl.json("service", "add", self.name, "--saml-metadata", str(self.metadata), "--label", self.name.capitalize(),
                        "--claims", claims, *more, *REASON)

    # --- requests ---

    def request(self, binding=REDIRECT, relay_state="/after", **more):
        """(id, what pysaml2 would have the browser send)."""
        return self.client.prepare_for_authenticate(
            entityid=self.campus.portal + "/saml/metadata", relay_state=relay_state, binding=binding,
            **{"sign": True, "sigalg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256, **more})

    def ask(self, browser, binding=REDIRECT, headers=None, **more):
        """The answer of the identity provider to a request."""
        request_id, http = self.request(binding, **more)
        self.asked = {request_id: "/"}
        return self.send(browser, http, binding, headers)

    def send(self, browser, http, binding=REDIRECT, headers=None):
        if binding == REDIRECT:
            return browser.get(dict(http["headers"])["Location"], headers=headers or HTML)
        fields = dict(re.findall(r'name="(SAMLRequest|RelayState)" value="([^"]*)"', http["data"]))
        return self.post(browser, {name: unescape(value) for name, value in fields.items()}, headers)

    @staticmethod
    def post(browser, fields, headers=None, place="/saml/sso"):
        """A form of another site brings no cookie: where it is good, the browser comes again by an address of ours."""
        answer = browser.post(place, data=fields, headers=headers or HTML)
        if answer.status_code != 303:
            return answer
        assert answer.headers["Location"].startswith("/saml/sso?spom_request=")
        return browser.get(answer.headers["Location"], headers=headers or HTML)

    # --- answers ---

    def form(self, page):
        """What a page would have the browser post: (to, fields)."""
        assert page.status_code == 200, page.text
        [to] = re.findall(r'<form method="post" action="([^"]*)" class="onward">', page.text)
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        return unescape(to), {name: unescape(value) for name, value in fields}

    def document(self, page):
        to, fields = self.form(page)
        assert to == self.consumer
        return base64.b64decode(fields["SAMLResponse"])

    def certificates(self):
        """Those of our metadata: one signs, which one is a matter of time (test_signing.py)."""
        metadata = self.campus.browser().get("/saml/metadata").text
        for number, certificate in enumerate(re.findall(r"<ds:X509Certificate>([^<]+)<", metadata)):
            pem, lines = self.folder / f"idp-{number}.pem", "\n".join(re.findall(r".{1,64}", certificate))
            pem.write_text(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
            yield pem

    def verify(self, document, *elements):
        """xmlsec1's judgement of each signature, with the certificates of our metadata."""
        file = self.folder / "answer.xml"
        file.write_bytes(document)
        for element in elements:
            node = element.rpartition(":")[2]
            where = f"//*[local-name()='{node}']/*[local-name()='Signature']"
            judged = [subprocess.run(["xmlsec1", "--verify", "--pubkey-cert-pem", pem, "--id-attr:ID", element, "--node-xpath", where, file],
                                     capture_output=True, text=True, check=False) for pem in self.certificates()]
            assert any(done.returncode == 0 for done in judged), judged[0].stderr

    def opened(self, document, key=None):
        """A message as xmlsec1 opens it; the schema allows each assertion in it."""
        file = self.folder / "sealed-answer.xml"
        file.write_bytes(document)
        done = subprocess.run(["xmlsec1", "--decrypt", "--privkey-pem", key or self.key, file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for assertion in re.findall(r"<saml:Assertion .*?</saml:Assertion>", done.stdout, re.S):
            schema_saml_assertion.validate(assertion)
        return done.stdout

    def read(self, page):
        """What pysaml2 makes of the answer, which both and the schema have judged."""
        document = self.document(page)
        schema_saml_protocol.validate(document.decode())
        if b"<saml:EncryptedAssertion " in document:
            assert "<saml:Assertion " in self.opened(document)
        self.verify(document, RESPONSE, *([ASSERTION] if b"<saml:Assertion " in document else []))
        return self.client.parse_authn_request_response(self.form(page)[1]["SAMLResponse"], POST, self.asked)
