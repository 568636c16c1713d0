# SPDX-License-Identifier: GPL-3.0-or-later
"""Infected messages that are kept (RFC 6109 2.2.4): what an operator sees of them, and how one is taken out; never back into the mail."""
import json
import os
import stat
import subprocess

import pytest

from lab.clamav import EICAR
from lab.mail import compose
from lab.opec import merge, write
from post import ANNA, MARIO, ident_of

NOTICE = (MARIO, "non-acceptance")


@pytest.fixture(scope="module")
def engine(post):
    return post.lab.opec["alfa"]


@pytest.fixture(scope="module")
def kept(post, engine):
    """An infected message: its bytes as they were sent, its entry in the list."""
    sent = compose(MARIO, ANNA, "Attenti al cane", "Guarda l'allegato.\n", attachments=[("nota.bin", EICAR)])
    sent = sent.replace(b"Subject: Attenti al cane", b"Subject: =?utf-8?q?Attenti_=1B=5B2J_al_=E2=80=AEcane?=\r\nX-Colour: \x1b[31mred")
    post.lab.submit(MARIO, [ANNA], sent)
    ident = ident_of(sent)
    post.expect(ident, NOTICE)
    return sent, next(one for one in json.loads(engine.do("quarantine", "list", "--json")) if ident in str(one["msgid"]))


def body_of(message):
    return message.partition(b"\r\n\r\n")[2]


def released(engine):
    """The events of releases in the legal log."""
    lines = [line for log in sorted(engine.legal_dir.glob("*.log")) for line in log.read_text().splitlines()]
    return [event for event in map(json.loads, lines) if event["event"] == "quarantine-released"]


def test_what_is_kept_is_listed_with_its_event(engine, kept):
    _, one = kept
    assert (one["sender"], one["verdict"], one["point"]) == (MARIO, "not-accepted-virus", "access")
    assert one["reason"] and one["recipients"][0]["address"] == ANNA
    printed = engine.do("quarantine", "list")
    assert one["id"] in printed and MARIO in printed
    assert "\x1b" not in printed and "\u202e" not in printed


def test_one_is_shown(engine, kept):
    sent, one = kept
    printed = engine.do("quarantine", "show", one["id"])
    assert "\x1b" not in printed and "\u202e" not in printed
    assert "X-Colour: [31mred" in printed and f"sender: {MARIO}" in printed
    assert EICAR.decode() not in printed
    told = json.loads(engine.do("quarantine", "show", one["id"], "--json"))
    assert told["event"]["pec_id"] == one["pec_id"] and told["octets"] > len(body_of(sent))
    assert body_of(sent) in engine.do("quarantine", "show", one["id"], "--raw").encode()


def test_nobody_else_can_read_the_files(engine, kept):
    owner = engine.quarantine_dir.stat()
    for path in engine.quarantine_dir.iterdir():
        found = path.lstat()
        assert stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600 and found.st_uid == owner.st_uid, path
    assert not stat.S_IMODE(owner.st_mode) & 0o007


def test_one_is_taken_out_once_and_the_log_has_it(engine, kept, tmp_path):
    sent, one = kept
    target, before = tmp_path / "copy.eml", len(released(engine))
    for _ in range(2):
        engine.do("quarantine", "release", one["id"], "--to", target, "--reason", "falso \x1b allarme")
    assert body_of(sent) in target.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600 and target.stat().st_uid == os.getuid()
    events = released(engine)[before:]
    assert len(events) == 1
    assert (events[0]["to"], events[0]["reason"], events[0]["pec_id"]) == (str(target), "falso allarme", one["pec_id"])
    assert events[0]["by"] and len(events[0]["digest"]) == 64
    assert "quarantine-released" in engine.do("log", "search", one["pec_id"])
    engine.do("log", "verify")
    assert one["id"] in engine.do("quarantine", "list"), "it stays for its time"


def test_a_release_that_was_cut_off_goes_on(engine, kept, tmp_path):
    sent, one = kept
    whole, target = tmp_path / "whole.eml", tmp_path / "half.eml"
    engine.do("quarantine", "release", one["id"], "--to", whole, "--reason", "x")
    target.write_bytes(whole.read_bytes()[:100])
    engine.do("quarantine", "release", one["id"], "--to", target, "--reason", "x")
    assert target.read_bytes() == whole.read_bytes()


def test_one_is_taken_out_without_a_daemon(engine, kept, tmp_path):
    """The verb becomes daemon.user to write to the log; the file stays the caller's."""
    sent, one = kept
    alone = engine.folder / "alone"
    for name in ("lib", "run", "legal"):
        (alone / name).mkdir(parents=True)
    subprocess.run(["chown", "-R", "--reference", engine.quarantine_dir, alone], check=True)
    configuration = alone / "opec.conf"
    configuration.write_text(write(merge(engine.settings, {
        "log": {"legal_dir": alone / "legal"}, "daemon": {"run_dir": alone / "run"}, "store": {"url": f"sqlite:{alone}/lib/opec.db"}})))
    target = tmp_path / "copy.eml"
    target.write_bytes(b"")
    target.chmod(0o644)
    status, _, said = engine.call("quarantine", "release", one["id"], "--to", target, "--reason", "x", configuration=configuration)
    assert status == 0, said
    assert body_of(sent) in target.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600 and target.stat().st_uid == os.getuid()
    assert [json.loads(line)["event"] for log in (alone / "legal").glob("*.log") for line in log.open()] == ["quarantine-released"]


def test_no_other_file_is_touched(engine, kept, tmp_path):
    _, one = kept
    precious, before = tmp_path / "precious", len(released(engine))
    precious.write_text("something else")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for target in (precious, link, tmp_path / "no/such/folder/x", tmp_path):
        status, _, said = engine.call("quarantine", "release", one["id"], "--to", target, "--reason", "x")
        assert status == 1 and str(target) in said and len(said.splitlines()) == 1, said
    assert precious.read_text() == "something else" and not (tmp_path / "nowhere").exists()
    assert len(released(engine)) == before, "what did not happen is not in the log"


@pytest.mark.parametrize("words, status", [
    (["list", "x"], 2), (["show"], 2), (["release"], 2), (["show", "x", "--to", "y"], 2), (["list", "--raw"], 2),
    (["release", "20261124062141-9b", "--to", "x"], 2), (["show", "20261124062141-9b", "--raw", "--json"], 2),
    (["show", "../../etc/passwd"], 1), (["show", "20261124062141-9b"], 1),
])
def test_what_is_none_is_said_in_a_line(engine, words, status):
    found, _, said = engine.call("quarantine", *words)
    assert found == status and (status == 2 or len(said.splitlines()) == 1), said


def test_a_damaged_event_hides_nothing_else(engine, kept):
    _, one = kept
    strange = engine.quarantine_dir / "20200101000000-0bad.json"
    strange.write_text('{"event": "\x1b')
    (engine.quarantine_dir / "\x1b[2J.eml").write_text("not ours")
    try:
        status, printed, said = engine.call("quarantine", "list")
        assert status == 1 and one["id"] in printed and "\x1b" not in printed + said
        assert len(said.splitlines()) == 1 and str(strange) in said
        status, printed, _ = engine.call("quarantine", "list", "--json")
        assert status == 1 and [other["sender"] for other in json.loads(printed) if other["id"] == "20200101000000-0bad"] == [None]
    finally:
        strange.unlink()
        (engine.quarantine_dir / "\x1b[2J.eml").unlink()
