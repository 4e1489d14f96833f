"""web.py - the sign-in as a browser without scripts has it, and as a script has it, driven alike."""
import re

from door import JSON

HTML = {"Accept": "text/html", "Accept-Language": "en"}


class Web:
    """One browser ("page") or script ("json") before the sign-in. `ask` and `csrf` are those of the question that waits."""

    def __init__(self, campus, kind, https=False):
        self.campus, self.kind, self.browser, self.https = campus, kind, campus.browser(https=https), https
        self.ask = self.csrf = self.answer = None
        self.more = {}              # header fields

    def start(self, **params):
        answer = self.browser.get("/login", headers=self._headers(), params=params)
        assert answer.status_code == 200, answer.text
        return self._note(answer) and self

    def post(self, params=None, **fields):
        """Answers the question that waits."""
        if self.kind == "page":
            own = {"csrf": self.csrf, "ask": self.ask}
            body = {"data": {name: value for name, value in (own | fields).items() if value is not None}}
        else:
            body = {"json": ({"ask": self.ask} if "answer" in fields else {}) | fields}
        return self._note(self.browser.post("/login", headers=self._headers(csrf=True), params=params, **body))

    def send(self, body):
        """A body, byte by byte."""
        kind = "application/x-www-form-urlencoded" if self.kind == "page" else "application/json"
        return self.browser.post("/login", headers=self._headers(csrf=True) | {"Content-Type": kind}, data=body)

    def cookie(self, name):
        [found] = [cookie.value for cookie in self.browser.cookies if cookie.name.endswith(name)]
        return found

    def set_cookie(self, name, value):
        for cookie in list(self.browser.cookies):
            if cookie.name.endswith(name):
                cookie.value = value
                self.browser.cookies.set_cookie(cookie)

    def _headers(self, csrf=False):
        own = HTML if self.kind == "page" else JSON
        return own | self.more | ({"X-CSRF-Token": self.csrf} if csrf and self.csrf and self.kind == "json" else {})

    def _note(self, answer):
        self.answer = answer
        if self.kind == "page":
            found = dict(re.findall(r'name="(csrf|ask)" value="([^"]*)"', answer.text))
            self.ask, self.csrf = found.get("ask", self.ask), found.get("csrf", self.csrf)
        elif answer.headers.get("Content-Type") == "application/json":
            ask = answer.json().get("ask", {})
            self.ask, self.csrf = ask.get("id", self.ask), ask.get("csrf", self.csrf)
        return answer
