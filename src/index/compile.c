/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/compile.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "index/ldif.h"
#include "index/provider.h"
#include "index/relation.h"
#include "index/snapshot_write.h"

/* Reading takes some times the size of the text: an attribute of three bytes becomes a structure of forty. */
enum { MEMORY_FACTOR = 24, MEMORY_BASE = 1 << 20, SNAPSHOT_MODE = 0644 };

/* All providers of a text. */
struct directory {
    struct provider *first, *last;
    uint32_t provider_count;
    size_t domain_count, certificate_count; /* of all of them, repetitions counted */
};

static int read_provider(struct ldif *ldif, const struct ldif_record *record, struct directory *d, struct error *e)
{
    struct provider *p = arena_alloc(ldif->arena, sizeof *p);
    int result;

    if (!p)
        return error_set(e, ERROR_BUDGET, "%s:%zu: no memory for it", ldif->name, record->line);
    result = provider_read(ldif, record, p, e);
    if (result != 0)
        return result;
    if (d->last)
        d->last->next = p;
    else
        d->first = p;
    d->last = p;
    d->provider_count++;
    d->domain_count += p->domain_count;
    d->certificate_count += p->certificate_count;
    return 0;
}

static int read_directory(struct ldif *ldif, struct directory *d, struct error *e)
{
    struct ldif_record record;
    int result;

    while ((result = ldif_next(ldif, &record, e)) == 0) {
        if (provider_is(&record))
            result = read_provider(ldif, &record, d, e);
        if (result != 0)
            return result;
    }
    if (result != ERROR_NOT_FOUND)
        return result;
    return d->first ? 0 : ldif_fault(ldif, ldif->line, e, "the text ends, and no provider was in it");
}

static int relate_domains(const struct directory *d, struct arena *arena, struct relation *out)
{
    struct relation_pair *pairs = arena_array(arena, d->domain_count, sizeof *pairs), *pair = pairs;
    uint32_t number = 0;

    if (!pairs)
        return ERROR_BUDGET;
    for (const struct provider *p = d->first; p; p = p->next, number++)
        for (size_t i = 0; i < p->domain_count; i++)
            *pair++ = (struct relation_pair){ .key = p->domains[i], .provider = number };
    return relation_build(pairs, d->domain_count, d->provider_count, arena, out);
}

static int relate_certificates(const struct directory *d, struct arena *arena, struct relation *out)
{
    struct relation_pair *pairs = arena_array(arena, d->certificate_count, sizeof *pairs), *pair = pairs;
    uint32_t number = 0;

    if (!pairs)
        return ERROR_BUDGET;
    for (const struct provider *p = d->first; p; p = p->next, number++)
        for (size_t i = 0; i < p->certificate_count; i++) {
            struct slice hash = { (const char *)p->certificates[i].sha1, INDEX_HASH_SIZE };

            *pair++ = (struct relation_pair){ .key = hash, .provider = number };
        }
    return relation_build(pairs, d->certificate_count, d->provider_count, arena, out);
}

/* The certificate behind each hash. No provider repeats one, so that its list of hashes runs beside its certificates. */
static const struct slice *find_der(const struct directory *d, const struct relation *certificates, struct arena *arena)
{
    struct slice *der = arena_array(arena, certificates->key_count, sizeof *der);
    const uint32_t *key = certificates->held;

    for (const struct provider *p = d->first; p && der; p = p->next)
        for (size_t i = 0; i < p->certificate_count; i++)
            der[*key++] = p->certificates[i].der;
    return der;
}

static int relate(const struct directory *d, struct arena *arena, struct snapshot_content *out)
{
    int result = relate_domains(d, arena, &out->domains);

    if (result == 0)
        result = relate_certificates(d, arena, &out->certificates);
    if (result != 0)
        return result;
    out->first = d->first;
    out->provider_count = d->provider_count;
    out->der = find_der(d, &out->certificates, arena);
    return out->der ? 0 : ERROR_BUDGET;
}

int index_compile(struct slice ldif, const char *name, int64_t source_time, const char *snapshot_path,
                  struct index_totals *out_totals, struct error *e)
{
    struct snapshot_content content = { .source_time = source_time, .compiled_time = clock_now() };
    struct directory directory = { 0 };
    struct arena *arena = NULL;
    char *snapshot = NULL;
    size_t size = 0;
    struct ldif reader;
    int result;

    if (ldif.size > INDEX_LDIF_MAX)
        return error_set(e, ERROR_LIMIT, "%s: %zu bytes, more than %d", name, ldif.size, INDEX_LDIF_MAX);
    arena = arena_new(MEMORY_BASE + MEMORY_FACTOR * ldif.size);
    if (!arena)
        return error_set(e, ERROR_MEMORY, "%s: no memory to compile it", name);
    reader = ldif_reader(ldif, name, arena);
    result = read_directory(&reader, &directory, e);
    if (result != 0)
        goto out;
    result = relate(&directory, arena, &content);
    if (result == 0)
        result = snapshot_write(&content, &snapshot, &size);
    if (result != 0) {
        error_set(e, result, "%s: no memory to compile it", name);
        goto out;
    }
    result = file_replace(snapshot_path, (struct slice){ snapshot, size }, SNAPSHOT_MODE, e);
    if (result == 0)
        *out_totals = (struct index_totals){ content.provider_count, content.certificates.key_count, content.domains.key_count };
out:
    free(snapshot);
    arena_free(&arena);
    return result;
}
