"""reach.py - lets programs with another uid reach files below a folder that is closed to them, such as /root.

A checkout below /root (0700) is what one gets by cloning as root. Nothing there is opened to anybody: the keeper of the
campus moves into a mount namespace of its own, in which the closed folder is an empty one with only the checkout in it,
at the same path.
"""
import ctypes
import os

from campus.layout import CampusError

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
_libc = ctypes.CDLL(None, use_errno=True)


def open_up(paths):
    """Makes all `paths` passable for other uids, in this process and those that it starts."""
    if all(_closed_above(path) is None for path in paths):
        return
    _call(_libc.unshare, CLONE_NEWNS)
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    # The descriptors stay good when the paths are covered, but must be of this namespace.
    handles = {path: os.open(path, os.O_PATH) for path in paths}
    for folder in {_closed_above(path) for path in paths} - {None, *paths}:
        _mount("tmpfs", folder, "tmpfs", 0, "mode=755")
    for path, handle in handles.items():
        if not os.path.lexists(path):
            path.mkdir(parents=True)
            _mount(f"/proc/self/fd/{handle}", path, None, MS_BIND | MS_REC)
        os.close(handle)
        if _closed_above(path):
            raise CampusError(f"other users cannot pass {_closed_above(path)}: give it mode 755, or start as an ordinary user")


def _closed_above(path):
    """The outermost folder on the way to path, or path itself, that others may not
    pass; or None."""
    return next((folder for folder in (*reversed(path.parents), path) if not folder.stat().st_mode & 0o001), None)


def _mount(source, target, kind, flags, options=None):
    encoded = [None if text is None else str(text).encode() for text in (source, target, kind, options)]
    _call(_libc.mount, *encoded[:3], ctypes.c_ulong(flags), encoded[3])


def _call(function, *arguments):
    if function(*arguments):
        raise CampusError(f"{function.__name__}: {os.strerror(ctypes.get_errno())}")
