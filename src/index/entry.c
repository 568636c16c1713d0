/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/entry.h"

#include <ctype.h>

#include "base/digest.h"
#include "base/text.h"
#include "index/ldif_write.h"

#define BASE_DN "o=postacert"

void entry_write_base(struct rope *r)
{
    ldif_write(r, "dn", SLICE(BASE_DN));
    ldif_write(r, "objectClass", SLICE("top"));
    ldif_write(r, "objectClass", SLICE("organization"));
    ldif_write(r, "o", SLICE("postacert"));
    ldif_write_end(r);
}

/* 4.5, 4.5.7: "providerName=<name>,o=postacert", below it "providerUnit=<environment>". */
static void write_dn(struct rope *r, const struct entry *entry)
{
    const char *name = ldif_dn_value(r->arena, entry->name), *unit = ldif_dn_value(r->arena, entry->unit);
    char *dn = NULL;

    if (name && unit)
        dn = arena_printf(r->arena, "%s%s%sproviderName=%s," BASE_DN, entry->unit.size ? "providerUnit=" : "", unit,
                          entry->unit.size ? "," : "", name);
    if (dn)
        ldif_write(r, "dn", slice_of(dn));
    else
        r->failed = true;
}

/* 4.5.1: capitals, as the directory itself writes it. */
static int write_hash(struct rope *r, struct slice der)
{
    unsigned char sha1[INDEX_HASH_SIZE];
    char text[2 * INDEX_HASH_SIZE + 1];

    if (digest_slice(DIGEST_SHA1, der, sha1) != 0)
        return ERROR_MEMORY;
    hex_write((struct slice){ (const char *)sha1, sizeof sha1 }, text);
    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    ldif_write(r, "providerCertificateHash", slice_of(text));
    return 0;
}

static void write_if_told(struct rope *r, const char *name, struct slice value)
{
    if (value.size)
        ldif_write(r, name, value);
}

int entry_write(struct rope *r, const struct entry *entry)
{
    int result = 0;

    write_dn(r, entry);
    ldif_write(r, "objectClass", SLICE("top"));
    ldif_write(r, "objectClass", SLICE("provider"));
    ldif_write(r, "providerName", entry->name);
    write_if_told(r, "providerUnit", entry->unit);
    for (size_t i = 0; i < entry->certificate_count && result == 0; i++)
        result = write_hash(r, entry->certificates[i]);
    for (size_t i = 0; i < entry->certificate_count; i++)
        ldif_write(r, "providerCertificate;binary", entry->certificates[i]);
    ldif_write(r, "mailReceipt", entry->mail_receipt);
    if (!entry->unit.size)
        write_if_told(r, "LDIFLocationURL", entry->ldif_url);
    for (size_t i = 0; i < entry->domain_count; i++)
        ldif_write(r, "managedDomains", entry->domains[i]);
    write_if_told(r, "description", entry->description);
    ldif_write_end(r);
    if (result != 0)
        r->failed = true;
    return result || rope_ok(r) ? result : ERROR_BUDGET;
}

static int write_unit(struct rope *r, const struct index *index, size_t number, const struct index_provider *p)
{
    struct slice *certificates = arena_array(r->arena, p->certificate_count, sizeof *certificates);
    struct slice *domains = arena_array(r->arena, p->domain_count, sizeof *domains);
    const struct entry entry = { .name = p->name, .unit = p->unit, .mail_receipt = p->mail_receipt, .certificates = certificates,
                                 .certificate_count = p->certificate_count, .domains = domains, .domain_count = p->domain_count };
    unsigned char sha1[INDEX_HASH_SIZE];

    if (!certificates || !domains) {
        r->failed = true;
        return ERROR_BUDGET;
    }
    for (size_t i = 0; i < p->certificate_count; i++)
        certificates[i] = index_certificate_at(index, number, i, sha1);
    for (size_t i = 0; i < p->domain_count; i++)
        domains[i] = index_domain_at(index, number, i);
    return entry_write(r, &entry);
}

int entry_write_units(struct rope *r, const struct index *index, struct slice name)
{
    int result = 0;

    for (size_t i = 0; i < index_provider_count(index) && result == 0; i++) {
        struct index_provider p;

        index_provider_at(index, i, &p);
        if (p.unit.size && slice_equal_nocase(p.name, name))
            result = write_unit(r, index, i, &p);
    }
    return result;
}

struct slice entry_find_url(const struct index *index, struct slice name)
{
    for (size_t i = 0; i < index_provider_count(index); i++) {
        struct index_provider p;

        index_provider_at(index, i, &p);
        if (!p.unit.size && slice_equal_nocase(p.name, name))
            return p.ldif_url;
    }
    return SLICE_NONE;
}
