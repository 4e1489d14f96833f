"""Every header of a library stays inside the folders that this table names, each with its reason.

Headers of the C library and the kernel are free. A header that is neither is a finding: it takes a row here first.
"""
import re

from common import C, Finding, files, includes, parts, read

# header (a regular expression): {folder: reason}
LIBRARIES = {
    r"civetweb\.h": {"gateway/front": "HTTP is spoken in one place"},
    r"(ldap|lber|openldap)\.h": {
        "gateway/authority/directory": "only the authority talks to the directory",
        "tests/fuzz": "answers of every kind, through the real library",
        "tests/bench": "the limit is the directory without us",
    },
    r"liboath/.*": {
        "gateway/authority/factor": "codes are checked in one place",
        "tests/unit/authority": "tests play the authenticator",
        "tests/bench": "so do load generators",
    },
    r"qrencode\.h": {
        "gateway/front": "QR codes are drawn for pages",
        "tests/unit/front": "the picture has the modules that the library gives",
    },
    r"curl/.*": {"gateway/courier": "the only way out"},
    r"hiredis/.*": {
        "gateway/authority/store": "only the authority talks to the store",
        "tests/unit/authority/store": "somebody else who may write to it",
        "tests/unit/authority/session": "somebody else who may write to it",
    },
    r"seccomp\.h": {"gateway/sandbox": "one place says which system calls are made"},
    r"jansson\.h": {
        "gateway/ctl": "service files of another server are JSON of no table's",
        "gateway/wire": "JSON is read and written by the message table",
        "gateway/authority/sso": "claims are JSON of no table's",
        "gateway/judge": "so are tokens and keys of strangers",
        "tests/fuzz": "what front gives for JSON is some",
    },
    r"sodium\.h": {"gateway/authority/keys": "keys are used where they are held"},
    r"libxml/.*": {
        "gateway/judge": "XML is read where there is nothing to steal",
        "tests/unit/judge": "and tested there",
    },
    r"zlib\.h": {"gateway/judge": "so is what was compressed"},
    r"openssl/.*": {
        "gateway/authority/keys": "tokens are signed where keys are held",
        "gateway/judge": "what strangers signed is looked at where no key is",
        "tests/unit/authority/keys": "its own verification judges ours",
    },
    r"cjose/.*": {
        "tests/unit/authority/keys": "another library judges every token",
        "tests/flow": "also those that the whole gives",
    },
    r"security/pam_(modules|ext|modutil|appl)\.h": {
        "pam_spom": "it is a PAM module",
        "gateway/gate": "it is a PAM application",
        "tests/unit/pam_spom": "drives the module as an application would",
        "tests/unit/gate": "drives the stack",
        "tests/unit/failing": "what libpam keeps for the module",
        "tests/fuzz": "an application of any kind",
        "tests/bench": "a looping application",
    },
    r"cmocka\.h": {"tests/unit": "unit tests"},
    r"sanitizer/lsan_interface\.h": {"tests/fuzz": "what a library loses is told apart from what we lose"},
}

# The C library (C17, POSIX, GNU) and the kernel.
SYSTEM = re.compile(r"""(
    assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic|
    stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|threads|time|uchar|wchar|wctype|
    aio|cpio|dirent|dlfcn|fcntl|fnmatch|ftw|glob|grp|iconv|langinfo|libgen|monetary|netdb|nl_types|poll|pthread|pwd|regex|
    sched|search|semaphore|spawn|strings|syslog|tar|termios|ucontext|unistd|utime|utmpx|wordexp|
    alloca|byteswap|elf|endian|err|error|execinfo|getopt|gnu/.+|link|malloc|mntent|paths|pty|resolv|shadow|utmp|
    (arpa|net|netinet|sys|linux|asm)/.+
    )\.h""", re.X)


def allowed_in(name):
    """The folders of a header; None when it stands in no table."""
    for pattern, folders in LIBRARIES.items():
        if re.fullmatch(pattern, name):
            return folders
    return None


def fault(folder, name):
    if SYSTEM.fullmatch(name):
        return None
    folders = allowed_in(name)
    if folders is None:
        return f"<{name}> stands in no row of tests/lint/thirdparty.py"
    inside = any(folder == f or folder.startswith(f + "/") for f in folders)
    return None if inside else f"<{name}> belongs in {' or '.join(folders)}"


def check(root):
    looked, found = 0, []
    for path in files(root, *C, ".def"):
        folder = "/".join(parts(root, path)[:-1])
        for line, kind, name in includes(read(path)):
            if kind == "<":
                looked += 1
                why = fault(folder, name)
                if why:
                    found.append(Finding(path, line, why))
    return looked, found
