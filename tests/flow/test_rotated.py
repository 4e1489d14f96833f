"""Files that are written are moved, emptied and taken away, as programs do that rotate logs."""
import gzip
import os
import shutil
import signal
import threading

import pytest

from campus.client import until
from conftest import ROOT, Running
from ctl import Ctl
from door import Door


@pytest.fixture(scope="module")
def own():
    running = Running(ROOT / "build" / "flow-rotated", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "40"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(own):
    made = Ctl(own)
    yield made
    made.close()


class People:
    """Four who sign in as fast as they can; who was answered."""

    def __init__(self, own):
        self.own, self.over, self.answered = own, threading.Event(), []
        self.threads = [threading.Thread(target=self._run) for _ in range(4)]

    def _run(self):
        person = self.own.newcomer()
        while not self.over.is_set():
            door = Door(self.own)
            answer = door.sign_in(person)
            assert answer.status_code == 200 and answer.json()["done"] is True, answer.text
            self.answered.append(person.user)

    def more(self, n=4):
        before = len(self.answered)
        until(lambda: len(self.answered) >= before + n, "sign-ins go on", 30)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.more()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def chain(campus):
    return sorted((campus.dir / "state" / "audit").glob("audit-*.jsonl"))


def verdict(ctl):
    done = ctl("audit", "verify")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, done.stdout


def signed_in(text):
    return text.count('"event":"signed_in"')


# --- the audit ---

def test_a_file_of_the_audit_is_moved_away_while_it_is_written(own, ctl):
    """Nothing is lost: what was recorded until then is in the moved file, the rest in the next one, and put back they are one chain."""
    assert verdict(ctl)[0]
    moved, before = [], sum(signed_in(file.read_text()) for file in chain(own))
    with People(own) as people:
        for _ in range(5):
            file = chain(own)[-1]
            aside = file.with_suffix(".jsonl.1")
            file.rename(aside)
            moved.append((file, aside))
            people.more()
            until(lambda file=file: chain(own) and chain(own)[-1] > file, "the next file is begun")
    well, said = verdict(ctl)
    assert not well and "was taken away" in said, said
    assert "audit_file_touched" in own.log("spom-authority")
    for file, aside in moved:
        aside.rename(file)
    well, said = verdict(ctl)
    assert well, said
    recorded = sum(signed_in(file.read_text()) for file in chain(own)) - before
    assert recorded == len(people.answered), "each that was answered, once"


@pytest.mark.parametrize("how", ["copytruncate", "compress"])
def test_a_file_of_the_audit_is_emptied_or_replaced_while_it_is_written(own, ctl, how):
    """What is recorded later is there, and that something was done to the file is seen for good."""
    with People(own) as people:
        file = chain(own)[-1]
        copy = file.with_suffix(".jsonl.gz")
        if how == "compress":
            with open(file, "rb") as text, gzip.open(copy, "wb") as to:
                shutil.copyfileobj(text, to)
            file.unlink()
        else:
            shutil.copyfile(file, copy)
            os.truncate(file, 0)
        mark = len(people.answered)
        people.more(12)             # four of them may have been on their way
        until(lambda: chain(own)[-1] > file, "the next file is begun")
        later = len(people.answered) - mark - 4
    well, said = verdict(ctl)
    assert not well and str(int(file.stem.rpartition("-")[2])) in said, said
    assert signed_in(chain(own)[-1].read_text()) >= later
    # and through a restart
    own.stop("spom-authority")
    own.start("spom-authority")
    well, said = verdict(ctl)
    assert not well, said
    # what is lost stays seen until it is kept elsewhere as a whole
    own.stop("spom-authority")
    for file in chain(own):
        file.unlink()
    own.start("spom-authority")
    until(lambda: verdict(ctl)[0], "a new chain")


# --- what programs say ---

def test_the_log_of_a_program_is_moved_or_emptied(own):
    """They write to where they were started with, at its end: a moved file goes on until the next start, an emptied one from its
    beginning, without a hole."""
    person = own.newcomer()
    log = own.dir / "log" / "spom-authority.log"
    aside = log.with_suffix(".log.1")
    log.rename(aside)
    before = aside.read_text().count(" signed_in ")
    assert Door(own).sign_in(person).json()["done"] is True
    until(lambda: aside.read_text().count(" signed_in ") == before + 1, "the moved file goes on")
    own.wait_back("spom-authority", own.kill("spom-authority"))
    until(lambda: log.exists() and " serving " in log.read_text(), "the next start writes to the new file")
    until(lambda: own.browser().get("/health/ready").status_code == 200, "ready", 15)
    os.truncate(log, 0)             # copytruncate
    assert Door(own).sign_in(person).json()["done"] is True
    until(lambda: " signed_in " in log.read_text(), "the emptied file goes on")
    assert "\0" not in log.read_text(), "a hole"


def test_the_edge_opens_its_log_again(own):
    """nginx, by SIGUSR1 to its first process, once there is a file that it may write to (logrotate's create)."""
    log = own.dir / "log" / "nginx-access.log"
    owner = log.stat()
    aside = log.with_suffix(".log.1")

    def is_in(file, path):
        return file.exists() and path in file.read_text()

    def ask(file, path):
        own.browser().get(path)
        until(lambda: is_in(file, path), f"{path} is in {file.name}")

    def ask_until_there(path):
        own.browser().get(path)
        return is_in(log, path)
    ask(log, "/first")
    log.rename(aside)
    ask(aside, "/second")
    log.touch()
    os.chown(log, owner.st_uid, owner.st_gid)
    own.signal("nginx", signal.SIGUSR1)
    until(lambda: ask_until_there("/third"), "the new log is written to")       # its workers are told in their turn
    ask(log, "/fourth")
    assert not is_in(aside, "/fourth")
