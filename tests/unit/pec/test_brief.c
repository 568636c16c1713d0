/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The original of a brief receipt (RFC 6109 3.3.2.2): files give way to their hashes, nothing else changes.
 */
#include "fixture.h"

#include <string.h>

#include "base/text.h"
#include "mime/part.h"
#include "pec/brief.h"

static struct slice brief_of(struct arena *arena, struct slice message, enum digest_kind kind)
{
    struct rope out = rope_new(arena);

    assert_int_equal(brief_write(message, kind, &out), 0);
    return rope_flat(&out);
}

static const char *hash_of(struct arena *arena, const char *body)
{
    unsigned char hash[DIGEST_MAX];
    char hex[DIGEST_HEX_MAX];

    assert_int_equal(digest_slice(DIGEST_SHA1, slice_of(body), hash), 0);
    hex_write((struct slice){ (const char *)hash, digest_size(DIGEST_SHA1) }, hex);
    return arena_text(arena, slice_of(hex));
}

#define HEAD "From: a@x.example\r\nMIME-Version: 1.0\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n\r\nciao\r\n"

/* 3.3.2.2: NAME.hash, text/plain, "a single sequence of 40 characters". The plainest case whole; its hash by another program. */
static void test_a_file_is_replaced(void **state)
{
#define MIXED_TOP HEAD "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreambolo\r\n--b\r\n" TEXT "\r\n--b\r\n"
    struct slice message = SLICE(MIXED_TOP "Content-Type: application/octet-stream; name=\"solo nome.bin\"\r\nContent-ID: <1>\r\n"
                                 "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"solo nome.bin\"\r\n\r\n"
                                 "AAECAwQ=\r\n--b--\r\nepilogo\r\n");

    fixture_same("SHA-1", brief_of(*state, message, DIGEST_SHA1), SLICE(
        MIXED_TOP "Content-Type: text/plain; charset=us-ascii;\r\n\tname=\"solo nome.bin.hash\"\r\nContent-Disposition: attachment;\r\n"
        "\tfilename=\"solo nome.bin.hash\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "cc4c1b13f1c9ecda3520ea9cd44bc1592591fc22\r\n--b--\r\nepilogo\r\n"));
    fixture_has("SHA-256", brief_of(*state, message, DIGEST_SHA256),
                "\r\n\r\n700dfe4bfcc9437e7b5470ad8ee34eb0a42fbe85414b8fb011670e00995e505f\r\n--b--\r\n");
}

/* 3.3.2.2: each part "with a name parameter ... or a filename parameter", and no other. The hash is over the body as it stands, encoded,
 * without the line end before the boundary. */
static const struct {
    const char *name, *head, *body;
    const char *parameters[2]; /* of the hash: name and filename as written; NULL: the part stays */
} parts[] = {
    { "a text without a name stays", "Content-Type: text/plain", "ciao", { NULL } },
    { "an attachment without a name stays", "Content-Type: text/plain\r\nContent-Disposition: attachment", "ciao", { NULL } },
    { "an image without a name stays", "Content-Type: image/png\r\nContent-Transfer-Encoding: base64", "AAEC", { NULL } },
    { "no header at all", "", "ciao", { NULL } },
    { "a parameter that only looks like a name", "Content-Type: text/plain; nameless=x; names=y", "ciao", { NULL } },
    { "a name in another field", "X-Name: name=x\r\nContent-Description: filename=x", "ciao", { NULL } },
    { "the name of Content-Type", "Content-Type: text/plain; name=\"nota.txt\"", "nota in chiaro\r\n", { "name=\"nota.txt.hash\"", "filename=\"nota.txt.hash\"" } },
    { "the name of Content-Disposition", "Content-Disposition: attachment; filename=a.pdf", "x", { "name=a.pdf.hash", "filename=a.pdf.hash" } },
    { "an inline file is a file", "Content-Type: image/png; name=a.png\r\nContent-Disposition: inline", "x", { "name=a.png.hash", "filename=a.png.hash" } },
    { "the disposition's name goes before", "Content-Type: text/plain; name=\"uno\"\r\nContent-Disposition: attachment; filename=\"due\"", "x",
      { "name=\"due.hash\"", "filename=\"due.hash\"" } },
    { "parameter names in capitals", "Content-Type: TEXT/PLAIN; NAME=\"a\"", "x", { "name=\"a.hash\"", "filename=\"a.hash\"" } },
    { "an empty name is one", "Content-Type: text/plain; name=\"\"", "x", { "name=\".hash\"", "filename=\".hash\"" } },
    { "quotes in a name", "Content-Disposition: attachment; filename=\"a\\\"b\\\\\"", "x", { "name=\"a\\\"b\\\\.hash\"", "filename=\"a\\\"b\\\\.hash\"" } },
    { "a quote that is not closed", "Content-Disposition: attachment; filename=\"a.pdf", "x", { "name=\"a.pdf.hash\"", "filename=\"a.pdf.hash\"" } },
    { "a last quote that is escaped", "Content-Disposition: attachment; filename=\"a\\\"", "x", { "name=\"a\\\".hash\"", "filename=\"a\\\".hash\"" } },
    { "encoded words (RFC 2047) stay as written", "Content-Type: text/plain; name=\"=?utf-8?Q?citt=C3=A0.txt?=\"", "x",
      { "name=\"=?utf-8?Q?citt=C3=A0.txt?=.hash\"", "filename=\"=?utf-8?Q?citt=C3=A0.txt?=.hash\"" } },
    { "RFC 2231 stays as written", "Content-Disposition: attachment; filename*=utf-8''citt%C3%A0.txt", "x",
      { "name*=utf-8''citt%C3%A0.txt.hash", "filename*=utf-8''citt%C3%A0.txt.hash" } },
    { "sections: the last one gets the suffix", "Content-Disposition: attachment; filename*0=\"lungo\"; filename*1=\".pdf\"", "x",
      { "name*0=\"lungo\";\r\n\tname*1=\".pdf.hash\"", "filename*0=\"lungo\";\r\n\tfilename*1=\".pdf.hash\"" } },
    { "sections in disorder: the last by number", "Content-Disposition: attachment; filename*1*=%C3%A0.pdf; filename*0*=utf-8''citt", "x",
      { "name*1*=%C3%A0.pdf.hash;\r\n\tname*0*=utf-8''citt", "filename*1*=%C3%A0.pdf.hash;\r\n\tfilename*0*=utf-8''citt" } },
    { "more than ten sections", "Content-Type: a/b; name*9=a; name*10=b", "x", { "name*9=a;\r\n\tname*10=b.hash", "filename*9=a;\r\n\tfilename*10=b.hash" } },
    { "both forms name the hash", "Content-Disposition: attachment; filename=\"citta.txt\"; filename*=utf-8''citt%C3%A0.txt", "x",
      { "name=\"citta.txt.hash\";\r\n\tname*=utf-8''citt%C3%A0.txt.hash", "filename=\"citta.txt.hash\";\r\n\tfilename*=utf-8''citt%C3%A0.txt.hash" } },
    { "folded parameters", "Content-Disposition: attachment;\r\n\tsize=3;\r\n filename=\"a.pdf\"", "x", { "name=\"a.pdf.hash\"", "filename=\"a.pdf.hash\"" } },
    { "a body of several lines is hashed with their ends", "Content-Type: a/b; name=c", "uno\r\ndue\r\n\r\n", { "name=c.hash", "filename=c.hash" } },
    { "an empty body", "Content-Type: a/b; name=c", "", { "name=c.hash", "filename=c.hash" } },
    { "a multipart with a name is a file", "Content-Type: multipart/mixed; boundary=i; name=c", "--i\r\n\r\nx\r\n--i--\r\n", { "name=c.hash", "filename=c.hash" } },
    { "a text calendar with a name", "Content-Type: text/calendar; method=REQUEST; name=\"invito.ics\"", "x",
      { "name=\"invito.ics.hash\"", "filename=\"invito.ics.hash\"" } },
    { "an opaque CMS object stays", "Content-Type: application/pkcs7-mime; name=\"smime.p7m\"", "MII", { NULL } },
    { "an opaque CMS object by its old name", "Content-Type: application/x-pkcs7-mime; name=\"smime.p7m\"", "MII", { NULL } },
};

static void test_what_becomes_of_each_part(void **state)
{
    static const char before[] = HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n", after[] = "\r\n--b--\r\n";

    for (size_t i = 0; i < COUNT(parts); i++) {
        const char *blank = *parts[i].head ? "\r\n\r\n" : "\r\n";
        struct slice message = fixture_format(*state, "%s%s%s%s%s", before, parts[i].head, blank, parts[i].body, after);
        struct slice wanted = message;

        if (parts[i].parameters[0])
            wanted = fixture_format(*state, "%sContent-Type: text/plain; charset=us-ascii;\r\n\t%s\r\nContent-Disposition: attachment;\r\n\t%s\r\n"
                                    "Content-Transfer-Encoding: 7bit\r\n\r\n%s%s", before, parts[i].parameters[0], parts[i].parameters[1],
                                    hash_of(*state, parts[i].body), after);
        fixture_same(parts[i].name, brief_of(*state, message, DIGEST_SHA1), wanted);
    }
}

/* 3.3.2.2, "the entire attached message is substituted": what is in it is not looked at. */
static void test_an_attached_message_is_replaced_whole(void **state)
{
#define INNER "From: z@y\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: a/b; name=d\r\n\r\nx\r\n--c--\r\n"
#define WITH(head) HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n" head "\r\n\r\n" INNER "\r\n--b--\r\n"
    struct slice unnamed = brief_of(*state, SLICE(WITH("Content-Type: message/rfc822")), DIGEST_SHA1);
    struct slice named = brief_of(*state, SLICE(WITH("Content-Type: message/RFC822; name=\"lettera.eml\"")), DIGEST_SHA1);

    fixture_has("unnamed", unnamed, hash_of(*state, INNER));
    fixture_lacks("unnamed", unnamed, "z@y");
    fixture_has("unnamed", unnamed, "Content-Type: text/plain; charset=us-ascii\r\nContent-Disposition: attachment\r\n");
    fixture_has("named", named, hash_of(*state, INNER));
    fixture_has("named", named, "filename=\"lettera.eml.hash\"");
    fixture_lacks("named", named, "z@y");
}

/* RFC 2046 5.1.5: in a digest the default is a message. */
static void test_messages_of_a_digest_are_replaced(void **state)
{
    struct slice brief = brief_of(*state, SLICE(HEAD "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nFrom: q@z\r\n\r\nx\r\n--b--\r\n"),
                                  DIGEST_SHA1);

    fixture_has("digest", brief, hash_of(*state, "From: q@z\r\n\r\nx"));
    fixture_lacks("digest", brief, "q@z");
}

static void test_files_in_nested_multiparts_are_replaced(void **state)
{
    struct slice brief = brief_of(*state, SLICE(
        HEAD "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n" TEXT "--c\r\nContent-Type: text/html\r\n\r\n<p>\r\n--c--\r\n--b\r\n"
        "Content-Type: image/png; name=logo.png\r\n\r\nPNG\r\n--b--\r\n--a\r\nContent-Type: a/b; name=esterno.doc\r\n\r\nDOC\r\n--a--\r\n"),
        DIGEST_SHA1);
    struct part p;

    fixture_has("inner", brief, hash_of(*state, "PNG"));
    fixture_has("outer", brief, hash_of(*state, "DOC"));
    fixture_lacks("inner", brief, "\r\nPNG\r\n");
    assert_int_equal(part_read(brief, &part_limits_default, *state, &p), 0);
    assert_string_equal(p.children[0].type, "multipart/related");
    assert_string_equal(p.children[0].children[0].children[1].type, "text/html");
    assert_string_equal(p.children[0].children[1].name, "logo.png.hash");
    assert_string_equal(p.children[1].name, "esterno.doc.hash");
}

/* 3.3.2.2, multipart/signed: the files of the first part go, the signature part is left unchanged. */
static void test_a_signed_original(void **state)
{
    static const char *const signature_types[] = { "application/pkcs7-signature", "application/x-pkcs7-signature", "application/x-pkcs-signature" };

    for (size_t i = 0; i < COUNT(signature_types); i++) {
        struct slice head = fixture_format(*state, HEAD "Content-Type: multipart/signed; protocol=\"%s\"; micalg=sha-256; boundary=s\r\n\r\n--s\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n", signature_types[i]);
        struct slice tail = fixture_format(*state, "\r\n--b--\r\n\r\n--s\r\nContent-Type: %s; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\nMIIB\r\n--s--\r\n", signature_types[i]);
        struct slice brief = brief_of(*state, fixture_format(*state, "%sContent-Type: a/b; name=atto.pdf\r\n\r\natto%s", head.data, tail.data),
                                      DIGEST_SHA1);

        fixture_same("signed", brief, fixture_format(*state,
            "%sContent-Type: text/plain; charset=us-ascii;\r\n\tname=atto.pdf.hash\r\nContent-Disposition: attachment;\r\n\tfilename=atto.pdf.hash\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\n%s%s", head.data, hash_of(*state, "atto"), tail.data));
    }
}

/* Nothing to replace: the brief original is the original. */
static void test_originals_that_stay(void **state)
{
    static const struct {
        const char *name, *message;
    } cases[] = {
        { "a plain message", HEAD "\r\nciao\r\n" },
        { "an alternative", HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" TEXT "--b\r\n" TEXT "--b--\r\n" },
        { "an opaque CMS object (brief is complete)", HEAD "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"\r\n"
          "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\nMIIB\r\n" },
        { "the same by its old name", HEAD "Content-Type: APPLICATION/X-PKCS7-MIME; name=\"smime.p7m\"\r\n\r\nMIIB\r\n" },
        { "a message that is itself a file: the structure is not altered", HEAD "Content-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n" },
        { "a name on the message's own multipart", HEAD "Content-Type: multipart/mixed; boundary=b; name=c\r\n\r\n--b\r\n" TEXT "--b--\r\n" },
        { "a multipart without a boundary", HEAD "Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n--b--\r\n" },
        { "no header", "\r\nciao" },
        { "nothing", "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        fixture_same(cases[i].name, brief_of(*state, slice_of(cases[i].message), DIGEST_SHA1), slice_of(cases[i].message));
}

static void test_a_file_as_the_last_bytes_of_a_cut_message(void **state)
{
    fixture_has("cut", brief_of(*state, SLICE(HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b; name=c\r\n\r\nx"),
                                DIGEST_SHA1), hash_of(*state, "x"));
}

static struct slice many_parts(struct arena *arena, size_t count)
{
    struct slice parts_text = fixture_repeat(arena, "--b\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n", count);

    return fixture_format(arena, HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n%s--b--\r\n", parts_text.data);
}

static void test_limits(void **state)
{
    struct rope out = rope_new(*state);
    struct arena *small = arena_new(2000);
    struct rope cramped = rope_new(small);

    assert_int_equal(brief_write(many_parts(*state, part_limits_default.parts - 1), DIGEST_SHA1, &out), 0);
    assert_int_equal(brief_write(many_parts(*state, part_limits_default.parts), DIGEST_SHA1, &out), ERROR_LIMIT);
    assert_int_equal(brief_write(many_parts(*state, 10), DIGEST_SHA1, &cramped), ERROR_BUDGET);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_is_replaced, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_becomes_of_each_part, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_attached_message_is_replaced_whole, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_messages_of_a_digest_are_replaced, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_files_in_nested_multiparts_are_replaced, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_signed_original, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_originals_that_stay, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_as_the_last_bytes_of_a_cut_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_limits, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec brief", tests, NULL, NULL);
}
