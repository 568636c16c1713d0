# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that the engine needs goes away and comes back while mail flows: it is deferred, not refused, not lost, not doubled."""
import pytest

from flow import Flow
from lab.processes import wait_until
from post import MARIO, OSPITE


def deferred(engines):
    return sum(engine.status()["messages"]["answered_4xx"] for engine in engines)


def kinds_since(post, number):
    return {report.kind for _, report, _ in post.came[number:]}


def test_the_antivirus_is_away(post):
    """Nothing passes unseen (RFC 6109 3.1.3): it waits in Postfix."""
    engines = post.lab.opec.values()
    before = deferred(engines)
    with Flow(post) as flow:
        post.lab.clamav.stop()
        flow.wait_for(8)
        wait_until(lambda: deferred(engines) > before, "a deferred message")
        assert not all(engine.status()["dependencies"]["antivirus"]["answers"] for engine in engines)
        flow.stop()
        assert any(postfix.queue() for postfix in post.lab.postfix.values())
        post.lab.clamav.start()
    flow.must_have_arrived()


def test_reinjection_is_away(post):
    """The envelope goes before the acceptance: no proof of sending for what was not sent."""
    alfa = post.lab.opec["alfa"]
    before = deferred([alfa])
    with post.lab.postfix["alfa"].without_reinjection():
        sent, ident = post.send(MARIO, OSPITE, "Non parte")
        wait_until(lambda: deferred([alfa]) > before, "a deferred message")
        post.look()
        assert not post.about(ident)
    post.wait_idle()
    post.expect(ident, (MARIO, "acceptance"), (OSPITE, "transport envelope"))
    with Flow(post) as flow:
        with post.lab.postfix["alfa"].without_reinjection():
            flow.wait_for(8)
    flow.must_have_arrived()


def test_the_mailbox_server_is_away(post):
    """It dies in the midst of deliveries, so that one may have happened without an answer. (Logins are its affair, too: no
    submission while it is away.)"""
    engines = post.lab.opec.values()
    with Flow(post) as flow:
        flow.wait_for(8)
        post.lab.dovecot.stop()
        wait_until(lambda: flow.failures > 0, "a refused login")
        wait_until(lambda: not all(engine.status()["dependencies"]["mailboxes"]["answers"] for engine in engines), "an engine that sees it")
        post.lab.dovecot.start()
        post.connect()
        flow.wait_for(4)
    flow.must_have_arrived(copies=True)


@pytest.mark.parametrize("who", ["alfa", "beta"])
def test_a_postfix_is_away(post, who):
    with Flow(post) as flow:
        flow.wait_for(4)
        post.lab.postfix[who].stop()
        flow.wait_for(4)
        post.lab.postfix[who].start()
        flow.wait_for(4)
    flow.must_have_arrived(copies=True)
