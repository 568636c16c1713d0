#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run unit tests of the store on a PostgreSQL server, which is made for them and lives as long.

usage: on_postgresql.py PROGRAM ...
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integration"))
from lab.postgresql import PostgreSQL  # noqa: E402 (the path is set above)
from lab.processes import end_lab  # noqa: E402


def main():
    folder = Path(tempfile.mkdtemp(prefix="opec-store-"))
    folder.chmod(0o755)
    server = PostgreSQL(folder / "postgresql", folder)
    try:
        server.make()
        server.start()
        server.make_database()
        env = os.environ | {"OPEC_TEST_STORE": server.url}
        sys.exit(max([subprocess.run([program], env=env).returncode != 0 for program in sys.argv[1:]], default=1))
    finally:
        end_lab(folder)
        shutil.rmtree(folder, ignore_errors=True)


main()
