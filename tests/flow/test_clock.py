"""A machine whose clock is wrong: no sign-in there, and those on other machines go on (SECURITY 34)."""
import mmap
import os
import struct
import subprocess

import pytest

from campus.client import until
from campus.codes import step_now
from campus.layout import BIN
from pam_client import Pam
from second import authority, begin, machine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second authority reads the first one's secrets")

# No sanitizer: its runtime wants to be the first library. The clock of the process alone is moved, by what a page says.
PLAIN = os.environ.get("SPOM_PLAIN_BIN_DIR") or BIN
MOVED = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
static volatile long *moved_s;
static int (*real)(clockid_t, struct timespec *);
__attribute__((constructor)) static void begin(void)
{
	int fd = open(getenv("MOVED"), O_RDONLY);
	moved_s = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}
int clock_gettime(clockid_t id, struct timespec *at)
{
	int result = real(id, at);
	if (id == CLOCK_REALTIME)
		at->tv_sec += *moved_s;
	return result;
}
"""
YEAR_S = 365 * 86400


class Clock:
    """The clock of the second machine."""

    def __init__(self, folder):
        (folder / "moved.c").write_text(MOVED)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "moved.so", folder / "moved.c"], check=True)
        (folder / "page").write_bytes(bytes(4096))
        with open(folder / "page", "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.env = {"LD_PRELOAD": str(folder / "moved.so"), "MOVED": str(folder / "page")}

    def move(self, seconds):
        self.page[:8] = struct.pack("l", seconds)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("second")


@pytest.fixture(scope="module")
def clock(home):
    return Clock(home)


@pytest.fixture(scope="module")
def sockets(full, home):
    with machine(full, home) as there:
        yield there


def doubts(home):
    return [line.split("why=", 1)[1].split()[0] for line in (home / "log").read_text().splitlines() if " clock_doubted " in f"{line} "]


@pytest.mark.parametrize("seconds, why", [(60, "off_store_and_directory"), (-60, "before_build|off_store_and_directory"),
                                          (-YEAR_S, "before_build")])
def test_an_authority_with_a_wrong_clock_does_not_start(home, clock, sockets, seconds, why):
    clock.move(seconds)
    before = len(doubts(home)) if (home / "log").exists() else 0
    process = begin(home, PLAIN, clock.env)
    assert process.wait(10) != 0 and not (sockets / "pam" / "authority.sock").exists()
    [found] = doubts(home)[before:]
    assert found.strip('"') in why.split("|"), found
    assert not list((home / "state").glob("audit/*.jsonl")), "a wrong time was recorded"


def test_a_clock_that_goes_wrong_stops_sign_ins_until_it_is_right(full, home, clock, sockets, somebody, codes, tmp_path):
    clock.move(0)
    there = Pam(full, tmp_path, socket=sockets / "pam" / "authority.sock")
    with authority(home, sockets, PLAIN, clock.env):
        person, other = somebody(), somebody()
        assert there.authenticate(person.user, [person.password, codes.next(person)])[0]
        before = len(doubts(home))
        clock.move(60)
        until(lambda: len(doubts(home)) > before, "the clock is doubted", 20)
        digits = codes.next(other, first=step_now())
        assert not there.authenticate(other.user, [other.password, digits])[0]
        (tmp_path / "here").mkdir()
        assert Pam(full, tmp_path / "here").authenticate(other.user, [other.password, digits])[0], "the first one goes on"
        clock.move(0)
        until(lambda: "clock_believed" in (home / "log").read_text(), "the clock is believed", 20)
        third = somebody()
        assert there.authenticate(third.user, [third.password, codes.next(third)])[0]


def test_nothing_is_recorded_before_the_last_record(home, clock, sockets):
    """The clock set back from four seconds too fast to four too slow, both of which the store and the directory would let pass."""
    clock.move(4)
    with authority(home, sockets, PLAIN, clock.env):
        pass
    clock.move(-4)
    before = len(doubts(home))
    process = begin(home, PLAIN, clock.env)
    try:
        assert process.wait(10) != 0
    finally:
        process.kill()
    assert doubts(home)[before:] == ["before_last_record"]
