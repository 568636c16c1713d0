/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "faulty_module.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct faulty faulty;

static CK_FUNCTION_LIST real, list;

/* --- faults by the file ----------------------------------------------------------------------------------------------------- */

static bool has_label(CK_SLOT_ID slot, const char *label)
{
    CK_TOKEN_INFO info;
    char name[sizeof info.label + 1] = "";

    if (real.C_GetTokenInfo(slot, &info) != CKR_OK)
        return false;
    memcpy(name, info.label, sizeof info.label);
    for (size_t i = sizeof info.label; i-- > 0 && name[i] == ' ';)
        name[i] = '\0';
    return strcmp(name, label) == 0;
}

static struct timespec begun; /* when the library was first initialised in this process */

/* What is said once is done once in each process that is there when it is said. */
static bool is_new(const struct stat *file)
{
    static struct timespec last;
    struct timespec said = file->st_mtim;
    bool is = (said.tv_sec > begun.tv_sec || (said.tv_sec == begun.tv_sec && said.tv_nsec > begun.tv_nsec)) &&
              (said.tv_sec != last.tv_sec || said.tv_nsec != last.tv_nsec);

    last = said;
    return is;
}

/* As a module's own fault would: whoever watches for such (a sanitizer) is not asked. */
static void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static CK_RV do_fault(const char *what, CK_SESSION_HANDLE session, const struct stat *file)
{
    unsigned percent;

    if (strcmp(what, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(what, "crash") == 0)
        crash();
    if (strcmp(what, "error") == 0)
        return CKR_DEVICE_ERROR;
    if (strcmp(what, "gone") == 0)
        return CKR_TOKEN_NOT_PRESENT;
    if (strcmp(what, "network") == 0) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        return fd >= 0 && close(fd) == 0 ? CKR_OK : CKR_DEVICE_ERROR;
    }
    if (strcmp(what, "kill") == 0 && is_new(file))
        real.C_CloseSession(session);
    if (sscanf(what, "errors%u", &percent) == 1)
        return (unsigned)rand() % 100 < percent ? CKR_DEVICE_ERROR : CKR_OK;
    if (sscanf(what, "crashes%u", &percent) == 1 && (unsigned)rand() % 100 < percent)
        crash();
    return CKR_OK;
}

/* Lines "LABEL FUNCTION WHAT"; LABEL "*" is every token. */
static CK_RV by_file(const char *function, CK_SLOT_ID slot, CK_SESSION_HANDLE session)
{
    const char *path = getenv("OPEC_TEST_FAULTS");
    FILE *file = path ? fopen(path, "re") : NULL;
    char label[40], wanted[40], what[40];
    struct stat state;
    CK_RV answer = CKR_OK;

    if (!file)
        return CKR_OK;
    if (fstat(fileno(file), &state) != 0)
        abort();
    while (answer == CKR_OK && fscanf(file, "%39s %39s %39s", label, wanted, what) == 3)
        if (strcmp(wanted, function) == 0 && (strcmp(label, "*") == 0 || has_label(slot, label)))
            answer = do_fault(what, session, &state);
    fclose(file);
    return answer;
}

static CK_RV by_file_of_session(const char *function, CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info = { 0 };

    if (!getenv("OPEC_TEST_FAULTS") || real.C_GetSessionInfo(session, &info) != CKR_OK)
        return CKR_OK; /* the true library will say what is wrong with it */
    return by_file(function, info.slotID, session);
}

/* --- functions -------------------------------------------------------------------------------------------------------------- */

static CK_RV spoilt(const char *function)
{
    return faulty.function && strcmp(faulty.function, function) == 0 ? faulty.answer : CKR_OK;
}

static CK_RV initialise(void *args)
{
    CK_RV answer = spoilt("C_Initialize");

    faulty.initialised++;
    srand((unsigned)getpid());
    if (begun.tv_sec == 0)
        clock_gettime(CLOCK_REALTIME, &begun);
    answer = answer ? answer : by_file("C_Initialize", 0, 0);
    return answer ? answer : real.C_Initialize(args);
}

static CK_RV finalise(void *reserved)
{
    faulty.finalised++;
    return real.C_Finalize(reserved);
}

static CK_RV slot_list(unsigned char present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    CK_RV answer = spoilt("C_GetSlotList");

    return answer ? answer : real.C_GetSlotList(present, slots, count);
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV answer = spoilt("C_GetTokenInfo");

    answer = answer ? answer : by_file("C_GetTokenInfo", slot, 0);
    answer = answer ? answer : real.C_GetTokenInfo(slot, info);
    info->flags |= faulty.token_flags;
    return answer;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    CK_RV answer = spoilt("C_OpenSession");

    answer = answer ? answer : by_file("C_OpenSession", slot, 0);
    faulty.sessions++;
    return answer ? answer : real.C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size)
{
    CK_RV answer = spoilt("C_Login");

    faulty.logins++;
    answer = answer ? answer : by_file_of_session("C_Login", session);
    return answer ? answer : real.C_Login(session, user, pin, size);
}

static CK_RV logout(CK_SESSION_HANDLE session)
{
    faulty.logouts++;
    return real.C_Logout(session);
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    CK_RV answer = spoilt("C_FindObjectsInit");

    return answer ? answer : real.C_FindObjectsInit(session, wanted, count);
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    CK_RV answer = spoilt("C_FindObjects");

    return answer ? answer : real.C_FindObjects(session, objects, room, count);
}

static CK_RV attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    CK_RV answer = spoilt("C_GetAttributeValue");

    return answer ? answer : real.C_GetAttributeValue(session, object, wanted, count);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_RV answer = spoilt("C_SignInit");

    answer = answer ? answer : by_file_of_session("C_SignInit", session);
    return answer ? answer : real.C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size, unsigned char *signature, CK_ULONG *signature_size)
{
    CK_RV answer = spoilt("C_Sign");

    answer = answer ? answer : by_file_of_session("C_Sign", session);
    answer = answer ? answer : real.C_Sign(session, data, size, signature, signature_size);
    if (faulty.signature_size)
        *signature_size = faulty.signature_size == 1 << 20 ? 0 : faulty.signature_size;
    if (answer == CKR_OK && faulty.is_wrong && signature)
        signature[0] ^= 1;
    return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    const char *path = getenv("OPEC_TEST_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    CK_FUNCTION_LIST *found;

    if (library)
        *(void **)&get = dlsym(library, "C_GetFunctionList");
    if (!get || get(&found) != CKR_OK)
        return CKR_GENERAL_ERROR;
    real = list = *found;
    list.C_Initialize = initialise;
    list.C_Finalize = finalise;
    list.C_GetSlotList = slot_list;
    list.C_GetTokenInfo = token_info;
    list.C_OpenSession = open_session;
    list.C_Login = login;
    list.C_Logout = logout;
    list.C_FindObjectsInit = find_init;
    list.C_FindObjects = find;
    list.C_GetAttributeValue = attribute_value;
    list.C_SignInit = sign_init;
    list.C_Sign = sign;
    *out = &list;
    return CKR_OK;
}
