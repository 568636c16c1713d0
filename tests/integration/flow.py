# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that goes on flowing while something happens to the servers, and the question afterwards: is all of it there, once?

    with Flow(post) as flow:
        engine.kill()
        engine.start()
    flow.must_have_arrived()

A message counts once submission has said 250. Then its sender must have one acceptance and one delivery, its recipient one envelope,
the sender's provider one take-charge, whatever has happened.
"""
import smtplib
import threading
import time

import judge
from lab.mail import compose, send, trusting
from lab.sites import ALFA, BETA, PASSWORD
from post import ANNA, BRUNO, LUCIA, MARIO, ident_of

# Between providers, in both directions, and inside one.
WAYS = [(MARIO, ANNA), (BRUNO, LUCIA), (LUCIA, MARIO), (ANNA, BRUNO)]
PAUSE_SECONDS = 1   # between two messages of one user: mail goes on, and no backlog grows


class Flow:
    """One user for each way, each sending one message after the other."""

    def __init__(self, post, ways=WAYS):
        self.post, self.ways = post, ways
        self.taken = []     # (sender, recipient, message)
        self.failures = 0
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._send_on, args=(number, *way), daemon=True) for number, way in enumerate(ways)]

    def _send_on(self, turn, sender, recipient):
        pause = PAUSE_SECONDS * turn / len(self.ways)
        while not self._is_over.wait(pause):
            pause = PAUSE_SECONDS
            number = len(self.taken)
            message = compose(sender, recipient, f"Flusso {number}", f"Messaggio numero {number}.\n")
            try:
                with self._login(sender) as smtp:
                    send(smtp, sender, [recipient], message)
                self.taken.append((sender, recipient, message))
            except (OSError, smtplib.SMTPException):
                self.failures += 1

    def _login(self, user):
        n = self.post.lab.network
        smtp = smtplib.SMTP(n.alfa if user in ALFA.users else n.beta, n.submission, local_hostname="client.example", timeout=30)
        smtp.starttls(context=trusting(self.post.lab.authority.certificate))
        smtp.login(user, PASSWORD)
        return smtp

    def wait_for(self, more):
        """Until that many more messages have been taken."""
        goal, deadline = len(self.taken) + more, time.monotonic() + 30
        while len(self.taken) < goal:
            assert time.monotonic() < deadline, f"submission does not take mail: {self.failures} failures"
            time.sleep(0.02)

    def stop(self):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def must_have_arrived(self, copies=False):
        """`copies`: a server has died without a warning, and an effect may have happened twice: the same message, octet by octet."""
        self.post.wait_idle(60)
        for sender, recipient, message in self.taken:
            service = (ALFA if sender in ALFA.users else BETA).service_mailbox
            got = self.post.expect(ident_of(message), (sender, "acceptance"), (service, "take-charge"), (recipient, "transport envelope"),
                                   (sender, "delivery", recipient), copies=copies)
            assert len({report.pec_id for report in got.values()}) == 1
            for report in got.values():
                judge.check_signature(self.post.lab, report.raw)
            judge.check_original(got[recipient, "transport envelope"], message)
        assert self.taken

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        try:
            self.wait_for(len(self.ways))
        except AssertionError:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
