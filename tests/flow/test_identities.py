"""What each identity of the directory may and may not do (SECURITY 27): operations on the running slapd, each refusal beside the
same thing done by who may."""
import configparser
import re
import subprocess
import uuid

import ldap
import pytest
from ldap.controls import RequestControl

from campus.directory import service_dn
from campus.layout import ETC, SCHEMA

PROXIED = "2.16.840.1.113730.3.4.18"
CLOSED = (ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)
SEALED = ("spomPersonId", "spomGeneration", "spomFactor", "spomFactorKey", "spomRecovery", "spomRecoveryMade")


def acting_as(name, critical=True):
    return [RequestControl(PROXIED, critical, b"dn:" + name.encode())]


class Identity:
    """Somebody at the directory. By the root DN's right to act as anybody also who has no password that we know."""

    def __init__(self, campus, name):
        self.base = campus.json["ldap"]["base"]
        self.connection, self.controls = campus.ldap(), acting_as(name)

    def found(self, below, what="(objectClass=*)", attributes=("*", "+")):
        """{DN: attributes} of what is seen there."""
        try:
            return dict(self.connection.search_ext_s(below, ldap.SCOPE_SUBTREE, what, list(attributes), serverctrls=self.controls))
        except ldap.NO_SUCH_OBJECT:
            return {}

    def modify(self, name, *changes):
        self.connection.modify_ext_s(name, list(changes), serverctrls=self.controls)

    def is_equal(self, name, attribute, value):
        try:
            return self.connection.compare_ext_s(name, attribute, value, serverctrls=self.controls)
        except ldap.LDAPError as error:
            assert isinstance(error, CLOSED), error
            return None


class Bound(Identity):
    """The same with the identity's own password."""

    def __init__(self, campus, name, password):
        super().__init__(campus, name)
        self.connection, self.controls = campus.ldap(name, password), []


OTHERS = ("read", "proxy", "decoy", "hosts", "a person", "the person", "an operator", "anonymous")


@pytest.fixture
def who(bare_campus):
    """who(NAME): one of the identities."""
    people = {"a person": "pweber", "the person": "mkeller", "an operator": "dorlov"}

    def named(name):
        if name == "anonymous":
            return Identity(bare_campus, "")
        return Identity(bare_campus, bare_campus.dn(people[name]) if name in people else service_dn(name))
    return named


@pytest.fixture
def proxy(bare_campus):
    return bare_campus.ldap(service_dn("proxy"), bare_campus.secret("ldap-proxy"))


@pytest.fixture
def store(bare_campus):
    return Bound(bare_campus, service_dn("store"), bare_campus.secret("ldap-store"))


@pytest.fixture
def account(bare_campus):
    """The DN of the student's account below ou=spom."""
    [(_, found)] = bare_campus.ldap().search_s(bare_campus.dn("mkeller"), ldap.SCOPE_BASE, attrlist=["entryUUID"])
    return f"spomPersonId={found['entryUUID'][0].decode()},ou=accounts,ou=spom,{bare_campus.json['ldap']['base']}"


def refused(call, *arguments, by=CLOSED, **options):
    with pytest.raises(by):
        call(*arguments, **options)


@pytest.mark.parametrize("name", ["read", "proxy", "store"])
def test_an_identity_has_its_own_password_and_no_other(bare_campus, name):
    assert bare_campus.ldap(service_dn(name), bare_campus.secret(f"ldap-{name}")).whoami_s() == f"dn:{service_dn(name)}"
    for other in {"read", "proxy", "store"} - {name}:
        refused(bare_campus.ldap, service_dn(name), bare_campus.secret(f"ldap-{other}"), by=ldap.INVALID_CREDENTIALS)


# --- records ---

def test_store_sees_the_records(store, account):
    seen = store.found(f"ou=spom,{store.base}")
    assert set(SEALED) <= set(seen[account])
    assert store.found(f"ou=spom,{store.base}", "(spomPersonId=*)") and store.is_equal(account, "spomGeneration", b"0")


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_sees_records(who, store, account, name):
    """Not by reading, not by asking a filter, not by comparing, not from above."""
    other, records = who(name), f"ou=spom,{store.base}"
    known = store.found(account)[account]
    for below in (account, f"ou=accounts,{records}", records):
        assert not other.found(below)
    for attribute in SEALED:
        assert not other.found(account, f"({attribute}=*)") and not other.found(records, f"({attribute}=*)")
        assert other.is_equal(account, attribute, known[attribute][0]) is None


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_writes_records(who, store, account, name):
    other, parent = who(name), f"ou=accounts,ou=spom,{store.base}"
    for change in ((ldap.MOD_REPLACE, "spomGeneration", b"7"), (ldap.MOD_DELETE, "spomFactor", None),
                   (ldap.MOD_ADD, "spomRecovery", b"mine"), (ldap.MOD_ADD, "spomEnrolUntil", b"20991231000000Z")):
        refused(other.modify, account, change, by=(*CLOSED, ldap.STRONG_AUTH_REQUIRED))
    refused(other.connection.delete_ext_s, account, serverctrls=other.controls, by=(*CLOSED, ldap.STRONG_AUTH_REQUIRED))
    refused(other.connection.add_ext_s, f"spomPersonId=x,{parent}", _record("x"), serverctrls=other.controls,
            by=(*CLOSED, ldap.STRONG_AUTH_REQUIRED))


def _record(person):
    return [("objectClass", b"spomAccount"), ("spomPersonId", person.encode()), ("spomGeneration", b"0")]


def test_store_keeps_records(store):
    person = str(uuid.uuid4())
    name = f"spomPersonId={person},ou=accounts,ou=spom,{store.base}"
    store.connection.add_s(name, _record(person))
    store.modify(name, (ldap.MOD_ADD, "spomRecovery", [b"one", b"two"]), (ldap.MOD_REPLACE, "spomGeneration", b"1"))
    store.modify(name, (ldap.MOD_DELETE, "spomRecovery", b"one"))
    refused(store.modify, name, (ldap.MOD_DELETE, "spomRecovery", b"one"), by=ldap.NO_SUCH_ATTRIBUTE)      # used up
    assert store.found(name)[name]["spomRecovery"] == [b"two"]
    store.connection.delete_s(name)
    assert not store.found(name)


def test_store_does_nothing_elsewhere(bare_campus, store, account):
    own = bare_campus.dn("mkeller")
    for below in (own, f"ou=people,{store.base}", f"ou=groups,{store.base}", f"ou=services,{store.base}", f"ou=policies,{store.base}"):
        assert not store.found(below)
    refused(store.modify, own, (ldap.MOD_REPLACE, "mobile", b"1"))
    refused(store.modify, service_dn("proxy"), (ldap.MOD_ADD, "authzTo", b"dn:*"))
    refused(store.connection.add_s, f"ou=x,ou=people,{store.base}", [("objectClass", b"organizationalUnit"), ("ou", b"x")])
    refused(store.connection.delete_s, f"ou=spom,{store.base}")
    refused(store.modify, f"ou=spom,{store.base}", (ldap.MOD_REPLACE, "description", b"x"))
    refused(store.connection.rename_s, account, "uid=x", f"ou=people,{store.base}", by=(*CLOSED, ldap.OBJECT_CLASS_VIOLATION))


# --- searching ---

def test_read_finds_people_and_groups_and_no_password(bare_campus):
    reader = Bound(bare_campus, service_dn("read"), bare_campus.secret("ldap-read"))
    entries = reader.found(f"ou=people,{reader.base}") | reader.found(f"ou=groups,{reader.base}")
    assert bare_campus.dn("mkeller") in entries and f"cn=students,ou=groups,{reader.base}" in entries
    assert reader.found(f"ou=people,{reader.base}", "(mail=mkeller@example.edu)")
    for attributes in entries.values():
        assert not {"userPassword", "pwdHistory", "authzTo"} & set(attributes)
    for closed, what in ((reader.base, "(objectClass=*)"), (f"ou=people,{reader.base}", "(userPassword=*)"),
                         (f"ou=services,{reader.base}", "(objectClass=*)")):
        assert not reader.found(closed, what)


def test_read_writes_nothing(bare_campus, who):
    reader = who("read")
    for name in (bare_campus.dn("mkeller"), service_dn("proxy"), service_dn("read")):
        for attribute, value in (("mobile", b"1"), ("description", b"1"), ("authzTo", b"dn:*")):
            refused(reader.modify, name, (ldap.MOD_REPLACE, attribute, value))


@pytest.mark.parametrize("name", [*OTHERS, "store"])
def test_nobody_reads_a_password(bare_campus, who, name):
    own = bare_campus.dn("mkeller")
    [(_, entry)] = bare_campus.ldap().search_s(own, ldap.SCOPE_BASE, attrlist=["userPassword"])
    other = who(name)
    assert not [seen for seen in other.found(own, attributes=("userPassword",)).values() if seen]
    assert not other.found(own, "(userPassword=*)")
    assert other.is_equal(own, "userPassword", entry["userPassword"][0]) is None
    assert bare_campus.bind("mkeller", bare_campus.person(user="mkeller").password).result == 0


@pytest.mark.parametrize("name", ["decoy", "anonymous"])
def test_decoy_and_anonymous_see_nothing(bare_campus, who, name):
    other = who(name)
    assert not other.found(other.base)
    refused(other.modify, bare_campus.dn("mkeller"), (ldap.MOD_REPLACE, "mobile", b"1"), by=(*CLOSED, ldap.STRONG_AUTH_REQUIRED))
    assert who("read").found(bare_campus.dn("mkeller"))


def test_anonymous_sees_what_the_server_can_do(bare_campus):
    connection = ldap.initialize(bare_campus.json["ldap"]["uri"])
    assert connection.read_rootdse_s(attrlist=["supportedControl"])
    refused(connection.search_s, bare_campus.json["ldap"]["base"], ldap.SCOPE_SUBTREE, by=ldap.NO_SUCH_OBJECT)


# --- acting for somebody ---

def test_proxy_has_no_right_of_its_own(bare_campus, proxy):
    own = bare_campus.dn("mkeller")
    refused(proxy.search_s, bare_campus.json["ldap"]["base"], ldap.SCOPE_SUBTREE, by=ldap.NO_SUCH_OBJECT)
    refused(proxy.search_s, own, ldap.SCOPE_BASE, "(employeeType=*)", by=ldap.NO_SUCH_OBJECT)
    refused(proxy.modify_s, own, [(ldap.MOD_REPLACE, "mobile", b"+49 170 1")])
    refused(proxy.modify_s, service_dn("proxy"), [(ldap.MOD_ADD, "authzTo", b"dn:*")])
    proxy.modify_ext_s(own, [(ldap.MOD_REPLACE, "mobile", b"+49 170 1")], serverctrls=acting_as(own))


def test_proxy_acts_as_a_person_with_that_persons_rights(bare_campus, proxy):
    own, other = bare_campus.dn("mkeller"), bare_campus.dn("pweber")
    as_mkeller = acting_as(own)
    assert proxy.search_ext_s(own, ldap.SCOPE_BASE, attrlist=["mail"], serverctrls=as_mkeller)[0][1]["mail"]
    proxy.modify_ext_s(own, [(ldap.MOD_REPLACE, "mobile", b"+49 170 2")], serverctrls=as_mkeller)
    [(_, entry)] = bare_campus.ldap().search_s(own, ldap.SCOPE_BASE, attrlist=["mobile", "modifiersName"])
    assert entry == {"mobile": [b"+49 170 2"], "modifiersName": [own.encode()]}
    for name, attribute in ((own, "mail"), (own, "uidNumber"), (other, "mobile")):
        refused(proxy.modify_ext_s, name, [(ldap.MOD_REPLACE, attribute, b"1")], serverctrls=as_mkeller)
    refused(proxy.search_ext_s, other, ldap.SCOPE_BASE, serverctrls=as_mkeller)


CHANGE = [(ldap.MOD_REPLACE, "mobile", b"1")]


@pytest.mark.parametrize("user", ["tfischer", "dorlov", "ghost"])       # locked by the office, privileged, nobody
def test_proxy_reaches_nothing_as_who_is_locked_privileged_or_not_there(bare_campus, proxy, user):
    """Neither the own entry, nor another's, nor what others may see; and no password is changed. Beside it, the student's own."""
    base = bare_campus.json["ldap"]["base"]
    own, student = f"uid={user},ou=people,{base}", bare_campus.dn("mkeller")
    for name in (own, student, f"ou=people,{base}", f"cn=students,ou=groups,{base}", f"ou=spom,{base}"):
        refused(proxy.search_ext_s, name, ldap.SCOPE_BASE, serverctrls=acting_as(own), by=ldap.NO_SUCH_OBJECT)
        refused(proxy.modify_ext_s, name, CHANGE, serverctrls=acting_as(own))
        refused(proxy.delete_ext_s, name, serverctrls=acting_as(own))
    for name in (own, student):
        refused(proxy.passwd_s, name, None, "a password that is long enough", serverctrls=acting_as(own),
                by=(*CLOSED, ldap.UNWILLING_TO_PERFORM))
    assert proxy.search_ext_s(student, ldap.SCOPE_BASE, serverctrls=acting_as(student))


def test_proxy_as_a_person_reaches_the_own_entry_alone(bare_campus, proxy):
    """Less than the person: a stolen proxy does not look around in everybody's name."""
    person = bare_campus.person(role="employee")
    own, groups = bare_campus.dn(person.user), f"ou=groups,{bare_campus.json['ldap']['base']}"
    assert bare_campus.ldap(own, person.password).search_s(groups, ldap.SCOPE_SUBTREE)
    refused(proxy.search_ext_s, groups, ldap.SCOPE_SUBTREE, serverctrls=acting_as(own), by=ldap.NO_SUCH_OBJECT)
    assert proxy.search_ext_s(own, ldap.SCOPE_BASE, serverctrls=acting_as(own))


@pytest.mark.parametrize("name", [
    "cn=admin,{base}", "cn=spom-read,ou=services,{base}", "cn=spom-store,ou=services,{base}", "cn=spom-decoy,ou=services,{base}",
    "ou=people,{base}", "ou=spom,{base}"])
def test_proxy_is_refused_as_anybody_else(bare_campus, proxy, name):
    """None of them; and the student, by the same words."""
    base = bare_campus.json["ldap"]["base"]
    refused(proxy.search_ext_s, "", ldap.SCOPE_BASE, serverctrls=acting_as(name.format(base=base)), by=ldap.PROXIED_AUTHORIZATION_DENIED)
    assert proxy.search_ext_s("", ldap.SCOPE_BASE, serverctrls=acting_as(bare_campus.dn("mkeller")))


def test_proxy_becomes_nobody_by_other_spellings(bare_campus, proxy):
    own = bare_campus.dn("mkeller")
    for value in (b"u:mkeller", b"mkeller", own.encode(), b"dn:uid=*,ou=people," + own.partition("ou=people,")[2].encode()):
        control = RequestControl(PROXIED, True, value)
        refused(proxy.modify_ext_s, own, [(ldap.MOD_REPLACE, "mobile", b"1")], serverctrls=[control],
                by=(*CLOSED, ldap.PROXIED_AUTHORIZATION_DENIED, ldap.PROTOCOL_ERROR, ldap.INVALID_DN_SYNTAX))


@pytest.mark.parametrize("name", ["uid=dorlov,ou=people,{base}", "cn=admin,{base}"])
def test_a_control_that_might_be_ignored_gives_nothing_either(bare_campus, proxy, name):
    """Not critical, it may be skipped where it is refused: the change is the proxy's own then, which may nothing."""
    own = bare_campus.dn("mkeller")
    control = acting_as(name.format(base=bare_campus.json["ldap"]["base"]), critical=False)
    refused(proxy.modify_ext_s, own, [(ldap.MOD_REPLACE, "mobile", b"1")], serverctrls=control,
            by=(*CLOSED, ldap.PROXIED_AUTHORIZATION_DENIED))


def test_a_person_locked_by_guesses_may_still_be_acted_for(bare_campus, proxy):
    for _ in range(10):
        bare_campus.bind("bjansen", "wrong")
    name = bare_campus.dn("bjansen")
    assert proxy.search_ext_s(name, ldap.SCOPE_BASE, serverctrls=acting_as(name))


@pytest.mark.parametrize("name", ["read", "store"])
def test_no_other_service_acts_as_somebody(bare_campus, name):
    connection = bare_campus.ldap(service_dn(name), bare_campus.secret(f"ldap-{name}"))
    refused(connection.search_ext_s, "", ldap.SCOPE_BASE, serverctrls=acting_as(bare_campus.dn("mkeller")),
            by=ldap.PROXIED_AUTHORIZATION_DENIED)


def test_no_person_acts_as_another(bare_campus):
    person = bare_campus.person(role="operator")
    connection = bare_campus.ldap(bare_campus.dn(person.user), person.password)
    refused(connection.search_ext_s, "", ldap.SCOPE_BASE, serverctrls=acting_as(bare_campus.dn("mkeller")),
            by=ldap.PROXIED_AUTHORIZATION_DENIED)


# --- what people may write: what the settings offer, and not one attribute more ---

VALUES = {
    "uidNumber": b"0", "gidNumber": b"0", "jpegPhoto": b"\xff\xd8\xff\xe0", "manager": b"cn=x", "secretary": b"cn=x", "seeAlso": b"cn=x",
    "pwdPolicySubentry": b"cn=grace,ou=policies,dc=example,dc=edu", "pwdReset": b"FALSE", "pwdAccountLockedTime": b"000001010000Z",
    "authzTo": b"dn:*", "authzFrom": b"dn:*", "objectClass": b"extensibleObject", "labeledURI": b"https://example.org", "employeeType": b"staff"}
ATTRIBUTES = """
    cn sn givenName displayName initials uid mail telephoneNumber mobile homePhone fax postalAddress homePostalAddress street
    postalCode labeledURI preferredLanguage jpegPhoto description employeeNumber employeeType ou o title roomNumber businessCategory manager
    secretary seeAlso carLicense departmentNumber eduPersonAffiliation eduPersonPrimaryAffiliation eduPersonPrincipalName
    uidNumber gidNumber homeDirectory loginShell gecos objectClass pwdPolicySubentry pwdReset pwdAccountLockedTime authzTo authzFrom
    """.split()


def offered():
    """The LDAP attributes that the settings of the demo offer to change."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string((ETC / "profile.conf").read_text(encoding="utf-8"))
    return {section["ldap"] for name, section in settings.items() if name.startswith("attribute ") and section.get("write") == "self"}


def writable(campus, proxy, user):
    """What of ATTRIBUTES the person may write, tried one by one and put back."""
    name, may = campus.dn(user), set()
    admin = campus.ldap()
    [(_, before)] = admin.search_s(name, ldap.SCOPE_BASE, attrlist=["*", "+"])
    for attribute in ATTRIBUTES:
        try:
            proxy.modify_ext_s(name, [(ldap.MOD_REPLACE, attribute, VALUES.get(attribute, b"1"))], serverctrls=acting_as(name))
        except ldap.INSUFFICIENT_ACCESS:
            continue
        may.add(attribute)
        admin.modify_s(name, [(ldap.MOD_REPLACE, attribute, before.get(attribute))])
    return may


def test_people_write_what_the_settings_offer_and_nothing_else(bare_campus, proxy):
    assert offered() <= set(ATTRIBUTES)
    assert writable(bare_campus, proxy, bare_campus.person(role="employee").user) == offered()
    assert writable(bare_campus, proxy, bare_campus.person(role="student").user) == offered() - {"telephoneNumber", "roomNumber"}


def test_an_entry_is_neither_moved_nor_deleted_nor_grown_by_its_person(bare_campus, proxy):
    own = bare_campus.dn("mkeller")
    as_mkeller = acting_as(own)
    refused(proxy.delete_ext_s, own, serverctrls=as_mkeller)
    refused(proxy.rename_s, own, "uid=root", serverctrls=as_mkeller)
    refused(proxy.add_ext_s, f"ou=x,{own}", [("objectClass", b"organizationalUnit"), ("ou", b"x")], serverctrls=as_mkeller)


def test_a_person_reads_the_own_entry_and_groups_only(bare_campus):
    person = bare_campus.person(role="employee")
    own = Bound(bare_campus, bare_campus.dn(person.user), person.password)
    assert set(own.found(bare_campus.dn(person.user))) == {bare_campus.dn(person.user)}
    assert own.found(f"ou=groups,{own.base}")
    for closed in (bare_campus.dn("mkeller"), f"ou=people,{own.base}", f"ou=services,{own.base}", f"ou=policies,{own.base}"):
        assert not own.found(closed)


# --- the schema ---

def definitions(text, keyword):
    parts = re.split(r"^(?=\w+:? )", re.sub(r"^#.*", "", text, flags=re.M), flags=re.M)
    return {" ".join(part.removeprefix(keyword).lstrip(":").split()) for part in parts if part.startswith(keyword)}


def test_both_forms_of_the_schema_say_the_same():
    schema, ldif = ((SCHEMA / name).read_text(encoding="utf-8") for name in ("spom.schema", "spom.ldif"))
    root = re.search(r"^objectidentifier spom (\S+)$", schema, re.M)[1]
    schema = re.sub(r"spomAttribute:(\d+)", rf"{root}.1.\1", re.sub(r"spomClass:(\d+)", rf"{root}.2.\1", schema))
    unfolded = re.sub(r"\n ", "", ldif)
    for keyword, attribute in (("attributetype", "olcAttributeTypes"), ("objectclass", "olcObjectClasses")):
        assert definitions(schema, keyword) == definitions(unfolded, attribute) != set()


def test_slapd_takes_the_ldif(tmp_path):
    text = ("dn: cn=config\nobjectClass: olcGlobal\ncn: config\n\ndn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n"
            + (SCHEMA / "spom.ldif").read_text(encoding="utf-8"))
    done = subprocess.run(["/usr/sbin/slapadd", "-n", "0", "-F", tmp_path], input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def rules(text, begins):
    """The rules of a file, one a line, blanks made one."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [" ".join(rule.split()) for rule in re.split(begins, lines, flags=re.M)[1:]]


def test_both_forms_of_the_rules_say_the_same():
    conf, ldif = ((SCHEMA / name).read_text(encoding="utf-8") for name in ("rules.conf", "rules.ldif"))
    assert rules(conf, r"^access ") == rules(ldif, r"^olcAccess: \{\d+\}") != []
    limits = re.findall(r"^limits (.*)", conf, re.M)
    assert limits == re.findall(r"^olcLimits: (.*)", ldif, re.M) != []
    assert re.findall(r"^olcAccess: \{(\d+)\}", ldif, re.M) == [str(n) for n in range(len(rules(conf, r"^access ")))]


def test_the_readme_knows_every_attribute():
    schema, readme = ((SCHEMA / name).read_text(encoding="utf-8") for name in ("spom.schema", "README.md"))
    defined = set(re.findall(r"spomAttribute:(\d+) NAME '(\w+)'", schema))
    assert defined == {(number, name) for name, number in re.findall(r"^\| `(\w+)` \| \.1\.(\d+) \|", readme, re.M)} != set()
