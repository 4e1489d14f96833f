"""directory.py - slapd, with the campus's people and the access rules of schema/."""
import os
import secrets
import subprocess

from campus import ca, clients, people
from campus.layout import BASE, BIN, INSTITUTION, SCHEMA, CampusError, fill
from campus.supervisor import Service, tcp_ready

ADMIN_DN = f"cn=admin,{BASE}"
SERVICES = ("read", "proxy", "store", "decoy", "hosts")
NAMES = {"base": BASE} | {unit: f"ou={unit},{BASE}" for unit in ("people", "groups", "services", "policies")}
MAXSIZE = 256 << 20             # and what each generated person takes, with room
MAXSIZE_EACH = 8 << 10


def service_dn(name):
    return f"cn={name if name == 'hosts' else 'spom-' + name},ou=services,{BASE}"


def prepare(layout):
    home = layout.folder(layout.dir / "ldap", "slapd", 0o700)
    layout.folder(home / "data", "slapd", 0o700)
    values = NAMES | {"schema": SCHEMA, "dir": home, "admin_dn": ADMIN_DN,
              "admin_hash": people.ssha(layout.secret("ldap-admin")),
              "maxsize": MAXSIZE + MAXSIZE_EACH * layout.users,
              "ca": layout.dir / "ca.pem", "certificate": ca.certificate(layout, "slapd"), "key": ca.key(layout, "slapd")}
    for name in ("slapd.conf", "access.conf", "rules.conf"):
        layout.write(home / name, fill(SCHEMA / name, **values), "slapd", 0o400)
    for name in ("read", "proxy", "store"):
        layout.keep_secret(f"ldap-{name}", "authority")
    # The key with which factors are sealed, here already because some are in the directory from the beginning.
    layout.write(layout.dir / "secrets" / "master", secrets.token_urlsafe(32), "authority", 0o400)
    _load(layout, home)


def _load(layout, home):
    """By slapadd, which alone may write what only the server writes, such as when a password was changed."""
    hashes = {f"{name}_hash": people.ssha(layout.secret(f"ldap-{name}")) for name in SERVICES}
    homes = layout.dir / "home"
    account = layout.account("slapd")
    as_other = {"user": account.uid, "group": account.gid, "extra_groups": []} if layout.is_root else {}
    with open(layout.dir / "log" / "slapadd.log", "w+", encoding="utf-8") as log:
        slapadd = subprocess.Popen(["/usr/sbin/slapadd", "-q", "-f", str(home / "slapd.conf")],
                                   stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", **as_other)
        sealed = True
        try:
            with slapadd.stdin as pipe:
                for name in ("tree.ldif", "accounts.ldif"):
                    pipe.write(fill(SCHEMA / name, institution=INSTITUTION, **NAMES, **hashes).encode() + b"\n")
                for stream in (people.ldif(homes), people.generated(layout.users, homes)):
                    for entry in stream:
                        pipe.write(entry.encode())
                pipe.flush()
                sealed = _seal(layout, pipe, log, people.seeds(layout.users) if layout.factors else None)
        except BrokenPipeError:
            pass                # slapadd has said why
        if slapadd.wait() or not sealed:
            log.seek(0)
            raise CampusError(f"the directory cannot be filled:\n{log.read()}")


def _seal(layout, pipe, log, accounts):
    """What the authority has sealed: registered services, and the accounts of those who have an authenticator (None: nobody
    has); by its own code, straight into slapadd. False: it failed."""
    tool, key, base = BIN / "seedtool", str(layout.dir / "secrets" / "master"), f"ou=spom,{BASE}"
    if not os.access(tool, os.X_OK):
        if layout.factors:
            raise CampusError(f"{tool} is not there: run make first, or say SPOM_DEMO_FACTORS=0")
        return True             # the neighbours alone: nobody has made SPOM yet
    registered = [client.line for client in clients.clients(layout)]
    todo = [([tool, "services", key, base], registered)] + ([([tool, key, base], accounts)] if accounts is not None else [])
    return all(_run(argv, lines, pipe, log) for argv, lines in todo)


def _run(argv, lines, pipe, log):
    tool = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=pipe, stderr=log, encoding="utf-8")
    try:
        with tool.stdin as stdin:
            stdin.writelines(lines)
    except BrokenPipeError:
        pass                    # it has said why
    return tool.wait() == 0


def services(layout):
    ports = layout.ports()
    listen = f"ldap://127.0.0.1:{ports['ldap']} ldaps://127.0.0.1:{ports['ldaps']}"
    argv = ["/usr/sbin/slapd", "-d", "0", "-f", str(layout.dir / "ldap" / "slapd.conf"), "-h", listen]
    return [Service("slapd", argv, layout.account("slapd"), tcp_ready(ports["ldap"]))]
