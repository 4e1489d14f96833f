"""Every program and the module as it was built: position-independent, relocations read-only and bound at start, no executable
stack, no search path of its own."""
import subprocess

from common import Finding

# what readelf must show, or must not show
WANTED = [("Type:", "DYN (", "is not position-independent"), ("", "GNU_RELRO", "has no read-only relocations"),
          ("", "NOW", "is not bound at start")]
UNWANTED = [("(RPATH)", "has an RPATH"), ("(RUNPATH)", "has a RUNPATH"), ("(TEXTREL)", "has text relocations")]


def faults(path):
    lines = subprocess.run(["readelf", "-hldnW", path], capture_output=True, text=True, check=True).stdout.splitlines()
    found = [why for start, part, why in WANTED if not any(start in line and part in line for line in lines)]
    found += [why for part, why in UNWANTED if any(part in line for line in lines)]
    if any("GNU_STACK" in line and "RWE" in line for line in lines):
        found.append("has an executable stack")
    return found


def check(root):
    folder = root / "build/bin"
    programs = sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    return len(programs), [Finding(path, 1, text) for path in programs for text in faults(path)]
