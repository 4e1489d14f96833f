"""The record of what was decided, seen from outside: whole after kill -9, and nobody changes it unseen."""
import os
import subprocess
import threading
import time

import pytest

from campus.client import until
from conftest import ROOT, Running
from door import Door


@pytest.fixture(scope="module")
def campus():
    running = Running(ROOT / "build" / "flow-audit", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "40"})
    yield running.campus
    running.end()


def chain(campus):
    return sorted((campus.dir / "state" / "audit").glob("audit-*.jsonl"))


def verdict(ctl, *words):
    done = ctl("audit", "verify", *words)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, done.stdout


def restarted(campus, between=lambda: None):
    """The authority ends, something happens, and it is back."""
    campus.stop("spom-authority")
    between()
    campus.start("spom-authority")


def test_a_sign_in_is_recorded_before_it_is_answered(campus, ctl):
    person = campus.person(role="student")
    Door(campus).sign_in(person, "not the password")
    door = Door(campus)
    door.read_notices(door.sign_in(person))
    events = [(row["event"], row.get("user")) for row in ctl.rows("audit", "export")]
    assert ("password_refused", person.user) in events
    assert ("signed_in", person.user) in events
    text = "".join(file.read_text() for file in chain(campus))
    assert person.password not in text and "not the password" not in text


def test_export_gives_the_very_lines_of_the_files(campus, ctl):
    done = ctl("audit", "export")
    lines = [line for file in chain(campus) for line in file.read_text().splitlines()]
    assert done.stdout.splitlines() == lines[:len(done.stdout.splitlines())]
    assert len(done.stdout.splitlines()) >= len(lines) - 1
    table = ctl("audit", "export", "--csv").stdout
    assert table.startswith("n,time,event,trace,person,user,actor,door,address,object,reason\n")
    assert "signed_in" in table
    assert ctl.rows("audit", "export", "--since", "2100-01-01") == []


def test_kill_9_under_load_loses_nothing_and_is_no_tampering(campus, ctl):
    """People sign in as fast as they can; who was answered is in the chain."""
    answered, stop = [], threading.Event()

    def sign_in():
        person = campus.newcomer()
        while not stop.is_set():
            try:
                door = Door(campus)
                if door.read_notices(door.sign_in(person)).json().get("done"):
                    answered.append(person.user)
            except (OSError, ValueError, AssertionError):      # the page itself may not come meanwhile
                pass

    threads = [threading.Thread(target=sign_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            time.sleep(0.5)
            campus.wait_back("spom-authority", campus.kill("spom-authority"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    well, said = verdict(ctl)
    assert well, said
    rows = ctl.rows("audit", "export")
    recorded = [row["user"] for row in rows if row["event"] == "signed_in"]
    assert answered and all(recorded.count(user) >= answered.count(user) for user in set(answered))
    assert not [row for row in rows if row["event"] in ("chain_broken", "records_missing")]


def test_a_cut_tail_is_seen_by_the_head_in_the_store(campus, ctl):
    file = chain(campus)[-1]
    campus.stop("spom-authority")
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-3]))
    campus.start("spom-authority")
    assert "audit_records_missing" in campus.log("spom-authority")
    assert any(row["event"] == "records_missing" for row in ctl.rows("audit", "tail"))
    campus.stop("spom-authority")
    file.write_bytes(whole)             # what the tests behind this one begin with
    campus.start("spom-authority")


def test_a_changed_line_is_seen(campus, ctl):
    well, said = verdict(ctl)
    assert well, said
    file = chain(campus)[0]
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'"signed_in"', b'"signed_on"', 1))
    well, said = verdict(ctl)
    file.write_bytes(whole)
    assert not well and "is not as it was written" in said
    assert verdict(ctl)[0]


def test_a_head_of_the_log_tells_the_end(campus, ctl):
    restarted(campus)
    head = until(lambda: [line for line in campus.log("spom-authority").splitlines() if " audit_head " in line],
                 "a head is in the log")[-1].split(" audit_head ")[1]
    well, said = verdict(ctl, "--head", head)
    assert well, said
    well, said = verdict(ctl, "--head", head.replace("n=", "n=9", 1))
    assert not well and "not signed" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own takes root")
def test_a_full_disk_pauses_sign_ins_and_they_come_back(campus, ctl):
    """The chain lies on a file system of one megabyte for a while, in the campus's own mount namespace."""
    state = campus.dir / "state"
    campus.stop("spom-authority")
    slapd = ["nsenter", "-t", str(campus.pid("slapd")), "-m", "-r"]      # its root as well: we may be in a chroot
    subprocess.run([*slapd, "mount", "-t", "tmpfs", "-o", "size=1m,mode=700,uid=61001,gid=61001", "none", state / "audit"],
                   check=True)
    try:
        campus.start("spom-authority")
        filler = [*slapd, "sh", "-c", f"cat /dev/zero >{state}/audit/filler; true"]
        subprocess.run(filler, check=True, stderr=subprocess.DEVNULL)
        person, guessed = campus.newcomer(), campus.newcomer()
        refused = 0
        for _ in range(30):             # a page of the tmpfs may have room for some more
            for _ in range(60):
                Door(campus).sign_in(guessed, "wrong")
            answer = Door(campus).sign_in(person)
            if answer.status_code == 503 or answer.json().get("denied") == "audit_paused":
                refused += 1
                break
        assert refused, "sign-ins go on although nothing can be recorded"
        assert ctl("health").returncode == 1
        assert "audit_record_waits" in campus.log("spom-authority")
        subprocess.run([*slapd, "rm", f"{state}/audit/filler"], check=True)
        until(lambda: ctl("health").returncode == 0, "the audit is well again", 30)
        door = Door(campus)
        assert door.read_notices(door.sign_in(person)).json().get("done")
        well, said = verdict(ctl)
        assert well, said               # what waited is in the chain
        assert "audit_disk_back" in campus.log("spom-authority")
    finally:
        campus.stop("spom-authority")
        subprocess.run([*slapd, "umount", state / "audit"], check=True)
        campus.start("spom-authority")
