/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "mime/part.h"

/* A tree as text: type, then the parts in brackets, or the raw bytes of the body in quotes. */
static void spell(struct rope *r, const struct part *p)
{
    rope_text(r, p->type);
    if (p->child_count == 0) {
        rope_printf(r, " \"%.*s\"", SLICE_ARGS(p->body));
        return;
    }
    for (size_t i = 0; i < p->child_count; i++) {
        rope_text(r, i ? ", " : " (");
        spell(r, &p->children[i]);
    }
    rope_text(r, ")");
}

/* What holds of every part: its bytes are those of the entity, header and body lie within, children in order within the body. */
static void check_bytes(const struct part *p)
{
    const char *end = p->raw.data + p->raw.size, *at = p->body.data;

    assert_ptr_equal(p->header.raw.data, p->raw.data);
    assert_true(p->header.raw.size <= p->raw.size);
    assert_true(p->body.data >= p->raw.data + p->header.raw.size);
    assert_ptr_equal(p->body.data + p->body.size, end);
    for (size_t i = 0; i < p->child_count; i++) {
        const struct part *c = &p->children[i];

        assert_true(c->raw.data >= at + 3 && c->raw.data + c->raw.size <= end);
        at = c->raw.data + c->raw.size;
        check_bytes(c);
    }
}

#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=\"" boundary "\"\r\n\r\n"

static const struct {
    const char *name, *entity, *wanted;
} tree_cases[] = {
    { "a message without MIME", "A: b\r\n\r\nbody\r\n", "text/plain \"body\r\n\"" },
    { "nothing", "", "text/plain \"\"" },
    { "no header", "\r\nbody", "text/plain \"body\"" },
    { "no body", "A: b\r\n", "text/plain \"\"" },
    { "RFC 2045 5.2: a malformed type is the default", "Content-Type: text\r\n\r\nx", "text/plain \"x\"" },
    { "a type in any case, with blanks and comments", "content-type: (x) TEXT / HTML (y)\r\n\r\nx", "text/html \"x\"" },
    { "RFC 2046 5.1.1: two parts",
      MIXED("b") "preamble\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: a/b\r\n\r\ntwo\r\n\r\n--b--\r\nepilogue\r\n",
      "multipart/mixed (text/plain \"one\", a/b \"two\r\n\")" },
    { "the delimiter at the start of the body", MIXED("b") "--b\r\n\r\none\r\n--b--", "multipart/mixed (text/plain \"one\")" },
    { "blanks behind the delimiters", MIXED("b") "--b \t\r\n\r\none\r\n--b-- \t\r\n", "multipart/mixed (text/plain \"one\")" },
    { "no closing delimiter", MIXED("b") "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n",
      "multipart/mixed (text/plain \"one\", text/plain \"two\r\n\")" },
    { "the entity ends behind a delimiter", MIXED("b") "--b\r\n\r\none\r\n--b\r\n",
      "multipart/mixed (text/plain \"one\", text/plain \"\")" },
    { "the entity ends with a delimiter", MIXED("b") "--b\r\n\r\none\r\n--b",
      "multipart/mixed (text/plain \"one\", text/plain \"\")" },
    { "the entity ends within a delimiter", MIXED("b") "--b\r\n\r\none\r\n--", "multipart/mixed (text/plain \"one\r\n--\")" },
    { "parts behind the closing delimiter are epilogue", MIXED("b") "--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
      "multipart/mixed (text/plain \"one\")" },
    { "no part at all: a leaf", MIXED("b") "body\r\n", "multipart/mixed \"body\r\n\"" },
    { "a closing delimiter alone: a leaf", MIXED("b") "--b--\r\n", "multipart/mixed \"--b--\r\n\"" },
    { "no boundary: a leaf", "Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx\r\n----\r\n",
      "multipart/mixed \"--\r\n\r\nx\r\n----\r\n\"" },
    { "an empty boundary: a leaf", MIXED("") "--\r\n\r\nx\r\n----\r\n", "multipart/mixed \"--\r\n\r\nx\r\n----\r\n\"" },
    { "a boundary without quotes", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--",
      "multipart/mixed (text/plain \"one\")" },
    { "of two boundaries the first one counts",
      "Content-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b\r\n\r\none\r\n--b--",
      "multipart/mixed (text/plain \"one\")" },
    { "an escape in the boundary", MIXED("a\\b") "--ab\r\n\r\none\r\n--ab--", "multipart/mixed (text/plain \"one\")" },
    { "RFC 2231 3: a boundary in sections",
      "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n--ab\r\n\r\none\r\n--ab--",
      "multipart/mixed (text/plain \"one\")" },
    { "the boundary's case counts", MIXED("b") "--B\r\n\r\nx\r\n--b\r\n\r\none\r\n--b--", "multipart/mixed (text/plain \"one\")" },
    { "a longer line is no delimiter", MIXED("b") "--b\r\n\r\none\r\n--bc\r\n--b x\r\n--b-\r\n--b--x\r\n--b---\r\n--b--",
      "multipart/mixed (text/plain \"one\r\n--bc\r\n--b x\r\n--b-\r\n--b--x\r\n--b---\")" },
    { "a shorter line is no delimiter", MIXED("bcd") "--bcd\r\n\r\none\r\n--bc\r\n--\r\n-\r\n--bcd--",
      "multipart/mixed (text/plain \"one\r\n--bc\r\n--\r\n-\")" },
    { "a delimiter not at the start of a line is none", MIXED("b") "--b\r\n\r\none --b\r\n --b\r\n---b\r\n--b--",
      "multipart/mixed (text/plain \"one --b\r\n --b\r\n---b\")" },
    { "a bare LF begins no delimiter", MIXED("b") "--b\r\n\r\none\n--b--\nx\r\n--b--",
      "multipart/mixed (text/plain \"one\n--b--\nx\")" },
    { "a line that a bare LF begins and CRLF ends is no delimiter", MIXED("b") "--b\r\n\r\none\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (text/plain \"one\n--b\r\n\r\ntwo\")" },
    { "a bare LF ends no delimiter", MIXED("b") "--b\r\n\r\none\r\n--b\nx\r\n--b--",
      "multipart/mixed (text/plain \"one\r\n--b\nx\")" },
    { "a bare CR begins no delimiter", MIXED("b") "--b\r\n\r\none\r--b--\r\n--b--", "multipart/mixed (text/plain \"one\r--b--\")" },
    { "a part without a header", MIXED("b") "--b\r\n\r\n\r\n--b--", "multipart/mixed (text/plain \"\")" },
    { "an empty part", MIXED("b") "--b\r\n\r\n--b--", "multipart/mixed (text/plain \"\")" },
    { "two delimiters in a row", MIXED("b") "--b\r\n--b\r\n\r\none\r\n--b--",
      "multipart/mixed (text/plain \"\", text/plain \"one\")" },
    { "a part of a header alone", MIXED("b") "--b\r\nContent-Type: a/b\r\n--b--", "multipart/mixed (a/b \"\")" },
    { "a part of header and empty line alone", MIXED("b") "--b\r\nContent-Type: a/b\r\n\r\n--b--", "multipart/mixed (a/b \"\")" },
    { "RFC 2046 5.1.2: a multipart within",
      MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\none\r\n--c--\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\")" },
    { "the outer delimiter ends an inner part that is not closed", MIXED("b") "--b\r\n"
      MIXED("c") "--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\")" },
    { "the outer close does so too", MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\none\r\n--b--\r\n--c\r\n\r\ntwo\r\n--c--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"))" },
    { "the outer delimiter ends an inner preamble", MIXED("b") "--b\r\n" MIXED("c") "x\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed \"x\", text/plain \"two\")" },
    { "the outer delimiter right behind an inner one", MIXED("b") "--b\r\n" MIXED("c") "--c\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"\"), text/plain \"two\")" },
    { "the outer delimiter ends a header", MIXED("b") "--b\r\nContent-Type: a/b\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (a/b \"\", text/plain \"two\")" },
    { "the outer delimiter ends an inner part's header",
      MIXED("b") "--b\r\n" MIXED("c") "--c\r\nContent-Type: a/b\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (a/b \"\"), text/plain \"two\")" },
    { "an inner delimiter behind its close is epilogue",
      MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\none\r\n--c--\r\n--c\r\n\r\nx\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\")" },
    { "an inner delimiter in the outer part is text", MIXED("b") "--b\r\n"
      MIXED("c") "--c\r\n\r\none\r\n--c--\r\n--b\r\n\r\ntwo\r\n--c\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\r\n--c\")" },
    { "the inner boundary begins like the outer one", MIXED("b") "--b\r\n"
      MIXED("bb") "--bb\r\n\r\none\r\n--bb--\r\n--b\r\n\r\ntwo\r\n--b--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\")" },
    { "the outer boundary begins like the inner one", MIXED("bb") "--bb\r\n"
      MIXED("b") "--b\r\n\r\none\r\n--b--\r\n--bb\r\n\r\ntwo\r\n--bb--",
      "multipart/mixed (multipart/mixed (text/plain \"one\"), text/plain \"two\")" },
    { "both boundaries are the same: the outer one ends the inner part", MIXED("b") "--b\r\n"
      MIXED("b") "x\r\n--b\r\n\r\none\r\n--b--\r\n--b--",
      "multipart/mixed (multipart/mixed \"x\", text/plain \"one\")" },
    { "an inner boundary that is the outer close closes the outer", MIXED("b") "--b\r\n" MIXED("b--") "--b--\r\n\r\nx\r\n--b----",
      "multipart/mixed (multipart/mixed \"\")" },
    { "message/rfc822 is a leaf", MIXED("b") "--b\r\nContent-Type: message/rfc822\r\n\r\n"
      MIXED("c") "--c\r\n\r\none\r\n--c--\r\n--b--",
      "multipart/mixed (message/rfc822 \"" MIXED("c") "--c\r\n\r\none\r\n--c--\")" },
    { "RFC 2046 5.1.5: parts of a digest are messages",
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nA: b\r\n\r\nx\r\n--b\r\n"
      "Content-Type: text/plain\r\n\r\ny\r\n--b--", "multipart/digest (message/rfc822 \"A: b\r\n\r\nx\", text/plain \"y\")" },
    { "malformed lines in a header are passed over", "nonsense\r\n"
      MIXED("b") "--b\r\nmore\r\nContent-Type: a/b\r\n\r\none\r\n--b--",
      "multipart/mixed (a/b \"one\")" },
    { "RFC 5322: the header of a part may be folded",
      "Content-Type: multipart/mixed;\r\n\tboundary=\"b\"\r\n\r\n--b\r\n\r\none\r\n--b--",
      "multipart/mixed (text/plain \"one\")" },
    { "another multipart is opened as well", "Content-Type: multipart/x-new; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--",
      "multipart/x-new (text/plain \"one\")" },
    { "a boundary on other types means nothing", "Content-Type: text/plain; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--",
      "text/plain \"--b\r\n\r\none\r\n--b--\"" },
    { "RFC 1847: a signed message", "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
      MIXED("m") "--m\r\n\r\none\r\n--m--\r\n\r\n--s\r\n"
      "Content-Type: application/x-pkcs7-signature\r\n\r\nMII=\r\n--s--\r\n",
      "multipart/signed (multipart/mixed (text/plain \"one\"), application/x-pkcs7-signature \"MII=\")" },
};

static void test_trees(void **state)
{
    for (size_t i = 0; i < COUNT(tree_cases); i++) {
        struct slice entity = slice_of(tree_cases[i].entity);
        char *copy = fixture_exact(entity);
        struct rope got = rope_new(*state);
        struct part p;

        assert_int_equal(part_read((struct slice){ copy, entity.size }, &part_limits_default, *state, &p), 0);
        fixture_same(tree_cases[i].name, (struct slice){ copy, entity.size }, p.raw);
        check_bytes(&p);
        spell(&got, &p);
        fixture_same(tree_cases[i].name, rope_flat(&got), slice_of(tree_cases[i].wanted));
        free(copy);
    }
}

static const char signed_message[] =
    "Content-Type: multipart/signed; protocol=\"application/x-pkcs7-signature\"; boundary=\"s-1\"\r\n\r\n"
    "This is an S/MIME signed message\r\n\r\n--s-1\r\n"
    "Content-Type: multipart/mixed; boundary=\"s-1-2\"\r\n\r\n--s-1-2\r\n"
    "Content-Type: application/xml; name=\"daticert.xml\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "PHBvc3RhY2VydC8+\r\n\r\n--s-1-2--\r\n"
    "\r\n--s-1\r\nContent-Type: application/x-pkcs7-signature; name=\"smime.p7s\"\r\n\r\nMII=\r\n\r\n--s-1--\r\n";

/* RFC 1847 2.1: what is signed goes up to, not including, the line end before the delimiter. */
static void test_the_signed_bytes_are_exact(void **state)
{
    struct slice entity = slice_of(signed_message), data;
    size_t start = slice_find(entity, SLICE("Content-Type: multipart/mixed"));
    size_t end = slice_find(entity, SLICE("\r\n--s-1\r\nContent-Type: application/x-pkcs7"));
    const struct part *xml;
    const char *boundary;
    struct part p;

    assert_int_equal(part_read(entity, &part_limits_default, *state, &p), 0);
    fixture_same("signed part", p.children[0].raw, slice_between(entity.data + start, entity.data + end));
    xml = part_find_type(&p, "application/xml");
    assert_ptr_equal(xml, &p.children[0].children[0]);
    fixture_same("encoded body", xml->body, SLICE("PHBvc3RhY2VydC8+\r\n"));
    assert_int_equal(part_decode(xml, *state, &data), 0);
    fixture_same("decoded body", data, SLICE("<postacert/>"));
    assert_ptr_equal(part_find_type(&p, "multipart/signed"), &p);
    assert_null(part_find_type(&p, "message/rfc822"));
    assert_int_equal(part_parameter(&p, "protocol", *state, &boundary), 0);
    assert_string_equal(boundary, "application/x-pkcs7-signature");
    assert_int_equal(part_parameter(&p, "micalg", *state, &boundary), 0);
    assert_null(boundary);
}

static void test_every_prefix_is_read(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof signed_message; size++) {
        char *copy = fixture_exact((struct slice){ signed_message, size });
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        struct part p;

        assert_int_equal(part_read((struct slice){ copy, size }, &part_limits_default, arena, &p), 0);
        check_bytes(&p);
        arena_free(&arena);
        free(copy);
    }
}

static void test_properties(void **state)
{
    static const struct {
        const char *name, *header, *type, *charset, *file_name;
        enum part_encoding encoding;
    } cases[] = {
        { "nothing said", "", "text/plain", NULL, NULL, ENCODING_IDENTITY },
        { "a charset in lower case", "Content-Type: text/plain; charset=\"ISO-8859-1\"\r\n", "text/plain", "iso-8859-1", NULL,
          ENCODING_IDENTITY },
        { "RFC 2183 2.3: filename", "Content-Disposition: attachment; filename=\"a.pdf\"\r\n", "text/plain", NULL, "a.pdf",
          ENCODING_IDENTITY },
        { "name of Content-Type", "Content-Type: a/b; name=a.pdf\r\n", "a/b", NULL, "a.pdf", ENCODING_IDENTITY },
        { "filename goes before name", "Content-Type: a/b; name=x\r\nContent-Disposition: inline; filename=y\r\n", "a/b", NULL, "y",
          ENCODING_IDENTITY },
        { "RFC 2231: an extended file name", "Content-Disposition: attachment;\r\n filename*=utf-8''citt%C3%A0.pdf\r\n",
          "text/plain", NULL, "citt\xC3\xA0.pdf", ENCODING_IDENTITY },
        { "a file name in sections", "Content-Disposition: attachment; filename*0=\"long \";\r\n filename*1=\"name.pdf\"\r\n",
          "text/plain", NULL, "long name.pdf", ENCODING_IDENTITY },
        { "a file name in encoded words", "Content-Type: a/b; name=\"=?iso-8859-1?Q?citt=E0.pdf?=\"\r\n", "a/b", NULL,
          "citt\xC3\xA0.pdf", ENCODING_IDENTITY },
        { "a file name in raw Latin-1", "Content-Type: a/b; name=\"citt\xE0.pdf\"\r\n", "a/b", NULL, "citt\xC3\xA0.pdf",
          ENCODING_IDENTITY },
        { "a name of a malformed type", "Content-Type: pdf; name=a.pdf\r\n", "text/plain", NULL, "a.pdf", ENCODING_IDENTITY },
        { "RFC 2045 6.1: base64 in any case", "Content-Transfer-Encoding: Base64\r\n", "text/plain", NULL, NULL, ENCODING_BASE64 },
        { "quoted-printable with a comment", "Content-Transfer-Encoding: (x) quoted-printable (y)\r\n", "text/plain", NULL, NULL,
          ENCODING_QUOTED_PRINTABLE },
        { "7bit", "Content-Transfer-Encoding: 7bit\r\n", "text/plain", NULL, NULL, ENCODING_IDENTITY },
        { "8bit", "Content-Transfer-Encoding: 8BIT\r\n", "text/plain", NULL, NULL, ENCODING_IDENTITY },
        { "binary", "Content-Transfer-Encoding: binary\r\n", "text/plain", NULL, NULL, ENCODING_IDENTITY },
        { "one that is not known", "Content-Transfer-Encoding: x-uuencode\r\n", "text/plain", NULL, NULL, ENCODING_UNKNOWN },
        { "one that is empty", "Content-Transfer-Encoding:\r\n", "text/plain", NULL, NULL, ENCODING_UNKNOWN },
        { "of two fields the first one counts", "Content-Type: a/b\r\nContent-Type: c/d\r\n", "a/b", NULL, NULL,
          ENCODING_IDENTITY },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct part p;

        assert_int_equal(part_read(slice_of(cases[i].header), &part_limits_default, *state, &p), 0);
        fixture_same(cases[i].name, slice_of(p.type), slice_of(cases[i].type));
        fixture_same(cases[i].name, slice_of(p.charset), slice_of(cases[i].charset));
        fixture_same(cases[i].name, slice_of(p.name), slice_of(cases[i].file_name));
        assert_int_equal(p.name == NULL, cases[i].file_name == NULL);
        assert_int_equal(p.charset == NULL, cases[i].charset == NULL);
        assert_int_equal(p.encoding, cases[i].encoding);
    }
}

static void test_decode(void **state)
{
    static const struct {
        const char *name, *entity, *wanted;
    } cases[] = {
        { "no encoding: the body itself", "\r\na=20b \r\n", "a=20b \r\n" },
        { "base64", "Content-Transfer-Encoding: base64\r\n\r\nZm9v\r\nYmFy\r\n", "foobar" },
        { "quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\na=20b=\r\nc\r\n", "a bc\r\n" },
        { "one that is not known: the body itself", "Content-Transfer-Encoding: x-uuencode\r\n\r\nx=41", "x=41" },
        { "an empty body", "Content-Transfer-Encoding: base64\r\n\r\n", "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct part p;
        struct slice data;

        assert_int_equal(part_read(slice_of(cases[i].entity), &part_limits_default, *state, &p), 0);
        assert_int_equal(part_decode(&p, *state, &data), 0);
        fixture_same(cases[i].name, data, slice_of(cases[i].wanted));
    }
}

static size_t depth_of(const struct part *p)
{
    return p->child_count ? 1 + depth_of(&p->children[0]) : 0;
}

/* Multiparts one in the other, each with a boundary of its own. */
static struct slice nested(struct arena *arena, size_t depth)
{
    struct rope r = rope_new(arena);

    for (size_t i = 0; i < depth; i++)
        rope_printf(&r, "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n--b%zu\r\n", i, i);
    rope_text(&r, "\r\ntext\r\n");
    for (size_t i = depth; i-- > 0;)
        rope_printf(&r, "--b%zu--\r\n", i);
    return rope_flat(&r);
}

static void test_depth_is_bounded(void **state)
{
    static const struct { size_t nested, limit, wanted; } cases[] = {
        { 1, 30, 1 }, { 30, 30, 30 }, { 31, 30, 30 }, { 5000, 30, 30 }, { 3, 1, 1 }, { 3, 0, 0 },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct part_limits limits = { .depth = cases[i].limit, .parts = 5000 };
        struct part p;

        assert_int_equal(part_read(nested(*state, cases[i].nested), &limits, *state, &p), 0);
        assert_int_equal(depth_of(&p), cases[i].wanted);
        check_bytes(&p);
    }
}

static void test_the_number_of_parts_is_bounded(void **state)
{
    const char *parts = fixture_repeat(*state, "--b\r\n\r\nx\r\n", 4999).data;
    struct slice most = fixture_join(*state, (const char *[]){ MIXED("b"), parts, "--b--\r\n", NULL });
    struct slice more = fixture_join(*state, (const char *[]){ MIXED("b"), parts, "--b\r\n\r\nx\r\n--b--\r\n", NULL });
    struct part p = { .child_count = 77 };

    assert_int_equal(part_read(more, &part_limits_default, *state, &p), ERROR_LIMIT);
    assert_int_equal(p.child_count, 77);
    assert_int_equal(part_read(most, &part_limits_default, *state, &p), 0);
    assert_int_equal(p.child_count, 4999);
}

static void test_fields_and_parameters_of_a_part_are_bounded(void **state)
{
    const char *fields = fixture_repeat(*state, "a: b\r\n", HEADER_FIELDS_MAX + 1).data;
    const char *parameters = fixture_repeat(*state, ";a=b", PARAMETERS_MAX + 1).data;
    struct part p;

    assert_int_equal(part_read(fixture_join(*state, (const char *[]){ MIXED("b") "--b\r\n", fields, "\r\n--b--", NULL }),
                               &part_limits_default, *state, &p), ERROR_LIMIT);
    assert_int_equal(part_read(fixture_join(*state, (const char *[]){ "Content-Type: a/b", parameters, "\r\n", NULL }),
                               &part_limits_default, *state, &p), ERROR_LIMIT);
}

static void test_no_budget(void **state)
{
    bool done = false;

    (void)state;
    for (size_t budget = 0; !done; budget += 64) {
        struct arena *small = arena_new(budget);
        struct part p = { .child_count = 77 };
        int rc = part_read(slice_of(signed_message), &part_limits_default, small, &p);

        done = rc == 0;
        assert_int_equal(p.child_count, done ? 2 : 77);
        assert_true(done || rc == ERROR_BUDGET);
        arena_free(&small);
        assert_true(budget < 64 * 1024);
    }
}

/* Bodies made of what looks like delimiters, under thirty open boundaries that begin alike. */
static void test_hostile_bodies_take_bounded_time(void **state)
{
    static const char *const pieces[] = { "-", "--", "\r\n--", "\r\n-", "--b\r\n", "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                          "\r\n", "\n", "x", "\r\n\r\n" };
    struct rope head = rope_new(*state);
    const char *start;
    double begin = fixture_seconds();

    for (size_t i = 0; i < 30; i++)
        rope_printf(&head, MIXED("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%zu") "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%zu\r\n",
                    i, i);
    rope_copy(&head, (struct slice){ "", 1 });
    start = rope_flat(&head).data;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        const char *body = fixture_repeat(arena, pieces[i], 4 * 1000 * 1000 / strlen(pieces[i])).data;
        struct part p;

        assert_int_equal(part_read(fixture_join(arena, (const char *[]){ start, body, NULL }), &part_limits_default, arena, &p), 0);
        assert_int_equal(depth_of(&p), 30);
        assert_int_equal(part_read(fixture_join(arena, (const char *[]){ start, "\r\n", body, NULL }), &part_limits_default,
                                   arena, &p), 0);
        assert_int_equal(depth_of(&p), 30);
        arena_free(&arena);
    }
    assert_true(fixture_seconds() - begin < 20);
}

/* Thousands of parts whose header never ends: each is cut off by the next delimiter, not read up to the end of all. */
static void test_thousands_of_headers_without_an_end_take_linear_time(void **state)
{
    const char *parts = fixture_repeat(*state, "--b\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n", 4999).data;
    const char *tail = fixture_repeat(*state, "x\r\n", 1500 * 1000).data;
    struct slice entity = fixture_join(*state, (const char *[]){ MIXED("b"), parts, tail, NULL });
    double start = fixture_seconds();
    struct part p;

    assert_int_equal(part_read(entity, &part_limits_default, *state, &p), 0);
    assert_int_equal(p.child_count, 4999);
    assert_true(fixture_seconds() - start < 20);
}

static void test_a_line_of_a_megabyte(void **state)
{
    const char *line = fixture_repeat(*state, "x", 1000 * 1000).data;
    struct slice entity = fixture_join(*state, (const char *[]){ "A: ", line, "\r\nContent-Type: multipart/mixed; boundary=", line,
                                                                 "\r\n\r\n--", line, "\r\n\r\none\r\n--", line, "--\r\n", NULL });
    struct part p;

    assert_int_equal(part_read(entity, &part_limits_default, *state, &p), 0);
    assert_int_equal(p.child_count, 1);
    fixture_same("part", p.children[0].body, SLICE("one"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trees, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_signed_bytes_are_exact, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_every_prefix_is_read),
        cmocka_unit_test_setup_teardown(test_properties, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_decode, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_depth_is_bounded, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_number_of_parts_is_bounded, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_fields_and_parameters_of_a_part_are_bounded, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test_setup_teardown(test_hostile_bodies_take_bounded_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_thousands_of_headers_without_an_end_take_linear_time, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_line_of_a_megabyte, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
