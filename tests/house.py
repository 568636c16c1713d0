#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house that a machine can check. One line for each breach; exit status 1 if there is one.

* a room uses the rooms below it and no other (the order is that of meson.build), and the law uses mime/ and base/ alone;
* every source begins with its licence; files stay below 800 lines, functions below 100;
* no banned call, no debt left in the code, no path of somebody's machine;
* manuals are clean and name every verb.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BANNED = r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|system|popen|tmpnam|mktemp)\s*\("
IMPURE = r"#include <(sys/socket|netinet|openssl|sqlite3|ldap|curl|libpq|systemd|fcntl|unistd)\b|\b(time\(|clock_now|clock_monotonic|clock_gettime)"
FILE_LINES, FUNCTION_LINES = 800, 100
breaches = []


def breach(path, line, what):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in sorted(set(out.stdout.split("\n"))) if name and (ROOT / name).is_file()]


def rooms():
    found = re.search(r"^rooms = \[(.*?)\]", (ROOT / "meson.build").read_text(), re.S | re.M)
    return re.findall(r"'(\w+)'", found.group(1))


def check_layers(path, text, order):
    room = path.relative_to(ROOT / "src").parts[0]
    for number, line in enumerate(text.split("\n"), 1):
        used = re.match(r'#include "(\w+)/', line)
        if used and used.group(1) in order and order.index(used.group(1)) > order.index(room):
            breach(path, number, f"{room}/ is below {used.group(1)}/ and may not use it")
        if used and room == "pec" and used.group(1) not in ("pec", "mime", "base"):
            breach(path, number, "the law uses mime/ and base/ alone")
        if room == "pec" and re.search(IMPURE, line):
            breach(path, number, "the law is pure: no sockets, clock, files or OpenSSL")


def check_functions(path, lines):
    start = 0
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start > FUNCTION_LINES:
                breach(path, start, f"a function of {number - start} lines")
            start = 0


def check_source(path, order):
    text = path.read_text()
    lines = text.split("\n")
    if "SPDX-License-Identifier: GPL-3.0-or-later" not in lines[0]:
        breach(path, 1, "no licence in the first line")
    if len(lines) > FILE_LINES:
        breach(path, 1, f"{len(lines)} lines")
    for number, line in enumerate(lines, 1):
        if re.search(BANNED, line) and not line.lstrip().startswith(("*", "/*")):
            breach(path, number, f"banned call: {line.strip()[:60]}")
    check_functions(path, lines)
    if path.is_relative_to(ROOT / "src"):
        check_layers(path, text, order)


def check_words(path):
    for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line) and path.name != "house.py":
            breach(path, number, "a debt without an issue")
        if re.search(r"(^|[\s\"'=(])/(work|home/\w+|root)/", line):
            breach(path, number, "a path of somebody's machine")


def check_manuals():
    for page in tracked("doc/*.[0-9]"):
        if shutil.which("mandoc"):
            said = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
            for line in said.stdout.split("\n"):
                if line:
                    breach(page, 1, line)
    main, page = ROOT / "src/opec/main.c", ROOT / "doc/opec.8"
    if page.exists():
        for verb in re.findall(r'^    \{ "([\w-]+)", verb_', main.read_text(), re.M):
            if not re.search(rf"^\.It .*\b{verb}\b", page.read_text(), re.M):
                breach(page, 1, f"the verb {verb} is missing")


def main():
    order = rooms()
    for path in tracked("*.c", "*.h"):
        check_source(path, order)
    for path in tracked("*.c", "*.h", "*.py", "*.sh", "*.md", "*.build", "Makefile"):
        check_words(path)
    check_manuals()
    for line in breaches:
        print(line)
    sys.exit(bool(breaches))


main()
