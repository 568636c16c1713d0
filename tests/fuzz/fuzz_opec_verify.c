/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a message to be verified: a verdict in words and as JSON, which is never that it holds. (No message of the corpus is
 * signed under the authority that is asked.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz_sign_root.h"
#include "opec/verify/line_ends.h"
#include "opec/verify/judge.h"
#include "opec/verify/mbox.h"
#include "opec/verify/print.h"

enum { BUDGET = 16 * 1024 * 1024 };

/* A trust is made of files. */
static struct trust *open_trust(void)
{
    char path[] = P_tmpdir "/opec-fuzz-XXXXXX";
    struct trust_settings settings = { .ca = path, .sha1_accepted = true };
    struct trust *trust = NULL;
    FILE *f = fdopen(mkstemp(path), "w");

    if (!f || fputs(sign_root, f) < 0 || fclose(f) != 0 || trust_open(&settings, &trust, NULL) != 0 || unlink(path) != 0)
        abort();
    return trust;
}

static void report(FILE *null, const struct verify_report *r)
{
    json_t *json = verify_json("message", r);

    if (!json || r->finding == FINDING_HOLDS)
        abort();
    for (int in = 0; in < LANGUAGES; in++) {
        verify_print(null, "message", r, (enum language)in);
        verify_print_line(null, "message", r, (enum language)in);
    }
    json_decref(json);
}

/* However it is cut, a mailbox file gives its bytes in order, and no byte twice. */
static void take_apart(struct slice text)
{
    struct slice message;
    size_t size;

    if (!mbox_is(text))
        return;
    for (const char *behind = text.data; mbox_next(&text, &message); behind = message.data + message.size)
        if (message.size && (message.data < behind || (text.size && message.data + message.size > text.data)))
            abort();
    free(mbox_unquote(text, &size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct verify_sources sources = { .now = SIGN_NOW };
    static FILE *null;
    struct arena *arena = arena_new(BUDGET);
    struct slice given = { (const char *)data, size };
    struct verify_report found;
    size_t text_size = size;
    char *text;

    if (!null && (!(null = fopen("/dev/null", "w")) || !(sources.trust = open_trust())))
        abort();
    take_apart(given);
    text = line_ends_are_lf(given) ? line_ends_to_crlf(given, &text_size) : NULL;
    if (text)
        given = (struct slice){ text, text_size };
    if (arena && verify_judge(given, &sources, arena, &found, NULL) == 0)
        report(null, &found);
    arena_free(&arena);
    free(text);
    return 0;
}
