"""Every sentence is said by something. Of those with a dot in their id the compiler of the pages knows who says them; the others, the
text ids, must be named by code, a table or a page. What an institution may put into its settings is there for them."""
import re

from common import Finding, files, read

FOR_SETTINGS = ("attribute_", "section_", "hint_")
ROW = re.compile(r"^([a-z_0-9]+)(\.[a-z]+)? *=", re.M)
TOLD = re.compile(r"^(?:KNOWN|MADE|NAMED)\((\w+)", re.M)
SPEAKERS = (("gateway", (".c", ".h", ".def")), ("pam_spom", (".c", ".h")), ("web", (".html", ".js")))


def check(root):
    words = set()
    for folder, suffixes in SPEAKERS:
        for path in files(root, *suffixes, below=folder):
            words |= set(re.findall(r"\w+", read(path)))
    for path in files(root, ".def", below="gateway/authority/sso"):     # what services are told: an id is made of each name
        words |= {f"told_{name}" for name in TOLD.findall(read(path))}
    looked, found = 0, []
    for path in files(root, ".txt", below="web/strings"):
        text = read(path)
        for m in ROW.finditer(text):
            looked += 1
            if m[1] not in words and not m[1].startswith(FOR_SETTINGS):
                found.append(Finding(path, text.count("\n", 0, m.start()) + 1, f"nobody says {m[1]}"))
    return looked, found
