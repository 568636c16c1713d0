/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "index/managed_domain.h"

enum { NAME_MAX_SIZE = 1000, LOCAL_PART_MAX = 64 /* RFC 5321 4.5.3.1.1 */ };

/* The hash of a certificate as the record states it. */
struct stated_hash {
    unsigned char sha1[INDEX_HASH_SIZE];
    size_t line;
};

static bool is_named(const struct ldif_attribute *a, const char *name)
{
    return slice_is_nocase(a->name, name);
}

static size_t count_values(const struct ldif_record *record, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < record->count; i++)
        count += is_named(&record->attributes[i], name);
    return count;
}

bool provider_is(const struct ldif_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        if (is_named(&record->attributes[i], "objectClass") && slice_is_nocase(record->attributes[i].value, "provider"))
            return true;
    return false;
}

/* Room for all values of an attribute that must be there (4.5.9). */
static int make_list(const struct ldif *ldif, const struct ldif_record *record, const char *name, size_t size, void **out,
                     struct error *e)
{
    size_t count = count_values(record, name);

    if (count == 0)
        return ldif_fault(ldif, record->line, e, "this provider has no %s (RFC 6109 4.5.9)", name);
    *out = arena_array(ldif->arena, count, size);
    return *out ? 0 : error_set(e, ERROR_BUDGET, "%s:%zu: no memory for it", ldif->name, record->line);
}

/* 4.5.4: a dot-atom on both sides. */
static bool is_address(struct slice s)
{
    struct slice local;

    return slice_cut(&s, '@', &local) && local.size <= LOCAL_PART_MAX && managed_domain_is_dot_atom(local)
           && managed_domain_is_valid(s);
}

/* A name that is shown to people: UTF-8, no controls. */
static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] < ' ' || s.data[i] == '\x7f')
            return false;
    return s.size > 0 && s.size <= NAME_MAX_SIZE && utf8_valid(s);
}

struct single {
    const char *name;
    const char *section; /* of RFC 6109 */
    bool required;
    bool (*is_valid)(struct slice value);
};

/* The attributes that the schema marks SINGLE-VALUE. */
static const struct single provider_name = { "providerName", "4.5.3", true, is_name };
static const struct single provider_unit = { "providerUnit", "4.5.7", false, is_name };
static const struct single mail_receipt = { "mailReceipt", "4.5.4", true, is_address };
static const struct single ldif_url = { "LDIFLocationURL", "4.5.6", false, is_name };

static int read_single(const struct ldif *ldif, const struct ldif_record *record, const struct single *rule, struct slice *out,
                       struct error *e)
{
    const struct ldif_attribute *found = NULL;
    char quoted[LOG_QUOTED_SIZE];
    struct slice value;

    for (size_t i = 0; i < record->count; i++) {
        const struct ldif_attribute *a = &record->attributes[i];

        if (!is_named(a, rule->name))
            continue;
        if (found)
            return ldif_fault(ldif, a->line, e, "a second %s (RFC 6109 %s)", rule->name, rule->section);
        found = a;
    }
    if (!found && rule->required)
        return ldif_fault(ldif, record->line, e, "this provider has no %s (RFC 6109 4.5.9)", rule->name);
    if (!found)
        return 0;
    /* Blanks at the ends do not count in these syntaxes (RFC 4518 2.6.1). */
    value = slice_trim(found->value);
    if (!rule->is_valid(value))
        return ldif_fault(ldif, found->line, e, "%s: %s is not allowed (RFC 6109 %s)", rule->name, log_quote(value, quoted),
                          rule->section);
    *out = value;
    return 0;
}

static int read_domain(const struct ldif *ldif, const struct ldif_attribute *a, struct slice *out, struct error *e)
{
    struct slice value = slice_trim(a->value);
    char quoted[LOG_QUOTED_SIZE], *lower;

    if (!managed_domain_is_valid(value))
        return ldif_fault(ldif, a->line, e, "managedDomains: %s is no domain (RFC 6109 4.5.5)", log_quote(value, quoted));
    lower = arena_alloc(ldif->arena, value.size);
    if (!lower)
        return error_set(e, ERROR_BUDGET, "%s:%zu: no memory for it", ldif->name, a->line);
    managed_domain_lower(value, lower);
    *out = (struct slice){ lower, value.size };
    return 0;
}

static int read_domains(const struct ldif *ldif, const struct ldif_record *record, struct provider *p, struct error *e)
{
    void *list = NULL;
    int result = make_list(ldif, record, "managedDomains", sizeof *p->domains, &list, e);

    p->domains = list;
    for (size_t i = 0; i < record->count && result == 0; i++)
        if (is_named(&record->attributes[i], "managedDomains"))
            result = read_domain(ldif, &record->attributes[i], &p->domains[p->domain_count++], e);
    return result;
}

/* Is it one DER SEQUENCE of two to 65535 bytes and nothing behind it? What is in it is judged where it is used. */
static bool looks_like_certificate(struct slice der)
{
    const unsigned char *b = (const unsigned char *)der.data;

    if (der.size < 4 || b[0] != 0x30)
        return false;
    if (b[1] < 0x80)
        return der.size == 2 + (size_t)b[1];
    if (b[1] == 0x81)
        return b[2] >= 0x80 && der.size == 3 + (size_t)b[2];
    return b[1] == 0x82 && b[2] != 0 && der.size == 4 + ((size_t)b[2] << 8 | b[3]);
}

static int read_certificate(const struct ldif *ldif, const struct ldif_attribute *a, struct provider_certificate *out,
                            struct error *e)
{
    if (!looks_like_certificate(a->value))
        return ldif_fault(ldif, a->line, e, "providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)");
    out->der = a->value;
    out->line = a->line;
    if (digest_slice(DIGEST_SHA1, a->value, out->sha1) != 0)
        return error_set(e, ERROR_MEMORY, "%s:%zu: no memory for it", ldif->name, a->line);
    return 0;
}

static int read_hash(const struct ldif *ldif, const struct ldif_attribute *a, struct stated_hash *out, struct error *e)
{
    struct slice value = slice_trim(a->value);
    char quoted[LOG_QUOTED_SIZE];

    out->line = a->line;
    if (hex_read(value, out->sha1, sizeof out->sha1))
        return 0;
    return ldif_fault(ldif, a->line, e, "providerCertificateHash: %s is no SHA-1 in hexadecimal (RFC 6109 4.5.1)",
                      log_quote(value, quoted));
}

static int compare_certificates(const void *a, const void *b)
{
    const struct provider_certificate *x = a, *y = b;

    return memcmp(x->sha1, y->sha1, INDEX_HASH_SIZE);
}

static int compare_hashes(const void *a, const void *b)
{
    const struct stated_hash *x = a, *y = b;

    return memcmp(x->sha1, y->sha1, INDEX_HASH_SIZE);
}

/* Certificates in the order of their hashes, each once. */
static void sort_certificates(struct provider *p)
{
    size_t kept = 0;

    qsort(p->certificates, p->certificate_count, sizeof *p->certificates, compare_certificates);
    for (size_t i = 0; i < p->certificate_count; i++)
        if (kept == 0 || compare_certificates(&p->certificates[i], &p->certificates[kept - 1]) != 0)
            p->certificates[kept++] = p->certificates[i];
    p->certificate_count = kept;
}

/* Every certificate has its hash and every hash its certificate: signers are found by the hash alone (2.2.2), so a hash that
 * stands for nothing, or for another certificate, must not get in. Both lists are sorted. */
static int match_hashes(const struct ldif *ldif, const struct provider *p, const struct stated_hash *hashes, size_t count,
                        struct error *e)
{
    size_t h = 0;

    for (size_t c = 0; c < p->certificate_count; c++) {
        const struct provider_certificate *certificate = &p->certificates[c];

        if (h < count && memcmp(hashes[h].sha1, certificate->sha1, INDEX_HASH_SIZE) < 0)
            break;
        if (h == count || memcmp(hashes[h].sha1, certificate->sha1, INDEX_HASH_SIZE) != 0)
            return ldif_fault(ldif, certificate->line, e,
                              "the SHA-1 of this certificate is not among the record's (RFC 6109 4.5.1)");
        while (h < count && memcmp(hashes[h].sha1, certificate->sha1, INDEX_HASH_SIZE) == 0)
            h++;
    }
    if (h < count)
        return ldif_fault(ldif, hashes[h].line, e, "no certificate of the record has this SHA-1 (RFC 6109 4.5.1)");
    return 0;
}

static int read_certificates(const struct ldif *ldif, const struct ldif_record *record, struct provider *p, struct error *e)
{
    void *certificates = NULL, *list = NULL;
    struct stated_hash *hashes;
    size_t hash_count = 0;
    int result = make_list(ldif, record, "providerCertificate", sizeof *p->certificates, &certificates, e);

    if (result == 0)
        result = make_list(ldif, record, "providerCertificateHash", sizeof *hashes, &list, e);
    p->certificates = certificates;
    hashes = list;
    for (size_t i = 0; i < record->count && result == 0; i++) {
        const struct ldif_attribute *a = &record->attributes[i];

        if (is_named(a, "providerCertificate"))
            result = read_certificate(ldif, a, &p->certificates[p->certificate_count++], e);
        else if (is_named(a, "providerCertificateHash"))
            result = read_hash(ldif, a, &hashes[hash_count++], e);
    }
    if (result != 0)
        return result;
    sort_certificates(p);
    qsort(hashes, hash_count, sizeof *hashes, compare_hashes);
    return match_hashes(ldif, p, hashes, hash_count, e);
}

int provider_read(const struct ldif *ldif, const struct ldif_record *record, struct provider *out, struct error *e)
{
    struct provider p = { 0 };
    int result = read_single(ldif, record, &provider_name, &p.name, e);

    if (result == 0)
        result = read_single(ldif, record, &provider_unit, &p.unit, e);
    if (result == 0)
        result = read_single(ldif, record, &mail_receipt, &p.mail_receipt, e);
    if (result == 0)
        result = read_single(ldif, record, &ldif_url, &p.ldif_url, e);
    if (result == 0)
        result = read_domains(ldif, record, &p, e);
    if (result == 0)
        result = read_certificates(ldif, record, &p, e);
    if (result == 0)
        *out = p;
    return result;
}
