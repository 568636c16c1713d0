# SPDX-License-Identifier: GPL-3.0-or-later
"""A SoftHSM token with a provider's key: what a hardware module is to a real provider."""
import os
import shutil
from pathlib import Path

from .processes import LabError, environment, run

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN, OFFICER_PIN = "1234", "567890"
# reset_on_fork is what real modules do; Debian's default hides mistakes.
CONFIGURATION = """\
directories.tokendir = {folder}/tokens
objectstore.backend = file
log.level = ERROR
slots.removable = false
library.reset_on_fork = true
"""


class Token:
    """A token named "pec" with one key; `settings` are those of the section signer of opec.conf."""

    def __init__(self, folder, env_folder, label):
        self.folder = Path(folder)
        self.label = label
        self.variables = {"SOFTHSM2_CONF": self.folder / "softhsm2.conf"}
        self.env = environment(env_folder, **self.variables)

    @staticmethod
    def module():
        if not os.path.exists(MODULE):
            raise LabError("SoftHSM is not installed (package softhsm2)")
        return MODULE

    def make(self, key, owner=None):
        """A new token with the key of a PEM file in it. The daemon's user must reach it: a token made of files is no real one."""
        (self.folder / "tokens").mkdir(parents=True)
        (self.folder / "softhsm2.conf").write_text(CONFIGURATION.format(folder=self.folder))
        pin = self.folder / "pin"
        pin.touch(mode=0o600)
        pin.write_text(PIN + "\n")
        run(["softhsm2-util", "--init-token", "--free", "--label", "pec", "--pin", PIN, "--so-pin", OFFICER_PIN], self.env)
        run(["softhsm2-util", "--import", key, "--token", "pec", "--label", self.label, "--id", "01", "--pin", PIN], self.env)
        if owner:
            run(["chown", "-R", owner, self.folder / "tokens"], self.env)

    def settings(self):
        return {"kind": "pkcs11", "module": self.module(), "token": "pec", "key_label": self.label, "pin_file": self.folder / "pin"}

    def take_away(self):
        """The token is gone, as if somebody had pulled it."""
        (self.folder / "tokens").rename(self.folder / "tokens-away")
        (self.folder / "tokens").mkdir()

    def bring_back(self):
        shutil.rmtree(self.folder / "tokens")
        (self.folder / "tokens-away").rename(self.folder / "tokens")
