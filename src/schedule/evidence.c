/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "fetch/fetch.h"
#include "schedule/evidence_state.h"
#include "sign/cms.h"
#include "sign/stamp.h"

enum {
    SIGN_MS = 30000,
    STAMP_MS = 10000,
    REST_FIRST_S = 2, /* doubled at each failure */
    DOUBLED_MAX = 7,
    REST_MAX_S = 300,
    BUDGET = 1024 * 1024,
    WORDS_SIZE = 600,
};

static const char *const giver_names[] = { [LEDGER_SIGNATURE] = "signature of closed files", [LEDGER_STAMP] = "time stamp authority" };
static const char *const done_names[] = { [LEDGER_SIGNATURE] = "signed", [LEDGER_STAMP] = "stamped" };

bool evidence_is_wanted(const struct config *config, enum ledger_evidence kind)
{
    return kind != LEDGER_STAMP || *config->tsa.url;
}

/* --- when ------------------------------------------------------------------------------------------------------------------- */

/* A file that has just been closed is a reason to ask one that was out: somebody may be waiting for it (`log close`). */
static bool may_ask(const struct evidence_state *s, const struct ledger_closed_files *closed, bool anyhow)
{
    int64_t now = clock_now();

    return anyhow || !s->out_since || now >= s->next_try || s->next_try > now + REST_MAX_S ||
           strcmp(s->newest, closed->files[closed->count - 1].manifest) != 0;
}

static bool lacks(const struct ledger_closed_files *closed, enum ledger_evidence kind)
{
    for (size_t i = 0; i < closed->count; i++)
        if (!closed->files[i].has[kind])
            return true;
    return false;
}

bool evidence_is_due(const struct config *config, bool anyhow, bool *out_waits)
{
    struct ledger_closed_files closed;
    bool is_due = false;

    *out_waits = false;
    if (ledger_closed_read(config->log.legal_dir, &closed, NULL) != 0)
        return false;
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        struct evidence_state state;

        if (!evidence_is_wanted(config, (enum ledger_evidence)kind) || !lacks(&closed, (enum ledger_evidence)kind))
            continue;
        evidence_state_read(config, (enum ledger_evidence)kind, &state);
        *out_waits = true;
        is_due = is_due || may_ask(&state, &closed, anyhow);
    }
    ledger_closed_free(&closed);
    return is_due;
}

/* --- one piece of evidence -------------------------------------------------------------------------------------------------- */

struct run {
    const struct config *config;
    const struct evidence_hand *hand;
    struct ledger_closed_files closed;
    STACK_OF(X509) *authorities; /* of tsa.ca, read when they are needed */
    struct arena *arena;         /* of one manifest */
    evidence_teller *tell;
    void *arg;
};

static void say(const struct run *r, enum error_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const struct run *r, enum error_level level, const char *format, ...)
{
    char words[WORDS_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    r->tell(r->arg, level, words);
}

static int sign(struct run *r, struct slice manifest, struct slice *out, struct error *e)
{
    struct cms_request request = { .signing_time = clock_now() };
    int result;

    if (!r->hand->signer)
        return error_set(e, r->hand->fault.code, "%s", r->hand->fault.text);
    if (digest_slice(DIGEST_SHA256, manifest, request.content_digest) != 0)
        return error_set(e, ERROR_MEMORY, "out of memory");
    result = cms_sign(r->hand->chain, r->hand->signer, "legal log", &request, 1, clock_monotonic_ms() + SIGN_MS, r->arena, e);
    if (result == 0)
        *out = request.out_der;
    return result;
}

static int read_authorities(struct run *r, struct error *e)
{
    if (r->authorities)
        return 0;
    if (!*r->config->tsa.ca)
        return error_set(e, ERROR_CONFIG, "tsa.ca is not set: no stamp could be judged");
    return certificate_read_file(r->config->tsa.ca, &r->authorities, e);
}

/* What is not good does not count: it is not even kept. */
static int ask_authority(struct run *r, struct slice request, struct slice *out, struct error *e)
{
    const char *url = r->config->tsa.url;
    const struct fetch_request question = { .url = url, .deadline_ms = clock_monotonic_ms() + STAMP_MS, .type = stamp_request_type,
                                            .body = request };
    struct buffer answer = buffer_new(STAMP_ANSWER_MAX);
    struct stamp good;
    struct error why;
    int result = fetch_document(&question, &answer, e);

    if (result == 0) {
        result = stamp_check_answer(buffer_data(&answer), request, r->authorities, clock_now(), &good, &why);
        if (result != 0)
            error_set(e, result, "%s: %s", url, why.text);
    }
    if (result == 0) {
        *out = arena_copy(r->arena, buffer_data(&answer));
        result = out->data ? 0 : error_set(e, ERROR_BUDGET, "out of memory");
    }
    buffer_free(&answer);
    return result;
}

static int stamp(struct run *r, struct slice manifest, struct slice *out, struct error *e)
{
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct slice request;
    int result = read_authorities(r, e);

    if (result == 0 && digest_slice(DIGEST_SHA256, manifest, imprint) != 0)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = stamp_request(imprint, r->arena, &request, e);
    return result == 0 ? ask_authority(r, request, out, e) : result;
}

/* ERROR_CORRUPT: it is the manifest's fault, and the next one may have better luck. */
static int load(struct run *r, const char *name, struct slice *out, struct error *e)
{
    struct ledger_manifest manifest;
    struct error why = { 0 };
    int result = ledger_manifest_load(r->config->log.legal_dir, name, r->arena, out, &why);

    if (result == 0)
        result = ledger_manifest_read(*out, &manifest, &why);
    return result == 0 ? 0 : error_set(e, result == ERROR_MEMORY ? result : ERROR_CORRUPT, "%s: %s", name, why.text);
}

/* A manifest whose writing failed in its last step was removed, and may stand there again with other bytes. */
static int check_again(struct run *r, const char *name, struct slice manifest, struct error *e)
{
    struct slice now;
    int result = load(r, name, &now, e);

    if (result == 0 && !slice_equal(now, manifest))
        result = error_set(e, ERROR_CORRUPT, "%s: it has been written anew meanwhile", name);
    return result;
}

static int give(struct run *r, enum ledger_evidence kind, const char *name, struct error *e)
{
    struct slice manifest, evidence;
    int result;

    arena_reset(r->arena);
    result = load(r, name, &manifest, e);
    if (result == 0)
        result = kind == LEDGER_SIGNATURE ? sign(r, manifest, &evidence, e) : stamp(r, manifest, &evidence, e);
    if (result == 0)
        result = check_again(r, name, manifest, e);
    if (result == 0)
        result = ledger_evidence_store(r->config->log.legal_dir, name, kind, evidence, e);
    return result;
}

/* --- all of a kind ---------------------------------------------------------------------------------------------------------- */

static void note_given(struct run *r, enum ledger_evidence kind, struct evidence_state *s, const char *name)
{
    if (s->out_since) {
        say(r, LEVEL_INFO, "legal log: %s is back", giver_names[kind]);
        *s = (struct evidence_state){ 0 };
        evidence_state_write(r->config, kind, s);
    }
    say(r, LEVEL_INFO, "legal log: %s %s", done_names[kind], name);
}

static void note_failed(struct run *r, enum ledger_evidence kind, struct evidence_state *s, const struct error *e)
{
    int64_t rest = s->failures <= DOUBLED_MAX ? REST_FIRST_S << s->failures : REST_MAX_S;

    s->tried = clock_now();
    s->next_try = s->tried + rest;
    s->failures++;
    snprintf(s->newest, sizeof s->newest, "%s", r->closed.files[r->closed.count - 1].manifest);
    snprintf(s->words, sizeof s->words, "%s", e->text);
    if (!s->out_since) {
        s->out_since = s->tried;
        say(r, LEVEL_WARNING, "legal log: %s is out: %s; it is asked again", giver_names[kind], e->text);
    }
    evidence_state_write(r->config, kind, s);
}

static bool give_all(struct run *r, enum ledger_evidence kind, bool anyhow)
{
    struct evidence_state state;
    struct error e = { 0 }, failure = { 0 };

    evidence_state_read(r->config, kind, &state);
    if (!lacks(&r->closed, kind) || !may_ask(&state, &r->closed, anyhow))
        return true;
    for (size_t i = 0; i < r->closed.count && (failure.code == 0 || failure.code == ERROR_CORRUPT); i++) {
        const struct ledger_closed *file = &r->closed.files[i];

        if (file->has[kind])
            continue;
        if (give(r, kind, file->manifest, &e) == 0)
            note_given(r, kind, &state, file->manifest);
        else
            failure = e;
    }
    if (failure.code)
        note_failed(r, kind, &state, &failure);
    return failure.code == 0;
}

bool evidence_work(const struct config *config, const struct evidence_hand *hand, bool anyhow, evidence_teller *tell, void *arg)
{
    struct run r = { .config = config, .hand = hand, .tell = tell, .arg = arg, .arena = arena_new(BUDGET) };
    struct error e = { 0 };
    bool is_good = true;

    if (!r.arena)
        error_set(&e, ERROR_MEMORY, "out of memory");
    else
        ledger_closed_read(config->log.legal_dir, &r.closed, &e);
    if (e.code)
        say(&r, LEVEL_WARNING, "legal log: %s", e.text);
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && !e.code; kind++)
        if (evidence_is_wanted(config, (enum ledger_evidence)kind))
            is_good = give_all(&r, (enum ledger_evidence)kind, anyhow) && is_good;
    ledger_closed_free(&r.closed);
    sk_X509_pop_free(r.authorities, X509_free);
    arena_free(&r.arena);
    return is_good && !e.code;
}

int evidence_try_authority(const struct config *config, struct error *e)
{
    struct run r = { .config = config, .arena = arena_new(BUDGET) };
    struct slice answer;
    int result = r.arena ? stamp(&r, SLICE("opec check"), &answer, e) : error_set(e, ERROR_MEMORY, "out of memory");

    sk_X509_pop_free(r.authorities, X509_free);
    arena_free(&r.arena);
    return result;
}
