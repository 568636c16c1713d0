/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/crl_fetch.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "fetch/fetch.h"
#include "fetch/ldap_list.h"
#include "index/index.h"
#include "schedule/refresh.h"
#include "sign/certificate.h"
#include "sign/crl.h"
#include "sign/crl_source.h"

enum { ADDRESSES_MAX = 2000, NAME_HASH_SIZE = 8, ONE_LIST_MS = 30000, BUDGET = CRL_FILE_MAX + 8 * 1024 * 1024 };

struct address {
    const char *url;
    const char *first; /* where the same list is on the web, for one in an LDAP server; NULL: nowhere */
};

struct addresses {
    struct arena *arena;
    struct address all[ADDRESSES_MAX];
    size_t count;
    const char *on_web; /* of the certificate in hand; NULL: none yet */
};

/* --- which ------------------------------------------------------------------------------------------------------------------ */

/* The address as it is kept; NULL if there is no room. */
static const char *add(struct addresses *a, const char *url, const char *first)
{
    const char *copy;

    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->all[i].url, url) == 0)
            return a->all[i].url;
    copy = a->count < ADDRESSES_MAX ? arena_text(a->arena, slice_of(url)) : NULL;
    if (copy)
        a->all[a->count++] = (struct address){ copy, first };
    return copy;
}

static void found_on_web(void *arg, const char *url)
{
    struct addresses *a = arg;
    const char *kept = fetch_can(url) ? add(a, url, NULL) : NULL;

    if (!a->on_web)
        a->on_web = kept;
}

static void found_in_ldap(void *arg, const char *url)
{
    struct addresses *a = arg;

    if (ldap_list_can(url))
        add(a, url, a->on_web);
}

/* The names of a point are ways to one and the same list, and so are points without reasons (RFC 5280 4.2.1.13). LDAP servers that are
 * named beside a web server are often gone: they are there for when that one fails. */
static void find_in_certificate(struct addresses *a, X509 *certificate)
{
    a->on_web = NULL;
    crl_source_each(certificate, found_on_web, a);
    crl_source_each(certificate, found_in_ldap, a);
}

static void find_in_stack(struct addresses *a, STACK_OF(X509) *certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++)
        find_in_certificate(a, sk_X509_value(certificates, i));
}

static void find_in_provider(struct addresses *a, const struct index *index, size_t provider, size_t certificates)
{
    for (size_t i = 0; i < certificates; i++) {
        unsigned char sha1[INDEX_HASH_SIZE];
        struct slice der = index_certificate_at(index, provider, i, sha1);
        const unsigned char *at = (const unsigned char *)der.data;
        X509 *certificate = d2i_X509(NULL, &at, (long)der.size);

        if (certificate)
            find_in_certificate(a, certificate);
        X509_free(certificate);
    }
}

static void find_in_index(struct addresses *a, const struct config *config)
{
    char path[REFRESH_PATH_SIZE];
    struct index *index = NULL;

    refresh_index_path(config, path);
    if (index_open(path, &index, NULL) != 0)
        return; /* said by whoever watches the index */
    for (size_t i = 0; i < index_provider_count(index); i++) {
        struct index_provider provider;

        index_provider_at(index, i, &provider);
        find_in_provider(a, index, i, provider.certificate_count);
    }
    index_close(&index);
}

static void find_in_chain(struct addresses *a, const char *path, STACK_OF(X509) *authorities)
{
    struct certificate_chain chain = { 0 };

    if (!*path || certificate_chain_read(path, &chain, NULL) != 0)
        return;
    find_in_certificate(a, chain.leaf);
    find_in_stack(a, chain.intermediates);
    for (int i = 0; i < sk_X509_num(chain.intermediates); i++)
        if (X509_up_ref(sk_X509_value(chain.intermediates, i)) == 1)
            sk_X509_push(authorities, sk_X509_value(chain.intermediates, i));
    certificate_chain_free(&chain);
}

/* --- one -------------------------------------------------------------------------------------------------------------------- */

/* A file of its own for each address, of a name that crl_folder_read takes. */
static void path_of(const struct config *config, const char *url, char out[REFRESH_PATH_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    char name[2 * NAME_HASH_SIZE + 1];

    EVP_Digest(url, strlen(url), hash, NULL, EVP_sha256(), NULL);
    hex_write((struct slice){ (const char *)hash, NAME_HASH_SIZE }, name);
    snprintf(out, REFRESH_PATH_SIZE, "%s/fetched-%s.r0", config->trust.crl_dir, name);
}

struct kept_list {
    struct crl_source_list list; /* zeros: none that can be used */
    int64_t looked_for;          /* seconds since 1970 */
};

static struct kept_list look_at_kept(const char *path, STACK_OF(X509) *authorities, struct arena *arena)
{
    struct kept_list kept = { 0 };
    struct slice bytes;
    struct stat st;

    if (stat(path, &st) != 0 || file_read(path, CRL_FILE_MAX, arena, &bytes, NULL) != 0 ||
        crl_source_judge(bytes, authorities, &kept.list, NULL) != 0)
        return (struct kept_list){ 0 };
    kept.looked_for = st.st_mtim.tv_sec;
    return kept;
}

static bool is_due(const struct config *config, const struct kept_list *kept, int64_t now)
{
    return now >= kept->looked_for + config->trust.crl_refresh || now >= kept->list.next_update;
}

/* Take the list over if it is good; *out_new: it is another one than before. */
static int take(const char *path, struct slice bytes, STACK_OF(X509) *authorities, const struct kept_list *kept, bool *out_new,
                struct error *e)
{
    struct crl_source_list list;
    int result = crl_source_judge(bytes, authorities, &list, e);

    if (result == 0 && list.this_update < kept->list.this_update)
        result = error_set(e, ERROR_SYNTAX, "the list is older than the one before");
    *out_new = result == 0 && list.this_update != kept->list.this_update;
    /* Written anew also if it is the same: the file's time says when it was looked for. */
    return result ? result : file_replace(path, bytes, 0644, e);
}

static int fetch_one(const char *url, const char *path, STACK_OF(X509) *authorities, const struct kept_list *kept, bool *out_new,
                     struct error *e)
{
    struct buffer body = buffer_new(CRL_FILE_MAX);
    const struct fetch_request request = { .url = url, .deadline_ms = clock_monotonic_ms() + ONE_LIST_MS };
    struct error why = { 0 };
    int result = ldap_list_can(url) ? ldap_list_fetch(&request, &body, e) : fetch_document(&request, &body, e);

    if (result == 0) {
        result = take(path, buffer_data(&body), authorities, kept, out_new, &why);
        if (result != 0)
            error_set(e, result, "%s: %s", url, why.text);
    }
    buffer_free(&body);
    return result;
}

struct visit {
    const struct config *config;
    STACK_OF(X509) *authorities;
    bool everything;
    struct crl_fetch_totals *totals;
    void (*fault)(void *arg, const char *words);
    void *arg;
};

/* Is there a list from there that holds? */
static bool has_list(const struct visit *v, const char *url, struct arena *arena)
{
    char path[REFRESH_PATH_SIZE];
    struct kept_list kept;

    path_of(v->config, url, path);
    kept = look_at_kept(path, v->authorities, arena);
    arena_reset(arena);
    return clock_now() < kept.list.next_update;
}

static void visit(const struct visit *v, const struct address *address, struct arena *arena)
{
    const char *url = address->url;
    char path[REFRESH_PATH_SIZE];
    struct kept_list kept;
    struct error e;
    bool is_new = false;

    if (address->first && has_list(v, address->first, arena)) {
        v->totals->current++;
        return;
    }
    path_of(v->config, url, path);
    kept = look_at_kept(path, v->authorities, arena);
    if (!v->everything && !is_due(v->config, &kept, clock_now())) {
        v->totals->current++;
    } else if (fetch_one(url, path, v->authorities, &kept, &is_new, &e) != 0) {
        v->totals->failed++;
        v->fault(v->arg, e.text);
    } else if (is_new) {
        v->totals->fetched++;
    } else {
        v->totals->current++;
    }
}

int crl_fetch(const struct config *config, bool everything, void (*fault)(void *arg, const char *words), void *arg,
              struct crl_fetch_totals *out, struct error *e)
{
    struct addresses *a = NULL;
    struct arena *names = arena_new(BUDGET), *lists = arena_new(BUDGET);
    struct visit v = { .config = config, .everything = everything, .totals = out, .fault = fault, .arg = arg };
    int result = certificate_read_file(config->trust.ca, &v.authorities, e);

    *out = (struct crl_fetch_totals){ 0 };
    if (result == 0 && (!names || !lists || !(a = arena_alloc(names, sizeof *a))))
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = file_make_folder(config->trust.crl_dir, 0755, e);
    if (result != 0)
        goto out;
    *a = (struct addresses){ .arena = names };
    find_in_stack(a, v.authorities);
    find_in_chain(a, config->signer.certificate, v.authorities);
    find_in_chain(a, config->signer.next_certificate, v.authorities);
    find_in_index(a, config);
    out->addresses = a->count;
    for (size_t i = 0; i < a->count; i++, arena_reset(lists))
        visit(&v, &a->all[i], lists);
out:
    sk_X509_pop_free(v.authorities, X509_free);
    arena_free(&names);
    arena_free(&lists);
    return result;
}
