/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a mirror of the index is due, and what is remembered of it. Nobody listens at its address; tests/integration has a real server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "given.h"
#include "schedule/mirror.h"
#include "schedule/refresh.h"

struct world {
    struct given given;
    char password[96], state[96];
};

static void write_index(struct world *w, int domain)
{
    struct index_totals totals;
    bool changed;

    given_write(&w->given, domain, domain + 1);
    assert_int_equal(refresh_index(&w->given.config, REFRESH_EVEN_IF_SHRUNK, &changed, &totals, NULL), 0);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    given_begin(&w->given);
    snprintf(w->password, sizeof w->password, "%s/password", w->given.folder);
    snprintf(w->state, sizeof w->state, "%s/index.mirrored", w->given.folder);
    w->given.config.directory.ca = w->given.config.directory.client_certificate = w->given.config.directory.client_key = "";
    w->given.config.directory.refresh = 86400;
    w->given.config.directory.mirror = "ldap://127.0.0.1:1";
    w->given.config.directory.mirror_user = "cn=m";
    w->given.config.directory.mirror_password_file = w->password;
    assert_int_equal(file_replace(w->password, SLICE("secret\n"), 0600, NULL), 0);
    write_index(w, 1);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    unlink(w->password);
    unlink(w->state);
    given_end(&w->given);
    free(w);
    return 0;
}

static void expect_failure(struct world *w, int code, const char *words)
{
    struct ldap_mirror_totals totals;
    struct mirror_state s;
    struct error e = { 0 };

    assert_int_equal(mirror_update(&w->given.config, &totals, &e), code);
    assert_non_null(strstr(e.text, words));
    mirror_state_read(&w->given.config, &s);
    assert_string_equal(s.words, e.text);
    assert_in_range(s.tried, clock_now() - 60, clock_now());
    assert_int_equal(s.in_step, 0);
}

static void age_state(const struct world *w, int64_t seconds)
{
    const struct timespec times[] = { { .tv_sec = clock_now() - seconds }, { .tv_sec = clock_now() - seconds } };

    assert_int_equal(utimensat(AT_FDCWD, w->state, times, 0), 0);
}

static void a_server_that_is_out_is_due_again_after_ten_minutes(void **state)
{
    struct world *w = *state;

    assert_true(mirror_is_due(&w->given.config));
    expect_failure(w, ERROR_UNREACHABLE, "ldap://127.0.0.1:1: Can't contact LDAP server");
    assert_false(mirror_is_due(&w->given.config));
    age_state(w, 599);
    assert_false(mirror_is_due(&w->given.config));
    age_state(w, 601);
    assert_true(mirror_is_due(&w->given.config));
}

static void a_new_index_is_due_at_once(void **state)
{
    struct world *w = *state;

    expect_failure(w, ERROR_UNREACHABLE, "LDAP");
    write_index(w, 2);
    assert_true(mirror_is_due(&w->given.config));
}

static void another_server_is_due_at_once(void **state)
{
    struct world *w = *state;
    struct mirror_state s;

    expect_failure(w, ERROR_UNREACHABLE, "LDAP");
    w->given.config.directory.mirror = "ldap://127.0.0.1:2";
    assert_true(mirror_is_due(&w->given.config));
    mirror_state_read(&w->given.config, &s);
    assert_int_equal(s.tried, 0);
    w->given.config.directory.mirror = "";
    assert_false(mirror_is_due(&w->given.config));
}

static void one_in_step_is_due_after_the_refresh(void **state)
{
    struct world *w = *state;
    struct mirror_state s;
    char text[200];
    int64_t index;

    assert_true(refresh_in_force(&w->given.config, &index));
    snprintf(text, sizeof text, "ldap://127.0.0.1:1\n1795497701\n%lld\n\n", (long long)index);
    assert_int_equal(file_replace(w->state, slice_of(text), 0644, NULL), 0);
    mirror_state_read(&w->given.config, &s);
    assert_int_equal(s.in_step, 1795497701);
    assert_string_equal(s.words, "");
    age_state(w, 86300);
    assert_false(mirror_is_due(&w->given.config));
    age_state(w, 86401);
    assert_true(mirror_is_due(&w->given.config));
}

/* What lies in the file but was refused is no index to be told to anybody. */
static void only_the_index_in_force_is_written(void **state)
{
    struct world *w = *state;

    assert_int_equal(file_replace(w->given.ldif, SLICE("no LDIF\n"), 0644, NULL), 0);
    assert_false(mirror_is_due(&w->given.config));
    expect_failure(w, ERROR_BUSY, "given.ldif is not the index in force");
}

static void a_password_is_needed(void **state)
{
    struct world *w = *state;

    assert_int_equal(file_replace(w->password, SLICE("\nsecret\n"), 0600, NULL), 0);
    expect_failure(w, ERROR_CONFIG, "no password in its first line");
    unlink(w->password);
    expect_failure(w, ERROR_CONFIG, "password: No such file");
}

static void a_state_that_is_damaged_is_none(void **state)
{
    static const char *const texts[] = { "", "ldap://127.0.0.1:1", "ldap://127.0.0.1:1\nx\n-1\n",
                                         "ldap://127.0.0.1:1\n99999999999999999999\n" };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mirror_state s;

        assert_int_equal(file_replace(w->state, slice_of(texts[i]), 0644, NULL), 0);
        mirror_state_read(&w->given.config, &s);
        assert_int_equal(s.in_step, 0);
        assert_true(mirror_is_due(&w->given.config));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_that_is_out_is_due_again_after_ten_minutes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_index_is_due_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_server_is_due_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_in_step_is_due_after_the_refresh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_index_in_force_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_password_is_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_that_is_damaged_is_none, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
