"""bench.py - figures beside their limits: what SPOM does and what the same machine's directory does alone, in one run.

make bench; SPOM_BENCH_SECONDS (5) a figure, SPOM_BENCH_USERS (50000) generated people. Nothing of it is part of make check.
"""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "flow"))

import forward_auth                 # noqa: E402
from conftest import Running, until     # noqa: E402
from turning import changed         # noqa: E402

BIN = Path(os.environ.get("SPOM_BIN_DIR", ROOT / "build" / "bin"))
SECONDS = os.environ.get("SPOM_BENCH_SECONDS", "5")
USERS = os.environ.get("SPOM_BENCH_USERS", "50000")
PROGRAMS = ("spom-authority", "spom-gate", "spom-front-door", "spom-front-check", "spom-front-back")


def run(name, *arguments):
    done = subprocess.run([BIN / f"bench-{name}", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout:
        raise SystemExit(f"bench-{name}: {done.returncode} {done.stderr}")
    return json.loads(done.stdout)


def pam_folder(campus):
    """A PAM folder whose service sshd is our module alone, as the campus's host has it."""
    folder = campus.dir / "bench-pam.d"
    folder.mkdir(exist_ok=True)
    module = f"{BIN / 'pam_spom.so'} socket={campus.json['sockets']}/pam/authority.sock"
    (folder / "sshd").write_text(f"auth required {module}\naccount required {module}\n")
    (folder / "other").write_text("auth required pam_deny.so\naccount required pam_deny.so\n")
    return folder


def memory_mb(campus):
    """PSS of all our processes, children included."""
    total = 0
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(proc / "exe").startswith(str(BIN) + "/spom-"):
                total += int((proc / "smaps_rollup").read_text().split("Pss:", 1)[1].split()[0])
        except (OSError, IndexError):
            continue
    return total / 1024


def line(name, figure, limit=None):
    ratio = f"{figure['rate'] / limit['rate']:6.2f}" if limit else "     -"
    failed = f"  {figure['failed']} FAILED" if figure["failed"] else ""
    print(f"{name:52} {figure['rate']:9.0f}/s {ratio}   {figure['p50_ms']:8.2f} {figure['p99_ms']:8.2f}{failed}", flush=True)


def measure(campus):
    ldap, port = campus.json["ldap"], campus.portal.rsplit(":", 1)[1]
    generated = campus.json["generated"]
    count, password, secret = generated["count"], generated["password"], generated["totp"]
    reader = f"cn=spom-read,ou=services,{ldap['base']}", campus.secret("ldap-read")
    raw = {n: run("raw", ldap["uri"], "ou=people," + ldap["base"], *reader, n, SECONDS, count, password) for n in (2, 8)}
    login = run("login", port, 8, SECONDS, count, password, secret, "login")
    memory = memory_mb(campus)
    pam = run("pam", pam_folder(campus), "sshd", 2, SECONDS, count, password, secret)
    print(f"{'':52} {'rate':>11} {'ratio':>6}   {'p50 ms':>8} {'p99 ms':>8}")
    line("limit: search + bind at the directory, 8 at once", raw[8])
    line("login: page, password, code; nginx, 8 at once", login, raw[8])
    line("limit: search + bind at the directory, 2 at once", raw[2])
    line("PAM: password, code; through pam_spom, 2 at once", pam, raw[2])
    if forward_auth.is_possible():
        limit, figure = forward_auth.measure(campus, SECONDS)
        line("limit: auth_request to a trivial upstream, 32 at once", limit)
        line("check: auth_request to SPOM, 32 at once", figure, limit)
    print(f"memory of all SPOM processes under the logins: {memory:.1f} MB (PSS)")


def lift_limits(campus):
    """The figure of the checks is one session's, which asks more than any browser may."""
    file = Path(campus.json["config"])
    file.write_text(changed(file.read_text(encoding="utf-8"), "limits.checks_second", "1000000"), encoding="utf-8")
    campus.signal("spom-authority", signal.SIGHUP)
    until(lambda: "settings_read" in campus.log("spom-authority"), "the settings are read")


def main():
    running = Running(ROOT / "build" / "bench", timeout_s=300, env={"SPOM_DEMO_USERS": USERS})
    try:
        lift_limits(running.campus)
        measure(running.campus)
    finally:
        running.end()


if __name__ == "__main__":
    main()
