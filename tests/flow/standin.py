#!/usr/bin/python3
"""standin.py - takes the place of SPOM's programs where the campus itself is tested: listens where they would, and says
which sockets its uid lets it reach. It is called by the name of the program that it stands for."""
import configparser
import socket
import sys
import threading
from pathlib import Path

ROLES = ("door", "check", "back", "gate", "pam", "admin", "courier")


def listen(path):
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o660)
    listener.listen()
    return listener


def accept(listener):
    while True:
        listener.accept()[0].close()


def reaches(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def say_reached(sockets):
    paths = [sockets / role / "authority.sock" for role in ROLES]
    paths += [sockets / "turn" / "gate.sock", sockets / "judge" / "judge.sock", sockets / "redis" / "redis.sock"]
    print("reaches", *(path.parent.name for path in paths if reaches(path)), flush=True)


def authority(settings):
    config = configparser.ConfigParser()
    config.read(settings)
    for section, name in (("portal", "edge_secret_file"), ("directory", "read_password_file"),
                          ("directory", "proxy_password_file")):
        Path(config[section][name]).read_text(encoding="utf-8")        # one that it may not read ends it
    sockets = Path(config["authority"]["sockets"])
    return sockets, [listen(sockets / role / "authority.sock") for role in ROLES]


def gate(sockets):
    return sockets, [listen(sockets / "turn" / "gate.sock")]


def judge(sockets):
    return sockets, [listen(sockets / "judge" / "judge.sock")]


def front(sockets, instance):
    ports = dict(part.split("=") for part in Path(sys.argv[0]).with_name("ports").read_text(encoding="utf-8").split())
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(ports[instance])))
    listener.listen()
    return sockets, [listener]


def main(name, *arguments):
    options = dict(zip(arguments[::2], arguments[1::2]))
    if name == "spom-authority":
        sockets, listeners = authority(options["--config"])
    elif name == "spom-courier":
        sockets, listeners = Path(options["--sockets"]), []
    elif name == "spom-gate":
        sockets, listeners = gate(Path(options["--sockets"]))
    elif name == "spom-judge":
        sockets, listeners = judge(Path(options["--sockets"]))
    else:
        sockets, listeners = front(Path(options["--sockets"]), options["--instance"])
    say_reached(sockets)
    for listener in listeners:
        threading.Thread(target=accept, args=[listener]).start()
    if not listeners:
        threading.Event().wait()


main(Path(sys.argv[0]).name, *sys.argv[1:])
