"""Two authorities on one directory and one store, as on two machines: they share the ledger, the counters and the sessions."""
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from campus.client import until
from campus.layout import BIN
from campus.guard import die_with_parent
from campus.codes import wrong
from door import Door
from pam_client import Pam

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second authority reads the first one's secrets")


@pytest.fixture(scope="module")
def second(full, tmp_path_factory):
    """The socket folder of another authority."""
    home = tmp_path_factory.mktemp("second")
    sockets = Path("/tmp") / f"spom-two-{os.getpid()}"
    for role in ("door", "check", "back", "gate", "pam", "admin", "courier", "turn"):
        (sockets / role).mkdir(parents=True)
    (home / "state").mkdir(mode=0o700)
    first = Path(full.json["config"]).read_text(encoding="utf-8")
    config = home / "spom.conf"
    config.write_text(first.replace(f"sockets = {full.json['sockets']}", f"sockets = {sockets}")
                      .replace(f"state = {full.dir}/state", f"state = {home}/state"))
    me = os.getpid()
    with open(home / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen([f"{BIN}/spom-authority", "--config", str(config)],
                                   stderr=log, preexec_fn=lambda: die_with_parent(me))
    try:
        until((sockets / "pam" / "authority.sock").exists, "the second authority serves", 10)
        yield sockets
    finally:
        process.terminate()
        process.wait(10)
        subprocess.run(["rm", "-r", str(sockets)], check=True)


def other_machine(full, second, folder):
    return Pam(full, folder, socket=second / "pam" / "authority.sock")


def test_a_code_of_one_is_refused_by_the_other(full, second, somebody, codes, tmp_path):
    person = somebody()
    there = other_machine(full, second, tmp_path)
    assert there.authenticate(person.user, [person.password, codes.next(person)])[0]
    door = Door(full)
    door.sign_in(person)
    assert door.answer(codes.last(person)).json()["denied"] == "code_used"


def test_at_the_same_moment_one_of_them_accepts(full, second, somebody, codes, tmp_path):
    for round_ in range(10):
        person = somebody()
        digits, start = codes.next(person), threading.Barrier(4)

        def authenticate(number):
            folder = tmp_path / f"{round_}-{number}"
            folder.mkdir()
            application = other_machine(full, second, folder) if number % 2 else Pam(full, folder)
            start.wait()
            return application.authenticate(person.user, [person.password, digits])[0]
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(authenticate, range(4))) == 1


def test_guesses_at_both_count_together(full, second, somebody, tmp_path):
    person = somebody()
    there, guess = other_machine(full, second, tmp_path), wrong(person)
    door = Door(full)
    door.sign_in(person)
    statuses = [door.answer(guess).status_code for _ in range(3)]
    assert statuses == [401] * 3
    there.authenticate(person.user, [person.password, guess, guess, guess])
    assert door.answer(guess).status_code == 429
