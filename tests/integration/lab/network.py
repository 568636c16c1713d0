# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the servers of a lab listen: loopback addresses and unprivileged ports, so that a lab disturbs nobody.

Labs with different bases run side by side. Every 127.x.y.z can be used without being set up.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """Addresses are BASE.1 and so on; the ports are the same on each."""
    base: str = "127.0.7"
    submission: int = 2587
    submissions: int = 2465
    mx: int = 2525
    access: int = 10024
    reinjection: int = 10025
    incoming: int = 10026
    imaps: int = 2993
    lmtp: int = 2424
    http: int = 2080

    @property
    def alfa(self):
        return f"{self.base}.1"

    @property
    def beta(self):
        return f"{self.base}.2"

    @property
    def ordinaria(self):
        return f"{self.base}.3"

    @property
    def mailboxes(self):
        return f"{self.base}.4"

    @property
    def web(self):
        return f"{self.base}.5"

    def all(self):
        return [self.alfa, self.beta, self.ordinaria, self.mailboxes, self.web]
