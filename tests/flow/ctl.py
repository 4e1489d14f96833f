"""ctl.py - spomctl as an operator runs it: a uid of the directory, and the group that reaches the socket."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from campus.layout import BIN, OPERATORS_GID


class Ctl:
    def __init__(self, campus):
        self.campus = campus
        self.folder = Path(tempfile.mkdtemp(prefix="spom-ctl-", dir="/tmp"))    # the checkout may be closed to other uids
        self.folder.chmod(0o755)
        shutil.copy(BIN / "spomctl", self.folder / "spomctl")
        self.env = {"SPOM_SOCKETS": campus.json["sockets"], "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}

    def close(self):
        shutil.rmtree(self.folder)

    def __call__(self, *words, user=None, typed="", groups=(OPERATORS_GID,)):
        """Runs it as the console (nobody named), or as a person; `typed` is what comes on stdin."""
        other = {}
        if user is not None:
            other = {"user": self.uid(user), "group": 20000, "extra_groups": list(groups)}
        return subprocess.run([self.folder / "spomctl", *words], env=self.env, input=typed, text=True, cwd="/",
                              capture_output=True, timeout=120, check=False, **other)

    def json(self, *words, **options):
        done = self(*words, "--json", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def rows(self, *words, **options):
        done = self(*words, "--json", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def uid(self, user):
        found = self.campus.ldap().search_s(self.campus.dn(user), 0, attrlist=["uidNumber"])
        return int(found[0][1]["uidNumber"][0])
