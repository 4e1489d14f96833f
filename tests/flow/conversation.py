"""conversation.py - spomctl setup, answered by a table."""
import os
import re
import select
import subprocess
import time

import pytest

from campus.layout import BIN

PROMPT = re.compile(r"([^\n]+?)(?: \[([^\n]*)\])?: $")
TIMEOUT_S = 60


class Conversation:
    """The questions as they come, and an answer for each: by the end of the question, else what is offered."""

    def __init__(self, file, answers, before=()):
        self.answers = {key: list(value) if isinstance(value, (list, tuple)) else [value] for key, value in answers.items()}
        self.asked, self.typed, self.offered, self.text = [], [], {}, ""
        self.process = subprocess.Popen([*before, str(BIN / "spomctl"), "setup", str(file)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
        self._talk()
        self.out = self.process.stdout.read().decode()
        self.code = self.process.wait(TIMEOUT_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def _talk(self):
        """Until stderr ends."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.process.stderr], [], [], 0.05)
            if ready:
                more = os.read(self.process.stderr.fileno(), 65536).decode()
                if not more:
                    return
                self.text += more
            elif (prompt := PROMPT.search(self.text)) and prompt.end() == len(self.text):
                self._answer(prompt[1], prompt[2])
        self.process.kill()
        pytest.fail(f"it does not end:\n{self.text}")

    def _answer(self, question, offered):
        self.asked.append(question)
        self.offered[question] = offered
        left = next((value for key, value in self.answers.items() if question.endswith(key)), [""])
        line = left.pop(0) if len(left) > 1 else left[0]
        self.typed.append(line)
        self.text += "\n"
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
