"""spomctl setup against the campus's directory: it asks, finds out what it can, and what it writes is what the authority starts with."""
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
from configparser import ConfigParser
from pathlib import Path

import pexpect
import pytest

from campus.client import until
from campus.layout import BASE, BIN, UIDS
from campus.shell import propagation
from conftest import ROOT, Running
from conversation import TIMEOUT_S, Conversation

ROLES = ("door", "check", "back", "gate", "courier")


@pytest.fixture(scope="module")
def campus():
    running = Running(ROOT / "build" / "flow-setup", programs=False)
    yield running.campus
    running.end()


@pytest.fixture
def home():
    """A folder for settings, sockets and state; short, because socket paths are."""
    folder = Path(tempfile.mkdtemp(prefix="spom-set-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def secret(campus, name):
    return (campus.dir / "secrets" / name).read_text(encoding="utf-8")


def answers(campus, home, **more):
    """What nobody can find out by looking; the password of an identity is asked for behind its DN."""
    uid = {role: UIDS[role] if os.geteuid() == 0 else os.geteuid() for role in ROLES}
    services = f"ou=services,{BASE}"
    return {
        "directory.uri": campus.json["ldap"]["uri"],
        f"Password of cn=spom-read,{services} (not shown)": secret(campus, "ldap-read"),
        f"Password of cn=spom-proxy,{services} (not shown)": secret(campus, "ldap-proxy"),
        f"Password of cn=spom-store,{services} (not shown)": secret(campus, "ldap-store"),
        "portal.institution": "Example University",
        "store.socket": campus.json["redis"]["unix"],
        "Password of that user; empty: none (not shown)": secret(campus, "redis"),
        **{f"peers.{role}": str(uid[role]) for role in ROLES},
        "authority.sockets": str(home / "run"),
        "authority.state": str(home / "state"),
    } | more


def settings_of(file):
    parser = ConfigParser(interpolation=None)
    parser.read(file, encoding="utf-8")
    return parser


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_campus_is_found_out_by_looking(campus, home):
    done = Conversation(home / "spom.conf", answers(campus, home))
    assert done.code == 0, done.text + done.out
    assert done.offered["directory.people_base"] == f"ou=people,{BASE}"
    assert done.offered["directory.people_filter"] == "(objectClass=inetOrgPerson)"
    assert done.offered["directory.name_attributes"] == "uid"
    assert done.offered["directory.groups_base"] == f"ou=groups,{BASE}"
    assert done.offered["records.base"] == f"ou=spom,{BASE}"
    assert done.offered["portal.origin"] == "https://login.example.edu"
    assert "all fits" in done.text and f"{home / 'spom.conf'}: ok" in done.out
    assert "people are found below" in done.out and "FAIL" not in done.out
    conf = settings_of(home / "spom.conf")
    assert conf["directory"]["people_base"] == f"ou=people,{BASE}"
    assert conf["store"]["password_file"] == str(home / "secrets" / "redis")
    assert "mail" not in conf


def test_secrets_are_files_that_nobody_else_may_read(campus, home):
    done = Conversation(home / "spom.conf", answers(campus, home))
    assert done.code == 0, done.text + done.out
    files = sorted((home / "secrets").iterdir())
    assert [file.name for file in files] == ["edge", "ldap-proxy", "ldap-read", "ldap-store", "master", "redis"]
    assert all(mode(file) == 0o600 for file in files)
    assert (home / "secrets" / "ldap-read").read_text() == secret(campus, "ldap-read")
    assert len((home / "secrets" / "master").read_text()) == 43
    assert mode(home / "spom.conf") == 0o640
    shown = done.text + done.out + (home / "spom.conf").read_text()
    for name in ("ldap-read", "ldap-proxy", "ldap-store", "redis"):
        assert secret(campus, name) not in shown


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_secrets_belong_to_the_authority_where_it_has_a_user(campus, home):
    how = propagation(home)
    if how is None:
        pytest.skip("no mount namespaces")
    users = "".join(f"spom-{role}:x:{UIDS[role]}:{UIDS[role]}::/:/usr/sbin/nologin\n" for role in ("authority", *ROLES))
    (home / "passwd").write_text(Path("/etc/passwd").read_text(encoding="utf-8") + users, encoding="utf-8")
    mount = ("unshare", "-m", "--propagation", how, "sh", "-c", f'mount --bind {home}/passwd /etc/passwd && exec "$@"', "sh")
    done = Conversation(home / "spom.conf", answers(campus, home), before=mount)
    assert done.code == 0, done.text + done.out
    assert not [question for question in done.asked if question in {f"peers.{role}" for role in ROLES}]
    assert "peers" not in settings_of(home / "spom.conf")
    for file in (home / "secrets").iterdir():
        assert (file.stat().st_uid, mode(file)) == (UIDS["authority"], 0o600)
    status = (home / "spom.conf").stat()
    assert (status.st_uid, status.st_gid, mode(home / "spom.conf")) == (0, UIDS["authority"], 0o640)


def test_a_line_each_from_a_pipe_is_enough(campus, home):
    asked = Conversation(home / "spom.conf", answers(campus, home))
    other = home / "other"
    other.mkdir()
    done = subprocess.run([BIN / "spomctl", "setup", other / "spom.conf", "--json"], capture_output=True, text=True, check=False,
                          input="".join(f"{line}\n" for line in asked.typed), timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"well":true' in done.stdout.replace(" ", "")
    assert (other / "spom.conf").read_text() == (home / "spom.conf").read_text().replace(f"{home}/secrets", f"{other}/secrets")


def test_the_authority_starts_with_what_was_written(campus, home):
    done = Conversation(home / "spom.conf", answers(campus, home, **{"portal.origin": "https://login.example.edu"}))
    assert done.code == 0, done.text + done.out
    for role in (*ROLES, "pam", "admin", "turn"):
        (home / "run" / role).mkdir(parents=True)
    (home / "state").mkdir(mode=0o700)
    with open(home / "log", "w", encoding="utf-8") as log:
        authority = subprocess.Popen([BIN / "spom-authority", "--config", home / "spom.conf"], stdout=log, stderr=log)
        try:
            until(lambda: authority.poll() is not None or (home / "run" / "admin" / "authority.sock").exists(), "it serves", 20)
            said = subprocess.run([BIN / "spomctl", "--socket", home / "run", "directory", "test"], capture_output=True, text=True,
                                  timeout=TIMEOUT_S, check=False)
        finally:
            authority.terminate()
            authority.wait(20)
    assert said.returncode == 0, said.stdout + said.stderr + (home / "log").read_text()
    names = [re.match(r"\S+ +([^:]*):", line)[1] for line in said.stdout.splitlines() if not line.startswith(" ")]
    told = [re.match(r"\S+ +([^:]*):", line)[1] for line in done.out.splitlines()[1:] if not line.startswith(" ")]
    assert names == [*told, "store"], "the look at the end is the directory test, without the store"


def test_bad_answers_are_said_and_asked_again(campus, home):
    uri = campus.json["ldap"]["uri"]
    read = f"Password of cn=spom-read,ou=services,{BASE} (not shown)"
    done = Conversation(home / "spom.conf", answers(campus, home, **{
        "directory.uri": ["nonsense", "ldap://127.0.0.1:1", "ldap://192.0.2.1:x", uri],
        read: ["", "wrong", secret(campus, "ldap-read")],
        "directory.people_base": ["ou=nowhere", f"ou=people,{BASE}"],
        "Other names?": ["perhaps", "yes"],
        "portal.origin": ["http://login.example.edu", "https://login.example.edu/", "https://login.example.edu"],
        "factors.roll_out": ["next year", "2027-03-31"],
        "mail.host": ["smtp", "smtp.example.edu:587"],
        "mail.user": "-",
        "mail.from": "login@example.edu",
        "peers.operators": "operators",
    }))
    text = re.sub(r"\s+", " ", done.text)
    assert done.code == 0, done.text + done.out
    for sentence in ("'nonsense' must be ldap://host[:port]", "ldap://127.0.0.1:1 cannot be used", "A password is needed here.",
                     "cannot bind: Invalid credentials", "Nobody is seen below ou=nowhere", "Say yes or no.",
                     "must be https: http is for localhost only", "without a path", "roll_out 'next year' must be a day",
                     "host 'smtp' must be HOST:PORT"):
        assert sentence in text, sentence
    conf = settings_of(home / "spom.conf")
    assert conf["mail"]["from"] == "login@example.edu" and "user" not in conf["mail"]
    assert conf["factors"]["roll_out"] == "2027-03-31" and conf["peers"]["operators"] == "operators"


@pytest.mark.parametrize("typed, says", [("", "Nothing was written"), ("nonsense\n" * 9, "asked often enough"),
                                         ("ldap://127.0.0.1:1\n" * 9, "asked often enough"), ("x" * 9000 + "\n", "too long"),
                                         ("a\0b\n", "no text")])
def test_it_ends_and_leaves_nothing(home, typed, says):
    done = subprocess.run([BIN / "spomctl", "setup", home / "spom.conf"], input=typed, capture_output=True, text=True, check=False,
                          timeout=TIMEOUT_S)
    assert done.returncode == 1 and says in done.stderr and "Nothing was written" in done.stderr
    assert not list(home.iterdir())


def test_what_is_there_is_not_replaced_without_asking(campus, home):
    file = home / "spom.conf"
    file.write_text("# mine\n")
    refused = Conversation(file, {})
    assert refused.code == 1 and refused.asked == [f"{file} is there. Write another one in its place?"]
    assert file.read_text() == "# mine\n" and list(home.iterdir()) == [file]
    first = Conversation(file, answers(campus, home, **{"in its place?": "yes"}))
    assert first.code == 0, first.text + first.out
    assert (home / "spom.conf.old").read_text() == "# mine\n"
    kept = {path.name: path.read_text() for path in (home / "secrets").iterdir()}
    again = Conversation(file, {**{key: value for key, value in answers(campus, home).items() if "Password" not in key},
                                "in its place?": "yes"})
    assert again.code == 0, again.text + again.out
    assert {path.name: path.read_text() for path in (home / "secrets").iterdir()} == kept
    assert "Keep the password in it?" in "".join(again.asked)


def test_start_tls_and_the_campus_s_own_authority(campus, home):
    done = Conversation(home / "spom.conf", answers(campus, home, **{
        "directory.start_tls": "yes", "directory.ca_file": campus.json["ca"]}))
    assert done.code == 0, done.text + done.out
    conf = settings_of(home / "spom.conf")
    assert conf["directory"]["start_tls"] == "yes" and conf["directory"]["ca_file"] == campus.json["ca"]
    assert "answers, by TLS" in done.out


def test_ldaps(campus, home):
    port = int(campus.json["ldap"]["uri"].rsplit(":", 1)[1]) + 1
    done = Conversation(home / "spom.conf", answers(campus, home, **{
        "directory.uri": f"ldaps://127.0.0.1:{port}", "directory.ca_file": campus.json["ca"]}))
    assert done.code == 0, done.text + done.out
    assert "directory.ca_file" in done.asked and "directory.start_tls" not in done.asked
    assert "start_tls" not in settings_of(home / "spom.conf")["directory"]


def test_a_terminal_shows_no_password(campus, home):
    with pexpect.spawn(str(BIN / "spomctl"), ["setup", str(home / "spom.conf")], encoding="utf-8", timeout=20) as terminal:
        terminal.expect(r"directory.uri \[(.*)\]: ")
        assert "?" not in terminal.match[1]
        terminal.sendline(campus.json["ldap"]["uri"])
        for question in ("start_tls", "read_dn"):
            terminal.expect(f"directory.{question} .*: ")
            terminal.sendline("")
        terminal.expect(r"\(not shown\): ")
        terminal.sendline("not the one")
        terminal.expect("cannot bind")
        assert "not the one" not in terminal.before
        terminal.expect("directory.read_dn .*: ")
        terminal.sendline("")
        terminal.expect(r"\(not shown\): ")
        terminal.sendcontrol("c")
        terminal.expect("Nothing was written")
        terminal.expect(pexpect.EOF)
    assert terminal.exitstatus == 1 and not list(home.iterdir())


# A directory of another kind, open to everybody: accounts and posixGroups, and a person who has no uid.
OTHER = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "o=College"
directory {dir}
maxsize 16777216
"""
ENTRIES = """dn: o=College
objectClass: organization
o: College

dn: ou=services,o=College
objectClass: organizationalUnit
ou: services

dn: cn=spom-read,ou=services,o=College
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: spom-read
userPassword: reads

dn: ou=users,o=College
objectClass: organizationalUnit
ou: users

dn: {rdn},ou=users,o=College
objectClass: {kind}
{more}cn: ada

dn: ou=group,o=College
objectClass: organizationalUnit
ou: group

dn: cn=staff,ou=group,o=College
objectClass: posixGroup
cn: staff
gidNumber: 1
memberUid: ada
"""
ACCOUNT = "objectClass: posixAccount\nuid: ada\nuidNumber: 1\ngidNumber: 1\nhomeDirectory: /\n"


@pytest.mark.parametrize("rdn, kind, more, name, people", [
    ("uid=ada", "account", ACCOUNT, "uid", "(objectClass=posixAccount)"),
    ("cn=ada", "person", "sn: Lovelace\n", "cn", "(objectClass=person)")])
def test_a_directory_of_another_kind(campus, home, rdn, kind, more, name, people):
    (home / "data").mkdir()
    (home / "slapd.conf").write_text(OTHER.format(dir=home / "data"))
    subprocess.run(["/usr/sbin/slapadd", "-q", "-f", home / "slapd.conf"], check=True, text=True,
                   input=ENTRIES.format(rdn=rdn, kind=kind, more=more))
    uri = f"ldap://127.0.0.1:{int(campus.json['ldap']['uri'].rsplit(':', 1)[1]) + 50}"
    with subprocess.Popen(["/usr/sbin/slapd", "-d", "0", "-f", home / "slapd.conf", "-h", uri]) as slapd:
        try:
            until(lambda: listens(uri), "slapd serves", 10)
            wanted = answers(campus, home, **{
                "directory.uri": uri, "Password of cn=spom-read,ou=services,o=College (not shown)": "reads",
                "directory.proxy_dn": "-", "directory.decoy_dn": "-", "records.dn": "cn=spom-read,ou=services,o=College",
                "portal.origin": "https://login.college.example", "portal.institution": ""})
            done = Conversation(home / "spom.conf", wanted)
        finally:
            slapd.terminate()
    assert done.code == 1 and "first put right what is said above" in re.sub(r"\s+", " ", done.text), done.text + done.out
    assert done.offered["directory.people_base"] == "ou=users,o=College" and done.offered["directory.people_filter"] == people
    assert done.offered["directory.name_attributes"] == name and done.offered["portal.institution"] == "College"
    conf = settings_of(home / "spom.conf")["directory"]
    assert conf["groups_base"] == "ou=group,o=College" and conf["groups_filter"] == "(objectClass=posixGroup)"
    assert conf["group_member_attributes"] == "memberUid" and "proxy_dn" not in conf
    assert "groups: groups are found" in done.out and "people: people are found" in done.out


def listens(uri):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(uri.rsplit(":", 1)[1]))) == 0


def test_a_folder_that_cannot_be_written(home):
    done = subprocess.run([BIN / "spomctl", "setup", home / "nowhere" / "spom.conf"], input="", capture_output=True, text=True,
                          check=False, timeout=TIMEOUT_S)
    assert done.returncode == 1 and "cannot be written to" in done.stderr


def test_the_file_may_be_named_from_here(home):
    (home / "spom.conf").touch()
    done = subprocess.run([BIN / "spomctl", "setup", "spom.conf"], input="no\n", capture_output=True, text=True, check=False, cwd=home,
                          timeout=TIMEOUT_S)
    assert done.returncode == 1 and f"{home}/spom.conf is there" in done.stderr
