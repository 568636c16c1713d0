#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what a Meson test run passed and failed: each case of a cmocka program, each other program as one.

usage: count.py TESTLOG.JSON     prints PASSED FAILED
"""
import json
import re
import sys


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


def main():
    passed = failed = 0
    try:
        with open(sys.argv[1]) as log:
            for line in log:
                good, bad = cases(json.loads(line))
                passed, failed = passed + good, failed + bad
    except OSError:
        failed = 1
    print(passed, failed)


main()
