"""Functions that have no safe use here, each with what to take instead."""
import re

from common import C, Finding, code, files, parts, read

INSTEAD = {
    "strcpy": "memcpy with a length", "stpcpy": "memcpy with a length", "strncpy": "memcpy with a length",
    "strcat": "snprintf or arena_printf", "strncat": "snprintf or arena_printf",
    "sprintf": "snprintf or arena_printf", "vsprintf": "vsnprintf",
    "gets": "read with a length", "scanf": "a parser", "sscanf": "a parser", "fscanf": "a parser",
    "atoi": "text_to_number", "atol": "text_to_number", "atoll": "text_to_number", "atof": "text_to_number",
    "strtok": "a loop over struct text",
    "system": "nothing: no shell", "popen": "nothing: no shell",
    "rand": "secret_random", "srand": "secret_random", "random": "secret_random", "drand48": "secret_random",
    "alloca": "the arena", "tmpnam": "mkstemp", "tempnam": "mkstemp", "mktemp": "mkstemp",
    "bzero": "explicit_bzero or memset",
    "gethostbyname": "getaddrinfo", "localtime": "localtime_r", "gmtime": "gmtime_r", "asctime": "strftime",
    "ctime": "strftime", "getpwnam": "getpwnam_r", "getpwuid": "getpwuid_r",
    "getgrnam": "getgrnam_r", "getgrgid": "getgrgid_r", "readdir_r": "readdir",
}
# What a test may do with input of its own making.
IN_TESTS = {"system", "popen", "sscanf", "fscanf", "strncat", "strtok", "atoi", "atol", "atof"}
# Inside another program's process: what it writes to or changes is not ours.
GUEST = {"printf": "nothing", "fprintf": "nothing", "puts": "nothing", "getenv": "an argument of the module",
         "secure_getenv": "an argument of the module", "abort": "a denial", "exit": "a denial"}
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")


def forbidden_in(folder):
    """What is forbidden in a folder, and what to take instead."""
    if folder == "tests":
        return {name: instead for name, instead in INSTEAD.items() if name not in IN_TESTS}
    return {**INSTEAD, **(GUEST if folder == "pam_spom" else {})}


def check(root):
    looked, found = 0, []
    for path in files(root, *C, ".def"):
        looked += 1
        table = forbidden_in(parts(root, path)[0])
        text = code(read(path))
        for m in CALL.finditer(text):
            if m[1] in table:
                line = text.count("\n", 0, m.start()) + 1
                found.append(Finding(path, line, f"{m[1]}() is forbidden; take {table[m[1]]}"))
    return looked, found
