"""Every installed program has a manual page, which names its options and commands; and mandoc finds nothing to complain about."""
import re
import subprocess

from common import Finding, read

PROGRAMS = ("spom-authority", "spom-front", "spom-gate", "spom-judge", "spom-courier", "spomctl")
MODULE = "docs/man/pam_spom.8"
SETTINGS = "build/man/spom.conf.5"


def complaints(path):
    """(line, words) of mandoc."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(path)], capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        m = re.match(r"mandoc: .*?:(\d+):\d+: (.*)", line)
        yield (int(m[1]), m[2]) if m else (1, line)


def plain(text):
    """A page without what only says how it looks."""
    return re.sub(r"^\\.[A-Z][a-z] ?", "", text.replace("\\-", "-").replace("Fl Fl ", "--"), flags=re.M)


def unnamed(page, text):
    """What --help names and the page does not."""
    page = plain(page)
    for option in sorted(set(re.findall(r"--[a-z-]+", text))):
        if option not in page:
            yield option
    for command in re.findall(r"^  ([a-z]+ [a-z-]+)\b.*  +\S", text, re.M):
        if command not in page:
            yield command


def looked_at(root):
    """(page, program) of what was built; of the module and of the settings as well."""
    for name in PROGRAMS:
        if (root / "build/bin" / name).is_file():
            yield root / "docs/man" / f"{name}.8", root / "build/bin" / name
    for name in (MODULE, SETTINGS):
        if (root / name).is_file():
            yield root / name, None


def check(root):
    found, looked = [], 0
    for page, program in looked_at(root):
        looked += 1
        if not page.is_file():
            found.append(Finding(page, 1, "is not there"))
            continue
        if program:
            text = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
            found += [Finding(page, 1, f"does not say {what}") for what in unnamed(read(page), text)]
        found += [Finding(page, line, words) for line, words in complaints(page)]
    return looked, found
