# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message is: its kind, what it certifies, and whether its signature holds for openssl."""
import email
import subprocess
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from email.policy import default

RECEIPTS = {
    "accettazione": "acceptance", "non-accettazione": "non-acceptance", "presa-in-carico": "take-charge",
    "avvenuta-consegna": "delivery", "errore-consegna": "non-delivery", "preavviso-errore-consegna": "timeout notice",
    "rilevazione-virus": "virus detection",
}
ENVELOPES = {"posta-certificata": "transport envelope", "errore": "anomaly envelope"}


@dataclass
class Report:
    """`time` is the certified one, "24/11/2026 08:00:12 (+0100)"; `error` that of a notice ("no-dest" and so on)."""
    raw: bytes
    kind: str
    subject: str
    sender: str
    recipients: list
    pec_id: str = ""
    original_id: str = ""
    time: str = ""
    error: str = ""
    error_text: str = ""
    about: str = ""             # the mailbox that a delivery or a non-delivery is about
    is_signed: bool = False
    holds: bool = False         # the signature, for openssl and the authority given
    fault: str = ""             # why not
    original: bytes = b""       # postacert.eml
    attachments: list = field(default_factory=list)


def _kind(message):
    receipt, envelope = message.get("X-Ricevuta"), message.get("X-Trasporto")
    if receipt:
        return RECEIPTS.get(str(receipt).strip().lower(), f"receipt {receipt}")
    if envelope:
        return ENVELOPES.get(str(envelope).strip().lower(), f"envelope {envelope}")
    return "ordinary message"


def _part(message, name):
    for part in message.walk():
        if part.get_filename() == name:
            return part
    return None


def _text(root, path):
    found = root.find(path)
    return (found.text or "").strip() if found is not None else ""


def _read_daticert(report, part):
    root = xml.fromstring(part.get_payload(decode=True))
    date = root.find("dati/data")
    report.pec_id = _text(root, "dati/identificativo")
    report.original_id = _text(root, "dati/msgid")
    report.about = _text(root, "dati/consegna")
    report.error_text = _text(root, "dati/errore-esteso")
    error = root.get("errore", "")
    report.error = "" if error == "nessuno" else error
    if date is not None:
        report.time = f"{_text(date, 'giorno')} {_text(date, 'ora')} ({date.get('zona')})"


def verify(raw, authority):
    """Does the signature hold, for openssl? Its fault; "" if it does."""
    # Not -binary: it takes the CR before a boundary for a part of the content.
    command = ["openssl", "cms", "-verify", "-CAfile", authority, "-out", "/dev/null"]
    done = subprocess.run(command, input=raw, capture_output=True)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip().split("\n")[0]


def read(raw, authority=None):
    """The report of a message; its signature is judged if there is an authority to judge by."""
    message = email.message_from_bytes(raw, policy=default)
    addresses = [a.addr_spec for name in ("To", "Cc") for header in message.get_all(name, []) for a in header.addresses]
    report = Report(raw, _kind(message), str(message.get("Subject", "")), str(message.get("From", "")), addresses)
    report.is_signed = message.get_content_type() == "multipart/signed"
    data, original = _part(message, "daticert.xml"), _part(message, "postacert.eml")
    if data and report.kind != "anomaly envelope":      # what is deep inside one certifies nothing
        _read_daticert(report, data)
    if original:
        inner = original.get_payload(0)
        report.original = inner.as_bytes()
        report.attachments = [part.get_filename() for part in inner.walk() if part.get_filename()]
    if report.is_signed and authority:
        report.fault = verify(raw, authority)
        report.holds = not report.fault
    return report
