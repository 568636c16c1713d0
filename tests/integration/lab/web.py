# SPDX-License-Identifier: GPL-3.0-or-later
"""The revocation list's distribution point: a folder served over HTTP."""
import sys

from .processes import end, environment, launch, of_lab, wait_for_port


class Web:
    def __init__(self, folder, log, env_folder, address, port):
        self.folder, self.log, self.env_folder, self.address, self.port = folder, log, env_folder, address, port
        self.process = None

    @property
    def url(self):
        return f"http://{self.address}:{self.port}/ca.crl"

    def start(self):
        self.process = launch([sys.executable, "-m", "http.server", "--bind", self.address, "--directory", self.folder, self.port],
                              environment(self.env_folder), self.log)
        wait_for_port(self.address, self.port, "the web server")

    def stop(self):
        if self.process and self.process.pid in of_lab(self.env_folder):
            end([self.process.pid])
        if self.process:
            self.process.wait()
        self.process = None
