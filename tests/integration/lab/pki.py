# SPDX-License-Identifier: GPL-3.0-or-later
"""The authority of a lab: its certificates and its revocation list.

Certificates of providers have the profile of RFC 6109 5.5: keyUsage critical, both key identifiers, the signing address in
subjectAltName, no basicConstraints.
"""
from pathlib import Path

from .processes import environment, run

PROVIDER = """\
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:{address}
crlDistributionPoints = point
[ point ]
fullname = @addresses
[ addresses ]
"""
SERVER = """\
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = {names}
"""
CLIENT = """\
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""
STAMPER = """\
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""
DATABASE = """\
[ ca ]
default_ca = authority
[ authority ]
database = {folder}/revoked.txt
crlnumber = {folder}/crlnumber
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_crl_days = 30
crl_extensions = list
[ list ]
authorityKeyIdentifier = keyid:always
"""


class Authority:
    """The files of the authority: ca.pem, ca.key, for each certificate NAME.pem and NAME.key, and the two folders of the list."""

    def __init__(self, folder, env_folder, list_url):
        self.folder = Path(folder)
        self.list_url = list_url
        self.certificate = self.folder / "ca.pem"
        self.lists = self.folder / "crl"        # for trust.crl_dir
        self.published = self.folder / "www"    # for the distribution point
        self.env = environment(env_folder)

    def _openssl(self, *words):
        return run(["openssl", *words], self.env)

    def path(self, name):
        """Certificate and key of that name."""
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def make(self):
        """The root, with a list that revokes nothing."""
        self.lists.mkdir(parents=True)
        self.published.mkdir()
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "3650",
                      "-subj", "/C=IT/O=Laboratory/CN=Laboratory authority",
                      "-config", self._write("root.cnf", "[ req ]\ndistinguished_name = dn\n[ dn ]\n"), "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                      "-addext", "subjectKeyIdentifier=hash", "-keyout", self.folder / "ca.key", "-out", self.certificate)
        self._write("revoked.txt", "")
        self._write("crlnumber", "01\n")
        self._write("database.cnf", DATABASE.format(folder=self.folder))
        self.publish()

    def _write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def _issue(self, name, subject, extensions, key_kind=("rsa:2048",)):
        certificate, key = self.path(name)
        request = self.folder / f"{name}.csr"
        self._openssl("req", "-new", "-newkey", *key_kind, "-noenc", "-subj", subject, "-config", self.folder / "root.cnf",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / "ca.key",
                      "-days", "825", "-sha256", "-extfile", self._write(f"{name}.ext", extensions), "-out", certificate)
        return certificate, key

    def issue_provider(self, name, company, address, key_kind=("rsa:2048",), list_urls=None):
        """`list_urls`: where it says that the revocation list is, the lab's web server if that is not told; `key_kind`: the words behind
        `openssl req -newkey`."""
        urls = list_urls or [self.list_url]
        extensions = PROVIDER.format(address=address) + "".join(f"URI.{i} = {url}\n" for i, url in enumerate(urls))
        return self._issue(name, f"/C=IT/O={company}/CN=Posta Certificata", extensions, key_kind)

    def issue_server(self, name, hosts, addresses):
        names = ", ".join([f"DNS:{host}" for host in hosts] + [f"IP:{address}" for address in addresses])
        return self._issue(name, f"/O=Laboratory/CN={hosts[0]}", SERVER.format(names=names))

    def issue_client(self, name):
        """For one who shows it to a server."""
        return self._issue(name, f"/O=Laboratory/CN={name}", CLIENT)

    def issue_stamper(self, name):
        """For a time stamping authority (RFC 3161 2.3)."""
        return self._issue(name, f"/C=IT/O=Laboratory/CN={name}", STAMPER)

    def revoke(self, name):
        """Revoke a certificate and publish the new list."""
        self._openssl("ca", "-config", self.folder / "database.cnf", "-revoke", self.path(name)[0],
                      "-crl_reason", "cessationOfOperation")
        self.publish()

    def publish(self):
        """A new list, in both places: under the issuer's hash in PEM, at the distribution point in DER."""
        name = self._openssl("x509", "-in", self.certificate, "-noout", "-hash").decode().strip()
        fresh = self.folder / "list.pem"
        self._openssl("ca", "-config", self.folder / "database.cnf", "-gencrl", "-out", fresh)
        self._openssl("crl", "-in", fresh, "-outform", "DER", "-out", self.published / "ca.crl")
        fresh.replace(self.lists / f"{name}.r0")
