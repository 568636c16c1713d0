/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mime/part.h"
#include "pec/daticert.h"

struct mail letters_submission(const char *first, const char *second)
{
    const char *to = second ? arena_printf(world.arena, "%s, %s", first, second) : first;
    const char *text = arena_printf(world.arena, SUBMITTED("mario@alfa.example", "%s", ""), to);

    return world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), first, second, NULL);
}

struct mail letters_envelope_of(const struct mail *submission)
{
    struct mail mail = *submission;

    world_pass(ALFA, submission);
    mail.point = POINT_INCOMING;
    mail.bytes = world_delivered(submission->recipients[0], "X-Trasporto", "posta-certificata");
    world_forget_deliveries();
    return mail;
}

struct mail letters_envelope(const char *first, const char *second)
{
    const struct mail mail = letters_submission(first, second);

    return letters_envelope_of(&mail);
}

struct mail letters_ordinary(const char *ident)
{
    const char *text = SUBMITTED("carlo@posta.example", "anna@beta.example", "");
    struct mail mail = world_mail(POINT_INCOMING, "carlo@posta.example", world_text(text), "anna@beta.example", NULL);

    mail.ident = ident;
    return mail;
}

struct journey_end letters_run(enum site site, const struct mail *mail, int64_t now)
{
    const struct journey journey = { .site = site, .mail = mail, .now = now };

    return world_run(&journey);
}

void letters_expect_reply(const struct journey_end *end, const char *code)
{
    if (strncmp(end->reply, code, strlen(code)) != 0)
        fail_msg("expected %s, got \"%s\"", code, end->reply);
}

size_t letters_arrived(void)
{
    size_t count;

    world_deliveries(&count);
    return count;
}

struct slice letters_receipt(const char *type)
{
    return world_delivered("mario@alfa.example", "X-Ricevuta", type);
}

/* The parts of the signed content. */
static struct part content_of(struct slice message)
{
    struct part whole;

    assert_int_equal(part_read(message, &part_limits_default, world.arena, &whole), 0);
    assert_true(whole.child_count == 2 && whole.children[0].child_count >= 2);
    return whole.children[0];
}

struct certification letters_data(struct slice message)
{
    struct certification c = { .type = TYPE_NONE };
    struct part content = content_of(message);
    struct slice xml;

    assert_int_equal(part_decode(&content.children[1], world.arena, &xml), 0);
    assert_int_equal(daticert_read(xml, world.arena, &c, NULL), 0);
    return c;
}

struct slice letters_text(struct slice message)
{
    struct part content = content_of(message);
    const struct part *plain = part_find_type(&content, "text/plain");
    struct slice text;

    assert_non_null(plain);
    assert_int_equal(part_decode(plain, world.arena, &text), 0);
    return text;
}
