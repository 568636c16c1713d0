/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rope.h"
#include "base/text.h"
#include "fixture.h"
#include "index/provider.h"

enum { BUDGET = 1 << 20, CERTIFICATE = 7 /* its number; no other meaning */ };

/* The lines 1 to 6 of each case; the certificate follows, its hash in line 7, its value in line 8. */
static const char *const lines[] = {
    "dn: providerName=Alfa PEC,o=postacert",
    "objectClass: top",
    "objectClass: provider",
    "providerName: Alfa PEC",
    "mailReceipt: ricevute@alfa.example",
    "managedDomains: alfa.example",
};

struct record_case {
    const char *name;
    const char *without; /* the lines that begin so are left out, or NULL; "providerCertificateHash" and "...;binary" too */
    const char *with;    /* put behind the dn, or NULL */
    const char *words;   /* NULL: it is accepted */
};

#define LONG_LOCAL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER_HASH "0123456789012345678901234567890123456789"

static const struct record_case cases[] = {
    { "the plain record", NULL, NULL, NULL },
    /* 4.5.9: what must be there */
    { "no name", "providerName", NULL, "t:1: this provider has no providerName (RFC 6109 4.5.9)" },
    { "no receipt address", "mailReceipt", NULL, "t:1: this provider has no mailReceipt (RFC 6109 4.5.9)" },
    { "no domain", "managedDomains", NULL, "t:1: this provider has no managedDomains (RFC 6109 4.5.9)" },
    { "no hash", "providerCertificateHash", NULL, "t:1: this provider has no providerCertificateHash (RFC 6109 4.5.9)" },
    { "no certificate", "providerCertificate;", NULL, "t:1: this provider has no providerCertificate (RFC 6109 4.5.9)" },
    /* 4.5.1, 4.5.2: certificates and hashes */
    { "a hash without its certificate", NULL, "providerCertificateHash: " OTHER_HASH,
      "t:2: no certificate of the record has this SHA-1 (RFC 6109 4.5.1)" },
    { "a hash that sorts behind all others", NULL, "providerCertificateHash: ffffffffffffffffffffffffffffffffffffffff",
      "t:2: no certificate of the record has this SHA-1 (RFC 6109 4.5.1)" },
    { "a certificate without its hash", NULL, "providerCertificate;binary:: MAIFAA==",
      "t:2: the SHA-1 of this certificate is not among the record's (RFC 6109 4.5.1)" },
    { "a certificate with the hash of another", "providerCertificateHash", "providerCertificateHash: " OTHER_HASH,
      "t:2: no certificate of the record has this SHA-1 (RFC 6109 4.5.1)" },
    { "a short hash", NULL, "providerCertificateHash: 0123",
      "t:2: providerCertificateHash: \"0123\" is no SHA-1 in hexadecimal (RFC 6109 4.5.1)" },
    { "a hash with a colon", NULL, "providerCertificateHash: 01:3456789012345678901234567890123456789",
      "t:2: providerCertificateHash: \"01:3456789012345678901234567890123456789\" is no SHA-1 in hexadecimal (RFC 6109 4.5.1)" },
    { "a second certificate with its hash", NULL,
      "providerCertificateHash: 5e9d33273365c3fb088f091229020d12357aed65\nproviderCertificate;binary:: MAIFAA==", NULL },
    { "a certificate that is empty", NULL, "providerCertificate::",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a certificate that is a SET", NULL, "providerCertificate:: MQIFAA==",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a certificate that is cut", NULL, "providerCertificate:: MAMFAA==",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a certificate with a byte behind it", NULL, "providerCertificate:: MAIFAAA=",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a certificate of indefinite length", NULL, "providerCertificate:: MIAFAA==",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a length that is longer than needed", NULL, "providerCertificate:: MIECBQA=",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a long form of length that begins with zero", NULL, "providerCertificate:: MIIAAgUA",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    { "a certificate as text", NULL, "providerCertificate: MAIFAA==",
      "t:2: providerCertificate: this is no certificate in DER (RFC 6109 4.5.2)" },
    /* 4.5.3, 4.5.7: names */
    { "two names", NULL, "providerName: Beta", "t:5: a second providerName (RFC 6109 4.5.3)" },
    { "an empty name", "providerName", "providerName:", "t:2: providerName: \"\" is not allowed (RFC 6109 4.5.3)" },
    { "a name with a line end", "providerName", "providerName:: QWxmYQpQRUM=",
      "t:2: providerName: \"Alfa\\x0aPEC\" is not allowed (RFC 6109 4.5.3)" },
    { "a name in Latin-1", "providerName", "providerName:: 4A==", "t:2: providerName: \"\\xe0\" is not allowed (RFC 6109 4.5.3)" },
    { "a secondary environment", NULL, "providerUnit: Due", NULL },
    { "two units", NULL, "providerUnit: a\nproviderUnit: b", "t:3: a second providerUnit (RFC 6109 4.5.7)" },
    /* 4.5.4: the receipt address */
    { "two receipt addresses", NULL, "mailReceipt: b@beta.example", "t:6: a second mailReceipt (RFC 6109 4.5.4)" },
    { "an address in brackets", "mailReceipt", "mailReceipt: x <a@b.example>",
      "t:2: mailReceipt: \"x <a@b.example>\" is not allowed (RFC 6109 4.5.4)" },
    { "an address without domain", "mailReceipt", "mailReceipt: a@", "t:2: mailReceipt: \"a@\" is not allowed (RFC 6109 4.5.4)" },
    { "an address without @", "mailReceipt", "mailReceipt: a.b", "t:2: mailReceipt: \"a.b\" is not allowed (RFC 6109 4.5.4)" },
    { "an address with two @", "mailReceipt", "mailReceipt: a@b@c", "t:2: mailReceipt: \"a@b@c\" is not allowed (RFC 6109 4.5.4)" },
    { "a quoted local part", "mailReceipt", "mailReceipt: \"a\"@b.example",
      "t:2: mailReceipt: \"\\\"a\\\"@b.example\" is not allowed (RFC 6109 4.5.4)" },
    { "a domain literal", "mailReceipt", "mailReceipt: a@[127.0.0.1]",
      "t:2: mailReceipt: \"a@[127.0.0.1]\" is not allowed (RFC 6109 4.5.4)" },
    { "a comment", "mailReceipt", "mailReceipt: a(c)@b.example",
      "t:2: mailReceipt: \"a(c)@b.example\" is not allowed (RFC 6109 4.5.4)" },
    { "a local part of 64 octets", "mailReceipt", "mailReceipt: " LONG_LOCAL "@b.example", NULL },
    { "a local part of 65 octets", "mailReceipt", "mailReceipt: a" LONG_LOCAL "@b.example",
      "t:2: mailReceipt: \"a" LONG_LOCAL "@b.example\" is not allowed (RFC 6109 4.5.4)" },
    { "all of atext", "mailReceipt", "mailReceipt: !#$%&'*+-/=?^_`{|}~.9@b.example", NULL },
    /* 4.5.5: domains */
    { "a domain with an end dot", NULL, "managedDomains: b.example.",
      "t:2: managedDomains: \"b.example.\" is no domain (RFC 6109 4.5.5)" },
    { "a domain with a star", NULL, "managedDomains: *.b.example", NULL },
    { "an empty domain", NULL, "managedDomains:", "t:2: managedDomains: \"\" is no domain (RFC 6109 4.5.5)" },
    { "an address for a domain", NULL, "managedDomains: a@b.example",
      "t:2: managedDomains: \"a@b.example\" is no domain (RFC 6109 4.5.5)" },
    { "a domain twice", NULL, "managedDomains: ALFA.example", NULL },
    { "blanks at the ends do not count (RFC 4518 2.6.1)", "mailReceipt", "mailReceipt: a@b.example \nmanagedDomains: b.example ",
      NULL },
    /* 4.5.6 */
    { "two locations", NULL, "LDIFLocationURL: https://a\nLDIFLocationURL: https://b",
      "t:3: a second LDIFLocationURL (RFC 6109 4.5.6)" },
    { "a location in a secondary environment", NULL, "providerUnit: Due\nLDIFLocationURL: https://a", NULL },
    /* what the schema does not name */
    { "other attributes are passed over", NULL, "description: x\ndescription: y\nmanagedDomainsX: @", NULL },
    { "names of attributes have no case", "mailReceipt", "MAILRECEIPT: a@b.example\nmanageddomains;x: b.example", NULL },
};

static bool is_left_out(const struct record_case *c, const char *line)
{
    return c->without && strncmp(line, c->without, strlen(c->without)) == 0;
}

static struct slice text_of(const struct record_case *c, struct arena *arena)
{
    struct rope all = rope_new(arena), certificate = rope_new(arena);
    struct slice rest, line;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!is_left_out(c, lines[i]))
            rope_printf(&all, "%s\n", lines[i]);
        if (i == 0 && c->with)
            rope_printf(&all, "%s\n", c->with);
    }
    fixture_write_certificate(&certificate, CERTIFICATE);
    rest = rope_flat(&certificate);
    for (bool left_out = false; slice_next_line(&rest, &line);) {
        if (line.data[0] != ' ')
            left_out = is_left_out(c, line.data);
        if (!left_out)
            rope_add(&all, line);
    }
    return rope_flat(&all);
}

static void records_are_judged_by_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct record_case *c = &cases[i];
        struct arena *arena = arena_new(BUDGET);
        struct ldif ldif = ldif_reader(text_of(c, arena), "t", arena);
        struct ldif_record record;
        struct provider p;
        struct error e = { 0 };
        int result;

        assert_int_equal(ldif_next(&ldif, &record, &e), 0);
        result = provider_read(&ldif, &record, &p, &e);
        if (result != (c->words ? ERROR_SYNTAX : 0) || strcmp(e.text, c->words ? c->words : "") != 0)
            fail_msg("%s: %d \"%s\"", c->name, result, e.text);
        arena_free(&arena);
    }
}

static void read_record(const char *text, struct arena *arena, struct ldif *out_ldif, struct ldif_record *out)
{
    *out_ldif = ldif_reader(slice_of(text), "t", arena);
    assert_int_equal(ldif_next(out_ldif, out, NULL), 0);
}

static void a_record_is_read_into_its_parts(void **state)
{
    struct fixture_provider given = { "Citt\xC3\xA0 PEC", "Due", "r@Alfa.example", { "B.Example", "a.example" }, { 3, 1, 2 } };
    struct arena *arena = arena_new(BUDGET);
    struct rope text = rope_new(arena);
    struct ldif_record record;
    struct ldif ldif;
    struct provider p;

    (void)state;
    fixture_write(&text, &given);
    fixture_write_certificate(&text, 1);
    read_record(arena_text(arena, rope_flat(&text)), arena, &ldif, &record);
    assert_int_equal(provider_read(&ldif, &record, &p, NULL), 0);
    assert_true(slice_is(p.name, given.name) && slice_is(p.unit, "Due") && slice_is(p.mail_receipt, "r@Alfa.example"));
    assert_int_equal(p.ldif_url.size, 0);
    assert_int_equal(p.domain_count, 2);
    assert_true(slice_is(p.domains[0], "b.example") && slice_is(p.domains[1], "a.example"));
    assert_int_equal(p.certificate_count, 3);
    for (size_t i = 0; i < 2; i++)
        assert_true(memcmp(p.certificates[i].sha1, p.certificates[i + 1].sha1, INDEX_HASH_SIZE) < 0);
    arena_free(&arena);
}

static void a_certificate_listed_twice_is_one(void **state)
{
    struct fixture_provider given = { "Alfa", NULL, "r@alfa.example", { "alfa.example" }, { 1, 2, 1 } };
    struct arena *arena = arena_new(BUDGET);
    struct rope text = rope_new(arena);
    struct ldif_record record;
    struct ldif ldif;
    struct provider p;

    (void)state;
    fixture_write(&text, &given);
    read_record(arena_text(arena, rope_flat(&text)), arena, &ldif, &record);
    assert_int_equal(provider_read(&ldif, &record, &p, NULL), 0);
    assert_int_equal(p.certificate_count, 2);
    arena_free(&arena);
}

static void the_class_makes_a_provider(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct ldif_record record;
    struct ldif ldif;

    (void)state;
    read_record("dn: o=postacert\nobjectclass: top\nobjectClass: organization\nprovider: provider\n", arena, &ldif, &record);
    assert_false(provider_is(&record));
    read_record("dn: o=x\nOBJECTCLASS: top\nobjectclass: Provider\n", arena, &ldif, &record);
    assert_true(provider_is(&record));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_judged_by_the_schema),
        cmocka_unit_test(a_record_is_read_into_its_parts),
        cmocka_unit_test(a_certificate_listed_twice_is_one),
        cmocka_unit_test(the_class_makes_a_provider),
    };

    return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
