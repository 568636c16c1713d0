/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "mime/address.h"

/* A list is written as "name|address" for each mailbox, "-" for no name, joined by "; ". */
struct valid_case {
    const char *name, *value, *wanted;
};

static const struct valid_case valid_cases[] = {
    { "an address", "a@b.it", "-|a@b.it" },
    { "an address in brackets", "<a@b.it>", "-|a@b.it" },
    { "a name", "Mario Rossi <a@b.it>", "Mario Rossi|a@b.it" },
    { "a name without a blank before the bracket", "Mario<a@b.it>", "Mario|a@b.it" },
    { "a quoted name", "\"Rossi, Mario\" <a@b.it>", "Rossi, Mario|a@b.it" },
    { "a quoted name with an address in it", "\"x@y.it\" <a@b.it>", "x@y.it|a@b.it" },
    { "a quoted name with brackets in it", "\"<x@y.it>\" <a@b.it>", "<x@y.it>|a@b.it" },
    { "RFC 5322 3.2.4: escapes in a quoted name", "\"Mario \\\"il \\\\\\\"\" <a@b.it>", "Mario \"il \\\"|a@b.it" },
    { "an empty quoted name", "\"\" <a@b.it>", "|a@b.it" },
    { "words and quoted words", "Dott. \"Mario\" Rossi <a@b.it>", "Dott. Mario Rossi|a@b.it" },
    { "blanks in a name are one", "Mario  \t Rossi <a@b.it>", "Mario Rossi|a@b.it" },
    { "blanks in a quoted name stay", "\"Mario  Rossi\" <a@b.it>", "Mario  Rossi|a@b.it" },
    { "RFC 5322 4.1: dots in a name", "Rossi S.p.A. <a@b.it>", "Rossi S.p.A.|a@b.it" },
    { "RFC 2047 5: an encoded word is an atom", "=?utf-8?Q?Niccol=C3=B2?= <a@b.it>", "=?utf-8?Q?Niccol=C3=B2?=|a@b.it" },
    { "a comma in an encoded word, against RFC 2047 5 and in wide use", "=?utf-8?Q?Rossi,_Mario?= <a@b.it>",
      "=?utf-8?Q?Rossi,_Mario?=|a@b.it" },
    { "an encoded word with an address in it yields no address", "=?utf-8?Q?Bcc:_x@y.it?= <a@b.it>",
      "=?utf-8?Q?Bcc:_x@y.it?=|a@b.it" },
    { "two encoded words", "=?utf-8?B?w6g=?=\r\n =?utf-8?B?w6g=?= <a@b.it>", "=?utf-8?B?w6g=?= =?utf-8?B?w6g=?=|a@b.it" },
    { "two addresses", "a@b.it, c@d.it", "-|a@b.it; -|c@d.it" },
    { "two addresses without a blank", "a@b.it,c@d.it", "-|a@b.it; -|c@d.it" },
    { "names and addresses", "A <a@b.it>, c@d.it, \"E, F\" <e@f.it>", "A|a@b.it; -|c@d.it; E, F|e@f.it" },
    { "folded between addresses", "a@b.it,\r\n\tc@d.it", "-|a@b.it; -|c@d.it" },
    { "folded within a name", "Mario\r\n Rossi <a@b.it>", "Mario Rossi|a@b.it" },
    { "folded within a quoted name", "\"Mario\r\n Rossi\" <a@b.it>", "Mario Rossi|a@b.it" },
    { "folded before the address", "Mario Rossi\r\n <a@b.it>", "Mario Rossi|a@b.it" },
    { "blanks around", "  a@b.it \t", "-|a@b.it" },
    { "a comment behind", "a@b.it (Mario Rossi)", "-|a@b.it" },
    { "a comment before", "(Mario) a@b.it", "-|a@b.it" },
    { "comments yield no addresses", "(x@y.it, z@w.it) a@b.it (<q@r.it>)", "-|a@b.it" },
    { "nested comments", "a@b.it (x (y@z.it (z)) w)", "-|a@b.it" },
    { "a comment with an escaped bracket", "a@b.it (x \\) y@z.it)", "-|a@b.it" },
    { "a comment with a quote", "a@b.it (it's \" open)", "-|a@b.it" },
    { "a comment in a name", "Mario (x) Rossi <a@b.it>", "Mario Rossi|a@b.it" },
    { "comments in brackets", "<(x)a@b.it(y)>", "-|a@b.it" },
    { "RFC 5322 A.5: blanks and comments around dots and @", "pete(his account) @ silly . test(his host)", "-|pete@silly.test" },
    { "RFC 5322 4.4: dots with blanks", "a . b @ c . it", "-|a.b@c.it" },
    { "RFC 5322 A.1.2: several forms",
      "\"Joe Q. Public\" <john.q.public@example.com>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
      "Joe Q. Public|john.q.public@example.com; Giant; \"Big\" Box|sysservices@example.net" },
    { "RFC 5322 A.1.3: a group", "A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
      "Ed Jones|joe@where.test; -|joe@where.test; John|jdoe@one.test" },
    { "RFC 5322 A.1.3: an empty group", "Undisclosed recipients:;", "" },
    { "an empty group with a comment", "Undisclosed recipients: (none) ;", "" },
    { "RFC 5322 4.4: a group of commas", "Nobody: , ,;", "" },
    { "a group between addresses", "a@b.it, G: c@d.it;, e@f.it", "-|a@b.it; -|c@d.it; -|e@f.it" },
    { "a quoted group name", "\"G: H\": a@b.it;", "-|a@b.it" },
    { "two groups", "G:;, H: a@b.it;", "-|a@b.it" },
    { "RFC 5322 4.4: empty elements", ", a@b.it,, c@d.it,", "-|a@b.it; -|c@d.it" },
    { "a trailing comma", "a@b.it,", "-|a@b.it" },
    { "a trailing comma in a group", "G: a@b.it,;", "-|a@b.it" },
    { "a quoted local part", "\"a b\"@c.it", "-|\"a b\"@c.it" },
    { "a quoted local part with @ in it", "\"x@y\"@c.it", "-|\"x@y\"@c.it" },
    { "a quoted local part with a comma and a bracket", "<\"a,>b\"@c.it>", "-|\"a,>b\"@c.it" },
    { "an escaped quote in a local part", "\"a\\\"b\"@c.it", "-|\"a\\\"b\"@c.it" },
    { "a folded quoted local part", "\"a\r\n b\"@c.it", "-|\"a b\"@c.it" },
    { "a domain literal", "a@[127.0.0.1]", "-|a@[127.0.0.1]" },
    { "a domain literal of IPv6", "a@[IPv6:::1]", "-|a@[IPv6:::1]" },
    { "blanks in a domain literal go", "a@[ 127.0.0.1\r\n ]", "-|a@[127.0.0.1]" },
    { "special characters of atoms", "!#$%&'*+-/=?^_`{|}~@c.it", "-|!#$%&'*+-/=?^_`{|}~@c.it" },
    { "upper case stays", "A.B@C.It", "-|A.B@C.It" },
    { "a domain of one label", "root@localhost", "-|root@localhost" },
    { "a local part over 64 octets is no matter of grammar",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.it",
      "-|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.it" },
    { "PEC: the From of a transport envelope", "\"Per conto di: mario@pec.it\" <posta-certificata@gestore.it>",
      "Per conto di: mario@pec.it|posta-certificata@gestore.it" },
    { "nothing", "", "" },
    { "blanks", " \r\n ", "" },
};

/* What was found before the fault, written as above. */
static const struct valid_case fault_cases[] = {
    { "no domain", "mario", "" },
    { "no domain in brackets", "<mario>", "" },
    { "@ without a domain", "a@", "" },
    { "@ without a local part", "@b.it", "" },
    { "@ alone", "@", "" },
    { "brackets without an address", "<>", "" },
    { "a name and brackets without an address", "Mario <>", "" },
    { "a name alone", "Mario Rossi", "" },
    { "an encoded word for a local part", "=?utf-8?Q?a@b?=@c.it", "" },
    { "a quoted name alone", "\"a@b.it\"", "" },
    { "an address without a comma behind", "a@b.it c@d.it", "" },
    { "two addresses in brackets without a comma", "<a@b.it> <c@d.it>", "" },
    { "two in one pair of brackets", "<a@b.it, c@d.it>", "" },
    { "a semicolon in place of a comma", "a@b.it; c@d.it", "" },
    { "no closing bracket", "Mario <a@b.it", "" },
    { "no closing bracket before a comma", "Mario <a@b.it, c@d.it", "" },
    { "no opening bracket", "Mario a@b.it>", "" },
    { "a closing bracket behind", "a@b.it>", "" },
    { "two opening brackets", "<<a@b.it>>", "" },
    { "words behind the bracket", "<a@b.it> Mario", "" },
    { "words before an address", "Mario a@b.it", "" },
    { "an unquoted comma in a name", "Rossi, Mario <a@b.it>", "" },
    { "an unquoted @ in a name", "x@y.it <a@b.it>", "" },
    { "an unquoted colon in a name", "Per conto di: x@y.it <a@b.it>", "" },
    { "a name that begins with a dot", ".Mario <a@b.it>", "" },
    { "a dot at the front", ".a@b.it", "" },
    { "a dot at the end of the local part", "a.@b.it", "" },
    { "two dots", "a..b@c.it", "" },
    { "a dot at the front of the domain", "a@.b.it", "" },
    { "a dot at the end of the domain", "a@b.it.", "" },
    { "two dots in the domain", "a@b..it", "" },
    { "two @", "a@b@c.it", "" },
    { "two words as a local part", "a b@c.it", "" },
    { "a local part that is partly quoted", "a.\"b\"@c.it", "" },
    { "a quoted word behind a word", "a\"b\"@c.it", "" },
    { "a quoted word before a dot", "\"a\".b@c.it", "" },
    { "RFC 5322 4.4: a route", "<@x.it:a@b.it>", "" },
    { "a route of two", "<@x.it,@y.it:a@b.it>", "" },
    { "a quoted string that does not end", "\"Mario <a@b.it>", "" },
    { "a comment that does not end", "a@b.it (x", "" },
    { "a nested comment that does not end", "a@b.it ((x)", "" },
    { "a closing bracket of a comment alone", "a@b.it )", "" },
    { "a control in a name", "Ma\x01rio <a@b.it>", "" },
    { "a control in a quoted name", "\"Ma\x07rio\" <a@b.it>", "" },
    { "DEL in an address", "a\x7F@b.it", "" },
    { "an 8-bit byte in a name", "Niccol\xF2 <a@b.it>", "" },
    { "UTF-8 in a name", "Niccol\xC3\xB2 <a@b.it>", "" },
    { "UTF-8 in a quoted name", "\"Niccol\xC3\xB2\" <a@b.it>", "" },
    { "UTF-8 in a comment", "a@b.it (Niccol\xC3\xB2)", "" },
    { "UTF-8 in a local part", "niccol\xC3\xB2@b.it", "" },
    { "UTF-8 in a domain", "a@citt\xC3\xA0.it", "" },
    { "a bare LF", "a@b.it,\n c@d.it", "-|a@b.it" },
    { "a bare CR", "a@b.it,\r c@d.it", "-|a@b.it" },
    { "a line end that folds nothing", "a@b.it,\r\nc@d.it", "-|a@b.it" },
    { "a backslash outside quotes", "a\\b@c.it", "" },
    { "a literal as a local part", "[1]@c.it", "" },
    { "a literal with words before it", "a@b[1.2.3.4]", "" },
    { "an empty literal", "a@[]", "" },
    { "a literal that does not end", "a@[1.2.3.4", "" },
    { "a group that does not end", "G: a@b.it", "-|a@b.it" },
    { "an empty group that does not end", "G:", "" },
    { "a group that ends with a comma", "G: a@b.it,", "-|a@b.it" },
    { "a group without a name", ":a@b.it;", "" },
    { "a group within a group", "G: H: a@b.it;;", "" },
    { "an empty group within a group", "G: H:;", "" },
    { "a group with an address as its name", "a@b.it: c@d.it;", "" },
    { "a group with words behind it", "G: a@b.it; Mario", "-|a@b.it" },
    { "an address without a comma behind a group", "G: a@b.it; c@d.it", "-|a@b.it" },
    { "a semicolon without a group", "a@b.it;", "" },
    { "a semicolon alone", ";", "" },
    { "a comma alone", ",", "" },
    { "commas alone", ", ,", "" },
    { "a comment alone", "(nobody)", "" },
    { "a good address behind the fault is not taken", "mario, a@b.it", "" },
    { "two good ones before the fault", "a@b.it, C <c@d.it>, <e", "-|a@b.it; C|c@d.it" },
};

static struct slice spell(const struct address_list *list, struct arena *arena)
{
    struct rope r = rope_new(arena);

    for (size_t i = 0; i < list->count; i++) {
        const struct mailbox *m = &list->items[i];

        rope_printf(&r, "%s%s|%s", i ? "; " : "", m->name ? m->name : "-", m->address);
    }
    return rope_flat(&r);
}

static void check_list(const struct valid_case *c, bool valid, struct arena *arena)
{
    struct slice value = slice_of(c->value);
    char *copy = fixture_exact(value);
    struct address_list list;

    value.data = copy;
    assert_int_equal(address_list_read(value, arena, &list), 0);
    if (valid && list.fault)
        fail_msg("%s: %s", c->name, list.fault);
    if (!valid && !list.fault)
        fail_msg("%s: no fault", c->name);
    fixture_same(c->name, spell(&list, arena), slice_of(c->wanted));
    free(copy);
}

static void test_valid_lists(void **state)
{
    for (size_t i = 0; i < COUNT(valid_cases); i++)
        check_list(&valid_cases[i], true, *state);
}

static void test_faults(void **state)
{
    for (size_t i = 0; i < COUNT(fault_cases); i++)
        check_list(&fault_cases[i], false, *state);
}

static void test_a_nul_is_a_fault(void **state)
{
    static const struct slice values[] = { { "a\0@b.it", 7 }, { "a@b.it\0", 7 }, { "\"a\0\" <a@b.it>", 14 }, { "\0", 1 } };

    for (size_t i = 0; i < COUNT(values); i++) {
        struct address_list list;

        assert_int_equal(address_list_read(values[i], *state, &list), 0);
        assert_non_null(list.fault);
    }
}

/* Whatever byte stands in for one of a good value, and wherever the value is cut, what is found are addresses. */
static void test_every_byte_in_every_place(void **state)
{
    struct slice value = SLICE("\"R, M\" (x) <a.b@c.it>, G: \"d e\"@[1.2];");

    (void)state;
    for (size_t i = 0; i <= value.size; i++) {
        char *cut = fixture_exact((struct slice){ value.data, i });
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        struct address_list list;

        assert_int_equal(address_list_read((struct slice){ cut, i }, arena, &list), 0);
        for (int byte = 0; byte < 256 && i < value.size; byte++) {
            char *changed = fixture_exact(value);

            changed[i] = (char)byte;
            assert_int_equal(address_list_read((struct slice){ changed, value.size }, arena, &list), 0);
            for (size_t j = 0; j < list.count; j++)
                if (!address_valid(slice_of(list.items[j].address)) && !strchr(list.items[j].address, '\t'))
                    fail_msg("byte %d at %zu: %s", byte, i, list.items[j].address);
            free(changed);
        }
        arena_free(&arena);
        free(cut);
    }
}

static void test_twenty_thousand_addresses_and_no_more(void **state)
{
    struct slice value = fixture_repeat(*state, "a@b,", ADDRESS_LIST_MAX + 1);
    struct address_list list = { .count = 77 };

    assert_int_equal(address_list_read(value, *state, &list), ERROR_LIMIT);
    assert_int_equal(list.count, 77);
    value.size -= 4;
    assert_int_equal(address_list_read(value, *state, &list), 0);
    assert_int_equal(list.count, ADDRESS_LIST_MAX);
    assert_null(list.fault);
}

static void test_no_budget(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 200; budget += 8) {
        struct arena *small = arena_new(budget);
        struct address_list list = { .count = 77 };
        int rc = address_list_read(SLICE("Mario <a@b.it>, c@d.it"), small, &list);

        assert_true(rc == ERROR_BUDGET ? list.count == 77 : rc == 0 && list.count == 2);
        arena_free(&small);
    }
}

static void test_hostile_lists_take_linear_time(void **state)
{
    static const char *const pieces[] = { "(", "((x)", "\"", "\\", ",", "a", "a.", "a ", "<", "G:;,", "[", "(x)", "\r\n ", "a@b ",
                                          "=?", "=?.", "=?,?" };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct slice value = fixture_repeat(*state, pieces[i], 300 * 1000);
        struct address_list list;

        assert_int_equal(address_list_read(value, *state, &list), 0);
        assert_int_equal(list.fault == NULL, strcmp(pieces[i], "G:;,") == 0 || strcmp(pieces[i], "\r\n ") == 0);
    }
    assert_true(fixture_seconds() - start < 20);
}

static const struct {
    const char *address;
    bool valid;
} address_cases[] = {
    { "a@b", true },
    { "mario.rossi@pec.example.it", true },
    { "a+b=c/d@x-y.it", true },
    { "\"a b\"@c.it", true },
    { "\"\"@c.it", true },
    { "\"a\\\"@b\"@c.it", true },
    { "a@[127.0.0.1]", true },
    { "a@[IPv6:::1]", true },
    { "", false },
    { "a", false },
    { "a@", false },
    { "@b", false },
    { "a@@b", false },
    { "a@b@c", false },
    { ".a@b", false },
    { "a.@b", false },
    { "a..b@c", false },
    { "a@b.", false },
    { "a@.b", false },
    { "a@b..c", false },
    { "a b@c", false },
    { " a@b", false },
    { "a@b ", false },
    { "a@b\r\n", false },
    { "<a@b>", false },
    { "a@b(x)", false },
    { "a@b,c@d", false },
    { "\"a@b", false },
    { "\"a\"b@c", false },
    { "a\"b\"@c", false },
    { "\"a\\\"@c", false },
    { "\"a\tb\"@c", false },
    { "\"a\r\n b\"@c", false },
    { "\"\xE8\"@c", false },
    { "\xE8@c", false },
    { "a@\xC3\xA8.it", false },
    { "a@[]", false },
    { "a@[1.2", false },
    { "a@1.2]", false },
    { "a@[1 2]", false },
    { "a@[1]x", false },
    { "a@[[1]]", false },
    { "a\x01@b", false },
    { "a\x7F@b", false },
    { "a@b\x7F", false },
};

static void test_valid_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(address_cases); i++) {
        struct slice address = slice_of(address_cases[i].address);
        char *copy = fixture_exact(address);

        if (address_valid((struct slice){ copy, address.size }) != address_cases[i].valid)
            fail_msg("\"%s\" is taken as %s", address_cases[i].address, address_cases[i].valid ? "malformed" : "valid");
        free(copy);
    }
    assert_false(address_valid((struct slice){ "a\0@b", 4 }));
    assert_false(address_valid((struct slice){ "a@b\0", 4 }));
}

/* RFC 5321 4.5.3.1: 64 octets before the "@", 255 behind it. */
static void test_lengths_of_addresses(void **state)
{
    const char *local = fixture_repeat(*state, "l", 64).data, *domain = fixture_repeat(*state, "d", 255).data;

    assert_true(address_valid(fixture_join(*state, (const char *[]){ local, "@", domain, NULL })));
    assert_false(address_valid(fixture_join(*state, (const char *[]){ "l", local, "@", domain, NULL })));
    assert_false(address_valid(fixture_join(*state, (const char *[]){ local, "@", domain, "d", NULL })));
}

static void test_domains(void **state)
{
    (void)state;
    fixture_same("plain", address_domain(SLICE("a@B.it")), SLICE("B.it"));
    fixture_same("quoted @", address_domain(SLICE("\"x@y\"@b.it")), SLICE("b.it"));
    fixture_same("none", address_domain(SLICE("mario")), SLICE(""));
    fixture_same("empty", address_domain(SLICE("a@")), SLICE(""));
    fixture_same("nothing", address_domain(SLICE_NONE), SLICE(""));
}

static void test_same_mailbox(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "a@b.it", "a@b.it", true },
        { "Mario@Pec.It", "mario@pec.it", true },
        { "\"mario\"@b.it", "mario@b.it", true },
        { "\"Mario\"@b.it", "\"mario\"@b.it", true },
        { "\"ma\\rio\"@b.it", "mario@b.it", true },
        { "\"a b\"@c.it", "\"a\\ b\"@c.it", true },
        { "\"a\\\"b\"@c.it", "\"a\\\"B\"@c.it", true },
        { "\"x@y\"@c.it", "\"x@y\"@C.it", true },
        { "a@[127.0.0.1]", "A@[127.0.0.1]", true },
        { "", "", true },
        { "a@b.it", "a@b.com", false },
        { "a@b.it", "a@b.i", false },
        { "a@b.it", "ab@b.it", false },
        { "a.b@c.it", "ab@c.it", false },
        { "\"a b\"@c.it", "\"ab\"@c.it", false },
        { "\"a\\\"b\"@c.it", "ab@c.it", false },
        { "\"a\\\\b\"@c.it", "ab@c.it", false },
        { "a", "a@", false },
        { "a@b", "", false },
        { "\"x@y\"@c.it", "x@y@c.it", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice a = slice_of(cases[i].a), b = slice_of(cases[i].b);

        if (address_same(a, b) != cases[i].same || address_same(b, a) != cases[i].same)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_valid_lists, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_faults, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_nul_is_a_fault, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_every_byte_in_every_place),
        cmocka_unit_test_setup_teardown(test_twenty_thousand_addresses_and_no_more, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test_setup_teardown(test_hostile_lists_take_linear_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_valid_addresses),
        cmocka_unit_test_setup_teardown(test_lengths_of_addresses, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_same_mailbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
