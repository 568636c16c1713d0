# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server of a lab: a cluster of its own below a folder, on a Unix socket alone, where everybody is let in."""
import os
import shutil
from pathlib import Path

from .processes import LabError, answers_unix, environment, run, wait_until

USER = "nobody"     # the server refuses root
# What a test writes may be lost with the machine. Only a commit that waits brings it to the disk soon, so that a test can tell.
SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{folder}'
unix_socket_permissions = 0777
fsync = off
wal_writer_delay = 10s
wal_writer_flush_after = 1GB
shared_buffers = 16MB
max_connections = 60
max_wal_senders = 0
wal_level = minimal
autovacuum = off
"""


def programs():
    """Where the server's programs are: the newest ones."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise LabError("there is no PostgreSQL in /usr/lib/postgresql")
    return found[-1]


class PostgreSQL:
    def __init__(self, folder, env_folder):
        self.folder, self.data = Path(folder), Path(folder) / "data"
        self.env = environment(env_folder)
        self.socket = self.folder / ".s.PGSQL.5432"
        self.url = f"postgresql://opec@/opec?host={self.folder}"

    def _do(self, program, *words):
        as_user = ["runuser", "-u", USER, "--"] if os.getuid() == 0 else []
        return run([*as_user, programs() / program, *words], self.env)

    def make(self):
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, USER)
        self._do("initdb", "--no-sync", "--auth", "trust", "--username", "opec", "--encoding", "UTF8", "--locale", "C.UTF-8", "-D", self.data)
        with open(self.data / "postgresql.conf", "a") as f:
            f.write(SETTINGS.format(folder=self.folder))

    def start(self):
        self._do("pg_ctl", "-D", self.data, "-s", "-w", "-l", self.folder / "log", "start")
        wait_until(lambda: answers_unix(self.socket), "PostgreSQL")

    def stop(self, mode="fast"):
        """`mode` "immediate" is a crash."""
        self._do("pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop")

    def make_database(self):
        self.query("CREATE DATABASE opec", "postgres")

    def query(self, sql, database="opec"):
        """Rows as text, columns between bars."""
        return self._do("psql", "-h", self.folder, "-U", "opec", "-d", database, "-AtXq", "-c", sql).decode().splitlines()
