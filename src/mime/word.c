/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/word.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/encoding.h"
#include "mime/line.h"

/* encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="     (RFC 2047 2, RFC 2231 5) */
struct word {
    struct slice charset;
    bool base64;
    struct slice text;
};

/* A character of charset and language: neither blank, control nor especial. */
static bool is_token_character(char c)
{
    return c > 32 && c < 127 && !strchr("()<>@,;:\"/[]?.=", c);
}

/* Read the word at the front of `rest`. What is not quite one is text (RFC 2047 6.3). */
static bool read_word(struct slice *rest, struct word *out)
{
    struct slice s = slice_skip(*rest, 2), language;
    size_t n = 0;

    if (rest->size < 2 || rest->data[0] != '=' || rest->data[1] != '?')
        return false;
    while (n < s.size && is_token_character(s.data[n]))
        n++;
    language = (struct slice){ s.data, n };
    slice_cut(&language, '*', &out->charset);
    s = slice_skip(s, n);
    if (out->charset.size == 0 || s.size < 3 || s.data[0] != '?' || s.data[2] != '?')
        return false;
    out->base64 = s.data[1] == 'B' || s.data[1] == 'b';
    if (!out->base64 && s.data[1] != 'Q' && s.data[1] != 'q')
        return false;
    s = slice_skip(s, 3);
    for (n = 0; n < s.size && s.data[n] > 32 && s.data[n] < 127 && s.data[n] != '?'; n++)
        ;
    out->text = (struct slice){ s.data, n };
    s = slice_skip(s, n);
    if (s.size < 2 || s.data[0] != '?' || s.data[1] != '=')
        return false;
    *rest = slice_skip(s, 2);
    return true;
}

size_t encoded_word_size(struct slice s)
{
    struct slice rest = s;
    struct word word;

    return read_word(&rest, &word) ? s.size - rest.size : 0;
}

/* Neighbouring words of one charset are collected as bytes and converted together, since characters may be split over them. */
struct decoder {
    char *out;
    size_t size;
    char *bytes;
    size_t byte_count;
    struct slice charset;
};

static void end_words(struct decoder *d)
{
    if (d->byte_count)
        d->size += charset_decode(d->charset, (struct slice){ d->bytes, d->byte_count }, d->out + d->size);
    d->byte_count = 0;
}

static void add_word(struct decoder *d, const struct word *w)
{
    char *to;

    if (!slice_equal_nocase(d->charset, w->charset))
        end_words(d);
    to = d->bytes + d->byte_count;
    d->byte_count += w->base64 ? mime_decode_base64(w->text, to) : mime_decode_q(w->text, to);
    d->charset = w->charset;
}

static void add_text(struct decoder *d, struct slice text)
{
    end_words(d);
    d->size += charset_guess((struct slice){ d->bytes, line_unfold(text, d->bytes) }, d->out + d->size);
}

static void decode(struct decoder *d, struct slice value)
{
    struct slice rest = value;
    const char *text = value.data; /* what stands here and in front of `rest` is not written yet */
    bool after_word = false;

    while ((rest = slice_skip(rest, slice_find(rest, SLICE("=?")))).size) {
        struct slice before = slice_between(text, rest.data);
        struct word word;

        if (!read_word(&rest, &word)) {
            rest = slice_skip(rest, 2);
            continue;
        }
        /* RFC 2047 6.2: blanks between encoded words are not shown. */
        if (!after_word || slice_trim(before).size)
            add_text(d, before);
        add_word(d, &word);
        after_word = true;
        text = word.text.data + word.text.size + 2;
    }
    add_text(d, slice_between(text, value.data + value.size));
}

char *words_decode(struct slice value, struct arena *arena)
{
    struct slice trimmed = slice_trim(value);
    struct decoder d = { 0 };

    if (text_is_ascii(trimmed) && slice_find(trimmed, SLICE("=?")) == trimmed.size)
        return line_unfolded(trimmed, arena);
    /* A byte becomes at most U+FFFD, which has three. */
    d.out = arena_alloc(arena, 3 * trimmed.size + 1);
    d.bytes = arena_alloc(arena, trimmed.size);
    if (!d.out || !d.bytes)
        return NULL;
    decode(&d, trimmed);
    line_terminate(d.out, d.size);
    return d.out;
}

enum {
    WORD_MAX = 75,      /* RFC 2047 2: a word */
    WORD_LINE_MAX = 76, /* and a line with a word in it */
    WRAPPER_SIZE = sizeof "=?utf-8?Q?" "?=" - 1,
    TEXT_MAX = WORD_MAX - WRAPPER_SIZE,
};

struct encoder {
    struct rope rope;
    bool base64;
    struct slice rest; /* the text not written yet, valid UTF-8 */
};

/* The characters of RFC 2047 5 (3): those that may stand in a phrase too. */
static bool stands_for_itself(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!*+-/", c));
}

static size_t q_size(struct slice s)
{
    size_t size = 0;

    for (size_t i = 0; i < s.size; i++)
        size += stands_for_itself(s.data[i]) || s.data[i] == ' ' ? 1 : 3;
    return size;
}

static size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static void q_encode(struct slice s, char *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.size; i++) {
        unsigned char byte = (unsigned char)s.data[i];

        if (stands_for_itself(s.data[i])) {
            *out++ = s.data[i];
        } else if (byte == ' ') {
            *out++ = '_';
        } else {
            *out++ = '=';
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 15];
        }
    }
    *out = '\0';
}

/* As many whole characters off the front as fit into `room` octets once they are encoded; at least one. */
static struct slice take_characters(struct encoder *e, size_t room)
{
    struct slice rest = e->rest, taken = { e->rest.data, 0 };
    size_t q = 0;
    uint32_t c;

    while (utf8_next(&rest, &c)) {
        size_t end = e->rest.size - rest.size;

        q += q_size((struct slice){ taken.data + taken.size, end - taken.size });
        if (taken.size && (e->base64 ? base64_size(end) : q) > room)
            break;
        taken.size = end;
    }
    e->rest = slice_skip(e->rest, taken.size);
    return taken;
}

static void write_word(struct encoder *e, size_t room)
{
    struct slice taken = take_characters(e, room);
    char text[TEXT_MAX + 1];

    if (e->base64)
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)taken.data, (int)taken.size);
    else
        q_encode(taken, text);
    rope_printf(&e->rope, "=?utf-8?%c?%s?=", e->base64 ? 'B' : 'Q', text);
}

/* The first word goes on the line of the name, even if just one character has place there: folded in front of it, a prefix
 * written by the caller would gain a blank. */
static void write_words(struct encoder *e, size_t name_size)
{
    size_t used = name_size + WRAPPER_SIZE, left = used < WORD_LINE_MAX ? WORD_LINE_MAX - used : 0;

    write_word(e, left < TEXT_MAX ? left : TEXT_MAX);
    while (e->rest.size) {
        rope_text(&e->rope, "\r\n ");
        write_word(e, TEXT_MAX);
    }
}

/* Printable ASCII that unfolds and decodes to itself, in lines that may be sent. */
static bool can_stay_plain(struct slice s, size_t name_size)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] < 32 || s.data[i] > 126)
            return false;
    return slice_trim(s).size == s.size && slice_find(s, SLICE("=?")) == s.size && line_can_fold(s, name_size);
}

/* Invalid bytes become U+FFFD here, so that no word is invalid in its charset. */
static struct slice make_valid(struct slice utf8, struct arena *arena)
{
    char *out = utf8_valid(utf8) ? NULL : arena_alloc(arena, 3 * utf8.size);

    return out ? (struct slice){ out, charset_decode(SLICE("utf-8"), utf8, out) } : utf8;
}

char *words_encode(struct slice utf8, size_t name_size, struct arena *arena)
{
    struct encoder e = { .rope = rope_new(arena) };

    if (can_stay_plain(utf8, name_size)) {
        line_fold(&e.rope, utf8, name_size);
    } else {
        e.rest = make_valid(utf8, arena);
        e.base64 = base64_size(e.rest.size) < q_size(e.rest);
        write_words(&e, name_size);
    }
    return rope_ok(&e.rope) ? arena_text(arena, rope_flat(&e.rope)) : NULL;
}
