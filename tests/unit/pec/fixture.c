/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "mime/line.h"

enum { RECIPIENTS_MAX = 64, FILE_MAX = 1024 * 1024 };

const struct pec_provider fixture_provider = {
    .name = "Alfa Certificata S.p.A.",
    .address = "posta-certificata@pec.alfa.example",
    .service_mailbox = "ricevute@pec.alfa.example",
    .id_domain = "pec.alfa.example",
    .brief_hash = DIGEST_SHA1,
};

const struct pec_provider fixture_peer = {
    .name = "Beta PEC S.r.l.",
    .address = "posta-certificata@pec.beta.example",
    .service_mailbox = "ricevute@pec.beta.example",
    .id_domain = "pec.beta.example",
    .brief_hash = DIGEST_SHA1,
};

int fixture_set_up(void **state)
{
    if (clock_set_zone("Europe/Rome") != 0)
        return -1;
    *state = arena_new(FIXTURE_BUDGET);
    return *state ? 0 : -1;
}

int fixture_tear_down(void **state)
{
    arena_free((struct arena **)state);
    return 0;
}

struct transaction fixture_transaction(struct arena *arena)
{
    struct transaction t = {
        .pec_id = "opec3.20260115113000.0123456789abcdef.0@pec.alfa.example",
        .msgid = "<client-1@studio.example>",
        .sender = "mario@alfa.example",
        .reply_to = "mario@alfa.example",
        .subject = "Citt\xC3\xA0 di Forl\xC3\xAC",
        .provider = "Alfa Certificata S.p.A.",
        .recipients = arena_array(arena, 2, sizeof *t.recipients),
        .recipient_count = 2,
    };

    assert_non_null(t.recipients);
    t.recipients[0] = (struct recipient){ "anna@beta.example", true };
    t.recipients[1] = (struct recipient){ "ugo@posta.example", false };
    return t;
}

struct slice fixture_text(struct arena *arena, const char *text)
{
    struct slice copy = arena_copy(arena, slice_of(text));

    assert_true(copy.data || !*text);
    return copy;
}

/* What the server finds in the bytes as they come. */
static void look_at(struct arrival *a)
{
    size_t column = 0;

    for (size_t i = 0; i < a->bytes.size; i++) {
        char c = a->bytes.data[i];

        column = c == '\n' ? 0 : column + (c != '\r');
        a->long_line = a->long_line || column > LINE_MAX_OCTETS;
        a->eight_bit = a->eight_bit || (c & 0x80);
        a->nul = a->nul || c == '\0';
        a->bare_cr = a->bare_cr || (c == '\r' && (i + 1 == a->bytes.size || a->bytes.data[i + 1] != '\n'));
    }
}

struct arrival *fixture_arrival(struct arena *arena, const char *sender, const char *recipients, struct slice bytes)
{
    struct arrival *a = arena_alloc(arena, sizeof *a);
    struct slice rest = slice_of(recipients), one;

    assert_non_null(a);
    *a = (struct arrival){ .sender = sender, .recipients = arena_array(arena, RECIPIENTS_MAX, sizeof *a->recipients), .bytes = bytes };
    while (rest.size) {
        slice_cut(&rest, ' ', &one);
        assert_true(a->recipient_count < RECIPIENTS_MAX);
        a->recipients[a->recipient_count++] = arena_text(arena, one);
    }
    look_at(a);
    return a;
}

struct original fixture_original(struct arena *arena, struct slice bytes)
{
    struct original o = { .whole = bytes };

    assert_int_equal(header_split(bytes, arena, &o.header, &o.body), 0);
    for (size_t i = 0; i < bytes.size; i++)
        o.eight_bit = o.eight_bit || (bytes.data[i] & 0x80);
    return o;
}

struct slice fixture_seal(struct arena *arena, const struct pec_provider *provider, const struct transaction *about,
                          const struct pec_message *message, const struct original *original)
{
    struct composed c;
    struct rope sealed;

    assert_int_equal(message_compose(provider, about, message, original, arena, &c), 0);
    assert_int_equal(message_seal(&c, SLICE("signature"), &sealed), 0);
    return rope_flat(&sealed);
}

struct slice fixture_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    assert_non_null(text);
    return slice_of(text);
}

struct slice fixture_repeat(struct arena *arena, const char *piece, size_t count)
{
    size_t size = strlen(piece);
    char *text = arena_alloc(arena, size * count + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    return (struct slice){ text, size * count };
}

struct slice fixture_file(struct arena *arena, const char *name)
{
    struct slice path = fixture_format(arena, "%s/%s", PEC_TEST_DATA, name), text;
    struct error e = { 0 };

    if (file_read(path.data, FILE_MAX, arena, &text, &e) != 0)
        fail_msg("%s: %s", name, e.text);
    return text;
}

bool fixture_finds(struct slice where, const char *text)
{
    return slice_find(where, slice_of(text)) < where.size;
}

void fixture_same(const char *name, struct slice got, struct slice wanted)
{
    if (!slice_equal(got, wanted))
        fail_msg("%s: \"%.*s\" instead of \"%.*s\"", name, SLICE_ARGS(got), SLICE_ARGS(wanted));
}

void fixture_same_text(const char *name, const char *got, const char *wanted)
{
    if (!got != !wanted || (got && strcmp(got, wanted) != 0))
        fail_msg("%s: \"%s\" instead of \"%s\"", name, got ? got : "(none)", wanted ? wanted : "(none)");
}

void fixture_has(const char *name, struct slice where, const char *text)
{
    if (!fixture_finds(where, text))
        fail_msg("%s: no \"%s\" in \"%.*s\"", name, text, SLICE_ARGS(where));
}

void fixture_lacks(const char *name, struct slice where, const char *text)
{
    if (fixture_finds(where, text))
        fail_msg("%s: \"%s\" in \"%.*s\"", name, text, SLICE_ARGS(where));
}

void fixture_wholesome(const char *name, struct slice text)
{
    struct slice rest = text, line;

    if (!text_is_ascii(text))
        fail_msg("%s: 8-bit bytes", name);
    while (line_next(&rest, &line)) {
        struct slice content = line_content(line);

        if (content.size > LINE_MAX_OCTETS || content.size + 2 != line.size || slice_find_byte(content, '\r') < content.size ||
            slice_find_byte(content, '\n') < content.size || slice_find_byte(content, '\0') < content.size)
            fail_msg("%s: a bad line: %.*s", name, SLICE_ARGS(line));
    }
}

double fixture_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}
