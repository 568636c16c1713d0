/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/kind.h"

/* The first lines of most texts. */
#define ON_DAY "Il giorno {day} alle ore {hour} ({zone}) "
#define THE_MESSAGE ON_DAY "il messaggio\n\"{subject}\" proveniente da \"{sender}\"\n"
#define IN_THE_MESSAGE ON_DAY "nel messaggio\n\"{subject}\" proveniente da \"{sender}\"\n"
#define TO_ALL "ed indirizzato a:\n{recipients}\n"
#define ID_LINE "Identificativo messaggio: {id}\n"

#define DELIVERED \
    THE_MESSAGE "ed indirizzato a \"{recipient}\"\nè stato consegnato nella casella di destinazione.\n" ID_LINE

const char *const kind_names[KIND_COUNT] = {
    "acceptance",       "non-acceptance",  "non-acceptance-virus", "transport-envelope", "first-notice",
    "second-notice",    "take-charge",     "anomaly-envelope",     "virus-detection",    "non-delivery-virus",
    "delivery-complete", "delivery-brief", "delivery-concise",     "non-delivery",
};

const struct kind_row kind_rows[KIND_COUNT] = {
    [KIND_ACCEPTANCE] = {
        .name = "acceptance", .header = "X-Ricevuta", .header_value = "accettazione", .subject_prefix = "ACCETTAZIONE: ",
        .type = TYPE_ACCEPTANCE,
        .text = "Ricevuta di accettazione\n" THE_MESSAGE
                "ed indirizzato a:\n{typed_recipients}\nè stato accettato dal sistema ed inoltrato.\n" ID_LINE,
    },
    [KIND_NON_ACCEPTANCE] = {
        .name = "non-acceptance", .header = "X-Ricevuta", .header_value = "non-accettazione",
        .subject_prefix = "AVVISO DI NON ACCETTAZIONE: ", .type = TYPE_NON_ACCEPTANCE, .error = CERTIFIED_OTHER,
        .text = "Errore nell'accettazione del messaggio\n" IN_THE_MESSAGE TO_ALL
                "è stato rilevato un problema che ne impedisce l'accettazione\na causa di {reason}.\n"
                "Il messaggio non è stato accettato.\n" ID_LINE,
    },
    [KIND_NON_ACCEPTANCE_VIRUS] = {
        .name = "non-acceptance-virus", .header = "X-Ricevuta", .header_value = "non-accettazione",
        .subject_prefix = "AVVISO DI NON ACCETTAZIONE PER VIRUS: ", .type = TYPE_NON_ACCEPTANCE, .error = CERTIFIED_VIRUS,
        .is_security = true,
        .text = "Errore nell'accettazione del messaggio per presenza di virus\n" IN_THE_MESSAGE TO_ALL
                "è stato rilevato un problema di sicurezza {reason}.\nIl messaggio non è stato accettato.\n" ID_LINE,
    },
    [KIND_TRANSPORT_ENVELOPE] = {
        .name = "transport-envelope", .header = "X-Trasporto", .header_value = "posta-certificata",
        .subject_prefix = "POSTA CERTIFICATA: ", .type = TYPE_TRANSPORT, .attachment = ATTACH_ORIGINAL, .is_envelope = true,
        .states_form = true,
        .text = "Messaggio di posta certificata\n" ON_DAY "il messaggio\n\"{subject}\" è stato inviato da \"{sender}\"\n"
                "indirizzato a:\n{recipients}\nIl messaggio originale è incluso in allegato.\n" ID_LINE,
    },
    [KIND_FIRST_NOTICE] = {
        .name = "first-notice", .header = "X-Ricevuta", .header_value = "preavviso-errore-consegna",
        .subject_prefix = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ", .type = TYPE_TIMEOUT, .error = CERTIFIED_OTHER,
        .text = "Avviso di mancata consegna\n" THE_MESSAGE "e destinato all'utente \"{recipient}\"\n"
                "non è stato consegnato nelle prime dodici ore dal suo invio. Non escludendo che questo possa\n"
                "avvenire in seguito, si ritiene utile considerare che l'invio potrebbe non andare a buon fine.\n"
                "Il sistema provvederà comunque ad inviare un ulteriore avviso di mancata consegna se nelle prossime\n"
                "dodici ore non vi sarà la conferma della ricezione da parte del destinatario.\n" ID_LINE,
    },
    [KIND_SECOND_NOTICE] = {
        .name = "second-notice", .header = "X-Ricevuta", .header_value = "preavviso-errore-consegna",
        .subject_prefix = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ", .type = TYPE_TIMEOUT, .error = CERTIFIED_OTHER,
        .text = "Avviso di mancata consegna\n" THE_MESSAGE "e destinato all'utente \"{recipient}\"\n"
                "non è stato consegnato nelle ventiquattro ore successive al suo invio. Si ritiene che la spedizione\n"
                "debba considerarsi non andata a buon fine.\n" ID_LINE,
    },
    [KIND_TAKE_CHARGE] = {
        .name = "take-charge", .header = "X-Ricevuta", .header_value = "presa-in-carico", .subject_prefix = "PRESA IN CARICO: ",
        .type = TYPE_TAKE_CHARGE,
        .text = "Ricevuta di presa in carico\n" THE_MESSAGE TO_ALL "è stato accettato dal sistema.\n" ID_LINE,
    },
    [KIND_ANOMALY_ENVELOPE] = {
        .name = "anomaly-envelope", .header = "X-Trasporto", .header_value = "errore", .subject_prefix = "ANOMALIA MESSAGGIO: ",
        .type = TYPE_NONE, .attachment = ATTACH_AS_CAME, .is_envelope = true,
        .text = "Anomalia nel messaggio\n" ON_DAY
                "è stato ricevuto\nil messaggio \"{subject}\" proveniente da \"{sender}\"\n" TO_ALL
                "Tali dati non sono stati certificati per il seguente errore:\n{reason}\n"
                "Il messaggio originale è incluso in allegato.\n",
    },
    [KIND_VIRUS_DETECTION] = {
        .name = "virus-detection", .header = "X-Ricevuta", .header_value = "rilevazione-virus",
        .subject_prefix = "PROBLEMA DI SICUREZZA: ", .type = TYPE_VIRUS_DETECTION, .error = CERTIFIED_VIRUS, .names_sender = true,
        .text = "Avviso di rilevazione virus informatico\n" IN_THE_MESSAGE "e destinato all'utente \"{recipient}\"\n"
                "è stato rilevato un problema di sicurezza {reason}.\n" ID_LINE,
    },
    [KIND_NON_DELIVERY_VIRUS] = {
        .name = "non-delivery-virus", .header = "X-Ricevuta", .header_value = "errore-consegna",
        .subject_prefix = "AVVISO DI MANCATA CONSEGNA PER VIRUS: ", .type = TYPE_NON_DELIVERY, .error = CERTIFIED_VIRUS,
        .is_security = true,
        .text = "Avviso di mancata consegna per virus\n" ON_DAY
                "nel messaggio\n\"{subject}\" destinato all'utente \"{recipient}\"\n"
                "è stato rilevato un problema di sicurezza {reason}.\nIl messaggio non è stato consegnato.\n" ID_LINE,
    },
    [KIND_DELIVERY_COMPLETE] = {
        .name = "delivery-complete", .header = "X-Ricevuta", .header_value = "avvenuta-consegna", .subject_prefix = "CONSEGNA: ",
        .type = TYPE_DELIVERY, .attachment = ATTACH_ORIGINAL, .states_form = true,
        .text = "Ricevuta di avvenuta consegna\n" DELIVERED,
    },
    [KIND_DELIVERY_BRIEF] = {
        .name = "delivery-brief", .header = "X-Ricevuta", .header_value = "avvenuta-consegna", .subject_prefix = "CONSEGNA: ",
        .type = TYPE_DELIVERY, .attachment = ATTACH_BRIEF, .states_form = true,
        .text = "Ricevuta breve di avvenuta consegna\n" DELIVERED,
    },
    [KIND_DELIVERY_CONCISE] = {
        .name = "delivery-concise", .header = "X-Ricevuta", .header_value = "avvenuta-consegna", .subject_prefix = "CONSEGNA: ",
        .type = TYPE_DELIVERY, .states_form = true,
        .text = "Ricevuta sintetica di avvenuta consegna\n" DELIVERED,
    },
    [KIND_NON_DELIVERY] = {
        .name = "non-delivery", .header = "X-Ricevuta", .header_value = "errore-consegna",
        .subject_prefix = "AVVISO DI MANCATA CONSEGNA: ", .type = TYPE_NON_DELIVERY, .error = CERTIFIED_OTHER,
        .text = "Avviso di mancata consegna\n" IN_THE_MESSAGE "e destinato all'utente \"{recipient}\"\n"
                "è stato rilevato un errore {reason}.\nIl messaggio è stato rifiutato dal sistema.\n" ID_LINE,
    },
};
