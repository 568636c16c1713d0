/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a valid daticert.xml says (RFC 6109 4.4).
 */
#include <libxml/tree.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "pec/daticert.h"
#include "pec/daticert_document.h"

/* The text of a node in one line; NULL without budget. */
static const char *text_of(xmlNode *node, struct arena *arena)
{
    xmlChar *content = xmlNodeGetContent(node);
    const char *text = content ? text_one_line(arena, slice_of((const char *)content)) : NULL;

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

/* Has the text that form: a digit for each "9", anything else for itself? */
static bool has_form(const char *text, const char *form)
{
    for (; *form; text++, form++)
        if (*form == '9' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return *text == '\0';
}

static int number_at(const char *digits, int count)
{
    int number = 0;

    for (int i = 0; i < count; i++)
        number = 10 * number + (digits[i] - '0');
    return number;
}

static int days_of(int month, int year)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* 4.2: 01-12, 01-31 "based on month/year", 00-23, 00-59, 00-60. */
static bool is_time(const struct legal_time *t)
{
    return t->month >= 1 && t->month <= 12 && t->day >= 1 && t->day <= days_of(t->month, t->year) && t->hour <= 23 &&
           t->minute <= 59 && t->second <= 60;
}

/* 4.4: day dd/mm/yyyy, hour hh:mm:ss, zone +hhmm. */
static bool read_time(const char *day, const char *hour, const char *zone, struct legal_time *out)
{
    struct legal_time t;
    struct tm tm;
    int hours, minutes;

    if (!has_form(day, "99/99/9999") || !has_form(hour, "99:99:99") || (!has_form(zone, "+9999") && !has_form(zone, "-9999")))
        return false;
    t = (struct legal_time){
        .day = number_at(day, 2), .month = number_at(day + 3, 2), .year = number_at(day + 6, 4),
        .hour = number_at(hour, 2), .minute = number_at(hour + 3, 2), .second = number_at(hour + 6, 2),
    };
    hours = number_at(zone + 1, 2);
    minutes = number_at(zone + 3, 2);
    if (!is_time(&t) || hours > 23 || minutes > 59)
        return false;
    t.offset_minutes = (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    tm = (struct tm){ .tm_mday = t.day, .tm_mon = t.month - 1, .tm_year = t.year - 1900, .tm_hour = t.hour, .tm_min = t.minute };
    t.seconds = (int64_t)timegm(&tm) + t.second - t.offset_minutes * 60;
    t.weekday = tm.tm_wday;
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
    return good ? 0 : error_set(e, ERROR_SYNTAX, "data, ora o zona non valida nei dati di certificazione");
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

/* The identifier stands without brackets; some write them all the same. */
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
        return error_set(e, ERROR_SYNTAX, "identificativo del messaggio assente nei dati di certificazione");
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

static int read_root(xmlNode *root, struct arena *arena, struct certification *c, struct error *e)
{
    int result;

    c->type = (enum certified_type)word_of(root, "tipo", certified_type_words, TYPE_NONE, TYPE_NONE);
    c->error = (enum certified_error)word_of(root, "errore", certified_error_words, CERTIFIED_OTHER + 1, CERTIFIED_NO_ERROR);
    result = read_header(child(root, "intestazione"), arena, &c->about);
    return result ? result : read_data(child(root, "dati"), arena, c, e);
}

int daticert_read(struct slice xml, struct arena *arena, struct certification *out, struct error *e)
{
    struct certification c = { 0 };
    xmlDoc *doc = NULL;
    int result = daticert_document(xml, &doc, e);

    if (result == 0)
        result = read_root(xmlDocGetRootElement(doc), arena, &c, e);
    if (result == 0)
        *out = c;
    xmlFreeDoc(doc);
    return result == ERROR_BUDGET || result == ERROR_MEMORY ? error_set(e, result, "out of memory for daticert.xml") : result;
}
