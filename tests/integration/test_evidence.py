# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence for closed files of the legal log: each manifest is signed and stamped, by a real authority that has bad days as well.

What the engine keeps is judged by another program (openssl), and what somebody does to a copy of it is found by `opec log verify`.
"""
import json
import pathlib
import random
import shutil
import tempfile
import time

import pytest

from lab.pki import Authority
from lab.processes import LabError, run, wait_until
from lab.tsa import Tsa
from post import ALFA_SERVICE, ANNA, MARIO
from test_legal_log import Copy

FLIPS = 25
EXCHANGE = ((MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"), (MARIO, "delivery", ANNA))


@pytest.fixture(scope="module")
def tsa(post):
    lab = post.lab
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tsa-", dir=lab.folder))      # another file of tests has one as well
    stranger = Authority(folder / "stranger", lab.folder, lab.web.url)
    stranger.make()
    one = Tsa(folder / "tsa", lab.folder, lab.network.web, lab.authority, stranger)
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def alfa(post, tsa):
    engine = post.lab.opec["alfa"]
    with engine.configured({"tsa": {"url": tsa.url, "ca": post.lab.authority.certificate}}):
        yield engine
    for path in engine.legal_dir.glob("*.tsr"):     # without the authority nobody can judge them any more
        path.unlink()


def exchange(post, subject):
    _, ident = post.send(MARIO, ANNA, subject)
    post.expect(ident, *EXCHANGE)


def close(engine):
    """Close the file in use: what was said, and its manifest."""
    said = json.loads(engine.do("log", "close", "--json"))
    return said, manifest_of(engine, said["closed"])


def manifest_of(engine, log):
    return engine.legal_dir / (log.rpartition("/")[2][:-len(".log")] + ".manifest.json")


def beside(manifest, ending):
    return manifest.with_name(manifest.name + ending)


def verify(engine):
    """What `log verify --json` says of a log that holds."""
    return json.loads(engine.do("log", "verify", "--json"))


def stamped_by(engine, lab, manifest):
    """openssl takes the stamp for good, and the signature."""
    ca = lab.authority.certificate
    run(["openssl", "ts", "-verify", "-in", beside(manifest, ".tsr"), "-data", manifest, "-CAfile", ca], engine.env)
    run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", beside(manifest, ".p7s"), "-content", manifest, "-CAfile", ca,
         "-purpose", "any", "-out", "/dev/null"], engine.env)


def lines_about(engine, words, since):
    return [line for line in engine.log.read_text().splitlines()[since:] if words in line]


def log_length(engine):
    return len(engine.log.read_text().splitlines())


# --- in good days -----------------------------------------------------------------------------------------------------------------

def test_a_closed_file_is_signed_and_stamped_at_once(post, alfa):
    exchange(post, "Con marca")
    since = log_length(alfa)
    said, manifest = close(alfa)
    assert (said["signed"], said["stamped"], said["words"]) == (True, True, None)
    stamped_by(alfa, post.lab, manifest)
    found = verify(alfa)
    assert found["holds"] and found["signed"] == found["stamped"] == found["sealed"] and found["warnings"] == []
    for word in ("signed", "stamped"):
        assert len(lines_about(alfa, f"legal log: {word} {manifest.name}", since)) == 1
    evidence = alfa.status()["evidence"]
    assert evidence["closed"] == found["sealed"] and evidence["stamp"]["waiting"] == evidence["signature"]["waiting"] == 0


def test_people_are_told_in_words(post, alfa):
    exchange(post, "A parole")
    printed = alfa.do("log", "close").splitlines()
    assert printed[0].startswith("closed /") and printed[1] == "signed and stamped"
    assert "nothing to close" in alfa.do("log", "close")
    assert "are stamped" in alfa.do("log", "verify")
    assert "no closed file waits for one" in alfa.do("status")


def test_files_of_before_are_stamped_too(post, alfa):
    """As when tsa.url is set for the first time."""
    for path in alfa.legal_dir.glob("*.tsr"):
        path.unlink()
    wait_until(lambda: verify(alfa)["stamped"] == verify(alfa)["sealed"], "stamps for all files", 20)


def test_without_an_authority_there_is_a_signature_alone(post):
    beta = post.lab.opec["beta"]
    exchange(post, "Senza marca")
    said, manifest = close(beta)
    assert (said["signed"], said["stamped"]) == (True, False)
    assert not beside(manifest, ".tsr").exists()
    assert beta.status()["evidence"]["stamp"] is None
    assert verify(beta)["warnings"] == []
    assert "tsa.url: files of the legal log are closed without a time stamp" in beta.call("check")[2]


def test_check_asks_for_a_stamp(alfa, tsa):
    status, printed, said = alfa.call("check")
    assert f"{tsa.url} stamps" in printed and "tsa." not in said
    tsa.mode = "stranger"
    try:
        status, printed, said = alfa.call("check")
        assert status == 1 and "tsa.url: " in said and "certificate" in said
    finally:
        tsa.mode = "good"


# --- in bad ones ------------------------------------------------------------------------------------------------------------------

BAD_DAYS = {"unavailable": "503", "silent": "", "rejection": "refuses", "stranger": "certificate", "nonsense": "no time stamp"}


@pytest.mark.parametrize("mode", BAD_DAYS)
def test_an_authority_that_is_out_delays_and_nothing_else(post, alfa, tsa, mode):
    exchange(post, f"Prima di {mode}")
    since = log_length(alfa)
    tsa.mode = mode
    tsa.awake.clear()
    try:
        begun = time.monotonic()
        said, manifest = close(alfa)
        assert time.monotonic() - begun < 18
        assert said["signed"] and not said["stamped"]
        assert said["words"].startswith("signed; the time stamp follows: ") and BAD_DAYS[mode] in said["words"]
        assert not beside(manifest, ".tsr").exists(), "what is not good is not kept"
        stamp = alfa.status()["evidence"]["stamp"]
        assert stamp["waiting"] == 1 and stamp["since"] and stamp["out_since"] and stamp["words"]
        assert "closed files that wait for one: 1" in alfa.do("status") and alfa.status()["alarms"] == []
        exchange(post, f"Durante {mode}")
        assert verify(alfa)["holds"]
    finally:
        tsa.mode = "good"
        tsa.awake.set()
    wait_until(lambda: beside(manifest, ".tsr").exists(), "the stamp", 40)
    stamped_by(alfa, post.lab, manifest)
    wait_until(lambda: lines_about(alfa, "time stamp authority is back", since), "a line that says so", 5)
    assert len(lines_about(alfa, "time stamp authority is out", since)) == 1
    assert len(lines_about(alfa, "time stamp authority is back", since)) == 1
    assert verify(alfa)["stamped"] == verify(alfa)["sealed"]


# --- what is done to it -----------------------------------------------------------------------------------------------------------

@pytest.fixture
def copy(post, alfa, tmp_path):
    while len(list(alfa.legal_dir.glob("*.tsr"))) < 2:
        exchange(post, "Per la copia")
        alfa.do("log", "close")
    return Copy(alfa, tmp_path)


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def manifests(copy):
    return sorted(copy.legal.glob("*.manifest.json"))


def test_a_copy_holds(copy):
    status, said = copy.verify()
    assert status == 0, said


@pytest.mark.parametrize("at", [5, 300, 1000, -1], ids=["begin", "front", "middle", "end"])
@pytest.mark.parametrize("ending", ["", ".tsr", ".p7s"], ids=["manifest", "stamp", "signature"])
def test_a_byte_is_another(copy, ending, at):
    manifest = manifests(copy)[0]
    path = beside(manifest, ending)
    flip(path, min(at, path.stat().st_size - 40))
    status, said = copy.verify()
    assert status == 1 and path.name in said, said


def test_any_byte_is_another(post, copy):
    """Of manifests and evidence, at random. A few bytes of CMS stand outside of what is signed (RFC 5652 5.1: digestAlgorithms): with
    those the evidence is as good as before, by openssl's judgement as well."""
    seed = int(time.time())
    print("seed", seed)
    chance = random.Random(seed)
    for number in range(FLIPS):
        manifest = chance.choice(manifests(copy))
        path = beside(manifest, chance.choice(["", ".tsr", ".p7s"]))
        before = path.read_bytes()
        content = bytearray(before)
        at, bit = chance.randrange(len(content)), chance.randrange(8)
        content[at] ^= 1 << bit
        path.write_bytes(content)
        if copy.verify()[0] != 1:
            assert path != manifest, (seed, path.name, at, bit)
            stamped_by(copy.engine, post.lab, manifest)
        path.write_bytes(before)


@pytest.mark.parametrize("ending", [".tsr", ".p7s"])
def test_that_of_another_manifest_stands_there(copy, ending):
    first, second = manifests(copy)[:2]
    shutil.copy(beside(first, ending), beside(second, ending))
    status, said = copy.verify()
    assert status == 1 and beside(second, ending).name in said, said
    assert "other bytes" in said or "does not hold over the manifest" in said


def test_a_signature_by_another_provider_is_none(post, copy, tmp_path):
    manifest = manifests(copy)[0]
    certificate, key = post.lab.authority.path("beta")
    run(["openssl", "cms", "-sign", "-binary", "-in", manifest, "-signer", certificate, "-inkey", key, "-md", "sha256", "-outform", "DER",
         "-out", beside(manifest, ".p7s")], copy.engine.env)
    status, said = copy.verify()
    assert status == 1 and "somebody else" in said, said


def test_openssl_finds_it_too(post, copy, alfa):
    """The forgery above is one for everybody."""
    first, second = manifests(copy)[:2]
    shutil.copy(beside(first, ".tsr"), beside(second, ".tsr"))
    with pytest.raises(LabError):
        stamped_by(alfa, post.lab, second)
