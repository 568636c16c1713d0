/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages out of files, mailbox files (RFC 4155), Maildirs and folders.
 */
#include "printed.h"

#include <unistd.h>

#include "opec/verify/mbox.h"
#include "opec/verify/source.h"
#include "pki.h"

enum { MESSAGES_MAX = 4 };

/* --- mailbox files ---------------------------------------------------------------------------------------------------------- */

struct mbox_case {
    const char *name, *given;
    bool is_mbox;
    const char *messages[MESSAGES_MAX]; /* NULL ends them */
};

static const struct mbox_case mboxes[] = {
    { "nothing", "", false, { NULL } },
    { "a message", "From: a@b\n\nFrom a@b Tue Nov 24 06:21:41 2026\n", false, { NULL } },
    { "a letter", "From Rome with love\n\n", false, { NULL } },
    { "one message", "From a@b Tue Nov 24 06:21:41 2026\nA: b\n\nc\n\n", true, { "A: b\n\nc\n" } },
    { "as Thunderbird writes it", "From - Tue Nov 24 06:21:41 2026\r\nA: b\r\n\r\nc\r\n\r\nFrom - Tue Nov 24 06:21:42 2026\r\nD: e\r\n\r\n", true,
      { "A: b\r\n\r\nc\r\n", "D: e\r\n" } },
    { "without the empty line at the end", "From a@b Tue Nov 24 06:21:41 2026\nA: b\n\nc", true, { "A: b\n\nc" } },
    { "two, and a line in the text that is no separator",
      "From a@b Tue Nov 24 06:21:41 2026\nA: b\n\nc\nFrom a@b Tue Nov 24 06:21:41 2026\nd\n\nFrom here to there\n\nFrom c@d Tue Nov 24 06:22:00 2026\nE: f\n\ng\n",
      true, { "A: b\n\nc\nFrom a@b Tue Nov 24 06:21:41 2026\nd\n\nFrom here to there\n", "E: f\n\ng\n" } },
    { "a message of nothing", "From a@b Tue Nov 24 06:21:41 2026\n\nFrom c@d Tue Nov 24 06:22:00 2026\nE: f\n", true, { "", "E: f\n" } },
    { "the separator alone", "From a@b Tue Nov 24 06:21:41 2026", true, { "" } },
};

static void mailbox_files_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mboxes); i++) {
        const struct mbox_case *c = &mboxes[i];
        struct slice rest = slice_of(c->given), message;
        size_t count = 0;

        if (mbox_is(rest) != c->is_mbox)
            fail_msg("%s", c->name);
        while (c->is_mbox && mbox_next(&rest, &message)) {
            if (!c->messages[count] || !slice_is(message, c->messages[count]))
                fail_msg("%s: message %zu: %.*s", c->name, count, SLICE_ARGS(message));
            count++;
        }
        if (c->messages[count])
            fail_msg("%s: %zu messages", c->name, count);
    }
}

static void quoting_is_undone(void **state)
{
    static const char *const rows[][2] = {
        { ">From a\nb\n>>From c\n> From d\n>From", "From a\nb\n>From c\n> From d\n>From" },
        { "a >From b\r\n>From c\r\n", "a >From b\r\nFrom c\r\n" },
    };
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *found = mbox_unquote(slice_of(rows[i][0]), &size);

        assert_non_null(found);
        assert_int_equal(size, strlen(rows[i][1]));
        assert_memory_equal(found, rows[i][1], size);
        free(found);
    }
    assert_null(mbox_unquote(SLICE("From a\n"), &size));
    assert_null(mbox_unquote(SLICE(""), &size));
}

/* --- sources ---------------------------------------------------------------------------------------------------------------- */

struct source_case {
    const char *name;
    const char *make;                   /* a shell script */
    bool is_many;
    const char *messages[MESSAGES_MAX]; /* "NAME=BYTES"; without "=": it cannot be read */
};

static const struct source_case sources[] = {
    { "a file", "printf 'A: b\\r\\n' > it", false, { "it=A: b\r\n" } },
    { "a file with LF line ends", "printf 'A: b\\n' > it", false, { "it=A: b\r\n" } },
    { "an empty file", ": > it", false, { "it=" } },
    { "no file", ":", false, { "it" } },
    { "a pipe", "mkfifo it; printf 'A: b\\n' > it &", false, { "it=A: b\r\n" } },
    { "a mailbox file", "printf 'From a 01:02 2026\\nA: b\\n\\nFrom c 01:02 2026\\nC: d\\n\\n' > it", true, { "it:1=A: b\r\n", "it:2=C: d\r\n" } },
    { "a mailbox file with one message", "printf 'From a 01:02 2026\\nA: b\\n\\n' > it", false, { "it=A: b\r\n" } },
    { "a Maildir", "mkdir -p it/cur it/new it/tmp; echo 2 > it/cur/2; echo 1 > it/cur/1; echo 3 > it/new/3; echo 4 > it/tmp/4", true,
      { "it/cur/1=1\r\n", "it/cur/2=2\r\n", "it/new/3=3\r\n" } },
    { "a folder", "mkdir -p it/more; echo b > it/b.eml; echo a > it/a.eml; echo x > it/.x; echo y > it/more/y", true,
      { "it/a.eml=a\r\n", "it/b.eml=b\r\n" } },
    { "a folder with a file that is gone", "mkdir it; echo b > it/b; ln -s nowhere it/a", true, { "it/a", "it/b=b\r\n" } },
    { "an empty folder", "mkdir it", true, { NULL } },
    { "a file that nobody can read in one piece", "truncate -s 200000001 it", false, { "it" } },
};

static void check(const struct source_case *c)
{
    struct verify_source *source = NULL;
    struct verify_message message;
    struct error e = { 0 };
    size_t count = 0;
    int result;

    assert_int_equal(pki_shell(c->make), 0);
    assert_int_equal(verify_source_open("it", &source, &e), 0);
    if (verify_source_is_many(source) != c->is_many)
        fail_msg("%s: one or many", c->name);
    for (; verify_source_next(source, &message, &result, &e); count++) {
        const char *wanted = c->messages[count], *bytes = wanted ? strchr(wanted, '=') : NULL;

        if (!wanted || strncmp(message.name, wanted, strlen(message.name)) != 0 || (result == 0) != (bytes != NULL))
            fail_msg("%s: %s: %s", c->name, message.name, result ? e.text : "read");
        if (bytes && !slice_is(message.bytes, bytes + 1))
            fail_msg("%s: %s: %.*s", c->name, message.name, SLICE_ARGS(message.bytes));
    }
    if (c->messages[count])
        fail_msg("%s: %zu messages", c->name, count);
    verify_source_close(&source);
    assert_int_equal(pki_shell("rm -rf it"), 0);
}

static void messages_come_in_order_from_wherever_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sources); i++)
        check(&sources[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailbox_files_are_taken_apart),
        cmocka_unit_test(quoting_is_undone),
        cmocka_unit_test(messages_come_in_order_from_wherever_they_are),
    };
    int failed;

    pki_begin(NULL);
    failed = chdir(pki_path(".")) == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
    pki_end();
    return failed;
}
