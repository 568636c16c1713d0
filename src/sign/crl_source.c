/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/crl_source.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "sign/crl.h"

static void each_name(const GENERAL_NAMES *names, void (*found)(void *arg, const char *url), void *arg)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        const ASN1_IA5STRING *uri = name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;
        const char *text = uri ? (const char *)ASN1_STRING_get0_data(uri) : NULL;

        if (text && strlen(text) == (size_t)ASN1_STRING_length(uri))
            found(arg, text);
    }
}

/* Points for some reasons only, or of a list that another authority signs, name lists that are not used (crl.h). */
void crl_source_each(X509 *certificate, void (*found)(void *arg, const char *url), void *arg)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);

    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);

        if (point->distpoint && point->distpoint->type == 0 && !point->reasons && !point->CRLissuer)
            each_name(point->distpoint->name.fullname, found, arg);
    }
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
}

int crl_source_judge(struct slice bytes, STACK_OF(X509) *authorities, struct crl_source_list *out, struct error *e)
{
    struct crl_folder folder = { 0 };
    int result = crl_folder_add(&folder, "", bytes, authorities);
    const struct crl *list = result == 0 && folder.count == 1 ? &folder.lists[0] : NULL;

    if (result != 0)
        error_set(e, result, "out of memory");
    else if (!list)
        result = error_set(e, ERROR_SYNTAX, "not one revocation list but %zu", folder.count);
    else if (!list->list)
        result = error_set(e, ERROR_SYNTAX, "%s", list->fault);
    else if (list->fault && list->issuer_is_known)
        result = error_set(e, ERROR_SIGNATURE, "%s", list->fault);
    else
        *out = (struct crl_source_list){ list->this_update, list->next_update };
    crl_folder_free(&folder);
    return result;
}
