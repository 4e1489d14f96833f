"""Commands of the documentation that need a campus: blocks marked ```sh campus, run as root beside one."""
import os
import re
import subprocess

import pytest

from campus.layout import BIN
from conftest import ROOT

BLOCK = re.compile(r"^```sh campus\n(?P<commands>.*?)^```$", re.M | re.S)
COMMANDS = [(path.name, line) for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
            for block in BLOCK.finditer(path.read_text(encoding="utf-8")) for line in block["commands"].splitlines() if line]


@pytest.mark.skipif(os.geteuid() != 0, reason="operators' commands, as root")
@pytest.mark.parametrize("document, command", COMMANDS)
def test_the_command_works(campus, document, command):
    env = os.environ | {"SPOM_SOCKETS": campus.json["sockets"], "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", command], cwd=ROOT, env=env, timeout=60, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"{document}: {command}: {done.stdout}{done.stderr}"
    assert done.stdout.strip(), f"{document}: {command}: says nothing"


def test_there_are_such_commands():
    assert len(COMMANDS) >= 5
