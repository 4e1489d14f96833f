"""wellmade.py - what holds for every page: its texts can be read, its fields have names, it fits, nothing of it was refused."""
from html.parser import HTMLParser
from pathlib import Path

LOOK = Path(__file__).with_name("wellmade.js").read_text(encoding="utf-8")
VOID = {"meta", "link", "input", "img", "br", "hr", "rect", "path"}
FORM = {"form"}


class Reader(HTMLParser):
    """Browsers mend what is not nested well; here it is named."""

    def __init__(self, html):
        super().__init__(convert_charrefs=False)
        self.open, self.wrong = [], []
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> stays open" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        self.wrong += [f"{name} twice in <{tag}>" for name in set(names) if names.count(name) > 1]
        if tag in FORM and tag in self.open:
            self.wrong.append("a form in a form")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag not in VOID:
            self.wrong.append(f"<{tag}/>")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")


def _none(found, name):
    assert not found, f"{name}: {found}"


def assert_html(html, name):
    """The source, as front wrote it."""
    assert html.startswith("<!doctype html>"), name
    _none(Reader(html).wrong, name)


def assert_fits(window, name):
    """At this size and in this theme."""
    _none(window.run(LOOK + "return fits();"), name)


def assert_well_made(window, name):
    _none(window.run(LOOK + "return fits().concat(parts());"), name)
    assert not window.one(".old-browser").is_displayed()
    _none(window.complaints(), name)
