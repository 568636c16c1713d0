# SPDX-License-Identifier: GPL-3.0-or-later
"""What a holder may ask for (RFC 6109 2.3): his lines of the legal log as a ZIP that proves itself anywhere, signed and stamped.

It is judged by `opec log verify` without a configuration, and by the words of its own README with Python, openssl and nothing of ours.
"""
import csv
import io
import json
import random
import subprocess
import sys
import time
import zipfile

import pytest

from post import ANNA, MARIO
from test_evidence import alfa, exchange, tsa     # noqa: F401

FLIPS = 20


@pytest.fixture(scope="module")
def export(post, alfa, tmp_path_factory):    # noqa: F811
    """Of Anna: closed files that are signed and stamped, and an open one."""
    for _ in range(2):
        exchange(post, "=Per l'estratto")
        alfa.do("log", "close")
    exchange(post, "File aperto")
    path = tmp_path_factory.mktemp("export") / "anna.zip"
    status, printed, said = alfa.call("log", "export", ANNA, "--out", path, "--json")
    assert status == 0, said
    counts = json.loads(printed)
    assert counts["lines"] >= 2 and counts["open"] >= 1 and counts["manifests"] >= 2
    assert "run opec log close first" in said
    return path


def verify(post, path, *words):
    """On any machine: exit status, what is printed, what is said."""
    ca = post.lab.authority.certificate
    done = subprocess.run([post.lab.opec["alfa"].program, "log", "verify", path, "--ca", ca, "--tsa-ca", ca, *words], capture_output=True,
                          text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_it_holds_without_a_configuration(post, export):
    status, printed, said = verify(post, export, "--json")
    found = json.loads(printed)
    assert status == 0 and found["holds"], said
    assert found["signed"] == found["stamped"] == found["manifests"] >= 2
    assert found["certificates_checked"] and found["stamps_checked"] and found["signer"] == "posta-certificata@alfa.example"
    status, printed, _ = verify(post, export)
    assert status == 0 and printed.startswith("the export holds") and len(printed.splitlines()) < 24


def test_all_that_it_shows_names_the_holder_and_stands_in_the_log(post, export):
    log = b"".join(path.read_bytes() for path in post.lab.opec["alfa"].legal_dir.glob("*.log"))
    with zipfile.ZipFile(export) as archive:
        shown = archive.read("events.jsonl") + archive.read("open.jsonl")
        rows = list(csv.reader(io.StringIO(archive.read("events.csv").decode(), newline="")))
    for line in shown.splitlines(keepends=True):
        assert line in log
        event = json.loads(line)
        assert ANNA in [event["sender"], *(one["address"] for one in event["recipients"])]
    assert len(rows) == len(shown.splitlines()) + 1
    assert any(cell.startswith("'=Per") for row in rows for cell in row)


def test_its_readme_is_enough_without_us(post, export, tmp_path):
    with zipfile.ZipFile(export) as archive:
        archive.extractall(tmp_path)
    readme = (tmp_path / "README.txt").read_text()
    assert "opec log close" in readme and "Registro legale" in readme
    (tmp_path / "check.py").write_text(readme[readme.index("import glob"):])

    def run(*command):
        return subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode

    assert run(sys.executable, "check.py") == 0
    ca = post.lab.authority.certificate
    for manifest in (tmp_path / "manifests").glob("*.manifest.json"):
        assert run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"{manifest}.p7s", "-content", manifest, "-CAfile", ca,
                   "-purpose", "any", "-out", "/dev/null") == 0
        assert run("openssl", "ts", "-verify", "-data", manifest, "-in", f"{manifest}.tsr", "-CAfile", ca) == 0
    changed = (tmp_path / "events.jsonl").read_bytes().replace(b"anna", b"ANNA", 1)
    (tmp_path / "events.jsonl").write_bytes(changed)
    assert run(sys.executable, "check.py") != 0


def repacked(export, path, name, content):
    with zipfile.ZipFile(export) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))


def test_evidence_of_another_is_none(post, export, tmp_path):
    with zipfile.ZipFile(export) as archive:
        manifests = [name for name in archive.namelist() if name.endswith(".manifest.json")]
        for ending in (".p7s", ".tsr"):
            repacked(export, tmp_path / "x.zip", manifests[1] + ending, archive.read(manifests[0] + ending))
            status, _, said = verify(post, tmp_path / "x.zip")
            assert status == 1 and manifests[1] + ending in said, said


def test_a_byte_that_is_another_is_found(post, export, tmp_path):
    """Evidence has bytes that nobody signed, and is judged in test_evidence.py."""
    seed = int(time.time())
    print("seed", seed)
    chance = random.Random(seed)
    with zipfile.ZipFile(export) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if not name.endswith((".p7s", ".tsr"))}
    for number in range(FLIPS):
        name = chance.choice(list(members))
        content = bytearray(members[name])
        at = chance.randrange(len(content))
        content[at] ^= 1 << chance.randrange(8)
        repacked(export, tmp_path / "x.zip", name, bytes(content))
        assert verify(post, tmp_path / "x.zip")[0] == 1, (seed, name, at)


def test_none_is_replaced_and_nobody_else_has_one(alfa, export, tmp_path):     # noqa: F811
    before = export.read_bytes()
    status, _, said = alfa.call("log", "export", ANNA, "--out", export)
    assert status == 1 and "--out" in said and export.read_bytes() == before
    status, _, said = alfa.call("log", "export", "nobody@alfa.example", "--out", tmp_path / "x.zip")
    assert status == 1 and not (tmp_path / "x.zip").exists()
    assert alfa.call("log", "export", MARIO, "2000-01-01", "2000-01-02", "--out", tmp_path / "x.zip")[0] == 1
    assert alfa.call("log", "export", "no address")[0] == 2
