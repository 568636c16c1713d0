/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include <crypt.h>
#include <unistd.h>

#include "base/slice.h"
#include "opec/password.h"

/* Read from a pipe that holds these bytes and no more. *out_left counts what was not taken. */
static int read_from(struct slice bytes, char out[PASSWORD_MAX + 1], size_t *out_left)
{
    char rest[2 * PASSWORD_MAX];
    int ends[2], result;
    ssize_t n;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes.data, bytes.size), (ssize_t)bytes.size);
    close(ends[1]);
    result = password_read(ends[0], out, NULL);
    n = read(ends[0], rest, sizeof rest);
    *out_left = n > 0 ? (size_t)n : 0;
    close(ends[0]);
    return result;
}

static void the_first_line_is_the_password(void **state)
{
    static const struct {
        const char *name;
        struct slice given;
        int result;
        const char *wanted;
        size_t left;
    } cases[] = {
        { "with a line end", { "secret\n", 7 }, 0, "secret", 0 },
        { "without one", { "secret", 6 }, 0, "secret", 0 },
        { "with CRLF", { "secret\r\n", 8 }, 0, "secret", 0 },
        { "blanks belong to it", { " a b \n", 6 }, 0, " a b ", 0 },
        { "what follows is not ours", { "a\nnext\n", 7 }, 0, "a", 5 },
        { "nothing", { "", 0 }, ERROR_SYNTAX, "", 0 },
        { "an empty line", { "\nx\n", 3 }, ERROR_SYNTAX, "", 2 },
        { "crypt(3) would stop at a NUL", { "a\0b\n", 4 }, ERROR_SYNTAX, "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[PASSWORD_MAX + 1] = "";
        size_t left;

        if (read_from(cases[i].given, out, &left) != cases[i].result || strcmp(out, cases[i].wanted) != 0 || left != cases[i].left)
            fail_msg("%s: \"%s\", left %zu", cases[i].name, out, left);
    }
}

static void a_password_has_a_largest_length(void **state)
{
    char long_one[PASSWORD_MAX + 2], out[PASSWORD_MAX + 1] = "";
    size_t left;

    (void)state;
    memset(long_one, 'x', sizeof long_one);
    assert_int_equal(read_from((struct slice){ long_one, PASSWORD_MAX }, out, &left), 0);
    assert_int_equal(strlen(out), PASSWORD_MAX);
    assert_int_equal(read_from((struct slice){ long_one, PASSWORD_MAX + 1 }, out, &left), ERROR_LIMIT);
}

static void a_hash_is_salted_and_crypt_agrees_with_it(void **state)
{
    char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
    struct crypt_data *data = calloc(1, sizeof *data);

    (void)state;
    assert_non_null(data);
    assert_int_equal(password_hash("secret", one, NULL), 0);
    assert_int_equal(password_hash("secret", two, NULL), 0);
    assert_memory_equal(one, "$6$", 3);
    assert_string_not_equal(one, two);
    assert_string_equal(crypt_r("secret", one, data), one);
    assert_string_not_equal(crypt_r("Secret", one, data), one);
    assert_int_equal(password_check_hash(one, NULL), 0);
    free(data);
}

static void hashes_that_crypt_does_not_take_are_refused(void **state)
{
    static const char *const bad[] = {
        "", "*", "!", "secret", "{PLAIN}secret", "$6$", "$6$salt$", "$99$saltsaltsalt$abcdefghijklmnopqrstuvwx",
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", /* MD5 */
        "$6$saltsaltsalt$abcdefghijklmnopqr:stuvwx", "$6$saltsaltsalt$abcdefghijklm opqrstuvwx", "$6$saltsaltsalt$abcdefghijklm\nopqrst",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (password_check_hash(bad[i], NULL) != ERROR_SYNTAX)
            fail_msg("taken: %s", bad[i]);
}

/* No password must ever fit what stands for "none". */
static void no_password_gives_the_one_for_none(void **state)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *made;

    (void)state;
    assert_non_null(data);
    made = crypt_r("", password_none, data);
    assert_true(!made || strcmp(made, password_none) != 0);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_the_password),
        cmocka_unit_test(a_password_has_a_largest_length),
        cmocka_unit_test(a_hash_is_salted_and_crypt_agrees_with_it),
        cmocka_unit_test(hashes_that_crypt_does_not_take_are_refused),
        cmocka_unit_test(no_password_gives_the_one_for_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
