/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include <signal.h>
#include <unistd.h>

#include "opec/checkup.h"

/* What the finding functions print on stderr, caught in a file. */
static int saved_stderr = -1;
static FILE *caught;

static void catch_stderr(void)
{
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    caught = tmpfile();
    assert_non_null(caught);
    assert_true(dup2(fileno(caught), STDERR_FILENO) >= 0);
}

static void caught_text(char out[1024])
{
    size_t size;

    fflush(stderr);
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    close(saved_stderr);
    rewind(caught);
    size = fread(out, 1, 1023, caught);
    out[size] = '\0';
    fclose(caught);
}

static const struct config config = { .path = "/etc/a: b.conf" };

static void a_fault_names_file_line_and_key(void **state)
{
    struct checkup c = { .config = &config };
    char text[1024];

    (void)state;
    catch_stderr();
    checkup_fault(&c, "relay.smtp", "%s: Connection refused", "127.0.0.1:25");
    caught_text(text);
    assert_string_equal(text, "/etc/a: b.conf:1: relay.smtp: 127.0.0.1:25: Connection refused\n");
    assert_int_equal(c.faults, 1);
}

/* Design 4: a fault is one line, however many areas meet it. */
static void a_fault_is_said_once(void **state)
{
    struct checkup c = { .config = &config };
    char text[1024];

    (void)state;
    catch_stderr();
    checkup_fault_line(&c, "/etc/a: b.conf:1: trust.ca: no certificate in PEM");
    checkup_fault(&c, "trust.ca", "no certificate in PEM");
    checkup_fault(&c, "trust.ca", "another");
    caught_text(text);
    assert_string_equal(text, "/etc/a: b.conf:1: trust.ca: no certificate in PEM\n/etc/a: b.conf:1: trust.ca: another\n");
    assert_int_equal(c.faults, 3);
}

static void a_key_that_the_words_name_is_not_named_twice(void **state)
{
    struct checkup c = { .config = &config };
    char text[1024];

    (void)state;
    catch_stderr();
    checkup_fault(&c, "daemon.user", "daemon.user: there is no user \"x\"");
    caught_text(text);
    assert_string_equal(text, "/etc/a: b.conf:1: daemon.user: there is no user \"x\"\n");
}

static void a_warning_is_marked_and_no_fault(void **state)
{
    struct checkup c = { .config = &config };
    char text[1024];

    (void)state;
    catch_stderr();
    checkup_warning(&c, "trust.crl_dir", "stale");
    checkup_warning_line(&c, "/etc/a: b.conf:7: tsa.url: no stamps");
    checkup_warning_line(&c, "a line of another form");
    caught_text(text);
    assert_string_equal(text, "/etc/a: b.conf:1: warning: trust.crl_dir: stale\n"
                              "/etc/a: b.conf:7: warning: tsa.url: no stamps\n"
                              "warning: a line of another form\n");
    assert_int_equal(c.faults, 0);
}

static void find_nothing(struct checkup *c)
{
    (void)c;
}

static void find_two(struct checkup *c)
{
    checkup_fault(c, "signer.key", "one");
    checkup_fault(c, "signer.key", "two");
}

static void crash(struct checkup *c)
{
    (void)c;
    kill(getpid(), SIGKILL);
}

static void an_area_in_a_child_tells_its_faults(void **state)
{
    struct checkup c = { .config = &config };
    char text[1024];

    (void)state;
    catch_stderr();
    checkup_in_child(&c, "signer.key", find_nothing);
    assert_int_equal(c.faults, 0);
    checkup_in_child(&c, "signer.key", find_two);
    assert_int_equal(c.faults, 1);
    checkup_in_child(&c, "signer.module", crash);
    assert_int_equal(c.faults, 2);
    caught_text(text);
    assert_has(text, "signer.key: one\n");
    assert_has(text, "signer.key: two\n");
    assert_has(text, "signer.module: the process that checked it died of signal 9\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_names_file_line_and_key),
        cmocka_unit_test(a_fault_is_said_once),
        cmocka_unit_test(a_key_that_the_words_name_is_not_named_twice),
        cmocka_unit_test(a_warning_is_marked_and_no_fault),
        cmocka_unit_test(an_area_in_a_child_tells_its_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
