"""application.py - the way into a protected application, as a browser goes it (SECURITY 35)."""

HTML = {"Accept": "text/html"}


def begin(browser, app, path="/"):
    """The first answer of a closed application: its Location."""
    answer = browser.get(app + path, headers=HTML)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def ticket_for(browser, app, path="/"):
    """The address with the ticket, not yet opened."""
    answer = browser.get(begin(browser, app, path))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def enter(browser, app, path="/"):
    """All the way in; the last answer, which leads to the page."""
    answer = browser.get(ticket_for(browser, app, path))
    assert answer.status_code == 303, answer.text
    return answer
