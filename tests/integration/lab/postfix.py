# SPDX-License-Identifier: GPL-3.0-or-later
"""Postfix instances of a lab, each with folders of its own; the machine's own Postfix is not touched.

A certified provider's instance is made of the very files that an operator copies, deploy/postfix/main.cf and master.cf. A lab may
change what stands there under "Yours", and the addresses on which services listen, and nothing else: so what is tested is what is
copied.
"""
import re
from contextlib import contextmanager
from pathlib import Path

from .processes import LabError, answers, end, environment, of_lab, run, run_on_terminal, wait_for_port, wait_until

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "postfix"
YOURS_ENDS = "# === The way of a message"

# What makes an instance of it, beside others and without DNS.
# A server of Postfix that could not begin, its Dovecot being away, is tried again after a second and not after a minute.
INSTANCE = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
multi_instance_name = postfix-{name}
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C OPEC_LAB
mydestination =
alias_maps =
alias_database =
local_transport = error:no local delivery
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
biff = no
service_throttle_time = 1s
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
smtp_bind_address = {address}
smtp_tls_CAfile = {authority}
smtp_tls_loglevel = 1
default_transport = error:5.1.2 There is no such domain (the laboratory asks no DNS)
transport_maps = inline:{{ {routes} }}
"""
# An ordinary domain: mailboxes and logins, no engine.
PLAIN = """\
myhostname = mx.{domain}
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:[{mailboxes}]:{lmtp}
virtual_mailbox_maps =
message_size_limit = 130000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtp_tls_security_level = may
enable_long_queue_ids = yes
"""
PLAIN_SERVICES = """\
submission inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
smtp inet n - n - - smtpd
  -o syslog_name=postfix/mx
  -o smtpd_relay_restrictions=reject_unauth_destination
"""
# What every Postfix has.
SERVICES = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def substitute(text, values, may_change):
    """main.cf with other values. LabError for a parameter that may not be changed, or is not there."""
    for name, value in values.items():
        if name not in may_change:
            raise LabError(f"{name} is none of the lines of deploy/postfix/main.cf that are to be changed")
        text = re.sub(rf"^{name} = .*$", lambda _: f"{name} = {value}", text, flags=re.M)
    return text


def parameters(text):
    return re.findall(r"^(\w+) =", text, re.M)


class Postfix:
    """One instance. `routes`: where mail for other domains goes, as {domain: (address, port)}."""

    def __init__(self, folder, env_folder, site, address, network):
        self.folder = Path(folder)
        self.env = environment(env_folder)
        self.env_folder, self.site, self.address, self.network = env_folder, site, address, network
        self.log = self.folder / "mail.log"
        self.login_socket = self.folder / "spool/private/auth"
        self.routes = {}
        self.values = {}    # of the lines under "Yours" that a test wants otherwise

    # --- configuration ---

    def make(self, authority, certificate, key):
        """The folders and files of an instance without the engine's wiring."""
        plain = PLAIN.format(domain=self.site.domain, certificate=certificate, key=key, mailboxes=self.network.mailboxes,
                             lmtp=self.network.lmtp)
        self._write(authority, plain, PLAIN_SERVICES)

    def make_provider(self, authority, certificate, key):
        """Those of a certified provider, from what an operator copies."""
        main, services = (DEPLOY / "main.cf").read_text(), (DEPLOY / "master.cf").read_text()
        yours = parameters(main[:main.index(YOURS_ENDS)])
        values = {
            "myhostname": f"mx.{self.site.domain}", "virtual_mailbox_domains": self.site.domain,
            "pec_access_point": f"[{self.address}]:{self.network.access}",
            "pec_incoming_point": f"[{self.address}]:{self.network.incoming}",
            "smtpd_tls_cert_file": certificate, "smtpd_tls_key_file": key,
            "queue_run_delay": "5s", "minimal_backoff_time": "5s", "maximal_backoff_time": "30s",
        }
        self._write(authority, substitute(main, values | self.values, yours), services)

    def make_folders(self):
        """To be made before Dovecot starts, whose socket lies below the queue directory."""
        for name in ("etc", "spool/private", "data"):
            (self.folder / name).mkdir(parents=True)
        run(["chown", "postfix", self.folder / "spool/private", self.folder / "data"], self.env)
        (self.folder / "spool/private").chmod(0o700)

    def _write(self, authority, main, services):
        routes = ", ".join(f"{{ {domain} = smtp:[{address}]:{port} }}" for domain, (address, port) in self.routes.items())
        instance = INSTANCE.format(folder=self.folder, name=self.site.name, address=self.address, authority=authority,
                                   routes=routes)
        if both := set(parameters(instance)) & set(parameters(main)):
            raise LabError(f"the lab would hide what deploy/postfix/main.cf says: {', '.join(both)}")
        (self.folder / "etc/main.cf").write_text(instance + main)
        (self.folder / "etc/master.cf").write_text(SERVICES + self._on_our_address(services))

    def _on_our_address(self, services):
        """Services listen on the address and the ports of the lab."""
        ports = {"submission": self.network.submission, "submissions": self.network.submissions, "smtp": self.network.mx,
                 "127.0.0.1:10025": self.network.reinjection}
        return re.sub(r"^(\S+)(\s+inet)", lambda m: f"{self.address}:{ports[m[1]]}{m[2]}", services, flags=re.M)

    # --- life ---

    def start(self):
        """Returns when mail is taken. What is wrong with a configuration Postfix tells to a terminal only."""
        run_on_terminal(["postfix", "-c", str(self.folder / "etc"), "start"], self.env)
        wait_for_port(self.address, self.network.submission, f"{self.site.name}'s submission")
        wait_for_port(self.address, self.network.mx, f"{self.site.name}'s MX")

    def reload(self):
        run_on_terminal(["postfix", "-c", str(self.folder / "etc"), "reload"], self.env)

    @contextmanager
    def without_reinjection(self):
        """For a while the engine has nobody to give its mail to."""
        services = self.folder / "etc/master.cf"
        before, address, port = services.read_text(), self.address, self.network.reinjection
        run(["postconf", "-c", self.folder / "etc", "-M#", f"{address}:{port}/inet"], self.env)
        self.reload()
        wait_until(lambda: not answers(address, port), f"the end of {self.site.name}'s re-injection")
        try:
            yield
        finally:
            services.write_text(before)
            self.reload()
            wait_for_port(address, port, f"{self.site.name}'s re-injection")

    @contextmanager
    def configured(self, **parameters):
        """For a while with other parameters of main.cf, those too that an operator leaves alone."""
        main = self.folder / "etc/main.cf"
        before = main.read_text()
        run(["postconf", "-c", self.folder / "etc", "-e", *(f"{name}={value}" for name, value in parameters.items())], self.env)
        self.reload()
        try:
            yield
        finally:
            main.write_text(before)
            self.reload()

    def stop(self):
        pid = int((self.folder / "spool/pid/master.pid").read_text())
        end(p for p in of_lab(self.env_folder) if p == pid)
        wait_until(lambda: not answers(self.address, self.network.mx), f"the end of {self.site.name}'s Postfix")

    def flush(self):
        """Try what is deferred now."""
        run(["postqueue", "-c", self.folder / "etc", "-f"], self.env)

    def content(self, queue_id):
        """What the queue keeps of a message, its envelope too, as text."""
        return run(["postcat", "-c", self.folder / "etc", "-q", queue_id], self.env).decode(errors="replace")

    def queue(self):
        """The messages in the queue, one line of JSON each."""
        return run(["postqueue", "-c", self.folder / "etc", "-j"], self.env).decode().splitlines()
