/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/fitness.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "process/role.h"
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

    /* Some words name the key already. */
    if (strncmp(words, j->key, strlen(j->key)) == 0)
        words += strlen(j->key) + strlen(": ");
    snprintf(line, sizeof line, "%s:%u: %s: %s", j->config->path, config_line(j->config, j->key), j->key, words);
    j->fault(j->arg, line);
    j->faults++;
}

/* Whoever checks a signature of ours finds no other fault than those of the chain; the time is the profile's affair. */
static void judge_chain(struct judging *j, const struct trust *trust, const struct certificate_chain *chain, int64_t at)
{
    struct trust_answer answer = { .verdict = TRUST_GOOD };
    struct error e;

    if (trust_check(trust, chain->leaf, chain->intermediates, at, &answer, &e) != 0)
        found(j, e.text);
    else if (answer.verdict == TRUST_NO_CHAIN)
        found(j, "the issuer of the certificate is not trusted: no chain to an authority of trust.ca");
    else if (answer.verdict == TRUST_REVOKED || answer.verdict == TRUST_UNFIT)
        found(j, answer.why);
}

/* RFC 6109 5.5, and the chain up to an authority of ours. `at` 0: when the certificate begins to be valid. */
static void judge_certificate(struct judging *j, const struct trust *trust, const char *path, int64_t at)
{
    const struct config *c = j->config;
    struct certificate_chain chain = { 0 };
    int64_t from, until;
    struct error e;

    if (certificate_chain_read(path, &chain, &e) != 0) {
        found(j, e.text);
        return;
    }
    certificate_validity(chain.leaf, &from, &until);
    certificate_profile(chain.leaf, c->provider.name, c->provider.address, at ? at : from, found, j);
    if (trust)
        judge_chain(j, trust, &chain, at ? at : from);
    certificate_chain_free(&chain);
}

static void judge_essentials(struct judging *j)
{
    const struct config *c = j->config;
    struct certificate_chain chain = { 0 };
    int64_t from, until, now = clock_now();
    struct error e;

    j->key = "signer.certificate";
    if (certificate_chain_read(c->signer.certificate, &chain, &e) != 0) {
        found(j, e.text);
        return;
    }
    certificate_validity(chain.leaf, &from, &until);
    if (now < from || now > until)
        found(j, "the certificate is not valid today: it is not valid yet, or has expired");
    if (!certificate_has_address(chain.leaf, c->provider.address))
        found(j, "the certificate is not for provider.address (RFC 6109 5.5.1, subjectAltName)");
    certificate_chain_free(&chain);
}

static void judge_user(struct judging *j)
{
    unsigned uid, gid;
    struct error e;

    j->key = "daemon.user";
    if (role_identity(j->config, &uid, &gid, &e) != 0)
        found(j, e.text);
}

static struct trust *open_trust(struct judging *j)
{
    const struct config *c = j->config;
    const struct trust_settings settings = { .ca = c->trust.ca, .crl_dir = c->trust.crl_dir, .sha1_accepted = c->trust.sha1_accepted };
    struct trust *trust = NULL;
    struct error e;

    j->key = "trust.ca";
    if (trust_open(&settings, &trust, &e) != 0)
        found(j, e.text);
    return trust;
}

bool fitness_to_start(const struct config *config, settings_fault *fault, void *arg)
{
    struct judging j = { .config = config, .fault = fault, .arg = arg };
    struct trust *trust = open_trust(&j);

    judge_essentials(&j);
    judge_user(&j);
    trust_close(&trust);
    return fitness_files(config, fault, arg) && j.faults == 0;
}

bool fitness_of(const struct config *config, settings_fault *fault, void *arg)
{
    struct judging j = { .config = config, .fault = fault, .arg = arg };
    struct trust *trust = open_trust(&j);

    j.key = "signer.certificate";
    judge_certificate(&j, trust, config->signer.certificate, clock_now());
    if (*config->signer.next_certificate) {
        j.key = "signer.next_certificate";
        judge_certificate(&j, trust, config->signer.next_certificate, 0);
    }
    trust_close(&trust);
    return j.faults == 0;
}
