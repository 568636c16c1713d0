# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab: two providers, an ordinary mail server, their mailboxes; made, started, used, ended."""
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import index, mail, report
from .clamav import Clamav
from .dovecot import Dovecot
from .network import Network
from .opec import Opec, merge
from .pki import Authority
from .postfix import Postfix
from .processes import LabError, answers, end_lab
from .sites import ORDINARIA, PASSWORD, PROVIDERS, SITES
from .token import Token
from .web import Web

# The name of a socket has 107 octets, and this one is the deepest.
PATH_MAX = 107 - len("/ordinaria/postfix/spool/public/postlog")


def is_reachable(folder):
    """Can every user pass through to it? Servers that give up root must, and a home of mode 0700 does not let them."""
    folder = Path(folder).absolute()
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists())


def new_folder():
    """A folder for a lab that nobody else has, where servers can pass through. (That of a test framework is closed to them.)"""
    folder = Path(tempfile.mkdtemp(prefix="opec-lab-"))
    folder.chmod(0o755)
    return folder


class Lab:
    """Everything lies below `folder`, which is made if it does not exist.

    program    the executable opec
    network    where to listen
    signing    for each provider where its key is: "token" or "file"
    user       the user that the engines become; "" keeps root
    settings   {section: {key: value}} of opec.conf, for both engines
    """

    def __init__(self, folder, program, network=Network(), signing=None, user="", settings=None):
        self.folder = Path(os.path.realpath(folder))
        self.network, self.user, self.settings = network, user, settings or {}
        self.signing = {"alfa": "token", "beta": "file"} | (signing or {})
        f = str(self.folder)
        self.web = Web(self.folder / "pki/www", self.folder / "web.log", f, network.web, network.http)
        self.authority = Authority(self.folder / "pki", f, self.web.url)
        self.tokens = {s.name: Token(self.folder / s.name / "token", f, s.name)
                       for s in PROVIDERS if self.signing[s.name] == "token"}
        self.clamav = Clamav(self.folder / "clamav", f)
        self.dovecot = Dovecot(self.folder / "dovecot", f, network)
        self.postfix = {s.name: Postfix(self.folder / s.name / "postfix", f, s, self.address(s), network) for s in SITES}
        self.opec = {s.name: Opec(self.folder / s.name / "opec", f, program, self._variables(s)) for s in PROVIDERS}

    def address(self, site):
        """Of the servers of a site."""
        return getattr(self.network, site.name)

    def _variables(self, site):
        """What the engine's PKCS#11 module finds its token by."""
        return self.tokens[site.name].variables if site.name in self.tokens else {}

    # --- making ---

    def stages(self):
        """What is to be done until mail can be sent: (what, by whom), in order."""
        return [
            ("authority, certificates, revocation list", self._make_authority),
            ("keys into SoftHSM tokens", self._make_tokens),
            ("providers' index", self._make_index),
            ("configurations and accounts of the engines", self._make_engines),
            ("clamd", self._start_clamav),
            ("Dovecot", self._start_dovecot),
            ("engines", self._start_engines),
            ("Postfix", self._start_postfix),
        ]

    def start(self, told=lambda what, seconds: None):
        """Make everything and start it. `told` hears of each stage and how long it took."""
        self._make_room()
        for what, do in self.stages():
            begun = time.monotonic()
            do()
            told(what, time.monotonic() - begun)

    def _make_room(self):
        if len(str(self.folder)) > PATH_MAX:
            raise LabError(f"{self.folder}: the name is too long for the sockets below it (at most {PATH_MAX} octets)")
        if not is_reachable(self.folder):
            raise LabError(f"{self.folder}: servers that give up root cannot pass through to it")
        n = self.network
        taken = [(n.alfa, n.mx), (n.beta, n.mx), (n.ordinaria, n.mx), (n.mailboxes, n.imaps), (n.web, n.http), (n.alfa, n.access)]
        for address, port in taken:
            if answers(address, port):
                raise LabError(f"{address}:{port} is taken: another lab may be running")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)

    def _make_authority(self):
        self.authority.make()
        for site in PROVIDERS:
            self.authority.issue_provider(site.name, site.company, site.address)
        self.authority.issue_server("server", [f"mx.{s.domain}" for s in SITES] + ["localhost"], self.network.all() + ["127.0.0.1"])
        self.web.start()

    def _make_tokens(self):
        for name, token in self.tokens.items():
            token.make(self.authority.path(name)[1], self.user)

    def _make_index(self):
        self.write_index([(site, self.authority.path(site.name)[0], [site.domain]) for site in PROVIDERS])

    def write_index(self, providers):
        """Put an index into the place where the engines read it."""
        (self.folder / "index.ldif").write_text(index.ldif(providers))

    def engine_settings(self, site):
        certificate, key = self.authority.path(site.name)
        signer = self.tokens[site.name].settings() if site.name in self.tokens else {"kind": "file", "key": key}
        return merge({
            "provider": {"name": site.company, "domains": [site.domain], "address": site.address,
                         "service_mailbox": site.service_mailbox, "hostname": f"mx.{site.domain}"},
            "listen access": {"socket": f"{self.address(site)}:{self.network.access}"},
            "listen incoming": {"socket": f"{self.address(site)}:{self.network.incoming}"},
            "relay": {"smtp": f"{self.address(site)}:{self.network.reinjection}", "lmtp": f"unix:{self.dovecot.lmtp_socket}"},
            "signer": signer | {"certificate": certificate},
            "trust": {"ca": self.authority.certificate, "crl_dir": self.authority.lists},
            "directory": {"source": f"ldif:{self.folder}/index.ldif"},
            "antivirus": {"clamd": f"unix:{self.clamav.socket}"},
        }, self.settings)

    def _make_engines(self):
        for site in PROVIDERS:
            engine = self.opec[site.name]
            engine.make(self.engine_settings(site), self.user)
            for user in site.users:
                engine.add_account(user, PASSWORD)

    # --- starting ---

    def _start_clamav(self):
        self.clamav.make()
        self.clamav.start()

    def _start_dovecot(self):
        certificate, key = self.authority.path("server")
        login_sockets = [self.postfix[site.name].login_socket for site in SITES]
        self.dovecot.make(certificate, key, login_sockets, [engine.store for engine in self.opec.values()], self.user or "root")
        for user in ORDINARIA.users:
            self.dovecot.add_user(user)
        for postfix in self.postfix.values():
            postfix.make_folders()
        self.dovecot.start()

    def _start_engines(self):
        for engine in self.opec.values():
            engine.start()

    def _start_postfix(self):
        certificate, key = self.authority.path("server")
        for site in SITES:
            postfix = self.postfix[site.name]
            postfix.routes = {other.domain: (self.address(other), self.network.mx) for other in SITES if other is not site}
            make = postfix.make_provider if site in PROVIDERS else postfix.make
            make(self.authority.certificate, certificate, key)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda postfix: postfix.start(), self.postfix.values()))

    # --- using ---

    def submit(self, login, recipients, message, sender=None, options=()):
        """Send as a user of one of the sites; the server's last words."""
        address = self.address(next(s for s in SITES if login.endswith(f"@{s.domain}")))
        return mail.submit(address, self.network.submission, self.authority.certificate, login, PASSWORD, recipients, message,
                           sender, options)

    def mailbox(self, login):
        return mail.Mailbox(self.network.mailboxes, self.network.imaps, self.authority.certificate, login, PASSWORD)

    def read(self, raw):
        """The report of a message, its signature judged by the lab's authority."""
        return report.read(raw, self.authority.certificate)

    def engine_aside(self, folder, site, changes=()):
        """An engine of that provider with folders and a store of its own, which is not started and stays root's."""
        engine = Opec(folder, self.folder, self.opec[site.name].program, self._variables(site))
        engine.make(self.engine_settings(site))
        engine.configure(dict(changes))
        return engine

    # --- ending ---

    def stop(self):
        """End every process of the lab; how many there were. The files stay."""
        count = end_lab(self.folder)
        if self.web.process:
            self.web.process.wait()
        return count

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
