"""rising.py - somebody who is signed in with the password alone, and the second factor that a client in front of a site asks for."""
from relying import HTML, signed_in
from test_oidc_levels import Two, at


def low(campus, https=False):
    """(a browser that is signed in with the password alone, whose it is: who has a second factor by now)"""
    person = campus.newcomer()
    if not https:
        return signed_in(campus, person), Two(campus, person).enrol()
    from door import Door
    door = Door(campus, https=True)
    assert door.sign_in(person).json()["done"] is True
    return door, Two(campus, person).enrol()


def rise(door, two, address):
    """Goes where a client has sent the browser, proves the factor that is asked for there, and comes back to that address: its answer."""
    sent = door.browser.get(address, headers=HTML, allow_redirects=False)
    assert sent.status_code == 303 and "/login?act=" in sent.headers["Location"], (sent.status_code, sent.headers)
    asked = at(door, sent.headers["Location"])
    assert asked.ask["kind"] == "code" and asked.ask["act"] == "step_up"
    done = asked.prove(two).json()
    assert done["done"] is True, done
    return door.browser.get(done["next"], headers=HTML, allow_redirects=False)
