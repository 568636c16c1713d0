/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The profile of a provider's certificate, RFC 6109 5.5, point by point. Each check tells its fault or says nothing.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/slice.h"
#include "sign/certificate.h"

struct inspection {
    const X509 *certificate;
    void (*fault)(void *arg, const char *words);
    void *arg;
    int faults;
};

__attribute__((format(printf, 2, 3))) static void tell(struct inspection *i, const char *format, ...)
{
    char words[400];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    i->fault(i->arg, words);
    i->faults++;
}

enum presence { ABSENT, PRESENT, CRITICAL };

static enum presence presence_of(const X509 *certificate, int nid)
{
    int at = X509_get_ext_by_NID(certificate, nid, -1);

    if (at < 0)
        return ABSENT;
    return X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) ? CRITICAL : PRESENT;
}

static void check_version(struct inspection *i)
{
    long version = X509_get_version(i->certificate) + 1;

    if (version != 3)
        tell(i, "the certificate is of version %ld, RFC 6109 5.5 wants version 3", version);
}

static void check_validity(struct inspection *i, int64_t now)
{
    char text[CLOCK_DATE_SIZE];
    int64_t from, until;

    certificate_validity(i->certificate, &from, &until);
    if (now < from) {
        clock_utc_text(from, text);
        tell(i, "the certificate is not valid before %s (RFC 6109 5.5)", text);
    }
    if (now > until) {
        clock_utc_text(until, text);
        tell(i, "the certificate expired at %s (RFC 6109 5.5)", text);
    }
}

/* The RFC's own example has RSA 1024; what the authorities have issued for long is RSA 2048 and more. */
static void check_key(struct inspection *i)
{
    EVP_PKEY *key = X509_get0_pubkey(i->certificate);
    int type = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE, bits = key ? EVP_PKEY_get_bits(key) : 0;

    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
        tell(i, "the key is neither RSA nor EC (RFC 6109 5.5)");
    else if (bits < (type == EVP_PKEY_RSA ? 2048 : 256))
        tell(i, "the key of %d bits is too short, at least RSA 2048 or P-256 is wanted (RFC 6109 5.5)", bits);
}

static bool names_provider(const X509_NAME *subject, int nid, const char *provider_name)
{
    bool found = false;

    for (int at = -1; !found && (at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0;) {
        unsigned char *utf8 = NULL;
        int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));

        found = size >= 0 && slice_is((struct slice){ (const char *)utf8, (size_t)size }, provider_name);
        OPENSSL_free(utf8);
    }
    return found;
}

static void check_subject(struct inspection *i, const char *provider_name)
{
    const X509_NAME *subject = X509_get_subject_name(i->certificate);

    if (!names_provider(subject, NID_commonName, provider_name) && !names_provider(subject, NID_organizationName, provider_name))
        tell(i, "neither commonName nor organizationName of the subject is \"%s\", the provider's name (RFC 6109 5.5.1)",
             provider_name);
}

static void check_key_usage(struct inspection *i)
{
    enum presence presence = presence_of(i->certificate, NID_key_usage);
    ASN1_BIT_STRING *usage = X509_get_ext_d2i(i->certificate, NID_key_usage, NULL, NULL);

    if (presence == ABSENT)
        tell(i, "keyUsage is missing (RFC 6109 5.5.2)");
    if (presence == PRESENT)
        tell(i, "keyUsage is not marked as critical (RFC 6109 5.5.2)");
    if (presence != ABSENT && (!usage || !ASN1_BIT_STRING_get_bit(usage, 0)))
        tell(i, "keyUsage does not have digitalSignature (RFC 6109 5.5.2)");
    ASN1_BIT_STRING_free(usage);
}

static void check_key_identifiers(struct inspection *i)
{
    enum presence authority = presence_of(i->certificate, NID_authority_key_identifier);
    enum presence subject = presence_of(i->certificate, NID_subject_key_identifier);
    AUTHORITY_KEYID *identifier = X509_get_ext_d2i(i->certificate, NID_authority_key_identifier, NULL, NULL);

    if (authority == ABSENT)
        tell(i, "authorityKeyIdentifier is missing (RFC 6109 5.5.2)");
    else if (!identifier || !identifier->keyid)
        tell(i, "authorityKeyIdentifier does not have a keyIdentifier (RFC 6109 5.5.2)");
    if (authority == CRITICAL)
        tell(i, "authorityKeyIdentifier is marked as critical (RFC 6109 5.5.2)");
    if (subject == ABSENT)
        tell(i, "subjectKeyIdentifier is missing (RFC 6109 5.5.2)");
    if (subject == CRITICAL)
        tell(i, "subjectKeyIdentifier is marked as critical (RFC 6109 5.5.2)");
    AUTHORITY_KEYID_free(identifier);
}

static void check_alternative_name(struct inspection *i, const char *address)
{
    enum presence presence = presence_of(i->certificate, NID_subject_alt_name);

    if (presence == ABSENT)
        tell(i, "subjectAltName is missing (RFC 6109 5.5.2)");
    if (presence == CRITICAL)
        tell(i, "subjectAltName is marked as critical (RFC 6109 5.5.2)");
    if (presence != ABSENT && !certificate_has_address(i->certificate, address))
        tell(i, "subjectAltName does not have the rfc822Name %s, the address that signs (RFC 6109 5.5.1)", address);
}

static bool judged_elsewhere(int nid)
{
    return nid == NID_key_usage || nid == NID_authority_key_identifier || nid == NID_subject_key_identifier ||
           nid == NID_subject_alt_name || nid == NID_basic_constraints;
}

static void check_other_extensions(struct inspection *i)
{
    if (presence_of(i->certificate, NID_basic_constraints) != ABSENT)
        tell(i, "basicConstraints is present and must not be (RFC 6109 5.5.2)");
    for (int at = 0; at < X509_get_ext_count(i->certificate); at++) {
        X509_EXTENSION *extension = X509_get_ext(i->certificate, at);
        char name[80];

        if (!X509_EXTENSION_get_critical(extension) || judged_elsewhere(OBJ_obj2nid(X509_EXTENSION_get_object(extension))))
            continue;
        OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(extension), 0);
        tell(i, "the extension \"%s\" is marked as critical, only keyUsage may be (RFC 6109 5.5.2)", name);
    }
}

int certificate_profile(const X509 *certificate, const char *provider_name, const char *address, int64_t now,
                        void (*fault)(void *arg, const char *words), void *arg)
{
    struct inspection i = { .certificate = certificate, .fault = fault, .arg = arg };

    check_version(&i);
    check_validity(&i, now);
    check_key(&i);
    check_subject(&i, provider_name);
    check_key_usage(&i);
    check_key_identifiers(&i);
    check_alternative_name(&i, address);
    check_other_extensions(&i);
    ERR_clear_error();
    return i.faults;
}
