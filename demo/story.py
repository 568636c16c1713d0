# SPDX-License-Identifier: GPL-3.0-or-later
"""The story that the demo tells: one message, and every message that follows from it, as they come into mailboxes."""
import email
import time
from dataclasses import dataclass
from email.policy import default

from lab import mail
from paint import WIDTH, heading, paint, paragraph, row, say

SENDER, RECIPIENT, UNKNOWN, ORDINARY = "mario@alfa.example", "anna@beta.example", "nessuno@beta.example", "ospite@ordinaria.example"
SERVICE = "ricevute@alfa.example"
SUBJECT = "Perché no? L'attestato di conformità è qui"
TEXT = "Gentile Anna,\n\nl'attestato che mi hai chiesto è allegato: così è più comodo, no?\n\nMario\n"
ATTACHMENT = ("attestato.pdf", b"%PDF-1.4\n% A certificate, as far as a demo needs one.\n" + b"%" * 1200 + b"\n%%EOF\n")
WAIT_SECONDS = 60
INDENT = 13


@dataclass(frozen=True)
class Event:
    """A message that must come: into which mailbox, of which kind, about whom; and what it means."""
    mailbox: str
    kind: str
    about: str
    style: str
    meaning: str


EXPECTED = [
    Event(SENDER, "acceptance", "", "green",
          "Proof of sending: Alfa took the message from its user and answers for it."),
    Event(RECIPIENT, "transport envelope", "", "cyan", "Anna has Alfa's signed envelope, with Mario's message untouched in it."),
    Event(SERVICE, "take-charge", "", "yellow", "From provider to provider: Beta checked the envelope and answers for it now."),
    Event(SENDER, "delivery", RECIPIENT, "green", "Proof of delivery: the message is in Anna's mailbox. It is enclosed."),
    Event(SENDER, "non-delivery", UNKNOWN, "red", "Beta has no such mailbox, and says so, signed."),
    Event(ORDINARY, "transport envelope", "", "cyan", "The same signed envelope. Nobody there can certify its delivery."),
]


def _event_of(login, report):
    for event in EXPECTED:
        if (event.mailbox, event.kind) == (login, report.kind) and event.about in ("", report.about):
            return event
    return None


class Story:
    def __init__(self, lab):
        self.lab = lab
        self.begun = 0.0
        self.pending = list(EXPECTED)
        self.faults = []
        self.pec_id = ""

    # --- telling ---

    def _introduce(self):
        heading("Mario writes a certified message")
        row("From", SENDER, "a user of Alfa PEC S.p.A., whose key is in a SoftHSM token")
        row("To", RECIPIENT, "a user of Beta PEC S.r.l., whose key is in a file")
        row("Cc", UNKNOWN, "a mailbox that does not exist")
        row("", ORDINARY, "an ordinary mailbox, outside certified mail")
        row("Subject", SUBJECT)
        row("Attached", f"{ATTACHMENT[0]}, {len(ATTACHMENT[1])} bytes")
        heading("What happens")

    def _line(self, after, what, where, style, right=""):
        left = f"  {after:+7.2f} s  "
        room = WIDTH - len(left) - 20 - len(right) if right else 0
        say(f"{paint(left, 'dim')}{paint(what.ljust(20), style, 'bold')}{where.ljust(room)}{paint(right, 'dim')}".rstrip())

    def _tell(self, after, login, report, event):
        style = event.style if event else "red"
        self._line(after, report.kind, login, style, report.time.partition(" ")[2])
        paragraph(report.subject, INDENT)
        if report.pec_id:
            paragraph(f"id {report.pec_id}", INDENT, "dim")
        if not report.holds:
            paragraph(f"NO VALID SIGNATURE: {report.fault or 'it has none'}", INDENT, "red")
        paragraph(event.meaning if event else "Nobody expected this message.", INDENT)
        say()

    def _sum_up(self):
        count = len(EXPECTED) - len(self.pending)
        if not self.pending and not self.faults:
            paragraph(f"{count} messages have come, each signed by its provider; openssl verified the signatures, and Mario's text "
                      "and attachment arrived byte for byte.", 2)

    # --- judging ---

    def _judge(self, login, report, event):
        if not event:
            self.faults.append(f"{login} got a message that nobody expected: {report.kind}")
            return
        self.pending.remove(event)
        self.pec_id = self.pec_id or report.pec_id
        if not report.holds:
            self.faults.append(f"the signature of the {report.kind} for {login} does not hold")
        if report.pec_id != self.pec_id:
            self.faults.append(f"the {report.kind} for {login} has another id")
        if report.kind == "transport envelope" and not self._is_whole(report):
            self.faults.append(f"the message in the envelope for {login} is not the one that was sent")

    def _sort(self, arrived):
        """What came at once, in the order in which one follows from another."""
        found = []
        for login, raw in arrived:
            report = self.lab.read(raw)
            event = _event_of(login, report)
            found.append((login, report, event if event in self.pending else None))
        return sorted(found, key=lambda one: EXPECTED.index(one[2]) if one[2] else len(EXPECTED))

    def _is_whole(self, report):
        """The text, the subject and the attachment that were sent?"""
        original = email.message_from_bytes(report.original, policy=default)
        files = {part.get_filename(): part.get_payload(decode=True) for part in original.iter_attachments()}
        body = original.get_body().get_content().replace("\r\n", "\n")
        return original["Subject"] == SUBJECT and body == TEXT and files == dict([ATTACHMENT])

    # --- the whole ---

    def run(self):
        """Tell it. True if everything came that had to, and nothing else."""
        self._introduce()
        boxes = [self.lab.mailbox(login) for login in sorted({event.mailbox for event in EXPECTED})]
        message = mail.compose(f"Mario Rossi <{SENDER}>", RECIPIENT, SUBJECT, TEXT, [UNKNOWN, ORDINARY], [ATTACHMENT])
        network = self.lab.network
        self.begun = time.monotonic()
        answer = self.lab.submit(SENDER, [RECIPIENT, UNKNOWN, ORDINARY], message)
        self._line(time.monotonic() - self.begun, "sent", f"{SENDER}, logged in at {network.alfa}:{network.submission}", "bold")
        paragraph(f"Postfix said: {answer}", INDENT, "dim")
        say()
        self._watch(boxes)
        for box in boxes:
            box.close()
        self._sum_up()
        return not self.pending and not self.faults

    def _watch(self, boxes):
        """Until all has come, and a second longer for what should not come."""
        end = self.begun + WAIT_SECONDS
        while time.monotonic() < end:
            arrived = [(box.login, raw) for box in boxes for raw in box.new()]
            after = time.monotonic() - self.begun
            for login, report, event in self._sort(arrived):
                self._tell(after, login, report, event)
                self._judge(login, report, event)
            if arrived and not self.pending:
                end = min(end, time.monotonic() + 1)
            time.sleep(0.01)
