/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A token in trouble: what each answer of a library becomes, and what is called how often.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faulty_module.h"
#include "pki.h"
#include "sign/key.h"
#include "sign/pkcs11.h"
#include "token.h"

static const char *module; /* the faulty one */
static struct faulty *fault;

static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 1 };

static int healthy(void **state)
{
    (void)state;
    memset(fault, 0, sizeof *fault);
    return 0;
}

static struct key *open_key(const char *label)
{
    struct key_settings settings = token_settings(module, label);
    struct key *key = NULL;

    assert_int_equal(key_open(&settings, &key, NULL), 0);
    return key;
}

struct answer_case {
    const char *function;
    CK_RV answer;
    int code;
    const char *words;
};

static const struct answer_case while_opening[] = {
    { "C_Initialize", CKR_GENERAL_ERROR, ERROR_OUT, "C_Initialize: CKR_GENERAL_ERROR" },
    { "C_Initialize", CKR_CANT_LOCK, ERROR_CONFIG, "C_Initialize: CKR_CANT_LOCK" },
    { "C_Initialize", CKR_HOST_MEMORY, ERROR_MEMORY, "C_Initialize: CKR_HOST_MEMORY" },
    { "C_GetSlotList", CKR_DEVICE_ERROR, ERROR_OUT, "C_GetSlotList: CKR_DEVICE_ERROR" },
    { "C_GetTokenInfo", CKR_DEVICE_REMOVED, ERROR_OUT, "token pec: not there" },
    { "C_OpenSession", CKR_SESSION_COUNT, ERROR_OUT, "C_OpenSession: CKR_SESSION_COUNT" },
    { "C_OpenSession", CKR_TOKEN_NOT_PRESENT, ERROR_OUT, "C_OpenSession: CKR_TOKEN_NOT_PRESENT" },
    { "C_OpenSession", CKR_TOKEN_NOT_RECOGNIZED, ERROR_CONFIG, "C_OpenSession: CKR_TOKEN_NOT_RECOGNIZED" },
    { "C_Login", CKR_PIN_LOCKED, ERROR_CONFIG, "CKR_PIN_LOCKED" },
    { "C_Login", CKR_PIN_EXPIRED, ERROR_CONFIG, "CKR_PIN_EXPIRED" },
    { "C_Login", CKR_USER_PIN_NOT_INITIALIZED, ERROR_CONFIG, "CKR_USER_PIN_NOT_INITIALIZED" },
    { "C_Login", CKR_DEVICE_REMOVED, ERROR_OUT, "CKR_DEVICE_REMOVED" },
    { "C_Login", CKR_FUNCTION_CANCELED, ERROR_OUT, "CKR_FUNCTION_CANCELED" },
    { "C_FindObjectsInit", CKR_SESSION_HANDLE_INVALID, ERROR_OUT, "C_FindObjects: CKR_SESSION_HANDLE_INVALID" },
    { "C_FindObjects", CKR_DEVICE_MEMORY, ERROR_OUT, "C_FindObjects: CKR_DEVICE_MEMORY" },
    { "C_GetAttributeValue", CKR_OBJECT_HANDLE_INVALID, ERROR_OUT, "CKR_OBJECT_HANDLE_INVALID" },
};

static const struct answer_case while_signing[] = {
    { "C_SignInit", CKR_KEY_FUNCTION_NOT_PERMITTED, ERROR_CONFIG, "C_SignInit: CKR_KEY_FUNCTION_NOT_PERMITTED" },
    { "C_SignInit", CKR_MECHANISM_INVALID, ERROR_CONFIG, "C_SignInit: CKR_MECHANISM_INVALID" },
    { "C_SignInit", CKR_KEY_HANDLE_INVALID, ERROR_OUT, "C_SignInit: CKR_KEY_HANDLE_INVALID" },
    { "C_SignInit", CKR_USER_NOT_LOGGED_IN, ERROR_OUT, "C_SignInit: CKR_USER_NOT_LOGGED_IN" },
    { "C_SignInit", CKR_SESSION_CLOSED, ERROR_OUT, "C_SignInit: CKR_SESSION_CLOSED" },
    { "C_SignInit", CKR_CRYPTOKI_NOT_INITIALIZED, ERROR_OUT, "C_SignInit: CKR_CRYPTOKI_NOT_INITIALIZED" },
    { "C_Sign", CKR_DEVICE_ERROR, ERROR_OUT, "C_Sign: CKR_DEVICE_ERROR" },
    { "C_Sign", CKR_DEVICE_REMOVED, ERROR_OUT, "C_Sign: CKR_DEVICE_REMOVED" },
    { "C_Sign", CKR_FUNCTION_FAILED, ERROR_OUT, "C_Sign: CKR_FUNCTION_FAILED" },
    { "C_Sign", CKR_HOST_MEMORY, ERROR_MEMORY, "C_Sign: CKR_HOST_MEMORY" },
    { "C_Sign", CKR_VENDOR_DEFINED | 0x42, ERROR_OUT, "C_Sign: answer 0x80000042" },
};

static void answers_while_opening_say_whether_a_retry_may_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof while_opening / sizeof while_opening[0]; i++) {
        const struct answer_case *c = &while_opening[i];
        struct key_settings settings = token_settings(module, "rsa");
        struct key *key = NULL;
        struct error e = { 0 };

        print_message("  %s\n", c->words);
        fault->function = c->function;
        fault->answer = c->answer;
        assert_int_equal(key_open(&settings, &key, &e), c->code);
        assert_null(key);
        assert_non_null(strstr(e.text, c->words));
        assert_int_equal(ERR_peek_error(), 0);
        /* Nothing is left behind that would keep the next attempt from success. */
        fault->function = NULL;
        key = open_key("rsa");
        key_close(&key);
        assert_int_equal(fault->initialised - (strcmp(c->function, "C_Initialize") == 0), fault->finalised);
        healthy(NULL);
    }
}

static void answers_while_signing_say_whether_a_retry_may_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof while_signing / sizeof while_signing[0]; i++) {
        const struct answer_case *c = &while_signing[i];
        struct key *key = open_key("rsa");
        struct signature_value s = { .size = 42 };
        struct error e = { 0 };

        print_message("  %s\n", c->words);
        fault->function = c->function;
        fault->answer = c->answer;
        assert_int_equal(key_sign(key, digest, &s, &e), c->code);
        assert_int_equal(s.size, 42);
        assert_string_equal(strstr(e.text, "C_Sign"), c->words);
        key_close(&key);
        fault->function = NULL;
        key = open_key("rsa");
        assert_int_equal(key_sign(key, digest, &s, NULL), 0);
        key_close(&key);
    }
}

static void somebody_else_may_have_logged_in(void **state)
{
    struct signature_value s;
    struct key *first = open_key("rsa"), *second = open_key("ec");

    (void)state;
    assert_int_equal(fault->logins, 1); /* the token remembers it: the PIN is not read again */
    assert_int_equal(key_sign(second, digest, &s, NULL), 0);
    key_close(&second);
    assert_int_equal(fault->logouts, 0);
    assert_int_equal(key_sign(first, digest, &s, NULL), 0);
    key_close(&first);
    assert_int_equal(fault->logouts, 1);
}

/* What a session that has died becomes: a new one, without loading the library anew. */
static void a_dead_session_is_reopened(void **state)
{
    static const CK_RV deaths[] = { CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_DEVICE_ERROR, CKR_USER_NOT_LOGGED_IN };
    struct signature_value s;
    struct key *key = open_key("rsa");

    (void)state;
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        fault->function = "C_SignInit";
        fault->answer = deaths[i];
        assert_int_equal(key_sign(key, digest, &s, NULL), ERROR_OUT);
        fault->function = NULL;
        assert_int_equal(key_reopen(key, NULL), 0);
        assert_int_equal(fault->sessions, 2 + i);
        assert_int_equal(key_sign(key, digest, &s, NULL), 0);
    }
    assert_int_equal(fault->initialised, 1);
    assert_int_equal(fault->logins, 1); /* the old session was still there: the token remembered us */
    key_close(&key);
}

static void what_does_not_reopen_may_be_tried_again(void **state)
{
    struct signature_value s;
    struct key *key = open_key("rsa");

    (void)state;
    fault->function = "C_OpenSession";
    fault->answer = CKR_DEVICE_REMOVED;
    assert_int_equal(key_reopen(key, NULL), ERROR_OUT);
    fault->function = NULL;
    assert_int_equal(key_reopen(key, NULL), 0);
    assert_int_equal(key_sign(key, digest, &s, NULL), 0);
    key_close(&key);
}

static EVP_PKEY *public_key_of(const char *name)
{
    FILE *file = fopen(pki_path(name), "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

    if (file)
        fclose(file);
    assert_non_null(key);
    return key;
}

/* Old and new key side by side under one label: the certificate says which is meant. */
static void of_two_keys_with_one_label_the_certificate_chooses(void **state)
{
    static const char *const files[] = { "other.key", "part.key" };
    struct key_settings settings = token_settings(module, "twin");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *public_key = public_key_of(files[i]);
        struct signature_value s;
        struct key *key = NULL;

        settings.public_key = public_key;
        assert_int_equal(key_open(&settings, &key, NULL), 0);
        assert_int_equal(key_sign(key, digest, &s, NULL), 0);
        assert_true(key_verify(public_key, digest, &s));
        key_close(&key);
        EVP_PKEY_free(public_key);
    }
    settings.public_key = public_key_of("rsa3072.key");
    {
        struct key *key = NULL;
        struct error e = { 0 };

        assert_int_equal(key_open(&settings, &key, &e), ERROR_CONFIG);
        assert_non_null(strstr(e.text, "none belongs to the certificate"));
    }
    EVP_PKEY_free(settings.public_key);
}

static void the_library_is_initialised_once_and_finalised_with_its_last_key(void **state)
{
    struct key *first = open_key("rsa"), *second = open_key("ec");

    (void)state;
    assert_int_equal(fault->initialised, 1);
    key_close(&first);
    assert_int_equal(fault->finalised, 0);
    first = open_key("rsa3072");
    assert_int_equal(fault->initialised, 1);
    key_close(&first);
    key_close(&second);
    assert_int_equal(fault->finalised, 1);
    first = open_key("rsa");
    assert_int_equal(fault->initialised, 2);
    key_close(&first);
    assert_int_equal(fault->finalised, 2);
}

static void a_library_that_another_initialised_is_left_to_him(void **state)
{
    struct key *key;

    (void)state;
    fault->function = "C_Initialize";
    fault->answer = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    {
        CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
        void *library = dlopen(getenv("OPEC_TEST_MODULE"), RTLD_NOW | RTLD_LOCAL);
        CK_FUNCTION_LIST *list;

        assert_non_null(library);
        *(void **)&get = dlsym(library, "C_GetFunctionList");
        assert_int_equal(get(&list), CKR_OK);
        assert_int_equal(list->C_Initialize(NULL), CKR_OK);
        key = open_key("rsa");
        key_close(&key);
        assert_int_equal(fault->finalised, 0);
        assert_int_equal(list->C_Finalize(NULL), CKR_OK);
        dlclose(library);
    }
}

static void the_last_try_of_a_pin_is_left_to_a_human(void **state)
{
    struct key_settings settings = token_settings(module, "rsa");
    struct key *key = NULL;
    struct error e = { 0 };

    (void)state;
    fault->token_flags = CKF_USER_PIN_FINAL_TRY;
    assert_int_equal(key_open(&settings, &key, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "one try is left"));
    assert_int_equal(fault->logins, 0);
}

static void a_signature_of_no_possible_size_is_refused(void **state)
{
    struct key *rsa = open_key("rsa"), *ec = open_key("ec");
    struct signature_value s;
    struct error e = { 0 };

    (void)state;
    fault->signature_size = 1 << 20;
    assert_int_equal(key_sign(rsa, digest, &s, &e), ERROR_OUT);
    fault->signature_size = SIGNATURE_MAX + 1;
    assert_int_equal(key_sign(rsa, digest, &s, &e), ERROR_OUT);
    assert_int_equal(key_sign(ec, digest, &s, &e), ERROR_OUT);
    fault->signature_size = 63;
    assert_int_equal(key_sign(ec, digest, &s, &e), ERROR_OUT);
    assert_string_equal(e.text, "token: C_Sign gave a signature of 63 bytes");
    fault->signature_size = 134; /* P-521, the largest there is, gives 132 */
    assert_int_equal(key_sign(ec, digest, &s, &e), ERROR_OUT);
    key_close(&rsa);
    key_close(&ec);
}

static void a_key_of_before_the_fork_is_out_in_the_child(void **state)
{
    struct key *key = open_key("rsa");
    struct signature_value s;
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        bool out = key_sign(key, digest, &s, NULL) == ERROR_OUT;

        key_close(&key);
        _exit(out && fault->finalised == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    key_close(&key);
}

static void a_child_gets_the_library_anew_even_if_it_did_not_notice_the_fork(void **state)
{
    struct key *key = open_key("rsa"), *own = NULL;
    struct key_settings settings = token_settings(module, "rsa");
    struct error e = { 0 };
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        /* As SoftHSM does with library.reset_on_fork = false. */
        fault->function = "C_Initialize";
        fault->answer = CKR_CRYPTOKI_ALREADY_INITIALIZED;
        _exit(key_open(&settings, &own, &e) != 0 && fault->initialised == 3 && fault->finalised == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    key_close(&key);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers_while_opening_say_whether_a_retry_may_help, healthy),
        cmocka_unit_test_setup(answers_while_signing_say_whether_a_retry_may_help, healthy),
        cmocka_unit_test_setup(somebody_else_may_have_logged_in, healthy),
        cmocka_unit_test_setup(a_dead_session_is_reopened, healthy),
        cmocka_unit_test_setup(what_does_not_reopen_may_be_tried_again, healthy),
        cmocka_unit_test_setup(of_two_keys_with_one_label_the_certificate_chooses, healthy),
        cmocka_unit_test_setup(the_library_is_initialised_once_and_finalised_with_its_last_key, healthy),
        cmocka_unit_test_setup(a_library_that_another_initialised_is_left_to_him, healthy),
        cmocka_unit_test_setup(the_last_try_of_a_pin_is_left_to_a_human, healthy),
        cmocka_unit_test_setup(a_signature_of_no_possible_size_is_refused, healthy),
        cmocka_unit_test_setup(a_key_of_before_the_fork_is_out_in_the_child, healthy),
        cmocka_unit_test_setup(a_child_gets_the_library_anew_even_if_it_did_not_notice_the_fork, healthy),
    };
    void *library;
    int failed = 77; /* skipped, for meson */

    assert_true(count > 3);
    pki_begin(arguments[1]);
    if (token_begin(arguments[2])) {
        module = arguments[3];
        setenv("OPEC_TEST_MODULE", arguments[2], 1);
        library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
        fault = library ? dlsym(library, "faulty") : NULL;
        failed = fault ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
    }
    pki_end();
    return failed;
}
