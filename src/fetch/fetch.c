/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"

enum { CONNECT_MS = 10000, REDIRECTS_MAX = 3, STALLED_RATE = 100, STALLED_S = 20, HEADER_SIZE = 100 };

struct fetching {
    struct buffer *out;
    bool is_full;
    struct curl_slist *headers;
};

int fetch_begin(struct error *e)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == 0 ? 0 : error_set(e, ERROR_MEMORY, "libcurl cannot begin");
}

bool fetch_can(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
    struct fetching *f = arg;

    if (buffer_append(f->out, (struct slice){ data, size * count }) != 0) {
        f->is_full = true;
        return 0;
    }
    return size * count;
}

static void set_tls(CURL *curl, const struct fetch_request *r)
{
    if (r->ca && *r->ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca);
    if (r->client_certificate && *r->client_certificate) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, r->client_certificate);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, r->client_key);
    }
}

/* A body is small: no server has to say first that it wants it ("Expect"). One that is led elsewhere stays a body. */
static bool set_body(CURL *curl, const struct fetch_request *r, struct fetching *f)
{
    char header[HEADER_SIZE];
    struct curl_slist *more;

    if (!r->type)
        return true;
    snprintf(header, sizeof header, "Content-Type: %s", r->type);
    f->headers = curl_slist_append(NULL, header);
    more = f->headers ? curl_slist_append(f->headers, "Expect:") : NULL;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, f->headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)r->body.size);
    curl_easy_setopt(curl, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    return more != NULL;
}

/* An answer may lead elsewhere, but from https never to http. */
static void set_request(CURL *curl, const struct fetch_request *r, struct fetching *f, char words[CURL_ERROR_SIZE])
{
    bool is_secure = strncasecmp(r->url, "https:", 6) == 0;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(curl, CURLOPT_URL, r->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "opec/" OPEC_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)clock_left_ms(r->deadline_ms) + 1);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)STALLED_RATE);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALLED_S);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->out->maximum);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, f);
    set_tls(curl, r);
}

static int code_of(CURL *curl, CURLcode result)
{
    long status = 0;

    switch (result) {
    case CURLE_OK: return 0;
    case CURLE_OPERATION_TIMEDOUT: return ERROR_TIMEOUT;
    case CURLE_FILESIZE_EXCEEDED: return ERROR_LIMIT;
    case CURLE_OUT_OF_MEMORY: return ERROR_MEMORY;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING: return ERROR_DEFERRED;
    case CURLE_HTTP_RETURNED_ERROR:
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return status >= 500 ? ERROR_DEFERRED : ERROR_REFUSED;
    default: return ERROR_UNREACHABLE;
    }
}

int fetch_document(const struct fetch_request *request, struct buffer *out, struct error *e)
{
    struct fetching f = { .out = out };
    char words[CURL_ERROR_SIZE] = "";
    CURLcode result;
    CURL *curl;
    int code;

    if (!fetch_can(request->url))
        return error_set(e, ERROR_UNSUPPORTED, "%s: only http and https are fetched", request->url);
    curl = curl_easy_init();
    if (!curl)
        return error_set(e, ERROR_MEMORY, "%s: out of memory", request->url);
    set_request(curl, request, &f, words);
    result = set_body(curl, request, &f) ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
    code = f.is_full ? ERROR_LIMIT : code_of(curl, result);
    curl_easy_cleanup(curl);
    curl_slist_free_all(f.headers);
    if (code == ERROR_LIMIT)
        return error_set(e, code, "%s: larger than %zu octets", request->url, out->maximum);
    return code ? error_set(e, code, "%s: %s", request->url, *words ? words : curl_easy_strerror(result)) : 0;
}
