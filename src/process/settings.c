/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

enum { BUDGET = 32 * 1024 * 1024, TEMPLATE_MAX = 256 * 1024, PATH_SIZE = 4096 };

/* What a text must be, or its HTML twin. */
typedef int template_rule(enum message_kind kind, const char *text, struct error *e);

static const struct template_form {
    const char *ending;
    template_rule *check;
} text_form = { "txt", template_check }, html_form = { "html", template_check_html };

/* One template file, if the operator has it. False: a fault was told. */
static bool load_template(struct settings *s, enum message_kind kind, const struct template_form *form, const char **out,
                          settings_fault *fault, void *arg)
{
    char path[PATH_SIZE];
    struct slice text;
    struct error e;
    int result;

    snprintf(path, sizeof path, "%s/%s.%s", s->config->templates_dir, kind_names[kind], form->ending);
    result = file_read(path, TEMPLATE_MAX, s->arena, &text, &e);
    if (result == ERROR_NOT_FOUND)
        return true;
    if (result == 0 && (result = form->check(kind, text.data, &e)) != 0)
        error_prefix(&e, result, "%s", path);
    if (result != 0) {
        fault(arg, e.text);
        return false;
    }
    *out = text.data;
    return true;
}

static bool load_templates(struct settings *s, settings_fault *fault, void *arg)
{
    bool is_good = true;

    if (!*s->config->templates_dir)
        return true;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        is_good = load_template(s, (enum message_kind)kind, &text_form, &s->templates.of[kind].text, fault, arg) && is_good;
        is_good = load_template(s, (enum message_kind)kind, &html_form, &s->templates.of[kind].html, fault, arg) && is_good;
    }
    return is_good;
}

struct settings *settings_load(const char *path, settings_fault *fault, void *arg)
{
    struct settings *s = calloc(1, sizeof *s);

    if (!s || !(s->arena = arena_new(BUDGET))) {
        fault(arg, "out of memory");
        settings_free(&s);
        return NULL;
    }
    if (config_load(path, s->arena, &s->config, &s->text, fault, arg) != 0 || !load_templates(s, fault, arg))
        settings_free(&s);
    return s;
}

void settings_free(struct settings **settings)
{
    if (!*settings)
        return;
    arena_free(&(*settings)->arena);
    free(*settings);
    *settings = NULL;
}
