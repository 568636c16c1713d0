# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a lab: run them, wait for them, find them again, end them.

Whatever a lab starts bears the lab's work folder in its environment. So its processes are found after a crash of whoever started
them, by nothing but their own marks, and no process of anybody else is ever touched. Nothing is written down that could be stale
after a reboot. (Dovecot writes its titles over its environment, and is known by the folder in which it runs.)
"""
import contextlib
import os
import pty
import signal
import socket
import subprocess
import tempfile
import time

MARK = "OPEC_LAB"
KEPT = ("TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


class LabError(Exception):
    """What went wrong, in words for whoever runs the lab."""


def environment(folder, **more):
    """The environment of a process of the lab in `folder`."""
    keep = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
    ours = {"PATH": path.strip(":"), "LC_ALL": "C.UTF-8", MARK: str(folder)}
    return keep | ours | {name: str(value) for name, value in more.items()}


def run(command, env, given=None, seconds=60):
    """Run a command to its end; its output. LabError with its last words if it fails."""
    words = [str(word) for word in command]
    # Files, not pipes: a daemon that keeps its caller's would be waited for.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        try:
            status = subprocess.run(words, input=given, env=env, stdout=out, stderr=errors, timeout=seconds).returncode
        except FileNotFoundError:
            raise LabError(f"{words[0]} is not there; `make demo` and `make check` install what they need") from None
        except subprocess.TimeoutExpired:
            raise LabError(f"{' '.join(words)}: no end after {seconds} s") from None
        printed, said = [f.seek(0) or f.read() for f in (out, errors)]
    if status:
        last = (said.strip() or printed.strip()).decode(errors="replace").split("\n")[-6:]
        raise LabError(f"{' '.join(words)}: exit status {status}\n    " + "\n    ".join(last))
    return printed


def run_on_terminal(command, env):
    """The same for a program that says its faults to a terminal only; its output is not given back."""
    here, there = pty.openpty()
    status = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=there, stderr=there, timeout=60).returncode
    os.close(there)
    said = b""
    if status:  # else a daemon may have the terminal still, and the reading would not end
        with contextlib.suppress(OSError):
            while part := os.read(here, 4096):
                said += part
    os.close(here)
    if status:
        raise LabError(f"{' '.join(command)}: exit status {status}\n    {said.decode(errors='replace').strip()}")


def launch(command, env, log):
    """Start a program that stays in the foreground; its output goes to a file."""
    with open(log, "ab") as out:
        return subprocess.Popen([str(word) for word in command], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                start_new_session=True)


def wait_until(is_so, what, seconds=20):
    """Ask again and again. LabError, naming what did not come, when time is over."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise LabError(f"{what}: not after {seconds} s")
        time.sleep(0.02)


def answers(address, port):
    """Does anybody listen there?"""
    with contextlib.closing(socket.socket()) as s:
        s.settimeout(1)
        return s.connect_ex((address, port)) == 0


def answers_unix(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
        return s.connect_ex(str(path)) == 0


def wait_for_port(address, port, what):
    wait_until(lambda: answers(address, port), f"{what} on {address}:{port}")


# --- finding and ending -----------------------------------------------------------------------------------------------------------

def _read(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as f:
            return f.read()
    except OSError:
        return b""


def _is_alive(pid):
    state = _read(pid, "stat").rpartition(b")")[2].split()
    return bool(state) and state[0] not in (b"Z", b"X")


def _parent(pid):
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _link(pid, name):
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def _is_of_lab(pid, folder):
    if f"{MARK}={folder}".encode() in _read(pid, "environ").split(b"\0"):
        return True
    return "/dovecot" in _link(pid, "exe") and f"{_link(pid, 'cwd')}/".startswith(f"{folder}/dovecot/")


def of_lab(folder):
    """The ids of the living processes of the lab in `folder`. The caller, who may have its mark in its own environment, is none."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in pids if pid != os.getpid() and _is_of_lab(pid, folder) and _is_alive(pid)]


def children(parent):
    """{pid: name} of the living children of a process."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return {pid: _read(pid, "comm").decode().strip() for pid in pids if _parent(pid) == parent and _is_alive(pid)}


def _signal(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def end(pids, seconds=15):
    """Ask processes to end, wait until they are gone, then no longer ask. True if all went on being asked."""
    pids = list(pids)
    _signal(pids, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal(left, signal.SIGKILL)
    return not left


def end_lab(folder):
    """End all of a lab: those whose parents are not of it are asked, and end their children. How many processes there were."""
    pids = of_lab(folder)
    end(pid for pid in pids if _parent(pid) not in pids)
    end(of_lab(folder), 2)
    return len(pids)
