"""clients.py - the services that are registered at a demo campus from the beginning."""
from dataclasses import dataclass

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


def clients(layout):
    return [Client("demo-web", "Course pages", layout.secret("client-demo-web")), Client("demo-app", "Campus app", None),
            CasClient("demo-cas", "Campus wiki")]
