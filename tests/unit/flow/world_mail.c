/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The messages of the world: made, carried through, looked up where they were delivered.
 */
#include <stdarg.h>
#include <string.h>

#include "mime/header.h"
#include "pki.h"
#include "world.h"

enum { RECIPIENTS_MAX = 16 };

struct slice world_text(const char *text)
{
    struct rope r = rope_new(world.arena);
    struct slice rest = slice_of(text), line;

    while (rest.size) {
        slice_cut(&rest, '\n', &line);
        rope_add(&r, line);
        rope_add(&r, SLICE("\r\n"));
    }
    return rope_flat(&r);
}

struct mail world_mail(enum point point, const char *sender, struct slice bytes, ...)
{
    struct mail mail = { .point = point, .sender = sender, .recipients = arena_array(world.arena, RECIPIENTS_MAX, sizeof(char *)),
                         .ident = "4ZxQueueId", .bytes = bytes };
    const char *recipient;
    va_list args;

    va_start(args, bytes);
    while ((recipient = va_arg(args, const char *)) && mail.recipient_count < RECIPIENTS_MAX)
        mail.recipients[mail.recipient_count++] = recipient;
    va_end(args);
    return mail;
}

void world_pass(enum site site, const struct mail *mail)
{
    const struct journey journey = { .site = site, .mail = mail, .now = WORLD_START };
    struct journey_end end = world_run(&journey);

    if (strncmp(end.reply, "250 ", 4) != 0)
        world_give_up(end.reply);
}

const char *world_field(struct slice message, const char *name)
{
    struct header header;
    struct slice body;
    const char *text;

    if (header_split(message, world.arena, &header, &body) != 0 || header_text(&header, name, world.arena, &text) != 0)
        world_give_up("header");
    return text;
}

struct delivery *world_deliveries(size_t *out_count)
{
    return sink_deliveries(pki_path("mail"), world.arena, out_count);
}

struct slice world_delivered(const char *recipient, const char *name, const char *value)
{
    struct slice found = { 0 };
    size_t count;
    struct delivery *list = world_deliveries(&count);

    for (size_t i = 0; i < count; i++) {
        const char *text = world_field(list[i].bytes, name);

        if (strcmp(list[i].recipient, recipient) != 0 || !text || strcmp(text, value) != 0)
            continue;
        if (found.data)
            world_give_up("delivered twice");
        found = list[i].bytes;
    }
    if (!found.data)
        world_give_up("not delivered");
    return found;
}
