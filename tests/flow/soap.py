"""soap.py - services of SAML that are told of a sign-out by SOAP, over real TLS: pysaml2 reads what comes and answers."""
import base64
import re

from saml2.s_utils import success_status_factory
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from campus.client import until
from provider import POST, SOAP
from served import Handler, Served


class SoapServices:
    """Each has a path; what came is in `heard`: (path, body, headers). answers: what a path says, a function of the provider, the request and the answer that is right."""

    def __init__(self, certificate, key):
        self.heard, self.providers, self.answers = [], {}, {}
        services = self

        class Asked(Handler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):          # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                services.heard.append((self.path, body, dict(self.headers)))
                status, text = services.answer(self.path, body)
                self.give(status, text, {"Content-Type": "text/xml"})

        self.server = Served(Asked, (certificate, key))

    def uri(self, path):
        return f"https://localhost:{self.server.server_port}{path}"

    def request(self, path, body):
        """As pysaml2 reads it. Its own way into an envelope writes the XML anew, with other prefixes, and so takes no signature but its own: it gets what is inside."""
        inner = re.search(r"<soap:Body>(.*)</soap:Body>", body, re.S)[1]
        return self.providers[path].client.parse_logout_request(base64.b64encode(inner.encode()).decode(), POST).message

    def right(self, path, request, sign=True, status=None):
        """What a service says that has done it."""
        client = self.providers[path].client
        answer = client.create_logout_response(request, [SOAP], status=status or success_status_factory(), sign=sign, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256)
        inner = re.sub(r"^<\?xml[^>]*>\s*", "", str(answer))
        return f'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">\n<S:Header/>\n<S:Body>{inner}</S:Body></S:Envelope>'

    def answer(self, path, body):
        say = self.answers.get(path) or (lambda right: right())
        said = say(lambda **how: self.right(path, self.request(path, body), **how))
        status, text = said if isinstance(said, tuple) else (200, said)
        return status, text.encode() if isinstance(text, str) else text

    def at(self, path, index=""):
        """What came there about a session."""
        return [(body, headers) for heard, body, headers in list(self.heard) if heard == path and index in body]

    def until_heard(self, path, index="", n=1):
        until(lambda: len(self.at(path, index)) >= n, f"{path} hears it {n} times", 10)
        return self.at(path, index)[n - 1]

    def close(self):
        self.server.close()
