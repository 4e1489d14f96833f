"""layout.py - where a campus keeps things, on which ports it listens, and as whom its programs run."""
import fcntl
import json
import os
import re
import secrets
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ETC = Path(__file__).resolve().parent / "etc"
SCHEMA = ROOT / "schema"
BIN = Path(os.environ.get("SPOM_BIN_DIR") or ROOT / "build" / "bin").absolute()     # a sanitizer build lies elsewhere

BASE = "dc=example,dc=edu"
INSTITUTION = "Example University"

# Each program has a uid of its own. They are numbers without a name, so the machine's /etc/passwd stays as it is.
UIDS = {"authority": 61001, "door": 61002, "check": 61003, "back": 61004, "gate": 61005, "slapd": 61006,
        "redis": 61007, "nginx": 61008, "app": 61009, "mail": 61010, "nslcd": 61011, "courier": 61012, "judge": 61013}

# The group of the directory (ou=unix) to whose members the socket of spomctl belongs.
OPERATORS_GID = 20001

# How far each port lies from the portal's.
OFFSETS = {"portal": 0, "https": 363, "ssh": -58, "door": 1, "check": 2, "back": 3, "ldap": 4, "ldaps": 5,
           "app": 6, "smtp": 7}

MARKER = "campus.lock"      # lies in every campus folder; without it we never empty one


class CampusError(Exception):
    """Something that the person who starts a campus should read as one sentence."""


@dataclass(frozen=True)
class Account:
    """As whom a program runs."""
    uid: int
    gid: int


class Layout:
    def __init__(self, directory=None, port=None, users=None):
        env = os.environ
        self.dir = Path(directory or env.get("SPOM_DEMO_DIR") or ROOT / "build" / "demo").absolute()
        self.port = _number("SPOM_DEMO_PORT", port or env.get("SPOM_DEMO_PORT") or 8080, 1024, 65000)
        self.users = _number("SPOM_DEMO_USERS", users or env.get("SPOM_DEMO_USERS") or 0, 0, 1_000_000)
        self.factors = env.get("SPOM_DEMO_FACTORS", "1") != "0"     # whether people have authenticators, and need them
        self.hands_sockets = env.get("SPOM_DEMO_GIVEN_SOCKETS", "0") != "0"     # whether we listen for our programs, as systemd does
        self.is_root = os.geteuid() == 0
        self.sockets = None     # a folder in /tmp: socket paths end at 107 bytes, the campus's own may be long
        self._secrets = {}

    # --- names ---

    def ports(self):
        return {name: self.port + offset for name, offset in OFFSETS.items()}

    @property
    def portal(self):
        return f"http://localhost:{self.port}"

    @property
    def portal_https(self):
        return f"https://localhost:{self.ports()['https']}"

    @property
    def app(self):
        return f"http://app.localhost:{self.port}"

    def application(self, name="app", https=False):
        return f"https://{name}.localhost:{self.ports()['https']}" if https else f"http://{name}.localhost:{self.port}"

    @property
    def ldap_uri(self):
        return f"ldap://127.0.0.1:{self.ports()['ldap']}"

    @property
    def campus_json(self):
        return self.dir / "campus.json"

    @property
    def control(self):
        return self.sockets / "control.sock"

    def account(self, role):
        """A uid of its own for each role; an ordinary user has only one to give."""
        if role == "root" or not self.is_root:
            return Account(os.geteuid(), os.getegid())
        return Account(UIDS[role], UIDS[role])

    def secret(self, name):
        """A random password, the same for the whole life of this campus."""
        return self._secrets.setdefault(name, secrets.token_urlsafe(24))

    # --- files ---

    def own(self, path, role, group=None):
        if self.is_root:
            os.chown(path, self.account(role).uid, self.account(group or role).gid)
        return path

    def own_group(self, path, gid):
        """Gives a folder to a group that is not a program's."""
        if self.is_root:
            os.chown(path, -1, gid)
            path.chmod(0o2750)          # chown clears the set-group-id bit
        return path

    def folder(self, path, role="root", mode=0o755, group=None):
        path.mkdir(parents=True, exist_ok=True)
        self.own(path, role, group)
        path.chmod(mode)        # after chown, which clears the set-group-id bit
        return path

    def write(self, path, text, role="root", mode=0o644):
        """Writes a file that only `role` (and, by mode, others) may read: it is never open before it is closed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        self.own(path, role)
        path.chmod(mode)
        return path

    def keep_secret(self, name, role):
        """The file from which a program reads the secret `name`; readable by that program alone."""
        return self.write(self.dir / "secrets" / name, self.secret(name), role, 0o400)

    # --- the life of the folders ---

    def take(self):
        """One campus at a time in one folder. The lock lives as long as the guard or its keeper."""
        if self.dir.exists() and any(self.dir.iterdir()) and not (self.dir / MARKER).exists():
            raise CampusError(f"{self.dir} is not empty and not a campus; name another SPOM_DEMO_DIR")
        self.dir.mkdir(parents=True, exist_ok=True)
        if self.dir.stat().st_uid != os.geteuid():
            raise CampusError(f"{self.dir} belongs to another user; name another SPOM_DEMO_DIR")
        self._lock = open(self.dir / MARKER, "a+", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CampusError(f"a campus is running in {self.dir}; end it with `campus.py down`") from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def empty(self):
        """A campus begins anew each time; only its CA stays, because somebody may have told a browser to trust it."""
        for entry in self.dir.iterdir():
            if entry.name in (MARKER, "ca"):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.folder(self.dir)
        self.folder(self.dir / "log")
        self.folder(self.dir / "secrets", mode=0o711)

    def check_ports(self):
        for name, port in self.ports().items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise CampusError(f"port {port} ({name}) is in use; name another SPOM_DEMO_PORT") from None

    def open_sockets(self):
        """The folders of the sockets. Who may reach a socket is decided by its folder, before anybody connects."""
        self.sockets = Path(tempfile.mkdtemp(prefix="spom-", dir="/tmp"))
        self.sockets.chmod(0o755)       # mkdtemp's 0700 would keep the other uids out
        for role in ("door", "check", "back", "gate", "courier"):
            self.folder(self.sockets / role, "authority", 0o2750, group=role)
        self.folder(self.sockets / "pam", "authority", 0o2750, group="root")
        # Operators are people: their group on this machine reaches the socket, the directory says who they are.
        self.own_group(self.folder(self.sockets / "admin", "authority", 0o2750, group="root"), OPERATORS_GID)
        self.folder(self.sockets / "turn", "gate", 0o2750, group="door")
        self.folder(self.sockets / "judge", "judge", 0o2750, group="authority")
        self.folder(self.sockets / "redis", "redis", 0o2750, group="authority")

    def close_sockets(self):
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


def _number(name, value, least, most):
    try:
        number = int(value)
    except ValueError:
        raise CampusError(f"{name} is not a number: {value}") from None
    if not least <= number <= most:
        raise CampusError(f"{name} must be between {least} and {most}, not {number}")
    return number


def fill(template, **values):
    """The text of a template with every @name@ replaced; a name that nobody gave is an error, not an empty string."""
    return re.sub(r"@([a-z_]+)@", lambda found: str(values[found[1]]), template.read_text(encoding="utf-8"))


def write_json(path, value, mode=0o600):
    """All at once: whoever sees the file sees all of it."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")
    part.rename(path)
