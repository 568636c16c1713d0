#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Serve as the filter under test of a benchmark: configuration from the environment, everything else in a folder of its own.
#   FILTER_IP FILTER_PORT   where the access point listens
#   INCOMING_PORT           where the incoming point listens, on the same address (FILTER_PORT + 100)
#   NEXT_IP NEXT_PORT       where envelopes and receipts go
#   MAILBOX                 address:port of an LMTP server (smtp-sink -L); without it receipts find nobody there and go by the next
#                           hop, which costs more
#   PKI                     a folder with ca.pem, signer.pem, signer.key and, for the incoming point, other.pem (altro.example)
#   CLAM_IP CLAM_PORT       clamd, if it is to be asked
#   OPEC                    the program (build/opec)
#   WORKERS                 processes (the program's own default)
# Keys that the program rightly refuses (RFC 6109 5.5.2) are replaced by others of the same size.
#
# In another harness load.c has to stand in the place of smtp-source, whose messages are all one and the same: run.sh --tools DIR
# builds it under that name, to be found first in PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/opec-bench.XXXXXX")
chmod 755 "$dir"
mkdir "$dir"/{run,spool,legal,crl,quarantine}
if openssl x509 -in "$PKI/signer.pem" -noout -ext basicConstraints 2>/dev/null | grep -q CA:; then
    PKI=$dir/pki
    "$here/material.sh" "$PKI" keys
fi

provider() { # NAME CERTIFICATE DOMAIN...
    local domain
    printf '\ndn: providerName=%s,o=postacert\nobjectClass: top\nobjectClass: provider\nproviderName: %s\n' "$1" "$1"
    printf 'providerCertificateHash: %s\n' "$(openssl x509 -in "$2" -outform DER | sha1sum | cut -c1-40)"
    printf 'providerCertificate;binary:: %s\nmailReceipt: ricevute@%s\n' "$(openssl x509 -in "$2" -outform DER | base64 -w0)" "$3"
    for domain in "${@:3}"; do printf 'managedDomains: %s\n' "$domain"; done
}

{
    printf 'dn: o=postacert\nobjectClass: top\nobjectClass: organization\no: postacert\n'
    provider 'Gestore di prova S.p.A.' "$PKI/signer.pem" gestore.example mittente.example destinatario.example
    [ ! -e "$PKI/other.pem" ] || provider 'Altro gestore S.p.A.' "$PKI/other.pem" altro.example
} >"$dir/index.ldif"

clamd=none
[ -z "${CLAM_IP:-}" ] || clamd=tcp:$CLAM_IP:$CLAM_PORT
cat >"$dir/opec.conf" <<CONF
provider {
    name = "Gestore di prova S.p.A."
    domains = { "mittente.example", "gestore.example" }
    address = "posta-certificata@gestore.example"
    service_mailbox = "ricevute@gestore.example"
    hostname = "gestore.example"
}
listen access { socket = "$FILTER_IP:$FILTER_PORT" }
listen incoming { socket = "$FILTER_IP:${INCOMING_PORT:-$((FILTER_PORT + 100))}" }
relay { smtp = "$NEXT_IP:$NEXT_PORT" lmtp = "${MAILBOX:-$FILTER_IP:9}" }
daemon { user = "" workers = ${WORKERS:-0} run_dir = "$dir/run" spool_dir = "$dir/spool" }
signer { certificate = "$PKI/signer.pem" key = "$PKI/signer.key" }
trust { ca = "$PKI/ca.pem" crl_dir = "$dir/crl" crl_missing = "accept" }
directory { source = "ldif:$dir/index.ldif" }
antivirus { clamd = "$clamd" quarantine_dir = "$dir/quarantine" }
store { url = "sqlite:$dir/opec.db" }
log { legal_dir = "$dir/legal" system = "file:$dir/opec.log" level = "warning" }
CONF
exec "${OPEC:-$here/../build/opec}" -c "$dir/opec.conf" start --foreground
