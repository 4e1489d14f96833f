"""ca.py - a certification authority for one campus, and what it certifies.

The CA stays when the campus begins anew, because somebody may have told a browser to trust it. Certificates do not.
"""
import subprocess

from campus.layout import INSTITUTION, CampusError

# libldap takes "localhost" for the machine's own name, so its certificate needs the address as well.
NAMES = "subjectAltName=DNS:localhost,DNS:app.localhost,IP:127.0.0.1"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def prepare(layout):
    home = layout.folder(layout.dir / "ca")
    if not (home / "ca.pem").exists():
        _openssl(home, "req", "-x509", *KEY, "-days", "3650", "-subj", f"/O={INSTITUTION}/CN={INSTITUTION} demo CA",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", "ca.key", "-out", "ca.pem")
    layout.write(layout.dir / "ca.pem", (home / "ca.pem").read_text())
    for role in ("slapd", "nginx", "mail"):
        _certify(layout, home, role)


def certificate(layout, role):
    return layout.dir / "tls" / f"{role}.pem"


def key(layout, role):
    return layout.dir / "tls" / f"{role}.key"


def _certify(layout, home, role):
    layout.folder(layout.dir / "tls")
    _openssl(home, "req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *KEY, "-days", "397", "-subj", "/CN=localhost",
             "-addext", NAMES, "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "extendedKeyUsage=serverAuth",
             "-keyout", str(key(layout, role)), "-out", str(certificate(layout, role)))
    layout.own(key(layout, role), role)
    key(layout, role).chmod(0o400)


def _openssl(home, *arguments):
    """openssl writes keys 0600 by itself."""
    done = subprocess.run(["openssl", *arguments], cwd=home, capture_output=True, text=True)
    if done.returncode:
        raise CampusError(f"openssl {arguments[0]} failed:\n{done.stderr}")
