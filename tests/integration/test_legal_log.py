# SPDX-License-Identifier: GPL-3.0-or-later
"""The legal log (RFC 6109 2.3): the whole life of a message is in it, and whoever touches a copy of it is found out.

The copies are of a log with closed files and an open one, as a running engine has made it. A forger who knows its form, and can make
every hash in it anew, is found by what the store remembers of the end.
"""
import csv
import datetime
import hashlib
import io
import json
import re
import shutil
import sqlite3
import subprocess

import pytest

from lab.opec import merge, write
from lab.processes import wait_until
from post import ALFA_SERVICE, ANNA, MARIO

EXCHANGE = ((MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"), (MARIO, "delivery", ANNA))


@pytest.fixture(scope="module")
def exchanges(post):
    """Some messages, and in their midst the end of one file of the log and the beginning of another."""
    found = []
    for number in range(4):
        sent, ident = post.send(MARIO, ANNA, f"Per il registro {number}")
        found.append(post.expect(ident, *EXCHANGE))
        if number % 2:
            post.lab.opec["alfa"].do("log", "close")
    sent, ident = post.send(MARIO, ANNA, "Per il registro, file aperto")
    return found + [post.expect(ident, *EXCHANGE)]


class Copy:
    """A copy of the log of an engine and of its store, with a configuration that names them."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, folder
        self.legal = folder / "legal"
        shutil.copytree(engine.legal_dir, self.legal)
        (folder / "run").mkdir()
        with sqlite3.connect(engine.store) as store, sqlite3.connect(folder / "opec.db") as copy:
            store.backup(copy)
        self.configuration = folder / "opec.conf"
        self.configuration.write_text(write(merge(engine.settings, {
            "log": {"legal_dir": self.legal}, "daemon": {"run_dir": folder / "run"}, "store": {"url": f"sqlite:{folder}/opec.db"}})))

    def logs(self):
        return sorted(self.legal.glob("*.log"))

    def log_of(self, is_wanted):
        """The file with such a line."""
        return next(log for log in self.logs() if any(map(is_wanted, lines_of(log))))

    def call(self, *words):
        return self.engine.call(*words, configuration=self.configuration)

    def verify(self):
        """Exit status, and what is said of a fault."""
        status, _, said = self.call("log", "verify")
        return status, said


@pytest.fixture
def copy(post, exchanges, tmp_path):
    return Copy(post.lab.opec["alfa"], tmp_path)


# --- what is in it ----------------------------------------------------------------------------------------------------------------

def test_the_life_of_a_message_is_found_by_each_of_its_names(post, exchanges):
    report = exchanges[0][MARIO, "acceptance"]
    engine = post.lab.opec["alfa"]
    for term in (report.pec_id, report.original_id):
        events = json.loads(engine.do("log", "search", term, "--json"))
        kinds = {(event["event"], event.get("message")) for event in events}
        assert {("sent", "transport-envelope"), ("delivered", "acceptance")} <= kinds, kinds
        assert {event["verdict"] for event in events} >= {"accepted", "receipt"}
        for event in events:
            assert event["pec_id"] == report.pec_id and event["sender"] and event["recipients"] and event["subject"]
    assert report.pec_id in post.lab.opec["beta"].do("log", "search", ANNA)


def found(engine, *words):
    """The PEC ids of what a search finds, and how many events in all; the same with the index and by reading the files."""
    events = [json.loads(engine.do("log", "search", *words, *way, "--json")) for way in ((), ("--files",))]
    assert events[0] == events[1]
    return {event["pec_id"] for event in events[0]}, len(events[0])


def test_a_message_is_found_by_what_its_user_remembers(post, exchanges):
    ids = [exchange[MARIO, "acceptance"].pec_id for exchange in exchanges]
    engine = post.lab.opec["alfa"]
    assert found(engine, "--subject", "REGISTRO 2")[0] == {ids[2]}
    mine, events = found(engine, "--sender", MARIO, "--recipient", ANNA, "--subject", "registro")
    assert mine == set(ids) and events > 3 * len(ids)
    assert found(engine, ids[1], "--event", "acceptance")[0] == {ids[1]}
    # Legal time may be a day ahead of the machine's.
    yesterday, tomorrow = (str(datetime.date.today() + datetime.timedelta(days=days)) for days in (-1, 1))
    assert ids[0] in found(engine, MARIO, "--from", yesterday, "--to", tomorrow)[0]
    for words in (["--sender", ANNA, "--subject", "registro 2"], [ids[0], "--to", "2026-01-01"], [ids[0], "--event", "virus"]):
        status, _, said = engine.call("log", "search", *words)
        assert status == 1 and "the legal log has nothing about" in said
    assert "yesterday" in engine.call("log", "search", ids[0], "--from", "yesterday")[2]
    assert engine.call("log", "search")[0] == 1


def test_what_is_found_goes_into_a_spreadsheet(post, exchanges):
    _, ident = post.send(MARIO, ANNA, '=HYPERLINK("http://example.com";"à")')
    pec_id = post.expect(ident, *EXCHANGE)[MARIO, "acceptance"].pec_id
    rows = list(csv.DictReader(io.StringIO(post.lab.opec["alfa"].do("log", "search", pec_id, "--csv"), newline="")))
    assert {row["pec_id"] for row in rows} == {pec_id} and {row["sender"] for row in rows} == {MARIO}
    assert {row["subject"] for row in rows} == {'\'=HYPERLINK("http://example.com";"à")'}
    assert [int(row["n"]) for row in rows] == sorted(int(row["n"]) for row in rows)


def test_the_daemon_keeps_an_index_and_makes_a_lost_one_anew(post, exchanges):
    engine = post.lab.opec["alfa"]
    index = engine.legal_dir / "index"

    def is_whole():
        closed = {path.name for path in engine.legal_dir.glob("*.log") if path.with_suffix(".manifest.json").exists()}
        return closed and closed <= {path.name.split(".log.")[0] + ".log" for path in index.glob("*.index")}

    wait_until(is_whole, "an index of each closed file", seconds=30)
    shutil.rmtree(index)
    assert found(engine, exchanges[0][MARIO, "acceptance"].pec_id)[1] > 3
    wait_until(is_whole, "the index once more", seconds=30)
    assert index.stat().st_uid == engine.legal_dir.stat().st_uid
    assert "indexed 0 bytes" in engine.do("log", "index")
    assert is_whole() and json.loads(engine.do("log", "index", "--rebuild", "--json"))["files"] >= 2
    assert is_whole()


def test_the_log_agrees_with_itself(post, exchanges):
    begun = {exchange[MARIO, "acceptance"].pec_id for exchange in exchanges}
    for engine in post.lab.opec.values():
        status, said, _ = engine.call("log", "reconcile", "--json")
        told = json.loads(said)
        print(engine.folder, json.dumps(told, indent=1))
        assert (status, told["agrees"], told["findings"]) == (0, True, []), told["findings"]
        assert not begun & {one["pec_id"] for one in told["open"]}
        assert told["transactions"] >= len(exchanges) and sum(day["envelopes"] + day["accepted"] for day in told["days"]) >= len(exchanges)


# --- what is done to it -----------------------------------------------------------------------------------------------------------

def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def put(path, lines):
    path.write_bytes(b"".join(lines))


def rehashed(lines):
    """As the forger makes it who knows the form: each line names the hash of the one before, and its own."""
    done, previous = [], None
    for line in lines:
        if previous:
            line = re.sub(rb'"previous":"[0-9a-f]{64}"', b'"previous":"%s"' % previous, line)
        text = line[:line.rindex(b',"hash":')]
        previous = hashlib.sha256(text).hexdigest().encode()
        done.append(text + b',"hash":"%s"}\n' % previous)
    return done


def change_a_letter(logs, of):
    lines = lines_of(logs[of])
    put(logs[of], [lines[0].replace(b"mario@", b"nario@"), *lines[1:]])


def change_a_letter_and_the_hashes(logs, of):
    lines = lines_of(logs[of])
    put(logs[of], rehashed([lines[0].replace(b"mario@", b"nario@"), *lines[1:]]))


def remove_a_line(logs, of):
    lines = lines_of(logs[of])
    put(logs[of], lines[:1] + lines[2:])


def remove_the_last_line(logs, of):
    put(logs[of], lines_of(logs[of])[:-1])


def remove_half_of_the_last_line(logs, of):
    logs[of].write_bytes(logs[of].read_bytes()[:-40])


def exchange_two_lines(logs, of):
    lines = lines_of(logs[of])
    put(logs[of], [lines[1], lines[0], *lines[2:]])


def append_a_copy_of_a_line(logs, of):
    lines = lines_of(logs[of])
    put(logs[of], lines + lines[-1:])


def append_words(logs, of):
    put(logs[of], lines_of(logs[of]) + [b'{"event":"never happened"}\n'])


def remove_the_file(logs, of):
    logs[of].unlink()


TOUCHES = [change_a_letter, change_a_letter_and_the_hashes, remove_a_line, remove_the_last_line, remove_half_of_the_last_line,
           exchange_two_lines, append_a_copy_of_a_line, append_words, remove_the_file]


def test_an_untouched_copy_is_good(copy):
    assert copy.verify() == (0, "")


@pytest.mark.parametrize("of", [0, -1], ids=["closed", "open"])
@pytest.mark.parametrize("touch", TOUCHES, ids=lambda touch: touch.__name__)
def test_a_log_that_was_touched_is_found_out(copy, touch, of):
    name = copy.logs()[of].stem     # of the log and of its manifest
    touch(copy.logs(), of)
    status, said = copy.verify()
    assert status == 1
    if touch is not remove_the_file:
        assert re.search(rf"{name}\.(log|manifest\.json):\d+: ", said), said


def test_an_event_that_is_added_with_good_hashes_is_found_out_in_a_closed_file(copy):
    log = copy.logs()[0]
    lines = lines_of(log)
    number = json.loads(lines[-1])["n"]
    more = lines[-1].replace(b'"n":%d,' % number, b'"n":%d,' % (number + 1)).replace(b'"id":"', b'"id":"x')
    put(log, rehashed([*lines, more]))
    assert copy.verify()[0] == 1


def test_the_running_engine_says_what_was_done_to_its_log(post, exchanges):
    """The verb asks it for the end of the log."""
    engine = post.lab.opec["alfa"]
    log = sorted(engine.legal_dir.glob("*.log"))[-1]
    before = log.read_bytes()
    log.write_bytes(before.replace(b"mario@", b"nario@", 1))
    try:
        status, _, said = engine.call("log", "verify")
        assert status == 1 and log.name in said
    finally:
        log.write_bytes(before)
    assert engine.call("log", "verify")[0] == 0


def test_the_files_alone_are_verified_without_a_configuration(post, copy):
    """On another machine: a folder, a span of time, nothing else."""
    engine = post.lab.opec["alfa"]

    def verify(*words):
        done = subprocess.run([engine.program, "log", "verify", copy.legal, "--ca", post.lab.authority.certificate, *words],
                              capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    assert verify()[0] == 0
    change_a_letter(copy.logs(), 0)
    status, _, said = verify()
    assert status == 1 and copy.logs()[0].name in said
    status, printed, _ = verify("2100-01-01", "--json")
    assert status == 0 and json.loads(printed)["skipped"] > 0


# --- what its audit finds ---------------------------------------------------------------------------------------------------------

def acceptance_of(exchange):
    """A line that is the acceptance of a message, and the message's PEC id."""
    pec_id = exchange[MARIO, "acceptance"].pec_id
    return pec_id, lambda line: pec_id.encode() in line and b'"message":"acceptance"' in line


def test_what_stands_in_the_log_twice_is_found_by_the_audit(copy, exchanges):
    """By a forger who makes every hash anew; a copy is read as the log itself."""
    pec_id, is_acceptance = acceptance_of(exchanges[0])
    log = copy.log_of(is_acceptance)
    put(log, rehashed([twice for line in lines_of(log) for twice in ([line] * 2 if is_acceptance(line) else [line])]))
    status, said, _ = copy.call("log", "reconcile")
    assert (status, said.count(" two acceptances were issued\n")) == (1, 1), said
    assert f"{pec_id}, since " in said
    status, rows, said = copy.call("log", "reconcile", "--csv")
    assert status == 1 and rows.startswith("of,name,accepted,") and "two acceptances were issued" in said


def test_what_is_missing_in_the_log_is_open_for_a_day(copy, exchanges):
    pec_id, is_acceptance = acceptance_of(exchanges[0])
    log = copy.log_of(is_acceptance)
    put(log, rehashed([line for line in lines_of(log) if not is_acceptance(line)]))
    status, said, _ = copy.call("log", "reconcile", "--json")
    assert [one["waits_for"] for one in json.loads(said)["open"] if one["pec_id"] == pec_id] == ["no-acceptance"]
    assert status == 0, said


def test_a_span_of_the_log_is_reconciled(copy, exchanges):
    assert json.loads(copy.call("log", "reconcile", "--json", "2020-01-01", "2020-01-02")[1])["transactions"] == 0
    assert copy.call("log", "reconcile", "yesterday")[0] == 2
    assert copy.call("log", "reconcile", "--csv", "--json")[0] == 2


# --- logs of other nodes ----------------------------------------------------------------------------------------------------------

def test_a_copy_of_another_nodes_log_is_searched_and_verified_with_ours(post, copy, exchanges):
    """Beta's log stands for that of a second node: what counts is that it is another chain."""
    pec_id = exchanges[0][MARIO, "acceptance"].pec_id
    ours = json.loads(copy.engine.call("log", "search", pec_id, "--json", configuration=copy.configuration)[1])
    other = copy.legal / "mx2"
    shutil.copytree(post.lab.opec["beta"].legal_dir, other)
    both = json.loads(copy.engine.call("log", "search", pec_id, "--json", configuration=copy.configuration)[1])
    assert len(both) > len(ours) and {event["point"] for event in both} == {"access", "incoming"}
    status, printed, _ = copy.engine.call("log", "verify", configuration=copy.configuration)
    assert status == 0 and "node mx2: the copy of its legal log holds: " in printed
    log = sorted(other.glob("*.log"))[0]
    log.write_bytes(log.read_bytes().replace(b"anna@", b"Anna@", 1))
    status, printed, said = copy.engine.call("log", "verify", configuration=copy.configuration)
    assert status == 1 and f"node mx2: {log.name}:" in said and "changed" in said
    status, printed, _ = copy.engine.call("log", "verify", "--json", configuration=copy.configuration)
    told = json.loads(printed)
    assert status == 1 and not told["holds"] and told["nodes"][0]["name"] == "mx2" and "changed" in told["nodes"][0]["fault"]
