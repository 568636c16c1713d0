/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Notices of timeout (RFC 6109 2.1.1.1.2, 3.1.6): when each comes, and what calls it off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "letters.h"

enum { HOUR = 3600 };

/* 3.1.6: the first notice after 12 hours, the second "by the 24-hour timeout, but not before 22 hours"; 2.1.1.1.2: none after that. Nobody
 * is told of a recipient who has no provider to answer for him. */
static void notices_have_their_hours(void **state)
{
    static const struct {
        int64_t after;
        const char *detail; /* of the notice that comes; NULL: none */
    } moments[] = {
        { 12 * HOUR - 1, NULL },        { 12 * HOUR + 1, "4.4.1 - " }, { 22 * HOUR - 1, NULL },
        { 24 * HOUR + 1, "5.4.1 - " }, { 100 * HOUR, NULL },
    };
    const struct mail mail = letters_submission("anna@beta.example", "carlo@posta.example");

    (void)state;
    world_pass(ALFA, &mail);
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const struct journey notices = { .site = ALFA, .now = WORLD_START + moments[i].after };
        struct certification c;

        world_forget_deliveries();
        world_run(&notices);
        assert_int_equal(letters_arrived(), moments[i].detail ? 1 : 0);
        if (!moments[i].detail)
            continue;
        c = letters_data(letters_receipt("preavviso-errore-consegna"));
        assert_string_equal(c.delivered, "anna@beta.example");
        assert_memory_equal(c.detail, moments[i].detail, strlen(moments[i].detail));
    }
}

/* 3.1.6: a take-charge calls off the first notice, a delivery both. */
static void notices_are_called_off(void **state)
{
    struct mail mail = letters_submission("anna@beta.example", "bruno@beta.example");
    const struct journey notices = { .site = ALFA, .now = WORLD_START + 25 * HOUR };
    struct delivery *list;
    struct slice charge, receipt = { 0 };
    size_t count;

    (void)state;
    world_pass(ALFA, &mail);
    mail = world_mail(POINT_INCOMING, "mario@alfa.example", world_delivered("anna@beta.example", "X-Trasporto", "posta-certificata"),
                      "anna@beta.example", "bruno@beta.example", NULL);
    world_forget_deliveries();
    world_pass(BETA, &mail);
    charge = world_delivered("ricevute@alfa.example", "X-Ricevuta", "presa-in-carico");
    list = world_deliveries(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].recipient, "mario@alfa.example") == 0 && strcmp(letters_data(list[i].bytes).delivered, "anna@beta.example") == 0)
            receipt = list[i].bytes;
    assert_non_null(receipt.data);
    mail = world_mail(POINT_INCOMING, "posta-certificata@beta.example", charge, "ricevute@alfa.example", NULL);
    world_pass(ALFA, &mail);
    mail = world_mail(POINT_INCOMING, "posta-certificata@beta.example", receipt, "mario@alfa.example", NULL);
    world_pass(ALFA, &mail);
    world_forget_deliveries();
    world_run(&notices);
    /* The second one for bruno alone. */
    list = world_deliveries(&count);
    assert_int_equal(count, 1);
    assert_string_equal(world_field(list[0].bytes, "X-Ricevuta"), "preavviso-errore-consegna");
    assert_string_equal(letters_data(list[0].bytes).delivered, "bruno@beta.example");
    assert_int_equal(strncmp(letters_data(list[0].bytes).detail, "5.4.1 - ", 8), 0);
    world_run(&notices);
    assert_int_equal(letters_arrived(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(notices_have_their_hours, world_begin_test),
        cmocka_unit_test_setup(notices_are_called_off, world_begin_test),
    };

    return cmocka_run_group_tests(tests, world_begin, world_end);
}
