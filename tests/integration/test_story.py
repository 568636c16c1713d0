# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of one certified message among two providers: RFC 6109 2.1 and 3, from submission to the last receipt."""
import judge
from post import ALFA_SERVICE, ANNA, MARIO, OSPITE, STRANGER, ident_of
from lab.mail import compose

SUBJECT = "Perché no? L'attestato di conformità è qui"
ATTACHMENT = ("attestato.pdf", b"%PDF-1.4\n" + b"%" * 1200 + b"\n%%EOF\n")


def test_one_message_yields_every_proof_and_every_notice(post):
    sent = compose(f"Mario Rossi <{MARIO}>", ANNA, SUBJECT, "Gentile Anna,\n\nè allegato.\n", [STRANGER, OSPITE], [ATTACHMENT])
    post.lab.submit(MARIO, [ANNA, STRANGER, OSPITE], sent)
    got = post.expect(ident_of(sent), (MARIO, "acceptance"), (ANNA, "transport envelope"), (OSPITE, "transport envelope"),
                      (ALFA_SERVICE, "take-charge"), (MARIO, "delivery", ANNA), (MARIO, "non-delivery", STRANGER))
    judge.check_all(post.lab, got)
    assert len({report.pec_id for report in got.values()}) == 1
    for key in ((ANNA, "transport envelope"), (OSPITE, "transport envelope"), (MARIO, "delivery", ANNA)):
        judge.check_original(got[key], sent)
    assert got[ANNA, "transport envelope"].subject == f"POSTA CERTIFICATA: {SUBJECT}"
    assert got[MARIO, "acceptance"].subject == f"ACCETTAZIONE: {SUBJECT}"
    assert got[MARIO, "delivery", ANNA].subject == f"CONSEGNA: {SUBJECT}"
    assert got[MARIO, "non-delivery", STRANGER].error == "no-dest"


def test_a_provider_writes_to_itself_by_both_points(post):
    """Sender and recipient of one provider pass through the access point and the incoming point (RFC 6109 3.4)."""
    sent, ident = post.send("lucia@alfa.example", MARIO)
    got = post.expect(ident, ("lucia@alfa.example", "acceptance"), (MARIO, "transport envelope"), (ALFA_SERVICE, "take-charge"),
                      ("lucia@alfa.example", "delivery", MARIO))
    judge.check_all(post.lab, got)
    judge.check_original(got[MARIO, "transport envelope"], sent)
