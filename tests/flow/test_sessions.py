"""Where one is signed in, and the end of it: from the very next request, whoever ended it."""
import csv
import io

import pytest

from door import JSON, Door

PAGE = {"Accept": "text/html"}


@pytest.fixture
def three(campus, request):
    """Three browsers of one person whom no other test of this file has."""
    numbers = getattr(three_numbers, "next", 500)
    three_numbers.next = numbers + 1
    person = campus.person(role=("student", "employee", "coordinator", "manager", "hr", "guest")[numbers % 6])
    doors = [Door(campus) for _ in range(3)]
    for number, door in enumerate(doors):
        door.browser.headers["User-Agent"] = AGENTS[number]
        assert door.sign_in(person).json()["done"] is True
    return person, doors


class three_numbers:    # pylint: disable=invalid-name
    """Which person is next."""


AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
          "Mobile/15E148 Safari/604.1", "<script>alert(1)</script>"]


def rows(door):
    return door.browser.get("/sessions", headers=JSON).json()["sessions"]


def post(door, path):
    csrf = door.browser.get("/sessions", headers=JSON).json()["frame"]["csrf"]
    return door.browser.post(path, headers=JSON | {"X-CSRF-Token": csrf}, json={})


def test_each_is_listed_with_what_people_know_it_by(three):
    _, doors = three
    found = rows(doors[0])
    assert sum(row["current"] for row in found) == 1 and found[0].keys() >= {"since", "seen", "address", "level", "browser"}
    text = str(found)
    assert "Firefox" in text and "iPhone" in text
    page = doors[0].browser.get("/sessions", headers=PAGE).text
    assert "<script>alert" not in page and "127.0.0.1" in page


def test_one_is_ended_and_refused_at_its_next_request(three):
    _, doors = three
    mine = {row["id"] for row in rows(doors[0]) if row["current"]} | {row["id"] for row in rows(doors[2]) if row["current"]}
    victim = next(row["id"] for row in rows(doors[1]) if row["current"])
    assert victim not in mine
    assert post(doors[0], f"/sessions/{victim}/end").status_code == 200
    assert doors[1].home().status_code == 401
    assert [door.home().status_code for door in (doors[0], doors[2])] == [200, 200]
    assert victim not in {row["id"] for row in rows(doors[0])}


def test_all_others_are_ended(three):
    _, doors = three
    assert post(doors[0], "/sessions/end-others").status_code == 200
    assert [door.home().status_code for door in doors] == [200, 401, 401]
    assert [row["current"] for row in rows(doors[0])] == [True]


def test_the_own_one_can_be_ended_too(three):
    _, doors = three
    own = next(row["id"] for row in rows(doors[0]) if row["current"])
    assert post(doors[0], f"/sessions/{own}/end").status_code in (200, 303)
    assert doors[0].home().status_code == 401 and doors[1].home().status_code == 200


def test_nobody_ends_the_session_of_somebody_else(campus, three):
    _, doors = three
    victim = next(row["id"] for row in rows(doors[0]) if row["current"])
    other = Door(campus)
    other.sign_in(campus.person(role="operator"))
    answer = post(other, f"/sessions/{victim}/end")
    assert doors[0].home().status_code == 200
    there_is_none = post(other, f"/sessions/{'A' * 22}/end")
    assert answer.status_code == there_is_none.status_code, "and nobody learns whether there is such a session"
    assert victim not in str(rows(other))


def test_a_form_without_its_value_ends_nothing(three):
    _, doors = three
    for path in ("/sessions/end-others", f"/sessions/{rows(doors[1])[0]['id']}/end"):
        assert doors[0].browser.post(path, headers=JSON, json={}).status_code == 403
    assert [door.home().status_code for door in doors] == [200, 200, 200]


# --- what happened ---

def test_sign_ins_are_listed_failed_ones_too(campus, three):
    person, doors = three
    stranger = Door(campus)
    stranger.get()
    stranger.post(user=person.user, password="not the password")
    page = doors[0].browser.get("/activity", headers=JSON).json()
    events = [(row["event"], row["failed"]) for row in page["rows"]]
    assert ("activity_wrong_password", True) in events[:2] and ("activity_signed_in", False) in events
    assert page["rows"][0].keys() >= {"at", "event", "door", "address"}
    text = doors[0].browser.get("/activity", headers=PAGE).text
    assert "127.0.0.1" in text and "<script>alert" not in text


def test_the_same_as_a_file(three):
    _, doors = three
    answer = doors[0].browser.get("/activity.csv")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == len(doors[0].browser.get("/activity", headers=JSON).json()["rows"])
    assert not [cell for row in table for cell in row.values() if cell and cell[0] in "=+-@\t"], "no cell is a formula"


def test_nobody_sees_what_others_did(campus, three):
    person, _ = three
    other = Door(campus)
    other.sign_in(campus.person(role="operator"))
    assert person.user not in other.browser.get("/activity", headers=JSON).text
