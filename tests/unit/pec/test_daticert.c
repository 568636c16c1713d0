/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing daticert.xml (RFC 6109 4.3.3, 4.4): the form of live providers, valid whatever the texts hold.
 */
#include "fixture.h"

#include <libxml/parser.h>
#include <libxml/valid.h>
#include <string.h>

#include "pec/daticert.h"

static struct slice written(struct arena *arena, const struct certification *c)
{
    struct rope out = rope_new(arena);

    daticert_write(c, &out);
    assert_true(rope_ok(&out));
    return rope_flat(&out);
}

static struct certification envelope(struct arena *arena)
{
    return (struct certification){ .type = TYPE_TRANSPORT, .about = fixture_transaction(arena), .issuer = "Alfa Certificata S.p.A.",
                                   .time = clock_legal(FIXTURE_WINTER), .states_form = true };
}

static void silent(void *arg, const char *format, ...)
{
    (void)arg;
    (void)format;
}

/* Against a copy of the DTD that is not the program's own. */
static void check_valid(const char *name, struct slice xml)
{
    xmlDtd *dtd = xmlParseDTD(NULL, (const xmlChar *)PEC_TEST_DATA "/daticert.dtd");
    xmlDoc *doc = xmlReadMemory(xml.data, (int)xml.size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    xmlValidCtxt *context = xmlNewValidCtxt();

    assert_non_null(dtd);
    assert_non_null(context);
    context->error = silent;
    if (!doc)
        fail_msg("%s: not well-formed: %.*s", name, SLICE_ARGS(xml));
    if (xmlValidateDtd(context, doc, dtd) != 1)
        fail_msg("%s: not valid: %.*s", name, SLICE_ARGS(xml));
    xmlFreeValidCtxt(context);
    xmlFreeDoc(doc);
    xmlFreeDtd(dtd);
}

/* 4.3.3: UTF-8; 4.4: every attribute written, since readers apply no defaults. */
static void test_wire_form_of_an_envelope(void **state)
{
    struct certification c = envelope(*state);
    struct slice xml = written(*state, &c);

    fixture_same("envelope", xml, slice_of(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<postacert tipo=\"posta-certificata\" errore=\"nessuno\">\n"
        "    <intestazione>\n"
        "        <mittente>mario@alfa.example</mittente>\n"
        "        <destinatari tipo=\"certificato\">anna@beta.example</destinatari>\n"
        "        <destinatari tipo=\"esterno\">ugo@posta.example</destinatari>\n"
        "        <risposte>mario@alfa.example</risposte>\n"
        "        <oggetto>Citt\xC3\xA0 di Forl\xC3\xAC</oggetto>\n"
        "    </intestazione>\n"
        "    <dati>\n"
        "        <gestore-emittente>Alfa Certificata S.p.A.</gestore-emittente>\n"
        "        <data zona=\"+0100\">\n"
        "            <giorno>15/01/2026</giorno>\n"
        "            <ora>11:30:00</ora>\n"
        "        </data>\n"
        "        <identificativo>opec3.20260115113000.0123456789abcdef.0@pec.alfa.example</identificativo>\n"
        "        <msgid>&lt;client-1@studio.example&gt;</msgid>\n"
        "        <ricevuta tipo=\"completa\" />\n"
        "    </dati>\n"
        "</postacert>\n"));
    check_valid("envelope", xml);
}

static void test_all_elements_come_in_the_order_of_the_dtd(void **state)
{
    static const char *const taken[] = { "anna@beta.example", "bruno@beta.example" };
    static const char *const order[] = { "<gestore-emittente>", "<data ", "<giorno>", "<ora>", "<identificativo>", "<msgid>", "<ricevuta ",
                                         "<consegna>anna@", "<ricezione>anna@", "<ricezione>bruno@", "<errore-esteso>" };
    struct certification c = envelope(*state);
    struct slice xml;
    size_t before = 0;

    c.delivered = "anna@beta.example";
    c.taken = taken;
    c.taken_count = 2;
    c.detail = "5.1.1 - Beta - indirizzo non valido";
    xml = written(*state, &c);
    check_valid("all elements", xml);
    for (size_t i = 0; i < COUNT(order); i++) {
        size_t at = slice_find(xml, slice_of(order[i]));

        assert_true(at < xml.size && at > before);
        before = at;
    }
}

static void test_optional_elements_stay_away(void **state)
{
    static const char *const absent[] = { "oggetto", "msgid", "ricevuta", "consegna", "ricezione", "errore-esteso" };
    struct certification c = envelope(*state);
    struct slice xml;

    c.about.subject = c.about.msgid = NULL;
    c.states_form = false;
    xml = written(*state, &c);
    check_valid("no optional element", xml);
    for (size_t i = 0; i < COUNT(absent); i++)
        fixture_lacks("no optional element", xml, absent[i]);
}

static void test_every_type_error_and_form_is_valid(void **state)
{
    for (int type = 0; type < TYPE_NONE; type++) {
        for (int error = 0; error <= CERTIFIED_OTHER; error++) {
            struct certification c = envelope(*state);
            struct slice xml;

            c.type = (enum certified_type)type;
            c.error = (enum certified_error)error;
            c.about.form = (enum receipt_form)(error % 3);
            xml = written(*state, &c);
            check_valid(certified_type_words[type], xml);
            fixture_has("type", xml, fixture_format(*state, "<postacert tipo=\"%s\" errore=\"%s\">", certified_type_words[type],
                                                    certified_error_words[error]).data);
            fixture_has("form", xml, fixture_format(*state, "<ricevuta tipo=\"%s\" />", receipt_form_words[error % 3]).data);
        }
    }
}

/* Texts as they may come: what XML cannot hold goes, the rest is escaped. */
static void test_texts_are_escaped(void **state)
{
    static const struct {
        const char *name, *subject, *element;
    } cases[] = {
        { "markup", "a < b & c > d \"e\" 'f'", "<oggetto>a &lt; b &amp; c &gt; d &quot;e&quot; 'f'</oggetto>" },
        { "an end of CDATA and a comment", "]]> <!-- -->", "<oggetto>]]&gt; &lt;!-- --&gt;</oggetto>" },
        { "an entity is text", "&amp; &#0;", "<oggetto>&amp;amp; &amp;#0;</oggetto>" },
        { "controls go", "a\x01\x0B\x1B\x7F" "b", "<oggetto>ab</oggetto>" },
        { "a tab may stand", "a\tb", "<oggetto>a\tb</oggetto>" },
        { "U+FFFE and U+FFFF go", "a\xEF\xBF\xBE\xEF\xBF\xBF" "b", "<oggetto>ab</oggetto>" },
        { "invalid bytes become U+FFFD", "a\xFF\xC3(b", "<oggetto>a\xEF\xBF\xBD\xEF\xBF\xBD(b</oggetto>" },
        { "a surrogate becomes U+FFFD", "a\xED\xA0\x80", "<oggetto>a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD</oggetto>" },
        { "other alphabets and planes", "\xD0\xBF\xE2\x82\xAC\xF0\x9F\x93\xA7", "<oggetto>\xD0\xBF\xE2\x82\xAC\xF0\x9F\x93\xA7</oggetto>" },
        { "at the ends", "<x>", "<oggetto>&lt;x&gt;</oggetto>" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct certification c = envelope(*state);
        struct slice xml;

        c.about.subject = cases[i].subject;
        xml = written(*state, &c);
        check_valid(cases[i].name, xml);
        fixture_has(cases[i].name, xml, cases[i].element);
    }
}

/* Not only the subject: each text that a stranger can choose. */
static void test_every_text_is_escaped(void **state)
{
    static const char *const taken[] = { "r&t@x" };
    struct certification c = envelope(*state);
    struct slice xml;

    c.about.sender = "\"a&b<\"@x";
    c.about.recipients[0].address = "\"c&d<\"@x";
    c.about.reply_to = "e&f@x";
    c.about.msgid = "<g&h@x>";
    c.about.pec_id = "i&j@x";
    c.issuer = "K & L <S.p.A.>";
    c.delivered = "m&n@x";
    c.taken = taken;
    c.taken_count = 1;
    c.detail = "5.0.0 - <o & p>";
    xml = written(*state, &c);
    check_valid("every text", xml);
    fixture_has("sender", xml, "<mittente>&quot;a&amp;b&lt;&quot;@x</mittente>");
    fixture_has("recipient", xml, "<destinatari tipo=\"certificato\">&quot;c&amp;d&lt;&quot;@x</destinatari>");
    fixture_has("reply", xml, "<risposte>e&amp;f@x</risposte>");
    fixture_has("msgid", xml, "<msgid>&lt;g&amp;h@x&gt;</msgid>");
    fixture_has("id", xml, "<identificativo>i&amp;j@x</identificativo>");
    fixture_has("issuer", xml, "<gestore-emittente>K &amp; L &lt;S.p.A.&gt;</gestore-emittente>");
    fixture_has("delivered", xml, "<consegna>m&amp;n@x</consegna>");
    fixture_has("taken", xml, "<ricezione>r&amp;t@x</ricezione>");
    fixture_has("detail", xml, "<errore-esteso>5.0.0 - &lt;o &amp; p&gt;</errore-esteso>");
}

/* 4.2, 4.4: legal time, one second before and after the zone changes. */
static void test_the_zone_is_that_of_the_moment(void **state)
{
    static const struct {
        int64_t seconds;
        const char *data;
    } cases[] = {
        { FIXTURE_SUMMER, "<data zona=\"+0200\">\n            <giorno>15/07/2026</giorno>\n            <ora>12:30:00</ora>" },
        { 1774745999, "<data zona=\"+0100\">\n            <giorno>29/03/2026</giorno>\n            <ora>01:59:59</ora>" },
        { 1774746000, "<data zona=\"+0200\">\n            <giorno>29/03/2026</giorno>\n            <ora>03:00:00</ora>" },
        { 1792889999, "<data zona=\"+0200\">\n            <giorno>25/10/2026</giorno>\n            <ora>02:59:59</ora>" },
        { 1792890000, "<data zona=\"+0100\">\n            <giorno>25/10/2026</giorno>\n            <ora>02:00:00</ora>" },
        { 1709161199, "<data zona=\"+0100\">\n            <giorno>28/02/2024</giorno>\n            <ora>23:59:59</ora>" },
        { 1709161200, "<data zona=\"+0100\">\n            <giorno>29/02/2024</giorno>\n            <ora>00:00:00</ora>" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct certification c = envelope(*state);

        c.time = clock_legal(cases[i].seconds);
        fixture_has("zone", written(*state, &c), cases[i].data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wire_form_of_an_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_all_elements_come_in_the_order_of_the_dtd, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_optional_elements_stay_away, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_type_error_and_form_is_valid, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_texts_are_escaped, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_text_is_escaped, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_zone_is_that_of_the_moment, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec daticert", tests, NULL, NULL);
}
