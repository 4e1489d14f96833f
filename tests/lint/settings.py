"""Every setting is read by code, beside the code that only checks it: one that nothing reads would promise something."""
import re

from common import Finding, files, read

# what knows settings only to check them
PARSERS = ("rules.c", "follow.c", "stack.c")
ELSEWHERE = {("attribute", "order"): "rules.c puts them in their order"}
ROW = re.compile(r"^(SECTION|FAMILY|SETTING)\((\w+), *(\w+)?", re.M)


def rows(text):
    """(line, section, key, whether its section repeats)"""
    families = set()
    for m in ROW.finditer(text):
        if m[1] == "FAMILY":
            families.add(m[2])
        elif m[1] == "SETTING":
            yield text.count("\n", 0, m.start()) + 1, m[2], m[3], m[2] in families


def reads(text, section, key, repeats):
    """Whether a file reads it: as section.key, or as a member of what it got of that section."""
    if re.search(rf"\b{section}(\.|->){key}\b", text):
        return True
    has_section = repeats or re.search(rf"\b(conf_{section}|conf->{section})\b", text)
    return bool(has_section and re.search(rf"(->|\.){key}\b", text))


def check(root):
    table = root / "gateway/conf/settings.def"
    if not table.is_file():
        return 0, []
    code = [read(path) for path in files(root, ".c", ".h", below="gateway") if path.name not in PARSERS]
    looked, found = 0, []
    for line, section, key, repeats in rows(read(table)):
        looked += 1
        if (section, key) not in ELSEWHERE and not any(reads(text, section, key, repeats) for text in code):
            found.append(Finding(table, line, f"nothing reads {section}.{key}"))
    return looked, found
