"""Mails: what somebody should know arrives once, in the person's language, by a way that nobody else reads; whatever is down meanwhile."""
import email
import email.policy
import signal
import ssl
import subprocess
import time

import pytest
from campus.client import until
from door import Door

SIGNED_IN = ("Eine Anmeldung mit einem neuen Browser", "A sign-in with a new browser")


class Mails:
    """What arrives for a person from now on."""

    def __init__(self, campus, person):
        self.campus, self.address = campus, f"{person.user.lower()}@example.edu"
        self.seen = set(campus.mails())

    def new(self):
        found = [path for path in self.campus.mails() if path not in self.seen]
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]
        return [mail for mail in mails if mail["X-Envelope-To"].lower() == self.address]

    def one(self, timeout_s=10):
        """The one mail that arrives; a second one within a moment would be one too many."""
        until(self.new, f"a mail for {self.address}", timeout_s)
        time.sleep(1.5)
        found = self.new()
        assert len(found) == 1, [mail["Subject"] for mail in found]
        return found[0]


def sign_in(campus, person):
    """From a browser that was not seen before: that is written to the person."""
    answer = Door(campus).sign_in(person)
    assert answer.status_code == 200 and answer.json().get("done"), answer.text


@pytest.fixture(scope="module")
def known(campus):
    """People whose first sign-in is behind them: nothing is new at the first one."""
    people = {}

    def get(user):
        if user not in people:
            people[user] = campus.person(user)
            sign_in(campus, people[user])
            until(lambda: waits_in_queue(campus) == 0, "nothing is on its way", 30)
        return people[user]
    return get


def waits_in_queue(campus):
    return len(list((campus.dir / "state" / "outbox").glob("*.mail")))


@pytest.fixture
def settings(campus):
    """settings(key=value) changes settings of the section [mail] of the running campus; all is as before at the end."""
    path = campus.dir / "spom.conf"
    before = path.read_text(encoding="utf-8")

    def read():
        count = campus.log("spom-authority").count(" settings_read ")
        campus.signal("spom-authority", signal.SIGHUP)
        until(lambda: campus.log("spom-authority").count(" settings_read ") > count, "the settings are read")

    def change(**values):
        head, mark, rest = path.read_text(encoding="utf-8").partition("[mail]\n")
        section, end, tail = rest.partition("\n[")
        kept = [line for line in section.splitlines() if line.partition(" = ")[0] not in values]
        section = "\n".join([f"{key} = {value}" for key, value in values.items()] + kept)
        path.write_text(head + mark + section + end + tail, encoding="utf-8")
        read()
    yield change
    path.write_text(before, encoding="utf-8")
    read()


# --- what arrives ---

def test_a_mail_says_what_happened_in_the_persons_language(campus, known):
    person = known("mkeller")
    mails = Mails(campus, person)
    sign_in(campus, person)
    mail = mails.one()
    assert mail["Subject"] == SIGNED_IN[0] and mail["Content-Language"] == "de"
    assert mail["To"].addresses[0].display_name == "Maria Keller"
    assert mail["From"].addresses[0].addr_spec == "portal@example.edu" == mail["X-Envelope-From"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60
    words = mail.get_content()
    assert words.startswith("Guten Tag Maria Keller,") and "Von: 127.0.0.1" in words and "Mit: Python" in words
    assert f"{campus.portal}/security" in words
    links = [word for word in words.split() if "://" in word]
    assert links and all(link.startswith(campus.portal) for link in links)
    assert person.password not in words


@pytest.mark.parametrize("user", ["gmurphy", "iivanova"])
def test_others_get_it_in_english_with_their_names_as_they_are(campus, known, user):
    person = known(user)
    mails = Mails(campus, person)
    sign_in(campus, person)
    mail = mails.one()
    assert mail["Subject"] == SIGNED_IN[1]
    assert mail["To"].addresses[0].display_name == person.name
    assert mail.get_content().startswith(f"Hello {person.name},")


def test_a_name_that_is_an_attack_stays_a_name(campus, known):
    person = known("vsilva")
    directory = campus.ldap()
    before = directory.search_s(campus.dn(person.user), 0, attrlist=["displayName"])[0][1]["displayName"]
    import ldap
    directory.modify_s(campus.dn(person.user), [
        (ldap.MOD_REPLACE, "displayName", ['"Eve" <eve@evil.example>, www.evil.example =?utf-8?q?=0ABcc:?='.encode()])])
    try:
        mails = Mails(campus, person)
        sign_in(campus, person)
        mail = mails.one()
    finally:
        directory.modify_s(campus.dn(person.user), [(ldap.MOD_REPLACE, "displayName", before)])
    assert [address.addr_spec for address in mail["To"].addresses] == [f"{person.user}@example.edu"]
    assert mail["Bcc"] is None and "evil.e" not in mail.get_content() and "eve@" not in mail.get_content()
    assert not mail.defects


# --- what is down meanwhile ---

def test_a_server_that_is_down_gets_the_mail_later_and_once(campus, known):
    person = known("pweber")
    mails = Mails(campus, person)
    campus.stop("mail")
    try:
        sign_in(campus, person)
        until(lambda: waits_in_queue(campus) == 1, "the mail waits")
        until(lambda: "mail_not_sent" in campus.log("spom-courier"), "courier has tried")
        campus.wait_back("spom-authority", campus.kill("spom-authority"))
        campus.wait_back("spom-courier", campus.kill("spom-courier"))
        assert waits_in_queue(campus) == 1 and not mails.new()
    finally:
        campus.start("mail")
    assert mails.one(timeout_s=30)["Subject"] in SIGNED_IN
    until(lambda: waits_in_queue(campus) == 0, "nothing waits any more")


def test_the_authority_may_die_while_mails_are_on_their_way(campus, known):
    """kill -9 at any moment: none is lost, and none comes twice, because courier reports until it is heard."""
    person = known("hbrandt")
    mails = Mails(campus, person)
    count = 6
    for i in range(count):
        sign_in(campus, person)
        if i % 2:
            campus.wait_back("spom-authority", campus.kill("spom-authority"))
            until(lambda: campus.browser().get("/login").status_code == 200, "sign-in is back", 5)
    until(lambda: len(mails.new()) >= count, "all mails arrive", 30)
    until(lambda: waits_in_queue(campus) == 0, "nothing waits any more", 30)
    ids = [mail["Message-ID"] for mail in mails.new()]
    assert len(ids) == len(set(ids)) == count


def test_a_server_that_hangs_holds_up_nobody_but_the_mail(campus, known):
    """It takes connections and says nothing: sign-ins go on, and the mail comes when it wakes, once."""
    person = known("pweber")
    mails = Mails(campus, person)
    campus.signal("mail", signal.SIGSTOP)
    try:
        began = time.monotonic()
        sign_in(campus, person)
        assert time.monotonic() - began < 10
        until(lambda: waits_in_queue(campus) == 1, "the mail waits")
        assert campus.browser().get("/health/ready").json()["mail"] is True, "the queue is well, whatever the server does"
    finally:
        campus.signal("mail", signal.SIGCONT)
    assert mails.one(timeout_s=90)["Subject"] in SIGNED_IN
    until(lambda: waits_in_queue(campus) == 0, "nothing waits any more")


def test_the_courier_may_be_away(campus, known):
    person = known("rcosta")
    mails = Mails(campus, person)
    campus.stop("spom-courier")
    try:
        sign_in(campus, person)
        assert waits_in_queue(campus) == 1
    finally:
        campus.start("spom-courier")
    mails.one()


# --- servers that are not what they should be ---

class Server:
    """A mail server of the test's own: notes what it was told, and refuses the recipients that it is told to refuse."""

    def __init__(self, port, refused=None, **options):
        from aiosmtpd.controller import Controller
        self.port, self.refused = port, refused or {}
        self.mails, self.said = [], []
        options.setdefault("auth_require_tls", False)
        self.controller = Controller(self, hostname="127.0.0.1", port=port, **options)
        self.controller.start()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.said.append("EHLO")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.said.append("MAIL")
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, envelope.original_content))
        return "250 taken"


@pytest.fixture
def server(campus):
    started = []

    def start(**options):
        started.append(Server(int(campus.portal.rpartition(":")[2]) + 20 + len(started), **options))
        return started[-1]
    yield start
    for each in started:
        each.controller.stop()


def tls_of(certificate, key):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    return tls


def certified(campus, folder, name, by_campus):
    """A certificate for a name, from the campus's CA or from nobody."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    ca = campus.dir / "ca"
    signed = ["-CA", ca / "ca.pem", "-CAkey", ca / "ca.key"] if by_campus else []
    subprocess.run(["openssl", "req", "-x509", *signed, "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-addext", "basicConstraints=critical,CA:FALSE"], check=True, capture_output=True)
    return tls_of(certificate, key)


def sink(campus):
    return f"localhost:{int(campus.portal.rpartition(':')[2]) + 7}"


def is_not_sent(campus, settings, person, other):
    """The mail of a sign-in waits while courier knows the other server; with the right one it goes out at once, and once."""
    settings(host=f"localhost:{other.port}")
    mails, before = Mails(campus, person), campus.log("spom-courier").count("mail_not_sent")
    sign_in(campus, person)
    until(lambda: campus.log("spom-courier").count("mail_not_sent") > before, "courier gives up this try")
    assert "MAIL" not in other.said and not other.mails
    assert waits_in_queue(campus) == 1
    settings(host=sink(campus))
    mails.one()


def test_nothing_is_sent_to_a_server_without_tls(campus, known, settings, server):
    other = server()
    is_not_sent(campus, settings, known("mkeller"), other)
    assert "EHLO" in other.said


@pytest.mark.parametrize("name, by_campus", [("localhost", False), ("mail.example.edu", True)])
def test_nothing_is_sent_to_a_server_whose_certificate_is_wrong(campus, known, settings, server, tmp_path, name, by_campus):
    is_not_sent(campus, settings, known("mkeller"), server(tls_context=certified(campus, tmp_path, name, by_campus)))


def test_a_wrong_password_loses_nothing(campus, known, settings):
    person = known("mkeller")
    secret = campus.dir / "secrets" / "smtp"
    right = secret.read_text()
    mails, before = Mails(campus, person), campus.log("spom-courier").count("mail_not_sent")
    secret.chmod(0o600)
    secret.write_text("wrong")
    try:
        settings(host=sink(campus))
        sign_in(campus, person)
        until(lambda: campus.log("spom-courier").count("mail_not_sent") > before, "the server says no")
        assert waits_in_queue(campus) == 1
    finally:
        secret.write_text(right)
        settings(host=sink(campus))
    mails.one()
    for name in ("spom-courier", "spom-authority"):
        assert right not in campus.log(name)


def test_a_recipient_that_is_refused_is_given_up_and_the_others_are_served(campus, known, settings, server):
    refused, later, fine = known("gmurphy"), known("rcosta"), known("mkeller")
    other = server(tls_context=tls_of(campus.dir / "tls" / "mail.pem", campus.dir / "tls" / "mail.key"), refused={
        "gmurphy@example.edu": "550 no such mailbox", "rcosta@example.edu": "450 the mailbox is busy"})
    settings(host=f"localhost:{other.port}", user="", password_file="")
    mails = Mails(campus, later)
    for person in (refused, later, fine):
        sign_in(campus, person)
    until(lambda: other.mails, "the third one is served")
    assert [to for to, _ in other.mails] == [["mkeller@example.edu"]]
    assert "mail_given_up" in campus.log("spom-authority")
    until(lambda: waits_in_queue(campus) == 1, "one waits")
    settings(host=sink(campus), user="spom", password_file=campus.dir / "secrets" / "smtp")
    mails.one()
    until(lambda: waits_in_queue(campus) == 0, "nothing waits any more")


def test_without_a_server_nothing_is_queued(campus, known, settings):
    person = known("mkeller")
    settings(host="", user="", password_file="")
    sign_in(campus, person)
    assert waits_in_queue(campus) == 0
