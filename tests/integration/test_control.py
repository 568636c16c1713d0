# SPDX-License-Identifier: GPL-3.0-or-later
"""Reload, pause, suspend, stop while mail flows: no message lost, no connection cut, no proof of what has not happened."""
import os
import signal
import smtplib
import subprocess
import time

from flow import Flow
from lab.mail import compose
from lab.processes import wait_until
from post import ALFA_SERVICE, LUCIA, MARIO, OSPITE, ident_of


def greeting(post, port="access"):
    """The code with which the engine of Alfa greets."""
    n = post.lab.network
    try:
        with smtplib.SMTP(n.alfa, getattr(n, port), timeout=10):
            return 220
    except smtplib.SMTPConnectError as refusal:
        return refusal.smtp_code


def test_a_reload_loses_nothing(post):
    alfa = post.lab.opec["alfa"]
    with Flow(post) as flow:
        for _ in range(4):
            alfa.do("reload")
            flow.wait_for(2)
    flow.must_have_arrived()


def test_a_worker_that_is_born_during_a_reload_has_the_new_configuration(post):
    """The receiver has taken it up and lets the workers go; their deaths and its word reach the master at once."""
    alfa = post.lab.opec["alfa"]
    master, receiver, before = alfa.pid(), *alfa.processes("receiver"), alfa.processes("worker")
    settings = alfa.settings
    alfa.configure({"limits": {"recipients": 1}})
    try:
        os.kill(receiver, signal.SIGSTOP)
        # Of two reloads at a time one is refused: then the other is under way.
        reloads = [subprocess.Popen([alfa.program, "-c", alfa.configuration, "reload"], env=alfa.env, stderr=subprocess.DEVNULL)
                   for _ in range(2)]
        wait_until(lambda: any(one.poll() for one in reloads), "a reload that is refused")
        os.kill(master, signal.SIGSTOP)
        os.kill(receiver, signal.SIGCONT)
        wait_until(lambda: not set(before) & set(alfa.processes("worker")), "the end of the workers")
        os.kill(master, signal.SIGCONT)
        assert sorted(one.wait(30) for one in reloads) == [0, 1]
        sent, ident = post.send(MARIO, [LUCIA, OSPITE], "Uno di troppo")
        post.expect(ident, (MARIO, "non-acceptance"))
    finally:
        for pid in (receiver, master):
            os.kill(pid, signal.SIGCONT)
        alfa.settings = settings
        alfa.configure({})
        alfa.do("reload")


def test_a_reload_cuts_no_connection(post):
    """Not even in the midst of a message."""
    alfa, n = post.lab.opec["alfa"], post.lab.network
    message = compose(MARIO, LUCIA, "A metà", "Una prova.\n")
    with smtplib.SMTP(n.alfa, n.access, timeout=30) as smtp:
        smtp.ehlo()
        smtp.mail(MARIO)
        smtp.rcpt(LUCIA)
        assert smtp.docmd("DATA")[0] == 354
        smtp.send(message[:100])
        alfa.do("reload")
        smtp.send(message[100:] + b".\r\n")
        assert smtp.getreply()[0] == 250
        assert smtp.noop()[0] == 250
    post.expect(ident_of(message), (LUCIA, "transport envelope"), (MARIO, "acceptance"), (ALFA_SERVICE, "take-charge"),
                (MARIO, "delivery", LUCIA))


def test_a_reload_of_a_bad_configuration_changes_nothing(post):
    alfa = post.lab.opec["alfa"]
    good = alfa.configuration.read_text()
    lines = good.splitlines()
    alfa.configuration.write_text("\n".join([*lines, "signer { colour = \"blue\" }", ""]))
    try:
        status, _, said = alfa.call("reload")
        assert status == 1 and f"{alfa.configuration}:{len(lines) + 1}:" in said, said
        sent, ident = post.send(MARIO, OSPITE)
        post.expect(ident, (MARIO, "acceptance"), (OSPITE, "transport envelope"))
    finally:
        alfa.configuration.write_text(good)
    alfa.do("reload")


def test_a_second_start_is_refused_at_once_and_leaves_the_first_alone(post):
    """However often it is tried."""
    alfa = post.lab.opec["alfa"]
    pid = alfa.pid()
    for verb in ("start", "suspend", "start"):
        began = time.monotonic()
        status, _, said = alfa.call(verb)
        assert status == 1 and "running already" in said
        assert time.monotonic() - began < 5
        assert alfa.pid() == pid
    assert greeting(post) == 220


def test_a_domain_is_ours_as_soon_as_it_is_added(post):
    alfa, n = post.lab.opec["alfa"], post.lab.network

    def answer():
        with smtplib.SMTP(n.alfa, n.incoming, timeout=10) as smtp:
            smtp.ehlo()
            smtp.mail(OSPITE)
            return smtp.rcpt("chi@comune.example")[0]
    assert answer() == 550
    alfa.do("domain", "add", "comune.example")
    assert answer() == 250
    alfa.do("domain", "remove", "comune.example")
    assert answer() == 550


def test_a_pause_defers_mail_until_it_is_over(post):
    alfa = post.lab.opec["alfa"]
    with Flow(post) as flow:
        alfa.do("pause")
        assert greeting(post) == greeting(post, "incoming") == 421
        sent, ident = post.send(MARIO, OSPITE, "In pausa")
        flow.wait_for(4)
        post.look()
        assert not post.about(ident) and alfa.status()["state"] == "paused"
        alfa.do("resume")
        assert greeting(post) == greeting(post, "incoming") == 220
    post.wait_idle()
    post.expect(ident, (MARIO, "acceptance"), (OSPITE, "transport envelope"))
    flow.must_have_arrived()


def test_who_suspends_itself_refuses_mail_while_the_antivirus_is_out(post):
    """All of it, at the door, in place of message by message; and takes it again by itself."""
    alfa, clamav = post.lab.opec["alfa"], post.lab.clamav
    alfa.stop()
    alfa.do("suspend")
    assert greeting(post) == 220
    try:
        with Flow(post) as flow:
            clamav.stop()
            flow.wait_for(2)
            wait_until(lambda: greeting(post) == 421, "a refusal at the door")
            assert greeting(post, "incoming") == 421 and alfa.status()["state"] == "suspended"
            clamav.start()
            wait_until(lambda: greeting(post) == greeting(post, "incoming") == 220, "an open door")
        flow.must_have_arrived()
    finally:
        alfa.stop()
        alfa.start()


def test_a_stop_finishes_what_is_in_hand(post):
    """After each start and stop mail flows again, and nothing has happened twice."""
    with Flow(post) as flow:
        for engine in post.lab.opec.values():
            engine.stop()
            assert engine.pid() is None
            flow.wait_for(2)
            engine.start()
            flow.wait_for(2)
    flow.must_have_arrived()
