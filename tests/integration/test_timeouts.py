# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices for what is not delivered in time (RFC 6109 3.1.6), with hours made seconds."""
from datetime import datetime

import judge
from lab.processes import wait_until
from post import ALFA_SERVICE, ANNA, BRUNO, LUCIA, MARIO

LATE = 5        # a notice is due at its second, and no later than this after it
CODES = {"first": "4.4.1", "second": "5.4.1"}
NOWHERE = {"relay": {"lmtp": "unix:/nonexistent/lmtp"}}


def hours(first, second):
    return {"notices": {"first": f"{first}s", "second": f"{second}s"}}


def certified_time(report):
    return datetime.strptime(report.time, "%d/%m/%Y %H:%M:%S (%z)")


class Story:
    """A message to one recipient, and what came to its sender about it."""

    def __init__(self, post, sender, recipient, subject):
        self.post, self.sender, self.recipient = post, sender, recipient
        self.sent, self.ident = post.send(sender, recipient, subject)
        wait_until(lambda: self.has_come(sender, "acceptance"), f"the acceptance of {subject}")     # by then its times are fixed

    def notices(self):
        self.post.look()
        found = self.post.about(self.ident).get((self.sender, "timeout notice", self.recipient), [])
        return sorted((report for _, report in found), key=certified_time)

    def has_come(self, login, kind):
        self.post.look()
        return (login, kind, "") in self.post.about(self.ident)

    def check_notices(self, **due):
        """Each with its code, in its time, judged as all that a provider signs. `first`, `second`: when they are due, in seconds."""
        accepted, = (report for _, report in self.post.about(self.ident)[self.sender, "acceptance", ""])
        notices = self.notices()
        assert [notice.error_text.partition(" ")[0] for notice in notices] == [CODES[name] for name in due]
        for notice, (name, seconds) in zip(notices, due.items()):
            judge.check(self.post.lab, notice)
            after = (certified_time(notice) - certified_time(accepted)).total_seconds()
            assert seconds <= after <= seconds + LATE, f"the {name} after {after} s"
            assert notice.subject.startswith("AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ")
            assert notice.original == b"" and notice.pec_id == accepted.pec_id

    def must_have(self, *more):
        """All there is about it, beside the acceptance; nothing comes any more."""
        self.post.expect(self.ident, (self.sender, "acceptance"), *more)

    @property
    def notice(self):
        return self.sender, "timeout notice", self.recipient

    @property
    def delivered(self):
        return [(ALFA_SERVICE, "take-charge"), (self.recipient, "transport envelope"), (self.sender, "delivery", self.recipient)]


def nothing_is_due(engine):
    """No notice is planned any more: what has not come by now never will."""
    return engine.status()["keeper"]["next_task"] is None


def test_a_provider_that_does_not_answer(post):
    """Nothing comes back: both notices; and a delivery that comes late is told all the same. For a message that is delivered between
    the two times: the first notice alone."""
    alfa, beta = post.lab.opec["alfa"], post.lab.postfix["beta"]
    beta.stop()
    try:
        with alfa.configured(hours(2, 90)):
            late = Story(post, LUCIA, BRUNO, "Risposta tardiva")
        with alfa.configured(hours(2, 4)):
            lost = Story(post, MARIO, ANNA, "Nessuna risposta")
            wait_until(lambda: len(lost.notices()) == 2, "both notices")
        wait_until(late.notices, "the first notice")
        assert not nothing_is_due(alfa)
    finally:
        beta.start()
    post.wait_idle()
    assert nothing_is_due(alfa)
    late.check_notices(first=2)
    lost.check_notices(first=2, second=4)
    late.must_have(late.notice, *late.delivered)
    lost.must_have(lost.notice, lost.notice, *lost.delivered)


def test_a_provider_that_takes_charge_and_does_not_deliver(post):
    """The second notice alone; it is due though the engine that promised it has died meanwhile."""
    alfa, beta = post.lab.opec["alfa"], post.lab.opec["beta"]
    with alfa.configured(hours(8, 9)), beta.configured(NOWHERE):
        taken = Story(post, MARIO, ANNA, "Presa in carico")
        wait_until(lambda: taken.has_come(ALFA_SERVICE, "take-charge"), "the take-charge")
        alfa.kill()
        alfa.start()
        wait_until(taken.notices, "the second notice")
        taken.check_notices(second=9)
    post.wait_idle()
    assert nothing_is_due(alfa)
    taken.must_have(taken.notice, *taken.delivered)


def test_a_delivery_in_time_is_followed_by_nothing(post):
    alfa = post.lab.opec["alfa"]
    with alfa.configured(hours(60, 90)):
        good = Story(post, MARIO, ANNA, "In tempo")
        good.must_have(*good.delivered)
        assert nothing_is_due(alfa)
