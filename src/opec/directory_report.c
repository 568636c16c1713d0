/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/directory_report.h"

#include <limits.h>

#include "base/text.h"
#include "opec/print.h"
#include "sign/certificate.h"

enum { LINE_BUDGET = 64 * 1024 };

/* --- the index -------------------------------------------------------------------------------------------------------------- */

/* A certificate of the index as far as people want it; NULL if it cannot be read (then only its hash is shown). */
static X509 *read_certificate(struct slice der)
{
    const unsigned char *at = (const unsigned char *)der.data;

    return der.size <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.size) : NULL;
}

static void print_certificate(FILE *out, struct arena *arena, struct slice der, const unsigned char sha1[INDEX_HASH_SIZE])
{
    X509 *certificate = read_certificate(der);
    char hex[2 * INDEX_HASH_SIZE + 1], end[PRINT_SIZE];
    const char *subject;
    int64_t from, until;

    hex_write((struct slice){ (const char *)sha1, INDEX_HASH_SIZE }, hex);
    fprintf(out, "  certificate %s", hex);
    if (certificate) {
        certificate_validity(certificate, &from, &until);
        subject = certificate_subject(certificate, arena);
        fprintf(out, ", until %s: %s", print_moment(until, end), print_line(arena, slice_of(subject)));
    }
    fprintf(out, "\n");
    X509_free(certificate);
}

void directory_report_index(FILE *out, const struct index *index)
{
    struct arena *arena = arena_new(LINE_BUDGET);
    char compiled[PRINT_SIZE];

    if (!arena)
        return;
    fprintf(out, "%zu records, %zu domains, compiled %s\n", index_provider_count(index), index_domain_count(index),
            print_moment(index_compiled_time(index), compiled));
    for (size_t i = 0; i < index_provider_count(index); i++) {
        struct index_provider p;
        unsigned char sha1[INDEX_HASH_SIZE];

        index_provider_at(index, i, &p);
        arena_reset(arena);
        fprintf(out, "\n%s", print_line(arena, p.name));
        if (p.unit.size)
            fprintf(out, ", secondary environment %s", print_line(arena, p.unit));
        fprintf(out, "\n  receipts to %s\n", print_line(arena, p.mail_receipt));
        for (size_t c = 0; c < p.certificate_count; c++) {
            struct slice der = index_certificate_at(index, i, c, sha1);

            arena_reset(arena);
            print_certificate(out, arena, der, sha1);
        }
        for (size_t d = 0; d < p.domain_count; d++) {
            arena_reset(arena);
            fprintf(out, "  domain      %s\n", print_line(arena, index_domain_at(index, i, d)));
        }
    }
    arena_free(&arena);
}

static json_t *certificate_json(const struct index *index, size_t provider, size_t i)
{
    unsigned char sha1[INDEX_HASH_SIZE];
    X509 *certificate = read_certificate(index_certificate_at(index, provider, i, sha1));
    struct arena *arena = arena_new(LINE_BUDGET);
    char hex[2 * INDEX_HASH_SIZE + 1];
    json_t *object;
    int64_t from, until;

    hex_write((struct slice){ (const char *)sha1, INDEX_HASH_SIZE }, hex);
    object = json_pack("{s:s}", "sha1", hex);
    if (certificate && arena) {
        certificate_validity(certificate, &from, &until);
        json_object_set_new(object, "subject", print_json_text(slice_of(certificate_subject(certificate, arena))));
        json_object_set_new(object, "valid_until", print_json_moment(until));
    }
    arena_free(&arena);
    X509_free(certificate);
    return object;
}

json_t *directory_report_index_json(const struct index *index)
{
    json_t *providers = json_array();

    for (size_t i = 0; i < index_provider_count(index); i++) {
        json_t *domains = json_array(), *certificates = json_array();
        struct index_provider p;

        index_provider_at(index, i, &p);
        for (size_t c = 0; c < p.certificate_count; c++)
            json_array_append_new(certificates, certificate_json(index, i, c));
        for (size_t d = 0; d < p.domain_count; d++)
            json_array_append_new(domains, print_json_text(index_domain_at(index, i, d)));
        json_array_append_new(providers, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", print_json_text(p.name), "unit",
                                                   p.unit.size ? print_json_text(p.unit) : json_null(), "mail_receipt",
                                                   print_json_text(p.mail_receipt), "ldif_url",
                                                   p.ldif_url.size ? print_json_text(p.ldif_url) : json_null(), "certificates",
                                                   certificates, "domains", domains));
    }
    return json_pack("{s:o, s:o}", "compiled", print_json_moment(index_compiled_time(index)), "providers", providers);
}

/* --- revocation lists ------------------------------------------------------------------------------------------------------- */

const char *directory_report_fault(const struct trust_crl *list, int64_t now)
{
    if (list->fault)
        return list->fault;
    return list->next_update < now ? "past its nextUpdate: it can refuse but not acquit" : NULL;
}

void directory_report_lists(FILE *out, const struct trust *trust, int64_t now)
{
    struct arena *arena = arena_new(LINE_BUDGET);
    char until[PRINT_SIZE];

    for (size_t i = 0; arena && i < trust_crl_count(trust); i++) {
        struct trust_crl list;
        const char *fault;

        trust_crl_at(trust, i, &list);
        fault = directory_report_fault(&list, now);
        arena_reset(arena);
        fprintf(out, "%s: ", print_line(arena, slice_of(list.file)));
        if (fault)
            fprintf(out, "%s", print_line(arena, slice_of(fault)));
        else
            fprintf(out, "good until %s", print_moment(list.next_update, until));
        if (*list.issuer)
            fprintf(out, " (%s)", print_line(arena, slice_of(list.issuer)));
        fprintf(out, "\n");
    }
    arena_free(&arena);
}

json_t *directory_report_lists_json(const struct trust *trust, int64_t now)
{
    json_t *lists = json_array();

    for (size_t i = 0; i < trust_crl_count(trust); i++) {
        struct trust_crl list;
        const char *fault;

        trust_crl_at(trust, i, &list);
        fault = directory_report_fault(&list, now);
        json_array_append_new(lists, json_pack("{s:o, s:o, s:o, s:o, s:o}", "file", print_json_text(slice_of(list.file)), "issuer",
                                               print_json_text(slice_of(list.issuer)), "this_update", print_json_moment(list.this_update),
                                               "next_update", print_json_moment(list.next_update), "fault",
                                               fault ? print_json_text(slice_of(fault)) : json_null()));
    }
    return lists;
}
