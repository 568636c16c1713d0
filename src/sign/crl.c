/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/crl.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sign/openssl.h"

enum { NAMES_BUDGET = 16 * 1024 * 1024, NAME_SIZE = 256 };

void crl_folder_free(struct crl_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        X509_CRL_free(folder->lists[i].list);
        ISSUING_DIST_POINT_free(folder->lists[i].scope);
        X509_free(folder->lists[i].proved_by);
    }
    free(folder->lists);
    arena_free(&folder->arena);
    *folder = (struct crl_folder){ 0 };
}

static struct crl *new_entry(struct crl_folder *folder, const char *file)
{
    struct crl *entry;

    if (!folder->arena)
        folder->arena = arena_new(NAMES_BUDGET);
    if (folder->count == folder->room) {
        size_t room = folder->room ? 2 * folder->room : 16;
        struct crl *larger = realloc(folder->lists, room * sizeof *larger);

        if (!larger)
            return NULL;
        folder->lists = larger;
        folder->room = room;
    }
    entry = &folder->lists[folder->count];
    *entry = (struct crl){ .issuer = "" };
    entry->file = folder->arena ? arena_text(folder->arena, slice_of(file)) : NULL;
    if (!entry->file)
        return NULL;
    folder->count++;
    return entry;
}

/* Why it cannot be used at all; NULL if it can. */
static const char *unusable(struct crl *c)
{
    const ISSUING_DIST_POINT *scope = c->scope;

    if (!openssl_seconds(X509_CRL_get0_lastUpdate(c->list), &c->this_update) ||
        !openssl_seconds(X509_CRL_get0_nextUpdate(c->list), &c->next_update))
        return "no thisUpdate or nextUpdate (RFC 5280 5.1.2)";
    if (X509_CRL_get_ext_by_NID(c->list, NID_delta_crl, -1) >= 0)
        return "a delta list";
    if (!scope && X509_CRL_get_ext_by_NID(c->list, NID_issuing_distribution_point, -1) >= 0)
        return "issuingDistributionPoint cannot be read";
    if (scope && (scope->indirectCRL > 0 || scope->onlyattr > 0 || scope->onlysomereasons ||
                  (scope->distpoint && scope->distpoint->type != 0)))
        return "of a kind that is not used (RFC 5280 5.2.5)";
    for (int i = -1; (i = X509_CRL_get_ext_by_critical(c->list, 1, i)) >= 0;)
        if (OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(c->list, i))) != NID_issuing_distribution_point)
            return "an unknown critical extension (RFC 5280 5.2)";
    return NULL;
}

/* Was it signed by this issuer, who may sign lists? */
static bool is_proved(struct crl *c, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool holds;

    if (c->proved_by && X509_cmp(c->proved_by, issuer) == 0)
        return true;
    holds = key && (X509_get_key_usage(issuer) & KU_CRL_SIGN) && X509_CRL_verify(c->list, key) == 1;
    ERR_clear_error();
    if (holds && X509_up_ref(issuer) == 1) {
        X509_free(c->proved_by);
        c->proved_by = issuer;
    }
    return holds;
}

static const char *prove(struct crl *c, STACK_OF(X509) *authorities)
{
    for (int i = 0; i < sk_X509_num(authorities); i++) {
        X509 *authority = sk_X509_value(authorities, i);

        if (X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(c->list)) != 0)
            continue;
        c->issuer_is_known = true;
        if (is_proved(c, authority))
            return NULL;
    }
    return c->issuer_is_known ? "its signature is not that of the authority of this name" : "its issuer is none of the authorities";
}

/* Takes the list over, also on failure. */
static int add_list(struct crl_folder *folder, const char *file, X509_CRL *list, STACK_OF(X509) *authorities)
{
    struct crl *entry = new_entry(folder, file);
    char name[NAME_SIZE];

    if (!entry) {
        X509_CRL_free(list);
        return ERROR_MEMORY;
    }
    entry->list = list;
    entry->scope = X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, NULL, NULL);
    entry->issuer = arena_text(folder->arena, slice_of(openssl_name(X509_CRL_get_issuer(list), name, sizeof name)));
    if (!entry->issuer)
        return ERROR_MEMORY;
    entry->fault = unusable(entry);
    if (entry->fault) {
        X509_CRL_free(entry->list);
        entry->list = NULL;
    } else {
        entry->fault = prove(entry, authorities);
    }
    return 0;
}

static int add_fault(struct crl_folder *folder, const char *file, const char *fault)
{
    struct crl *entry = new_entry(folder, file);

    if (!entry)
        return ERROR_MEMORY;
    entry->fault = fault;
    return 0;
}

static int add_pem(struct crl_folder *folder, const char *file, struct slice pem, STACK_OF(X509) *authorities)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    size_t before = folder->count;
    X509_CRL *list;
    int result = bio ? 0 : ERROR_MEMORY;

    while (result == 0 && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)))
        result = add_list(folder, file, list, authorities);
    if (result == 0 && (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE || folder->count == before))
        result = add_fault(folder, file, "a revocation list in PEM that cannot be read");
    BIO_free(bio);
    return result;
}

static int add_der(struct crl_folder *folder, const char *file, struct slice der, STACK_OF(X509) *authorities)
{
    const unsigned char *start = (const unsigned char *)der.data, *at = start;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)der.size);

    if (list && (size_t)(at - start) == der.size)
        return add_list(folder, file, list, authorities);
    X509_CRL_free(list);
    return add_fault(folder, file, "neither PEM nor DER of a revocation list");
}

int crl_folder_add(struct crl_folder *folder, const char *file, struct slice bytes, STACK_OF(X509) *authorities)
{
    int result;

    ERR_clear_error();
    if (bytes.size == 0 || bytes.size > CRL_FILE_MAX)
        result = add_fault(folder, file, bytes.size ? "too large" : "empty");
    else if (slice_find(bytes, SLICE("-----BEGIN ")) < bytes.size)
        result = add_pem(folder, file, bytes, authorities);
    else
        result = add_der(folder, file, bytes, authorities);
    ERR_clear_error();
    return result;
}

static int add_file(struct crl_folder *folder, const char *path, STACK_OF(X509) *authorities)
{
    struct arena *arena = arena_new(CRL_FILE_MAX + 1024);
    struct slice bytes;
    int result;

    if (!arena)
        return ERROR_MEMORY;
    result = file_read(path, CRL_FILE_MAX, arena, &bytes, NULL);
    if (result == 0)
        result = crl_folder_add(folder, path, bytes, authorities);
    else
        result = add_fault(folder, path, error_row(result)->text);
    arena_free(&arena);
    return result;
}

/* NAME.r and a number. */
static int is_list(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && dot[1] == 'r' && dot[2] && dot[2 + strspn(dot + 2, "0123456789")] == '\0';
}

int crl_folder_read(const char *path, STACK_OF(X509) *authorities, struct crl_folder *out, struct error *e)
{
    struct crl_folder folder = { 0 };
    struct dirent **names = NULL;
    int result = 0, count = scandir(path, &names, is_list, alphasort);
    char file[4096];

    if (count < 0 && errno != ENOENT)
        return error_set(e, ERROR_CONFIG, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (result == 0 && (size_t)snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name) < sizeof file)
            result = add_file(&folder, file, authorities);
        free(names[i]);
    }
    free(names);
    if (result != 0) {
        crl_folder_free(&folder);
        return error_set(e, result, "%s: no memory for revocation lists", path);
    }
    *out = folder;
    return 0;
}

static bool share_a_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
        for (int k = 0; k < sk_GENERAL_NAME_num(b); k++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
                return true;
    return false;
}

/* RFC 5280 6.3.3 (b)(2)(i): a list for a distribution point covers the certificates that name the point. */
static bool points_there(X509 *certificate, const DIST_POINT_NAME *place)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_DIST_POINT_num(points) && !found; i++) {
        const DIST_POINT_NAME *one = sk_DIST_POINT_value(points, i)->distpoint;

        found = one && one->type == 0 && share_a_name(one->name.fullname, place->name.fullname);
    }
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return found;
}

static bool covers(const struct crl *c, X509 *certificate)
{
    bool authority;

    if (!c->scope)
        return true;
    authority = X509_check_ca(certificate) > 0;
    if ((c->scope->onlyuser > 0 && authority) || (c->scope->onlyCA > 0 && !authority))
        return false;
    return !c->scope->distpoint || points_there(certificate, c->scope->distpoint);
}

/* On the list at that time? The removal of a hold stands in delta lists only. */
static bool names(const struct crl *c, X509 *certificate, int64_t at)
{
    X509_REVOKED *entry = NULL;
    int64_t since;

    if (X509_CRL_get0_by_cert(c->list, &entry, certificate) != 1)
        return false;
    return at >= c->this_update || !openssl_seconds(X509_REVOKED_get0_revocationDate(entry), &since) || since <= at;
}

enum crl_answer crl_folder_ask(const struct crl_folder *folder, X509 *certificate, X509 *issuer, int64_t at)
{
    const X509_NAME *name = X509_get_issuer_name(certificate);
    struct crl *newest = NULL;

    for (size_t i = 0; i < folder->count; i++) {
        struct crl *c = &folder->lists[i];

        if (!c->list || X509_NAME_cmp(X509_CRL_get_issuer(c->list), name) != 0 || !covers(c, certificate) || !is_proved(c, issuer))
            continue;
        if (!newest || c->this_update > newest->this_update)
            newest = c;
    }
    if (!newest)
        return CRL_SILENT;
    if (names(newest, certificate, at))
        return CRL_REVOKED;
    return newest->next_update >= at ? CRL_GOOD : CRL_SILENT;
}
