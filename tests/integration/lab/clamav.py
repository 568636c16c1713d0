# SPDX-License-Identifier: GPL-3.0-or-later
"""clamd with a signature database of our own: it knows the EICAR test file and nothing else, and starts in no time."""
from pathlib import Path

from .processes import answers_unix, end, environment, of_lab, run, wait_until

# In two parts, so that this file is not taken for what it describes.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CONFIGURATION = """\
DatabaseDirectory {folder}/database
LocalSocket {folder}/clamd.sock
LocalSocketMode 666
FixStaleSocket yes
PidFile {folder}/clamd.pid
LogFile {folder}/clamd.log
LogTime yes
User root
StreamMaxLength 130M
MaxScanSize 260M
MaxFileSize 130M
MaxThreads 4
Bytecode no
PhishingSignatures no
AlertExceedsMax yes
"""


class Clamav:
    def __init__(self, folder, env_folder):
        self.folder = Path(folder)
        self.env_folder = env_folder
        self.socket = self.folder / "clamd.sock"

    def make(self):
        (self.folder / "database").mkdir(parents=True)
        self.add_signature("Eicar-Test-Signature", EICAR)
        (self.folder / "clamd.conf").write_text(CONFIGURATION.format(folder=self.folder))

    def add_signature(self, name, content):
        """A running clamd reads it at its next start, or when it is told zRELOAD."""
        with open(self.folder / "database/laboratory.ndb", "a") as f:
            f.write(f"{name}:0:*:{content.hex()}\n")

    def start(self):
        run(["clamd", "-c", self.folder / "clamd.conf"], environment(self.env_folder))
        wait_until(lambda: answers_unix(self.socket), "clamd")

    def stop(self):
        pid = int((self.folder / "clamd.pid").read_text())
        end(p for p in of_lab(self.env_folder) if p == pid)
