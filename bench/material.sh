#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the benchmark works on, in a folder:  material.sh DIR keys|messages
#   keys      an authority (ca), our provider's signer and another provider's (signer, other): NAME.pem, NAME.key, RSA-2048
#   messages  small.eml (2 KiB of text), medium.eml (100 KiB) and large.eml (5 MiB), these with an attachment in base64
# What is there already is left as it is.
set -eu
dir=$1
mkdir -p "$dir"

# A certificate of the profile of RFC 6109 5.5.2.
issue() { # NAME ORGANIZATION DOMAIN
    openssl req -newkey rsa:2048 -nodes -subj "/C=IT/O=$2/CN=Posta Certificata" -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
    printf '%s\n' 'keyUsage = critical, digitalSignature' "subjectAltName = email:posta-certificata@$3" \
        'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid' >"$dir/$1.ext"
    openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 -sha256 \
        -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null
    rm "$dir/$1.csr" "$dir/$1.ext"
}

keys() {
    [ ! -s "$dir/other.pem" ] || return 0
    openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj '/C=IT/O=Ente di prova/CN=CA di prova' \
        -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
    issue signer 'Gestore di prova S.p.A.' gestore.example
    issue other 'Altro gestore S.p.A.' altro.example
}

header() {
    printf '%s\n' 'From: <rossi@mittente.example>' 'To: <bianchi@destinatario.example>' \
        'Subject: =?UTF-8?Q?Trasmissione_della_pratica_=E2=80=94_allegati?=' 'Date: Mon, 02 Nov 2026 10:11:12 +0100' \
        'User-Agent: prova' 'MIME-Version: 1.0'
}

text() { # BYTES, in lines
    yes "Si trasmette quanto richiesto e si resta in attesa di un cenno di riscontro, cordiali saluti." | head -c $(($1 - 1))
    echo
}

attached() { # BYTES of the whole message: three quarters of them become base64
    header
    printf '%s\n' 'Content-Type: multipart/mixed; boundary="=_prova"' '' '--=_prova' 'Content-Type: text/plain; charset=UTF-8' ''
    text 600
    printf '%s\n' '--=_prova' 'Content-Type: application/pdf; name="pratica.pdf"' 'Content-Transfer-Encoding: base64' \
        'Content-Disposition: attachment; filename="pratica.pdf"' ''
    head -c $((($1 - 1400) * 48 / 65)) /dev/urandom | openssl base64
    printf '%s\n' '--=_prova--'
}

messages() {
    [ ! -s "$dir/large.eml" ] || return 0
    { header; printf '%s\n' 'Content-Type: text/plain; charset=UTF-8' ''; text 1750; } >"$dir/small.eml"
    attached $((100 * 1024)) >"$dir/medium.eml"
    attached $((5 * 1024 * 1024)) >"$dir/large.eml"
}

"$2"
