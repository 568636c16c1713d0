# SPDX-License-Identifier: GPL-3.0-or-later
"""Who there is in a lab: two certified providers, one ordinary mail domain, and their users."""
from dataclasses import dataclass

PASSWORD = "segreto"


@dataclass(frozen=True)
class Site:
    """A mail domain and who has a mailbox there."""
    name: str
    company: str
    local_parts: tuple

    @property
    def domain(self):
        return f"{self.name}.example"

    @property
    def users(self):
        return [f"{part}@{self.domain}" for part in self.local_parts]

    # What follows has a meaning for certified providers only.

    @property
    def address(self):
        """From of all that the provider signs."""
        return f"posta-certificata@{self.domain}"

    @property
    def service_mailbox(self):
        """Where other providers send their take-charges."""
        return f"ricevute@{self.domain}"


ALFA = Site("alfa", "Alfa PEC S.p.A.", ("mario", "lucia", "ricevute", "posta-certificata"))
BETA = Site("beta", "Beta PEC S.r.l.", ("anna", "bruno", "ricevute", "posta-certificata"))
ORDINARIA = Site("ordinaria", "Posta ordinaria", ("ospite",))
PROVIDERS = (ALFA, BETA)
SITES = (ALFA, BETA, ORDINARIA)
