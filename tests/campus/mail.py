"""mail.py - a submission server that delivers everything into one folder, one file a mail. It talks to nobody without STARTTLS, and takes
mail only from the user spom with the secret "smtp".

Run as a program it is that server; a file appears all at once, so a test may read it as soon as it sees it.
"""
import asyncio
import os
import ssl
import sys
import time
from pathlib import Path

from campus import ca
from campus.supervisor import Service, python_module, tcp_ready


USER = "spom"


def prepare(layout):
    layout.folder(layout.dir / "mail", "mail", 0o755)
    layout.keep_secret("smtp", "authority")
    layout.write(_own_secret(layout), layout.secret("smtp"), "mail", 0o400)


def _own_secret(layout):
    """The same secret in a file of the server's: each has one reader."""
    return layout.dir / "secrets" / "smtp-server"


def services(layout):
    port = layout.ports()["smtp"]
    argv = python_module("campus.mail", layout.dir / "mail", port, ca.certificate(layout, "mail"), ca.key(layout, "mail"),
                         _own_secret(layout))
    return [Service("mail", argv, layout.account("mail"), tcp_ready(port))]


class Sink:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = f"{time.time_ns():020d}-{self.count:06d}.eml"
        head = f"X-Envelope-From: {envelope.mail_from}\r\n" + "".join(
            f"X-Envelope-To: {to}\r\n" for to in envelope.rcpt_tos)
        part = self.folder / f".{name}"
        part.write_bytes(head.encode() + envelope.original_content)
        part.rename(self.folder / name)
        return "250 delivered"


async def serve(folder, port, certificate, key, secret):
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    def authenticate(server, session, envelope, mechanism, given):
        right = LoginPassword(USER.encode(), Path(secret).read_bytes().strip())
        return AuthResult(success=given == right, handled=False)      # the server says the rest

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    sink = Sink(Path(folder))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="mail.example.edu", tls_context=tls, require_starttls=True, authenticator=authenticate,
                     auth_required=True, enable_SMTPUTF8=True), "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    os.umask(0o022)
    asyncio.run(serve(*sys.argv[1:]))
