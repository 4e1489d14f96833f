"""passage.py - a browser's sign-in as door and gate carry it between themselves, said by hand: each may leave something out, or lie."""
import wire
from hostile import Place, reach


class Passage:
    """One sign-in: what door and gate know of it."""

    def __init__(self, campus, person, front="door", **intro):
        self.campus, self.person = campus, person
        self.front, self.intro = front, intro
        self.door, self.gate = Place(campus, "door"), Place(campus, "gate")
        self.transaction, self.talk = None, None
        name, started = self.door.ask("login_start", next="/")
        assert name == "login_started", name
        self.cookie, self.csrf, self.form = started["cookie"], started["csrf"], started["id"]

    def open(self, service="spom", **more):
        """The answer of login_open on a connection that goes on."""
        intro = {"cookie": self.cookie, "csrf": self.csrf, "ask": self.form, "address": "127.0.0.1", "browser": "curl/8",
                 "front": self.front, **self.intro, **more}
        self.talk = self.gate.connect()
        return self.talk.ask("login_open", service=service, user=self.person.user, mode="full", intro=intro)

    def prove(self, codes=None):
        """Password, and code where one is asked for; notices are read. The last answer; its transaction and cookie are kept."""
        name, ask = self.open()
        for _ in range(6):
            if name == "ask_password":
                answer = self.person.password
            elif name == "ask_code" and codes is not None:
                answer = codes.next(self.person)
            elif name == "ask_notice":
                answer = ""
            else:
                break
            self.cookie, self.csrf = ask.get("cookie", self.cookie), ask.get("csrf", self.csrf)
            name, ask = self.talk.ask("login_answer", id=ask["id"], answer=answer)
        if name == "login_done":
            self.transaction = ask["transaction"]
        self.last = name, ask
        return name

    def passes(self, transaction=None):
        return self.gate.ask("passed", transaction=transaction or self.transaction)[0]

    def claim(self, cookie=None, transaction=None):
        """(name, fields) of what door gets."""
        return self.door.ask("claim", cookie=cookie or self.cookie, transaction=transaction or self.transaction)

    def home(self, session):
        """Whether the session opens the portal."""
        return self.door.ask("home", session=session)[0] == "home_page"


def turn(campus, **fields):
    """One turn at the real gate, said by door's uid."""
    connected = reach("door", Place(campus, "door").sockets / "turn" / "gate.sock")
    with wire.Connection(connected) as connection:
        return connection.ask("turn", **fields)
