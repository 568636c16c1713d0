/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/own_certificates.h"

#include <string.h>

#include "flow/own_certificate.h"
#include "opec/print.h"

enum { DAY = 86400 };

static void warn(json_t *one, json_t *words)
{
    json_array_append_new(json_object_get(one, "warnings"), words);
}

static void judge_validity(json_t *one, int64_t from, int64_t until, bool has_successor, int64_t now)
{
    char date[PRINT_SIZE];

    if (now > until)
        warn(one, json_sprintf("the certificate ended on %s", print_moment(until, date)));
    else if (now + (int64_t)RENEWAL_DAYS * DAY > until)
        warn(one, json_sprintf("the certificate ends on %s; %s", print_moment(until, date),
                               has_successor ? "signer.next_certificate is there to follow it"
                                             : "order its successor and name it in signer.next_certificate"));
    if (now < from)
        warn(one, json_sprintf("the certificate is not valid before %s", print_moment(from, date)));
}

static json_t *show(const char *key, const char *path, bool in_use, bool has_successor, const struct index *index, int64_t now)
{
    struct certificate_chain chain = { 0 };
    unsigned char sha1[CERTIFICATE_HASH_SIZE];
    int64_t from, until;
    json_t *one = json_pack("{s:s, s:o, s:b, s:n, s:n, s:[]}", "key", key, "path", print_json_text(slice_of(path)), "in_use", (int)in_use,
                            "until", "in_index", "warnings");
    struct error e;

    if (certificate_chain_read(path, &chain, &e) != 0) {
        warn(one, print_json_text(slice_of(e.text)));
        return one;
    }
    certificate_validity(chain.leaf, &from, &until);
    certificate_hash(chain.leaf, sha1);
    certificate_chain_free(&chain);
    json_object_set_new(one, "until", print_json_moment(until));
    judge_validity(one, from, until, has_successor, now);
    if (!index)
        return one;
    json_object_set_new(one, "in_index", json_boolean(index_knows_certificate(index, sha1)));
    if (!index_knows_certificate(index, sha1))
        warn(one, json_string("the certificate is not in the providers' index: other providers take what it signs for ordinary mail"));
    return one;
}

json_t *own_certificates(const struct config *config, const struct index *index, int64_t now)
{
    bool has_next = *config->signer.next_certificate != '\0';
    struct own_certificate own = { .is_next = false };
    json_t *all = json_array();

    own_certificate_at(config, now, &own, NULL);
    /* Of one that its successor has replaced nothing more is expected. */
    if (!own.is_next)
        json_array_append_new(all, show("signer.certificate", config->signer.certificate, true, has_next, index, now));
    if (has_next)
        json_array_append_new(all, show("signer.next_certificate", config->signer.next_certificate, own.is_next, false, index, now));
    return all;
}
