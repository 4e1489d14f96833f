"""second.py - another authority on the campus's directory and store, as on another machine."""
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from campus.client import until
from campus.guard import die_with_parent
from campus.layout import BIN

ROLES = ("door", "check", "back", "gate", "pam", "admin", "courier", "turn")


@contextmanager
def machine(campus, home):
    """The sockets of a machine of its own, its settings below home."""
    sockets = Path("/tmp") / f"spom-two-{os.getpid()}"
    for role in ROLES:
        (sockets / role).mkdir(parents=True)
    (home / "state").mkdir(mode=0o700)
    first = Path(campus.json["config"]).read_text(encoding="utf-8")
    (home / "spom.conf").write_text(first.replace(f"sockets = {campus.json['sockets']}", f"sockets = {sockets}")
                                    .replace(f"state = {campus.dir}/state", f"state = {home}/state"))
    try:
        yield sockets
    finally:
        subprocess.run(["rm", "-r", str(sockets)], check=True)


def begin(home, folder=BIN, env=None):
    """Starts an authority there; its log is home/log."""
    me = os.getpid()
    with open(home / "log", "a", encoding="utf-8") as log:
        return subprocess.Popen([f"{folder}/spom-authority", "--config", str(home / "spom.conf")], stderr=log,
                                env={**os.environ, **(env or {})}, preexec_fn=lambda: die_with_parent(me))


@contextmanager
def authority(home, sockets, folder=BIN, env=None):
    """An authority that serves there."""
    (sockets / "pam" / "authority.sock").unlink(missing_ok=True)        # of one before
    process = begin(home, folder, env)
    try:
        until((sockets / "pam" / "authority.sock").exists, "the second authority serves", 10)
        yield process
    finally:
        process.terminate()
        process.wait(10)
