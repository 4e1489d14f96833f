"""client.py - a running campus seen from outside: what tests and scripts do with it."""
import fcntl
import itertools
import json
import os
import signal
import socket
import time
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from campus.layout import MARKER, CampusError

_getaddrinfo = socket.getaddrinfo


def _resolve(host, *rest, **options):
    """localhost and all names below it are this machine (RFC 6761), also where no /etc/hosts says so."""
    loopback = isinstance(host, str) and (host == "localhost" or host.endswith(".localhost"))
    return _getaddrinfo("127.0.0.1" if loopback else host, *rest, **options)


socket.getaddrinfo = _resolve


def holder(directory):
    """The pid of the guard of the campus in `directory`, or None when none is running there."""
    try:
        with open(Path(directory) / MARKER, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int((Path(directory) / MARKER).read_text() or 0) or None
    return None


def until(condition, what, timeout_s=10.0, every_s=0.01):
    """Waits for condition() and returns what it gave."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise CampusError(f"{what}: not within {timeout_s:g} s")
        time.sleep(every_s)
    return found


class Bind(NamedTuple):
    result: int                 # 0 or 49
    expires_s: int              # the rest as in the password policy control; None where it says nothing
    grace: int
    error: int


class Campus:
    def __init__(self, directory):
        self.dir = Path(directory)
        self.json = json.loads((self.dir / "campus.json").read_text(encoding="utf-8"))
        self.portal = self.json["portal"]
        self.people = [SimpleNamespace(**person) for person in self.json["people"]]
        self._newcomers = itertools.count(1)

    # --- people ---

    def person(self, user=None, role=None, state="active"):
        """The first one listed who fits; with a role and nothing else it is that role's leader."""
        for person in self.people:
            if user is not None and person.user == user:
                return person
            if user is None and (role is None or role in person.roles) and person.state == state:
                return person
        raise LookupError(f"nobody with user={user} role={role} state={state}")

    def generated(self, number):
        """One of the people by the thousand: the same password and secret for all."""
        rule = self.json["generated"]
        assert number <= rule["count"], f"SPOM_DEMO_USERS is {rule['count']}"
        user = rule["user"] % number
        return SimpleNamespace(user=user, name=user, password=rule["password"], totp=rule["totp"], recovery=[],
                               roles=["student"], state="active")

    def newcomer(self):
        """One of them whom nobody was given before: no other test has changed anything for them, or guessed in their name."""
        return self.generated(next(self._newcomers))

    @property
    def console(self):
        """The host's local account: (user, password)."""
        return "console", (self.dir / "secrets" / "console").read_text()

    # --- doors ---

    def browser(self, https=False):
        """A session whose relative URLs are the portal's, and which follows no redirect by itself."""
        import requests

        class Browser(requests.Session):
            def request(self, method, url, **options):
                options["allow_redirects"] = False      # get() would ask for them by default
                options.setdefault("timeout", 30)
                return super().request(method, base + url if url.startswith("/") else url, **options)

        base = self.json["portal_https"] if https else self.portal
        browser = Browser()
        browser.trust_env = False       # no proxy of the machine's stands between us and the loopback
        browser.verify = self.json["ca"]
        return browser

    def ldap(self, dn=None, password=None):
        """A bound connection; the administrator's when nobody is named."""
        import ldap
        connection = ldap.initialize(self.json["ldap"]["uri"])
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
        connection.simple_bind_s(dn or self.json["ldap"]["admin_dn"],
                                 password or self.json["ldap"]["admin_password"])
        return connection

    def dn(self, user):
        return f"uid={user},ou=people,{self.json['ldap']['base']}"

    def bind(self, user, password):
        """How the directory answers a person's password, with what its password policy adds."""
        import ldap
        from ldap.controls.ppolicy import PasswordPolicyControl
        connection = ldap.initialize(self.json["ldap"]["uri"])
        message = connection.simple_bind(self.dn(user), password, serverctrls=[PasswordPolicyControl()])
        policy, result = PasswordPolicyControl(), 0
        try:
            policy = next(iter(connection.result3(message)[3]), policy)
        except ldap.INVALID_CREDENTIALS as error:
            result = 49
            for _, _, value in error.args[0]["ctrls"]:
                policy.decodeControlValue(value)
        return Bind(result, policy.timeBeforeExpiration, policy.graceAuthNsRemaining, policy.error)

    def ssh(self, user, password, command="id -un", codes=()):
        """What the command wrote on the campus's host; None for who was not let in. codes: for the prompts behind the
        password's, one after the other."""
        import paramiko
        transport = paramiko.Transport((self.json["ssh"]["host"], self.json["ssh"]["port"]))
        try:
            transport.start_client(timeout=10)
            left = list(codes)

            def answer(_title, _text, prompts):
                return [left.pop(0) if "code" in prompt.lower() and left else password for prompt, _ in prompts]
            transport.auth_interactive(user, answer)
            channel = transport.open_session()
            channel.exec_command(command)
            return channel.makefile().read().decode().strip()
        except paramiko.AuthenticationException:
            return None
        finally:
            transport.close()

    def secret(self, name):
        """What a program reads from its secret file, such as "ldap-read"."""
        return (self.dir / "secrets" / name).read_text()

    def log(self, name):
        """What a service has said so far."""
        return (self.dir / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def mails(self):
        return sorted((self.dir / "mail").glob("[0-9]*.eml"))

    # --- services ---

    def services(self):
        """{name: pid or None}"""
        return self._say("status")

    def pid(self, name):
        return self._say(f"ready {name}")["pid"]

    def is_ready(self, name):
        return self._say(f"ready {name}")["ready"]

    def stop(self, name, grace_s=3.0):
        """Ends a service for good: it stays away, also one of our programs, until start()."""
        self._say(f"stop {name}")
        try:
            until(lambda: self.pid(name) is None, f"{name} ends", grace_s)
        except CampusError:
            self._say(f"kill {name}")
            until(lambda: self.pid(name) is None, f"{name} is killed")

    def start(self, name, timeout_s=30.0):
        self._say(f"start {name}")
        until(lambda: self.is_ready(name), f"{name} is ready", timeout_s)

    def begin(self, name):
        """As start, for one that may not come to serve."""
        self._say(f"start {name}")

    def signal(self, name, sig):
        """SIGSTOP and SIGCONT for one that hangs and wakes."""
        os.kill(self.pid(name), sig)

    def kill(self, name):
        """kill -9, and nothing else: our programs come back by themselves. Returns the pid that died."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def replace(self, name, timeout_s=20.0):
        """A new process in the place of the one that is there, started while that drains; returns when the old one has gone."""
        self._say(f"replace {name}")
        until(lambda: not self._say(f"ready {name}")["leaving"], f"the old {name} has drained", timeout_s)

    def wait_back(self, name, old_pid, timeout_s=30.0):
        """Until a service that was killed serves again under another pid. Returns that pid."""
        def back():
            answer = self._say(f"ready {name}")
            return answer["pid"] if answer["ready"] and answer["pid"] != old_pid else None
        return until(back, f"{name} is back", timeout_s)

    def _say(self, line):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(30)
            control.connect(str(Path(self.json["sockets"]) / "control.sock"))
            control.sendall(line.encode() + b"\n")
            answer = json.loads(control.makefile().readline())
        if "error" in answer:
            raise CampusError(answer["error"])
        return answer
