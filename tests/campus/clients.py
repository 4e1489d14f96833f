"""clients.py - the services that are registered at a demo campus from the beginning."""
from dataclasses import dataclass
from pathlib import Path

CLAIMS = "name preferred_username email groups locale given_name family_name"
# At the loopback any port counts (RFC 8252): whoever tries something out listens there.
REDIRECT_URIS = ("http://127.0.0.1/callback", "https://client.example.edu/callback")
LOGOUT_URIS = ("http://127.0.0.1/bye", "https://client.example.edu/bye")


# By CAS: the page that somebody wanted.
ADDRESSES = ("http://127.0.0.1/cas/*", "https://client.example.edu/cas/*")


@dataclass(frozen=True)
class Client:
    name: str
    label: str
    secret: str | None      # None: a public client

    @property
    def line(self):
        """What build/bin/seedtool takes."""
        return "\t".join((self.name, self.label, self.name, self.secret or "-", CLAIMS, " ".join(REDIRECT_URIS), " ".join(LOGOUT_URIS))) + "\n"

    @property
    def json(self):
        return {"protocol": "oidc", "client_id": self.name, "client_secret": self.secret, "redirect_uris": list(REDIRECT_URIS),
                "logout_uris": list(LOGOUT_URIS)}


@dataclass(frozen=True)
class CasClient:
    name: str
    label: str

    @property
    def line(self):
        """What build/bin/seedtool takes."""
        return "\t".join((self.name, self.label, "cas", "-", CLAIMS, " ".join(ADDRESSES), "-")) + "\n"

    @property
    def json(self):
        return {"protocol": "cas", "service": ADDRESSES[1].removesuffix("*"), "services": list(ADDRESSES)}


ENTITY_ID, CONSUMER = "https://client.example.edu/saml", "https://client.example.edu/saml/acs"
METADATA = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY_ID}">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="false">
    <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{CONSUMER}" index="0" isDefault="true"/>
  </SPSSODescriptor>
</EntityDescriptor>
"""


@dataclass(frozen=True)
class SamlClient:
    name: str
    label: str
    metadata: Path

    @property
    def line(self):
        """What build/bin/seedtool takes."""
        return "\t".join((self.name, self.label, "saml", ENTITY_ID, CLAIMS, CONSUMER, "-")) + "\n"

    @property
    def json(self):
        return {"protocol": "saml", "entity_id": ENTITY_ID, "metadata": str(self.metadata)}


def clients(layout):
    return [Client("demo-web", "Course pages", layout.secret("client-demo-web")), Client("demo-app", "Campus app", None),
            CasClient("demo-cas", "Campus wiki"),
            SamlClient("demo-saml", "Library catalogue", layout.write(layout.dir / "demo-saml.xml", METADATA))]
