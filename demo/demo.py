#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two providers of certified mail on this machine, and the story of one message between them.

    demo.py [start] [--program FILE] [--network BASE]     make it all, send the message, leave it running
    demo.py stop                                          end it
"""
import argparse
import imaplib
import os
import shutil
import smtplib
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))
sys.dont_write_bytecode = True

from lab.lab import Lab, is_reachable                   # noqa: E402
from lab.network import Network                         # noqa: E402
from lab.processes import LabError, end_lab             # noqa: E402
from lab.sites import PASSWORD                          # noqa: E402
from paint import commands, heading, paint, paragraph, row, say   # noqa: E402
from story import ORDINARY, RECIPIENT, SENDER, SERVICE, Story     # noqa: E402

# Servers that give up root cannot pass through a closed home.
ELSEWHERE = Path("/var/lib/opec-demo")


def work_folder():
    here = ROOT / "demo" / "run"
    return here if is_reachable(here) else ELSEWHERE


def shown(path):
    """A path as the reader may type it: short if that works from here."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) and not relative.startswith("../..") else str(path)


# --- the end of the page ----------------------------------------------------------------------------------------------------------

def tell_mailboxes(lab):
    heading("Where the messages are")
    n = lab.network
    for login, what in ((SENDER, "Mario: what became of his message"), (RECIPIENT, "Anna: the message in its envelope"),
                        (ORDINARY, "an ordinary mailbox: the same envelope"), (SERVICE, "what other providers tell Alfa")):
        with lab.mailbox(login) as box:
            row(login, f"{len(box.new())} in INBOX", what, (26, 14))
    say()
    row("Read", f"IMAP, {n.mailboxes}, port {n.imaps}, TLS", columns=(10, 40))
    row("Send", f"SMTP, {n.alfa} for alfa.example or {n.beta} for beta.example, port {n.submission}, STARTTLS", columns=(10, 40))
    row("Login", f"the address; the password of all is {PASSWORD}", columns=(10, 40))
    row("Trust", shown(lab.authority.certificate), columns=(10, 40))


def tell_commands(lab, pec_id):
    n, ca = lab.network, shown(lab.authority.certificate)
    opec = f"{shown(lab.opec['alfa'].program)} -c {shown(lab.opec['alfa'].configuration)}"
    heading("Read messages, and let two programs judge a signature")
    commands([f"get() {{ curl -s --cacert {ca} -u $1:{PASSWORD} \"imaps://{n.mailboxes}:{n.imaps}/INBOX;UID=$2\"; }}",
              f"get {RECIPIENT} 1",
              f"get {SENDER} 2 | {opec} verify -",
              f"get {SENDER} 3 | openssl cms -verify -CAfile {ca}"])
    heading("Send a message of your own")
    commands([f"printf '%s\\n' 'From: {SENDER}' 'To: {RECIPIENT}' 'Subject: prova' \\",
              "    \"Message-ID: <$(date +%s.%N)@alfa.example>\" '' 'ciao' |",
              f"curl -s --ssl-reqd --crlf --cacert {ca} -u {SENDER}:{PASSWORD} \\",
              f"    --mail-from {SENDER} --mail-rcpt {RECIPIENT} -T - smtp://{n.alfa}:{n.submission}"])
    heading("Ask the engine: what became of the message, is the legal log untouched, how is it")
    commands([f"{opec} log search \\", f"    {pec_id}", f"{opec} log verify", f"{opec} status"])
    heading("Watch the logs")
    commands([f"tail -F {shown(lab.folder)}/*/opec/opec.log {shown(lab.folder)}/*/postfix/mail.log"])
    heading("End it")
    commands(["make demo-stop"])


def tell_failure(lab, story):
    heading(paint("It did not go as it must", "red"))
    for event in story.pending:
        about = f" about {event.about}" if event.about else ""
        paragraph(f"missing: {event.kind} for {event.mailbox}{about}", 2, "red")
    for fault in story.faults:
        paragraph(fault, 2, "red")
    say()
    paragraph("The servers go on running. What they say:", 2)
    logs = [engine.log for engine in lab.opec.values()] + [postfix.log for postfix in lab.postfix.values()] + [lab.dovecot.log]
    commands([f"tail {shown(log)}" for log in logs])


# --- verbs ------------------------------------------------------------------------------------------------------------------------

def prepare(lab):
    """Nothing of an earlier run, then everything anew."""
    if end_lab(lab.folder):
        paragraph("The demo that was running is ended, its mail is gone.", 2)
    shutil.rmtree(lab.folder, ignore_errors=True)
    heading(f"Making two providers in {shown(lab.folder)}")
    if lab.folder == ELSEWHERE:
        paragraph(f"({ROOT} is closed to servers that give up root, so it is not below it.)", 2)
    begun = time.monotonic()
    lab.start(lambda what, seconds: row(f"{seconds:6.2f} s", what, columns=(12, 30)))
    paragraph(f"Ready after {time.monotonic() - begun:.1f} s, on the loopback alone: {lab.network.base}.1 to .5, ports above 1024. "
              "This machine's own mail services are not touched.", 2)


def start(arguments):
    if os.geteuid() != 0:
        sys.exit("The demo needs root: Postfix and Dovecot start as root to give it up. Run: sudo make demo")
    program = Path(arguments.program)
    if not program.exists():
        sys.exit(f"{program} is not there: run make first")
    lab = Lab(work_folder(), program, Network(arguments.network), user="nobody")
    say(paint("OpenPEC: certified mail between two providers, on this machine", "bold"))
    story = Story(lab)
    try:
        prepare(lab)
        is_good = story.run()
    except LabError as e:
        lab.stop()
        sys.exit(f"\nThe demo cannot start. {e}")
    except KeyboardInterrupt:
        lab.stop()
        sys.exit("\nInterrupted; everything is ended.")
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.error) as e:
        story.faults.append(f"{type(e).__name__}: {e}")
        is_good = False
    if not is_good:
        tell_failure(lab, story)
        sys.exit(1)
    tell_mailboxes(lab)
    tell_commands(lab, story.pec_id)


def stop():
    if os.geteuid() != 0:
        sys.exit("Only root can end what root started. Run: sudo make demo-stop")
    folder = work_folder()
    count = end_lab(folder)
    say(f"The demo is ended: {count} processes." if count else "The demo was not running.")
    if folder.exists():
        say(f"Its mail and its logs are in {shown(folder)} until the next one; rm -rf {shown(folder)} removes them.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("verb", nargs="?", choices=("start", "stop"), default="start")
    parser.add_argument("--program", default=ROOT / "build" / "opec", help="the engine (build/opec)")
    parser.add_argument("--network", default="127.0.7", metavar="BASE", help="the loopback addresses begin with it (127.0.7)")
    arguments = parser.parse_args()
    stop() if arguments.verb == "stop" else start(arguments)


if __name__ == "__main__":
    main()
