# SPDX-License-Identifier: GPL-3.0-or-later
"""A time stamping authority (RFC 3161 over HTTP): `openssl ts` behind a small server, in good days and bad ones."""
import http.server
import subprocess
import threading
from pathlib import Path

from .processes import environment

PORT = 2318
CONFIGURATION = """\
[ tsa ]
default_tsa = stamper
[ stamper ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {certificate}
signer_key = {key}
certs = {authority}
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.7
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
ordering = no
tsa_name = yes
ess_cert_id_alg = sha256
"""
MALFORMED = bytes.fromhex("3003020101")     # answered by a rejection


class Tsa:
    """`mode` says what the next questions meet: "good", "unavailable" (503), "silent", "rejection", "stranger" (a stamp by another
    authority's stamper), "nonsense"."""

    def __init__(self, folder, env_folder, address, authority, stranger):
        self.folder, self.env, self.address = Path(folder), environment(env_folder), address
        self.mode, self.asked = "good", 0
        self.lock = threading.Lock()    # the file of serial numbers is for one writer
        self.awake = threading.Event()  # ends silences
        self.folder.mkdir()
        (self.folder / "serial").write_text("01\n")
        for name, one in (("good", authority), ("stranger", stranger)):
            certificate, key = one.issue_stamper("stamper")
            (self.folder / f"{name}.cnf").write_text(CONFIGURATION.format(
                folder=self.folder, certificate=certificate, key=key, authority=one.certificate))
        self.server = None

    @property
    def url(self):
        return f"http://{self.address}:{PORT}/"

    def _stamp(self, query):
        name = "stranger" if self.mode == "stranger" else "good"
        query_file, answer_file = self.folder / "query", self.folder / "answer"
        with self.lock:
            query_file.write_bytes(MALFORMED if self.mode == "rejection" else query)
            subprocess.run(["openssl", "ts", "-reply", "-config", self.folder / f"{name}.cnf", "-queryfile", query_file, "-out", answer_file],
                           env=self.env, capture_output=True, check=True)
            return answer_file.read_bytes()

    def answer(self, request):
        query = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.asked += 1
        if self.mode == "silent":
            self.awake.wait(60)
            return
        if request.headers.get("Content-Type") != "application/timestamp-query":
            request.send_error(415)
        elif self.mode == "unavailable":
            request.send_error(503)
        else:
            body = b"no stamp" if self.mode == "nonsense" else self._stamp(query)
            request.send_response(200)
            request.send_header("Content-Type", "application/timestamp-reply")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

    def start(self):
        tsa = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                tsa.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((self.address, PORT), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """Nobody listens any more."""
        self.awake.set()
        self.server.shutdown()
        self.server.server_close()
