"""measure_start.py - from the start of the programs to the first 200 of /health/ready; slapd and Redis are there."""
import statistics
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from campus.client import until
from ground import PROGRAMS
from rows import Row

TIMES = 5
MOST_S = 10
EVERY_S = 0.001


def _is_ready(campus):
    back = urlsplit(campus.json["edge"]["back"])
    connection = HTTPConnection("127.0.0.1", back.port, timeout=2)
    headers = {"Host": campus.portal.split("//")[1], "X-SPOM-Edge": campus.json["edge"]["secret"],
               "X-SPOM-Origin": campus.portal, "X-Forwarded-For": "127.0.0.1"}
    try:
        connection.request("GET", "/health/ready", headers=headers)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _once(campus):
    """All at once, as the units of systemd do. {program: seconds until it serves}, and of all under "ready"."""
    for name in reversed(PROGRAMS):
        campus.stop(name)
    began_s, took = time.monotonic(), {}
    for name in PROGRAMS:
        campus.begin(name)
    while "ready" not in took and time.monotonic() - began_s < MOST_S:
        for name in PROGRAMS:
            if name not in took and campus.is_ready(name):
                took[name] = time.monotonic() - began_s
        if _is_ready(campus):
            took["ready"] = time.monotonic() - began_s
        time.sleep(EVERY_S)
    until(lambda: all(campus.is_ready(name) for name in PROGRAMS), "all programs serve")
    return {name: took.get(name, took.get("ready", MOST_S)) for name in (*PROGRAMS, "ready")}


def start(ground):
    """The supervisor's own time, which starts seven programs one after the other, is part of it."""
    runs = [_once(ground.campus) for _ in range(TIMES)]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    for name in PROGRAMS:
        if name != "spom-courier":      # serves nobody
            yield Row(f"start.{name}", f"  {name} serves, all started at once", middle[name] * 1000, "ms")
    yield Row("start", "from the start of all programs to /health/ready", middle["ready"] * 1000, "ms", goal="200 ms",
              reached=middle["ready"] <= 0.2, more={"runs": [round(run["ready"], 3) for run in runs]})
