/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading daticert.xml (RFC 6109 4.4): what is valid, what is refused and why, and what hostile documents cost.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "pec/daticert.h"

#define PROLOG "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ROOT "<postacert tipo=\"posta-certificata\" errore=\"nessuno\">"
#define TO "<destinatari tipo=\"certificato\">b@y.example</destinatari>"
#define HEADER "<intestazione><mittente>a@x.example</mittente>" TO "<risposte>a@x.example</risposte></intestazione>"
#define DATE "<data zona=\"+0100\"><giorno>15/01/2026</giorno><ora>11:30:00</ora></data>"
#define ISSUER "<gestore-emittente>Beta</gestore-emittente>"
#define ID "<identificativo>id@x.example</identificativo>"
#define DATA "<dati>" ISSUER DATE ID "</dati>"
#define GOOD PROLOG ROOT HEADER DATA "</postacert>"

/* From memory that ends with the text. */
static int read_exact(struct arena *arena, struct slice xml, struct certification *out, struct error *e)
{
    char *copy = malloc(xml.size ? xml.size : 1);
    int result;

    assert_non_null(copy);
    if (xml.size)
        memcpy(copy, xml.data, xml.size);
    result = daticert_read((struct slice){ copy, xml.size }, arena, out, e);
    free(copy);
    return result;
}

static struct certification read_good(struct arena *arena, const char *name, const char *xml)
{
    struct certification c = { 0 };
    struct error e = { 0 };

    if (read_exact(arena, slice_of(xml), &c, &e) != 0)
        fail_msg("%s: %s", name, e.text);
    return c;
}

static void test_all_elements_are_read(void **state)
{
    struct certification c = read_good(*state, "all",
        PROLOG "<postacert tipo=\"avvenuta-consegna\" errore=\"altro\">\n    <intestazione>\n"
        "        <mittente>a@x.example</mittente>\n        <destinatari tipo=\"certificato\">b@y.example</destinatari>\n"
        "        <destinatari tipo=\"esterno\">c@z.example</destinatari>\n        <risposte>r@x.example</risposte>\n"
        "        <oggetto>Citt\xC3\xA0 &lt;&amp;&gt; &#x20AC;</oggetto>\n    </intestazione>\n    <dati>\n"
        "        <gestore-emittente>Beta &amp; C.</gestore-emittente>\n        <data zona=\"+0200\">\n"
        "            <giorno>15/07/2026</giorno>\n            <ora>12:30:00</ora>\n        </data>\n"
        "        <identificativo>id@x.example</identificativo>\n        <msgid>&lt;m@c.example&gt;</msgid>\n"
        "        <ricevuta tipo=\"breve\" />\n        <consegna>b@y.example</consegna>\n        <ricezione>b@y.example</ricezione>\n"
        "        <ricezione>d@y.example</ricezione>\n        <errore-esteso>5.1.1 - Beta - no</errore-esteso>\n    </dati>\n"
        "</postacert>\n");

    assert_int_equal(c.type, TYPE_DELIVERY);
    assert_int_equal(c.error, CERTIFIED_OTHER);
    assert_string_equal(c.about.sender, "a@x.example");
    assert_int_equal(c.about.recipient_count, 2);
    assert_string_equal(c.about.recipients[0].address, "b@y.example");
    assert_true(c.about.recipients[0].certified);
    assert_string_equal(c.about.recipients[1].address, "c@z.example");
    assert_false(c.about.recipients[1].certified);
    assert_string_equal(c.about.reply_to, "r@x.example");
    assert_string_equal(c.about.subject, "Citt\xC3\xA0 <&> \xE2\x82\xAC");
    assert_string_equal(c.about.provider, "Beta & C.");
    assert_string_equal(c.issuer, "Beta & C.");
    assert_string_equal(c.about.pec_id, "id@x.example");
    assert_string_equal(c.about.msgid, "<m@c.example>");
    assert_true(c.states_form);
    assert_int_equal(c.about.form, RECEIPT_BRIEF);
    assert_string_equal(c.delivered, "b@y.example");
    assert_int_equal(c.taken_count, 2);
    assert_string_equal(c.taken[1], "d@y.example");
    assert_string_equal(c.detail, "5.1.1 - Beta - no");
    assert_int_equal(c.time.seconds, FIXTURE_SUMMER);
    assert_int_equal(c.time.offset_minutes, 120);
    assert_int_equal(c.time.weekday, 3);
}

static void test_what_may_be_absent(void **state)
{
    struct certification c = read_good(*state, "the least", GOOD);

    assert_null(c.about.subject);
    assert_null(c.about.msgid);
    assert_null(c.delivered);
    assert_null(c.detail);
    assert_int_equal(c.taken_count, 0);
    assert_false(c.states_form);
    assert_int_equal(c.about.form, RECEIPT_COMPLETE);
    assert_int_equal(c.time.seconds, FIXTURE_WINTER);
}

/* The DTD's defaults hold though nobody applies them on the way. */
static void test_defaults_of_attributes(void **state)
{
    struct certification c = read_good(*state, "defaults",
        "<postacert tipo=\"accettazione\"><intestazione><mittente>a@x</mittente><destinatari>b@y</destinatari>"
        "<destinatari tipo=\"esterno\">c@z</destinatari><risposte>a@x</risposte></intestazione>" DATA "</postacert>");

    assert_int_equal(c.type, TYPE_ACCEPTANCE);
    assert_int_equal(c.error, CERTIFIED_NO_ERROR);
    assert_true(c.about.recipients[0].certified);
    assert_false(c.about.recipients[1].certified);
}

static void test_accepted_forms(void **state)
{
    static const struct {
        const char *name, *xml;
    } cases[] = {
        { "no XML declaration", ROOT HEADER DATA "</postacert>" },
        { "a byte order mark of UTF-8", "\xEF\xBB\xBF" GOOD },
        { "the name of UTF-8 in lower case", "<?xml version='1.0' encoding='utf-8'?>" ROOT HEADER DATA "</postacert>" },
        { "comments and instructions between elements", PROLOG "<!-- x -->" ROOT "<!-- y -->" HEADER "<?z ?>" DATA "</postacert><!-- e -->" },
        { "CRLF line ends", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n" ROOT "\r\n" HEADER "\r\n" DATA "\r\n</postacert>\r\n" },
        { "the identifier in brackets", PROLOG ROOT HEADER "<dati>" ISSUER DATE
          "<identificativo>&lt;id@x.example&gt;</identificativo></dati></postacert>" },
        { "blanks and line ends around values", PROLOG ROOT HEADER "<dati>" ISSUER
          "<data zona=\"+0100\"><giorno>\n 15/01/2026 </giorno><ora>\t11:30:00\n</ora></data>"
          "<identificativo>\n    id@x.example\n</identificativo></dati></postacert>" },
        { "a CDATA section", PROLOG ROOT HEADER "<dati>" ISSUER DATE "<identificativo><![CDATA[id@x.example]]></identificativo></dati></postacert>" },
        { "a comment within a value", PROLOG ROOT HEADER "<dati>" ISSUER DATE "<identificativo>id<!-- -->@x.example</identificativo></dati></postacert>" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        fixture_same_text(cases[i].name, read_good(*state, cases[i].name, cases[i].xml).about.pec_id, "id@x.example");
}

static void test_empty_texts_are_none(void **state)
{
    struct certification c = read_good(*state, "empty texts",
        PROLOG ROOT "<intestazione><mittente>a@x</mittente>" TO "<risposte/><oggetto> \n </oggetto></intestazione><dati>" ISSUER DATE ID
        "<msgid></msgid></dati></postacert>");

    assert_null(c.about.subject);
    assert_null(c.about.msgid);
    assert_string_equal(c.about.reply_to, "");
}

/* A subject of several lines must not become several lines of a text or header. */
static void test_values_become_one_line(void **state)
{
    struct certification c = read_good(*state, "one line",
        PROLOG ROOT "<intestazione><mittente>a@x</mittente>" TO "<risposte>a@x</risposte><oggetto>a&#13;&#10;Bcc: x&#9;y&#x85;z</oggetto>"
        "</intestazione>" DATA "</postacert>");

    assert_string_equal(c.about.subject, "a Bcc: x y z");
}

#define WITH_DATE(date) PROLOG ROOT HEADER "<dati>" ISSUER date ID "</dati></postacert>"
#define DAY(day, hour, zone) WITH_DATE("<data zona=\"" zone "\"><giorno>" day "</giorno><ora>" hour "</ora></data>")

static const char not_xml[] = "ben formato", not_utf8[] = "UTF-8", doctype[] = "DOCTYPE", not_valid[] = "DTD", no_date[] = "data, ora o zona",
                  no_id[] = "identificativo";

static const struct {
    const char *name, *xml, *reason;
} refused[] = {
    { "nothing", "", not_xml },
    { "no XML", "daticert", not_xml },
    { "cut off", PROLOG ROOT HEADER DATA, not_xml },
    { "two roots", GOOD "<postacert/>", not_xml },
    { "text behind the root", GOOD "x", not_xml },
    { "an undefined entity", PROLOG ROOT "<intestazione><mittente>&x;</mittente></intestazione></postacert>", not_xml },
    { "a character that XML cannot hold", PROLOG ROOT HEADER "<dati>" ISSUER DATE "<identificativo>&#1;</identificativo></dati></postacert>", not_xml },
    { "an unescaped ampersand", PROLOG ROOT "<intestazione><mittente>a&b</mittente></intestazione></postacert>", not_xml },
    { "a declared ISO-8859-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" ROOT HEADER DATA "</postacert>", not_utf8 },
    { "a declared US-ASCII", "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>" ROOT HEADER DATA "</postacert>", not_utf8 },
    { "bytes of ISO-8859-1 without a declaration", ROOT "<intestazione><mittente>\xE8</mittente></intestazione></postacert>", not_utf8 },
    { "an overlong form", ROOT "<intestazione><mittente>\xC0\xBC</mittente></intestazione></postacert>", not_utf8 },
    { "a DOCTYPE of its own", PROLOG "<!DOCTYPE postacert>" ROOT HEADER DATA "</postacert>", doctype },
    { "an external DTD", PROLOG "<!DOCTYPE postacert SYSTEM \"file:///etc/passwd\">" ROOT HEADER DATA "</postacert>", doctype },
    { "entities", PROLOG "<!DOCTYPE postacert [<!ENTITY x \"a\">]>" ROOT HEADER DATA "</postacert>", doctype },
    { "another root that the DTD knows", PROLOG "<giorno>15/01/2026</giorno>", not_valid },
    { "the header as root", PROLOG HEADER, not_valid },
    { "another root", PROLOG "<html/>", not_valid },
    { "a namespace", PROLOG "<postacert xmlns=\"urn:x\" tipo=\"accettazione\">" HEADER DATA "</postacert>", not_valid },
    { "no tipo", PROLOG "<postacert errore=\"nessuno\">" HEADER DATA "</postacert>", not_valid },
    { "a tipo that is none", PROLOG "<postacert tipo=\"mancata-consegna\">" HEADER DATA "</postacert>", not_valid },
    { "a tipo in other case", PROLOG "<postacert tipo=\"Accettazione\">" HEADER DATA "</postacert>", not_valid },
    { "an errore that is none", PROLOG "<postacert tipo=\"accettazione\" errore=\"eccezione-formale\">" HEADER DATA "</postacert>", not_valid },
    { "an attribute that is none", PROLOG "<postacert tipo=\"accettazione\" x=\"1\">" HEADER DATA "</postacert>", not_valid },
    { "no header", PROLOG ROOT DATA "</postacert>", not_valid },
    { "no data", PROLOG ROOT HEADER "</postacert>", not_valid },
    { "the wrong order", PROLOG ROOT DATA HEADER "</postacert>", not_valid },
    { "no sender", PROLOG ROOT "<intestazione>" TO "<risposte>a</risposte></intestazione>" DATA "</postacert>", not_valid },
    { "no recipient", PROLOG ROOT "<intestazione><mittente>a</mittente><risposte>a</risposte></intestazione>" DATA "</postacert>", not_valid },
    { "no reply address", PROLOG ROOT "<intestazione><mittente>a</mittente>" TO "</intestazione>" DATA "</postacert>", not_valid },
    { "two senders", PROLOG ROOT "<intestazione><mittente>a</mittente><mittente>b</mittente>" TO "<risposte>a</risposte></intestazione>" DATA "</postacert>", not_valid },
    { "a recipient's type that is none", PROLOG ROOT "<intestazione><mittente>a</mittente><destinatari tipo=\"pec\">b</destinatari><risposte>a</risposte></intestazione>" DATA "</postacert>", not_valid },
    { "elements within a value", PROLOG ROOT "<intestazione><mittente><b>a</b></mittente>" TO "<risposte>a</risposte></intestazione>" DATA "</postacert>", not_valid },
    { "text between elements", PROLOG ROOT "x" HEADER DATA "</postacert>", not_valid },
    { "no provider", PROLOG ROOT HEADER "<dati>" DATE ID "</dati></postacert>", not_valid },
    { "no date", PROLOG ROOT HEADER "<dati>" ISSUER ID "</dati></postacert>", not_valid },
    { "no zone", WITH_DATE("<data><giorno>15/01/2026</giorno><ora>11:30:00</ora></data>"), not_valid },
    { "no identifier", PROLOG ROOT HEADER "<dati>" ISSUER DATE "</dati></postacert>", not_valid },
    { "two identifiers", PROLOG ROOT HEADER "<dati>" ISSUER DATE ID ID "</dati></postacert>", not_valid },
    { "two deliveries", PROLOG ROOT HEADER "<dati>" ISSUER DATE ID "<consegna>a</consegna><consegna>b</consegna></dati></postacert>", not_valid },
    { "a receipt form that is none", PROLOG ROOT HEADER "<dati>" ISSUER DATE ID "<ricevuta tipo=\"lunga\"/></dati></postacert>", not_valid },
    { "a receipt form with content", PROLOG ROOT HEADER "<dati>" ISSUER DATE ID "<ricevuta tipo=\"breve\">x</ricevuta></dati></postacert>", not_valid },
    { "an element of nobody", PROLOG ROOT HEADER "<dati>" ISSUER DATE ID "<extra/></dati></postacert>", not_valid },
    { "an empty identifier", PROLOG ROOT HEADER "<dati>" ISSUER DATE "<identificativo> </identificativo></dati></postacert>", no_id },
    { "a day of one digit", DAY("5/01/2026", "11:30:00", "+0100"), no_date },
    { "a day with a blank for a digit", DAY("1 /01/2026", "11:30:00", "+0100"), no_date },
    { "a day with a sign", DAY("+1/01/2026", "11:30:00", "+0100"), no_date },
    { "a year of two digits", DAY("15/01/26", "11:30:00", "+0100"), no_date },
    { "another order of the day", DAY("2026-01-15", "11:30:00", "+0100"), no_date },
    { "day 0", DAY("00/01/2026", "11:30:00", "+0100"), no_date },
    { "day 32", DAY("32/01/2026", "11:30:00", "+0100"), no_date },
    { "31 April", DAY("31/04/2026", "11:30:00", "+0100"), no_date },
    { "29 February of a common year", DAY("29/02/2026", "11:30:00", "+0100"), no_date },
    { "29 February of 2100", DAY("29/02/2100", "11:30:00", "+0100"), no_date },
    { "month 0", DAY("15/00/2026", "11:30:00", "+0100"), no_date },
    { "month 13", DAY("15/13/2026", "11:30:00", "+0100"), no_date },
    { "something behind the day", DAY("15/01/2026x", "11:30:00", "+0100"), no_date },
    { "no seconds", DAY("15/01/2026", "11:30", "+0100"), no_date },
    { "hour 24", DAY("15/01/2026", "24:00:00", "+0100"), no_date },
    { "minute 60", DAY("15/01/2026", "11:60:00", "+0100"), no_date },
    { "second 61", DAY("15/01/2026", "11:30:61", "+0100"), no_date },
    { "fractions of a second", DAY("15/01/2026", "11:30:00.5", "+0100"), no_date },
    { "a zone with a colon", DAY("15/01/2026", "11:30:00", "+01:00"), no_date },
    { "a zone without a sign", DAY("15/01/2026", "11:30:00", "0100"), no_date },
    { "a zone by its name", DAY("15/01/2026", "11:30:00", "CET"), no_date },
    { "a zone of 24 hours", DAY("15/01/2026", "11:30:00", "+2400"), no_date },
    { "a zone of 60 minutes", DAY("15/01/2026", "11:30:00", "+0160"), no_date },
    { "an empty zone", DAY("15/01/2026", "11:30:00", ""), no_date },
    { "an empty day", DAY("", "11:30:00", "+0100"), no_date },
    { "an empty hour", DAY("15/01/2026", "", "+0100"), no_date },
};

static void test_refused_with_an_italian_reason(void **state)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct certification c = { .issuer = "untouched" };
        struct error e = { 0 };

        if (read_exact(*state, slice_of(refused[i].xml), &c, &e) != ERROR_SYNTAX)
            fail_msg("%s: not refused (%s)", refused[i].name, e.text);
        fixture_has(refused[i].name, slice_of(e.text), refused[i].reason);
        assert_string_equal(c.issuer, "untouched");
    }
}

static void test_times_that_are_some(void **state)
{
    static const struct {
        const char *name, *xml;
        int64_t seconds;
    } cases[] = {
        { "29 February of a leap year", DAY("29/02/2024", "00:00:00", "+0100"), 1709161200 },
        { "29 February of 2000", DAY("29/02/2000", "00:00:00", "+0000"), 951782400 },
        { "the last second of a day", DAY("31/12/2025", "23:59:59", "+0000"), 1767225599 },
        { "a leap second (4.2: 00-60)", DAY("31/12/2016", "23:59:60", "+0000"), 1483228800 },
        { "west of UTC", DAY("14/01/2026", "23:00:00", "-1130"), FIXTURE_WINTER },
        { "before 1970", DAY("31/12/1969", "23:59:59", "+0000"), -1 },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct certification c = read_good(*state, cases[i].name, cases[i].xml);

        if (c.time.seconds != cases[i].seconds)
            fail_msg("%s: %lld", cases[i].name, (long long)c.time.seconds);
    }
}

/* What is written is read as it was. */
static void test_round_trip(void **state)
{
    for (int type = 0; type < TYPE_NONE; type++) {
        static const char *const taken[] = { "x&y@z", "t@z" };
        struct certification c = { .type = (enum certified_type)type, .error = (enum certified_error)(type % 5),
                                   .about = fixture_transaction(*state), .issuer = "A & B", .time = clock_legal(FIXTURE_SUMMER + type),
                                   .states_form = type % 2, .delivered = type % 3 ? "d@e" : NULL, .taken = taken,
                                   .taken_count = (size_t)type % 3, .detail = "5 < 6" };
        struct rope out = rope_new(*state);
        struct certification back;

        c.about.form = c.states_form ? RECEIPT_CONCISE : RECEIPT_COMPLETE;
        daticert_write(&c, &out);
        back = read_good(*state, "round trip", arena_text(*state, rope_flat(&out)));
        assert_int_equal(back.type, c.type);
        assert_int_equal(back.error, c.error);
        assert_int_equal(back.states_form, c.states_form);
        assert_int_equal(back.about.form, c.about.form);
        assert_memory_equal(&back.time, &c.time, sizeof c.time);
        assert_string_equal(back.about.subject, c.about.subject);
        assert_string_equal(back.about.msgid, c.about.msgid);
        fixture_same_text("delivered", back.delivered, c.delivered);
        assert_int_equal(back.taken_count, c.taken_count);
        assert_string_equal(back.detail, c.detail);
    }
}

/* Read until the machine's patience ends: what is hostile is refused quickly, whatever it is called. */
static void check_hostile(const char *name, struct arena *arena, struct slice xml)
{
    double before = fixture_seconds();
    struct certification c;
    struct error e = { 0 };
    int result = read_exact(arena, xml, &c, &e);

    if (result != ERROR_SYNTAX && result != ERROR_LIMIT)
        fail_msg("%s: %d", name, result);
    assert_string_not_equal(e.text, "");
    if (fixture_seconds() - before > 5)
        fail_msg("%s: %.1f s", name, fixture_seconds() - before);
}

static struct slice in_subject(struct arena *arena, struct slice inside)
{
    return fixture_format(arena, PROLOG ROOT "<intestazione><mittente>a</mittente>" TO "<risposte>a</risposte><oggetto>%.*s</oggetto></intestazione>"
                          DATA "</postacert>", SLICE_ARGS(inside));
}

static void test_hostile_documents_are_refused_in_time(void **state)
{
    static const char laughs[] = PROLOG "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
                                 "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
                                 "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">]><postacert>&e;</postacert>";
    struct slice attributes = fixture_repeat(*state, "a=''", 3000);
    size_t size = sizeof laughs - 1;
    char *wide = arena_alloc(*state, 2 * size + 2);

    check_hostile("billion laughs", *state, SLICE(laughs));
    wide[0] = '\xFF';
    wide[1] = '\xFE';
    for (size_t i = 0; i < size; i++)
        wide[2 * i + 2] = laughs[i];
    check_hostile("billion laughs in UTF-16", *state, (struct slice){ wide, 2 * size + 2 });
    check_hostile("deep nesting", *state, fixture_repeat(*state, "<postacert>", 90000));
    check_hostile("millions of elements", *state, in_subject(*state, fixture_repeat(*state, "<x/>", 3000000)));
    check_hostile("too many attributes of one element", *state, fixture_format(*state, "<postacert %.*s>", SLICE_ARGS(attributes)));
    check_hostile("too large", *state, in_subject(*state, fixture_repeat(*state, "x", 16 * 1024 * 1024)));
    check_hostile("comments", *state, in_subject(*state, fixture_repeat(*state, "<!-- -->", 1900000)));
}

/* Just below the bounds: slow or not valid, but settled. */
static void test_what_the_bounds_allow_costs_little(void **state)
{
    struct rope tags = rope_new(*state);

    for (int i = 0; i < 50; i++) {
        rope_text(&tags, "<x");
        for (int j = 0; j < 1999; j++)
            rope_printf(&tags, " a%d=''", j);
        rope_text(&tags, "/>");
    }
    check_hostile("attributes", *state, in_subject(*state, rope_flat(&tags)));
    check_hostile("elements", *state, in_subject(*state, fixture_repeat(*state, "<x></x>", 49000)));
}

/* Ten thousand recipients, all of them taken in charge, are no attack. */
static void test_many_recipients_are_read(void **state)
{
    struct rope out = rope_new(*state);
    struct certification c = { .type = TYPE_TAKE_CHARGE, .about = fixture_transaction(*state), .issuer = "A", .time = clock_legal(0),
                               .taken_count = 20000 }, back;
    struct recipient *recipients = arena_array(*state, 20000, sizeof *recipients);
    const char **taken = arena_array(*state, 20000, sizeof *taken);
    struct error e = { 0 };

    for (size_t i = 0; i < 20000; i++) {
        taken[i] = arena_printf(*state, "utente.%zu@beta.example", i);
        recipients[i] = (struct recipient){ taken[i], true };
    }
    c.about.recipients = recipients;
    c.about.recipient_count = 20000;
    c.taken = taken;
    daticert_write(&c, &out);
    assert_int_equal(daticert_read(rope_flat(&out), *state, &back, &e), 0);
    assert_int_equal(back.about.recipient_count, 20000);
    assert_int_equal(back.taken_count, 20000);
    assert_string_equal(back.taken[19999], "utente.19999@beta.example");
}

static void test_a_small_budget_is_an_error_of_its_own(void **state)
{
    struct slice xml = in_subject(*state, fixture_repeat(*state, "x", 20000));
    struct arena *small = arena_new(8192);
    struct certification c;
    struct error e = { 0 };

    assert_int_equal(daticert_read(xml, small, &c, &e), ERROR_BUDGET);
    arena_free(&small);
}

/* Cut anywhere, and with any byte changed: refused or read, never worse. */
static void test_every_prefix_and_every_byte(void **state)
{
    struct slice xml = SLICE(GOOD);
    struct certification c;
    struct error e;

    for (size_t size = 0; size < xml.size; size++)
        assert_int_equal(read_exact(*state, (struct slice){ xml.data, size }, &c, &e), ERROR_SYNTAX);
    for (size_t i = 0; i < xml.size; i++) {
        char *copy = arena_text(*state, xml);

        copy[i] = (char)(copy[i] ^ 0x11);
        read_exact(*state, (struct slice){ copy, xml.size }, &c, &e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_elements_are_read, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_may_be_absent, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_defaults_of_attributes, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_accepted_forms, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_empty_texts_are_none, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_values_become_one_line, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_refused_with_an_italian_reason, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_times_that_are_some, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_round_trip, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_documents_are_refused_in_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_bounds_allow_costs_little, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_recipients_are_read, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_small_budget_is_an_error_of_its_own, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_prefix_and_every_byte, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec daticert read", tests, NULL, NULL);
}
