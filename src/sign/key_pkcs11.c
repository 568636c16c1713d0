/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private key in a PKCS#11 token: found by the token's label and the key's, used through one session.
 *
 * The token is asked for what every vendor has: CKM_RSA_PKCS over a ready DigestInfo, CKM_ECDSA over the digest.
 */
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sign/key_backend.h"
#include "sign/openssl.h"
#include "sign/pkcs11.h"
#include "sign/secret.h"

enum { SLOTS_MAX = 256, LABEL_SIZE = 32, SAME_LABEL_MAX = 8, ECDSA_MAX = 2 * 66 /* P-521 */ };

struct token_key {
    struct key base;
    struct key_settings settings; /* its words are our own copies */
    struct pkcs11_module *module;
    CK_FUNCTION_LIST *call;
    CK_SLOT_ID slot;
    CK_FLAGS token_flags;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
    bool in_session;
    bool elliptic;
    pid_t process; /* whose session it is: a child that was forked later has only a copy of these words */
};

static void token_close(struct key *base)
{
    struct token_key *key = (struct token_key *)base;

    if (key->process == getpid()) {
        /* The login is the process's (PKCS#11 2.40 5.6.7): logging out would end that of another key too. */
        if (key->in_session && pkcs11_module_users(key->module) == 1)
            key->call->C_Logout(key->session);
        if (key->in_session)
            key->call->C_CloseSession(key->session);
        pkcs11_module_close(&key->module);
    }
    ERR_clear_error();
    free((char *)(uintptr_t)key->settings.module);
    free((char *)(uintptr_t)key->settings.token);
    free((char *)(uintptr_t)key->settings.label);
    free((char *)(uintptr_t)key->settings.pin_file);
    EVP_PKEY_free(key->settings.public_key);
    free(key);
}

/* A label is filled up with blanks and has no end. */
static bool has_label(const CK_TOKEN_INFO *info, const char *label)
{
    size_t size = strlen(label);

    if (size > LABEL_SIZE || memcmp(info->label, label, size) != 0)
        return false;
    while (size < LABEL_SIZE && info->label[size] == ' ')
        size++;
    return size == LABEL_SIZE;
}

static int find_token(struct token_key *key, const char *label, struct error *e)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_TOKEN_INFO info;
    CK_RV answer = key->call->C_GetSlotList(CK_TRUE, slots, &count);

    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token %s: C_GetSlotList", label);
    for (CK_ULONG i = 0; i < count; i++)
        if (key->call->C_GetTokenInfo(slots[i], &info) == CKR_OK && has_label(&info, label)) {
            key->slot = slots[i];
            key->token_flags = info.flags;
            return 0;
        }
    return error_set(e, ERROR_OUT, "token %s: not there", label);
}

static int log_in(struct token_key *key, struct error *e)
{
    const struct key_settings *settings = &key->settings;
    struct secret pin = { 0 };
    CK_RV answer;
    int result;

    /* A daemon that starts again and again with a wrong PIN would lock the token for good. */
    if (key->token_flags & CKF_USER_PIN_FINAL_TRY)
        return error_set(e, ERROR_CONFIG, "token %s: a wrong PIN was given before and one try is left; log in by hand first",
                         settings->token);
    result = secret_read(settings->pin_file, &pin, e);
    if (result != 0)
        return result;
    secret_cut_line(&pin);
    if (pin.size == 0) {
        secret_wipe(&pin);
        return error_set(e, ERROR_CONFIG, "%s: no PIN in its first line", settings->pin_file);
    }
    answer = key->call->C_Login(key->session, CKU_USER, pin.bytes, pin.size);
    secret_wipe(&pin);
    if (answer != CKR_OK && answer != CKR_USER_ALREADY_LOGGED_IN)
        return pkcs11_failed(answer, e, "token %s: C_Login with the PIN of %s", settings->token, settings->pin_file);
    return 0;
}

/* r and s, each half of the bytes (PKCS#11 2.40, 2.3.1 of the mechanisms), to the DER of RFC 3279 2.2.3. */
static int ecdsa_to_der(struct signature_value *s, struct error *e)
{
    int half = (int)(s->size / 2), size = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(s->bytes, half, NULL), *t = BN_bin2bn(s->bytes + half, half, NULL);
    unsigned char *der = NULL;

    if (pair && r && t && ECDSA_SIG_set0(pair, r, t) == 1) {
        r = t = NULL;
        size = i2d_ECDSA_SIG(pair, &der);
    }
    if (size > 0 && size <= SIGNATURE_MAX) {
        memcpy(s->bytes, der, (size_t)size);
        s->size = (size_t)size;
    }
    OPENSSL_free(der);
    BN_free(r);
    BN_free(t);
    ECDSA_SIG_free(pair);
    return size > 0 && size <= SIGNATURE_MAX ? 0 : openssl_failed(e, ERROR_OUT, "writing the ECDSA signature of the token");
}

/* DigestInfo of SHA-256 (RFC 8017 9.2) up to the digest. */
static const unsigned char digest_info[] = { 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                             0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

static int token_sign(struct key *base, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out,
                      struct error *e)
{
    struct token_key *key = (struct token_key *)base;
    CK_MECHANISM mechanism = { .mechanism = key->elliptic ? CKM_ECDSA : CKM_RSA_PKCS };
    unsigned char input[sizeof digest_info + SIGNED_DIGEST_SIZE];
    size_t before = key->elliptic ? 0 : sizeof digest_info;
    struct signature_value made = { 0 };
    CK_ULONG size = SIGNATURE_MAX;
    CK_RV answer = key->call->C_SignInit(key->session, &mechanism, key->object);

    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token: C_SignInit");
    memcpy(input, digest_info, before);
    memcpy(input + before, digest, SIGNED_DIGEST_SIZE);
    answer = key->call->C_Sign(key->session, input, before + SIGNED_DIGEST_SIZE, made.bytes, &size);
    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token: C_Sign");
    ERR_clear_error();
    if (size == 0 || size > SIGNATURE_MAX || (key->elliptic && (size % 2 != 0 || size > ECDSA_MAX)))
        return error_set(e, ERROR_OUT, "token: C_Sign gave a signature of %lu bytes", size);
    made.size = size;
    if (key->elliptic) {
        int result = ecdsa_to_der(&made, e);

        if (result != 0)
            return result;
    }
    *out = made;
    return 0;
}

static int find_type(struct token_key *key, struct error *e)
{
    CK_KEY_TYPE type = 0;
    CK_ATTRIBUTE wanted = { CKA_KEY_TYPE, &type, sizeof type };
    CK_RV answer = key->call->C_GetAttributeValue(key->session, key->object, &wanted, 1);

    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token %s: type of key %s", key->settings.token, key->settings.label);
    if (type != CKK_RSA && type != CKK_EC)
        return error_set(e, ERROR_CONFIG, "token %s: key %s is neither an RSA nor an EC key", key->settings.token, key->settings.label);
    key->elliptic = type == CKK_EC;
    return 0;
}

/* Does the object sign for the public key? */
static bool signs_for(struct token_key *key, EVP_PKEY *public_key)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 1 };
    struct signature_value signature;

    return find_type(key, NULL) == 0 && token_sign(&key->base, digest, &signature, NULL) == 0 &&
           key_verify(public_key, digest, &signature);
}

/* Of several with one label, that of the certificate is taken (a renewed key has its predecessor's label as a rule). Without a
 * certificate to go by they are refused: the wrong one would be found out only by the peers. */
static int choose_object(struct token_key *key, const CK_OBJECT_HANDLE *found, CK_ULONG count, struct error *e)
{
    for (CK_ULONG i = 0; i < count; i++) {
        key->object = found[i];
        if (count == 1 || (key->settings.public_key && signs_for(key, key->settings.public_key)))
            return 0;
    }
    return error_set(e, ERROR_CONFIG, "token %s: %s private key of label %s%s", key->settings.token, count == 0 ? "no" : "more than one",
                     key->settings.label, count && key->settings.public_key ? ", and none belongs to the certificate" : "");
}

static int find_object(struct token_key *key, struct error *e)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {
        { CKA_CLASS, &class, sizeof class },
        { CKA_LABEL, (void *)(uintptr_t)key->settings.label, strlen(key->settings.label) },
    };
    CK_OBJECT_HANDLE found[SAME_LABEL_MAX];
    CK_ULONG count = 0;
    CK_RV answer = key->call->C_FindObjectsInit(key->session, wanted, 2);

    if (answer == CKR_OK) {
        answer = key->call->C_FindObjects(key->session, found, SAME_LABEL_MAX, &count);
        key->call->C_FindObjectsFinal(key->session);
    }
    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token %s: C_FindObjects", key->settings.token);
    return choose_object(key, found, count, e);
}

/* Is the session one of a user that is logged in? A token remembers it for the process as long as one session is left. */
static bool is_logged_in(const struct token_key *key)
{
    CK_SESSION_INFO info;

    return key->call->C_GetSessionInfo(key->session, &info) == CKR_OK &&
           (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

/* From a session to the key. */
static int enter(struct token_key *key, struct error *e)
{
    int result = is_logged_in(key) ? 0 : log_in(key, e);

    if (result == 0)
        result = find_object(key, e);
    if (result == 0)
        result = find_type(key, e);
    return result;
}

static int begin_session(struct token_key *key, struct error *e)
{
    CK_RV answer = key->call->C_OpenSession(key->slot, CKF_SERIAL_SESSION, NULL, NULL, &key->session);

    if (answer != CKR_OK)
        return pkcs11_failed(answer, e, "token %s: C_OpenSession", key->settings.token);
    key->in_session = true;
    return enter(key, e);
}

static int begin(struct token_key *key, struct error *e)
{
    int result = pkcs11_module_open(key->settings.module, &key->module, e);

    if (result != 0)
        return result;
    key->call = pkcs11_module_functions(key->module);
    result = find_token(key, key->settings.token, e);
    return result == 0 ? begin_session(key, e) : result;
}

/* The new session comes before the old one goes: with the last session the token would forget that we are logged in. */
static int token_reopen(struct key *base, struct error *e)
{
    struct token_key *key = (struct token_key *)base;
    CK_SESSION_HANDLE dead = key->session;
    bool was_in_session = key->in_session;
    int result;

    key->in_session = false;
    result = begin_session(key, e);
    if (was_in_session && key->in_session && dead != key->session)
        key->call->C_CloseSession(dead);
    else if (was_in_session && !key->in_session) {
        key->session = dead;
        key->in_session = true;
    }
    ERR_clear_error();
    return result;
}

/* The caller's words may go before the key does. */
static bool copy_settings(struct key_settings *to, const struct key_settings *from)
{
    *to = (struct key_settings){ .module = strdup(from->module), .token = strdup(from->token), .label = strdup(from->label),
                                 .pin_file = strdup(from->pin_file), .public_key = from->public_key };
    if (to->public_key)
        EVP_PKEY_up_ref(to->public_key);
    return to->module && to->token && to->label && to->pin_file;
}

static int token_open(const struct key_settings *settings, struct key **out, struct error *e)
{
    struct token_key *key;
    int result;

    if (!settings->module || !settings->token || !settings->label || !settings->pin_file)
        return error_set(e, ERROR_CONFIG, "a key in a token needs module, token, label and PIN file");
    key = calloc(1, sizeof *key);
    if (!key)
        return error_set(e, ERROR_MEMORY, "token %s: no memory", settings->token);
    key->base.backend = &key_pkcs11_backend;
    key->process = getpid();
    result = copy_settings(&key->settings, settings) ? begin(key, e) : error_set(e, ERROR_MEMORY, "token %s: no memory", settings->token);
    ERR_clear_error();
    if (result != 0)
        token_close(&key->base);
    else
        *out = &key->base;
    return result;
}

const struct key_backend key_pkcs11_backend = { token_open, token_sign, token_reopen, token_close };
