/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "faulty_module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct faulty faulty;

static CK_FUNCTION_LIST real, list;

static CK_RV spoilt(const char *function)
{
    return faulty.function && strcmp(faulty.function, function) == 0 ? faulty.answer : CKR_OK;
}

static CK_RV initialise(void *args)
{
    CK_RV answer = spoilt("C_Initialize");

    faulty.initialised++;
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

    answer = answer ? answer : real.C_GetTokenInfo(slot, info);
    info->flags |= faulty.token_flags;
    return answer;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    CK_RV answer = spoilt("C_OpenSession");

    return answer ? answer : real.C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size)
{
    CK_RV answer = spoilt("C_Login");

    faulty.logins++;
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

    return answer ? answer : real.C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size, unsigned char *signature, CK_ULONG *signature_size)
{
    CK_RV answer = spoilt("C_Sign");

    answer = answer ? answer : real.C_Sign(session, data, size, signature, signature_size);
    if (faulty.signature_size)
        *signature_size = faulty.signature_size == 1 << 20 ? 0 : faulty.signature_size;
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
