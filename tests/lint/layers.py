"""Who may include whom: the layers of the architecture, as one table.

front, gate, authority, judge, courier and pam_spom never include each other. Inside the authority data flows one way,
from the sockets down to the directory, the store and the keys.
"""
from common import C, Finding, files, includes, parts, read

# folder of gateway/ (or a folder beside it): what it may include beside itself
LAYERS = {
    "base": [],
    "sandbox": ["base"],
    "wire": ["base"],
    "conf": ["base"],
    "log": ["base"],
    "text": ["base", "wire"],               # pages are rendered by the message table's descriptors
    "authority": ["base", "wire", "conf", "log", "sandbox"],
    "front": ["base", "wire", "conf", "log", "text", "sandbox"],
    "pool": ["base", "log"],
    "gate": ["base", "wire", "conf", "log", "sandbox", "pool"],
    "judge": ["base", "wire", "log", "sandbox", "pool"],
    "courier": ["base", "wire", "conf", "log", "text", "sandbox"],
    "ctl": ["base", "wire", "conf", "log", "text"],
    "pam_spom": ["base", "wire"],
}

# single headers that a folder may include although the folder they lie in is not its layer
EXCEPTIONS = {
    ("pam_spom", "text/words.h"): "generated sentences, one function without any dependency",
    ("ctl", "authority/directory/look.h"): "setup looks at a directory before there is an authority to ask",
    ("ctl", "authority/directory/probe.h"): "and tests it with the settings that it has written",
    ("ctl", "authority/sso/category.def"): "an import gives a category to services whose metadata name it",
}

# folder of gateway/authority/: which of the others it may include ("" is the top, which may include all)
AUTHORITY = {
    "keys": [],
    "directory": [],
    "report": [],
    "store": ["keys", "report"],            # values are sealed before they leave
    "audit": ["keys", "store", "report"],
    "outbox": ["keys", "audit", "report"],
    "account": ["directory", "keys"],
    "session": ["store", "keys", "directory", "account", "outbox", "audit", "report"],   # its end is told to services
    "factor": ["store", "keys", "directory", "account", "audit", "report"],
    "call": ["login", "keys", "audit", "report"],   # a connection owns the login that is held on it; a rate is of a session's keyed name
    "login": ["call", "session", "factor", "account", "store", "keys", "directory", "audit", "outbox", "report"],
    "self": ["call", "login", "session", "factor", "account", "store", "keys", "directory", "audit", "outbox", "report",
             "edge", "sso"],                # the first page names what edge opens, and the services that there are
    "tool": ["account", "directory", "keys", "session", "store", "edge", "sso"],
    "sso": ["call", "login", "session", "store", "keys", "directory", "audit", "outbox", "report"],  # a service that asks for more begins a conversation
    "edge": ["call", "login", "sso", "session", "store", "keys", "directory", "audit", "outbox", "report"],    # as sso; and what it signs is signed there
    "admin": ["call", "sso", "session", "factor", "account", "store", "keys", "directory", "audit", "outbox", "report"],
}

# single files of the authority that see more than their folder
AUTHORITY_FILES = {
    "call/table.c": "the dispatch table names the handler of every message",
}


def layer(path):
    """The layer of a path given as parts, and what stands below it."""
    if path[0] == "gateway" and len(path) > 2:
        return path[1], path[2:]
    return (path[0], path[1:]) if path[0] == "pam_spom" else (None, ())


def target(root, path, name):
    """The file that an include with quotes means: by its folder, or beside the one that includes."""
    for base in (root / "gateway", root / "pam_spom", path.parent):
        if (base / name).is_file():
            return parts(root, (base / name).resolve())
    return None


def fault(source, wanted, name):
    """None, or why source may not include wanted; both are parts."""
    (ours, below), (theirs, below_theirs) = layer(source), layer(wanted)
    if ours not in LAYERS:
        return f"folder {'/'.join(source[:-1])} stands in no layer"
    if ours != theirs:
        allowed = theirs in LAYERS[ours] or (ours, name) in EXCEPTIONS
        return None if allowed else f"{ours} may not include {name}"
    if ours == "authority" and len(below) > 1 and "/".join(below) not in AUTHORITY_FILES:
        return inside_authority(below[0], below_theirs, name)
    return None


def inside_authority(ours, below_theirs, name):
    if ours not in AUTHORITY:
        return f"folder authority/{ours} stands in no layer"
    theirs = below_theirs[0] if len(below_theirs) > 1 else ours
    return None if theirs == ours or theirs in AUTHORITY[ours] else f"authority/{ours} may not include {name}"


def check(root):
    looked, found = 0, []
    for path in files(root, *C, ".def", below="gateway") + files(root, *C, ".def", below="pam_spom"):
        source = parts(root, path)
        for line, kind, name in includes(read(path)):
            if kind == "<":
                continue
            looked += 1
            wanted = target(root, path, name)
            why = fault(source, wanted, name) if wanted else f"{name} is not found in gateway, pam_spom or beside it"
            if why:
                found.append(Finding(path, line, why))
    return looked, found
