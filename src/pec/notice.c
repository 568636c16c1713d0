/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/notice.h"

#include "pec/refusal.h"

/* Readers take a notice whose detail begins with 5.4.1 for the final one. */
static char *detail(const struct pec_provider *provider, bool is_second, struct arena *arena)
{
    if (is_second)
        return refusal_words(provider, "5.4.1",
                             "il messaggio non è stato consegnato nelle ventiquattro ore successive al suo invio. Si ritiene che la "
                             "spedizione debba considerarsi non andata a buon fine",
                             arena);
    return refusal_words(provider, "4.4.1", "il messaggio non è stato consegnato nelle prime dodici ore dal suo invio", arena);
}

int notice_decide(const struct pec_provider *provider, const struct transaction *about, const char *recipient, bool is_second,
                  int64_t now, const char *seed, struct arena *arena, struct plan *out)
{
    struct plan plan = plan_new(POINT_NOTICE, VERDICT_TIMEOUT, now, seed);
    const char **recipients = arena_array(arena, 1, sizeof *recipients);
    struct step *step;
    int result;

    plan.about = *about;
    plan.sender_is_home = true;
    result = plan_add_message(provider, &plan, ROLE_HOME, is_second ? KIND_SECOND_NOTICE : KIND_FIRST_NOTICE, arena, &step);
    if (result != 0 || !recipients)
        return result ? result : ERROR_BUDGET;
    /* To the sender of the original, in spite of the RFC's "To: [original recipient]" as live providers do. */
    recipients[0] = about->sender;
    step->recipients = recipients;
    step->recipient_count = 1;
    step->message.to = about->sender;
    step->message.recipient = recipient;
    step->message.detail = detail(provider, is_second, arena);
    if (!step->message.detail)
        return ERROR_BUDGET;
    *out = plan;
    return 0;
}
