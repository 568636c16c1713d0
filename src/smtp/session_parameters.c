/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parameters of MAIL and RCPT. DSN requests are checked for their form and dropped: it is we who report (ARCHITECTURE.md).
 */
#include "smtp/session_private.h"

enum {
    SIZE_DIGITS_MAX = 20,  /* RFC 1870 */
    ENVID_MAX = 100,       /* RFC 3461 4.4 */
    ORCPT_MAX = 500,       /* RFC 3461 4.2 */
};

static const char malformed[] = "501 5.5.4 Malformed parameter";
static const char unknown[] = "555 5.5.4 Unknown parameter";

static const char *check_size(const struct smtp_session *s, struct slice value)
{
    unsigned long long size;

    if (value.size == 0 || value.size > SIZE_DIGITS_MAX)
        return malformed;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return malformed;
    /* Twenty digits can be more than a number holds; that is surely too large. */
    if (!slice_number(value, &size) || size > s->settings.size_max)
        return "552 5.3.4 Message too large";
    return NULL;
}

static const char *check_body(const struct smtp_session *s, struct slice value)
{
    if (slice_is_nocase(value, "7BIT"))
        return NULL;
    if (!slice_is_nocase(value, "8BITMIME"))
        return malformed;
    return s->settings.eight_bit_mime ? NULL : unknown;
}

static const char *check_ret(const struct smtp_session *s, struct slice value)
{
    (void)s;
    return slice_is_nocase(value, "FULL") || slice_is_nocase(value, "HDRS") ? NULL : malformed;
}

static const char *check_envid(const struct smtp_session *s, struct slice value)
{
    char text[ENVID_MAX + 1];

    (void)s;
    return value.size && value.size <= ENVID_MAX && smtp_xtext_read(value, text, sizeof text) ? NULL : malformed;
}

/* RFC 3461 4.1: NEVER alone, or a list of the others. */
static const char *check_notify(const struct smtp_session *s, struct slice value)
{
    struct slice word;
    bool more;

    (void)s;
    if (slice_is_nocase(value, "NEVER"))
        return NULL;
    do {
        more = slice_cut(&value, ',', &word);
        if (!slice_is_nocase(word, "SUCCESS") && !slice_is_nocase(word, "FAILURE") && !slice_is_nocase(word, "DELAY"))
            return malformed;
    } while (more);
    return NULL;
}

/* RFC 3461 4.2: a type, ";", an address in xtext. */
static const char *check_orcpt(const struct smtp_session *s, struct slice value)
{
    char text[ORCPT_MAX + 1];
    struct slice type;

    (void)s;
    if (value.size > ORCPT_MAX || !slice_cut(&value, ';', &type) || type.size == 0 || value.size == 0)
        return malformed;
    return smtp_xtext_read(value, text, sizeof text) ? NULL : malformed;
}

struct rule {
    const char *name;
    const char *(*check)(const struct smtp_session *s, struct slice value); /* NULL when it is good, else the reply */
};

enum { RULES_MAX = 4 };

/* AUTH (RFC 4954 5) belongs to an extension that is not announced, so it is unknown like any other. */
static const struct rule mail_rules[RULES_MAX] = {
    { "SIZE", check_size },
    { "BODY", check_body },
    { "RET", check_ret },
    { "ENVID", check_envid },
};

static const struct rule recipient_rules[RULES_MAX] = {
    { "NOTIFY", check_notify },
    { "ORCPT", check_orcpt },
};

/* Each parameter at most once (RFC 3461 4; RFC 1870 and 6152 speak of "the" parameter). */
static const char *check_all(const struct smtp_session *s, const struct rule rules[RULES_MAX], const struct smtp_path *path)
{
    bool seen[RULES_MAX] = { false };

    for (size_t i = 0; i < path->parameter_count; i++) {
        const struct smtp_parameter *p = &path->parameters[i];
        const char *refusal;
        size_t r = 0;

        while (r < RULES_MAX && rules[r].name && !slice_is_nocase(p->name, rules[r].name))
            r++;
        if (r == RULES_MAX || !rules[r].name)
            return unknown;
        refusal = seen[r] ? malformed : rules[r].check(s, p->value);
        if (refusal)
            return refusal;
        seen[r] = true;
    }
    return NULL;
}

const char *session_mail_parameters(struct smtp_session *s, const struct smtp_path *path)
{
    const char *refusal = check_all(s, mail_rules, path);

    if (refusal)
        return refusal;
    s->envelope.body_8bitmime = false;
    for (size_t i = 0; i < path->parameter_count; i++)
        if (slice_is_nocase(path->parameters[i].name, "BODY"))
            s->envelope.body_8bitmime = slice_is_nocase(path->parameters[i].value, "8BITMIME");
    return NULL;
}

const char *session_recipient_parameters(struct smtp_session *s, const struct smtp_path *path)
{
    return check_all(s, recipient_rules, path);
}
