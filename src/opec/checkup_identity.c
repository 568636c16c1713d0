/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who we are and whom we trust: certificates, their keys, the authorities' revocation lists.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "opec/checkup.h"
#include "opec/directory_report.h"
#include "opec/own_certificates.h"
#include "opec/print.h"
#include "process/role.h"
#include "process/signer_tokens.h"
#include "sign/certificate.h"
#include "sign/key.h"
#include "sign/trust.h"

enum { DAY = 86400, SUBJECT_BUDGET = 64 * 1024 };

/* --- keys ------------------------------------------------------------------------------------------------------------------- */

/* A key to be tried, and the certificate that it should sign for. */
struct pair {
    const char *name; /* of the key in the configuration */
    const char *certificate;
    struct key_settings settings;
    struct key *key;
};

struct pairs {
    struct pair *all;
    size_t count;
};

static void add_pair(struct pairs *pairs, const char *name, struct key_settings settings, const char *certificate)
{
    struct certificate_chain chain = { 0 };

    /* Of two keys with one label it says which is meant; one that cannot be read is another check's matter. */
    if (certificate_chain_read(certificate, &chain, NULL) == 0)
        settings.public_key = X509_get_pubkey(chain.leaf);
    certificate_chain_free(&chain);
    pairs->all[pairs->count++] = (struct pair){ .name = name, .certificate = certificate, .settings = settings };
}

static void list_pairs(const struct config *config, struct pairs *pairs)
{
    struct key_settings settings;

    pairs->all = calloc(2 * config->signer.token_count + 2, sizeof *pairs->all);
    if (!pairs->all)
        return;
    signer_key_settings(config, config->signer.key, &settings);
    if (config->signer.kind == KEY_FILE) {
        add_pair(pairs, "signer.key", settings, config->signer.certificate);
        settings.file = config->signer.next_key;
        if (*config->signer.next_certificate)
            add_pair(pairs, "signer.next_key", settings, config->signer.next_certificate);
        return;
    }
    for (size_t i = 0; i < config->signer.token_count; i++) {
        settings.token = config->signer.tokens[i];
        add_pair(pairs, "signer.token", settings, config->signer.certificate);
        if (*config->signer.next_certificate)
            add_pair(pairs, "signer.next_certificate", settings, config->signer.next_certificate);
    }
    if (config->signer.token_count == 0)
        add_pair(pairs, "signer.module", settings, config->signer.certificate);
}

/* Does the key belong to the certificate? It is tried with a signature. */
static void try_pair(struct checkup *c, struct pair *pair)
{
    struct certificate_chain chain = { 0 };
    struct error e;

    if (certificate_chain_read(pair->certificate, &chain, NULL) != 0)
        return; /* said where the certificate is looked at */
    if (key_matches(pair->key, X509_get0_pubkey(chain.leaf), &e) != 0)
        checkup_fault(c, pair->name, "the key does not sign for the certificate %s: %s", pair->certificate, e.text);
    else
        checkup_ok(pair->name, "the key belongs to %s%s%s", pair->certificate, pair->settings.token ? ", token " : "",
                   pair->settings.token ? pair->settings.token : "");
    certificate_chain_free(&chain);
}

/* In the child: the key stays out of the process that looks at everything else, of cores and of debuggers. As in the signer, keys are
 * opened with the caller's rights and used with those of daemon.user: a token that only root may read would fail at the first message. */
static void try_keys(struct checkup *c)
{
    const struct rlimit no_core = { 0, 0 };
    struct pairs pairs = { 0 };
    struct error e;
    bool is_user;

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    list_pairs(c->config, &pairs);
    if (!pairs.all)
        checkup_fault(c, "signer", "out of memory");
    for (size_t i = 0; i < pairs.count; i++)
        if (key_open(&pairs.all[i].settings, &pairs.all[i].key, &e) != 0)
            checkup_fault(c, pairs.all[i].name, "%s", e.text);
    is_user = role_become(c->config, NULL) == 0; /* if not, check itself says so */
    for (size_t i = 0; is_user && i < pairs.count; i++)
        if (pairs.all[i].key)
            try_pair(c, &pairs.all[i]);
    for (size_t i = 0; i < pairs.count; i++) {
        key_close(&pairs.all[i].key);
        EVP_PKEY_free(pairs.all[i].settings.public_key);
    }
    free(pairs.all);
}

void checkup_keys(struct checkup *c)
{
    checkup_in_child(c, c->config->signer.kind == KEY_FILE ? "signer.key" : "signer.module", try_keys);
}

/* --- certificates ----------------------------------------------------------------------------------------------------------- */

/* What is to be done about a certificate that is about to end. */
static const char *advice(const struct checkup *c, const char *path)
{
    const char *next = c->config->signer.next_certificate;

    return *next && path != next ? "signer.next_certificate is there to follow it"
                                 : "order its successor and name it in signer.next_certificate";
}

/* The profile is looked at by fitness.h; here, what it says and how long it still holds. */
static void show_certificate(const struct checkup *c, const char *key, const char *path)
{
    struct certificate_chain chain = { 0 };
    struct arena *arena = arena_new(SUBJECT_BUDGET);
    int64_t from, until, now = clock_now();
    char begin[PRINT_SIZE], end[PRINT_SIZE];

    if (!arena || certificate_chain_read(path, &chain, NULL) != 0) {
        arena_free(&arena);
        return;
    }
    certificate_validity(chain.leaf, &from, &until);
    if (until >= now && until < now + (int64_t)RENEWAL_DAYS * DAY)
        checkup_warning(c, key, "the certificate ends on %s; %s", print_moment(until, end), advice(c, path));
    if (until >= now)
        checkup_ok(key, "%s, from %s until %s", print_line(arena, slice_of(certificate_subject(chain.leaf, arena))),
                   print_moment(from, begin), print_moment(until, end));
    certificate_chain_free(&chain);
    arena_free(&arena);
}

void checkup_certificates(struct checkup *c)
{
    show_certificate(c, "signer.certificate", c->config->signer.certificate);
    if (*c->config->signer.next_certificate)
        show_certificate(c, "signer.next_certificate", c->config->signer.next_certificate);
}

/* --- revocation lists ------------------------------------------------------------------------------------------------------- */

static size_t judge_lists(const struct checkup *c, const struct trust *trust)
{
    size_t good = 0;

    for (size_t i = 0; i < trust_crl_count(trust); i++) {
        struct trust_crl list;
        const char *fault;

        trust_crl_at(trust, i, &list);
        fault = directory_report_fault(&list, clock_now());
        if (fault)
            checkup_warning(c, "trust.crl_dir", "%s: %s", list.file, fault);
        else
            good++;
    }
    return good;
}

/* The list that speaks for our own certificate is the one that every other provider asks for too. */
static void judge_own_list(const struct checkup *c, const struct trust *trust)
{
    struct certificate_chain chain = { 0 };
    struct trust_answer answer = { .verdict = TRUST_GOOD };

    if (certificate_chain_read(c->config->signer.certificate, &chain, NULL) != 0)
        return;
    if (trust_check(trust, chain.leaf, chain.intermediates, clock_now(), &answer, NULL) == 0 && answer.verdict == TRUST_NO_CRL)
        checkup_warning(c, "trust.crl_dir", "%s%s", answer.why,
                        c->config->trust.crl_required ? "; mail signed under that authority is deferred until there is one" : "");
    certificate_chain_free(&chain);
}

void checkup_trust(struct checkup *c)
{
    const struct trust_settings settings = { .ca = c->config->trust.ca, .crl_dir = c->config->trust.crl_dir, .crl_required = true,
                                             .sha1_accepted = c->config->trust.sha1_accepted };
    struct trust *trust = NULL;
    size_t good;
    struct error e;

    if (trust_open(&settings, &trust, &e) != 0) {
        checkup_fault(c, "trust.ca", "%s", e.text);
        return;
    }
    good = judge_lists(c, trust);
    judge_own_list(c, trust);
    if (good)
        checkup_ok("trust.crl_dir", "%zu revocation lists are good", good);
    else
        checkup_warning(c, "trust.crl_dir", "there is no good revocation list in %s%s", c->config->trust.crl_dir,
                        c->config->trust.crl_required ? "; certified mail is deferred until there is one" : "");
    trust_close(&trust);
}
