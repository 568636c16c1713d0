# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine of one provider: its configuration, its verbs, its life."""
import copy
import json
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .processes import LabError, children, end, environment, of_lab, run


def _value(value):
    if isinstance(value, (list, tuple)):
        return "{ " + ", ".join(_value(element) for element in value) + " }"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def write(settings):
    """opec.conf of {section: {key: value}}."""
    sections = []
    for section, keys in settings.items():
        lines = [f"    {key} = {_value(value)}" for key, value in keys.items()]
        sections.append("\n".join([f"{section} {{"] + lines + ["}"]))
    return "\n".join(sections) + "\n"


def merge(settings, changes):
    """Settings with some keys otherwise."""
    merged = copy.deepcopy(settings)
    for section, keys in changes.items():
        merged.setdefault(section, {}).update(keys)
    return merged


class Opec:
    """`program` is the executable; `variables` what the signer's module needs in its environment."""

    def __init__(self, folder, env_folder, program, variables=None):
        self.folder = Path(folder)
        self.env_folder, self.program = env_folder, Path(program).resolve()
        self.env = environment(env_folder, **(variables or {}))
        self.configuration = self.folder / "opec.conf"
        self.store = self.folder / "lib/opec.db"
        self.log = self.folder / "opec.log"
        self.legal_dir = self.folder / "legal"
        self.quarantine_dir = self.folder / "lib/quarantine"
        self.settings = {}

    # --- configuration ---

    def make(self, settings, user=""):
        """The folders, and a configuration of which only what a lab needs is said here."""
        for name in ("lib", "run", "spool"):
            (self.folder / name).mkdir(parents=True)
        self.settings = merge({
            "daemon": {"user": user, "run_dir": self.folder / "run", "spool_dir": self.folder / "spool"},
            "antivirus": {"quarantine_dir": self.quarantine_dir},
            "store": {"url": f"sqlite:{self.store}"},
            "log": {"legal_dir": self.legal_dir, "system": f"file:{self.log}"},
        }, settings)
        self.configure({})
        if user:
            run(["chown", "-R", user, self.folder], self.env)

    def configure(self, changes):
        """Write the configuration with some keys otherwise; a running daemon takes it up at `reload`."""
        self.settings = merge(self.settings, changes)
        self.configuration.write_text(write(self.settings))

    @contextmanager
    def configured(self, changes):
        """For a while the running daemon has some keys otherwise."""
        before = self.settings
        self.configure(changes)
        self.do("reload")
        try:
            yield
        finally:
            self.settings = before
            self.configure({})
            self.do("reload")

    # --- verbs ---

    def call(self, *words, given=None, seconds=60, configuration=None):
        """A verb: its exit status, what it printed, what it said on stderr."""
        command = [self.program, "-c", configuration or self.configuration, *words]
        done = subprocess.run(command, env=self.env, input=given, capture_output=True, timeout=seconds)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def do(self, *words, given=None):
        """A verb that must succeed; what it printed."""
        status, printed, said = self.call(*words, given=given)
        if status:
            raise LabError(f"opec {' '.join(map(str, words))}: exit status {status}\n    {said.strip() or printed.strip()}")
        return printed

    def add_account(self, address, password):
        self.do("account", "add", address, "--password-stdin", given=f"{password}\n".encode())

    def status(self):
        return json.loads(self.do("status", "--json"))

    # --- life ---

    def pid(self):
        """Of the master; None if it does not run."""
        try:
            pid = int((self.folder / "run/opec.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if pid in of_lab(self.env_folder) else None

    def processes(self, role):
        """The children of the master in a role: "receiver", "worker", "signer", "keeper", "scheduler"."""
        return [pid for pid, name in children(self.pid()).items() if re.fullmatch(rf"opec-{role}(-\d+)?", name)]

    def start(self):
        """Returns when both listeners answer."""
        self.do("start")

    def stop(self):
        self.do("stop")

    def kill(self):
        """Its end without a warning."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            end([pid])
