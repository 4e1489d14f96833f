"""Memory for keys: locked, left out of core dumps, and nowhere else; and a machine that does not allow it."""
import base64
import ctypes
import ctypes.util
import os
import re
import subprocess
from pathlib import Path

import pytest

import second
from campus.layout import BIN
from conftest import ROOT, plain
from door import Door

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="other users' processes are looked at")
PURPOSES = 48           # of keys.h
LOCKED, NOT_DUMPED = "lo", "dd"


@pytest.fixture(scope="module")
def campus(campus):
    """Sanitizers take mlock for granted and do nothing: the plain programs are looked at."""
    yield from plain(campus, "flow-locked")


def mappings(pid):
    """(first, last, rights, name, flags) of each mapping that can be read."""
    found = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)$", line)
        if head:
            found.append([int(head[1], 16), int(head[2], 16), head[3], head[4], set()])
        elif line.startswith("VmFlags:"):
            found[-1][4] = set(line.split()[1:])
    return [tuple(mapping) for mapping in found if mapping[2][0] == "r" and not mapping[3].startswith("[v")]


def places_of(pid, needle):
    """The mappings in which the bytes lie."""
    places = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as image:
        for first, last, rights, name, flags in mappings(pid):
            try:
                image.seek(first)
                whole = image.read(last - first)
            except OSError:
                continue
            if whole and needle in whole:
                places.append((name or "anonymous", rights, flags))
    return places


def master(campus):
    return base64.urlsafe_b64decode((campus.dir / "secrets" / "master").read_text().split()[0] + "=")


def subkeys(key):
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    for number in range(1, PURPOSES + 1):
        made = ctypes.create_string_buffer(32)
        assert sodium.crypto_kdf_derive_from_key(made, ctypes.c_size_t(32), ctypes.c_uint64(number), b"spom-v1 ", key) == 0
        yield number, made.raw


@pytest.fixture
def pid(campus):
    """Somebody has just signed in: keys were used."""
    assert Door(campus).sign_in(campus.person(role="student")).status_code == 200
    return campus.pid("spom-authority")


def assert_locked(places, what):
    assert places, f"{what}: not found, so nothing was looked at"
    for name, rights, flags in places:
        assert {LOCKED, NOT_DUMPED} <= flags, (what, name, rights, sorted(flags))


def test_the_purposes_are_all_of_them():
    header = (ROOT / "gateway" / "authority" / "keys" / "keys.h").read_text(encoding="utf-8")
    assert len(re.findall(r"^\tKEY_\w+, ", header, re.M)) == PURPOSES


def test_keys_lie_in_locked_memory_and_nowhere_else(campus, pid):
    key = master(campus)
    assert len(key) == 32
    assert_locked(places_of(pid, key), "master key")
    for number, sub in subkeys(key):
        assert_locked(places_of(pid, sub), f"subkey {number}")


def test_keys_are_read_only(campus, pid):
    assert {rights for _, rights, _ in places_of(pid, master(campus))} == {"r--p"}


@pytest.mark.parametrize("name", ["ldap-read", "ldap-store"])
def test_a_password_of_ours_lies_in_locked_memory(campus, pid, name):
    assert any({LOCKED, NOT_DUMPED} <= flags for _, _, flags in places_of(pid, campus.secret(name).encode()))


def test_the_kernel_counts_them(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    locked = sum(last - first for first, last, _, _, flags in mappings(pid) if LOCKED in flags)
    assert 16 * 1024 <= locked <= int(re.search(r"^VmLck:\s+(\d+) kB$", status, re.M)[1]) * 1024


def test_it_leaves_no_core_and_nobody_looks_in(pid):
    assert re.search(r"^Max core file size\s+0\s+0\s", Path(f"/proc/{pid}/limits").read_text(), re.M)
    assert int(re.search(r"^Uid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1]) != 0
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0, "not dumpable: its memory belongs to root, not to its own uid"


def start(home, folder, limit):
    """An authority of root without the right to lock what it likes."""
    return subprocess.Popen(["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", "prlimit", f"--memlock={limit}:{limit}",
                             f"{folder}/spom-authority", "--config", str(home / "spom.conf")], stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("limit", [0, 4096])
def test_where_memory_cannot_be_locked_it_does_not_start(campus, tmp_path, limit):
    with second.machine(campus, tmp_path) as sockets:
        process = start(tmp_path, os.environ.get("SPOM_PLAIN_BIN_DIR") or BIN, limit)
        try:
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 1
        assert re.search(rf' error spom-authority memory_not_locked limit_kib={limit // 1024} remedy=\"LimitMEMLOCK=16M"$', said, re.M), said
        assert not (sockets / "pam" / "authority.sock").exists()
