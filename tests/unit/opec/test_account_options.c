/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "opec/account_options.h"

enum { WORDS_MAX = 8 };

static const char hash[] = "$6$saltsaltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

struct option_case {
    const char *name;
    const char *words[WORDS_MAX]; /* NULL ends them */
    int result;
    const char *said;         /* of a failure: part of its words */
    struct account_options wanted;
};

static const struct option_case cases[] = {
    { "an address alone", { "a@x.it" }, 0, NULL, { .address = "a@x.it", .quota = -1, .active = true } },
    { "everything", { "--quota", "2GB", "a@x.it", "--active=no", "--password-hash", hash }, 0, NULL,
      { .address = "a@x.it", .password_hash = hash, .quota = 2000000000, .has_active = true } },
    { "a password from standard input", { "a@x.it", "--password-stdin" }, 0, NULL,
      { .address = "a@x.it", .password_stdin = true, .quota = -1, .active = true } },
    { "no limit", { "a@x.it", "--quota", "0" }, 0, NULL, { .address = "a@x.it", .active = true } },
    { "active", { "a@x.it", "--active", "yes" }, 0, NULL, { .address = "a@x.it", .quota = -1, .has_active = true, .active = true } },
    { "no address", { "--active", "yes" }, ERROR_SYNTAX, "", { 0 } },
    { "two addresses", { "a@x.it", "b@x.it" }, ERROR_SYNTAX, "", { 0 } },
    { "an unknown option", { "a@x.it", "--password", "x" }, ERROR_SYNTAX, "", { 0 } },
    { "a size that is none", { "a@x.it", "--quota", "2 elephants" }, ERROR_SYNTAX, "--quota 2 elephants", { 0 } },
    { "a size that is negative", { "a@x.it", "--quota", "-1" }, ERROR_SYNTAX, "--quota", { 0 } },
    { "neither yes nor no", { "a@x.it", "--active", "maybe" }, ERROR_SYNTAX, "yes or no", { 0 } },
    { "both passwords", { "a@x.it", "--password-stdin", "--password-hash", hash }, ERROR_SYNTAX, "do not go together", { 0 } },
    { "a password in place of its hash", { "a@x.it", "--password-hash", "secret" }, ERROR_SYNTAX, "crypt(3)", { 0 } },
};

static void same_text(const char *name, const char *got, const char *wanted)
{
    if ((got == NULL) != (wanted == NULL) || (got && strcmp(got, wanted) != 0))
        fail_msg("%s: \"%s\" in place of \"%s\"", name, got ? got : "none", wanted ? wanted : "none");
}

static void options_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct option_case *c = &cases[i];
        struct account_options got = { 0 };
        struct error e = { 0 };
        const char *words[WORDS_MAX];
        size_t count = 0;

        for (; count < WORDS_MAX && c->words[count]; count++)
            words[count] = c->words[count];
        if (account_options_read(words, count, &got, &e) != c->result)
            fail_msg("%s: %s", c->name, e.text);
        if (c->result && (!strstr(e.text, c->said) || (!*c->said && *e.text)))
            fail_msg("%s: \"%s\"", c->name, e.text);
        same_text(c->name, got.address, c->wanted.address);
        same_text(c->name, got.password_hash, c->wanted.password_hash);
        if (got.quota != c->wanted.quota || got.password_stdin != c->wanted.password_stdin || got.has_active != c->wanted.has_active ||
            got.active != c->wanted.active)
            fail_msg("%s: what was read", c->name);
    }
}

struct name_case {
    const char *name, *given, *wanted; /* NULL: refused */
};

static const struct name_case addresses[] = {
    { "lower case", "Mario.Rossi@PEC.Example", "mario.rossi@pec.example" },
    { "no domain", "mario", NULL },
    { "no local part", "@pec.example", NULL },
    { "two at signs", "a@b@c.example", NULL },
    { "a quoted local part is not for addresses of ours", "\"a b\"@pec.example", NULL },
    { "a dot at the end", "a.@pec.example", NULL },
    { "a domain literal", "a@[127.0.0.1]", NULL },
    { "a space", "a b@pec.example", NULL },
    { "a line end", "a@pec.example\n", NULL },
    { "RFC 5321 4.5.3.1.1: 64 octets", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd@x.it",
      "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd@x.it" },
    { "RFC 5321 4.5.3.1.1: 65", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde@x.it", NULL },
};

static const struct name_case domains[] = {
    { "lower case", "PEC.Example", "pec.example" }, { "empty", "", NULL },           { "a label that is empty", "a..b", NULL },
    { "an address", "a@b.it", NULL },               { "a space", "a b.it", NULL },   { "other than ASCII", "perch\xC3\xA9.it", NULL },
    { "a hyphen in front", "-a.it", NULL },
};

static void check_names(const struct name_case *names, size_t count,
                        int (*read)(const char *given, struct arena *arena, const char **out, struct error *e))
{
    struct arena *arena = arena_new(100000);

    for (size_t i = 0; i < count; i++) {
        const char *got = NULL;
        struct error e = { 0 };
        int result = read(names[i].given, arena, &got, &e);

        if ((result == 0) != (names[i].wanted != NULL) || (result != 0 && !*e.text))
            fail_msg("%s: %d, \"%s\"", names[i].name, result, e.text);
        same_text(names[i].name, got, names[i].wanted);
    }
    arena_free(&arena);
}

static void addresses_and_domains_are_checked_in_lower_case(void **state)
{
    (void)state;
    check_names(addresses, COUNT(addresses), account_address);
    check_names(domains, COUNT(domains), account_domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(addresses_and_domains_are_checked_in_lower_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
