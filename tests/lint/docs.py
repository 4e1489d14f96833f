"""Commands that the documentation shows do work: each block marked ```sh run is run, in the tree's root, by bash -e; those
marked ```sh campus by tests/flow/test_docs.py beside a running campus, those marked ```sh install by tests/flow/test_stranger.py."""
import os
import re
import subprocess

from common import Finding, files, read

BLOCK = re.compile(r"^```sh (?P<kind>\w+)\n(?P<commands>.*?)^```$", re.M | re.S)
TIMEOUT_S = 60
ELSEWHERE = ("campus", "install")


def documents(root):
    return [p for p in [root / "README.md"] if p.is_file()] + files(root, ".md", below="docs")


def blocks(root):
    """(path, line, kind, commands) of each marked block."""
    for path in documents(root):
        text = read(path)
        for m in BLOCK.finditer(text):
            yield path, text.count("\n", 0, m.start()) + 1, m["kind"], m["commands"]


def run(root, commands):
    """None, or how the commands ended."""
    env = {**os.environ, "MAKEFLAGS": ""}
    try:
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", commands], cwd=root, env=env, timeout=TIMEOUT_S,
                              capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT_S} s"
    return None if done.returncode == 0 else f"ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}"


def check(root):
    looked, found = 0, []
    for path, line, kind, commands in blocks(root):
        looked += 1
        if kind in ELSEWHERE:
            continue
        why = run(root, commands) if kind == "run" else f"'sh {kind}' is no kind of block"
        if why:
            found.append(Finding(path, line, why))
    return looked, found
