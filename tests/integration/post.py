# SPDX-License-Identifier: GPL-3.0-or-later
"""All mailboxes of a lab, watched: what came, about which message, and whether it is all that should have come.

    post.expect(ident, (MARIO, "acceptance"), (ANNA, "transport envelope"), (MARIO, "delivery", ANNA))
"""
import email
import json
import time
from collections import Counter
from email.policy import compat32

import judge
from lab.mail import compose
from lab.processes import wait_until
from lab.report import read
from lab.sites import ALFA, BETA, ORDINARIA, SITES

MARIO, LUCIA, ALFA_SERVICE, ALFA_ADDRESS = ALFA.users
ANNA, BRUNO, BETA_SERVICE, BETA_ADDRESS = BETA.users
OSPITE, = ORDINARIA.users
STRANGER = "nessuno@beta.example"       # there is no such mailbox
SECONDS = 30


def ident_of(message):
    """The Message-ID of a message, without its brackets."""
    return email.message_from_bytes(message, policy=compat32)["Message-ID"].strip("<>")


def _idents(report):
    """By what a message can be known: the id its user gave, the certified one, its own; of a delivery report, that of what it is about."""
    message = email.message_from_bytes(report.raw, policy=compat32)
    named = [report.original_id, report.pec_id, message["X-Riferimento-Message-ID"], message["Message-ID"]]
    if message.get_content_type() == "multipart/report":
        named += [part["Message-ID"] for part in message.walk()]
        named += [email.message_from_string(part.get_payload())["Message-ID"] for part in message.walk()
                  if part.get_content_type() == "text/rfc822-headers"]
    return {str(name).strip().strip("<>") for name in named if name}


def _different(numbered):
    """How many different messages there are among reports."""
    return len({judge.without_trace(report.raw) for _, report in numbered})


class Post:
    def __init__(self, lab):
        self.lab = lab
        self.boxes = {}
        self.came = []      # (login, report, idents)
        self.claimed = set()    # numbers of those that a test expected

    def connect(self):
        """Anew, after the mailbox server was away."""
        for login, box in self.boxes.items():
            fresh = self.lab.mailbox(login)
            fresh.seen = box.seen
            self.boxes[login] = fresh

    def watch(self, login):
        """A mailbox that the sites do not have from the beginning."""
        self.boxes[login] = self.lab.mailbox(login)

    def look(self):
        """Fetch what is new in all mailboxes; was there anything?"""
        before = len(self.came)
        for login, box in self.boxes.items():
            for raw in box.new():
                report = read(raw)
                self.came.append((login, report, _idents(report)))
        return len(self.came) > before

    def about(self, ident):
        """{(login, kind, about): [(number, report)]} of a message."""
        found = {}
        for number, (login, report, idents) in enumerate(self.came):
            if ident in idents:
                found.setdefault((login, report.kind, report.about), []).append((number, report))
        return found

    def expect(self, ident, *expected, seconds=SECONDS, copies=False):
        """Wait for exactly these messages about one: (login, kind) or (login, kind, recipient it is about). Their reports, by the
        same tuples. What comes later, and was not expected, comes to light at `must_be_at_rest`. `copies`: the same message, octet by
        octet, may have come more than once."""
        wanted = Counter((*one, "")[:3] for one in expected)
        deadline = time.monotonic() + seconds
        while True:
            self.look()
            found = self.about(ident)
            got = Counter({key: _different(them) if copies else len(them) for key, them in found.items()})
            if got >= wanted or time.monotonic() > deadline:
                break
            time.sleep(0.03)
        self.claimed.update(number for them in found.values() for number, _ in them)
        missing, extra = list((wanted - got).elements()), list((got - wanted).elements())
        assert not missing and not extra, f"{ident}\n    missing: {missing}\n    not expected: {extra}"
        return {key if key[2] else key[:2]: them[0][1] for key, them in found.items()}

    def pec_id_of(self, subject):
        """The certified id of a message whose user gave it none, once something has come about it."""
        def found():
            self.look()
            return [report.pec_id for _, report, _ in self.came if report.subject.endswith(f": {subject}") and report.pec_id]
        wait_until(found, f"something about {subject}", SECONDS)
        return found()[0]

    def send(self, sender, to, subject="Prova", text="Una prova.\n", cc=(), recipients=None, **more):
        """Compose a message and submit it as its sender. The message, and the id by which to ask for what becomes of it."""
        message = compose(sender, to, subject, text, cc, **more)
        self.lab.submit(sender, recipients or [*([to] if isinstance(to, str) else to), *cc], message)
        return message, ident_of(message)

    # --- the end ---

    def _is_idle(self):
        """Are all queues empty? They are asked one after the other; what moves on meanwhile is seen in the logs."""
        before = [postfix.log.stat().st_size for postfix in self.lab.postfix.values()]
        is_empty = not any(postfix.queue() for postfix in self.lab.postfix.values())
        return is_empty and before == [postfix.log.stat().st_size for postfix in self.lab.postfix.values()]

    def _queued(self):
        """What an error can say of the queues: how much there is, and why."""
        queued = [json.loads(line) for postfix in self.lab.postfix.values() for line in postfix.queue()]
        reasons = Counter(recipient.get("delay_reason", one["queue_name"]) for one in queued for recipient in one["recipients"])
        return reasons.most_common(5)

    def wait_idle(self, seconds=SECONDS):
        """Until no queue has a message any more."""
        begun = time.monotonic()
        flushed = begun
        while not self._is_idle():
            now = time.monotonic()
            assert now < begun + seconds, f"in a queue: {self._queued()}"
            if now > flushed + 1:   # no need to wait for Postfix's next attempt
                flushed = now
                for postfix in self.lab.postfix.values():
                    postfix.flush()
            time.sleep(0.05)
        while self.look():
            pass

    def must_be_at_rest(self):
        """Nothing under way, nothing that nobody expected, the legal logs whole, no alarm."""
        self.wait_idle()
        strangers = [(login, report.kind, report.subject) for number, (login, report, _) in enumerate(self.came)
                     if number not in self.claimed]
        self.claimed.update(range(len(self.came)))  # told once, and not after every file to come
        assert not strangers, f"no test expected these: {strangers}"
        for engine in self.lab.opec.values():
            engine.do("log", "verify")
            status = engine.status()
            assert (status["alarms"], status["poisoned"], status["keeper"]["open_plans"]) == ([], [], 0), status

    def __enter__(self):
        for site in SITES:
            for login in site.users:
                self.watch(login)
        return self

    def __exit__(self, *_):
        for box in self.boxes.values():
            box.close()
