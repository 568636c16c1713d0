/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The providers' index against a floor: a look-up in the mapped snapshot beside the C library's bsearch among the same names, and compiling the
 * LDIF beside hashing its bytes. 500 providers, 100,000 domains: twice what Italy has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/rope.h"
#include "base/text.h"
#include "index/compile.h"
#include "index/index.h"

enum { PROVIDERS = 500, DOMAINS = 200 /* of each */, ALL = PROVIDERS * DOMAINS, LOOKUPS = 1000000, NAME_SIZE = 40, DER_SIZE = 1200 };
enum { LDIF_BUDGET = 64 * 1024 * 1024 };

static char names[ALL][NAME_SIZE];

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "lookup: %s\n", what);
    exit(1);
}

static void write_certificate(struct rope *out, unsigned seed)
{
    unsigned char der[DER_SIZE] = { 0x30, 0x82, (DER_SIZE - 4) >> 8, (DER_SIZE - 4) & 0xFF }, hash[INDEX_HASH_SIZE];
    char encoded[2 * DER_SIZE], hex[2 * INDEX_HASH_SIZE + 1];

    memcpy(der + 4, &seed, sizeof seed);
    if (digest_slice(DIGEST_SHA1, (struct slice){ (const char *)der, sizeof der }, hash) != 0)
        stop("no SHA-1");
    hex_write((struct slice){ (const char *)hash, sizeof hash }, hex);
    EVP_EncodeBlock((unsigned char *)encoded, der, sizeof der);
    rope_printf(out, "providerCertificateHash: %s\nproviderCertificate;binary:: %s\n", hex, encoded);
}

static struct slice write_ldif(struct arena *arena)
{
    struct rope out = rope_new(arena);

    for (unsigned p = 0; p < PROVIDERS; p++) {
        rope_printf(&out, "dn: providerName=Gestore %u,o=postacert\nobjectClass: top\nobjectClass: provider\nproviderName: Gestore %u\n"
                          "mailReceipt: ricevute@gestore%u.example\n", p, p, p);
        write_certificate(&out, p);
        for (unsigned d = 0; d < DOMAINS; d++) {
            snprintf(names[p * DOMAINS + d], NAME_SIZE, "ufficio-%u.ente%u.example", d, p);
            rope_printf(&out, "managedDomains: %s\n", names[p * DOMAINS + d]);
        }
        rope_text(&out, "\n");
    }
    return rope_flat(&out);
}

/* Names in an order that no cache foresees. */
static const char *name_at(size_t i)
{
    return names[i * 7919u % ALL];
}

static double lookups_of_index(const struct index *index)
{
    int64_t from = clock_monotonic_us();
    size_t found = 0;

    for (size_t i = 0; i < LOOKUPS; i++)
        found += index_is_certified(index, slice_of(name_at(i)));
    if (found != LOOKUPS)
        stop("a domain is missing");
    return (double)(clock_monotonic_us() - from) / LOOKUPS;
}

static int order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static double lookups_of_floor(const char *const *sorted)
{
    int64_t from = clock_monotonic_us();

    for (size_t i = 0; i < LOOKUPS; i++) {
        const char *name = name_at(i);

        if (!bsearch(&name, sorted, ALL, sizeof *sorted, order))
            stop("a name is missing");
    }
    return (double)(clock_monotonic_us() - from) / LOOKUPS;
}

static double compile(struct slice ldif, const char *path)
{
    int64_t from = clock_monotonic_us();
    struct index_totals totals;
    struct error e;

    if (index_compile(ldif, "ldif", 0, path, &totals, &e) != 0 || totals.domains != ALL)
        stop(e.text);
    return (double)(clock_monotonic_us() - from) / 1000;
}

static double hash_bytes(struct slice ldif)
{
    int64_t from = clock_monotonic_us();
    unsigned char hash[DIGEST_MAX];

    if (digest_slice(DIGEST_SHA256, ldif, hash) != 0)
        stop("no SHA-256");
    return (double)(clock_monotonic_us() - from) / 1000;
}

int main(void)
{
    struct arena *arena = arena_new(LDIF_BUDGET);
    char path[] = P_tmpdir "/opec-lookup-XXXXXX";
    static const char *sorted[ALL];
    struct slice ldif = write_ldif(arena);
    struct index *index = NULL;
    double ours, floor_;
    int64_t from;
    struct error e;

    if (!ldif.size || close(mkstemp(path)) != 0)
        stop("no memory, or no room");
    for (size_t i = 0; i < ALL; i++)
        sorted[i] = names[i];
    qsort(sorted, ALL, sizeof *sorted, order);
    printf("%d providers, %d domains\n", PROVIDERS, ALL);
    ours = compile(ldif, path);
    floor_ = hash_bytes(ldif);
    printf("compile   %8.1f ms     hash its %zu MB %6.1f ms     ratio %6.2f\n", ours, ldif.size / 1000000, floor_, ours / floor_);
    from = clock_monotonic_us();
    if (index_open(path, &index, &e) != 0)
        stop(e.text);
    printf("open      %8.1f ms\n", (double)(clock_monotonic_us() - from) / 1000);
    ours = lookups_of_index(index);
    floor_ = lookups_of_floor(sorted);
    printf("look-up   %8.3f us     bsearch        %6.3f us     ratio %6.2f\n", ours, floor_, ours / floor_);
    index_close(&index);
    arena_free(&arena);
    unlink(path);
    return 0;
}
