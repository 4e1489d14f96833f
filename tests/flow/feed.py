"""feed.py - a federation: a server of metadata queries (MDQ), and the hand that signs what it gives."""
import re
import subprocess
import threading
from urllib.parse import unquote

from provider import make_key
from saml_raw import instant, template
from served import Handler, Served

DESCRIPTOR = "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor"
SPACES = ('xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" '
          'xmlns:mdrpi="urn:oasis:names:tc:SAML:metadata:rpi" xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute" '
          'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"')
CATEGORY = "https://refeds.org/category/personalized"
CATEGORIES = ('<mdattr:EntityAttributes><saml:Attribute Name="http://macedir.org/entity-category" '
              'NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml:AttributeValue>{}</saml:AttributeValue>'
              '<saml:AttributeValue>http://www.geant.net/uri/dataprotection-code-of-conduct/v1</saml:AttributeValue></saml:Attribute></mdattr:EntityAttributes>')
REGISTERED = '<mdrpi:RegistrationInfo registrationAuthority="https://federation.example.org"/>'
NAMES = ('<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="de">Das Archiv</mdui:DisplayName>'
         '<mdui:DisplayName xml:lang="en">The Archive</mdui:DisplayName></mdui:UIInfo></md:Extensions>')
BEHIND = ('<md:Organization><md:OrganizationName xml:lang="en">Archive</md:OrganizationName><md:OrganizationDisplayName xml:lang="en">Archive Ltd'
          '</md:OrganizationDisplayName><md:OrganizationURL xml:lang="en">https://archive.example.org</md:OrganizationURL></md:Organization>'
          '<md:ContactPerson contactType="technical"><md:EmailAddress>mailto:admin@archive.example.org</md:EmailAddress></md:ContactPerson>')


def role(entity_id):
    return ('<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:AssertionConsumerService index="1" '
            f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{entity_id}/acs"/></md:SPSSODescriptor>')


def times(days=7, cache="PT1H"):
    return f' validUntil="{instant(days * 1440)}"' + (f' cacheDuration="{cache}"' if cache else "")


def sign(folder, text, key, element=DESCRIPTOR):
    """The document, whose root has a signature that is not filled in yet."""
    path = folder / "entity.xml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", key, "--id-attr:ID", element, path],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Feed:
    """`has` is what it answers, by entityID: the document, or (status, headers, body), or what gives it; `asked` are the questions."""

    def __init__(self, folder, name="feed"):
        self.folder, self.has, self.asked = folder, {}, []
        self.key, self.certificate = make_key(folder, name)
        self.certificate.chmod(0o644)
        self.down, self.let_go = False, threading.Event()
        feed = self

        class Asked(Handler):
            def do_GET(self):           # noqa: N802
                entity_id = unquote(self.path.removeprefix("/mdq/entities/"))
                feed.asked.append((entity_id, self.path, self.headers["Accept"]))
                there = feed.has.get(entity_id, (404, {}, "no such entity"))
                there = there() if callable(there) else there
                if there == "hangs":
                    feed.let_go.wait(30)
                    return
                status, headers, body = (500, {}, "down") if feed.down else there if isinstance(there, tuple) else (200, {}, there)
                self.give(status, body.encode(), {"Content-Type": "application/samlmetadata+xml", **headers})

        self.server = Served(Asked)
        self.url = f"http://127.0.0.1:{self.server.server_port}/mdq"

    def close(self):
        self.let_go.set()
        self.server.close()

    def n_asked(self, entity_id):
        return sum(asked == entity_id for asked, _, _ in self.asked)

    def sign(self, text, key=None):
        return sign(self.folder, text, key or self.key)

    def made(self, entity_id, when=None, key=None, signed=True, before="", inside=None, **how):
        """An entity's metadata, letter by letter."""
        mark = template("_e1", **how) if signed else ""
        text = (f'<md:EntityDescriptor {SPACES} ID="_e1" entityID="{entity_id}"{times() if when is None else when}>{mark}'
                f'<md:Extensions>{REGISTERED}</md:Extensions>{before}{inside or role(entity_id)}{BEHIND}</md:EntityDescriptor>')
        return self.sign(text, key) if signed else text

    def add(self, provider, category=CATEGORY):
        """What pysaml2 says of a service, dressed as federations do, and signed."""
        whole = provider.metadata.read_text(encoding="utf-8")
        whole = whole[whole.index("<ns0:EntityDescriptor"):]
        whole = whole.replace("<ns0:EntityDescriptor", f'<ns0:EntityDescriptor {SPACES} ID="_e1"{times()}', 1)
        more = f"{template('_e1')}<md:Extensions>{REGISTERED}{CATEGORIES.format(category)}</md:Extensions>"
        whole = re.sub(r"(<ns0:EntityDescriptor [^>]*>)", lambda found: found[1] + more, whole, count=1)
        whole = re.sub(r"<(ns0:SPSSODescriptor [^>]*)>", lambda found: f"<{found[1]}>{NAMES}", whole, count=1)
        self.has[provider.entity_id] = self.sign(whole.replace("</ns0:EntityDescriptor>", BEHIND + "</ns0:EntityDescriptor>"))
