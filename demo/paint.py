# SPDX-License-Identifier: GPL-3.0-or-later
"""Words on a terminal: colours where there is one, columns that stay in place."""
import os
import shutil
import sys
import textwrap

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
HAS_COLOURS = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")
WIDTH = max(80, min(100, shutil.get_terminal_size((96, 24)).columns))


def paint(text, *styles):
    if not HAS_COLOURS or not styles:
        return text
    return f"\033[{';'.join(CODES[style] for style in styles)}m{text}\033[0m"


def say(text=""):
    print(text, flush=True)


def heading(text):
    say()
    say(paint(text, "bold"))


def paragraph(text, indent=2, *styles):
    """Text in lines that fit."""
    for line in textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False):
        say(" " * indent + paint(line, *styles))


def row(label, value, note="", columns=(11, 30)):
    """A label, what stands there, and a remark."""
    say(f"  {paint(label.ljust(columns[0]), 'dim')}{value.ljust(columns[1]) if note else value}{paint(note, 'dim')}".rstrip())


def commands(lines):
    """What can be copied into a shell, as it is."""
    for line in lines:
        say(f"  {paint(line, 'cyan')}" if line else "")
