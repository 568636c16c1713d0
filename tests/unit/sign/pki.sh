#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# usage: pki.sh FOLDER
#
# A small world of authorities, certificates of providers and revocation lists for the tests of this room. All of it is dated:
# "now" is 2026-06-15, whatever the clock says.
#
#   root -> sub -> good, rsa2048, rsa3072, revoked, expired, early, usage, purpose, outside, weak, plain
#   other -> stranger
#   old -> ancient                   the keys and digests of 2008, valid until the end of 2020
#   root -> part -> member            part says where its lists are
#   root -> p-...                     one fault each against the profile of RFC 6109 5.5
set -eu
cd "$1"

cat > openssl.cnf <<'END'
[ ca ]
default_ca = authority
[ authority ]
database         = $ENV::CA.index
serial           = $ENV::CA.serial
crlnumber        = $ENV::CA.crlnumber
certificate      = $ENV::CA.crt
private_key      = $ENV::CA.key
new_certs_dir    = issued
default_md       = sha256
unique_subject   = no
policy           = any
crl_extensions   = list
[ any ]
countryName      = optional
organizationName = optional
commonName       = optional
[ list ]
authorityKeyIdentifier = keyid:always
[ list_point ]
authorityKeyIdentifier = keyid:always
issuingDistributionPoint = critical,@point
[ point ]
fullname = URI:http://part.example/1.crl
[ list_users ]
authorityKeyIdentifier = keyid:always
issuingDistributionPoint = critical,@users
[ users ]
onlyuser = TRUE
[ list_authorities ]
authorityKeyIdentifier = keyid:always
issuingDistributionPoint = critical,@authorities
[ authorities ]
onlyCA = TRUE
[ list_reasons ]
authorityKeyIdentifier = keyid:always
issuingDistributionPoint = critical,@reasons
[ reasons ]
onlysomereasons = keyCompromise
[ list_delta ]
authorityKeyIdentifier = keyid:always
2.5.29.27 = critical,DER:020101
[ list_unknown ]
authorityKeyIdentifier = keyid:always
1.2.3.4 = critical,DER:0500

[ req ]
distinguished_name = nobody
prompt = no
string_mask = utf8only
utf8 = yes
[ nobody ]
CN = nobody

[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ sub ]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
nameConstraints = critical,permitted;email:alfa.example,permitted;email:beta.example,permitted;dirName:alfa,permitted;dirName:beta
[ part ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ alfa ]
C = IT
O = Alfa PEC S.p.A.
[ beta ]
C = IT
O = Beta PEC S.r.l.

[ pec ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
extendedKeyUsage = emailProtection
[ plain ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ usage ]
keyUsage = critical,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ purpose ]
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ outside ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@gamma.example
[ member ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
crlDistributionPoints = URI:http://part.example/1.crl
[ names ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:one@alfa.example,DNS:alfa.example,email:Two@Alfa.Example
[ bare ]
[ p_constraints ]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ p_usage_relaxed ]
keyUsage = digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
[ p_identifiers_critical ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = critical,hash
authorityKeyIdentifier = critical,keyid:always
subjectAltName = critical,email:posta-certificata@alfa.example
[ p_identifier_serial ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = issuer:always
subjectAltName = email:posta-certificata@alfa.example
[ p_purpose_critical ]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = email:posta-certificata@alfa.example
extendedKeyUsage = critical,emailProtection
END

mkdir issued
export CA=unset OPENSSL_CONF="$PWD/openssl.cnf"

ec_key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
}

rsa_key() {
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key"
}

# authority NAME: its books
authority() {
    : > "$1.index"
    echo 1000 > "$1.serial"
    echo 10 > "$1.crlnumber"
}

# request KEY: a request that serves any number of certificates of that key
request() {
    openssl req -new -key "$1.key" -subj /CN=nobody -out "$1.csr"
}

# issue AUTHORITY NAME KEY SECTION SUBJECT [START END]
issue() {
    CA=$1 openssl ca -batch -notext -utf8 -extensions "$4" -in "$3.csr" -subj "$5" -startdate "${6:-20240101000000Z}" \
        -enddate "${7:-20351231235959Z}" -out "$2.crt"
}

# list AUTHORITY FILE [SECTION [UPDATE NEXT]]
list() {
    CA=$1 openssl ca -gencrl -crlexts "${3:-list}" -crl_lastupdate "${4:-20260601000000Z}" -crl_nextupdate "${5:-20260701000000Z}" \
        -out "$2"
}

# revoke AUTHORITY NAME
revoke() {
    CA=$1 openssl ca -revoke "$2.crt"
}

# the certificate's line in the book, dated: revoked when this script runs would be later than "now"
date_revocations() {
    sed 's/^\(R	[^	]*	\)[0-9]*Z/\1260510000000Z/' "$1.index" > "$1.index.new"
    mv "$1.index.new" "$1.index"
}

exec 3>&2 > log 2>&1
trap '[ $? = 0 ] || cat log >&3' EXIT

for name in root sub other part leaf; do
    ec_key "$name"
    request "$name"
done
for name in root sub other part; do
    authority "$name"
done
for name in root other; do
    CA=$name openssl ca -batch -notext -selfsign -extensions root -in "$name.csr" -subj "/C=IT/O=Test $name/CN=Test $name" \
        -startdate 20200101000000Z -enddate 20491231235959Z -out "$name.crt"
done
issue root sub sub sub '/C=IT/O=Test sub/CN=Test sub'
issue root part part part '/C=IT/O=Test part/CN=Test part'
# Of the first years of PEC (RFC 6109 5.5.3): RSA 1024, signed with SHA-1.
rsa_key old 1024
request old
authority old
CA=old openssl ca -batch -notext -selfsign -md sha1 -extensions root -in old.csr -subj "/C=IT/O=Test old/CN=Test old" \
    -startdate 20040101000000Z -enddate 20301231235959Z -out old.crt

for bits in 2048 3072; do
    rsa_key "rsa$bits" "$bits"
    request "rsa$bits"
    issue sub "rsa$bits" "rsa$bits" pec '/C=IT/O=Alfa PEC S.p.A./CN=Posta Certificata'
done
rsa_key weak 1024
request weak

pec='/C=IT/O=Alfa PEC S.p.A./CN=Posta Certificata'
issue sub good leaf pec "$pec"
issue sub plain leaf plain "$pec"
issue sub revoked leaf pec "$pec"
issue sub expired leaf pec "$pec" 20240101000000Z 20251231235959Z
issue sub early leaf pec "$pec" 20270101000000Z
issue sub usage leaf usage "$pec"
issue sub purpose leaf purpose "$pec"
issue sub outside leaf outside "$pec"
issue sub alien leaf plain '/C=IT/O=Gamma PEC/CN=Posta Certificata'
issue sub weak weak pec "$pec"
issue sub bare leaf bare "$pec"
CA=old openssl ca -batch -notext -utf8 -md sha1 -extensions pec -in weak.csr -subj "$pec" -startdate 20080101000000Z \
    -enddate 20201231235959Z -out ancient.crt
issue other stranger leaf pec "$pec"
issue part member leaf member "$pec"
issue root names leaf names '/C=IT/O=Perché no, "S.p.A."/CN=Posta Certificata'
issue root p-constraints leaf p_constraints "$pec"
issue root p-usage-relaxed leaf p_usage_relaxed "$pec"
issue root p-identifiers-critical leaf p_identifiers_critical "$pec"
issue root p-identifier-serial leaf p_identifier_serial "$pec"
issue root p-purpose-critical leaf p_purpose_critical "$pec"
issue root p-name leaf plain '/C=IT/O=Alfa PEC/CN=Posta Certificata'
issue root p-common-name leaf plain '/C=IT/CN=Alfa PEC S.p.A.'
openssl x509 -req -in leaf.csr -CA root.crt -CAkey root.key -set_serial 77 -days 9000 -out p-version.crt
openssl req -x509 -key leaf.key -subj /CN=alone -days 9000 -extensions root -out alone.crt

list root root.crl
list sub empty.crl list 20260501000000Z 20260515000000Z
list sub later.crl list 20260610000000Z 20260710000000Z
revoke sub revoked
date_revocations sub
list sub sub.crl
list sub stale.crl list 20260511000000Z 20260520000000Z
list sub delta.crl list_delta
list sub unknown.crl list_unknown
list sub reasons.crl list_reasons
list sub users.crl list_users
list sub authorities.crl list_authorities
list part part.crl list_point
list other other.crl
revoke root sub
date_revocations root
list root root-revokes.crl
# of the name of sub, signed with another's key
cp other.key forger.key
authority forger
openssl req -x509 -key other.key -subj '/C=IT/O=Test sub/CN=Test sub' -days 9000 -extensions root -out forger.crt
list forger forged.crl
for name in sub root; do
    openssl crl -in "$name.crl" -outform DER -out "$name-der.crl"
done

cat sub.crt root.crt > bundle.pem
cat bundle.pem old.crt > bundle-historic.pem
cat good.crt sub.crt > good-chain.pem
