/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading daticert.xml with libxml2. The document comes from outside: it may bring no DOCTYPE (and so no entities), nothing is
 * fetched, and it is validated against our own copy of the DTD (RFC 6109 4.4).
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/valid.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pec/daticert.h"

enum { XML_MAX = 16 * 1024 * 1024 };

static const char dtd_text[] =
    "<!ELEMENT postacert (intestazione, dati)>"
    "<!ATTLIST postacert tipo (accettazione | non-accettazione | presa-in-carico | avvenuta-consegna | posta-certificata |"
    " errore-consegna | preavviso-errore-consegna | rilevazione-virus) #REQUIRED"
    " errore (nessuno | no-dest | no-dominio | virus | altro) \"nessuno\">"
    "<!ELEMENT intestazione (mittente, destinatari+, risposte, oggetto?)>"
    "<!ELEMENT mittente (#PCDATA)>"
    "<!ELEMENT destinatari (#PCDATA)>"
    "<!ATTLIST destinatari tipo (certificato | esterno) \"certificato\">"
    "<!ELEMENT risposte (#PCDATA)>"
    "<!ELEMENT oggetto (#PCDATA)>"
    "<!ELEMENT dati (gestore-emittente, data, identificativo, msgid?, ricevuta?, consegna?, ricezione*, errore-esteso?)>"
    "<!ELEMENT gestore-emittente (#PCDATA)>"
    "<!ELEMENT data (giorno, ora)>"
    "<!ATTLIST data zona CDATA #REQUIRED>"
    "<!ELEMENT giorno (#PCDATA)>"
    "<!ELEMENT ora (#PCDATA)>"
    "<!ELEMENT identificativo (#PCDATA)>"
    "<!ELEMENT msgid (#PCDATA)>"
    "<!ELEMENT ricevuta EMPTY>"
    "<!ATTLIST ricevuta tipo (completa | breve | sintetica) #REQUIRED>"
    "<!ELEMENT consegna (#PCDATA)>"
    "<!ELEMENT ricezione (#PCDATA)>"
    "<!ELEMENT errore-esteso (#PCDATA)>";

/* Parsed once for the life of the process. */
static xmlDtd *the_dtd(void)
{
    static xmlDtd *dtd;
    xmlParserInputBuffer *input;

    if (dtd)
        return dtd;
    input = xmlParserInputBufferCreateMem(dtd_text, (int)sizeof dtd_text - 1, XML_CHAR_ENCODING_UTF8);
    if (input)
        dtd = xmlIOParseDTD(NULL, input, XML_CHAR_ENCODING_UTF8); /* frees `input` */
    return dtd;
}

static void silent(void *arg, const char *format, ...)
{
    (void)arg;
    (void)format;
}

static int malformed(struct error *e, const char *why)
{
    return error_set(e, ERROR_SYNTAX, "%s", why);
}

/* The text of a node in one line; NULL without budget. */
static const char *text_of(xmlNode *node, struct arena *arena)
{
    xmlChar *content = xmlNodeGetContent(node);
    const char *text = text_one_line(arena, slice_of((const char *)content));

    xmlFree(content);
    return text;
}

static xmlNode *child(const xmlNode *parent, const char *name)
{
    for (xmlNode *n = parent ? parent->children : NULL; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0)
            return n;
    return NULL;
}

static size_t children(const xmlNode *parent, const char *name)
{
    size_t count = 0;

    for (const xmlNode *n = parent->children; n; n = n->next)
        count += n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
    return count;
}

/* The attribute's place among the words, or -1. */
static int word_of(xmlNode *node, const char *attribute, const char *const *words, int count, int otherwise)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)attribute);
    int found = value ? -1 : otherwise;

    for (int i = 0; value && i < count; i++)
        if (strcmp((const char *)value, words[i]) == 0)
            found = i;
    xmlFree(value);
    return found;
}

static int read_header(xmlNode *node, struct arena *arena, struct transaction *about)
{
    static const char *const sorts[] = { "certificato", "esterno" };
    xmlNode *subject = child(node, "oggetto");
    size_t i = 0;

    about->sender = text_of(child(node, "mittente"), arena);
    about->reply_to = text_of(child(node, "risposte"), arena);
    if (subject)
        about->subject = text_of(subject, arena);
    about->recipient_count = children(node, "destinatari");
    about->recipients = arena_array(arena, about->recipient_count, sizeof *about->recipients);
    if (!about->sender || !about->reply_to || !about->recipients || (subject && !about->subject))
        return ERROR_BUDGET;
    if (subject && !*about->subject)
        about->subject = NULL;
    for (xmlNode *n = node->children; n; n = n->next) {
        if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, "destinatari") != 0)
            continue;
        about->recipients[i].address = text_of(n, arena);
        about->recipients[i].certified = word_of(n, "tipo", sorts, 2, 0) == 0;
        if (!about->recipients[i++].address)
            return ERROR_BUDGET;
    }
    return 0;
}

/* 4.4: day dd/mm/yyyy, hour hh:mm:ss, zone +hhmm. */
static bool read_time(const char *day, const char *hour, const char *zone, struct legal_time *out)
{
    struct legal_time t = { 0 };
    int hours, minutes, end = 0;
    char sign, text[64];
    int64_t seconds;

    if (sscanf(day, "%2d/%2d/%4d%n", &t.day, &t.month, &t.year, &end) != 3 || end != 10 || day[end])
        return false;
    if (sscanf(hour, "%2d:%2d:%2d%n", &t.hour, &t.minute, &t.second, &end) != 3 || end != 8 || hour[end])
        return false;
    if (sscanf(zone, "%c%2d%2d%n", &sign, &hours, &minutes, &end) != 3 || end != 5 || zone[end] || (sign != '+' && sign != '-') ||
        t.month < 1 || t.month > 12)
        return false;
    t.offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    snprintf(text, sizeof text, "%d %.3s %04d %02d:%02d:%02d %s", t.day, "JanFebMarAprMayJunJulAugSepOctNovDec" + 3 * (t.month - 1),
             t.year, t.hour, t.minute, t.second, zone);
    if (!clock_read_date(text, &seconds))
        return false;
    t.seconds = seconds;
    *out = t;
    return true;
}

static int read_date(xmlNode *node, struct arena *arena, struct legal_time *out, struct error *e)
{
    const char *day = text_of(child(node, "giorno"), arena), *hour = text_of(child(node, "ora"), arena);
    xmlChar *zone = xmlGetNoNsProp(node, (const xmlChar *)"zona");
    bool good = day && hour && zone && read_time(day, hour, (const char *)zone, out);

    xmlFree(zone);
    if (!day || !hour)
        return ERROR_BUDGET;
    return good ? 0 : malformed(e, "data, ora o zona non valida nei dati di certificazione");
}

static int read_taken(xmlNode *node, struct arena *arena, struct certification *c)
{
    size_t i = 0;
    const char **taken = NULL;

    c->taken_count = children(node, "ricezione");
    if (c->taken_count && !(taken = arena_array(arena, c->taken_count, sizeof *taken)))
        return ERROR_BUDGET;
    for (xmlNode *n = node->children; n; n = n->next) {
        if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, "ricezione") != 0)
            continue;
        taken[i] = text_of(n, arena);
        if (!taken[i++])
            return ERROR_BUDGET;
    }
    c->taken = taken;
    return 0;
}

/* An optional element's text into *out; NULL if it is absent. */
static int read_optional(xmlNode *node, const char *name, struct arena *arena, const char **out)
{
    xmlNode *found = child(node, name);

    *out = found ? text_of(found, arena) : NULL;
    return found && !*out ? ERROR_BUDGET : 0;
}

/* The identifier stands without brackets (pec-rules of the field); some write them all the same. */
static const char *without_brackets(const char *id, struct arena *arena)
{
    struct slice s = slice_of(id);

    if (s.size > 2 && s.data[0] == '<' && s.data[s.size - 1] == '>')
        return arena_text(arena, (struct slice){ s.data + 1, s.size - 2 });
    return id;
}

static int read_data(xmlNode *node, struct arena *arena, struct certification *c, struct error *e)
{
    xmlNode *form = child(node, "ricevuta");
    int result;

    c->issuer = text_of(child(node, "gestore-emittente"), arena);
    c->about.pec_id = text_of(child(node, "identificativo"), arena);
    if (!c->issuer || !c->about.pec_id)
        return ERROR_BUDGET;
    c->about.pec_id = without_brackets(c->about.pec_id, arena);
    if (!c->about.pec_id)
        return ERROR_BUDGET;
    if (!*c->about.pec_id)
        return malformed(e, "identificativo del messaggio assente nei dati di certificazione");
    c->about.provider = c->issuer;
    if (form) {
        c->states_form = true;
        c->about.form = (enum receipt_form)word_of(form, "tipo", receipt_form_words, RECEIPT_CONCISE + 1, 0);
    }
    if ((result = read_optional(node, "msgid", arena, &c->about.msgid)) != 0 ||
        (result = read_optional(node, "consegna", arena, &c->delivered)) != 0 ||
        (result = read_optional(node, "errore-esteso", arena, &c->detail)) != 0 || (result = read_taken(node, arena, c)) != 0)
        return result;
    if (c->about.msgid && !*c->about.msgid)
        c->about.msgid = NULL;
    return read_date(child(node, "data"), arena, &c->time, e);
}

static bool is_valid(xmlDoc *doc)
{
    xmlValidCtxt *context = xmlNewValidCtxt();
    bool valid = false;

    if (context && the_dtd()) {
        context->error = silent;
        context->warning = silent;
        valid = xmlValidateDtd(context, doc, the_dtd()) == 1;
    }
    xmlFreeValidCtxt(context);
    return valid;
}

/* Checks of form that come before anything is taken from the document. */
static int check_form(xmlDoc *doc, struct error *e)
{
    if (!doc)
        return malformed(e, "i dati di certificazione non sono un documento XML ben formato");
    if (doc->intSubset || doc->extSubset)
        return malformed(e, "i dati di certificazione contengono una dichiarazione DOCTYPE");
    if (doc->encoding && strcasecmp((const char *)doc->encoding, "UTF-8") != 0)
        return malformed(e, "i dati di certificazione non sono codificati in UTF-8");
    if (!is_valid(doc))
        return malformed(e, "i dati di certificazione non sono conformi al DTD");
    return 0;
}

int daticert_read(struct slice xml, struct arena *arena, struct certification *out, struct error *e)
{
    struct certification c = { 0 };
    xmlDoc *doc = NULL;
    xmlNode *root;
    int result;

    if (xml.size > XML_MAX)
        return error_set(e, ERROR_LIMIT, "i dati di certificazione superano i limiti di dimensione");
    if (slice_find(xml, SLICE("<!DOCTYPE")) < xml.size || slice_find(xml, SLICE("<!ENTITY")) < xml.size)
        return malformed(e, "i dati di certificazione contengono una dichiarazione DOCTYPE");
    doc = xmlReadMemory(xml.data ? xml.data : "", (int)xml.size, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS | XML_PARSE_NOCDATA);
    result = check_form(doc, e);
    if (result != 0)
        goto out;
    root = xmlDocGetRootElement(doc);
    c.type = (enum certified_type)word_of(root, "tipo", certified_type_words, TYPE_NONE, TYPE_NONE);
    c.error = (enum certified_error)word_of(root, "errore", certified_error_words, CERTIFIED_OTHER + 1, CERTIFIED_NO_ERROR);
    if ((result = read_header(child(root, "intestazione"), arena, &c.about)) != 0 ||
        (result = read_data(child(root, "dati"), arena, &c, e)) != 0)
        goto out;
    *out = c;
out:
    xmlFreeDoc(doc);
    return result == ERROR_BUDGET ? error_set(e, ERROR_BUDGET, "out of memory for daticert.xml") : result;
}
