/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decided points: an ENVID is a transaction number and a 128-bit keyed tag, at most 100 octets of xtext (RFC 3461 4.4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/tag.h"
#include "smtp/path.h"

static const unsigned char ours[TAG_KEY_SIZE] = "the key of this provider's store", other[TAG_KEY_SIZE] = "another provider's, or a guess..";

static void what_we_write_we_know_again(void **state)
{
    static const uint64_t numbers[] = { 0, 1, 0x0123456789abcdef, INT64_MAX, UINT64_MAX };
    char tag[TAG_SIZE], xtext[101];

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        for (int kind = TAG_TRANSACTION; kind <= TAG_RECEIPT; kind++) {
            enum tag_kind found;
            uint64_t number;

            assert_int_equal(tag_write(ours, (enum tag_kind)kind, numbers[i], tag), 0);
            assert_true(smtp_xtext_write(slice_of(tag), xtext, sizeof xtext));
            assert_string_equal(xtext, tag);
            assert_true(tag_read(ours, slice_of(tag), &found, &number));
            assert_int_equal(found, kind);
            assert_true(number == numbers[i]);
        }
}

/* Whoever has not the key makes no bounce of ours, and no receipt's tag stands for a transaction. */
static void nothing_else_is_ours(void **state)
{
    enum tag_kind kind;
    uint64_t number;
    char tag[TAG_SIZE], changed[TAG_SIZE + 1];
    size_t size;

    (void)state;
    assert_int_equal(tag_write(ours, TAG_TRANSACTION, 42, tag), 0);
    size = strlen(tag);
    assert_false(tag_read(other, slice_of(tag), &kind, &number));
    for (size_t i = 0; i < size; i++) {
        memcpy(changed, tag, size + 1);
        changed[i] = changed[i] == '0' ? '1' : '0';
        assert_false(tag_read(ours, slice_of(changed), &kind, &number));
        assert_false(tag_read(ours, (struct slice){ tag, i }, &kind, &number));
    }
    memcpy(changed, tag, size);
    memcpy(changed + size, "0", 2);
    assert_false(tag_read(ours, slice_of(changed), &kind, &number));
    memcpy(changed, tag, size + 1);
    memcpy(changed, "opec-r", 6);
    assert_false(tag_read(ours, slice_of(changed), &kind, &number));
    assert_false(tag_read(ours, SLICE(""), &kind, &number));
}

static void the_tag_has_128_bits(void **state)
{
    char tag[TAG_SIZE];

    (void)state;
    assert_int_equal(tag_write(ours, TAG_RECEIPT, 7, tag), 0);
    assert_int_equal(strlen(strrchr(tag, '-') + 1), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_we_write_we_know_again),
        cmocka_unit_test(nothing_else_is_ours),
        cmocka_unit_test(the_tag_has_128_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
