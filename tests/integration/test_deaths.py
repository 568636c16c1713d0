# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL in the midst of mail: nothing lost, nothing twice but what is the same to the octet, and the legal log whole.

A death at any instruction repeats at most one effect, with the same ids, times and bytes; and costs no client its connection to the
listening sockets, which are the master's.
"""
import fcntl
import json
import os
import signal
import smtplib
import threading
import time
from collections import Counter

import pytest

from flow import Flow
from lab.processes import wait_until

ROLES = ["worker", "receiver", "signer", "keeper", "scheduler"]
ROUNDS = 3


def kill(pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def holds(pid, path):
    """Has the process that file or folder open?"""
    return any(os.path.realpath(f"/proc/{pid}/fd/{fd}") == str(path) for fd in os.listdir(f"/proc/{pid}/fd"))


def may_lock(descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_legal_log(engine):
    """Every line once, although the keeper died between writing and remembering."""
    engine.do("log", "verify")
    lines = [json.loads(line) for path in engine.legal_dir.glob("*.log") for line in path.read_text().splitlines()]
    twice = [name for name, count in Counter(line["id"] for line in lines).items() if count > 1]
    assert lines and not twice


def check_log(engine):
    """Nobody has died but of us: no crash, no child that could not begin."""
    said = [line for line in engine.log.read_text().splitlines() if " died of signal " in line or " ended with status " in line]
    assert not [line for line in said if "signal 9 " not in line]
    useless = [line for line in engine.log.read_text().splitlines() if "master" in line and " error: worker: " in line]
    assert len(useless) <= sum(" receiver 0 died " in line for line in said), "workers are born for a receiver that is dead"


def check_family(engine):
    """Everybody is there again, as many as the engine says it wants."""
    def is_complete():
        wanted = engine.status()["processes"]
        return all(len(engine.processes(role)) == wanted[role] for role in ROLES)
    wait_until(is_complete, "new processes in place of the dead")


@pytest.mark.parametrize("role", ROLES)
def test_processes_of_a_role_die(post, role):
    engines = list(post.lab.opec.values())
    with Flow(post) as flow:
        for _ in range(ROUNDS):
            for engine in engines:
                wait_until(lambda: engine.processes(role), f"a new {role}")
                kill(engine.processes(role))
            flow.wait_for(3)
    flow.must_have_arrived(copies=True)
    for engine in engines:
        check_family(engine)
        check_legal_log(engine)
        check_log(engine)


def test_the_master_dies_and_its_children_with_it(post):
    """A supervisor starts it again; what was in hand goes on where it was."""
    with Flow(post) as flow:
        for engine in post.lab.opec.values():
            children = [pid for role in ROLES for pid in engine.processes(role)]
            flow.wait_for(2)
            engine.kill()
            wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), "the end of its children", 5)
            flow.wait_for(2)
            engine.start()
            flow.wait_for(2)
    flow.must_have_arrived(copies=True)
    for engine in post.lab.opec.values():
        check_legal_log(engine)
        check_log(engine)


def test_a_start_waits_for_the_last_child_of_a_killed_master(post):
    """Children die with their master, but not in the same instant; until they are gone they hold its ports, its store and its log. All of
    them have run_dir locked: here that lock is held for a second, as by a child that takes so long to die."""
    engine = next(iter(post.lab.opec.values()))
    run_dir = engine.folder / "run"
    children = [pid for role in ROLES for pid in engine.processes(role)]
    assert all(holds(pid, run_dir) for pid in children)
    engine.kill()
    last = os.open(run_dir, os.O_RDONLY | os.O_DIRECTORY)
    wait_until(lambda: may_lock(last), "the end of the lock with the last child", 5)
    release = threading.Timer(1, os.close, [last])
    release.start()
    began = time.monotonic()
    engine.start()
    assert time.monotonic() - began >= 1


def test_a_death_refuses_no_client(post):
    """The listening sockets are the master's: whoever connects meanwhile waits, and is greeted."""
    engine, n = post.lab.opec["alfa"], post.lab.network
    kill(engine.processes("receiver"))
    for port in (n.access, n.incoming):
        with smtplib.SMTP(n.alfa, port, timeout=10) as smtp:
            assert smtp.noop()[0] == 250
