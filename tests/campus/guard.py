"""guard.py - nothing of a campus outlives it.

Two processes hold a campus together. The guard (the one that a person started) only waits; the keeper, its child,
starts and watches the services. Whichever of the two is killed, even with -9, the other ends all the rest: the guard
is the subreaper to whom the keeper's orphans fall, and the keeper is told by the kernel when the guard dies. Should
both go at once, the kernel still kills each service.
"""
import ctypes
import os
import signal
import sys
import traceback

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


class Ended(Exception):
    """Somebody wants the campus to end. Raised by the signal, wherever the keeper happens to be."""


def guarded(keep, clean):
    """Runs keep() in a child, passes the wish to end on to it, ends what it leaves behind, and calls clean().
    Returns the exit status."""
    become_subreaper()
    guard = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    keeper = os.fork()
    if keeper == 0:
        os._exit(_kept(keep, guard))
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda *_: os.kill(keeper, signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    status = _wait_for(keeper)
    kill_all_children()
    clean()
    return status


def _kept(keep, guard):
    become_subreaper()          # so that what a killed service leaves behind falls to us, not to the guard
    for sig in (signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, _let_pass)
    signal.signal(signal.SIGTERM, _end)
    die_with_parent(guard, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        status = keep()
    except Ended:
        status = 0
    except Exception:           # never unwind into the guard's part of the stack
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _let_pass(*_):
    """A Ctrl-C reaches the keeper as well, but the guard speaks for it. (Not SIG_IGN: shells would inherit that.)"""


def _end(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Ended


def _wait_for(keeper):
    while True:
        pid, status = os.waitpid(-1, 0)         # also orphans, when the keeper is gone
        if pid == keeper:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1


def die_with_parent(parent, sig=signal.SIGKILL):
    """To be called in the child, after any change of uid (which would clear it)."""
    _libc.prctl(PR_SET_PDEATHSIG, int(sig))
    if os.getppid() != parent:  # the parent was faster
        os._exit(1)


def become_subreaper():
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid):
    """By reading /proc: the kernel's own list of children is an option that not every kernel has."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == pid:
                        yield int(entry)
            except OSError:
                pass            # it has ended meanwhile


def kill_all_children():
    """Kills until nobody is left: the children of the killed fall to us, as we are their subreaper."""
    while True:
        for pid in children_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
