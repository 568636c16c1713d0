# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a message that a provider signed as RFC 6109 wants it? Judged by others' programs: openssl and xmllint."""
import email
import re
import subprocess
from email.policy import compat32, default
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from lab.sites import PROVIDERS

DTD = Path(__file__).resolve().parents[1] / "unit/pec/data/daticert.dtd"    # of RFC 6109 4.4
LINE_MAX = 998                                                              # RFC 5322 2.1.1
CERTIFIED_TIME = re.compile(r"Il giorno (\d\d/\d\d/\d{4}) alle ore (\d\d:\d\d:\d\d) \(([+-]\d{4})\)")


def raw_header(raw, name):
    """The fields of that name as they stand in the header of a message, folded or not, with their line ends."""
    header = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    return re.findall(rb"^%s:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*" % name.encode(), header, re.M | re.I)


def raw_part(raw, name):
    """The content of an attachment, octet by octet: no parser that could mend it on the way."""
    before, _, after = raw.partition(b'filename="%s"' % name.encode())
    assert after, f"there is no attachment {name}"
    boundary = b"\r\n--" + before.rpartition(b"\r\n--")[2].partition(b"\r\n")[0]
    return after.partition(b"\r\n\r\n")[2].partition(boundary)[0]


def as_certified(sent, pec_id):
    """The message that a user sent as it must stand in the envelope (RFC 6109 3.1.3): its Message-ID is the provider's, its own one
    stands in X-Riferimento-Message-ID, and no other octet is different."""
    header, _, body = sent.partition(b"\r\n\r\n")
    own = raw_header(sent, "Message-ID")
    for field in own:
        header = (header + b"\r\n").replace(field, b"").removesuffix(b"\r\n")
    fields = b"\r\nMessage-ID: <%s>" % pec_id.encode()
    fields += b"".join(b"\r\nX-Riferimento-Message-ID: " + field.partition(b":")[2].strip() for field in own)
    return header + fields + b"\r\n\r\n" + body


def without_trace(raw):
    """Without the Received fields that servers on the way have put before the others."""
    while field := re.match(rb"(Received|Return-Path|Delivered-To|X-Original-To):[^\r\n]*\r\n([ \t][^\r\n]*\r\n)*", raw, re.I):
        raw = raw[field.end():]
    return raw


# --- the parts of a judgement -----------------------------------------------------------------------------------------------------

def check_octets(raw):
    """What every relay lets pass as it is (RFC 5321 2.3.8, RFC 5322 2.1.1; RFC 6109 4.3 wants 7 bit)."""
    lines = raw.split(b"\r\n")
    assert not [line[:80] for line in lines if len(line) > LINE_MAX], "a line is too long"
    assert not [line[:80] for line in lines if b"\n" in line or b"\r" in line], "a line end that is not CR LF"
    assert raw.isascii(), "an octet is above 127"


def check_signature(lab, raw, certificate=None):
    """It holds, and it is that of the provider in From (RFC 6109 4.6, 5.5), with its first certificate or the one given; which provider."""
    message = email.message_from_bytes(raw, policy=compat32)
    address = parseaddr(message["From"])[1]
    site = next(site for site in PROVIDERS if site.address == address)
    command = ["openssl", "cms", "-verify", "-CAfile", lab.authority.certificate, "-out", "/dev/null", "-signer", "/dev/stdout"]
    done = subprocess.run(command, input=raw, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    of_provider = "".join((certificate or lab.authority.path(site.name)[0]).read_text().split())
    assert "".join(done.stdout.decode().split()) == of_provider, "another one's signature"
    return site


def certification(raw):
    """daticert.xml"""
    message = email.message_from_bytes(raw, policy=compat32)
    return next(part for part in message.walk() if part.get_filename() == "daticert.xml").get_payload(decode=True)


def check_certification(raw):
    """daticert.xml is as its DTD wants it (RFC 6109 4.4)."""
    command = ["xmllint", "--nonet", "--noout", "--dtdvalid", DTD, "-"]
    done = subprocess.run(command, input=certification(raw), capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def check_times(report):
    """Date, the text for people and the certification data tell of the same second (RFC 6109 4.1)."""
    message = email.message_from_bytes(report.raw, policy=default)
    text = message.get_body(("plain",)).get_content()
    day, hour, zone = CERTIFIED_TIME.search(text).groups()
    date = parsedate_to_datetime(str(message["Date"])).strftime("%d/%m/%Y %H:%M:%S (%z)")
    witnesses = {date, f"{day} {hour} ({zone})"} | ({report.time} if report.time else set())
    assert len(witnesses) == 1, witnesses


def check(lab, report):
    """Everything that holds of every message that a provider signs."""
    check_octets(report.raw)
    check_signature(lab, report.raw)
    check_times(report)
    if report.kind != "anomaly envelope":
        check_certification(report.raw)


def check_all(lab, reports):
    for key, report in reports.items():
        try:
            check(lab, report)
        except AssertionError as fault:
            raise AssertionError(f"{key}: {fault}") from fault


def check_original(report, sent):
    """The message in an envelope or a complete receipt is the one that was sent."""
    assert without_trace(raw_part(report.raw, "postacert.eml")) == as_certified(sent, report.pec_id)
