#!/usr/bin/python3
"""campus.py up|down|run [--without-programs] - the demo campus.

run stays in the foreground and ends everything on Ctrl-C; up returns when the campus is ready; down ends it. Where it
lives and how large it is: SPOM_DEMO_DIR (build/demo), SPOM_DEMO_PORT (8080), SPOM_DEMO_USERS (that many generated people).
SPOM_DEMO_GIVEN_SOCKETS=1 has it listen for our programs, as systemd does on a machine.
"""
import argparse
import json
import os
import signal
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])      # so that `campus` is the package, not this file

# pylint: disable=wrong-import-position
from campus import app, ca, client, describe, directory, edge, mail, programs, reach, shell, store    # noqa: E402
from campus.guard import guarded, kill_all_children                                                 # noqa: E402
from campus.layout import ROOT, CampusError, Layout, write_json                                     # noqa: E402
from campus.supervisor import Supervisor                                                            # noqa: E402

NEIGHBOURS = [directory, store, mail, app, edge]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("up", "down", "run"))
    parser.add_argument("--without-programs", action="store_true", help="the neighbours alone, without SPOM")
    asked = parser.parse_args()
    os.umask(0o022)     # folders must be passable for the other uids; what is secret says so itself
    try:
        layout = Layout()
        if asked.verb == "down":
            return down(layout)
        if not asked.without_programs:
            programs.check_built()
        if layout.users:
            print(f"Loading {layout.users:,} generated people; a million takes a minute or two.", flush=True)
        return (up if asked.verb == "up" else run)(layout, not asked.without_programs)
    except CampusError as error:
        print(f"campus: {error}", file=sys.stderr)
        return 1


def run(layout, with_programs):
    return guard(layout, with_programs, _tell)


def up(layout, with_programs):
    """As run, but in the background. What there is to tell comes back through a pipe, as one line of JSON."""
    pipe_r, pipe_w = os.pipe()
    sys.stdout.flush()
    if os.fork() == 0:
        os.close(pipe_r)
        os._exit(_in_background(layout, with_programs, pipe_w))
    os.close(pipe_w)
    with open(pipe_r, encoding="utf-8") as pipe:
        line = pipe.readline()
    if not line:
        raise CampusError("it ended before it was ready")
    return _tell(**json.loads(line))


def down(layout):
    guard_pid = client.holder(layout.dir)
    if guard_pid is None:
        print("No campus is running here.")
        return 0
    os.kill(guard_pid, signal.SIGTERM)
    client.until(lambda: client.holder(layout.dir) is None, f"the campus of process {guard_pid} ends")
    return 0


def guard(layout, with_programs, report):
    layout.take()
    layout.empty()
    layout.open_sockets()
    return guarded(lambda: keep(layout, with_programs, report), lambda: clean(layout))


def keep(layout, with_programs, report):
    """The keeper's life: prepares, starts, serves, and ends what it has started, however it is left."""
    supervisor = None
    try:
        without_ssh = shell.missing(layout)
        supervisor = Supervisor(layout, prepare(layout, with_programs, without_ssh))
        supervisor.listen()
        supervisor.start_all()
        campus = describe.as_json(layout, without_ssh)
        write_json(layout.campus_json, campus)      # comes last: who waits for it may begin
        report(text=describe.as_text(layout, campus, without_ssh, with_programs), status=0)
        supervisor.serve()
    except CampusError as error:
        report(text=f"campus: {error}", status=1)
        return 1
    finally:
        if supervisor:
            supervisor.end()
        kill_all_children()
        clean(layout)
    return 0


def prepare(layout, with_programs, without_ssh):
    """Writes everything that the services read, and returns them in the stages in which they start."""
    layout.check_ports()
    if layout.is_root:
        reach.open_up([ROOT, layout.dir])
    neighbours = NEIGHBOURS if without_ssh else [*NEIGHBOURS, shell]
    for neighbour in (ca, *neighbours, programs):
        neighbour.prepare(layout)
    started = [service for neighbour in neighbours for service in neighbour.services(layout)]
    return [started, *programs.stages(layout)] if with_programs else [started]


def clean(layout):
    layout.campus_json.unlink(missing_ok=True)
    layout.close_sockets()


def _in_background(layout, with_programs, pipe_w):
    """The guard of `up`: without a terminal, so that nobody waits for it to close one."""
    os.setsid()

    def report(**told):
        os.write(pipe_w, json.dumps(told).encode() + b"\n")

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        return guard(layout, with_programs, report)
    except CampusError as error:
        report(text=f"campus: {error}", status=1)
        return 1


def _tell(text, status):
    print(text, file=sys.stderr if status else sys.stdout, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
