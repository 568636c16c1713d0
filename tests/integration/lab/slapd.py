# SPDX-License-Identifier: GPL-3.0-or-later
"""An LDAP server with the schema and the database of deploy/openldap, set up as its README says."""
import base64
import os
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from .processes import end, environment, launch, run, wait_for_port, wait_until, answers_unix

DEPLOY = Path(__file__).resolve().parents[3] / "deploy/openldap"
# What the Debian package sets up by itself: modules, the schema core, rights for root by the local socket.
CONFIGURATION = """\
dn: cn=config
objectClass: olcGlobal
cn: config
{tls}
dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

dn: olcDatabase=config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: config
olcAccess: to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage by * none
"""
TLS = """\
olcTLSCertificateFile: {certificate}
olcTLSCertificateKeyFile: {key}
olcTLSCACertificateFile: {ca}
olcTLSVerifyClient: {verify}
"""


LIST = """\
dn: cn={name},o=postacert
objectClass: cRLDistributionPoint
cn: {name}
"""


class Slapd:
    """`tls` is (authority, certificate, key, verify) for ldaps, where `verify` is "never" or "demand"."""

    def __init__(self, folder, env_folder, address, port=2389, tls_port=2636, tls=None):
        self.folder = Path(folder)
        self.env = environment(env_folder)
        self.address, self.port, self.tls_port, self.tls = address, port, tls_port, tls
        self.socket = self.folder / "ldapi"
        self.local = f"ldapi://{quote(str(self.socket), safe='')}"
        self.url = f"ldap://{address}:{port}"
        self.tls_url = f"ldaps://{address}:{tls_port}"
        # A copy: where the machine confines slapd to its own folders, it means the program by its path.
        self.program = self.folder / "slapd"
        self.process = None

    def make(self):
        for name in ("conf", "db"):
            (self.folder / name).mkdir(parents=True)
        shutil.copy("/usr/sbin/slapd", self.program)
        names = ("ca", "certificate", "key", "verify")
        tls = TLS.format(**dict(zip(names, self.tls))) if self.tls else ""
        (self.folder / "config.ldif").write_text(CONFIGURATION.format(tls=tls))
        run([self.program, "-T", "add", "-n", "0", "-F", self.folder / "conf", "-l", self.folder / "config.ldif"], self.env)

    def start(self):
        urls = f"{self.url} {self.local}" + (f" {self.tls_url}" if self.tls else "")
        self.process = launch([self.program, "-d", "0", "-F", self.folder / "conf", "-h", urls], self.env, self.folder / "log")
        wait_until(lambda: answers_unix(self.socket), "slapd")
        wait_for_port(self.address, self.port, "slapd")

    @contextmanager
    def running(self):
        """Made, started and set up; stopped at the end."""
        self.make()
        self.start()
        try:
            self.set_up()
            yield self
        finally:
            self.stop()

    def set_up(self):
        """Schema and database."""
        run(self._tool("ldapadd", "-f", DEPLOY / "pec.ldif"), self.env)
        database = (DEPLOY / "database.ldif").read_text().replace("/var/lib/ldap/postacert", str(self.folder / "db"))
        run(self._tool("ldapadd"), self.env, given=database.encode())

    def set_up_writer(self, password):
        """The name that may write."""
        hashed = run(["slappasswd", "-s", password], self.env).decode().strip()
        ldif = (DEPLOY / "mirror.ldif").read_text().replace("{SSHA}put-the-output-of-slappasswd-here", hashed)
        self.modify(ldif)

    def _tool(self, name, *words):
        return [name, "-Q", "-Y", "EXTERNAL", "-H", self.local, *words]

    def add(self, ldif):
        run(self._tool("ldapadd"), self.env, given=ldif.encode() if isinstance(ldif, str) else ldif)

    def modify(self, ldif):
        run(self._tool("ldapmodify"), self.env, given=ldif.encode())

    def clear(self):
        """The database without an entry."""
        run(self._tool("ldapdelete", "-r", "o=postacert"), self.env)

    def publish_list(self, name, *lists):
        """An entry with revocation lists (DER) in it; the address of it."""
        values = "".join(f"certificateRevocationList;binary:: {base64.b64encode(der).decode()}\n" for der in lists)
        self.add(LIST.format(name=name) + values)
        return self.list_url(name)

    def list_url(self, name):
        return f"{self.url}/cn={name},o=postacert?certificateRevocationList;binary?base?(objectClass=cRLDistributionPoint)"

    def pause(self):
        """It takes connections and says nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def search(self, *words):
        """As a stranger; the text of ldapsearch."""
        return run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.url, "-b", "o=postacert", *words], self.env).decode()

    def stop(self):
        if self.process:
            end([self.process.pid])
            self.process.wait()
        self.process = None
