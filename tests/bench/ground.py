"""ground.py - what is measured on: a campus, cookies of people who are signed in, and how the load generators are run."""
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from campus import people
from campus.layout import BIN
from conftest import Running
from edge_nginx import CONNECTIONS, EdgeNginx

PROGRAMS = ("spom-authority", "spom-gate", "spom-judge", "spom-courier", "spom-front-door", "spom-front-check", "spom-front-back")
RESERVED = 1000                 # the last people of a campus: those with another hash, whose sessions are ended
SESSIONS = 500                  # that are used by turns
SAMPLE_S = 0.5
SETTLE_S = 20
SETTLED_S = 0.02                # for a connection and a bind


class Session:
    """One who is signed in: user name, the portal's cookie, the session's id, and the application's cookie."""

    def __init__(self, line):
        self.user, self.token, self.id, self.application = line.split("\t")

    @property
    def portal_cookie(self):
        return f"spom={self.token}"

    @property
    def application_cookie(self):
        return f"spom_app={self.application}"


class Ground:
    def __init__(self, directory, users, sessions, seconds):
        self.users, self.seconds, self.name = users, seconds, f"{users:,} people"
        self.began_s = time.monotonic()
        self.running = Running(directory, timeout_s=1800, env={"SPOM_DEMO_USERS": str(users)})
        self.campus = self.running.campus
        self.used = 0                           # people whose code was used
        self.most_mb, self.edge, self._sampling = 0.0, None, threading.Event()
        try:
            self.filled_s = time.monotonic() - self.began_s
            self.edge = EdgeNginx(self.campus)
            step = max(1, (users - RESERVED) // sessions)
            self.sessions = self.seed(range(1, users - RESERVED + 1, step), sessions)
            self.seeded_s = time.monotonic() - self.began_s - self.filled_s
        except BaseException:
            self.end()
            raise
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def end(self):
        self._sampling.set()
        if self.edge:
            self.edge.end()
        self.running.end()

    def warm(self):
        """A directory that has been up for a day has its entries in memory; one that was just filled has to read them from the disk."""
        with open(self.campus.dir / "ldap" / "data" / "data.mdb", "rb") as file:
            at, end = 0, os.fstat(file.fileno()).st_size
            while at < end:
                try:
                    at = os.lseek(file.fileno(), at, os.SEEK_DATA)
                except OSError:         # nothing but holes up to the end
                    return
                hole = os.lseek(file.fileno(), at, os.SEEK_HOLE)
                os.lseek(file.fileno(), at, os.SEEK_SET)
                while at < hole:
                    at += len(os.read(file.fileno(), min(hole - at, 1 << 24)))

    def settle(self):
        """Until the directory has done with what it was asked before: what comes next shall not wait for it."""
        end_s = time.monotonic() + SETTLE_S
        while time.monotonic() < end_s:
            began_s = time.monotonic()
            self.campus.ldap().unbind_s()
            if time.monotonic() - began_s < SETTLED_S:
                return
            time.sleep(0.2)

    # --- people ---

    @property
    def reserved(self):
        return range(self.users - RESERVED + 1, self.users + 1)

    def people(self):
        """Those whose turn it is, for a load generator; what it has used is told to used_up."""
        return f"1:{self.users - RESERVED}:{self.used}"

    def used_up(self, figure):
        self.used += figure["done"] + figure["failed"] + CONNECTIONS
        return figure

    def seed(self, numbers, most):
        """Sessions of these people."""
        lines = []
        for number in list(numbers)[:most]:
            user = people.GENERATED_USER % number
            lines.append("\t".join([people.entry_uuid(user), user, f"Generated {number}", f"{user}@{people.DOMAIN}"]) + "\n")
        done = subprocess.run([BIN / "seedtool", "sessions", self.campus.json["config"], self.campus.json["app"]],
                              input="".join(lines), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"seedtool: {done.stderr}")
        found = [Session(line) for line in done.stdout.splitlines()]
        assert len(found) == len(lines), "a session for each"
        return found

    def some(self, n=SESSIONS):
        """n of the sessions, spread over all."""
        return self.sessions[::max(1, len(self.sessions) // n)][:n]

    # --- load ---

    def run(self, name, *arguments):
        done = subprocess.run(self.command(name, *arguments), capture_output=True, text=True, check=False)
        return self.read(name, done.returncode, done.stdout, done.stderr)

    def begin(self, name, *arguments):
        return subprocess.Popen(self.command(name, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, name, process, now=False):
        """The figure of what was begun; now: it is told to end."""
        if now:
            process.terminate()
        out, err = process.communicate(timeout=120)
        return self.read(name, process.returncode, out, err)

    @staticmethod
    def command(name, *arguments):
        return [str(BIN / f"bench-{name}"), *map(str, arguments)]

    @staticmethod
    def read(name, status, out, err):
        if not out:
            raise SystemExit(f"bench-{name}: {status} {err}")
        sys.stderr.write(err)       # what it was asked to show, with SPOM_BENCH_SHOW
        return json.loads(out)

    def cookies(self, name, values):
        path = self.campus.dir / f"bench-{name}.cookies"
        path.write_text("\n".join(values) + "\n")
        return path

    def web(self, port, cookies, *paths, seconds=None, rate=0, host=None):
        """Arguments of bench-web."""
        return [port, host or f"127.0.0.1:{port}", CONNECTIONS, seconds or self.seconds, rate, cookies, *paths]

    def login(self, workers, seconds, who):
        rule, port = self.campus.json["generated"], self.campus.portal.rsplit(":", 1)[1]
        return [port, workers, seconds, who, rule["password"], rule["totp"], "login"]

    def pair(self, workers, seconds):
        """Search and bind at the directory, as many at once."""
        ldap, rule = self.campus.json["ldap"], self.campus.json["generated"]
        return self.run("raw", "pair", ldap["uri"], "ou=people," + ldap["base"], f"cn=spom-read,ou=services,{ldap['base']}",
                        self.campus.secret("ldap-read"), workers, seconds, self.people(), rule["password"])

    def read_as_person(self, workers, seconds):
        ldap, rule = self.campus.json["ldap"], self.campus.json["generated"]
        return self.run("raw", "read", ldap["uri"], "ou=people," + ldap["base"], f"cn=spom-proxy,ou=services,{ldap['base']}",
                        self.campus.secret("ldap-proxy"), workers, seconds, self.people(), rule["password"])

    # --- memory ---

    def memory_mb(self):
        """PSS of all our processes, children included: each service leads a session of its own."""
        pids, total = {pid for name, pid in self.campus.services().items() if name in PROGRAMS and pid}, 0
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(proc.name)) in pids:
                    total += int((proc / "smaps_rollup").read_text().split("Pss:", 1)[1].split()[0])
            except (OSError, IndexError):
                continue
        return total / 1024

    def _sample(self):
        while not self._sampling.wait(SAMPLE_S):
            try:
                self.most_mb = max(self.most_mb, self.memory_mb())
            except OSError:         # the campus is ending
                return
