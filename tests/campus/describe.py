"""describe.py - what a campus says about itself: campus.json for programs, a few calm lines for people."""
import os
from pathlib import Path

from campus import clients, directory, people, store
from campus.layout import BASE, INSTITUTION

CODE = Path(__file__).resolve().parent / "code"         # prints the codes of a demo person


def as_json(layout, without_ssh):
    """CONTRACT: these names change only with a major version."""
    ports = layout.ports()
    return {
        "portal": layout.portal, "portal_https": layout.portal_https, "ca": str(layout.dir / "ca.pem"), "app": layout.app,
        "ldap": {"uri": layout.ldap_uri, "base": BASE, "admin_dn": directory.ADMIN_DN,
                 "admin_password": layout.secret("ldap-admin")},
        "redis": {"unix": str(store.socket(layout)), "user": store.USER, "password": layout.secret("redis")},
        "ssh": None if without_ssh else {"host": "127.0.0.1", "port": ports["ssh"]},
        "mail": str(layout.dir / "mail"),
        "edge": {name: f"http://127.0.0.1:{ports[name]}" for name in ("door", "check", "back")}
        | {"secret": layout.secret("edge")},
        "config": str(layout.dir / "spom.conf"), "sockets": str(layout.sockets),
        "people": [_person(layout, person) for person in people.load()[0]],
        "generated": {"count": layout.users, "user": people.GENERATED_USER, "password": people.GENERATED_PASSWORD,
                      "totp": people.totp_secret("generated")},
        "clients": [client.json for client in clients.clients(layout)],
    }


def _person(layout, person):
    return {"user": person.uid, "name": person.display_name, "password": person.password,
            "totp": person.totp if layout.factors else None, "recovery": person.recovery if layout.factors else [],
            "roles": person.roles, "state": person.state}


def as_text(layout, campus, without_ssh, with_programs):
    leaders = [next(person for person in campus["people"] if role in person["roles"]) for role in people.GROUP_OF_ROLE]
    lines = [f"{INSTITUTION} is open." if with_programs else f"{INSTITUTION} is open, but SPOM is not running.", "",
             f"  Portal   {campus['portal']}   or {campus['portal_https']} (CA: {_short(campus['ca'])})",
             f"  App      {campus['app']}",
             f"  SSH      {_ssh(campus, leaders[0], without_ssh)}",
             f"  Mail     {_short(campus['mail'])}/",
             f"  More     {_short(layout.campus_json)}", "",
             "  Who may sign in:", ""]
    lines += [_row(person["user"], person["password"], role) for person, role in zip(leaders, people.GROUP_OF_ROLE)]
    if layout.factors:
        lines += ["", f"  The code asked for next   {_short(CODE)} {leaders[0]['user']}",
                  "  shows it, with recovery codes, and the secret for an authenticator of your own."]
    lines += ["", "  Who meets an obstacle:", ""]
    lines += [_row(person.uid, person.password, person.meets) for person in people.load()[0]
              if person.meets and (layout.factors or person.state != "no_factor")]
    if layout.users:
        lines += ["", f"  And {layout.users:,} more, from {people.GENERATED_USER % 1} to "
                      f"{people.GENERATED_USER % layout.users}; password: {people.GENERATED_PASSWORD}"]
    if not layout.is_root:
        lines += ["", "  Not started as root: all programs share one uid."]
    return "\n".join([*lines, ""])


def _row(user, password, what):
    return f"    {user:<10} {password:<26} {what}"


def _ssh(campus, person, without_ssh):
    if without_ssh:
        return f"left out: {without_ssh}"
    return f"ssh -p {campus['ssh']['port']} {person['user']}@{campus['ssh']['host']}"


def _short(path):
    """As somebody standing here would write it."""
    path = Path(path)
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
