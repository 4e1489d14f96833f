"""What pam_spom.so exports and needs: it lives inside sshd, sudo and login.

Only pam_sm_* leaves it, it needs libpam and the C library and nothing else, and it never ends, forks or threads the
process that it is a guest of.
"""
import subprocess

from common import Finding

MODULE = "build/bin/pam_spom.so"
EXPORTED = {f"pam_sm_{name}" for name in ("authenticate", "setcred", "acct_mgmt", "open_session", "close_session", "chauthtok")}
NEEDED = {"libpam.so.0", "libc.so.6"}
FORBIDDEN = {"exit", "_exit", "quick_exit", "fork", "vfork", "pthread_create", "dlopen", "sigaction", "signal", "setuid",
             "setgid", "setenv", "putenv", "chdir", "umask", "stdout", "stderr"}


def listing(command, path):
    return subprocess.run([*command, path], capture_output=True, text=True, check=True).stdout.splitlines()


def symbols(path, kind):
    """Dynamic symbols, defined or undefined, without versions."""
    return {line.split()[-1].split("@")[0] for line in listing(["nm", "-D", f"--{kind}-only"], path) if line.strip()}


def needed(path):
    return {line.split("[")[1].rstrip("]") for line in listing(["readelf", "-dW"], path) if "(NEEDED)" in line}


def check(root):
    path = root / MODULE
    if not path.exists():
        return 0, []
    exported = symbols(path, "defined")
    found = [f"exports {name}" for name in sorted(exported - EXPORTED)]
    found += [f"does not export {name}" for name in sorted(EXPORTED - exported)]
    found += [f"needs {name}" for name in sorted(needed(path) - NEEDED)]
    found += [f"calls or uses {name}" for name in sorted(symbols(path, "undefined") & FORBIDDEN)]
    return len(exported), [Finding(path, 1, text) for text in found]
