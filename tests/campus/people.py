"""people.py - the people of the campus: from schema/people.toml, and by a rule as many more as somebody wants."""
import base64
import hashlib
import os
import re
import time
import tomllib
import uuid
from dataclasses import dataclass, field

from campus.layout import BASE, OPERATORS_GID, SCHEMA, CampusError

DOMAIN = "example.edu"
FIRST_UID_NUMBER = 20001
GENERATED_UID_NUMBER = 1_000_000        # far above the hand-made people
CAMPUS_GID = 20000
GROUP_OF_ROLE = {"student": "students", "employee": "employees", "coordinator": "coordinators", "manager": "managers",
                 "operator": "operators", "hr": "hr", "guest": "guests"}
AFFILIATION = {"student": "student", "guest": "affiliate"}      # everybody else is staff
STATES = ("active", "not_activated", "locked", "expired", "must_change", "no_factor")

# All generated people have this password and this secret, so that one hash is enough for a million.
GENERATED_USER = "g%07d"
GENERATED_PASSWORD = "generated people share this"
GIVEN = ("Amara", "Ben", "Chiara", "Deniz", "Ewa", "Farid", "Giulia", "Hugo", "Ines", "Jonas", "Keiko", "Luca", "Mia")
FAMILY = ("Abel", "Bianchi", "Cohen", "Dubois", "Eriksen", "Fuchs", "Garcia", "Hansen", "Ito", "Jung", "Kaya")


@dataclass(frozen=True)
class Person:
    uid: str
    given: str
    family: str
    roles: list
    password: str
    unit: str
    title: str
    name: str = ""
    state: str = "active"
    room: str = ""
    language: str = "en"
    password_age_days: int = 30
    account_age_days: int = 500
    policy: str = ""
    address: str = ""
    link: str = ""
    meets: str = ""
    more: dict = field(default_factory=dict)

    @property
    def display_name(self):
        return self.name or f"{self.given} {self.family}"

    @property
    def totp(self):
        return None if self.state in ("no_factor", "not_activated") else totp_secret(self.uid)

    @property
    def recovery(self):
        return recovery_codes(self.uid) if self.totp else []

    @property
    def dn(self):
        return dn_of(self.uid)


def load():
    """The people and the groups of people.toml: [Person], {cn: (description, [member DN])}."""
    with open(SCHEMA / "people.toml", "rb") as file:
        table = tomllib.load(file)
    people = [Person(**row) for row in table["person"]]
    _check(people)
    groups = {cn: (f"Everybody with the role {role}", [person.dn for person in people if role in person.roles])
              for role, cn in GROUP_OF_ROLE.items()}
    for row in table["group"]:
        groups[row["cn"]] = row["description"], [
            group_dn(member[1:]) if member.startswith("@") else dn_of(member) for member in row["members"]]
    return people, groups


def _check(people):
    """What tests rely on (docs: the contract's "roles" and "states")."""
    leaders = [next(person for person in people if role in person.roles) for role in GROUP_OF_ROLE]
    if len({leader.uid for leader in leaders}) != len(leaders):
        raise CampusError("people.toml: somebody is the first of two roles")
    if any(leader.state != "active" or not leader.totp for leader in leaders):
        raise CampusError("people.toml: the first of a role must be active and have TOTP")
    if {person.state for person in people} != set(STATES):
        raise CampusError("people.toml: a state has nobody, or there is an unknown one")


def dn_of(uid):
    return f"uid={uid},ou=people,{BASE}"


def group_dn(cn):
    return f"cn={cn},ou=groups,{BASE}"


def totp_secret(uid):
    return base64.b32encode(hashlib.sha1(f"spom demo {uid}".encode()).digest()).decode()


def recovery_codes(uid):
    """Ten, as SPOM makes them: four groups of four."""
    letters = [base64.b32encode(hashlib.sha1(f"spom demo recovery {uid} {i}".encode()).digest()).decode().lower()
               for i in range(10)]
    return ["-".join(row[at:at + 4] for at in range(0, 16, 4)) for row in letters]


def entry_uuid(uid):
    """The immutable id of the person's entry, known before the directory is there."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{uid}.{DOMAIN}"))


def seeds(users):
    """What build/bin/seedtool takes: a line for each person who has an authenticator."""
    for person in load()[0]:
        if person.totp:
            yield _seed(person.uid, person.totp, person.recovery)
    for number in range(1, users + 1):
        yield _seed(GENERATED_USER % number, totp_secret("generated"), [])


def _seed(uid, totp, codes):
    secret = base64.urlsafe_b64encode(base64.b32decode(totp)).decode().rstrip("=")
    return "\t".join([entry_uuid(uid), uid, secret, *codes]) + "\n"


def ssha(password):
    salt = os.urandom(8)
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + salt).digest() + salt).decode()


# --- LDIF ---

_SAFE = re.compile(r"[!-9;=-~][ -~]*(?<! )|")   # what LDIF takes as it is (RFC 2849); the rest in base64


def entry(dn, attributes):
    """One LDIF entry; an attribute without values is left out."""
    lines = [_line("dn", dn)]
    lines += [_line(name, value) for name, values in attributes.items()
              for value in ([values] if isinstance(values, (str, bytes)) else values) if value]
    return "\n".join(lines) + "\n\n"


def _line(name, value):
    if isinstance(value, bytes):
        return f"{name}:: {base64.b64encode(value).decode()}"
    if _SAFE.fullmatch(value):
        return f"{name}: {value}"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"


def ldif(homes):
    """All hand-made people and groups."""
    people, groups = load()
    for number, person in enumerate(people):
        yield _person(person, number, homes)
    for cn, (description, members) in groups.items():
        yield entry(group_dn(cn), {"objectClass": "groupOfNames", "cn": cn, "description": description,
                                   "member": members})
    operators = [person.uid for person in people if "operator" in person.roles]
    yield entry(f"cn=operators,ou=unix,{BASE}", {"objectClass": "posixGroup", "cn": "operators",
                                                 "gidNumber": str(OPERATORS_GID), "memberUid": operators})


def _person(person, number, homes):
    attributes = _common(person.uid, person.given, person.family, person.display_name, FIRST_UID_NUMBER + number, homes)
    kinds = sorted({AFFILIATION.get(role, "staff") for role in person.roles})
    attributes |= {
        "telephoneNumber": f"+49 30 5550 {number:03d}" if "employee" in person.roles else "",
        "mobile": f"+49 170 5550{number:03d}",
        "employeeNumber": f"{4_100_000 + number}" if "student" in person.roles else "",
        "postalAddress": person.address, "labeledURI": person.link, "createTimestamp": _days_ago(person.account_age_days),
        "roomNumber": person.room, "ou": person.unit, "title": person.title, "preferredLanguage": person.language,
        "jpegPhoto": photo.read_bytes() if (photo := SCHEMA / "photos" / f"{person.uid}.jpg").exists() else "",
        "employeeType": kinds[0] if "employee" not in person.roles else "staff",
        "eduPersonAffiliation": ["member", *kinds],
        "eduPersonPrimaryAffiliation": kinds[0], "eduPersonPrincipalName": f"{person.uid.lower()}@{DOMAIN}",
    }
    for name, values in person.more.items():
        attributes[name] = values if name == "employeeType" else [attributes[name], *values]
    return entry(person.dn, attributes | _state(person))


def _state(person):
    """How a state is written in the directory: README.md of schema/."""
    if person.state == "not_activated":
        return {}
    return {
        "userPassword": ssha(person.password),
        "pwdChangedTime": _days_ago(person.password_age_days),
        "pwdReset": "TRUE" if person.state == "must_change" else "",
        "pwdAccountLockedTime": "000001010000Z" if person.state == "locked" else "",
        "pwdPolicySubentry": f"cn={person.policy},ou=policies,{BASE}" if person.policy else "",
    }


def _common(uid, given, family, name, uid_number, homes):
    return {
        "objectClass": ["inetOrgPerson", "eduPerson", "posixAccount"],
        "uid": uid, "cn": name, "sn": family, "givenName": given, "displayName": name,
        "mail": f"{uid.lower()}@{DOMAIN}",
        "uidNumber": str(uid_number), "gidNumber": str(CAMPUS_GID),
        "homeDirectory": f"{homes}/{uid}", "loginShell": "/bin/bash", "entryUUID": entry_uuid(uid),
    }


def generated(count, homes):
    """People by a rule, as a stream: a million of them never stand in memory. They are numbered from 1."""
    password, changed = ssha(GENERATED_PASSWORD), _days_ago(30)
    for number in range(1, count + 1):
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
        uid = GENERATED_USER % number
        yield entry(dn_of(uid), _common(uid, given, family, f"{given} {family}", GENERATED_UID_NUMBER + number, homes) | {
            "ou": "Faculty of Generated People", "employeeType": "student", "eduPersonAffiliation": ["member", "student"],
            "eduPersonPrimaryAffiliation": "student", "userPassword": password, "pwdChangedTime": changed})


def _days_ago(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400))
