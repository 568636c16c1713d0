/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the record holds is gathered by a child, which may have to become daemon.user for good (keeper_way.h) and reads the index; the
 * one that writes files and may open the key stays who the caller is and reads nothing but our own record.
 */
#include "opec/index_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "config/form.h"
#include "index/entry.h"
#include "index/ldif_write.h"
#include "opec/arguments.h"
#include "opec/index_way.h"
#include "opec/keeper_way.h"
#include "opec/signed_document.h"
#include "sign/certificate.h"

enum { BUDGET = 512 * 1024 * 1024, CERTIFICATES = 2, FILE_MODE = 0644 };

/* One call of the verb. */
struct export {
    const struct config *config;
    struct arena *arena;
    const char *url, *description, *p7m, *file; /* as given; NULL if not */
};

/* --- gathering, in the child ------------------------------------------------------------------------------------------------ */

/* The certificate of a file is one of ours: 4.5 wants the next one in the directory before the other ends. */
static int add_certificate(const struct export *x, const char *path, struct slice *list, size_t *count, struct error *e)
{
    struct certificate_chain chain = { 0 };
    unsigned char *der = NULL;
    struct slice found;
    int size, result = certificate_chain_read(path, &chain, e);

    if (result != 0)
        return result;
    size = i2d_X509(chain.leaf, &der);
    found = arena_copy(x->arena, (struct slice){ (const char *)der, size > 0 ? (size_t)size : 0 });
    OPENSSL_free(der);
    certificate_chain_free(&chain);
    if (!found.data)
        return error_set(e, ERROR_BUDGET, "%s: no memory for it", path);
    if (*count == 0 || !slice_equal(list[0], found))
        list[(*count)++] = found;
    return 0;
}

static bool is_in(const struct slice *list, size_t count, struct slice domain)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal_nocase(list[i], domain))
            return true;
    return false;
}

/* Those of the configuration, then those of the store. */
static int list_domains(const struct export *x, struct keeper_way *way, struct slice **out, size_t *out_count, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST };
    size_t configured = x->config->provider.domain_count, count;
    struct journal_response stored;
    struct slice *list;
    int result = keeper_way_ask(way, &request, x->arena, &stored, e);

    if (result != 0)
        return result;
    list = arena_array(x->arena, configured + stored.name_count, sizeof *list);
    if (!list)
        return error_set(e, ERROR_BUDGET, "no memory for %zu domains", configured + stored.name_count);
    for (count = 0; count < configured; count++)
        list[count] = slice_of(x->config->provider.domains[count]);
    for (size_t i = 0; i < stored.name_count; i++)
        if (!is_in(list, configured, slice_of(stored.names[i])))
            list[count++] = slice_of(stored.names[i]);
    *out = list;
    *out_count = count;
    return 0;
}

static int gather(const struct export *x, struct keeper_way *way, struct entry *out, struct error *e)
{
    const struct config *c = x->config;
    struct slice *certificates = arena_array(x->arena, CERTIFICATES, sizeof *certificates), *domains = NULL;
    struct entry entry = { .name = slice_of(c->provider.name), .mail_receipt = slice_of(c->provider.service_mailbox),
                           .ldif_url = slice_of(x->url), .description = slice_of(x->description), .certificates = certificates };
    int result = certificates ? 0 : error_set(e, ERROR_BUDGET, "out of memory");

    if (result == 0)
        result = add_certificate(x, c->signer.certificate, certificates, &entry.certificate_count, e);
    if (result == 0 && *c->signer.next_certificate)
        result = add_certificate(x, c->signer.next_certificate, certificates, &entry.certificate_count, e);
    if (result == 0)
        result = list_domains(x, way, &domains, &entry.domain_count, e);
    entry.domains = domains;
    if (result == 0)
        *out = entry;
    return result;
}

/* What only the index knows of us: the address of our file, unless it was given, and our secondary environments. A provider that is new
 * has none yet. */
static int write_record(const struct export *x, struct entry *entry, struct rope *text, struct error *e)
{
    struct index *index = NULL;
    struct error why;
    int result;

    if (index_way_open(x->config, &index, &why) != 0)
        fprintf(stderr, "opec: %s: so the record has no secondary environments%s\n", why.text,
                x->url ? "" : " and no LDIFLocationURL (--url gives it one)");
    if (index && !x->url)
        entry->ldif_url = entry_find_url(index, entry->name);
    ldif_write_version(text);
    entry_write_base(text);
    result = entry_write(text, entry);
    if (result == 0 && index)
        result = entry_write_units(text, index, entry->name);
    if (result == 0 && !rope_ok(text))
        result = ERROR_BUDGET;
    if (result == 0 && rope_flat(text).size == 0)
        result = ERROR_BUDGET;
    index_close(&index);
    return result ? error_set(e, result, "no memory for the record") : 0;
}

static int write_gathered(const struct export *x, int fd, struct error *e)
{
    struct rope text = rope_new(x->arena);
    struct keeper_way way = { 0 };
    struct entry entry;
    int result = keeper_way_open(x->config, &way, e);

    if (result == 0)
        result = gather(x, &way, &entry, e);
    if (result == 0)
        result = write_record(x, &entry, &text, e);
    if (result == 0)
        result = file_write(fd, rope_flat(&text), e);
    keeper_way_close(&way);
    return result;
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    return status;
}

/* The record, mapped. The child has said what went wrong, if something did; *out is empty then. */
static int gather_in_child(const struct export *x, struct slice *out, struct error *e)
{
    int result = 0, status, fd = memfd_create("record", MFD_CLOEXEC);
    pid_t pid;

    fflush(NULL);
    pid = fd < 0 ? -1 : fork();
    if (pid < 0) {
        result = error_set(e, ERROR_FILE, "fork: %s", strerror(errno));
        file_close(&fd);
        return result;
    }
    if (pid == 0)
        _exit(write_gathered(x, fd, e) == 0 ? EXIT_SUCCESS : call_failed("%s", e->text));
    status = wait_for(pid);
    if (status == EXIT_SUCCESS)
        result = file_map(fd, out, e);
    else if (WIFSIGNALED(status))
        result = error_set(e, ERROR_BUG, "the process that gathers the record died of signal %d", WTERMSIG(status));
    file_close(&fd);
    return result;
}

/* --- handing out ------------------------------------------------------------------------------------------------------------ */

static int hand_out(const struct export *x, struct slice record, struct error *e)
{
    struct slice der;
    int result = 0;

    /* The signature first: without it there is nothing to publish. */
    if (x->p7m) {
        result = signed_document(x->config, record, x->arena, &der, e);
        if (result == 0)
            result = file_replace(x->p7m, der, FILE_MODE, e);
    }
    if (result == 0 && x->file)
        result = file_replace(x->file, record, FILE_MODE, e);
    if (result == 0 && !x->p7m && !x->file)
        fwrite(record.data, 1, record.size, stdout); /* whether it arrived is asked at the end of every verb */
    return result;
}

static int export_record(const struct export *x)
{
    struct slice record = SLICE_NONE;
    struct error e = { 0 };
    int status = STATUS_DONE;

    if (gather_in_child(x, &record, &e) != 0)
        return call_failed("%s", e.text);
    if (!record.data)
        return STATUS_FAILED;
    if (hand_out(x, record, &e) != 0)
        status = call_failed("%s", e.text);
    file_unmap(&record);
    return status;
}

int index_export(const struct call *call)
{
    struct argument_option options[] = {
        { .name = "--url", .takes_value = true },
        { .name = "--description", .takes_value = true },
        { .name = "--p7m", .takes_value = true },
    };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct settings *settings;
    struct export x = { 0 };
    struct error e;
    int status;

    if (!arguments_read(&a, call->words + 1, call->word_count - 1) || a.word_count > 1)
        return call_misused("index");
    x.url = arguments_value(&a, "--url");
    x.description = arguments_value(&a, "--description");
    x.p7m = arguments_value(&a, "--p7m");
    x.file = a.word_count ? a.words[0] : NULL;
    if (x.url && form_https(x.url, &e) != 0)
        return call_failed("--url: %s", e.text);
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    x.config = settings->config;
    x.arena = arena_new(BUDGET);
    status = x.arena ? export_record(&x) : call_failed("out of memory");
    arena_free(&x.arena);
    settings_free(&settings);
    return status;
}
