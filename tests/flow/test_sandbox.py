"""The programs as they serve: shut in, all threads of them, with nothing open that they have no need of."""
import os
import re
from pathlib import Path

import pytest

from door import Door

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="other users' processes are looked at")
pytestmark = needs_root

# program: which kinds of descriptors it may have beside the first three (/dev/null: kept to be let go of when there are no others)
OPEN = {
    "spom-authority": r"/dev/null|socket:|anon_inode:\[eventpoll\]|anon_inode:\[eventfd\]|.*/state/(audit|outbox).*",
    "spom-front": r"socket:|anon_inode:\[eventpoll\]|anon_inode:\[eventfd\]|pipe:",
    "spom-gate": r"socket:|anon_inode:\[eventpoll\]|pipe:|anon_inode:\[signalfd\]",
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
    assert Door(campus).sign_in(campus.generated(1)).status_code == 200
    return processes(campus)


def test_all_of_them_are_there(busy):
    assert {name for name, _ in busy} == set(OPEN)
    assert len([name for name, _ in busy if name == "spom-front"]) == 3


def test_every_thread_is_shut_in(busy):
    for name, folder in busy:
        for task in (folder / "task").iterdir():
            status = (task / "status").read_text()
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
