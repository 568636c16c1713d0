# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be delivered for longer than the queue keeps it, and reports that only seem to be about it (RFC 6109 3.3.3)."""
import base64
import json
import re
from contextlib import contextmanager
from email.utils import make_msgid

import judge
from lab.mail import deliver
from lab.processes import wait_until
from lab.sites import PASSWORD
from post import ALFA_SERVICE, ANNA, BRUNO, MARIO, OSPITE

REPORT = """\
From: MAILER-DAEMON@mx.alfa.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: {ident}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="rapporto"

--rapporto
Content-Type: text/plain; charset=us-ascii

This is the mail system.
--rapporto
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.alfa.example
Original-Envelope-Id: {tag}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 nobody of that name

--rapporto--
"""


def report(post, tag, recipient=ANNA, action="failed", status="5.1.1", sender=""):
    """Somebody brings a report to the MX of Alfa; its Message-ID."""
    ident, n = make_msgid(domain="mx.alfa.example"), post.lab.network
    text = REPORT.format(to=MARIO, ident=ident, tag=tag, recipient=recipient, action=action, status=status)
    deliver(n.alfa, n.mx, sender, [MARIO], text.replace("\n", "\r\n").encode())
    return ident.strip("<>")


def tag_of(postfix, recipient):
    """The envelope id that the engine gave to what waits for a recipient."""
    queued = [json.loads(line) for line in postfix.queue()]
    found = [one["queue_id"] for one in queued if recipient in [to["address"] for to in one["recipients"]]]
    return re.search(r"\benvelope_id[=:] *(\S+)$", postfix.content(found[0]), re.M)[1]


def reports_kept(engine, pec_id):
    """What the legal log has of reports about a message, octet by octet."""
    lines = [json.loads(line) for path in sorted(engine.legal_dir.glob("*.log")) for line in path.read_text().splitlines()]
    return [base64.b64decode(line["report"]) for line in lines if line.get("pec_id") == pec_id and "report" in line]


def has_come(post, ident, login, kind):
    post.look()
    return any(found[:2] == (login, kind) for found in post.about(ident))


def test_a_server_that_is_away_for_longer_than_the_queue_keeps_mail(post):
    """One certified non-delivery, in place of a report and of a warning about the delay; reports that are not about this message, or tell
    of no failure, change nothing before it."""
    alfa, postfix, beta = post.lab.opec["alfa"], post.lab.postfix["alfa"], post.lab.postfix["beta"]
    beta.stop()
    try:
        with postfix.configured(delay_warning_time="1s"):
            sent, ident = post.send(MARIO, ANNA, "Troppo tardi")
            wait_until(lambda: has_come(post, ident, MARIO, "acceptance"), "the acceptance")
            tag = tag_of(postfix, ANNA)
            (_, acceptance), = post.about(ident)[MARIO, "acceptance", ""]
            pec_id = acceptance.pec_id
            report(post, tag, action="delayed", status="4.4.1")
            report(post, tag, action="delivered", status="2.0.0")
            report(post, tag, recipient=BRUNO)
            strangers = [report(post, tag[:-1] + ("0" if tag[-1] != "0" else "1")), report(post, tag, sender=OSPITE)]
            for stranger in strangers:      # like any mail from outside
                post.expect(stranger, (MARIO, "anomaly envelope"))
            wait_until(lambda: len(reports_kept(alfa, pec_id)) == 3, "the reports in the legal log")
            assert not has_come(post, ident, MARIO, "non-delivery") and alfa.status()["keeper"]["next_task"]
            with postfix.configured(maximal_queue_lifetime="1s", bounce_queue_lifetime="1s"):
                got = post.expect(ident, (MARIO, "acceptance"), (MARIO, "non-delivery", ANNA), seconds=60)
    finally:
        beta.start()
    post.wait_idle()
    judge.check_all(post.lab, got)
    notice = got[MARIO, "non-delivery", ANNA]
    assert notice.error == "altro" and notice.error_text.startswith("5.4.1 ") and notice.about == ANNA
    assert b"<consegna>%s</consegna>" % ANNA.encode() in judge.certification(notice.raw)
    assert alfa.status()["keeper"]["next_task"] is None, "nobody is waited for any more"
    kept = reports_kept(alfa, pec_id)
    assert len(kept) == 4 and all(b"Original-Envelope-Id: " + tag.encode() in one for one in kept)
    last = kept[-1]
    assert b"Action: failed" in last and b"Final-Recipient: rfc822; " + ANNA.encode() in last and b"Content-Description: " in last


@contextmanager
def tempfail(post):
    """A full mailbox is no refusal, but a reason to try again later."""
    with post.lab.dovecot.configured("quota_full_tempfail = yes"):
        post.connect()      # a reload ends IMAP connections
        yield
    post.connect()


def test_a_mailbox_that_defers_for_longer_than_the_engine_waits(post):
    """The mailbox server says "later" for longer than incoming.delivery_timeout: a non-delivery, and the message leaves the queue."""
    beta, full = post.lab.opec["beta"], "satura@beta.example"
    beta.do("account", "add", full, "--password-stdin", "--quota", "5kB", given=f"{PASSWORD}\n".encode())
    post.watch(full)
    with tempfail(post), beta.configured({"incoming": {"delivery_timeout": "8s"}}):
        sent, ident = post.send(MARIO, full, "Sempre piena", attachments=[("grande.bin", bytes(20_000))])
        wait_until(lambda: "Quota exceeded" in beta.log.read_text(errors="replace"), "a message that is deferred")
        assert not has_come(post, ident, MARIO, "non-delivery")
        got = post.expect(ident, (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (MARIO, "non-delivery", full), seconds=90)
        post.wait_idle()
    judge.check_all(post.lab, got)
    notice = got[MARIO, "non-delivery", full]
    assert notice.error == "altro" and notice.error_text.startswith("5.4.7")
