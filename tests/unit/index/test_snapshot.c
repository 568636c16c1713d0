/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "fixture.h"
#include "index/compile.h"
#include "index/snapshot.h"

/* A good snapshot in memory of its own; each test damages it. */
struct sample {
    char *bytes;
    size_t size;
    struct snapshot_header *header;
    struct snapshot_layout layout;
};

static const struct fixture_provider providers[] = {
    { "Alfa", NULL, "r@alfa.example", { "alfa.example", "both.example" }, { 1, 2 } },
    { "Beta", NULL, "r@beta.example", { "beta.example", "both.example" }, { 3 } },
};

static struct sample sample;

static int make_sample(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct rope text = rope_new(arena);
    char path[FIXTURE_PATH_SIZE];
    struct index_totals totals;
    struct slice content = SLICE_NONE;
    int result;

    for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++)
        fixture_write(&text, &providers[i]);
    fixture_make_path(path);
    result = index_compile(rope_flat(&text), "t", 0, path, &totals, NULL);
    if (result == 0)
        result = file_read(path, 1 << 20, arena, &content, NULL);
    fixture_remove(path);
    sample.size = content.size;
    sample.bytes = malloc(content.size + 1);
    memcpy(sample.bytes, content.data, content.size);
    sample.header = (void *)sample.bytes;
    sample.layout = snapshot_lay_out(sample.header);
    *state = &sample;
    arena_free(&arena);
    return result;
}

static int drop_sample(void **state)
{
    (void)state;
    free(sample.bytes);
    return 0;
}

static int view(const struct sample *s, struct error *e)
{
    struct snapshot v;

    return snapshot_view((struct slice){ s->bytes, s->size }, &v, e);
}

/* With a checksum that holds, so that the number itself has to be found out. */
static int view_sealed(const struct sample *s, struct error *e)
{
    assert_int_equal(snapshot_seal((struct slice){ s->bytes, s->size }, s->header->seal), 0);
    return view(s, e);
}

static void a_good_snapshot_is_accepted(void **state)
{
    assert_int_equal(view(*state, NULL), 0);
}

static void every_changed_byte_is_noticed(void **state)
{
    struct sample *s = *state;

    for (size_t i = 0; i < s->size; i++) {
        s->bytes[i] ^= 0x40;
        assert_int_equal(view(s, NULL), ERROR_CORRUPT);
        s->bytes[i] ^= 0x40;
    }
    assert_int_equal(view(s, NULL), 0);
}

static void every_shorter_file_is_noticed(void **state)
{
    struct sample *s = *state;
    struct snapshot v;

    for (size_t size = 0; size < s->size; size++) {
        char *exact = malloc(size ? size : 1);

        memcpy(exact, s->bytes, size);
        assert_int_equal(snapshot_view((struct slice){ exact, size }, &v, NULL), ERROR_CORRUPT);
        free(exact);
    }
}

static void a_byte_behind_the_end_is_noticed(void **state)
{
    struct sample *s = *state;
    struct error e = { 0 };

    s->bytes[s->size++] = 0;
    assert_int_equal(view_sealed(s, &e), ERROR_CORRUPT);
    assert_string_equal(e.text, "cut short, or with something behind its end");
    s->size--;
}

struct header_case {
    const char *name;
    size_t offset;
    uint32_t value;
};

#define FIELD(field) offsetof(struct snapshot_header, field)

static const struct header_case header_cases[] = {
    { "another byte order", FIELD(byte_order), 0x04030201 },
    { "another version", FIELD(version), 2 },
    { "no provider", FIELD(provider_count), 0 },
    { "all providers there can be", FIELD(provider_count), UINT32_MAX },
    { "all domains there can be", FIELD(domains.keys), UINT32_MAX },
    { "all links there can be", FIELD(domains.links), UINT32_MAX },
    { "no slots", FIELD(domains.slots), 0 },
    { "all certificates there can be", FIELD(certificates.keys), UINT32_MAX },
    { "no certificate", FIELD(certificates.keys), 0 },
    { "no texts", FIELD(text_size), 0 },
    { "all texts there can be", FIELD(text_size), UINT32_MAX },
};

static void impossible_counts_are_refused(void **state)
{
    struct sample *s = *state;

    for (size_t i = 0; i < sizeof header_cases / sizeof header_cases[0]; i++) {
        const struct header_case *c = &header_cases[i];
        uint32_t *field = (void *)(s->bytes + c->offset), before = *field;

        *field = c->value;
        if (view_sealed(s, NULL) != ERROR_CORRUPT)
            fail_msg("%s", c->name);
        *field = before;
    }
    assert_int_equal(view_sealed(s, NULL), 0);
}

enum part { PROVIDERS, KEYS, OWNER_FIRST, OWNERS, HELD_FIRST, HELD, SLOTS, HASHES, DER };

struct number_case {
    const char *name;
    enum part part;
    size_t i; /* which 32-bit number of the part */
    uint32_t value;
};

static const struct number_case number_cases[] = {
    { "a name far outside", PROVIDERS, 0, UINT32_MAX },
    { "a name that is too long", PROVIDERS, 1, UINT32_MAX },
    { "a domain far outside", KEYS, 0, 0x7fffffff },
    { "a domain that is empty", KEYS, 1, 0 },
    { "a domain over 255 octets", KEYS, 1, 256 },
    { "owners that do not begin at 0", OWNER_FIRST, 0, 1 },
    { "owners that fall", OWNER_FIRST, 1, 3 },
    { "owners beyond the links", OWNER_FIRST, 3, 5 },
    { "an owner that is no provider", OWNERS, 0, 2 },
    { "keys of a provider that do not begin at 0", HELD_FIRST, 0, 1 },
    { "a provider without keys", HELD_FIRST, 1, 0 },
    { "keys of a provider beyond the links", HELD_FIRST, 2, 5 },
    { "a key of a provider that is none", HELD, 3, 3 },
    { "a slot with a key that is none", SLOTS, 1, 4 },
    { "a hash of 19 bytes", HASHES, 1, 19 },
    { "a certificate far outside", DER, 0, UINT32_MAX - 1 },
    { "a certificate that is empty", DER, 1, 0 },
};

static size_t begin_of(const struct snapshot_layout *l, enum part part)
{
    switch (part) {
    case PROVIDERS: return l->providers;
    case KEYS: return l->domains.keys;
    case OWNER_FIRST: return l->domains.owner_first;
    case OWNERS: return l->domains.owners;
    case HELD_FIRST: return l->domains.held_first;
    case HELD: return l->domains.held;
    case SLOTS: return l->domains.slots;
    case HASHES: return l->certificates.keys;
    case DER: return l->der;
    }
    return 0;
}

static void numbers_that_point_outside_are_refused(void **state)
{
    struct sample *s = *state;

    for (size_t i = 0; i < sizeof number_cases / sizeof number_cases[0]; i++) {
        const struct number_case *c = &number_cases[i];
        uint32_t *number = (uint32_t *)(void *)(s->bytes + begin_of(&s->layout, c->part)) + c->i, before = *number;
        struct error e = { 0 };

        *number = c->value;
        if (view_sealed(s, &e) != ERROR_CORRUPT || !strstr(e.text, "points outside"))
            fail_msg("%s: %s", c->name, e.text);
        *number = before;
    }
    assert_int_equal(view_sealed(s, NULL), 0);
}

/* Probing ends at an empty slot. */
static void a_table_without_empty_slots_is_refused(void **state)
{
    struct sample *s = *state;
    struct snapshot_slot *slots = (void *)(s->bytes + s->layout.domains.slots);
    size_t size = s->header->domains.slots * sizeof *slots;
    void *before = malloc(size);

    memcpy(before, slots, size);
    for (uint32_t i = 0; i < s->header->domains.slots; i++)
        slots[i].key = 1;
    assert_int_equal(view_sealed(s, NULL), ERROR_CORRUPT);
    memcpy(slots, before, size);
    assert_int_equal(view_sealed(s, NULL), 0);
    free(before);
}

static void half_of_the_slots_stay_empty(void **state)
{
    (void)state;
    assert_int_equal(snapshot_slots_for(0), 2);
    assert_int_equal(snapshot_slots_for(1), 2);
    assert_int_equal(snapshot_slots_for(2), 4);
    assert_int_equal(snapshot_slots_for(3), 8);
    assert_int_equal(snapshot_slots_for(100000), 262144);
    assert_int_equal(snapshot_slots_for(UINT32_MAX), 1 << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_snapshot_is_accepted),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(every_shorter_file_is_noticed),
        cmocka_unit_test(a_byte_behind_the_end_is_noticed),
        cmocka_unit_test(impossible_counts_are_refused),
        cmocka_unit_test(numbers_that_point_outside_are_refused),
        cmocka_unit_test(a_table_without_empty_slots_is_refused),
        cmocka_unit_test(half_of_the_slots_stay_empty),
    };

    return cmocka_run_group_tests_name("snapshot", tests, make_sample, drop_sample);
}
