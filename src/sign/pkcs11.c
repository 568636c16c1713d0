/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/pkcs11.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct answer_row {
    CK_RV answer;
    const char *name;
    int code;
};

#define ROW(answer, code) { answer, #answer, code }

/* Answers that stand for a fault of the configuration or of the token's contents; and those of the rest that are worth a name.
 * What is not here is ERROR_OUT: a library may answer anything when its device is in trouble. */
static const struct answer_row answers[] = {
    ROW(CKR_HOST_MEMORY, ERROR_MEMORY),
    ROW(CKR_ARGUMENTS_BAD, ERROR_CONFIG),
    ROW(CKR_CANT_LOCK, ERROR_CONFIG),
    ROW(CKR_NEED_TO_CREATE_THREADS, ERROR_CONFIG),
    ROW(CKR_DATA_INVALID, ERROR_CONFIG),
    ROW(CKR_DATA_LEN_RANGE, ERROR_CONFIG),
    ROW(CKR_FUNCTION_NOT_SUPPORTED, ERROR_CONFIG),
    ROW(CKR_KEY_FUNCTION_NOT_PERMITTED, ERROR_CONFIG),
    ROW(CKR_KEY_SIZE_RANGE, ERROR_CONFIG),
    ROW(CKR_KEY_TYPE_INCONSISTENT, ERROR_CONFIG),
    ROW(CKR_MECHANISM_INVALID, ERROR_CONFIG),
    ROW(CKR_MECHANISM_PARAM_INVALID, ERROR_CONFIG),
    ROW(CKR_PIN_EXPIRED, ERROR_CONFIG),
    ROW(CKR_PIN_INCORRECT, ERROR_CONFIG),
    ROW(CKR_PIN_INVALID, ERROR_CONFIG),
    ROW(CKR_PIN_LEN_RANGE, ERROR_CONFIG),
    ROW(CKR_PIN_LOCKED, ERROR_CONFIG),
    ROW(CKR_TOKEN_NOT_RECOGNIZED, ERROR_CONFIG),
    ROW(CKR_USER_PIN_NOT_INITIALIZED, ERROR_CONFIG),
    ROW(CKR_USER_TYPE_INVALID, ERROR_CONFIG),
    ROW(CKR_CRYPTOKI_ALREADY_INITIALIZED, ERROR_OUT),
    ROW(CKR_CRYPTOKI_NOT_INITIALIZED, ERROR_OUT),
    ROW(CKR_DEVICE_ERROR, ERROR_OUT),
    ROW(CKR_DEVICE_MEMORY, ERROR_OUT),
    ROW(CKR_DEVICE_REMOVED, ERROR_OUT),
    ROW(CKR_FUNCTION_CANCELED, ERROR_OUT),
    ROW(CKR_FUNCTION_FAILED, ERROR_OUT),
    ROW(CKR_FUNCTION_REJECTED, ERROR_OUT),
    ROW(CKR_GENERAL_ERROR, ERROR_OUT),
    ROW(CKR_KEY_HANDLE_INVALID, ERROR_OUT),
    ROW(CKR_OBJECT_HANDLE_INVALID, ERROR_OUT),
    ROW(CKR_OPERATION_ACTIVE, ERROR_OUT),
    ROW(CKR_OPERATION_NOT_INITIALIZED, ERROR_OUT),
    ROW(CKR_SESSION_CLOSED, ERROR_OUT),
    ROW(CKR_SESSION_COUNT, ERROR_OUT),
    ROW(CKR_SESSION_HANDLE_INVALID, ERROR_OUT),
    ROW(CKR_SLOT_ID_INVALID, ERROR_OUT),
    ROW(CKR_TOKEN_NOT_PRESENT, ERROR_OUT),
    ROW(CKR_USER_NOT_LOGGED_IN, ERROR_OUT),
};

struct pkcs11_module {
    struct pkcs11_module *next;
    char *path;
    CK_FUNCTION_LIST *functions;
    pid_t process;  /* that initialised it last; 0: none yet */
    unsigned users; /* in that process */
    bool guest;     /* somebody else in this process had initialised it, and will finalise it */
};

/* PKCS#11 state is the process's by its nature, so this list is too. */
static struct pkcs11_module *modules;

int pkcs11_failed(CK_RV answer, struct error *e, const char *format, ...)
{
    char what[200];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    /* A library that shares our OpenSSL leaves its failures in our queue. */
    ERR_clear_error();
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i].answer == answer)
            return error_set(e, answers[i].code, "%s: %s", what, answers[i].name);
    return error_set(e, ERROR_OUT, "%s: answer 0x%lX", what, answer);
}

static int load(const char *path, struct pkcs11_module **out, struct error *e)
{
    CK_RV (*list)(CK_FUNCTION_LIST **) = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    struct pkcs11_module *m = calloc(1, sizeof *m);
    int result = 0;

    if (library)
        *(void **)&list = dlsym(library, "C_GetFunctionList");
    if (m)
        m->path = strdup(path);
    if (!m || !m->path)
        result = error_set(e, ERROR_MEMORY, "%s: no memory", path);
    else if (!library)
        result = error_set(e, ERROR_CONFIG, "%s", dlerror());
    else if (!list || list(&m->functions) != CKR_OK || !m->functions)
        result = error_set(e, ERROR_CONFIG, "%s: no PKCS#11 library", path);
    if (result == 0) {
        m->next = modules;
        modules = m;
        *out = m;
        return 0;
    }
    if (m)
        free(m->path);
    free(m);
    if (library)
        dlclose(library);
    return result;
}

static int initialise(struct pkcs11_module *m, struct error *e)
{
    CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
    CK_RV answer = m->functions->C_Initialize(&args);

    m->guest = false;
    if (answer == CKR_CRYPTOKI_ALREADY_INITIALIZED && m->process != 0 && m->process != getpid()) {
        /* The state came with the fork: some libraries do not notice that they are in a child. */
        m->functions->C_Finalize(NULL);
        answer = m->functions->C_Initialize(&args);
    }
    if (answer == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        m->guest = true;
        answer = CKR_OK;
    }
    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "%s: C_Initialize", m->path);
    ERR_clear_error();
    m->process = getpid();
    m->users = 0;
    return 0;
}

int pkcs11_module_open(const char *path, struct pkcs11_module **out, struct error *e)
{
    struct pkcs11_module *m = modules;
    int result = 0;

    while (m && strcmp(m->path, path) != 0)
        m = m->next;
    if (!m)
        result = load(path, &m, e);
    if (result == 0 && (m->process != getpid() || m->users == 0))
        result = initialise(m, e);
    if (result != 0)
        return result;
    m->users++;
    *out = m;
    return 0;
}

void pkcs11_module_close(struct pkcs11_module **module)
{
    struct pkcs11_module *m = *module;

    *module = NULL;
    if (!m)
        return;
    m->users--;
    if (m->users == 0 && !m->guest)
        m->functions->C_Finalize(NULL);
    ERR_clear_error();
}

CK_FUNCTION_LIST *pkcs11_module_functions(const struct pkcs11_module *module)
{
    return module->functions;
}

unsigned pkcs11_module_users(const struct pkcs11_module *module)
{
    return module->users;
}
