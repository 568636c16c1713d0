/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/refusal.h"

#include <string.h>

#include "pec/reading.h"

enum { TEXT_MAX = 400, CLASS_SIZE = 1 };

struct known_status {
    const char *enhanced;
    enum certified_error error;
    const char *words;
};

static const struct known_status known[] = {
    { "5.1.0", CERTIFIED_NO_RECIPIENT, "indirizzo non valido" },
    { "5.1.1", CERTIFIED_NO_RECIPIENT, "indirizzo non valido" },
    { "5.1.2", CERTIFIED_NO_DOMAIN, "dominio inesistente" },
    { "5.1.3", CERTIFIED_NO_RECIPIENT, "indirizzo non valido" },
    { "5.1.6", CERTIFIED_NO_RECIPIENT, "casella trasferita altrove" },
    { "5.1.10", CERTIFIED_NO_RECIPIENT, "il dominio non riceve posta" },
    { "5.2.1", CERTIFIED_NO_RECIPIENT, "casella disabilitata" },
    { "5.2.2", CERTIFIED_OTHER, "casella piena" },
    { "5.2.3", CERTIFIED_OTHER, "il messaggio supera la dimensione accettata dalla casella" },
    { "5.3.4", CERTIFIED_OTHER, "il messaggio supera la dimensione accettata dal sistema" },
    { "5.4.1", CERTIFIED_OTHER, "nessuna risposta dal sistema di destinazione" },
    { "5.4.4", CERTIFIED_NO_DOMAIN, "dominio inesistente o non raggiungibile" },
    { "5.4.6", CERTIFIED_OTHER, "il messaggio ha percorso un ciclo di consegna" },
    { "5.4.7", CERTIFIED_OTHER, "il messaggio non è stato consegnato entro il tempo massimo previsto" },
};

/* "4.4.7" and "5.4.7" are one. */
static const struct known_status *find(const char *enhanced)
{
    for (size_t i = 0; enhanced && *enhanced && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].enhanced + CLASS_SIZE, enhanced + CLASS_SIZE) == 0)
            return &known[i];
    return NULL;
}

enum certified_error refusal_error(const char *enhanced, int code)
{
    const struct known_status *row = find(enhanced);

    if (row)
        return row->error;
    if (!enhanced || !*enhanced)
        return code == 550 ? CERTIFIED_NO_RECIPIENT : CERTIFIED_OTHER;
    return strncmp(enhanced + CLASS_SIZE, ".1.", 3) == 0 ? CERTIFIED_NO_RECIPIENT : CERTIFIED_OTHER;
}

char *refusal_words(const struct pec_provider *provider, const char *enhanced, const char *words, struct arena *arena)
{
    return arena_printf(arena, "%s - %s - %s", enhanced, provider->name, words);
}

char *refusal_detail(const struct pec_provider *provider, const char *enhanced, int code, const char *text, struct arena *arena)
{
    const struct known_status *row = find(enhanced);
    const char *words = row ? row->words : read_shown(slice_of(text), TEXT_MAX, arena);

    if (!words)
        return NULL;
    if (!*words)
        words = "consegna rifiutata";
    if (!enhanced || !*enhanced)
        return refusal_words(provider, code == 550 ? "5.1.1" : "5.0.0", words, arena);
    return arena_printf(arena, "5%s - %s - %s", enhanced + CLASS_SIZE, provider->name, words);
}

char *refusal_virus(const struct pec_provider *provider, const char *virus, struct arena *arena)
{
    static const char words[] = "presenza di un virus nel messaggio";

    if (!virus)
        return refusal_words(provider, "5.5.1", words, arena);
    return arena_printf(arena, "5.5.1 - %s - %s (%s)", provider->name, words, virus);
}

/* RFC 3463: "X.Y.Z", and then the words. */
static bool begins_with_status(const char *text)
{
    for (unsigned number = 0; number < 3; number++) {
        size_t digits = strspn(text, "0123456789");

        text += digits;
        if (!digits || *text != (number < 2 ? '.' : ' '))
            return false;
        text++;
    }
    return true;
}

const char *refusal_virus_told(const struct pec_provider *provider, const char *detail, struct arena *arena)
{
    if (!detail || !*detail)
        return refusal_virus(provider, NULL, arena);
    return begins_with_status(detail) ? detail : refusal_virus(provider, detail, arena);
}
