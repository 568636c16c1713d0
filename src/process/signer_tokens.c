/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/signer_tokens.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flow/own_certificate.h"
#include "sign/signer.h"

/* Some modules take their time to find their device. */
enum { OPEN_MS = 15000 };

void signer_key_settings(const struct config *config, const char *file, struct key_settings *out)
{
    bool is_file = config->signer.kind == KEY_FILE;

    *out = (struct key_settings){
        .file = is_file ? file : NULL,
        .module = is_file ? NULL : config->signer.module,
        .token = is_file || config->signer.token_count == 0 ? NULL : config->signer.tokens[0],
        .label = config->signer.key_label,
        .pin_file = config->signer.pin_file,
    };
}

size_t signer_token_names(const struct config *config, const char **room)
{
    if (config->signer.kind == KEY_FILE || config->signer.token_count == 0) {
        room[0] = "file";
        return 1;
    }
    memcpy(room, config->signer.tokens, config->signer.token_count * sizeof *room);
    return config->signer.token_count;
}

static unsigned token_count(const struct signer_tokens *t)
{
    return t->board->signing.tokens;
}

static const char *name_of(const struct signer_tokens *t, unsigned token)
{
    return t->board->signing.token[token].name;
}

/* --- pairs ------------------------------------------------------------------------------------------------------------------ */

static int add_pair(struct signer_tokens *t, const char *certificate, const char *key, struct error *e)
{
    struct certificate_chain chain = { 0 };
    struct signing_pair *pair = &t->pairs[t->pair_count];
    int result = certificate_chain_read(certificate, &chain, e);

    if (result != 0)
        return result;
    *pair = (struct signing_pair){ .path = certificate, .file = key, .public_key = X509_get_pubkey(chain.leaf) };
    certificate_hash(chain.leaf, pair->hash);
    certificate_chain_free(&chain);
    if (!pair->public_key)
        return error_set(e, ERROR_CONFIG, "%s: its public key cannot be read", certificate);
    t->pair_count++;
    return 0;
}

int signer_tokens_begin(struct signer_tokens *t, const struct config *config, struct board *board, unsigned slot, struct error *e)
{
    struct own_certificate own;
    struct error unused;
    int result = own_certificate_at(config, clock_now(), &own, e);

    *t = (struct signer_tokens){ .config = config, .board = board, .slot = slot, .token = -1, .can_open_again = true };
    if (result == 0)
        result = add_pair(t, own.path, own.key, e);
    /* The other of two is held ready: workers of before a change and of after it are served alike. */
    if (result == 0 && own.is_next)
        add_pair(t, config->signer.certificate, config->signer.key, &unused);
    else if (result == 0 && *config->signer.next_certificate && add_pair(t, config->signer.next_certificate, config->signer.next_key, &unused) != 0)
        log_warning("signer.next_certificate: %s", unused.text);
    return result;
}

static void close_keys(struct signer_tokens *t)
{
    for (size_t i = 0; i < t->pair_count; i++)
        key_close(&t->pairs[i].key);
    t->token = -1;
}

void signer_tokens_close(struct signer_tokens *t)
{
    close_keys(t);
    for (size_t i = 0; i < t->pair_count; i++)
        EVP_PKEY_free(t->pairs[i].public_key);
    t->pair_count = 0;
}

/* --- what the board and the log hear ---------------------------------------------------------------------------------------- */

static void note_failure(struct signer_tokens *t, unsigned token, const char *words)
{
    if (board_token_failed(t->board, token, words))
        log_error("token %s is out: %s", name_of(t, token), words);
}

static void note_signature(struct signer_tokens *t, uint64_t microseconds)
{
    if (board_token_signed(t->board, (unsigned)t->token, microseconds))
        log_info("token %s is back", name_of(t, (unsigned)t->token));
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

static int open_pair(struct signer_tokens *t, struct signing_pair *pair, unsigned token, struct error *e)
{
    struct key_settings settings;

    signer_key_settings(t->config, pair->file, &settings);
    if (!settings.file)
        settings.token = name_of(t, token);
    settings.public_key = pair->public_key;
    return key_open(&settings, &pair->key, e);
}

/* Open the keys in one token. The one in use must be there; without the other no more is lost than was said at the start. */
static int open_token(struct signer_tokens *t, unsigned token, struct error *e)
{
    struct error unused;
    int result;

    close_keys(t);
    board_call_begin(t->board, t->slot, token, OPEN_MS);
    result = open_pair(t, &t->pairs[0], token, e);
    for (size_t i = 1; i < t->pair_count && result == 0; i++)
        if (open_pair(t, &t->pairs[i], token, &unused) != 0)
            log_warning("%s: %s", t->pairs[i].path, unused.text);
    board_call_end(t->board, t->slot);
    if (result == 0)
        t->token = (int)token;
    else
        note_failure(t, token, e->text);
    return result;
}

/* The first of the tokens, from `first` on, that can be opened; not `except` (-1: all). */
static int open_any(struct signer_tokens *t, unsigned first, int except, struct error *e)
{
    int result = error_set(e, ERROR_OUT, "every token is out");

    for (unsigned i = 0; i < token_count(t); i++) {
        unsigned token = (first + i) % token_count(t);
        int opened;

        if ((int)token == except || !board_token_claim(t->board, token))
            continue;
        opened = open_token(t, token, e);
        if (opened == 0 || (opened == ERROR_CONFIG && t->is_first_birth))
            return opened;
        result = ERROR_OUT;
    }
    return result;
}

static unsigned own_token(const struct signer_tokens *t)
{
    return t->slot % token_count(t);
}

int signer_tokens_open(struct signer_tokens *t, struct error *e)
{
    return open_any(t, own_token(t), -1, e);
}

bool signer_tokens_strayed(const struct signer_tokens *t)
{
    return t->token >= 0 && (unsigned)t->token != own_token(t);
}

void signer_tokens_return(struct signer_tokens *t)
{
    unsigned own = own_token(t), used = (unsigned)t->token;
    struct error unused;

    if (!signer_tokens_strayed(t) || !t->can_open_again || !board_token_claim(t->board, own))
        return;
    if (open_token(t, own, &unused) != 0)
        open_any(t, used, (int)own, &unused);
    signer_tokens_probe(t, &unused);
}

/* --- signing ---------------------------------------------------------------------------------------------------------------- */

/* One call. What does not hold never leaves the process: a device that fails in the midst of RSA may give away its key by it. */
static int sign_once(struct signing_pair *pair, const unsigned char *digest, struct signature_value *out, struct error *e)
{
    if (key_sign(pair->key, digest, out, e) != 0)
        return ERROR_OUT;
    return key_verify(pair->public_key, digest, out) ? 0 : error_set(e, ERROR_OUT, "the signature does not hold");
}

static int64_t left(const struct signer_tokens *t)
{
    return t->call_ends - clock_monotonic_ms();
}

typedef int remedy(struct signer_tokens *t, struct signing_pair *pair, struct error *e);

static int reopen_session(struct signer_tokens *t, struct signing_pair *pair, struct error *e)
{
    (void)t;
    return key_reopen(pair->key, e);
}

static int load_anew(struct signer_tokens *t, struct signing_pair *pair, struct error *e)
{
    unsigned token = (unsigned)t->token;

    (void)pair;
    return t->can_open_again ? open_token(t, token, e) : error_set(e, ERROR_OUT, "the PIN cannot be read again by daemon.user");
}

static int next_token(struct signer_tokens *t, struct signing_pair *pair, struct error *e)
{
    int used = t->token;

    (void)pair;
    return t->can_open_again ? open_any(t, (unsigned)used + 1, used, e) : ERROR_OUT;
}

static const struct {
    const char *done;
    remedy *act;
} remedies[] = {
    { "the session was opened again", reopen_session },
    { "the library was initialised anew", load_anew },
    { "another token was taken", next_token },
};

/* Sign; when that fails, with one remedy after the other. The keys are closed if nothing helped. */
static int sign_by_all_means(struct signer_tokens *t, struct signing_pair *pair, const unsigned char *digest, struct signature_value *out,
                             struct error *e)
{
    int result = pair->key ? sign_once(pair, digest, out, e) : error_set(e, ERROR_OUT, "%s: its key is not open", pair->path);
    unsigned used = (unsigned)t->token;
    struct error first = *e;

    if (!pair->key || result == 0)
        return result;
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0] && result != 0 && left(t) > 0; i++) {
        struct error unused;

        t->token = t->token < 0 ? (int)used : t->token;
        result = remedies[i].act(t, pair, &unused);
        board_call_begin(t->board, t->slot, t->token < 0 ? used : (unsigned)t->token, left(t));
        if (result == 0)
            result = pair->key ? sign_once(pair, digest, out, e) : ERROR_OUT;
        if (result == 0)
            log_warning("token %s: %s; %s%s%s", name_of(t, used), first.text, remedies[i].done,
                        (unsigned)t->token == used ? "" : ": ", (unsigned)t->token == used ? "" : name_of(t, (unsigned)t->token));
    }
    /* Without the PIN no more could be tried here: the process to come will see whether the token is out. */
    if (result == 0 ? (unsigned)t->token != used : t->can_open_again)
        note_failure(t, used, first.text);
    else
        board_token_stumbled(t->board, used);
    if (result != 0) {
        close_keys(t);
        *e = first;
    }
    return result;
}

static int sign(struct signer_tokens *t, struct signing_pair *pair, const unsigned char *digest, struct signature_value *out,
                int64_t milliseconds, bool counts, struct error *e)
{
    int64_t begun = clock_monotonic_us(), lasted;
    int result;

    t->call_ends = clock_monotonic_ms() + milliseconds;
    board_call_begin(t->board, t->slot, (unsigned)t->token, milliseconds);
    result = sign_by_all_means(t, pair, digest, out, e);
    board_call_end(t->board, t->slot);
    lasted = clock_monotonic_us() - begun;
    if (result == 0)
        note_signature(t, !counts ? 0 : lasted > 0 ? (uint64_t)lasted : 1);
    if (!counts || atomic_load(&t->board->signing.slot[t->slot].token) != t->token + 1)
        board_signer_has(t->board, t->slot, t->token);
    return result;
}

int signer_tokens_sign(struct signer_tokens *t, const unsigned char certificate[CERTIFICATE_HASH_SIZE],
                       const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, int64_t milliseconds, struct error *e)
{
    if (t->token < 0)
        return error_set(e, ERROR_OUT, "every token is out");
    for (size_t i = 0; i < t->pair_count; i++)
        if (memcmp(t->pairs[i].hash, certificate, CERTIFICATE_HASH_SIZE) == 0)
            return sign(t, &t->pairs[i], digest, out, milliseconds, true, e);
    return error_set(e, ERROR_OUT, "another certificate is in use");
}

int signer_tokens_probe(struct signer_tokens *t, struct error *e)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = "OpenPEC: does the token sign?";
    int64_t milliseconds = signer_patience_ms(t->config->signer.timeout, 1);
    struct signature_value unused;
    int result;

    if (t->token < 0)
        return error_set(e, ERROR_OUT, "every token is out");
    if (!t->is_first_birth)
        return sign(t, &t->pairs[0], digest, &unused, milliseconds, false, e);
    board_call_begin(t->board, t->slot, (unsigned)t->token, milliseconds);
    result = key_matches(t->pairs[0].key, t->pairs[0].public_key, e);
    board_call_end(t->board, t->slot);
    if (result == 0) {
        note_signature(t, 0);
        board_signer_has(t->board, t->slot, t->token);
    } else {
        note_failure(t, (unsigned)t->token, e->text);
        close_keys(t);
        board_signer_has(t->board, t->slot, -1);
    }
    return result;
}
