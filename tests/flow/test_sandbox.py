"""The programs as they serve: shut in, all threads of them, with nothing open that they have no need of."""
import os
import re
import signal
from pathlib import Path

import pytest

from campus.client import until
from campus.codes import Codes
from conftest import ROOT, Running
from door import Door
from pam_client import Pam
from receiver import Receiver
from relying import HTML, Registry
from web import Web

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="other users' processes are looked at")
pytestmark = needs_root

# program: which kinds of descriptors it may have beside the first three (/dev/null: kept to be let go of when there are no others)
OPEN = {
    "spom-authority": r"/dev/null|socket:|anon_inode:\[eventpoll\]|anon_inode:\[eventfd\]|.*/state/(audit|outbox).*|.*/state",
    "spom-front": r"socket:|anon_inode:\[eventpoll\]|anon_inode:\[eventfd\]|pipe:",
    "spom-gate": r"socket:|anon_inode:\[eventpoll\]|pipe:|anon_inode:\[signalfd\]",
    "spom-judge": r"socket:",
    "spom-courier": r"socket:|anon_inode:\[eventpoll\]|anon_inode:\[eventfd\]|pipe:",
}


def processes(campus):
    """Our own of this campus: (program, folder in /proc)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            argv = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        name = Path(argv[0]).name
        here = str(campus.dir) in " ".join(argv) or campus.json["sockets"] in argv
        if name in OPEN and here:
            found.append((name, folder))
    return found


@pytest.fixture
def busy(campus):
    """Somebody has just signed in: every program has done something."""
    assert Door(campus).sign_in(campus.newcomer()).status_code == 200
    return processes(campus)


def test_all_of_them_are_there(busy):
    assert {name for name, _ in busy} == set(OPEN)
    assert len([name for name, _ in busy if name == "spom-front"]) == 3


def test_every_thread_is_shut_in(busy):
    for name, folder in busy:
        for task in (folder / "task").iterdir():
            try:
                status = (task / "status").read_text()
            except FileNotFoundError:
                continue        # it has ended since
            assert re.search(r"^Seccomp:\s2$", status, re.M), (name, task)
            assert re.search(r"^NoNewPrivs:\s1$", status, re.M), (name, task)


def test_none_of_them_leaves_a_core(busy):
    for name, folder in busy:
        assert re.search(r"^Max core file size\s+0\s+0\s", (folder / "limits").read_text(), re.M), name


def test_nothing_is_open_that_is_not_needed(busy):
    for name, folder in busy:
        for fd in (folder / "fd").iterdir():
            try:
                target = os.readlink(fd)
            except FileNotFoundError:       # closed meanwhile
                continue
            assert int(fd.name) < 3 or re.match(OPEN[name], target), (name, fd.name, target)


# --- the programs as they are shipped: those with sanitizers may do more ---

@pytest.fixture(scope="module")
def shipped():
    plain = os.environ.get("SPOM_PLAIN_BIN_DIR", str(ROOT / "build" / "bin"))
    running = Running(ROOT / "build" / "flow-shipped", env={"SPOM_BIN_DIR": plain})
    yield running.campus
    running.end()


def test_what_is_shipped_does_all_that_it_is_for(shipped, tmp_path):
    """A call that the table forgot kills a program: so each of them has its whole day here, and lives on."""
    before = {folder.name: name for name, folder in processes(shipped) if name != "spom-gate"}
    web = Web(shipped, "page").start()
    newcomer = shipped.person(state="no_factor")
    answer = web.post(user=newcomer.user, password=newcomer.password)
    assert answer.status_code == 200 and "<svg" in answer.text, "the QR code, drawn by a child of front's"
    person = shipped.person(role="student")
    door = Door(shipped)
    assert door.sign_in_fully(person, Codes()).json().get("done") is True
    for page in ("/", "/profile", "/sessions", "/activity", "/activity.csv", "/security"):
        assert door.browser.get(page).status_code == 200, page
    assert not Pam(shipped, tmp_path).authenticate(person.user, ["wrong"])[0]
    other = shipped.person(role="manager")
    assert Door(shipped).sign_in_fully(other, Codes()).json().get("done") is True
    assert Door(shipped).sign_in_fully(other, LaterCodes()).json().get("done") is True
    until(lambda: any(other.user in mail.read_text() for mail in shipped.mails()), "the mail about the second browser is there", 20)
    [authority] = [name for name in before if before[name] == "spom-authority"]
    os.kill(int(authority), signal.SIGHUP)
    until(lambda: "settings_read" in (shipped.dir / "log" / "spom-authority.log").read_text(), "the settings are read again", 10)
    assert door.home().status_code == 200
    told_of_the_end(shipped, door)
    assert {folder.name: name for name, folder in processes(shipped) if name != "spom-gate"} == before, "nobody was killed"


def told_of_the_end(shipped, door):
    """A service hears by TLS that somebody has signed out."""
    receiver, registry = Receiver(shipped.dir / "tls" / "nginx.pem", shipped.dir / "tls" / "nginx.key"), Registry(shipped)
    wiki = registry("wiki", "--backchannel-logout-uri", receiver.uri("/ok/wiki"), "--frontchannel-logout-uri", receiver.uri("/ok/frame"))
    assert wiki.redeem(wiki.code(door.browser)).status_code == 200
    page = door.log_out().json()["next"]
    receiver.until_heard("/ok/wiki")
    assert "<iframe" in shipped.browser().get(page, headers=HTML).text
    registry.close()
    receiver.close()


class LaterCodes(Codes):
    """The next code, for who has just used one."""

    def next(self, person):
        self.skip(person)
        return super().next(person)
