# SPDX-License-Identifier: GPL-3.0-or-later
"""Three nodes of one provider with one store in PostgreSQL: a node dies under load, the server is started anew under load, and nothing is
lost, nothing told twice.

The nodes stand in place of Alfa's engine, behind what shares connections among them; Postfix and the mailboxes are those of the lab.
"""
import os
import signal
import smtplib
from contextlib import contextmanager

import pytest

from flow import Flow
from lab.balancer import Balancer
from lab.opec import Opec
from lab.postgresql import PostgreSQL
from lab.processes import children, wait_until
from lab.sites import ALFA
from post import ANNA, MARIO
from test_timeouts import Story, hours

FEW = {"daemon": {"workers": 3}, "signer": {"processes": 1}}


class Nodes:
    """The nodes by their names, their server, and their life."""

    def __init__(self, lab):
        self.lab = lab
        self.server = PostgreSQL(lab.folder / "postgresql", lab.folder)
        n = lab.network
        self.addresses = {f"n{i}": f"{n.base}.{10 + i}" for i in (1, 2, 3)}
        self.engines = {name: self._make(name) for name in self.addresses}
        self.balancers = []

    def _make(self, name):
        n, address = self.lab.network, self.addresses[name]
        engine = Opec(self.lab.folder / "alfa" / name, self.lab.folder, self.lab.opec["alfa"].program, self.lab._variables(ALFA))
        engine.make(self.lab.engine_settings(ALFA), self.lab.user)
        engine.configure(FEW)
        engine.configure({"listen access": {"socket": f"{address}:{n.access}"}, "listen incoming": {"socket": f"{address}:{n.incoming}"},
                          "store": {"url": self.server.url, "node": name}})
        return engine

    def start(self):
        self.server.make()
        self.server.start()
        self.server.make_database()
        for engine in self.engines.values():
            engine.start()
        n = self.lab.network
        self.balancers = [Balancer(n.alfa, port, list(self.addresses.values())) for port in (n.access, n.incoming)]

    def stop(self):
        for balancer in self.balancers:
            balancer.stop()
        for engine in self.engines.values():
            if engine.pid():
                engine.stop()
        self.server.stop()

    def kill(self, name):
        """The whole family at once, as when the machine dies."""
        master = self.engines[name].pid()
        for pid in [master, *children(master)]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.engines[name].pid() is None, f"the end of {name}")

    def check(self):
        """Each node's log is whole, and nothing is open any more."""
        for engine in self.engines.values():
            engine.do("log", "verify")
            keeper = engine.status()["keeper"]
            assert keeper["open_plans"] == 0
            assert {one["name"] for one in keeper["nodes"]} == set(self.engines) - {engine.folder.name}

    def is_answering(self):
        return all(engine.status()["dependencies"]["store"]["answers"] for engine in self.engines.values())


@pytest.fixture(scope="module")
def nodes(post):
    alfa = post.lab.opec["alfa"]
    alfa.stop()
    nodes = Nodes(post.lab)
    try:
        nodes.start()
        yield nodes
        post.wait_idle()
    finally:
        nodes.stop()
        alfa.start()


def test_a_node_dies_under_load(post, nodes):
    """What it had in hand Postfix gives to another one, which goes on with the plan."""
    with Flow(post) as flow:
        flow.wait_for(3)
        nodes.kill("n2")
        flow.wait_for(4)
        nodes.engines["n2"].start()
        flow.wait_for(4)
    flow.must_have_arrived(copies=True)
    nodes.check()


def test_the_server_is_started_anew_under_load(post, nodes):
    """Once in order, once by a crash."""
    with Flow(post) as flow:
        for mode in ("fast", "immediate"):
            nodes.server.stop(mode)
            nodes.server.start()
            flow.wait_for(3)
    flow.must_have_arrived(copies=True)
    wait_until(nodes.is_answering, "the store of every node")
    nodes.check()


def test_without_the_server_mail_is_deferred(post, nodes):
    engine, address = nodes.engines["n1"], nodes.addresses["n1"]
    nodes.server.stop()
    try:
        wait_until(lambda: "out_since" in engine.status()["dependencies"]["store"], "the store to be out")
        with smtplib.SMTP(address, post.lab.network.access, timeout=30) as smtp:
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail(MARIO, [ANNA], f"From: {MARIO}\r\nTo: {ANNA}\r\nSubject: x\r\n\r\nx\r\n")
        assert refused.value.smtp_code == 451
        status, printed, said = engine.call("check")
        assert status == 1
        line, = [line for line in (printed + said).splitlines() if "store.url" in line]
        assert "postgresql://" in line and "opec@" not in line
    finally:
        nodes.server.start()
    wait_until(nodes.is_answering, "the store of every node")


def test_a_domain_added_on_one_node_is_known_to_the_others(nodes):
    first, second = nodes.engines["n1"], nodes.engines["n2"]
    first.do("domain", "add", "nuovo.example")
    wait_until(lambda: "domains have changed on another node" in second.log.read_text(), "the domain on another node", 10)
    assert "nuovo.example" in second.do("domain", "list")
    first.do("domain", "remove", "nuovo.example")


@contextmanager
def notices_after(nodes, first, second):
    """On all nodes, for a while."""
    before = {name: engine.settings for name, engine in nodes.engines.items()}
    for engine in nodes.engines.values():
        engine.configure(hours(first, second))
        engine.do("reload")
    yield
    for name, engine in nodes.engines.items():
        engine.settings = before[name]
        engine.configure({})
        engine.do("reload")


def test_a_notice_of_a_dead_node_is_sent_once_by_another(post, nodes):
    """It died with the task in its hands; its loan is ended here, and not waited for."""
    beta = post.lab.postfix["beta"]
    beta.stop()
    try:
        with notices_after(nodes, 4, 600):
            lost = Story(post, MARIO, ANNA, "Avviso di un nodo morto")
            wait_until(lambda: nodes.server.query("SELECT 1 FROM recipient WHERE lent_to <> ''"), "a lent task")
            holder = nodes.server.query("SELECT lent_to FROM recipient WHERE lent_to <> '' ORDER BY lent_until DESC LIMIT 1")[0]
            nodes.kill(holder)
            nodes.server.query("UPDATE recipient SET lent_until = 0")
            wait_until(lost.notices, "the notice")
            nodes.engines[holder].start()
    finally:
        beta.start()
    post.wait_idle(60)
    post.expect(lost.ident, (MARIO, "acceptance"), lost.notice, *lost.delivered, copies=True)
    nodes.check()
