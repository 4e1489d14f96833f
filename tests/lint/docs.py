"""Commands that the documentation shows do work: each block marked ```sh run is run, in the tree's root, by bash -e; those
marked ```sh campus by tests/flow/test_docs.py beside a running campus, those marked ```sh install by tests/flow/test_stranger.py.
And the files of the tree that it names are there."""
import os
import re
import subprocess

from common import Finding, files, read

BLOCK = re.compile(r"^```sh (?P<kind>\w+)\n(?P<commands>.*?)^```$", re.M | re.S)
TIMEOUT_S = 60
ELSEWHERE = ("campus", "install")
# `login/open.c`: a path below one of these folders.
NAME = re.compile(r"`(?P<path>[a-z]\w*(?:/\w+)+\.(?:c|h|def|py))`")
BELOW = (".", "gateway", "gateway/authority")


def documents(root):
    return [p for p in [root / "README.md"] if p.is_file()] + files(root, ".md", below="docs")


def blocks(root):
    """(path, line, kind, commands) of each marked block."""
    for path in documents(root):
        text = read(path)
        for m in BLOCK.finditer(text):
            yield path, text.count("\n", 0, m.start()) + 1, m["kind"], m["commands"]


def lost_names(root):
    """(path, line, name) of each file that a document names and that is not there."""
    for path in documents(root):
        text = read(path)
        for m in NAME.finditer(text):
            if not any((root / folder / m["path"]).is_file() for folder in BELOW):
                yield path, text.count("\n", 0, m.start()) + 1, m["path"]


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
    found += [Finding(path, line, f"{name} is not there") for path, line, name in lost_names(root)]
    return looked, found
