"""small_flask.py - as much of Flask as the examples of docs/services.md and Authlib use, for one browser: they run with it, as what they are is calls of
others."""
import sys
import types
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

LENT = ("flask", "werkzeug", "authlib.integrations.flask_client")


class Args(dict):
    def to_dict(self, flat):
        assert flat
        return dict(self)


class Globals(types.SimpleNamespace):
    def get(self, name):
        return getattr(self, name, None)


class Redirect:
    def __init__(self, location):
        self.location = location


class Flask:
    def __init__(self, _name):
        self.config, self.views = {}, {}

    def get(self, path):
        def keep(view):
            self.views[path] = view
            return view
        return keep


class Browser:
    """Somebody before an application."""

    def __init__(self, app, request):
        self.app, self.request = app, request

    def get(self, address):
        """What the application answers: a page, or where it sends the browser."""
        parts = urlsplit(address)
        self.request.args = Args(parse_qsl(parts.query))
        answer = self.app.views[parts.path]()
        return answer.location if isinstance(answer, Redirect) else answer


def _module(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


def _take_away():
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(LENT)}


@contextmanager
def running(source):
    """The browser before an application, whose source it is."""
    own = _take_away()
    request = types.SimpleNamespace(method="GET", args=Args())
    _module("flask", Flask=Flask, g=Globals(), redirect=Redirect, request=request, session={}, current_app=None)
    _module("flask.signals", Namespace=lambda: types.SimpleNamespace(signal=lambda name: name))
    _module("werkzeug")
    _module("werkzeug.local", LocalProxy=None)
    try:
        names = {"__name__": "example"}
        exec(compile(source, "an example", "exec"), names)      # pylint: disable=exec-used
        yield Browser(names["app"], request)
    finally:
        _take_away()
        sys.modules.update(own)
