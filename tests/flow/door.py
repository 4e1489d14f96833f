"""door.py - a sign-in as a script does it: JSON, with the cookies and the form's value that a browser would carry."""
import requests

JSON = {"Accept": "application/json"}


class Door:
    """One browser before the login page."""

    def __init__(self, campus, https=False):
        self.browser = campus.browser(https=https)
        self.ask = None
        self.csrf = None

    def get(self, **params):
        """GET /login: the ask that waits."""
        answer = self.browser.get("/login", headers=JSON, params=params)
        assert answer.status_code == 200, answer.text
        self._note(answer)
        return answer

    def post(self, **fields):
        answer = self.browser.post("/login", headers=self._headers(), json=fields)
        self._note(answer)
        return answer

    def sign_in(self, person, password=None):
        """Name and password; what comes after that is read and confirmed. The last answer."""
        if self.ask is None:
            self.get()
        answer = self.post(user=person.user, password=password if password is not None else person.password)
        return self.read_notices(answer)

    def read_notices(self, answer):
        while answer.status_code == 200 and answer.json().get("ask", {}).get("kind") == "notice":
            answer = self.answer("")
        return answer

    def answer(self, answer, **more):
        """The answer to the ask that waits."""
        return self.post(ask=self.ask["id"], answer=answer, **more)

    def sign_in_fully(self, person, codes):
        """Name, password, and the code of the person's authenticator. The last answer."""
        answer = self.sign_in(person)
        if answer.status_code == 200 and answer.json().get("ask", {}).get("kind") == "code":
            answer = self.read_notices(self.answer(codes.next(person)))
        return answer

    def home(self):
        return self.browser.get("/", headers=JSON)

    def log_out(self):
        return self.browser.post("/logout", headers=self._headers(), json={})

    def _headers(self):
        return JSON | ({"X-CSRF-Token": self.csrf} if self.csrf else {})

    def _note(self, answer):
        body = answer.json()
        if "ask" in body:
            self.ask = body["ask"]
        found = body.get("csrf") or body.get("ask", {}).get("csrf")
        if found:
            self.csrf = found


class From:
    """A stranger elsewhere, as the edge has it."""

    def __init__(self, campus, address):
        self.edge = campus.json["edge"]
        self.headers = {"X-SPOM-Edge": self.edge["secret"], "X-SPOM-Origin": campus.portal, "X-Forwarded-For": address}

    def get(self, path, headers):
        return requests.get(self.edge["door"] + path, headers=self.headers | headers, allow_redirects=False, timeout=20)
