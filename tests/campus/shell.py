"""shell.py - a host of the campus: sshd and sudo, with accounts from the directory and PAM through SPOM.

It lives in a private mount namespace in which /etc shows the campus's accounts and PAM files (see `enter`); the machine's
own /etc stays as it is. That takes root; an ordinary user's campus does without.
"""
import functools
import os
import subprocess
from pathlib import Path

from campus import directory, programs
from campus.layout import BASE, ETC, ROOT, fill
from campus.supervisor import Service, tcp_ready, unix_answers

CONSOLE = "console"             # the local account that works when nothing else does
CONSOLE_ID = 900
LIBRARY = "libnss_ldap.so.2"
NEEDED = {"/usr/sbin/sshd": "openssh-server", "/usr/bin/sudo": "sudo", "/usr/sbin/nslcd": "nslcd"}


def missing(layout):
    """Why this campus has no ssh, or None."""
    if not layout.is_root:
        return "only root can give LDAP accounts a shell"
    for path, package in NEEDED.items():
        if not os.access(path, os.X_OK):
            return f"{package} is not installed"
    if not propagation(layout.dir):
        return "this machine allows no mount namespaces, or none that keeps its mounts to itself"
    if not _library() and subprocess.run([Path(__file__).parent / "fetch-nss"], capture_output=True).returncode:
        return "libnss-ldapd could not be fetched (tests/campus/fetch-nss says why)"
    return None


@functools.cache
def propagation(folder):
    """How to unshare so that nothing is mounted outside; None where that cannot be had. In a chroot "/" is no mount point
    that could be made private: there it must be so already, which a mount of a folder upon itself shows."""
    if subprocess.run(["unshare", "-m", "--propagation", "private", "true"], capture_output=True).returncode == 0:
        return "private"
    mount = ["unshare", "-m", "--propagation", "unchanged", "sh", "-c", 'mount --bind "$0" "$0" && echo && read _', folder]
    with subprocess.Popen(mount, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as inside:
        mounted = inside.stdout.readline() != b""
        leaked = f" {folder} " in Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    if leaked:
        subprocess.run(["umount", folder], check=True)
    return "unchanged" if mounted and not leaked else None


def _library():
    folder = Path(os.environ.get("SPOM_NSS_DIR") or ROOT / "build" / "nss")
    return next(folder.rglob(LIBRARY), None)


def prepare(layout):
    home = layout.folder(layout.dir / "shell")
    layout.folder(layout.dir / "home")
    for name, role in (("", "root"), ("sshd", "root"), ("sudo", "root"), ("nslcd", "nslcd")):
        layout.folder(home / "run" / name, role)
    _write_accounts(layout, home / "etc")
    _write_settings(layout, home)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / "host_key"], check=True)


def _write_accounts(layout, etc):
    """The machine's local accounts and one more, for the console: its password is in secrets/console."""
    password = layout.keep_secret("console", "root").read_text()
    hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True,
                            check=True).stdout.strip()
    more = {
        "passwd": (f"{CONSOLE}:x:{CONSOLE_ID}:{CONSOLE_ID}:Console:{layout.dir / 'home' / CONSOLE}:/bin/bash", 0o644),
        "group": (f"{CONSOLE}:x:{CONSOLE_ID}:\nspom-local:x:{CONSOLE_ID + 1}:{CONSOLE}", 0o644),
        "shadow": (f"{CONSOLE}:{hashed}:20000:0:99999:7:::", 0o600),
    }
    for name, (lines, mode) in more.items():
        layout.write(etc / name, Path("/etc", name).read_text().rstrip("\n") + f"\n{lines}\n", mode=mode)


def _write_settings(layout, home):
    values = layout.ports() | {"base": BASE, "dir": home, "uri": layout.ldap_uri, "dn": directory.service_dn("hosts"),
                               "password": layout.secret("ldap-hosts")}
    etc = home / "etc"
    layout.write(home / "sshd_config", fill(ETC / "sshd_config", **values))
    layout.write(etc / "nsswitch.conf", fill(ETC / "nsswitch.conf"))
    layout.write(etc / "nslcd.conf", fill(ETC / "nslcd.conf", **values), "nslcd", 0o400)
    layout.write(etc / "sudoers", fill(ETC / "sudoers"), mode=0o440)
    for name in ("sshd", "sudo", "spom-auth", "spom-account", "other"):
        layout.write(etc / "pam.d" / name, programs.pam_service(layout, name, "pam"))
    # A cache of its own is how glibc, also below sudo, finds the library that is not installed.
    layout.write(etc / "ld.so.conf", f"{_library().parent}\ninclude /etc/ld.so.conf\n")
    subprocess.run(["ldconfig", "-X", "-C", etc / "ld.so.cache", "-f", etc / "ld.so.conf"], check=True)


def services(layout):
    home = layout.dir / "shell"
    enter = ["unshare", "-m", "--propagation", propagation(layout.dir), str(Path(__file__).parent / "enter"), str(home)]
    account = layout.account("nslcd")
    # Its uid changes behind `enter`, and with it goes the wish to die with the parent: it is stated anew.
    nslcd = [*enter, "setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups",
             "--pdeathsig=KILL", "/usr/sbin/nslcd", "-n"]
    sshd = [*enter, "/usr/sbin/sshd", "-D", "-e", "-f", str(home / "sshd_config")]
    root = layout.account("root")
    return [Service("nslcd", nslcd, root, unix_answers(home / "run" / "nslcd" / "socket")),
            Service("sshd", sshd, root, tcp_ready(layout.ports()["ssh"]))]
