/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/signed_document.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/digest.h"
#include "flow/own_certificate.h"
#include "opec/keeper_way.h"
#include "process/signer_client.h"
#include "process/signer_tokens.h"
#include "sign/cms.h"

enum { SIGN_MS = 30000 };

static const char plan[] = "index export"; /* in the signer's log */

/* The first of the tokens that opens. */
static int open_key(const struct config *config, const struct own_certificate *own, struct key **out, struct error *e)
{
    size_t tries = config->signer.kind == KEY_PKCS11 && config->signer.token_count ? config->signer.token_count : 1;
    struct key_settings settings;
    int result = 0;

    signer_key_settings(config, own->key, &settings);
    for (size_t i = 0; i < tries; i++) {
        if (i > 0)
            settings.token = config->signer.tokens[i];
        result = key_open(&settings, out, e);
        if (result == 0)
            break;
    }
    return result;
}

static int open_own_key(const struct config *config, const struct own_certificate *own, const struct certificate_chain *chain,
                        struct signer **out, struct error *e)
{
    const struct rlimit no_core = { 0, 0 };
    struct key *key = NULL;
    int result;

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    result = open_key(config, own, &key, e);
    if (result == 0)
        result = key_matches(key, X509_get0_pubkey(chain->leaf), e);
    if (result == 0) {
        *out = signer_of_key(key);
        if (*out)
            return 0;
        result = error_set(e, ERROR_MEMORY, "out of memory");
    }
    key_close(&key);
    return result;
}

static int open_signer(const struct config *config, const struct own_certificate *own, const struct certificate_chain *chain,
                       struct signer **out, struct error *e)
{
    int result = keeper_way_daemon(config, e);

    if (result == 0)
        return signer_client_new(config, out, e);
    return result == ERROR_STOPPED ? open_own_key(config, own, chain, out, e) : result;
}

int signed_document(const struct config *config, struct slice content, struct arena *arena, struct slice *out_der, struct error *e)
{
    struct cms_request request = { .signing_time = clock_now(), .content = content };
    struct certificate_chain chain = { 0 };
    struct own_certificate own;
    struct signer *signer = NULL;
    int result = own_certificate_at(config, request.signing_time, &own, e);

    if (result == 0)
        result = certificate_chain_read(own.path, &chain, e);
    if (result == 0)
        result = open_signer(config, &own, &chain, &signer, e);
    if (result == 0 && digest_slice(DIGEST_SHA256, content, request.content_digest) != 0)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = cms_sign(&chain, signer, plan, &request, 1, clock_monotonic_ms() + SIGN_MS, arena, e);
    if (result == 0)
        *out_der = request.out_der;
    signer_close(&signer);
    certificate_chain_free(&chain);
    return result;
}
