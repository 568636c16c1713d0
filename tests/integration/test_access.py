# SPDX-License-Identifier: GPL-3.0-or-later
"""The access point behind a real Postfix: who may send, and what is refused with a notice (RFC 6109 3.1)."""
import smtplib

import pytest

import judge
from lab import mail
from lab.clamav import EICAR
from lab.mail import compose
from lab.sites import PASSWORD
from post import ALFA_SERVICE, ANNA, BRUNO, LUCIA, MARIO, OSPITE, STRANGER, ident_of

ACCEPTANCE, NOTICE = (MARIO, "acceptance"), (MARIO, "non-acceptance")
DELIVERED = (ACCEPTANCE, (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"), (MARIO, "delivery", ANNA))


# --- who may send -----------------------------------------------------------------------------------------------------------------

def refused(do):
    """The code with which the server refuses."""
    with pytest.raises(smtplib.SMTPException) as fault:
        do()
    found = fault.value
    return found.smtp_code if hasattr(found, "smtp_code") else next(iter(found.recipients.values()))[0]


def test_a_user_cannot_write_as_another(post):
    message = compose(LUCIA, ANNA, "Non sono io", "x\n")
    assert refused(lambda: post.lab.submit(MARIO, [ANNA], message, sender=LUCIA)) == 553


def test_a_user_cannot_write_without_a_sender(post):
    message = compose(MARIO, ANNA, "Nessuno", "x\n")
    assert refused(lambda: post.lab.submit(MARIO, [ANNA], message, sender="")) // 100 == 5


def test_submission_wants_a_login(post):
    n = post.lab.network

    def do():
        with smtplib.SMTP(n.alfa, n.submission, timeout=30) as smtp:
            smtp.starttls(context=mail.trusting(post.lab.authority.certificate))
            mail.send(smtp, MARIO, [ANNA], compose(MARIO, ANNA, "Senza nome", "x\n"))
    assert refused(do) // 100 == 5


def test_submission_takes_no_password_in_clear_text(post):
    n = post.lab.network
    with smtplib.SMTP(n.alfa, n.submission, timeout=30) as smtp:
        with pytest.raises(smtplib.SMTPException):
            smtp.login(MARIO, PASSWORD)


def test_the_port_that_begins_with_tls_is_an_access_point_too(post):
    n, sent = post.lab.network, compose(MARIO, ANNA, "Dalla porta 465", "Una prova.\n")
    with smtplib.SMTP_SSL(n.alfa, n.submissions, timeout=30, context=mail.trusting(post.lab.authority.certificate)) as smtp:
        smtp.login(MARIO, PASSWORD)
        mail.send(smtp, MARIO, [ANNA], sent)
    got = post.expect(ident_of(sent), *DELIVERED)
    judge.check_all(post.lab, got)
    judge.check_original(got[ANNA, "transport envelope"], sent)


# --- formal checks: a notice in the mailbox, and nothing else ---------------------------------------------------------------------

def altered(old, new):
    """Makes of a good message a bad one."""
    def do(message):
        assert old in message
        return message.replace(old, new, 1)
    return do


BAD = {
    "another author": altered(f"From: {MARIO}".encode(), f"From: {LUCIA}".encode()),
    "two authors": altered(f"From: {MARIO}".encode(), f"From: {MARIO}, {LUCIA}".encode()),
    "no author": altered(f"From: {MARIO}\r\n".encode(), b""),
    "no To": altered(f"To: {ANNA}\r\n".encode(), b""),
    "Bcc": altered(b"Subject:", f"Bcc: {BRUNO}\r\nSubject:".encode()),
    "a recipient who is not named": altered(f"To: {ANNA}".encode(), f"To: {BRUNO}".encode()),
    "a line that is too long": altered(b"Una prova.", b"x" * 1200),
    "a header field that is too long": altered(b"Subject:", b"X-Long: " + b"y" * 1200 + b"\r\nSubject:"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_formal_fault_is_a_notice_of_non_acceptance(post, what):
    sent = BAD[what](compose(MARIO, ANNA, f"Errore: {what}", "Una prova.\n"))
    post.lab.submit(MARIO, [ANNA], sent)
    got = post.expect(ident_of(sent), NOTICE)
    judge.check_all(post.lab, got)
    notice = got[NOTICE]
    assert notice.subject == f"AVVISO DI NON ACCETTAZIONE: Errore: {what}"
    assert notice.error == "altro" and notice.error_text
    assert notice.original == b"", "the original must not be in it (RFC 6109 3.1.2)"


def test_an_empty_bcc_field_hides_nobody(post):
    """The rule is about its content (RFC 6109 3.1.1)."""
    sent = compose(MARIO, ANNA, "Bcc vuoto", "Una prova.\n").replace(b"Subject:", b"Bcc: \r\nSubject:", 1)
    post.lab.submit(MARIO, [ANNA], sent)
    post.expect(ident_of(sent), *DELIVERED)


def test_a_virus_is_a_notice_of_non_acceptance_and_is_kept(post):
    sent = compose(MARIO, ANNA, "Leggi subito", "Guarda l'allegato.\n", attachments=[("nota.bin", EICAR)])
    post.lab.submit(MARIO, [ANNA], sent)
    got = post.expect(ident_of(sent), NOTICE)
    judge.check_all(post.lab, got)
    notice = got[NOTICE]
    assert (notice.error, notice.subject) == ("virus", "AVVISO DI NON ACCETTAZIONE PER VIRUS: Leggi subito")
    assert judge.raw_header(notice.raw, "X-VerificaSicurezza") == [b"X-VerificaSicurezza: errore\r\n"]
    assert notice.original == b""
    kept = [path for path in post.lab.opec["alfa"].quarantine_dir.rglob("*") if path.is_file()]
    assert any(sent.partition(b"\r\n\r\n")[2] in path.read_bytes() for path in kept), kept


# --- bytes ------------------------------------------------------------------------------------------------------------------------

def test_what_is_written_in_8_bit_travels_in_7(post):
    """Postfix encodes it before it is certified: so the signature survives any server on the way (RFC 6109 4.3)."""
    sent = altered(b"Encoding: quoted-printable", b"Encoding: 8bit")(compose(MARIO, ANNA, "In otto bit", "x\n"))
    sent = sent.partition(b"\r\n\r\n")[0] + "\r\n\r\nPerché è così più comodo.\r\n".encode()
    n = post.lab.network
    with smtplib.SMTP(n.alfa, n.submission, local_hostname="client.example", timeout=30) as smtp:
        smtp.starttls(context=mail.trusting(post.lab.authority.certificate))
        smtp.login(MARIO, PASSWORD)
        mail.send(smtp, MARIO, [ANNA], sent, ["BODY=8BITMIME"])
    got = post.expect(ident_of(sent), *DELIVERED)
    judge.check_all(post.lab, got)
    assert b"Perch=C3=A9 =C3=A8 cos=C3=AC pi=C3=B9 comodo." in judge.raw_part(got[ANNA, "transport envelope"].raw, "postacert.eml")


def test_whatever_is_allowed_arrives_as_it_was_written(post):
    """Odd and legal: folded and empty fields, a line of 998 octets, dots, boundaries in the text, blanks at the ends of lines."""
    body = [b".", b"..", b"From here", b"--not-a-boundary", b"blanks   ", b"\ttab\t", b"z" * 998, b"", b"", b"end"]
    header = [f"From: =?utf-8?q?Mario_=C3=A8_qui?=\r\n\t<{MARIO}>", f"To: Anna (di Beta)\r\n <{ANNA}>", "Subject:  due  spazi\r\n  e una piega",
              "Date: Tue, 24 Nov 2026 10:00:00 +0100", "X-Empty:", "Message-ID:\r\n <piegato.1@alfa.example>",
              "x-riferimento-MESSAGE-id: <altrui@alfa.example>"]
    sent = "\r\n".join(header).encode() + b"\r\n\r\n" + b"\r\n".join(body) + b"\r\n"
    post.lab.submit(MARIO, [ANNA], sent)
    got = post.expect("piegato.1@alfa.example", *DELIVERED)
    judge.check_all(post.lab, got)
    original = judge.without_trace(judge.raw_part(got[ANNA, "transport envelope"].raw, "postacert.eml"))
    assert original.partition(b"\r\n\r\n")[2] == b"\r\n".join(body) + b"\r\n"
    for field in header[:5]:
        assert field.encode() + b"\r\n" in original


# --- many recipients --------------------------------------------------------------------------------------------------------------

def test_120_recipients_are_one_transaction(post):
    """One acceptance and one take-charge for all; a receipt for each (RFC 6109 3.2.1, 3.3.2)."""
    others = [f"nessuno.{number}@beta.example" for number in range(118)]
    sent, ident = post.send(MARIO, [ANNA, BRUNO, *others], "A molti")
    expected = [*DELIVERED, (BRUNO, "transport envelope"), (MARIO, "delivery", BRUNO)]
    got = post.expect(ident, *expected, *[(MARIO, "non-delivery", other) for other in others], seconds=60)
    assert len({report.pec_id for report in got.values()}) == 1
    judge.check_all(post.lab, {key: got[key] for key in [*expected, (MARIO, "non-delivery", others[-1])]})
    judge.check_original(got[ANNA, "transport envelope"], sent)


def test_501_recipients_are_too_many(post):
    sent, ident = post.send(MARIO, [f"nessuno.{number}@beta.example" for number in range(501)], "A troppi")
    got = post.expect(ident, NOTICE)
    judge.check_all(post.lab, got)


def test_size_counts_once_for_each_recipient(post):
    """40 recipients of 0.8 MB are more than 30 MB (RFC 6109 3.1.1)."""
    others = [f"nessuno.{number}@beta.example" for number in range(40)]
    sent, ident = post.send(MARIO, others, "Grande", attachments=[("grande.bin", bytes(600_000))])
    got = post.expect(ident, NOTICE)
    judge.check_all(post.lab, got)


# --- where nobody is -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("recipient, error", [
    ("chi@altrove.example", "no-dominio"),
    ("nessuno@ordinaria.example", "no-dest"),
    ("nessuno@alfa.example", "no-dest"),
    (STRANGER, "no-dest"),
])
def test_what_cannot_be_delivered_is_a_certified_non_delivery(post, recipient, error):
    """A bounce of our Postfix, or of an ordinary server, becomes a notice in place of a plain report (RFC 6109 3.3.3)."""
    sent, ident = post.send(MARIO, recipient, "A nessuno")
    is_certified = recipient.partition("@")[2] in ("alfa.example", "beta.example")
    expected = [ACCEPTANCE, (MARIO, "non-delivery", recipient)] + [(ALFA_SERVICE, "take-charge")] * is_certified
    got = post.expect(ident, *expected)
    judge.check_all(post.lab, got)
    notice = got[MARIO, "non-delivery", recipient]
    assert (notice.error, notice.subject) == (error, "AVVISO DI MANCATA CONSEGNA: A nessuno")
    assert notice.error_text


def test_an_ordinary_recipient_gets_the_same_envelope(post):
    sent, ident = post.send(MARIO, OSPITE, "A un ospite")
    got = post.expect(ident, ACCEPTANCE, (OSPITE, "transport envelope"))
    judge.check_all(post.lab, got)
    judge.check_original(got[OSPITE, "transport envelope"], sent)
    assert b"esterno" in judge.certification(got[ACCEPTANCE].raw)
