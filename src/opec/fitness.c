/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/fitness.h"

#include <stdio.h>

#include "base/clock.h"
#include "sign/certificate.h"
#include "sign/trust.h"

enum { WORDS_SIZE = 1024 };

struct judging {
    const struct config *config;
    settings_fault *fault;
    void *arg;
    const char *key; /* that the fault is about */
    unsigned faults;
};

static void found(void *arg, const char *words)
{
    struct judging *j = arg;
    char line[WORDS_SIZE];

    snprintf(line, sizeof line, "%s:%u: %s: %s", j->config->path, config_line(j->config, j->key), j->key, words);
    j->fault(j->arg, line);
    j->faults++;
}

/* RFC 6109 5.5, and the chain up to an authority of ours. */
static void judge_certificate(struct judging *j, const struct trust *trust)
{
    const struct config *c = j->config;
    struct certificate_chain chain = { 0 };
    struct trust_answer answer = { .verdict = TRUST_GOOD };
    struct error e;

    j->key = "signer.certificate";
    if (certificate_chain_read(c->signer.certificate, &chain, &e) != 0) {
        found(j, e.text);
        return;
    }
    certificate_profile(chain.leaf, c->provider.name, c->provider.address, clock_now(), found, j);
    if (trust && trust_check(trust, chain.leaf, chain.intermediates, clock_now(), &answer, &e) == 0 && answer.verdict == TRUST_NO_CHAIN)
        found(j, "the issuer of the certificate is not trusted: no chain to an authority of trust.ca");
    if (trust && answer.verdict == TRUST_REVOKED)
        found(j, "the certificate is revoked");
    certificate_chain_free(&chain);
}

bool fitness_of(const struct config *config, settings_fault *fault, void *arg)
{
    struct judging j = { .config = config, .fault = fault, .arg = arg, .key = "trust.ca" };
    const struct trust_settings settings = { .ca = config->trust.ca, .crl_dir = config->trust.crl_dir, .crl_required = false,
                                             .sha1_accepted = config->trust.sha1_accepted };
    struct trust *trust = NULL;
    struct error e;

    if (trust_open(&settings, &trust, &e) != 0)
        found(&j, e.text);
    judge_certificate(&j, trust);
    trust_close(&trust);
    return j.faults == 0;
}
