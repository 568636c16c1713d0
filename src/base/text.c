/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <string.h>

enum { REPLACEMENT = 0xFFFD };

/* The length that a first byte announces and the smallest character of that length; 0 for a byte that begins none. */
static size_t announced(unsigned char first, uint32_t *out_smallest, uint32_t *out_bits)
{
    if (first < 0x80)
        return *out_smallest = 0, *out_bits = first, 1;
    if (first >= 0xC2 && first <= 0xDF)
        return *out_smallest = 0x80, *out_bits = first & 0x1F, 2;
    if (first >= 0xE0 && first <= 0xEF)
        return *out_smallest = 0x800, *out_bits = first & 0x0F, 3;
    if (first >= 0xF0 && first <= 0xF4)
        return *out_smallest = 0x10000, *out_bits = first & 0x07, 4;
    return 0;
}

/* The character at the front and its length; length 0 if it is invalid. */
static size_t decode(struct slice s, uint32_t *out_character)
{
    uint32_t smallest, value;
    size_t length = announced((unsigned char)s.data[0], &smallest, &value);

    if (length == 0 || length > s.size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if ((c & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (c & 0x3F);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *out_character = value;
    return length;
}

bool utf8_next(struct slice *s, uint32_t *out_character)
{
    size_t length;

    if (s->size == 0)
        return false;
    length = decode(*s, out_character);
    if (length == 0) {
        *out_character = REPLACEMENT;
        length = 1;
    }
    *s = slice_skip(*s, length);
    return true;
}

size_t utf8_write(uint32_t character, char out[4])
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (char)(0xC0 | character >> 6);
        out[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (char)(0xE0 | character >> 12);
        out[1] = (char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | character >> 18);
    out[1] = (char)(0x80 | (character >> 12 & 0x3F));
    out[2] = (char)(0x80 | (character >> 6 & 0x3F));
    out[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}

bool utf8_valid(struct slice s)
{
    uint32_t character;

    while (s.size) {
        size_t length = decode(s, &character);

        if (length == 0)
            return false;
        s = slice_skip(s, length);
    }
    return true;
}

bool text_is_ascii(struct slice s)
{
    unsigned char all = 0;

    for (size_t i = 0; i < s.size; i++)
        all |= (unsigned char)s.data[i];
    return all < 0x80;
}

static bool ends_a_line(uint32_t c)
{
    return c <= 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

char *text_one_line(struct arena *a, struct slice utf8)
{
    /* A replaced byte grows from one to three. */
    char *text = arena_alloc(a, utf8.size * 3 + 1), *end = text;
    bool gap = false;
    uint32_t c;

    if (!text)
        return NULL;
    while (utf8_next(&utf8, &c)) {
        if (c == 0xFFFE || c == 0xFFFF)
            continue;
        if (ends_a_line(c)) {
            gap = end != text;
            continue;
        }
        if (gap)
            *end++ = ' ';
        gap = false;
        end += utf8_write(c, end);
    }
    *end = '\0';
    return text;
}

struct near_form {
    uint32_t character;
    const char *latin1;
};

static const struct near_form near_forms[] = {
    { 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" }, { 0x2014, "-" }, { 0x2015, "-" }, { 0x2018, "'" },
    { 0x2019, "'" }, { 0x201A, "," }, { 0x201B, "'" }, { 0x201C, "\"" }, { 0x201D, "\"" }, { 0x201E, "\"" }, { 0x2022, "\xB7" },
    { 0x2026, "..." }, { 0x202F, " " }, { 0x20AC, "EUR" }, { 0x2122, "(TM)" }, { 0x2212, "-" },
};

enum { LONGEST_NEAR_FORM = 4 };

static const char *near_form(uint32_t character)
{
    for (size_t i = 0; i < sizeof near_forms / sizeof near_forms[0]; i++)
        if (near_forms[i].character == character)
            return near_forms[i].latin1;
    return "?";
}

char *text_latin1(struct arena *a, struct slice utf8)
{
    /* A near form is at most one byte longer than the UTF-8 it stands for. */
    char *text = arena_alloc(a, utf8.size * 2 + LONGEST_NEAR_FORM + 1), *end = text;
    uint32_t c;

    if (!text)
        return NULL;
    while (utf8_next(&utf8, &c)) {
        if (c < 0x100)
            *end++ = (char)c;
        else
            end = stpcpy(end, near_form(c));
    }
    *end = '\0';
    return text;
}

void hex_write(struct slice s, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < s.size; i++) {
        unsigned char byte = (unsigned char)s.data[i];

        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_read(struct slice hex, unsigned char *out, size_t size)
{
    if (hex.size != size * 2)
        return false;
    for (size_t i = 0; i < size; i++)
        if (hex_digit(hex.data[2 * i]) < 0 || hex_digit(hex.data[2 * i + 1]) < 0)
            return false;
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(hex_digit(hex.data[2 * i]) << 4 | hex_digit(hex.data[2 * i + 1]));
    return true;
}

bool text_copy(char *out, size_t size, struct slice s)
{
    size_t n = s.size < size ? s.size : size - 1;

    if (n)
        memcpy(out, s.data, n);
    out[n] = '\0';
    return n == s.size;
}
