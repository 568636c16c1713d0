#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what a test run passed and failed, by what it has written down: nothing written is a failure.

usage: count.py TESTLOG.JSON    of Meson: each case of a cmocka program counts, each other program as one
       count.py REPORT.XML      of pytest
prints PASSED FAILED
"""
import json
import re
import sys
import xml.etree.ElementTree as xml


def cases(test):
    """(passed, failed) of one program."""
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if test["result"] == "SKIP":
        return 0, 0
    said = test.get("stdout", "") + test.get("stderr", "")
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", said))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", said))
    if not passed and not failed:
        return (1, 0) if good else (0, 1)
    return passed, failed or (0 if good else 1)


def of_meson(path):
    with open(path) as log:
        counted = [cases(json.loads(line)) for line in log]
    return sum(good for good, _ in counted), sum(bad for _, bad in counted)


def of_pytest(path):
    """A test that fails, and whose fixture then fails too, is one failure; a fixture that fails alone is one as well."""
    passed = failed = 0
    for case in xml.parse(path).iter("testcase"):
        faults = {child.tag for child in case}
        failed += bool(faults & {"failure", "error"})
        passed += not faults & {"failure", "error", "skipped"}
    return passed, failed


def main():
    path = sys.argv[1]
    try:
        passed, failed = (of_pytest if path.endswith(".xml") else of_meson)(path)
    except (OSError, ValueError, xml.ParseError) as fault:
        print(f"{path}: {fault}", file=sys.stderr)
        passed, failed = 0, 1
    print(passed, failed)


main()
