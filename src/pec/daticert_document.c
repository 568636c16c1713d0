/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/daticert_document.h"

#include <libxml/parser.h>
#include <libxml/valid.h>
#include <string.h>

#include "base/text.h"

enum { XML_MAX = 16 * 1024 * 1024, TAGS_MAX = 100000, EQUALS_MAX = 100000, EQUALS_OF_TAG_MAX = 2000 };

static int malformed(struct error *e, const char *why)
{
    return error_set(e, ERROR_SYNTAX, "%s", why);
}

/* What the bytes themselves tell, before a parser sees them. libxml2 takes its memory from the machine, not from the arena, and
 * compares all attributes of an element with each other. 100,000 "<" are room for 20,000 recipients that are all taken in charge; no
 * element needs more than a few attributes. */
static int check_bytes(struct slice xml, struct error *e)
{
    size_t tags = 0, equals = 0, equals_of_tag = 0, most_equals = 0;

    for (size_t i = 0; i < xml.size; i++) {
        if (xml.data[i] == '<') {
            tags++;
            equals_of_tag = 0;
        } else if (xml.data[i] == '=') {
            equals++;
            equals_of_tag++;
            most_equals = equals_of_tag > most_equals ? equals_of_tag : most_equals;
        }
    }
    if (xml.size > XML_MAX || tags > TAGS_MAX || equals > EQUALS_MAX || most_equals > EQUALS_OF_TAG_MAX)
        return error_set(e, ERROR_LIMIT, "i dati di certificazione superano i limiti di dimensione");
    if (!utf8_valid(xml) || slice_find_byte(xml, '\0') < xml.size)
        return malformed(e, "i dati di certificazione non sono codificati in UTF-8");
    if (slice_find(xml, SLICE("<!DOCTYPE")) < xml.size || slice_find(xml, SLICE("<!ENTITY")) < xml.size)
        return malformed(e, "i dati di certificazione contengono una dichiarazione DOCTYPE");
    return 0;
}

static int parse(struct slice xml, xmlDoc **out, struct error *e)
{
    xmlParserCtxt *context = xmlNewParserCtxt();
    int result = 0;

    if (!context)
        return ERROR_MEMORY;
    *out = xmlCtxtReadMemory(context, xml.data, (int)xml.size, NULL, NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS | XML_PARSE_NOCDATA);
    if (!*out)
        result = context->errNo == XML_ERR_NO_MEMORY ? ERROR_MEMORY
                                                     : malformed(e, "i dati di certificazione non sono un documento XML ben formato");
    else if ((*out)->encoding && strcasecmp((const char *)(*out)->encoding, "UTF-8") != 0)
        result = malformed(e, "i dati di certificazione non sono codificati in UTF-8");
    xmlFreeParserCtxt(context);
    return result;
}

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

/* Against the DTD, with the element that it does not name as its root. */
static int validate(xmlDoc *doc, struct error *e)
{
    xmlValidCtxt *context = xmlNewValidCtxt();
    const xmlNode *root = xmlDocGetRootElement(doc);
    bool is_ready = context && the_dtd(), is_valid = false;

    if (is_ready) {
        context->error = silent;
        context->warning = silent;
        is_valid = xmlValidateDtd(context, doc, the_dtd()) == 1;
    }
    xmlFreeValidCtxt(context);
    if (!is_ready)
        return ERROR_MEMORY;
    return is_valid && strcmp((const char *)root->name, "postacert") == 0
               ? 0
               : malformed(e, "i dati di certificazione non sono conformi al DTD");
}

int daticert_document(struct slice xml, xmlDoc **out, struct error *e)
{
    xmlDoc *doc = NULL;
    int result = check_bytes(xml, e);

    if (result == 0)
        result = parse(xml, &doc, e);
    if (result == 0)
        result = validate(doc, e);
    if (result == 0)
        *out = doc;
    else
        xmlFreeDoc(doc);
    return result;
}
