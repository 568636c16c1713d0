/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes that belong to somebody else: a pointer and a length. Mail is handled as slices of the file in which it was
 * saved; only checked text is ever a NUL-terminated `char *`.
 */
#ifndef OPEC_BASE_SLICE_H
#define OPEC_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_NONE ((struct slice){ NULL, 0 })

/* "%.*s" with its two arguments. */
#define SLICE_ARGS(s) (int)(s).size, (s).data ? (s).data : ""

/* The bytes of a NUL-terminated text, without the NUL; empty for NULL. */
struct slice slice_of(const char *text);

/* From `start` to before `end`, both pointers into one object. */
struct slice slice_between(const char *start, const char *end);

bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);

/* ASCII case does not count. */
bool slice_equal_nocase(struct slice a, struct slice b);
bool slice_is_nocase(struct slice a, const char *text);
bool slice_starts_nocase(struct slice a, const char *prefix);

/* Byte order, as memcmp; a prefix comes first. */
int slice_compare(struct slice a, struct slice b);

/* Without the first `n` bytes (all of them if there are fewer). */
struct slice slice_skip(struct slice s, size_t n);

/* Without blanks (space, tab, CR, LF) at both ends. */
struct slice slice_trim(struct slice s);

/* The position of a byte, or s.size. */
size_t slice_find_byte(struct slice s, char byte);

/* The position of `needle`, or s.size; the empty needle is at 0. */
size_t slice_find(struct slice s, struct slice needle);

/* Cut off what stands before the first `byte`; the byte is dropped. All of it, and false, if there is none. */
bool slice_cut(struct slice *s, char byte, struct slice *out_before);

/* The next line, with its LF if it has one; false at the end. */
bool slice_next_line(struct slice *s, struct slice *out_line);

/* A decimal number without sign that fits; false for anything else. */
bool slice_number(struct slice s, unsigned long long *out_value);

#endif
