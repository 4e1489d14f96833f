"""handover.py NAMES FDS PROGRAM ARGUMENT... - starts a program as systemd does when sockets were opened for it (sd_listen_fds(3)).

The sockets lie from descriptor 3 on, and three variables say for whom they are and what they are called.
"""
import os
import socket
import sys


def command(argv, given, listeners):
    """How a program is started that gets these sockets; as it stands when there are none."""
    if not listeners:
        return argv
    return ["/usr/bin/python3", "-I", "-S", __file__, ":".join(given), ",".join(str(one.fileno()) for one in listeners), *argv]


def listener(place, layout, account):
    """A path in the folder of sockets, or a port of the loopback."""
    if isinstance(place, int):
        return socket.create_server(("127.0.0.1", place), backlog=511)
    place.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(place))
    place.chmod(0o660)
    if layout.is_root:
        os.chown(place, account.uid, place.parent.stat().st_gid)
    made.listen(511)
    return made


def main(names, numbers, *argv):
    number = [int(one) for one in numbers.split(",")]
    aside = [os.dup(one) for one in number]             # above all of them, so that none is trodden on
    while min(aside) < 3 + len(aside):
        aside = [os.dup(one) for one in aside]
    for place, one in enumerate(aside, 3):
        os.dup2(one, place)
    os.closerange(3 + len(aside), max(aside) + 1)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(aside)), "LISTEN_FDNAMES": names}
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main(*sys.argv[1:])
