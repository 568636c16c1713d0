/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/account_options.h"

#include <string.h>

#include "config/form.h"
#include "config/units.h"
#include "mime/address.h"
#include "opec/arguments.h"
#include "opec/password.h"

static int misused(struct error *e)
{
    return error_set(e, ERROR_SYNTAX, "%s", "");
}

static int read_quota(const char *text, int64_t *out, struct error *e)
{
    uint64_t bytes;

    if (!text) {
        *out = -1;
        return 0;
    }
    if (units_read_size(slice_of(text), &bytes) != 0)
        return error_set(e, ERROR_SYNTAX, "--quota %s is no size; write it as 500MB or 2GB, 0 for no limit", text);
    *out = (int64_t)bytes;
    return 0;
}

static int read_active(const char *text, struct account_options *out, struct error *e)
{
    out->has_active = text != NULL;
    out->active = !text || strcmp(text, "yes") == 0;
    if (text && !out->active && strcmp(text, "no") != 0)
        return error_set(e, ERROR_SYNTAX, "--active is yes or no");
    return 0;
}

int account_options_read(const char **words, size_t count, struct account_options *out, struct error *e)
{
    struct argument_option options[] = { { .name = "--password-stdin" },
                                         { .name = "--password-hash", .takes_value = true },
                                         { .name = "--quota", .takes_value = true },
                                         { .name = "--active", .takes_value = true } };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct account_options read = { 0 };
    int result;

    if (!arguments_read(&a, words, count) || a.word_count != 1)
        return misused(e);
    read.address = a.words[0];
    read.password_stdin = options[0].is_given;
    read.password_hash = arguments_value(&a, "--password-hash");
    if (read.password_stdin && read.password_hash)
        return error_set(e, ERROR_SYNTAX, "--password-stdin and --password-hash do not go together");
    if (read.password_hash && (result = password_check_hash(read.password_hash, e)) != 0)
        return result;
    if ((result = read_quota(arguments_value(&a, "--quota"), &read.quota, e)) != 0 ||
        (result = read_active(arguments_value(&a, "--active"), &read, e)) != 0)
        return result;
    *out = read;
    return 0;
}

static char *lower(const char *given, struct arena *arena, struct error *e)
{
    char *name = arena_text(arena, slice_of(given));

    if (!name) {
        error_set(e, ERROR_BUDGET, "out of memory");
        return NULL;
    }
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return name;
}

int account_address(const char *given, struct arena *arena, const char **out, struct error *e)
{
    char *name = lower(given, arena, e);
    int result = name ? form_email(name, e) : ERROR_BUDGET;

    if (result == 0 && !address_valid(slice_of(name)))
        result = error_set(e, ERROR_SYNTAX, "\"%.200s\" is too long for an address (RFC 5321 4.5.3.1)", name);
    if (result == 0)
        *out = name;
    return result;
}

int account_domain(const char *given, struct arena *arena, const char **out, struct error *e)
{
    char *name = lower(given, arena, e);
    int result = name ? form_domain(name, e) : ERROR_BUDGET;

    if (result == 0)
        *out = name;
    return result;
}
