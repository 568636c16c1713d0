/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The providers' index: can it be compiled, and are we in it? Can it be written to its mirror?
 */
#include "base/clock.h"
#include "opec/checkup.h"
#include "opec/index_way.h"
#include "process/keeper_client.h"
#include "schedule/mirror.h"
#include "sign/certificate.h"

enum { KEEPER_MS = 10000, LIST_BUDGET = 64 * 1024 * 1024 };

/* What is looked for in it. */
struct looking {
    struct checkup *c;
    const struct index *index;
    bool has_certificate;
    unsigned char sha1[CERTIFICATE_HASH_SIZE];
};

/* Other providers certify nothing to a domain that they do not find, and take no signature of a stranger. Both come about between
 * an application and its entry in the index, so neither is a fault. */
static void look_for_domain(const struct looking *l, const char *key, const char *domain)
{
    struct slice name = slice_of(domain);

    if (!index_is_certified(l->index, name))
        checkup_warning(l->c, key, "the domain %s is not in the providers' index: mail to it is not certified", domain);
    else if (l->has_certificate && !index_signer_manages(l->index, l->sha1, name))
        checkup_warning(l->c, key, "the index gives the domain %s to a provider without our certificate", domain);
}

static void look_for_certificate(struct looking *l)
{
    struct certificate_chain chain = { 0 };

    if (certificate_chain_read(l->c->config->signer.certificate, &chain, NULL) != 0)
        return;
    certificate_hash(chain.leaf, l->sha1);
    l->has_certificate = index_knows_certificate(l->index, l->sha1);
    if (!l->has_certificate)
        checkup_warning(l->c, "signer.certificate",
                        "the certificate is not in the providers' index: other providers take what it signs for ordinary mail");
    certificate_chain_free(&chain);
}

/* Those of the store, from the keeper of the running daemon; without one they are looked at when it runs. */
static void look_for_stored(const struct looking *l)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST };
    struct journal_response response;
    struct journal *journal = NULL;
    struct arena *arena = arena_new(LIST_BUDGET);

    if (arena && keeper_client_new(l->c->config, &journal, NULL) == 0 &&
        journal->ask(journal, &request, arena, &response, clock_monotonic_ms() + KEEPER_MS, NULL) == 0)
        for (size_t i = 0; i < response.name_count; i++)
            look_for_domain(l, "store.url", response.names[i]);
    journal_close(&journal);
    arena_free(&arena);
}

void checkup_index(struct checkup *c)
{
    struct looking l = { .c = c };
    struct index_totals totals;
    struct index *index = NULL;
    struct error e;

    if (index_way_compile(c->config, &index, &totals, &e) != 0) {
        checkup_fault(c, "directory.source", "%s", e.text);
        return;
    }
    checkup_ok("directory.source", "%zu records, %zu certificates, %zu domains", totals.providers, totals.certificates, totals.domains);
    l.index = index;
    look_for_certificate(&l);
    for (size_t i = 0; i < c->config->provider.domain_count; i++)
        look_for_domain(&l, "provider.domains", c->config->provider.domains[i]);
    if (c->daemon_runs)
        look_for_stored(&l);
    index_close(&index);
}

/* Mail does not depend on it, but who has named a server wants it written. */
void checkup_mirror(struct checkup *c)
{
    struct error e;

    if (!mirror_is_wanted(c->config))
        return;
    if (mirror_try(c->config, &e) != 0)
        checkup_fault(c, "directory.mirror", "%s", e.text);
    else
        checkup_ok("directory.mirror", "%s takes the login", c->config->directory.mirror);
}
