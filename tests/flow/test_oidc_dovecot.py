"""A resource server that is not ours: Dovecot, by the files of docs/examples, with mail programs that show it an access token (XOAUTH2, RFC 7628)."""
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from campus.client import until
from campus.guard import die_with_parent
from campus.layout import ROOT
from conftest import free_port
from relying import HTML, inside, register, signed_in      # pylint: disable=unused-import
from test_oidc_levels import MFA, Two, at

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Dovecot changes its uid")
OWNER = "www-data"      # of mailboxes: any account that is there and is no person
SERVER = """
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = spom-{port}
log_path = {folder}/log
auth_debug = yes
auth_failure_delay = 0
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {owner}
default_internal_user = {owner}
default_internal_group = {owner}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/mail/%u
}}
!include {folder}/auth-oauth2.conf.ext
"""


@pytest.fixture(scope="module")
def mailer(register):
    """A mail program."""
    return register("mail-program", "--audience", "mail-store", "--scopes", "mail")


@contextmanager
def dovecot_of(campus, asker, beyond):
    """The port of a Dovecot that lives in a folder of its own, and asks as that resource server."""
    folder, port = Path(tempfile.mkdtemp(prefix="spom-dovecot-", dir="/tmp")), free_port() + beyond  # other runs of pytest close its own folder
    login = campus.portal.removeprefix("http://")
    values = {"https://CLIENT-ID:CLIENT-SECRET@login.example.edu": f"http://{asker.client_id}:{asker.secret}@{login}",
              "/etc/dovecot/dovecot-oauth2.conf.ext": f"{folder}/dovecot-oauth2.conf.ext"}
    for name, to in (("dovecot-oauth2.conf", "auth-oauth2.conf.ext"), ("dovecot-oauth2.conf.ext", "dovecot-oauth2.conf.ext")):
        text = (ROOT / "docs/examples" / name).read_text(encoding="utf-8")
        for old, new in values.items():
            text = text.replace(old, new)
        assert "example.edu" not in text and "CLIENT" not in text.replace("`", "")
        (folder / to).write_text(text, encoding="utf-8")
    (folder / "dovecot.conf").write_text(SERVER.format(folder=folder, port=port, owner=OWNER), encoding="utf-8")
    owner = pwd.getpwnam(OWNER)
    (folder / "mail").mkdir()
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    me = os.getpid()
    server = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              preexec_fn=lambda: die_with_parent(me, signal.SIGTERM))
    try:
        until(lambda: server.poll() is not None or answers(port), "Dovecot answers", 15)
        assert server.poll() is None, server.stdout.read()
        yield port
    finally:
        server.terminate()
        server.wait(15)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def dovecot(campus, register):
    with dovecot_of(campus, register("mail-store", "--resource-server", claims="preferred_username"), 410) as port:
        yield port


def answers(port):
    try:
        imaplib.IMAP4("127.0.0.1", port, timeout=5).shutdown()
    except OSError:
        return False
    return True


def xoauth2(user, token):
    return "XOAUTH2", f"user={user}\x01auth=Bearer {token}\x01\x01"


def oauthbearer(user, token):
    return "OAUTHBEARER", f"n,a={user},\x01auth=Bearer {token}\x01\x01"


def read_mail(port, way, user, token):
    """How many letters lie there; None: not let in."""
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=15)
    mechanism, said = way(user, token)
    tries = iter([said.encode(), b""])      # the second answers what the server says of its no
    try:
        connection.authenticate(mechanism, lambda _: next(tries))
        return int(connection.select("INBOX")[1][0])
    except imaplib.IMAP4.error:
        return None
    finally:
        connection.shutdown()


def token_of(client, door, scope="openid mail", **more):
    return client.redeem(client.code(door.browser, scope=scope, **more)).json()["access_token"]


@pytest.mark.parametrize("way", [xoauth2, oauthbearer])
def test_who_shows_a_token_reads_mail(campus, dovecot, mailer, inside, way):
    assert read_mail(dovecot, way, campus.person(role="student").user, token_of(mailer, inside)) == 0


def test_the_password_alone(campus, register):
    """Where the store wants two factors, a token of a session with less opens nothing."""
    person = campus.newcomer()
    door, vault = signed_in(campus, person), register("mail-vault", "--resource-server", "--two-factors", claims="preferred_username")
    reader = register("vault-reader", "--audience", "mail-vault", "--scopes", "mail")
    somebody, token = Two(campus, person).enrol(), token_of(reader, door)
    with dovecot_of(campus, vault, 411) as port:
        assert read_mail(port, xoauth2, person.user, token) is None
        sent = reader.authorize(door.browser, scope="openid mail", acr_values=MFA)
        done = at(door, sent.headers["Location"]).prove(somebody).json()
        risen = reader.redeem(reader.answer_of(door.browser.get(done["next"], headers=HTML))["code"]).json()["access_token"]
        assert read_mail(port, xoauth2, person.user, risen) == 0


def test_who_is_not_let_in(campus, dovecot, register, mailer, inside):
    user, other = campus.person(role="student").user, register("mail-stranger", "--scopes", "mail")
    token = token_of(mailer, inside)
    assert read_mail(dovecot, xoauth2, user, token) == 0
    assert read_mail(dovecot, xoauth2, campus.person(role="employee").user, token) is None, "another's name"
    for wrong in ("A" * 43, token[:-1] + ("A" if token[-1] != "A" else "B"), token_of(mailer, inside, scope="openid profile"),
                  token_of(mailer, inside, resource="mail-program"), token_of(other, inside)):
        assert read_mail(dovecot, xoauth2, user, wrong) is None
    door = signed_in(campus, campus.person(role="student"))
    token = token_of(mailer, door)
    assert door.log_out().status_code == 200
    assert read_mail(dovecot, xoauth2, user, token) is None, "the session has ended"
