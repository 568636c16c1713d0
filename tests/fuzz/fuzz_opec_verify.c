/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a message to be verified: a verdict in words and as JSON, which is never that it holds. (No message of the corpus is
 * signed under the authority that is asked.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz_sign_root.h"
#include "opec/line_ends.h"
#include "opec/verify_judge.h"

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
    json_t *json = verify_report_json(r);

    if (!json || r->holds || !r->why || !r->kind)
        abort();
    verify_report_print(null, "message", r);
    json_decref(json);
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
    text = line_ends_are_lf(given) ? line_ends_to_crlf(given, &text_size) : NULL;
    if (text)
        given = (struct slice){ text, text_size };
    if (arena && verify_judge(given, &sources, arena, &found, NULL) == 0)
        report(null, &found);
    arena_free(&arena);
    free(text);
    return 0;
}
