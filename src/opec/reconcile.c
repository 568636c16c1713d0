/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/reconcile.h"

#include "base/clock.h"
#include "opec/arguments.h"
#include "opec/audit.h"
#include "opec/audit_report.h"
#include "opec/span.h"

static int print(const struct call *call, bool as_csv, const struct reconcile_result *result, int64_t now)
{
    int status;

    if (call->json)
        return audit_print_json(stdout, result, now);
    if (!as_csv)
        return audit_print_text(stdout, result, now);
    /* A table has no room for words. */
    status = audit_print_csv(stdout, result);
    return status == STATUS_DONE ? audit_print_findings(stderr, result) : status;
}

static int reconcile(const struct call *call, const struct config *config, const struct span *span, bool as_csv)
{
    const struct reconcile_settings settings = { .provider = config->provider.name, .first = config->notices.first,
                                                 .second = config->notices.second, .from = span->from, .to = span->to };
    struct reconcile *r = NULL;
    int64_t now = clock_now();
    struct error e;
    int status;

    if (audit_log(config->log.legal_dir, &settings, now, &r, &e) != 0)
        return call_failed("%s", e.text);
    status = print(call, as_csv, reconcile_result(r), now);
    if (status == STATUS_DONE && !audit_agrees(reconcile_result(r)))
        status = STATUS_FAILED;
    reconcile_free(&r);
    return status;
}

int log_reconcile(const struct call *call, const struct config *config)
{
    struct argument_option options[] = { { .name = "--csv" } };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct span span;
    struct error e;

    if (!arguments_read(&a, call->words + 1, call->word_count - 1) || a.word_count > 2 || (options[0].is_given && call->json))
        return call_misused("log");
    if (span_read(a.word_count > 0 ? a.words[0] : NULL, a.word_count > 1 ? a.words[1] : NULL, NULL, &span, &e) != 0) {
        call_failed("%s", e.text);
        return STATUS_USAGE;
    }
    return reconcile(call, config, &span, options[0].is_given);
}
