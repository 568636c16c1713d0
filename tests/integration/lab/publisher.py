# SPDX-License-Identifier: GPL-3.0-or-later
"""The publisher of the index: serves it signed, over HTTPS, to those who show a certificate of the lab's authority."""
import functools
import http.server
import shutil
import ssl
import threading

from . import index
from .processes import run
from .sites import ALFA, BETA

PORT = 2443


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Publisher:
    """`room` is a folder of the engine's that is to fetch from here: its client certificate is put there."""

    def __init__(self, lab, room, user):
        self.lab, self.room, self.folder = lab, room, room / "published"
        self.folder.mkdir()
        lab.authority.issue_server("indexer", ["index.example"], [])
        for path, name in zip(lab.authority.issue_client("beta-client"), ("client.pem", "client.key")):
            shutil.copy(path, room / name)
            shutil.chown(room / name, user)
        certificate, key = lab.authority.path("server")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(lab.authority.certificate))
        context.load_cert_chain(certificate, key)
        context.verify_mode = ssl.CERT_REQUIRED
        handler = functools.partial(Quiet, directory=str(self.folder))
        self.server = http.server.ThreadingHTTPServer((lab.network.web, PORT), handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, domains, alfa=True):
        """The two providers, or Beta alone; Beta with these domains."""
        path = self.lab.authority.path
        providers = [(ALFA, path("alfa")[0], [ALFA.domain])] * alfa + [(BETA, path("beta")[0], domains)]
        (self.folder / "index.ldif").write_text(index.ldif(providers))
        certificate, key = self.lab.authority.path("indexer")
        run(["openssl", "cms", "-sign", "-binary", "-nodetach", "-in", self.folder / "index.ldif", "-signer", certificate, "-inkey", key,
             "-outform", "DER", "-out", self.folder / "index.p7m"], self.lab.authority.env)

    @property
    def url(self):
        return f"https://{self.lab.network.web}:{PORT}/index.p7m"

    def settings(self):
        """The section `directory` of one that fetches from here."""
        ca = self.lab.authority.certificate
        return {"source": f"ldif:{self.room}/index/index.ldif", "url": self.url, "ca": ca, "signer_ca": ca,
                "client_certificate": self.room / "client.pem", "client_key": self.room / "client.key"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
