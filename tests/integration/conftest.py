# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests on real servers: a laboratory of two providers, told to pytest.

All tests share one lab, since making one takes longer than most tests; who stops a server starts it again. After each file the lab must
be at rest: nothing in a queue, no message that no test expected, untouched legal logs, no alarm; at the end, no report of a sanitizer.

    pytest --opec build/opec tests/integration
"""
import os
from pathlib import Path

import pytest

from lab.lab import Lab, new_folder
from lab.network import Network
from post import Post

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption("--opec", default=str(ROOT / "build/opec"), help="the program (build/opec)")
    parser.addoption("--network", default="127.0.8", metavar="BASE", help="the loopback addresses begin with it (127.0.8)")
    parser.addoption("--keep", action="store_true", help="leave the folders of the labs")


def _reports_of_sanitizers(folder):
    """A folder into which every process of the lab can write what a sanitizer has to say."""
    folder.mkdir()
    folder.chmod(0o1777)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        os.environ[name] = ":".join(filter(None, [os.environ.get(name, ""), f"log_path={folder}/report"]))
    os.environ["LSAN_OPTIONS"] = f"suppressions={Path(__file__).parent / 'lsan.txt'}:print_suppressions=0"
    return folder


@pytest.fixture(scope="session")
def post(request):
    """The mailboxes of the lab. `post.lab` has its servers."""
    option = request.config.getoption
    folder = new_folder()
    reports = _reports_of_sanitizers(folder / "sanitizers")
    # Fewer workers than by default: sanitized processes are slow to be born.
    lab = Lab(folder, option("--opec"), Network(option("--network")), user="nobody", settings={"daemon": {"workers": 6}})
    try:
        with lab, Post(lab) as mailboxes:
            yield mailboxes
        said = [path.read_text(errors="replace") for path in reports.iterdir()]
        assert not said, "a sanitizer has something to say:\n" + "\n".join(said)[:4000]
    finally:
        if not option("--keep"):
            lab.remove()


@pytest.fixture(scope="module", autouse=True)
def rest(post):
    """After each file nothing is left over."""
    yield
    post.must_be_at_rest()
