#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: world.sh FOLDER
#
# Two providers, alfa.example and beta.example: an authority, a certificate and an RSA key for each (its signatures repeat to the byte),
# and the index in which both stand.
set -eu
cd "$1"

cat > openssl.cnf <<'END'
[ ca ]
default_ca = authority
[ authority ]
database         = books
serial           = serial
certificate      = ca.crt
private_key      = ca.key
new_certs_dir    = issued
default_md       = sha256
unique_subject   = no
policy           = any
[ any ]
countryName      = optional
organizationName = optional
commonName       = optional
[ req ]
distinguished_name = nobody
prompt = no
[ nobody ]
CN = nobody
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ alfa ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ beta ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@beta.example
END

export OPENSSL_CONF="$PWD/openssl.cnf"

# issue NAME SECTION SUBJECT [-selfsign]
issue() {
    openssl req -new -key "$1.key" -subj /CN=nobody -out "$1.csr"
    openssl ca -batch -notext $4 -extensions "$2" -in "$1.csr" -subj "$3" -startdate 20200101000000Z -enddate 20991231235959Z -out "$1.crt"
}

# record NAME PROVIDER: its lines in the index (RFC 6109 4.5.9)
record() {
    echo "dn: providerName=$2,o=postacert"
    echo "objectClass: top"
    echo "objectClass: provider"
    echo "providerName: $2"
    echo "mailReceipt: ricevute@$1.example"
    echo "providerCertificateHash: $(openssl x509 -in "$1.crt" -outform DER | openssl dgst -sha1 -r | cut -d ' ' -f 1)"
    echo "providerCertificate;binary:: $(openssl x509 -in "$1.crt" -outform DER | openssl base64 -A)"
    echo "managedDomains: $1.example"
    echo
}

exec 3>&2 > log 2>&1
trap '[ $? = 0 ] || cat log >&3' EXIT

mkdir issued
: > books
echo 1000 > serial
for name in ca alfa beta; do
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$name.key"
done
issue ca root '/C=IT/O=Test/CN=Test' -selfsign
issue alfa alfa '/C=IT/O=Alfa PEC S.p.A./CN=Posta Certificata' ''
issue beta beta '/C=IT/O=Beta PEC S.r.l./CN=Posta Certificata' ''
{
    record alfa 'Alfa PEC S.p.A.'
    record beta 'Beta PEC S.r.l.'
} > index.ldif
