/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who we are and whom we trust: certificates, their keys, the authorities' revocation lists.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "opec/checkup.h"
#include "opec/directory_report.h"
#include "opec/print.h"
#include "process/signer_process.h"
#include "sign/certificate.h"
#include "sign/key.h"
#include "sign/trust.h"

enum { RENEWAL_DAYS = 60, DAY = 86400, SUBJECT_BUDGET = 64 * 1024 };

/* --- keys ------------------------------------------------------------------------------------------------------------------- */

/* Does the key belong to the certificate? It is tried with a signature. */
static void try_pair(struct checkup *c, const char *key_name, const struct key_settings *settings, const char *certificate)
{
    struct certificate_chain chain = { 0 };
    struct key *key = NULL;
    struct error e;

    if (certificate_chain_read(certificate, &chain, NULL) != 0)
        return; /* said where the certificate is looked at */
    if (key_open(settings, &key, &e) != 0)
        checkup_fault(c, key_name, "%s", e.text);
    else if (key_matches(key, X509_get0_pubkey(chain.leaf), &e) != 0)
        checkup_fault(c, key_name, "the key does not sign for the certificate %s: %s", certificate, e.text);
    else
        checkup_ok(key_name, "the key belongs to %s%s%s", certificate, settings->token ? ", token " : "",
                   settings->token ? settings->token : "");
    key_close(&key);
    certificate_chain_free(&chain);
}

static void try_tokens(struct checkup *c, struct key_settings settings)
{
    for (size_t i = 0; i < c->config->signer.token_count; i++) {
        settings.token = c->config->signer.tokens[i];
        try_pair(c, "signer.token", &settings, c->config->signer.certificate);
    }
    if (c->config->signer.token_count == 0)
        try_pair(c, "signer.module", &settings, c->config->signer.certificate);
}

/* In the child: the key stays out of the process that looks at everything else, of cores and of debuggers. */
static void try_keys(struct checkup *c)
{
    const struct rlimit no_core = { 0, 0 };
    const struct config *config = c->config;
    struct key_settings settings;

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    signer_key_settings(config, config->signer.key, &settings);
    if (config->signer.kind != KEY_FILE) {
        try_tokens(c, settings);
        return;
    }
    try_pair(c, "signer.key", &settings, config->signer.certificate);
    if (*config->signer.next_certificate) {
        settings.file = config->signer.next_key;
        try_pair(c, "signer.next_key", &settings, config->signer.next_certificate);
    }
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
