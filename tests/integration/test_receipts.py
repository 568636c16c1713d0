# SPDX-License-Identifier: GPL-3.0-or-later
"""The delivery point and a real mailbox server: which receipt for whom, and what is in it (RFC 6109 3.3)."""
import email
import hashlib
import json
import mailbox
from email.policy import compat32

import pytest

import judge
from lab.mail import compose
from lab.processes import run
from lab.sites import PASSWORD
from post import ALFA_SERVICE, ANNA, BETA_SERVICE, BRUNO, LUCIA, MARIO, ident_of

ACCEPTANCE, TAKE_CHARGE = (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge")
FOR_ANNA, FOR_BRUNO = (MARIO, "delivery", ANNA), (MARIO, "delivery", BRUNO)
ENVELOPES = ((ANNA, "transport envelope"), (BRUNO, "transport envelope"))
ATTACHMENT = ("Relazione tecnica.pdf", bytes(range(256)) * 20)


def exchange(post, sent):
    """A message to Anna in To and Bruno in Cc: what came, all of it judged."""
    post.lab.submit(MARIO, [ANNA, BRUNO], sent)
    got = post.expect(ident_of(sent), ACCEPTANCE, TAKE_CHARGE, *ENVELOPES, FOR_ANNA, FOR_BRUNO)
    judge.check_all(post.lab, got)
    for key in ENVELOPES:
        judge.check_original(got[key], sent)
    return got


def written(kind, **more):
    headers = [("X-TipoRicevuta", kind)] if kind else []
    return compose(MARIO, ANNA, "Relazione", "In allegato.\n", [BRUNO], headers=headers, **more)


def kind_of(report):
    """As the certification data tell it: <ricevuta tipo="..."/>."""
    return judge.certification(report.raw).partition(b"<ricevuta")[2].split(b'"')[1].decode()


@pytest.mark.parametrize("asked", ["", "completa", "COMPLETA"])
def test_a_complete_receipt_encloses_the_message_for_who_stands_in_to(post, asked):
    sent = written(asked, attachments=[ATTACHMENT])
    got = exchange(post, sent)
    judge.check_original(got[FOR_ANNA], sent)
    assert got[FOR_BRUNO].original == b"", "one for a recipient in Cc is concise"
    assert kind_of(got[FOR_ANNA]) == "completa"


def test_a_concise_receipt_encloses_nothing(post):
    got = exchange(post, written("sintetica", attachments=[ATTACHMENT]))
    assert got[FOR_ANNA].original == got[FOR_BRUNO].original == b""
    assert kind_of(got[FOR_ANNA]) == kind_of(got[FOR_BRUNO]) == "sintetica"


def test_a_brief_receipt_has_hashes_in_place_of_attachments(post):
    """Of the part's encoded body, in a text named after it (RFC 6109 3.3.2.2)."""
    letter = compose(LUCIA, MARIO, "Inoltrato", "Vecchia lettera.\n")
    sent = written("breve", attachments=[ATTACHMENT])
    outer = email.message_from_bytes(sent, policy=compat32)
    boundary = outer.get_boundary().encode()
    forwarded = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"lettera.eml\"\r\n\r\n" + letter
    sent = sent.replace(b"\r\n--" + boundary + b"--", b"\r\n--" + boundary + b"\r\n" + forwarded + b"\r\n--" + boundary + b"--")
    got = exchange(post, sent)
    assert got[FOR_BRUNO].original == b"" and kind_of(got[FOR_ANNA]) == "breve"

    brief = email.message_from_bytes(judge.raw_part(got[FOR_ANNA].raw, "postacert.eml"), policy=compat32)
    text, attachment, message = brief.get_payload()
    encoded = sent.split(b"--" + boundary)[2].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
    assert text.get_payload(decode=True).split() == b"In allegato.".split()
    assert attachment.get_filename() == ATTACHMENT[0] + ".hash"
    for part, content in ((attachment, encoded), (message, letter)):
        assert part.get_content_type() == "text/plain"
        assert part.get_payload(decode=True).strip().decode() == hashlib.sha1(content).hexdigest()


def test_a_message_that_its_author_signed_stays_whole(post):
    """To the octet in envelope and receipt, so that the author's signature holds too; openssl is the judge."""
    lab = post.lab
    pem, key = lab.authority.issue_provider("mario", "Mario Rossi", MARIO)
    inner = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nFirmato.   \r\n\r\nMario\r\n"
    signed = run(["openssl", "cms", "-sign", "-signer", pem, "-inkey", key], lab.authority.env, given=inner)
    header = compose(MARIO, ANNA, "Firmato", "x\n", [BRUNO]).partition(b"MIME-Version")[0].partition(b"Content-Type")[0]
    sent = header + signed.replace(b"\r", b"").replace(b"\n", b"\r\n")
    got = exchange(post, sent)
    for key in (*ENVELOPES, FOR_ANNA):
        original = judge.raw_part(got[key].raw, "postacert.eml")
        run(["openssl", "cms", "-verify", "-CAfile", lab.authority.certificate], lab.authority.env, given=original)


def test_a_full_mailbox_is_a_non_delivery(post):
    engine, full = post.lab.opec["beta"], "piena@beta.example"
    engine.do("account", "add", full, "--password-stdin", "--quota", "5kB", given=f"{PASSWORD}\n".encode())
    post.watch(full)
    sent, ident = post.send(MARIO, [ANNA, full], "Grande", attachments=[("grande.bin", bytes(20_000))])
    notice = (MARIO, "non-delivery", full)
    got = post.expect(ident, ACCEPTANCE, TAKE_CHARGE, ENVELOPES[0], FOR_ANNA, notice)
    judge.check_all(post.lab, got)
    assert got[notice].error == "altro" and got[notice].error_text.startswith("5.2.2 ")


def test_a_mailbox_that_is_closed_is_a_non_delivery(post):
    engine, closed = post.lab.opec["beta"], "chiusa@beta.example"
    engine.add_account(closed, PASSWORD)
    engine.do("account", "set", closed, "--active", "no")
    sent, ident = post.send(MARIO, closed)
    notice = (MARIO, "non-delivery", closed)
    got = post.expect(ident, ACCEPTANCE, TAKE_CHARGE, notice)
    judge.check_all(post.lab, got)
    assert got[notice].error == "no-dest"


def test_an_account_that_is_new_is_a_mailbox_at_once(post):
    engine, new = post.lab.opec["beta"], "nuova@beta.example"
    engine.add_account(new, PASSWORD)
    post.watch(new)
    sent, ident = post.send(new, MARIO, "Eccomi")
    got = post.expect(ident, (new, "acceptance"), (MARIO, "transport envelope"), (BETA_SERVICE, "take-charge"), (new, "delivery", MARIO))
    judge.check_all(post.lab, got)


def test_no_message_id_is_none_in_the_receipts(post):
    """Field and element are then left out (RFC 6109 4.4: msgid is optional)."""
    sent = compose(MARIO, ANNA, "Senza nome proprio", "x\n")
    field, = judge.raw_header(sent, "Message-ID")
    post.lab.submit(MARIO, [ANNA], sent.replace(field, b""))
    got = post.expect(post.pec_id_of("Senza nome proprio"), ACCEPTANCE, TAKE_CHARGE, ENVELOPES[0], FOR_ANNA)
    judge.check_all(post.lab, got)
    for report in got.values():
        assert not judge.raw_header(report.raw, "X-Riferimento-Message-ID") and not report.original_id


def test_the_engine_itself_says_of_each_kind_that_it_holds(post):
    got = exchange(post, written(""))
    for report in got.values():
        status, said, _ = post.lab.opec["beta"].call("verify", "-", given=report.raw)
        assert status == 0 and report.pec_id in said
    report = got[FOR_ANNA]
    status, _, _ = post.lab.opec["beta"].call("verify", "-", given=report.raw.replace(b"In allegato.", b"In allegatO."))
    assert status == 1


def test_a_mailbox_is_verified_whole_in_the_readers_language(post, tmp_path):
    """Messages as a mail program keeps them: LF line ends, lines that begin with "From " quoted."""
    got = exchange(post, compose(MARIO, ANNA, "Da Roma", "Ciao,\n\nFrom Roma con affetto\n", [BRUNO]))
    box = mailbox.mbox(tmp_path / "box")
    folder = mailbox.Maildir(tmp_path / "folder")
    for report in got.values():
        box.add(report.raw.replace(b"\r\n", b"\n"))
        folder.add(report.raw.replace(b"\r\n", b"\n"))
    box.add(b"From: qualcuno@example.it\nSubject: ciao\n\nciao\n")
    box.flush()
    engine = post.lab.opec["beta"]
    status, said, _ = engine.call("verify", "--lang", "it", tmp_path / "box")
    assert status == 1 and said.endswith(f"{len(got) + 1} messaggi: {len(got)} superano la verifica, 0 non la superano, 1 non sono PEC\n")
    status, said, _ = engine.call("verify", "--json", tmp_path / "folder")
    assert status == 0 and sorted(json.loads(line)["pec_id"] for line in said.splitlines()) == sorted(r.pec_id for r in got.values())
