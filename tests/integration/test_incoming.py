# SPDX-License-Identifier: GPL-3.0-or-later
"""The incoming point behind a real MX: envelopes, receipts, ordinary mail, forgeries, viruses (RFC 6109 2.2.2 and 3.2)."""
import base64
import email
import smtplib
from email.policy import compat32

import pytest

import judge
from lab import mail
from lab.clamav import EICAR
from lab.mail import compose
from lab.processes import run
from lab.sites import ALFA, PROVIDERS, Site
from post import ALFA_SERVICE, ANNA, BRUNO, MARIO, OSPITE, STRANGER, ident_of

ANOMALY = (ANNA, "anomaly envelope")
NO_VIRUS_SEEN = {"antivirus": {"clamd": "none"}}


def bring(post, sender, recipients, message, **more):
    """Another server brings mail to Beta's MX."""
    n = post.lab.network
    return mail.deliver(n.beta, n.mx, sender, recipients, message, source=n.ordinaria, **more)


def quarantined(engine):
    return [path.read_bytes() for path in engine.quarantine_dir.rglob("*") if path.is_file()]


# --- who may bring what -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("source", ["ordinaria", "beta"])
def test_the_mx_relays_for_nobody(post, source):
    """Not for its own machine either: what no user logged in for never becomes certified mail."""
    n = post.lab.network
    with pytest.raises(smtplib.SMTPRecipientsRefused) as fault:
        mail.deliver(n.beta, n.mx, ANNA, [OSPITE], compose(ANNA, OSPITE, "Relay", "x\n"), source=getattr(n, source))
    assert fault.value.recipients[OSPITE][0] == 554


def test_the_mx_offers_encryption_and_no_login(post):
    n = post.lab.network
    with smtplib.SMTP(n.beta, n.mx, timeout=30) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("STARTTLS") and not smtp.has_extn("AUTH")
        smtp.starttls(context=mail.trusting(post.lab.authority.certificate))
        smtp.ehlo()
        assert not smtp.has_extn("AUTH")


@pytest.mark.parametrize("sender", ["", OSPITE, ANNA])
def test_the_access_point_takes_mail_of_its_own_domains_alone(post, sender):
    n = post.lab.network
    with pytest.raises(smtplib.SMTPSenderRefused) as fault:
        mail.deliver(n.alfa, n.access, sender, [ANNA], compose(MARIO, ANNA, "x", "x\n"))
    assert (fault.value.smtp_code, fault.value.smtp_error[:5]) == (550, b"5.7.1")


def test_the_incoming_point_takes_mail_for_its_own_domains_alone(post):
    n = post.lab.network
    with pytest.raises(smtplib.SMTPRecipientsRefused) as fault:
        mail.deliver(n.beta, n.incoming, OSPITE, [MARIO], compose(OSPITE, MARIO, "x", "x\n"))
    assert fault.value.recipients[MARIO][0] == 550


# --- ordinary mail ----------------------------------------------------------------------------------------------------------------

def check_anomaly(post, report, message):
    """Signed; in it the whole message as it came and nothing else; its Message-ID (RFC 6109 3.2.2)."""
    judge.check(post.lab, report)
    content = email.message_from_bytes(report.raw, policy=compat32).get_payload(0)
    assert [part.get_filename() for part in content.get_payload()] == [None, "postacert.eml"]
    assert judge.without_trace(judge.raw_part(report.raw, "postacert.eml")) == message
    assert judge.raw_header(report.raw, "Message-ID") == judge.raw_header(message, "Message-ID")


def test_ordinary_mail_comes_in_an_anomaly_envelope(post):
    message, ident = post.send(OSPITE, ANNA, "Saluti", "Ciao.\n")
    got = post.expect(ident, ANOMALY)
    check_anomaly(post, got[ANOMALY], message)
    assert got[ANOMALY].subject == "ANOMALIA MESSAGGIO: Saluti"
    assert got[ANOMALY].sender == f'"Per conto di: {OSPITE}" <posta-certificata@beta.example>'


def test_ordinary_mail_is_written_as_its_author_wrote_it(post):
    """8 bit, long lines, odd fields: nothing is mended on its way in."""
    body = "Perché è così.\r\n".encode() + b"l" * 2000 + b"\r\n.\r\n..due\r\n"
    message = (f"From: Ospite <{OSPITE}>\r\nTo: {ANNA}\r\nMessage-ID: <strano.1@ordinaria.example>\r\nSubject: ".encode()
               + "così\r\nX-Odd:\t una \r\n\t piega\r\n\r\n".encode() + body)
    bring(post, OSPITE, [ANNA], message, options=["BODY=8BITMIME"])
    report = post.expect("strano.1@ordinaria.example", ANOMALY)[ANOMALY]
    judge.check_signature(post.lab, report.raw)
    assert judge.without_trace(judge.raw_part(report.raw, "postacert.eml")) == message


def test_ordinary_mail_for_nobody_comes_back(post):
    """All mailboxes refuse: their 5xx, and the sender's server reports it."""
    message, ident = post.send(OSPITE, STRANGER, "A nessuno")
    post.expect(ident, (OSPITE, "ordinary message"))


def test_ordinary_mail_for_somebody_and_nobody_is_delivered_and_reported(post):
    message, ident = post.send(OSPITE, [ANNA, STRANGER], "A uno e a nessuno")
    got = post.expect(ident, ANOMALY, (OSPITE, "ordinary message"))
    check_anomaly(post, got[ANOMALY], message)
    assert STRANGER.encode() in got[OSPITE, "ordinary message"].raw


def test_ordinary_mail_without_a_sender_is_reported_to_nobody(post):
    message = compose("mailer-daemon@ordinaria.example", [ANNA, STRANGER], "Senza mittente", "x\n")
    bring(post, "", [ANNA, STRANGER], message)
    check_anomaly(post, post.expect(ident_of(message), ANOMALY)[ANOMALY], message)


def test_ordinary_mail_can_be_rejected(post):
    with post.lab.opec["beta"].configured({"incoming": {"ordinary_mail": "reject"}}):
        message, ident = post.send(OSPITE, ANNA, "Saluti")
        report = post.expect(ident, (OSPITE, "ordinary message"))[OSPITE, "ordinary message"]
    assert b"550" in report.raw


def test_ordinary_mail_can_be_discarded(post):
    with post.lab.opec["beta"].configured({"incoming": {"ordinary_mail": "discard"}}):
        message, ident = post.send(OSPITE, ANNA, "Saluti")
        post.wait_idle()
        post.expect(ident)
        assert ident in post.lab.opec["beta"].do("log", "search", f"<{ident}>")


# --- forgeries --------------------------------------------------------------------------------------------------------------------

def exchange(post, subject):
    """A certified message from Mario to Anna that went well: what came, by whom and what."""
    sent, ident = post.send(MARIO, ANNA, subject)
    return post.expect(ident, (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"),
                       (MARIO, "delivery", ANNA))


def test_an_envelope_that_was_changed_is_an_anomaly_without_receipts(post):
    envelope = judge.without_trace(exchange(post, "Da cambiare")[ANNA, "transport envelope"].raw)
    changed = envelope.replace(b"Una prova.", b"Una truffa").replace(b"Message-ID: <opec", b"Message-ID: <falso")
    ident = ident_of(changed)
    bring(post, MARIO, [ANNA], changed)
    check_anomaly(post, post.expect(ident, ANOMALY)[ANOMALY], changed)


GAMMA = Site("gamma", "Gamma PEC", ("ricevute", "posta-certificata"))


def of_gamma(post, envelope):
    """What Gamma would have sent in place of Alfa: the same envelope with its names, signed with its key. And the id in it."""
    pem, key = post.lab.authority.path("gamma")
    data = judge.certification(envelope)
    boundary = email.message_from_bytes(envelope, policy=compat32).get_boundary().encode()
    content = envelope.split(b"--" + boundary)[1].removeprefix(b"\r\n").removesuffix(b"\r\n")
    before, part, after = content.partition(judge.raw_part(envelope, "daticert.xml"))
    assert part
    names = [(b"alfa.example", b"gamma.example"), (ALFA.company.encode(), GAMMA.company.encode())]
    for old, new in names:
        before, data, after = before.replace(old, new), data.replace(old, new), after.replace(old, new)
    content = before + base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n") + after
    signed = run(["openssl", "cms", "-sign", "-signer", pem, "-inkey", key], post.lab.authority.env, given=content)
    header = judge.without_trace(envelope).partition(b"MIME-Version:")[0].replace(b"alfa.example", b"gamma.example")
    message = header + signed.replace(b"\r", b"").replace(b"\n", b"\r\n")
    return message, ident_of(message)


def with_providers(post, providers):
    """The index has these; --force, since a provider that is gone takes a third of it along."""
    post.lab.write_index([(site, post.lab.authority.path(site.name)[0], [site.domain]) for site in providers])
    for engine in post.lab.opec.values():   # both read it, and neither believes that a provider is gone
        engine.do("index", "update", "--force")


def test_who_is_a_provider_is_what_index_and_authority_say_now(post):
    """A certificate of the authority is not enough, its owner must be in the index; nor is the index, if the certificate is revoked
    (RFC 6109 2.2.2). The receipts for Gamma, whom nobody here can reach, come back to Beta and trouble no one."""
    lab = post.lab
    lab.authority.issue_provider(GAMMA.name, GAMMA.company, GAMMA.address)

    def is_believed(subject):
        message, ident = of_gamma(post, exchange(post, subject)[ANNA, "transport envelope"].raw)
        bring(post, "mario@gamma.example", [ANNA], message)
        post.wait_idle()
        kinds = {kind for _, kind, _ in post.about(ident)}
        if kinds == {"anomaly envelope"}:
            check_anomaly(post, post.expect(ident, ANOMALY)[ANOMALY], message)
            return False
        post.expect(ident, (ANNA, "transport envelope"))
        return True

    assert not is_believed("Chi sei?")
    with_providers(post, [*PROVIDERS, GAMMA])
    assert is_believed("Ora lo so")
    lab.authority.revoke(GAMMA.name)
    lab.opec["beta"].do("crl", "update")
    assert not is_believed("E ora non ti credo")
    with_providers(post, PROVIDERS)


def test_a_receipt_that_nobody_signed_is_an_anomaly(post):
    message = compose("posta-certificata@alfa.example", ANNA, "CONSEGNA: x", "x\n", headers=[("X-Ricevuta", "avvenuta-consegna")])
    bring(post, "posta-certificata@alfa.example", [ANNA], message)
    check_anomaly(post, post.expect(ident_of(message), ANOMALY)[ANOMALY], message)


def test_what_is_brought_twice_has_its_effects_once(post):
    """An MTA that did not hear our 250 sends again: the same envelope, the same receipt, and nothing happens anew."""
    got = exchange(post, "Due volte")
    n = post.lab.network
    bring(post, MARIO, [ANNA], judge.without_trace(got[ANNA, "transport envelope"].raw))
    receipt = judge.without_trace(got[MARIO, "delivery", ANNA].raw)
    mail.deliver(n.alfa, n.mx, "posta-certificata@beta.example", [MARIO], receipt, source=n.ordinaria)
    post.wait_idle()
    assert sorted(post.about(got[MARIO, "acceptance"].pec_id)) == sorted((*key, "")[:3] for key in got)


# --- viruses ----------------------------------------------------------------------------------------------------------------------

def test_a_virus_that_another_provider_let_pass_is_told_to_it_and_by_it_to_the_sender(post):
    """Take-charge, virus detection for each recipient, quarantine; the sender's provider tells the sender (RFC 6109 3.2.3, 3.2.4)."""
    with post.lab.opec["alfa"].configured(NO_VIRUS_SEEN):
        sent, ident = post.send(MARIO, [ANNA, BRUNO], "Auguri", attachments=[("auguri.bin", EICAR)])
        notices = [(MARIO, "non-delivery", ANNA), (MARIO, "non-delivery", BRUNO)]
        told = [(ALFA_SERVICE, "virus detection", ANNA), (ALFA_SERVICE, "virus detection", BRUNO)]
        got = post.expect(ident, (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), *told, *notices)
    judge.check_all(post.lab, got)
    for key in told:
        assert judge.raw_header(got[key].raw, "X-Mittente") == [f"X-Mittente: {MARIO}\r\n".encode()]
        assert (got[key].error, got[key].subject, got[key].original) == ("virus", "PROBLEMA DI SICUREZZA: Auguri", b"")
    for key in notices:
        assert (got[key].error, got[key].subject) == ("virus", "AVVISO DI MANCATA CONSEGNA PER VIRUS: Auguri")
        assert judge.raw_header(got[key].raw, "X-VerificaSicurezza") == [b"X-VerificaSicurezza: errore\r\n"]
        assert got[key].original == b"" and got[key].sender.endswith("posta-certificata@alfa.example")
    assert any(got[MARIO, "acceptance"].pec_id.encode() in raw for raw in quarantined(post.lab.opec["beta"]))


def test_a_virus_in_ordinary_mail_is_kept_and_told_to_nobody(post):
    """Its sender may be forged: no bounce."""
    message = compose(OSPITE, ANNA, "Auguri", "x\n", attachments=[("auguri.bin", EICAR)])
    bring(post, OSPITE, [ANNA], message)
    post.wait_idle()
    post.expect(ident_of(message))
    assert any(ident_of(message).encode() in raw for raw in quarantined(post.lab.opec["beta"]))
