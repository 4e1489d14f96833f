"""supervisor.py - starts the campus, keeps the programs running, and ends everything with itself.

It has itself a guard (guard.py), so that nothing survives it even when it is killed.
"""
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import Callable

from campus import handover
from campus.guard import die_with_parent
from campus.layout import ROOT, Account, CampusError

GRACE_S = 3                     # what a service gets between SIGTERM and SIGKILL
READY_S = 30
PASSED_ON = ("ASAN_", "UBSAN_", "LSAN_", "TSAN_", "GCOV_", "SPOM_TEST_")


@dataclass
class Service:
    """A process of the campus: how it starts, as whom, and how one knows that it serves."""
    name: str
    argv: list
    account: Account
    ready: Callable[[], bool]
    restart: bool = False       # our programs come back by themselves; a neighbour stays where a test has put it
    umask: int = 0o022
    env: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)       # name: path or port of a socket that we listen at in its stead, and hand to it

    listeners: list = field(default_factory=list)
    leaving: list = field(default_factory=list)     # processes that drain while their successor is there
    process: subprocess.Popen = None
    wanted: bool = False
    born: float = 0.0
    deaths: int = 0             # in quick succession: slows the next start down
    due: float = None           # when to start it again

    @property
    def pid(self):
        return self.process.pid if self.process else None


class Supervisor:
    def __init__(self, layout, stages):
        self.layout = layout
        self.stages = stages    # lists of services; a stage starts when the one before is ready
        self.services = {service.name: service for stage in stages for service in stage}
        self.ending = False
        self._log = open(layout.dir / "log" / "supervisor.log", "a", encoding="utf-8")

    def log(self, text):
        self._log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n")
        self._log.flush()

    # --- one service ---

    def start(self, service):
        me, account = os.getpid(), service.account
        as_other = {} if account.uid == os.geteuid() else {
            "user": account.uid, "group": account.gid, "extra_groups": []}
        service.wanted, service.born, service.due = True, time.monotonic(), None
        self._listen_for(service)
        with open(self.layout.dir / "log" / f"{service.name}.log", "ab") as log:
            try:
                service.process = subprocess.Popen(
                    handover.command(service.argv, service.given, service.listeners), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    cwd="/", umask=service.umask, env=_environment() | service.env,
                    preexec_fn=lambda: die_with_parent(me), pass_fds=[one.fileno() for one in service.listeners], **as_other)
            except OSError as error:        # also a program that is being built anew
                log.write(f"{error}\n".encode())
                self._again(service)
                return
        self.log(f"{service.name} started pid={service.pid}")

    def _listen_for(self, service):
        """Once, like systemd: a program that is started again finds the connections that came meanwhile."""
        if service.given and not service.listeners:
            service.listeners = [handover.listener(place, self.layout, service.account) for place in service.given.values()]

    def replace(self, service):
        """Its successor is started while it drains."""
        if service.process:
            service.leaving.append(service.process)
            os.killpg(service.pid, signal.SIGTERM)      # all of it, as systemd does
        self.start(service)

    def stop(self, service, sig=signal.SIGTERM):
        """Asks it to go; it stays away until somebody starts it."""
        service.wanted, service.due = False, None
        if service.process:
            os.killpg(service.pid, sig)
            os.killpg(service.pid, signal.SIGCONT)      # one that a test has stopped hears SIGTERM only afterwards

    def _died(self, service, status):
        service.process.returncode = os.waitstatus_to_exitcode(status)
        try:
            os.killpg(service.pid, signal.SIGKILL)      # what it left behind would keep its ports and sockets
        except ProcessLookupError:
            pass
        self.log(f"{service.name} ended pid={service.pid} status={service.process.returncode}")
        service.process = None
        self._again(service)

    def _again(self, service):
        """At once the first time; later, when it dies again and again, ever more slowly, but always within a second."""
        if service.restart and service.wanted and not self.ending:
            lived_s = time.monotonic() - service.born
            service.deaths = service.deaths + 1 if lived_s < 1 else 0
            service.due = time.monotonic() + min(0.05 * 2 ** service.deaths - 0.05, 0.5)

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for service in self.services.values():
                if service.pid == pid:
                    self._died(service, status)
                self._left(service, pid, status)

    def _left(self, service, pid, status):
        for process in [one for one in service.leaving if one.pid == pid]:
            process.returncode = os.waitstatus_to_exitcode(status)
            service.leaving.remove(process)
            self.log(f"{service.name} drained pid={pid} status={process.returncode}")

    # --- the whole ---

    def start_all(self):
        for stage in self.stages:
            for service in stage:
                self.start(service)
            for service in stage:
                self._await(service)

    def _await(self, service):
        deadline = time.monotonic() + READY_S
        while not service.ready():
            self._reap()
            if service.process is None and service.due is None:
                raise CampusError(f"{service.name} ended while starting:\n{self._tail(service)}")
            if service.due is not None and service.deaths > 3:
                raise CampusError(f"{service.name} does not stay up:\n{self._tail(service)}")
            if service.due is not None and time.monotonic() >= service.due:
                self.start(service)
            if time.monotonic() > deadline:
                raise CampusError(f"{service.name} is not ready after {READY_S} s:\n{self._tail(service)}")
            time.sleep(0.01)

    def _tail(self, service):
        text = (self.layout.dir / "log" / f"{service.name}.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join("  " + line for line in text.splitlines()[-12:]) or "  (it said nothing)"

    def listen(self):
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control.bind(str(self.layout.control))
        os.chmod(self.layout.control, 0o600)
        self._control.listen(16)

    def serve(self):
        """Until SIGTERM (which guard.py turns into an exception) ends it."""
        wake_r, wake_w = socket.socketpair()
        wake_r.setblocking(False)
        wake_w.setblocking(False)
        signal.set_wakeup_fd(wake_w.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        selector = selectors.DefaultSelector()
        selector.register(wake_r, selectors.EVENT_READ)
        selector.register(self._control, selectors.EVENT_READ)
        self._reap()            # who died before we listened for it
        while True:
            for key, _ in selector.select(self._patience_s()):
                if key.fileobj is wake_r:
                    wake_r.recv(4096)
                else:
                    self._answer()
            self._reap()
            for service in self.services.values():
                if service.due is not None and time.monotonic() >= service.due:
                    self.start(service)

    def _patience_s(self):
        dues = [service.due for service in self.services.values() if service.due is not None]
        return max(0, min(dues) - time.monotonic()) if dues else None

    def end(self):
        """In reverse order, with grace. Whoever is still there afterwards, the keeper kills."""
        self.ending = True
        deadline = time.monotonic() + GRACE_S
        for stage in reversed(self.stages):
            for service in stage:
                self.stop(service)
            while any(service.process for service in stage) and time.monotonic() < deadline:
                self._reap()
                time.sleep(0.01)
        self.log("ended")

    # --- control: one line in, one line of JSON out ---

    def _answer(self):
        client, _ = self._control.accept()
        with client:
            client.settimeout(1)
            try:
                verb, _, name = client.recv(256).decode().strip().partition(" ")
                client.sendall(json.dumps(self._obey(verb, name)).encode() + b"\n")
            except (OSError, UnicodeDecodeError):
                pass            # a client that went away has changed nothing

    def _obey(self, verb, name):
        if verb == "status":
            return {service.name: service.pid for service in self.services.values()}
        service = self.services.get(name)
        if service is None:
            return {"error": f"no service {name}"}
        if verb == "replace":
            self.replace(service)
        elif verb == "stop" or verb == "kill":
            self.stop(service, signal.SIGTERM if verb == "stop" else signal.SIGKILL)
        elif verb == "start" and service.process is None:
            self.start(service)
        elif verb not in ("start", "ready"):
            return {"error": f"no verb {verb}"}
        return {"pid": service.pid, "leaving": [process.pid for process in service.leaving], "ready": service.process is not None and service.ready()}


def _environment():
    """Little, and known: a demo must not depend on who starts it. Sanitizers are told by the environment."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return env | {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}


def python_module(name, *arguments):
    """The command line of a neighbour that is itself a file of this package."""
    return ["/usr/bin/env", f"PYTHONPATH={ROOT / 'tests'}", "/usr/bin/python3", "-m", name, *map(str, arguments)]


# Whether somebody listens is asked of the kernel, not by connecting: a stranger's connection is an event worth a log line.

def tcp_ready(port):
    """Somebody listens on this port of the loopback."""
    def ready():
        with open("/proc/net/tcp", encoding="ascii") as table:
            return any(row.split()[1:4:2] == [f"0100007F:{port:04X}", "0A"] for row in table)
    return ready


def unix_ready(*paths):
    """Somebody listens on each of these sockets, by the name under which it was bound."""
    wanted = {str(path) for path in paths}

    def ready():
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as table:
            rows = [row.split()[3::4] for row in table]
        return wanted <= {row[1] for row in rows if len(row) == 2 and row[0] == "00010000"}
    return ready


def unix_answers(path):
    """Somebody listens on this socket, under whatever name: another mount namespace may call it otherwise."""
    def ready():
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(path)) == 0
    return ready
