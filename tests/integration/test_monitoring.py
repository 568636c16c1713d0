# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon says of itself: counters for a monitoring system, where a message's time goes, one line for each message."""
import re
import urllib.request
from contextlib import contextmanager

import prometheus
from lab.processes import wait_until
from post import ALFA_SERVICE, ANNA, MARIO

# The phases that a message to one recipient of another provider is in at the provider that sends it, and the one that receives it.
SENDING = {"receive", "wait", "parse", "scan", "compose", "sign", "store", "relay", "deliver", "other", "total"}
RECEIVING = SENDING | {"verify"}


@contextmanager
def restarted(engine, changes):
    """For a while the engine runs with other settings, those too that a reload does not take up."""
    before = engine.settings
    engine.stop()
    engine.configure(changes)
    engine.start()
    try:
        yield
    finally:
        engine.stop()
        engine.settings = before
        engine.configure({})
        engine.start()


def exchange(post, subject):
    sent, ident = post.send(MARIO, ANNA, subject)
    return post.expect(ident, (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"), (ANNA, "transport envelope"),
                       (MARIO, "delivery", ANNA))


def lines_about(engine, what, pec_id):
    """What the system log of an engine says of a message."""
    lines = engine.log.read_text(errors="replace").splitlines()
    return [line for line in lines if f" {what}: " in line and f"id={pec_id}" in line]


def milliseconds(line):
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)ms", line)}


def check_histograms(families, phases):
    """What is scraped is what `status` tells."""
    whole, parts = families["opec_message_seconds"], families["opec_phase_seconds"]
    for point, told in phases.items():
        for phase, one in told.items():
            family, labels = (whole, (("point", point),)) if phase == "total" else (parts, (("point", point), ("phase", phase)))
            assert family.more["_count", labels] == one["count"]
            assert abs(family.more["_sum", labels] * 1e6 - one["sum_us"]) < 1
            for bucket in one["buckets"]:
                assert family.more["_bucket", (*labels, ("le", f"{bucket['below_us'] / 1e6:.9g}"))] == bucket["count"]


def check_sums(phases):
    """No time is counted twice and none is lost."""
    for point in ("access", "incoming"):
        told = phases[point]
        assert sum(one["sum_us"] for name, one in told.items() if name != "total") == told["total"]["sum_us"]
        for one in told.values():
            assert 0 <= one["median_us"] <= one["p99_us"] <= one["max_us"] <= one["sum_us"]
            assert not one["buckets"] or one["buckets"][-1]["count"] <= one["count"]


def test_a_monitoring_system_reads_counters_and_times(post):
    alfa = post.lab.opec["alfa"]
    where = f"{post.lab.network.alfa}:9102"
    with restarted(alfa, {"metrics": {"listen": where}, "log": {"level": "debug"}}):
        acceptance = exchange(post, "Da misurare")[MARIO, "acceptance"]
        post.wait_idle()
        with urllib.request.urlopen(f"http://{where}/metrics", timeout=5) as answer:
            families = prometheus.read(answer.read().decode())
        phases = alfa.status()["phases"]
        assert families["opec_state"].values[("state", "running"),] == 1
        assert families["opec_messages_total"].values[("verdict", "accepted"),] == 1
        assert families["opec_dependency_up"].values[("dependency", "signer"),] == 1
        assert families["opec_evidence_waiting"].values.keys() == {(("kind", "signature"),)}    # the lab has no tsa.url
        assert set(phases["access"]) == SENDING and phases["access"]["total"]["count"] == 1
        # A take-charge and a delivery receipt came back: they are verified, and nothing is signed for them.
        assert {"verify", "deliver"} <= set(phases["incoming"]) and "sign" not in phases["incoming"]
        check_histograms(families, phases)
        check_sums(phases)
        assert "phase         access sign: 1, median " in alfa.do("status")
        trace, = lines_about(alfa, "trace", acceptance.pec_id)[:1]
        assert "point=access" in trace and set(milliseconds(trace)) == SENDING
        times = milliseconds(trace)
        assert abs(2 * times["total"] - sum(times.values())) < 0.01 * len(times)
        told, = (line for line in lines_about(alfa, "message", acceptance.pec_id) if "point=access" in line)
        assert re.search(r'verdict=accepted id=\S+ ident=\S+ from="\S+" recipients=1 size=\d+ ms=\d+ reply=250$', told)


def test_who_receives_counts_its_own_phases(post):
    """And at info no message is traced."""
    beta = post.lab.opec["beta"]
    before = beta.status()["phases"]["incoming"]
    got = exchange(post, "Ricevuta e misurata")
    post.wait_idle()
    after = beta.status()["phases"]["incoming"]
    assert RECEIVING <= set(after)
    assert after["verify"]["count"] > before.get("verify", {"count": 0})["count"]
    assert not lines_about(beta, "trace", got[MARIO, "acceptance"].pec_id)
