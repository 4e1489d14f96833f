"""Two authorities on one directory and one store, as on two machines: they share the ledger, the counters and the sessions."""
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from campus.codes import wrong
from door import Door
from pam_client import Pam
from second import authority, machine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second authority reads the first one's secrets")


@pytest.fixture(scope="module")
def second(full, tmp_path_factory):
    """The socket folder of another authority."""
    home = tmp_path_factory.mktemp("second")
    with machine(full, home) as sockets, authority(home, sockets):
        yield sockets


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
