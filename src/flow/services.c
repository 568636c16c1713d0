/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/services.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flow/own_certificate.h"
#include "schedule/refresh.h"

enum { WELCOME_BUDGET = 64 * 1024 * 1024, WELCOME_MS = 30000 };

static struct pec_provider provider_of(const struct config *c, const struct templates *templates)
{
    return (struct pec_provider){
        .name = c->provider.name,
        .address = c->provider.address,
        .service_mailbox = c->provider.service_mailbox,
        .id_domain = c->provider.domains[0],
        .templates = templates,
        .brief_hash = c->brief_hash_sha256 ? DIGEST_SHA256 : DIGEST_SHA1,
    };
}

static struct smtp_client *client_of(const struct config *c, enum smtp_kind kind)
{
    const struct smtp_client_settings settings = {
        .kind = kind,
        .address = kind == LMTP_CLIENT ? c->relay.lmtp : c->relay.smtp,
        .hostname = c->provider.hostname,
        .timeout_ms = (int)(c->relay.timeout * 1000),
    };

    return smtp_client_new(&settings);
}

/* The keeper tells us our domains and the key of tags. */
static int welcome(struct services *s, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_WELCOME, .time = clock_now() };
    struct journal_response response;
    struct arena *arena = arena_new(WELCOME_BUDGET);
    int result = arena ? s->journal->ask(s->journal, &request, arena, &response, clock_monotonic_ms() + WELCOME_MS, e)
                       : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0) {
        memcpy(s->tag_key, response.tag_key, sizeof s->tag_key);
        s->domains = domains_new(s->config->provider.domains, s->config->provider.domain_count, response.names, response.name_count);
        if (!s->domains)
            result = error_set(e, ERROR_MEMORY, "out of memory");
    }
    arena_free(&arena);
    return result;
}

static int open_trust(struct services *s, struct trust **out, struct error *e)
{
    const struct trust_settings settings = {
        .ca = s->config->trust.ca,
        .crl_dir = s->config->trust.crl_dir,
        .crl_required = s->config->trust.crl_required,
        .sha1_accepted = s->config->trust.sha1_accepted,
    };

    return trust_open(&settings, out, e);
}

/* A snapshot that cannot be opened leaves the old one in use. */
static void take_up_index(struct services *s)
{
    uint32_t generation = atomic_load(&s->board->index_generation);
    char path[REFRESH_PATH_SIZE];
    struct index *fresh = NULL;
    struct error e;

    if (s->index && generation == s->index_generation)
        return;
    refresh_index_path(s->config, path);
    if (index_open(path, &fresh, &e) == 0) {
        index_close(&s->index);
        s->index = fresh;
        s->index_generation = generation;
        board_report(s->board, DEP_INDEX, 0, "");
    } else if (!s->index) {
        board_report(s->board, DEP_INDEX, ERROR_OUT, e.text);
    }
}

static void take_up_trust(struct services *s)
{
    uint32_t generation = atomic_load(&s->board->trust_generation);
    struct trust *fresh = NULL;
    struct error e;

    if (generation == s->trust_generation)
        return;
    if (open_trust(s, &fresh, &e) != 0) {
        log_error("revocation lists: %s; the old ones stay in use", e.text);
        return;
    }
    trust_close(&s->trust);
    s->trust = fresh;
    s->trust_generation = generation;
}

void services_refresh(struct services *s)
{
    take_up_index(s);
    take_up_trust(s);
}

static int open_chain(struct services *s, struct error *e)
{
    struct own_certificate own;
    int result = own_certificate_at(s->config, clock_now(), &own, e);

    return result ? result : certificate_chain_read(own.path, &s->chain, e);
}

int services_open(struct services *s, struct error *e)
{
    int result;

    s->provider = provider_of(s->config, s->templates);
    s->relay = client_of(s->config, SMTP_CLIENT);
    s->mailboxes = client_of(s->config, LMTP_CLIENT);
    if (!s->relay || !s->mailboxes)
        return error_set(e, ERROR_MEMORY, "out of memory");
    s->trust_generation = atomic_load(&s->board->trust_generation);
    if ((result = open_chain(s, e)) != 0 ||
        (result = open_trust(s, &s->trust, e)) != 0 || (result = welcome(s, e)) != 0)
        return result;
    take_up_index(s);
    return 0;
}

void services_close(struct services *s)
{
    smtp_client_free(&s->relay);
    smtp_client_free(&s->mailboxes);
    domains_free(&s->domains);
    index_close(&s->index);
    trust_close(&s->trust);
    certificate_chain_free(&s->chain);
}
