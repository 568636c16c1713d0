/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The snapshot of the index and what may replace it. The LDIF has ten domains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "given.h"
#include "index/index.h"
#include "schedule/refresh.h"

static int set_up(void **state)
{
    struct given *w = calloc(1, sizeof *w);

    given_begin(w);
    w->config.directory.max_shrink = 10;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    given_end(*state);
    free(*state);
    return 0;
}

static int refresh(const struct given *w, bool force, bool *out_changed, struct error *e)
{
    struct index_totals totals;

    *out_changed = false;
    return refresh_index(&w->config, force ? REFRESH_ANYHOW : REFRESH_IF_CHANGED, out_changed, &totals, e);
}

static void expect_refresh(const struct given *w, bool force, bool changes)
{
    struct error e = { 0 };
    bool changed;

    if (refresh(w, force, &changed, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(changed, changes);
}

/* How many domains the snapshot has. */
static size_t domains(const struct given *w)
{
    struct index *index = NULL;
    char path[REFRESH_PATH_SIZE];
    size_t count;

    refresh_index_path(&w->config, path);
    assert_int_equal(index_open(path, &index, NULL), 0);
    count = index_domain_count(index);
    index_close(&index);
    return count;
}

static void the_first_index_is_taken_whatever_it_holds(void **state)
{
    struct given *w = *state;

    given_write(w, 0, 1);
    expect_refresh(w, false, true);
    assert_int_equal(domains(w), 1);
}

static void an_index_is_compiled_when_it_changes_or_is_asked_for(void **state)
{
    struct given *w = *state;

    given_write(w, 0, 10);
    expect_refresh(w, false, true);
    expect_refresh(w, false, false);
    expect_refresh(w, true, true);
    given_write(w, 0, 20);
    expect_refresh(w, false, true);
    assert_int_equal(domains(w), 20);
}

/* directory.max_shrink: "an update that loses more domains is refused". */
static void an_update_may_lose_so_many_domains_and_no_more(void **state)
{
    struct given *w = *state;
    struct error e = { 0 };
    bool changed;

    given_write(w, 0, 10);
    expect_refresh(w, false, true);
    given_write(w, 1, 10);
    expect_refresh(w, false, true);
    assert_int_equal(domains(w), 9);
    given_write(w, 2, 10);
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_LIMIT);
    assert_non_null(strstr(e.text, "given.ldif: 1 of 9 domains are gone, more than directory.max_shrink (10%) allows"));
    assert_false(changed);
    assert_int_equal(domains(w), 9);
    assert_int_equal(refresh(w, true, &changed, &e), ERROR_LIMIT);
    assert_int_equal(domains(w), 9);
    w->config.directory.max_shrink = 12;
    expect_refresh(w, true, true);
    assert_int_equal(domains(w), 8);
}

/* As many domains as before, but others. */
static void domains_that_came_do_not_make_up_for_those_that_went(void **state)
{
    struct given *w = *state;
    struct error e;
    bool changed;

    given_write(w, 0, 10);
    expect_refresh(w, false, true);
    given_write(w, 5, 15);
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_LIMIT);
    w->config.directory.max_shrink = 100;
    expect_refresh(w, false, true);
    given_write(w, 20, 21);
    expect_refresh(w, false, true);
    w->config.directory.max_shrink = 0;
    given_write(w, 20, 30);
    expect_refresh(w, false, true);
    given_write(w, 21, 30);
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_LIMIT);
}

static void the_old_index_stays_when_the_new_one_is_none(void **state)
{
    struct given *w = *state;
    struct error e;
    bool changed;

    given_write(w, 0, 10);
    expect_refresh(w, false, true);
    assert_int_equal(file_replace(w->ldif, SLICE("no LDIF\n"), 0644, NULL), 0);
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_SYNTAX);
    assert_int_equal(domains(w), 10);
    assert_int_equal(unlink(w->ldif), 0);
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_NOT_FOUND);
    assert_int_equal(domains(w), 10);
}

/* Nobody is asked here: what the server said last lies in the spool. */
static void of_a_server_the_copy_is_compiled(void **state)
{
    char copy[REFRESH_PATH_SIZE];
    struct given *w = *state;
    struct error e;
    bool changed;

    given_write(w, 0, 10);
    w->config.directory.source = "ldap://index.example";
    assert_true(refresh_is_ldap(&w->config));
    assert_int_equal(refresh(w, false, &changed, &e), ERROR_NOT_FOUND);
    refresh_ldif_path(&w->config, copy);
    assert_int_equal(rename(w->ldif, copy), 0);
    expect_refresh(w, false, true);
    assert_int_equal(domains(w), 10);
    assert_int_equal(unlink(copy), 0);
}

static void the_stamp_tells_one_state_of_the_file_from_another(void **state)
{
    struct given *w = *state;
    uint64_t stamp;

    assert_true(refresh_index_stamp(&w->config) == 0);
    given_write(w, 0, 10);
    stamp = refresh_index_stamp(&w->config);
    assert_true(stamp != 0 && stamp == refresh_index_stamp(&w->config));
    given_write(w, 0, 10);
    assert_true(stamp != refresh_index_stamp(&w->config));
    w->config.directory.source = "ldap://index.example";
    assert_true(refresh_index_stamp(&w->config) == 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_index_is_taken_whatever_it_holds),
        CASE(an_index_is_compiled_when_it_changes_or_is_asked_for),
        CASE(an_update_may_lose_so_many_domains_and_no_more),
        CASE(domains_that_came_do_not_make_up_for_those_that_went),
        CASE(the_old_index_stays_when_the_new_one_is_none),
        CASE(of_a_server_the_copy_is_compiled),
        CASE(the_stamp_tells_one_state_of_the_file_from_another),
    };

    return cmocka_run_group_tests_name("schedule: refresh", tests, NULL, NULL);
}
