# SPDX-License-Identifier: GPL-3.0-or-later
"""Dovecot as the mailbox server of a whole lab: LMTP, IMAP, and the logins of each Postfix.

It is made of what an operator copies, deploy/dovecot, with the lab's paths. Users of the providers are the engines' accounts, read
from the engines' stores; those of the ordinary domain, and what a test adds, stand in a file.
"""
from contextlib import contextmanager
from pathlib import Path

from .processes import LabError, answers, end, environment, of_lab, run, wait_for_port, wait_until
from .sites import PASSWORD

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "dovecot"
INSTANCE = """\
instance_name = {folder}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
import_environment = TZ OPEC_LAB
protocols = imap lmtp
listen = {address}
auth_verbose = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_dh =
# The system's user "mail" has a number below the default limit.
mail_uid = mail
mail_gid = mail
first_valid_uid = 8
first_valid_gid = 8
mail_home = {folder}/mail/%d/%n
mail_location = maildir:~/Maildir
mail_privileged_group =
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
# For the ordinary domain, whose Postfix delivers by itself.
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
"""
# The first provider's socket and accounts stand in deploy/dovecot; these are for the others.
LOGIN_SOCKET = """\
service auth {{
  unix_listener {path} {{
    user = postfix
    group = postfix
    mode = 0660
  }}
}}
"""
ACCOUNTS = """\
passdb {{
  driver = sql
  args = {path}
}}
userdb {{
  driver = sql
  args = {path}
}}
"""


class Dovecot:
    def __init__(self, folder, env_folder, network):
        self.folder = Path(folder)
        self.env = environment(env_folder)
        self.env_folder, self.network = env_folder, network
        self.lmtp_socket = self.folder / "run/lmtp"
        self.log = self.folder / "dovecot.log"
        self.hash = None

    # --- configuration ---

    def make(self, certificate, key, login_sockets, stores, engine_user):
        """`login_sockets`: one for each Postfix; `stores`: the files where the engines keep their accounts."""
        for name in ("mail", "run", "state"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "users").touch(mode=0o600)
        run(["chown", "mail:mail", self.folder / "mail"], self.env)
        run(["chown", "dovecot", self.folder / "users"], self.env)
        accounts = [self._accounts(number, store) for number, store in enumerate(stores)]
        instance = INSTANCE.format(folder=self.folder, address=self.network.mailboxes, certificate=certificate, key=key,
                                   imaps=self.network.imaps, lmtp=self.network.lmtp)
        deployed = self._deployed({
            "user = opec": f"user = {engine_user}", "postmaster@alfa.example": "postmaster@laboratory.example",
            "/var/spool/postfix/private/auth": login_sockets[0], "/etc/dovecot/opec-accounts.conf.ext": accounts[0],
        })
        others = [LOGIN_SOCKET.format(path=path) for path in login_sockets[1:]]
        others += [ACCOUNTS.format(path=path) for path in accounts[1:]]
        (self.folder / "dovecot.conf").write_text(instance + deployed + "".join(others))

    @staticmethod
    def _deployed(places, name="90-opec.conf"):
        """A file that an operator copies, with what stands there at the lab's places."""
        text = (DEPLOY / name).read_text()
        for there, here in places.items():
            if there not in text:
                raise LabError(f"deploy/dovecot/{name} does not say {there}")
            text = text.replace(there, str(here))
        return text

    def _accounts(self, number, store):
        path = self.folder / f"accounts-{number}.conf.ext"
        path.write_text(self._deployed({"/var/lib/opec/opec.db": store}, "opec-accounts.conf.ext"))
        return path

    def add_user(self, address, quota_bytes=0):
        """A user who is no account of an engine."""
        if not self.hash:
            self.hash = run(["openssl", "passwd", "-6", "-stdin"], self.env, given=PASSWORD.encode()).decode().strip()
        with open(self.folder / "users", "a") as f:
            f.write(f"{address}:{self.hash}::::::userdb_quota_rule=*:bytes={quota_bytes}\n")

    # --- life ---

    def start(self):
        run(["dovecot", "-c", self.folder / "dovecot.conf"], self.env)
        wait_for_port(self.network.mailboxes, self.network.imaps, "Dovecot")

    @contextmanager
    def configured(self, line):
        """For a while with one more line of configuration, which new connections heed."""
        path = self.folder / "dovecot.conf"
        before = path.read_text()
        try:
            self._reconfigure(before + line + "\n")
            yield
        finally:
            self._reconfigure(before)

    def _reconfigure(self, text):
        (self.folder / "dovecot.conf").write_text(text)
        run(["doveadm", "-c", self.folder / "dovecot.conf", "reload"], self.env)

    def stop(self):
        pid = int((self.folder / "run/master.pid").read_text())
        end(p for p in of_lab(self.env_folder) if p == pid)
        wait_until(lambda: not answers(self.network.mailboxes, self.network.imaps), "the end of Dovecot")
