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
#include "schedule/mirror.h"
#include "schedule/refresh.h"

#define RECORD \
    "dn: providerName=Alfa,o=postacert\nobjectClass: provider\nproviderName: Alfa\nmailReceipt: r@alfa.example\n" \
    "providerCertificateHash: 90d80b0214715c2117f1db310cc56f1e87dc4775\nproviderCertificate;binary:: MAMCAQE=\n"

struct world {
    struct config config;
    char folder[64], ldif[96], source[112], password[96], state[96];
};

static void write_index(struct world *w, const char *domain)
{
    struct index_totals totals;
    char text[1000];
    bool changed;

    snprintf(text, sizeof text, "%smanagedDomains: %s\n", RECORD, domain);
    assert_int_equal(file_replace(w->ldif, slice_of(text), 0644, NULL), 0);
    assert_int_equal(refresh_index(&w->config, REFRESH_EVEN_IF_SHRUNK, &changed, &totals, NULL), 0);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    snprintf(w->folder, sizeof w->folder, "%s", "/tmp/opec-mirror-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->ldif, sizeof w->ldif, "%s/given.ldif", w->folder);
    snprintf(w->source, sizeof w->source, "ldif:%s", w->ldif);
    snprintf(w->password, sizeof w->password, "%s/password", w->folder);
    snprintf(w->state, sizeof w->state, "%s/index.mirrored", w->folder);
    w->config.daemon.run_dir = w->config.daemon.spool_dir = w->folder;
    w->config.directory.source = w->source;
    w->config.directory.ca = w->config.directory.client_certificate = w->config.directory.client_key = "";
    w->config.directory.refresh = 86400;
    w->config.directory.mirror = "ldap://127.0.0.1:1";
    w->config.directory.mirror_user = "cn=m";
    w->config.directory.mirror_password_file = w->password;
    assert_int_equal(file_replace(w->password, SLICE("secret\n"), 0600, NULL), 0);
    write_index(w, "a.example");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char path[REFRESH_PATH_SIZE];

    refresh_index_path(&w->config, path);
    unlink(path);
    unlink(w->ldif);
    unlink(w->password);
    unlink(w->state);
    assert_int_equal(rmdir(w->folder), 0); /* nothing else was left there */
    free(w);
    return 0;
}

static void expect_failure(struct world *w, int code, const char *words)
{
    struct ldap_mirror_totals totals;
    struct mirror_state s;
    struct error e = { 0 };

    assert_int_equal(mirror_update(&w->config, &totals, &e), code);
    assert_non_null(strstr(e.text, words));
    mirror_state_read(&w->config, &s);
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

    assert_true(mirror_is_due(&w->config));
    expect_failure(w, ERROR_UNREACHABLE, "ldap://127.0.0.1:1: Can't contact LDAP server");
    assert_false(mirror_is_due(&w->config));
    age_state(w, 599);
    assert_false(mirror_is_due(&w->config));
    age_state(w, 601);
    assert_true(mirror_is_due(&w->config));
}

static void a_new_index_is_due_at_once(void **state)
{
    struct world *w = *state;

    expect_failure(w, ERROR_UNREACHABLE, "LDAP");
    write_index(w, "b.example");
    assert_true(mirror_is_due(&w->config));
}

static void another_server_is_due_at_once(void **state)
{
    struct world *w = *state;
    struct mirror_state s;

    expect_failure(w, ERROR_UNREACHABLE, "LDAP");
    w->config.directory.mirror = "ldap://127.0.0.1:2";
    assert_true(mirror_is_due(&w->config));
    mirror_state_read(&w->config, &s);
    assert_int_equal(s.tried, 0);
    w->config.directory.mirror = "";
    assert_false(mirror_is_due(&w->config));
}

static void one_in_step_is_due_after_the_refresh(void **state)
{
    struct world *w = *state;
    struct mirror_state s;
    char text[200];
    int64_t index;

    assert_true(refresh_in_force(&w->config, &index));
    snprintf(text, sizeof text, "ldap://127.0.0.1:1\n1795497701\n%lld\n\n", (long long)index);
    assert_int_equal(file_replace(w->state, slice_of(text), 0644, NULL), 0);
    mirror_state_read(&w->config, &s);
    assert_int_equal(s.in_step, 1795497701);
    assert_string_equal(s.words, "");
    age_state(w, 86300);
    assert_false(mirror_is_due(&w->config));
    age_state(w, 86401);
    assert_true(mirror_is_due(&w->config));
}

/* What lies in the file but was refused is no index to be told to anybody. */
static void only_the_index_in_force_is_written(void **state)
{
    struct world *w = *state;

    assert_int_equal(file_replace(w->ldif, SLICE("no LDIF\n"), 0644, NULL), 0);
    assert_false(mirror_is_due(&w->config));
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
        mirror_state_read(&w->config, &s);
        assert_int_equal(s.in_step, 0);
        assert_true(mirror_is_due(&w->config));
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
