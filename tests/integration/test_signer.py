# SPDX-License-Identifier: GPL-3.0-or-later
"""The signer in trouble: a provider with one key in two tokens, behind a PKCS#11 library that misbehaves on command, while mail flows.

Whatever happens to a token, each message ends with exactly the proofs of RFC 6109, once; the log says what happened; and a token that
is back is used again without a restart.
"""
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import judge
from lab.processes import run, wait_until
from lab.sites import ALFA, BETA
from lab.token import OFFICER_PIN, PIN
from post import ALFA_SERVICE, ANNA, MARIO

OWN, SPARE = "pec", "riserva"


class Signer:
    """The engine of alfa and what its tokens are told to do."""

    def __init__(self, lab, module):
        self.engine, self.token = lab.opec["alfa"], lab.tokens["alfa"]
        self.faults = self.token.folder / "faults"
        self.before = (dict(self.engine.env), self.engine.settings)
        run(["softhsm2-util", "--init-token", "--free", "--label", SPARE, "--pin", PIN, "--so-pin", OFFICER_PIN], self.token.env)
        run(["softhsm2-util", "--import", lab.authority.path("alfa")[1], "--token", SPARE, "--label", self.token.label, "--id", "01",
             "--pin", PIN], self.token.env)
        run(["chown", "-R", "nobody", self.token.folder / "tokens"], self.token.env)
        self.engine.stop()
        self.engine.env |= {"OPEC_TEST_MODULE": self.token.module(), "OPEC_TEST_FAULTS": str(self.faults)}
        self.tell()
        self.engine.configure({"signer": {"module": str(module), "token": [OWN, SPARE], "processes": 2, "timeout": "2s"}})
        self.engine.start()

    def restore(self):
        self.tell()
        self.engine.stop()
        self.engine.env, self.engine.settings = self.before
        self.engine.configure({})
        self.engine.start()

    def tell(self, *lines):
        """What goes wrong from now on; nothing: all is well."""
        new = self.faults.with_suffix(".new")
        new.write_text("".join(f"{line}\n" for line in lines))
        new.chmod(0o644)
        new.rename(self.faults)

    @contextmanager
    def trouble(self, *lines):
        self.tell(*lines)
        try:
            yield
        finally:
            self.tell()

    def log_since(self, place):
        return self.engine.log.read_text()[place:]

    def place(self):
        return len(self.engine.log.read_text())

    def token_states(self):
        return {token["name"]: token for token in self.engine.status()["signing"]["tokens"]}

    def wait_for(self, **states):
        wait_until(lambda: {name: self.token_states()[name]["state"] for name in states} == states, f"tokens: {states}")


@pytest.fixture(scope="module")
def signer(post, request):
    module = Path(request.config.getoption("--opec")).resolve().parent / "tests/unit/sign/sign_faulty.so"
    assert module.exists(), f"{module}: build the tests first"
    one = Signer(post.lab, module)
    yield one
    post.wait_idle()
    one.restore()


@pytest.fixture(autouse=True)
def well(signer):
    """Each test begins with two tokens that sign, and with a PIN that the daemon's user cannot read, as it should be."""
    signer.tell()
    (signer.token.folder / "pin").chmod(0o600)
    signer.wait_for(pec="signs", riserva="signs")


def send_many(post, subject, count=6):
    """Messages side by side, and what must come of each: nothing less, nothing twice."""
    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(lambda number: post.send(MARIO, ANNA, f"{subject} {number}")[1], range(count)))
    return sent


def must_arrive(post, idents, seconds=40):
    """Every proof of each message, under one id of its own; the reports about the last one."""
    ids = set()
    for ident in idents:
        got = post.expect(ident, (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"),
                          (MARIO, "delivery", ANNA), seconds=seconds)
        assert len({report.pec_id for report in got.values()}) == 1
        ids.add(got[MARIO, "acceptance"].pec_id)
    assert len(ids) == len(idents)
    return got


def test_load_is_shared_among_the_tokens(post, signer):
    before = signer.token_states()
    must_arrive(post, send_many(post, "Due gettoni", 12))
    after = signer.token_states()
    for name in (OWN, SPARE):
        assert after[name]["signatures"] > before[name]["signatures"], after
        assert 0 < after[name]["median_us"] <= after[name]["p99_us"], after


def test_a_dead_session_is_opened_again_in_the_process(post, signer):
    (signer.token.folder / "pin").chmod(0o644)
    os.chown(signer.token.folder / "pin", 65534, -1)
    signer.engine.do("reload")
    signer.wait_for(pec="signs", riserva="signs")
    place = signer.place()
    with signer.trouble("* C_SignInit kill"):
        must_arrive(post, send_many(post, "Sessione chiusa"))
    said = signer.log_since(place)
    assert "the session was opened again" in said
    assert " is out" not in said
    os.chown(signer.token.folder / "pin", 0, -1)


def test_without_the_pin_a_dead_session_costs_a_process_and_no_message(post, signer):
    """The PIN can be read by root alone: it is a new process that reads it again."""
    signer.engine.do("reload")
    signer.wait_for(pec="signs", riserva="signs")
    with signer.trouble("* C_SignInit kill"):
        must_arrive(post, send_many(post, "Sessione chiusa, PIN di root"))
    signer.wait_for(pec="signs", riserva="signs")


def test_a_token_that_is_pulled_is_replaced_by_the_other_and_noticed_when_it_is_back(post, signer):
    place, master = signer.place(), signer.engine.pid()
    with signer.trouble(f"{OWN} C_SignInit gone", f"{OWN} C_OpenSession gone", f"{OWN} C_GetTokenInfo gone"):
        must_arrive(post, send_many(post, "Un gettone in meno"))
        signer.wait_for(pec="out", riserva="signs")
        assert signer.engine.status()["dependencies"]["signer"]["answers"]
    signer.wait_for(pec="signs", riserva="signs")
    assert signer.log_since(place).count(f"token {OWN} is out") == 1
    assert signer.log_since(place).count(f"token {OWN} is back") == 1
    assert signer.engine.pid() == master
    before = signer.token_states()[OWN]["signatures"]
    must_arrive(post, send_many(post, "Di nuovo due", 12))
    assert signer.token_states()[OWN]["signatures"] > before


def test_with_every_token_gone_mail_waits_and_goes_on_when_one_is_back(post, signer):
    signer.token.take_away()
    try:
        sent = send_many(post, "Nessun gettone", 3)
        wait_until(lambda: signer.engine.status()["dependencies"]["signer"].get("out_since"), "the signer is out")
        time.sleep(2)
    finally:
        signer.token.bring_back()
    begun = time.monotonic()
    signer.wait_for(pec="signs", riserva="signs")
    assert time.monotonic() - begun < 10
    must_arrive(post, sent)


def test_a_module_that_hangs_takes_one_process_down_and_no_message(post, signer):
    place = signer.place()
    with signer.trouble(f"{OWN} C_Sign hang"):
        must_arrive(post, send_many(post, "Modulo fermo"))
    said = signer.log_since(place)
    assert f"does not come back from a call to token {OWN}; it is killed" in said
    signer.wait_for(pec="signs", riserva="signs")


def test_a_module_that_hangs_everywhere_defers_and_recovers(post, signer):
    with signer.trouble("* C_Sign hang"):
        sent = send_many(post, "Tutto fermo", 3)
        wait_until(lambda: signer.engine.status()["dependencies"]["signer"].get("out_since"), "the signer is out")
    signer.wait_for(pec="signs", riserva="signs")
    must_arrive(post, sent)


def test_random_errors_are_overcome(post, signer):
    with signer.trouble("* C_Sign errors30", "* C_SignInit errors10", "* C_OpenSession errors10"):
        must_arrive(post, send_many(post, "Errori a caso", 12))
    assert sum(token["failures"] for token in signer.token_states().values()) > 0


def test_a_module_that_crashes_takes_one_process_down_and_no_message(post, signer):
    place = signer.place()
    with signer.trouble("* C_Sign crashes20"):
        must_arrive(post, send_many(post, "Modulo che muore", 12))
    assert "died of signal 11" in signer.log_since(place)
    with signer.trouble(f"{OWN} C_SignInit crash"):
        must_arrive(post, send_many(post, "Modulo che muore sempre"))


def test_a_module_that_crashes_from_the_start_keeps_no_daemon_down(post, signer):
    """`start` comes up, mail waits, and goes on as soon as the module is well."""
    signer.engine.stop()
    with signer.trouble("* C_Initialize crash"):
        signer.engine.start()
        sent = send_many(post, "Modulo che non parte", 2)
        signer.wait_for(pec="out", riserva="out")
        assert "died of signal 11" in signer.engine.log.read_text()
    signer.wait_for(pec="signs", riserva="signs")
    must_arrive(post, sent)


def new_key(post, signer, name, identifier, *key_kind):
    """A certificate for a new key, which goes into both tokens; it is in the index beside the old one. Both certificates' paths."""
    lab, token = post.lab, signer.token
    old = lab.authority.path("alfa")[0]
    new, key = lab.authority.issue_provider(name, ALFA.company, ALFA.address, key_kind or ("rsa:2048",))
    for label in (OWN, SPARE):
        run(["softhsm2-util", "--import", key, "--token", label, "--label", token.label, "--id", identifier, "--pin", PIN], token.env)
    run(["chown", "-R", "nobody", token.folder / "tokens"], token.env)
    lab.write_index([(ALFA, [old, new], [ALFA.domain]), (BETA, lab.authority.path("beta")[0], [BETA.domain])])
    time.sleep(2)
    return old, new


def test_a_renewed_certificate_is_taken_up_while_mail_flows(post, signer):
    """Old and new key side by side, in the tokens under one label; `reload` changes over, and back."""
    old, new = new_key(post, signer, "alfa-new", "02")
    with signer.engine.configured({"signer": {"certificate": old, "next_certificate": new}}), ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_many, post, "Rinnovo", 12)
        signer.engine.configure({"signer": {"certificate": new, "next_certificate": old}})
        signer.engine.do("reload")
        wanted = [(str(new), True, True), (str(old), False, True)]
        wait_until(lambda: [(one["path"], one["in_use"], one["in_index"]) for one in signer.engine.status()["certificates"]] == wanted,
                   "both certificates in the index in force")
        must_arrive(post, sent.result())
        signer.wait_for(pec="signs", riserva="signs")
        must_arrive(post, [post.send(MARIO, ANNA, "Con il certificato nuovo")[1]])


@pytest.mark.parametrize("identifier, name, key_kind", [("03", "alfa-rsa", ["rsa:4096"]),
                                                        ("04", "alfa-ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])])
def test_other_kinds_of_keys_sign_too(post, signer, identifier, name, key_kind):
    old, new = new_key(post, signer, name, identifier, *key_kind)
    with signer.engine.configured({"signer": {"certificate": new}}):
        signer.wait_for(pec="signs", riserva="signs")
        got = must_arrive(post, [post.send(MARIO, ANNA, f"Chiave {name}")[1]])
        for key in (MARIO, "acceptance"), (ANNA, "transport envelope"):
            judge.check_signature(post.lab, got[key].raw, new)


def signers(engine):
    """The signer processes: {pid: the lines of /proc/PID/status}."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
            if fields["Name"] == "opec-signer" and int(fields["PPid"]) == engine.pid():
                found[int(folder.name)] = fields
    return found


def test_signers_are_shut_in(signer):
    wait_until(lambda: [fields["Seccomp"].strip() for fields in signers(signer.engine).values()] == ["2", "2"], "two signers with a filter")
    found = signers(signer.engine)
    for fields in found.values():
        assert fields["Seccomp"].strip() == "2"         # a filter
        assert fields["NoNewPrivs"].strip() == "1"
        assert fields["Uid"].split()[0] != "0"


def test_a_library_that_needs_the_network_keeps_it(post, signer):
    """As the libraries of network HSMs do: nothing is configured for it."""
    place = signer.place()
    with signer.trouble("* C_Sign network"):
        signer.engine.do("reload")
        wait_until(lambda: "the next signer process keeps it" in signer.log_since(place), "found out that it needs the network")
        signer.wait_for(pec="signs", riserva="signs")
        must_arrive(post, send_many(post, "HSM di rete"))
        assert all(fields["Seccomp"].strip() == "2" for fields in signers(signer.engine).values())


def test_suspend_stops_taking_mail_while_no_token_signs(post, signer):
    signer.engine.stop()
    signer.engine.do("suspend")
    try:
        signer.wait_for(pec="signs", riserva="signs")
        assert signer.engine.status()["state"] == "running"
        with signer.trouble(f"{OWN} C_Sign error", f"{OWN} C_OpenSession gone"):
            signer.wait_for(pec="out", riserva="signs")
            assert signer.engine.status()["state"] == "running"
        with signer.trouble("* C_Sign error", "* C_OpenSession gone"):
            wait_until(lambda: signer.engine.status()["state"] == "suspended", "suspended, without a message that asks")
        wait_until(lambda: signer.engine.status()["state"] == "running", "running again")
    finally:
        signer.engine.stop()
        signer.engine.start()
    must_arrive(post, [post.send(MARIO, ANNA, "Dopo la sospensione")[1]])
