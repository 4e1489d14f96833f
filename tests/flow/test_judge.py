"""spom-judge: who may ask it, and what becomes of a worker that falls or hangs."""
import os
import re
import signal
from pathlib import Path

import pytest

import wire
from campus.client import until
from hostile import reach

QUESTION = {"binding": "post", "request": "PGE%2BYQ%3D%3D"}


def place(campus):
    return Path(campus.json["sockets"]) / "judge" / "judge.sock"


def ask(campus, name="judge_saml_request", **fields):
    with wire.Connection(reach("authority", place(campus))) as connection:
        return connection.ask(name, **fields or QUESTION)


def workers(campus):
    parent = campus.pid("spom-judge")
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_nonsense_is_told_from_sense(campus):
    assert ask(campus) == ("judged_bad", {"fault": "malformed"})
    assert ask(campus, "judge_saml_metadata", xml=b"<a/>") == ("judged_bad", {"fault": "no_service"})


@pytest.mark.skipif(os.geteuid() != 0, reason="one user for all")
@pytest.mark.parametrize("role", ["door", "back", "gate", "courier", "judge"])
def test_nobody_but_the_authority_is_answered(campus, role):
    connected = reach(role, place(campus))
    if connected is None:
        return
    with pytest.raises(wire.Ended):
        wire.Connection(connected)


def test_what_is_not_judged_ends_the_connection(campus):
    """A message of others, and one that is no frame at all: the next one is answered."""
    for raw in (wire.frame("judged_bad", fault="none"), wire.frame("oidc_keys", release="x"), b"\xff" * 64):
        with wire.Connection(reach("authority", place(campus))) as connection, pytest.raises(wire.Ended):
            connection.send_bytes(raw)
            connection.receive()
    assert ask(campus)[0] == "judged_bad"


def answers(campus):
    """Whoever was waiting at a worker that was killed is let down, once."""
    try:
        return ask(campus)[0] == "judged_bad"
    except wire.Ended:
        return False


def test_a_worker_that_dies_is_replaced(campus):
    for pid in workers(campus):
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(workers(campus)) == 4, "all are there again", 5)
    until(lambda: answers(campus), "it judges again", 5)
    assert "child_ended" in campus.log("spom-judge")


def sockets_of(pid):
    return [fd for fd in Path(f"/proc/{pid}/fd").iterdir() if int(fd.name) > 2]


def test_a_worker_that_hangs_is_killed_and_costs_its_own_request(campus):
    with wire.Connection(reach("authority", place(campus))) as connection:
        [hung] = until(lambda: (busy := [pid for pid in workers(campus) if len(sockets_of(pid)) == 2]) and len(busy) == 1 and busy, "one of them is ours", 5)
        os.kill(hung, signal.SIGSTOP)
        assert [ask(campus)[0] for _ in range(5)] == ["judged_bad"] * 5, "the others go on"
        with pytest.raises(wire.Ended):
            connection.ask("judge_saml_request", **QUESTION)
    assert f"child_hangs pid={hung}" in campus.log("spom-judge")
    until(lambda: len(workers(campus)) == 4 and hung not in workers(campus), "all are there again", 5)


def test_a_worker_holds_nothing(campus):
    """No file, and no socket but the one that it listens at."""
    for pid in workers(campus):
        targets = [os.readlink(fd) for fd in sockets_of(pid)]
        assert len(targets) == 1 and targets[0].startswith("socket:"), targets
        until(lambda: re.search(r"^Seccomp_filters:\s*2$", Path(f"/proc/{pid}/status").read_text(), re.M), "it has shut itself in", 5)
