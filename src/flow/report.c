/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/report.h"

#include "base/text.h"
#include "mime/write.h"

/* Foreign words on one line of ASCII. */
static const char *ascii_line(const char *text, struct arena *arena)
{
    char *line = text_one_line(arena, slice_of(text));

    for (char *c = line; c && *c; c++)
        if ((unsigned char)*c > 0x7E)
            *c = '?';
    return line ? line : "";
}

static void each_refused(const struct plan *plan, struct rope *out, void (*write)(const struct answer *, struct rope *))
{
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].refused)
            write(plan->steps[i].refused, out);
}

static void write_words(const struct answer *a, struct rope *out)
{
    rope_printf(out, "<%s>: %d %s %s\r\n", a->address, a->code, a->enhanced ? a->enhanced : "", ascii_line(a->text, out->arena));
}

static void write_fields(const struct answer *a, struct rope *out)
{
    rope_printf(out, "\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\n", a->address, a->enhanced ? a->enhanced : "5.0.0");
    rope_printf(out, "Diagnostic-Code: smtp; %d %s\r\n", a->code, ascii_line(a->text, out->arena));
}

/* The header of the message, if it may stand in a report as it is. */
static void write_original_header(const struct original *original, struct rope *out)
{
    if (text_is_ascii(original->header.raw))
        rope_add(out, original->header.raw);
}

int report_write(const struct config *config, const struct plan *plan, const struct original *original, const char *id, struct rope *out)
{
    struct rope r = rope_new(out->arena);
    struct legal_time t = clock_legal(plan->time);
    char date[CLOCK_DATE_SIZE];
    const char *host = config->provider.hostname;

    clock_date_field(&t, date);
    rope_printf(&r, "From: Mail Delivery System <MAILER-DAEMON@%s>\r\nTo: %s\r\nSubject: Undelivered Mail Returned to Sender\r\n", host,
                plan->reverse_path);
    rope_printf(&r, "Date: %s\r\nMessage-ID: <%s>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n", date, id);
    rope_printf(&r, "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"----=_opec_%s\"\r\n\r\n", plan->seed);
    rope_printf(&r, "------=_opec_%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n", plan->seed);
    rope_text(&r, "Your message could not be delivered to these recipients:\r\n\r\n");
    each_refused(plan, &r, write_words);
    rope_printf(&r, "\r\n------=_opec_%s\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; %s\r\n", plan->seed, host);
    each_refused(plan, &r, write_fields);
    rope_printf(&r, "\r\n------=_opec_%s\r\nContent-Type: text/rfc822-headers\r\n\r\n", plan->seed);
    write_original_header(original, &r);
    rope_printf(&r, "\r\n------=_opec_%s--\r\n", plan->seed);
    if (!rope_ok(&r))
        return ERROR_BUDGET;
    *out = r;
    return 0;
}
