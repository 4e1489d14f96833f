"""words.py - what an answer says: the sentences of web/strings, by their text ids, and the number for the help desk."""
import html
import re

from campus.layout import ROOT

SENTENCES = {language: dict(
    line.split(" = ", 1) for line in (ROOT / "web" / "strings" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    if " = " in line and not line.startswith("#")) for language in ("en", "de")}


def is_json(answer):
    return answer.headers.get("Content-Type", "").startswith("application/json")


def is_sentence(text, text_id, language="en"):
    """Whether this sentence stands somewhere in the text, whatever its names and numbers are."""
    known = SENTENCES[language]
    forms = [known[name] for name in (text_id, text_id + ".one", text_id + ".other") if name in known]
    assert forms, f"nobody wrote the sentence {text_id}"
    return any(all(piece in text for piece in re.split(r"\{[a-z_]+\}", form)) for form in forms)


def says(answer, text_id):
    """Whether an answer, page or JSON, says the sentence of that text id."""
    if is_json(answer):
        body = answer.json()
        ids = [body.get("error"), body.get("denied"), body.get("error_description"), *(error["problem"] for error in body.get("errors", []))]
        return text_id in ids and bool(body.get("text") or body["error_description"])
    return is_sentence(html.unescape(answer.text), text_id, answer.headers.get("Content-Language", "en"))


def number_of(answer):
    """The number for the help desk; None where there is none."""
    if is_json(answer):
        return answer.json().get("trace")
    found = re.search(r'class="hint trace">[^<]*<code>([\w-]{11})</code>', answer.text)
    return found.group(1) if found else None


def shown(answer):
    """What a page says, without its frame; for whoever reads a failure."""
    main = re.search(r"<main.*</main>", answer.text, re.S)
    return re.sub(r"<[^>]*>|\s+", " ", main.group() if main else answer.text)[:600]
