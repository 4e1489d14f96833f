"""soak.py - hours in minutes: a mixed load of sign-ins, pages, edits and forward-auth, each answer checked, while memory and descriptors of
every program of ours are watched. `make soak` (SOAK_SECONDS, 1800); make check runs three minutes of it.

What is judged at the end: no wrong answer; each kind of work was done; no process has gone; between the middle third of the time and the last
one the median of neither memory nor descriptors of any program has grown.
"""
import argparse
import collections
import os
import random
import statistics
import sys
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "flow")]

from application import enter           # noqa: E402
from campus.codes import Codes          # noqa: E402
from conftest import Running            # noqa: E402
from door import JSON, Door             # noqa: E402

BIN = Path(os.environ.get("SPOM_BIN_DIR", ROOT / "build" / "bin"))
USERS = 2000
SAMPLE_S = 2
WRONG_S = 30
GROWTH = 1.10           # of the medians,
SLACK_KB = 2048         # and so much more, for each program: threads that had nothing to do before touch their stacks,
SLACK_FDS = 4


class Wrong(Exception):
    """An answer that is not the one it has to be."""


def expect(is_right, what):
    if not is_right:
        raise Wrong(what)


class People:
    """Generated people, each lent to one worker at a time, and not again before a new code can be there."""

    def __init__(self, campus):
        self.campus, self.free, self.lock = campus, collections.deque(range(1, USERS + 1)), threading.Lock()
        self.codes, self.last_wrong = Codes(), 0.0

    def wants_wrong(self):
        """Now and then somebody mistypes: all come from one address here, which has its budget of people who do."""
        is_due = time.monotonic() - self.last_wrong > WRONG_S
        self.last_wrong = time.monotonic() if is_due else self.last_wrong
        return is_due

    def borrow(self):
        with self.lock:
            return self.campus.generated(self.free.popleft())

    def give_back(self, person):
        with self.lock:
            self.free.append(int(person.user[-7:]))

    def sign_in(self, door, person):
        answer = door.sign_in(person)
        expect(answer.json().get("ask", {}).get("kind") == "code", f"no code asked: {answer.text}")
        answer = door.read_notices(door.answer(self.codes.next(person)))
        expect(answer.json().get("done") is True, f"not signed in: {answer.text}")


def sign_in(people):
    """Wrong first, then right; the own page; out, and the session is over."""
    person, door = people.borrow(), Door(people.campus)
    if people.wants_wrong():
        answer = door.sign_in(person, password="not the password")
        expect(answer.status_code == 401 and answer.json()["denied"] == "sign_in_failed", f"a wrong password: {answer.text}")
    people.sign_in(door, person)
    home = door.home()
    expect(home.status_code == 200 and person.user in home.text, f"home: {home.text[:200]}")
    door.csrf = home.json()["frame"]["csrf"]
    expect(door.log_out().status_code == 200 and door.home().status_code == 401, "out is out")
    people.give_back(person)


def look_around(people):
    """All pages, as somebody who is signed in; then everything is over."""
    person, door = people.borrow(), Door(people.campus)
    people.sign_in(door, person)
    for _ in range(10):
        for page in ("/", "/profile", "/sessions", "/activity", "/security", "/activity.csv"):
            answer = door.browser.get(page, headers={"Accept": random.choice(["text/html", "application/json", "text/csv"])})
            expect(answer.status_code == 200, f"{page}: {answer.status_code}")
    door.csrf = door.home().json()["frame"]["csrf"]
    expect(door.log_out().status_code == 200, "out")
    people.give_back(person)


def edit(people):
    """What was said to be saved is there; of two who save at once one is told."""
    person, door = people.borrow(), Door(people.campus)
    people.sign_in(door, person)
    for _ in range(5):
        page = door.browser.get("/profile", headers=JSON).json()
        number = f"+49 170 {random.randrange(10 ** 6):06d}"
        body = {"version": page["version"], "changes": [{"name": "mobile", "value": number}]}
        headers = JSON | {"X-CSRF-Token": page["frame"]["csrf"]}
        answer = door.browser.post("/profile", headers=headers, json=body)
        expect(answer.status_code == 200, f"saving: {answer.text}")
        body["changes"][0]["value"] = "+49 170 000000"
        answer = door.browser.post("/profile", headers=headers, json=body)
        expect(answer.status_code in (409, 422) and "record_changed" in answer.text, f"an old version: {answer.status_code} {answer.text[:300]}")
        expect(number in door.browser.get("/profile", headers=JSON).text, "what was saved is there")
    people.give_back(person)


def use_application(people):
    """By the hand-over into the application; closed from the first request after the end."""
    person, door = people.borrow(), Door(people.campus)
    people.sign_in(door, person)
    app = people.campus.json["app"]
    enter(door.browser, app)
    for _ in range(50):
        answer = door.browser.get(app + "/", headers={"Accept": "text/html"})
        expect(answer.status_code == 200 and person.user in answer.text, f"application: {answer.status_code}")
    door.csrf = door.home().json()["frame"]["csrf"]
    expect(door.log_out().status_code == 200, "out")
    expect(door.browser.get(app + "/", headers={"Accept": "text/html"}).status_code != 200, "the application is closed")
    people.give_back(person)


KINDS = (sign_in, look_around, edit, use_application)


def processes(campus):
    """program: pids. Children of the gate come and go, and count as one program."""
    found = collections.defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            argv = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if Path(argv[0]).parent == BIN and (str(campus.dir) in " ".join(argv) or campus.json["sockets"] in argv):
            name = "-".join([Path(argv[0]).name, *argv[2:3]]) if "--instance" in argv else Path(argv[0]).name
            found[name].append(folder)
    return found


def sample(campus):
    """program: (KiB of its own memory, descriptors)."""
    now = {}
    for name, folders in processes(campus).items():
        memory = fds = 0
        for folder in folders:
            try:
                memory += int((folder / "smaps_rollup").read_text().split("Pss:", 1)[1].split()[0])
                fds += len(list((folder / "fd").iterdir()))
            except (OSError, IndexError):
                continue
        now[name] = (memory, fds)
    return now


def work(kind, people, until, done, faults):
    while time.monotonic() < until:
        try:
            kind(people)
            done[kind.__name__] += 1
        except Exception:       # whatever it was, it is a finding
            faults.append(f"{kind.__name__}: {traceback.format_exc(limit=4)}")


def grown(samples):
    """What has grown between the middle third and the last one."""
    third = len(samples) // 3
    findings = []
    for name in samples[third]:
        for which, slack, unit in ((0, SLACK_KB, "KiB"), (1, SLACK_FDS, "descriptors")):
            middle, last = (statistics.median(s[name][which] for s in part if name in s)
                            for part in (samples[third:2 * third], samples[2 * third:]))
            print(f"  {name:24} {middle:8.0f} -> {last:8.0f} {unit}", flush=True)
            if last > middle * GROWTH + slack:
                findings.append(f"{name} has grown from {middle:.0f} to {last:.0f} {unit}")
    return findings


def soak(campus, seconds):
    """(what passed, what did not)"""
    people, until = People(campus), time.monotonic() + seconds
    done, faults, samples = collections.Counter(), [], []
    before = {name: len(folders) for name, folders in processes(campus).items() if name != "spom-gate"}
    workers = [threading.Thread(target=work, args=(kind, people, until, done, faults)) for kind in KINDS]
    for worker in workers:
        worker.start()
    while time.monotonic() < until:
        samples.append(sample(campus))
        time.sleep(SAMPLE_S)
    for worker in workers:
        worker.join()
    print("  " + ", ".join(f"{count} x {name}" for name, count in sorted(done.items())), flush=True)
    after = {name: len(folders) for name, folders in processes(campus).items() if name != "spom-gate"}
    findings = faults[:5] + grown(samples)
    findings += [f"{kind.__name__} was never done" for kind in KINDS if not done[kind.__name__]]
    findings += [] if before == after else [f"programs: {before} before, {after} after"]
    return sum(done.values()), findings


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=1800)
    seconds = options.parse_args().seconds
    running = Running(ROOT / "build" / "soak", env={"SPOM_DEMO_USERS": str(USERS), "SPOM_BIN_DIR": str(BIN)})
    try:
        passed, findings = soak(running.campus, seconds)
    finally:
        running.end()
    for finding in findings:
        print(f"FAILED {finding}", flush=True)
    print(f"soak: {passed if not findings else 0} passed, {len(findings)} failed")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
