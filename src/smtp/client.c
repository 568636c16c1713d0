/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/client.h"

#include <stdlib.h>

#include "smtp/transaction.h"

struct smtp_client {
    struct smtp_client_settings settings;
    struct smtp_connection connection;
};

struct smtp_client *smtp_client_new(const struct smtp_client_settings *settings)
{
    struct smtp_client *client = calloc(1, sizeof *client);

    if (!client)
        return NULL;
    client->settings = *settings;
    client->connection = smtp_connection_new(&client->settings);
    return client;
}

void smtp_client_free(struct smtp_client **client)
{
    if (!*client)
        return;
    smtp_connection_quit(&(*client)->connection);
    free(*client);
    *client = NULL;
}

/* What stands in a command is one line of ASCII, whoever made the address. */
static bool is_sendable(const char *address)
{
    for (; *address; address++)
        if (*address < ' ' || *address > 126)
            return false;
    return true;
}

static int check(const struct smtp_delivery *d, struct error *e)
{
    if (d->recipient_count == 0)
        return error_set(e, ERROR_BUG, "a delivery without recipients");
    if (!is_sendable(d->sender))
        return error_set(e, ERROR_SYNTAX, "a sender that no command can hold");
    for (size_t i = 0; i < d->recipient_count; i++)
        if (!is_sendable(d->recipients[i].address))
            return error_set(e, ERROR_SYNTAX, "a recipient that no command can hold");
    return 0;
}

static void forget_fates(struct smtp_delivery *d)
{
    for (size_t i = 0; i < d->recipient_count; i++)
        d->recipients[i] = (struct smtp_recipient){ .address = d->recipients[i].address };
}

/* One transaction, over the connection that was kept if there is one. *out_again: that one had died, and nothing was done. */
static int try_once(struct smtp_client *client, struct smtp_transaction t, bool *out_again, struct error *e)
{
    bool kept = smtp_connection_is_quiet(&client->connection);
    int result;

    *out_again = false;
    if (!kept) {
        smtp_connection_close(&client->connection);
        result = smtp_connection_open(&client->connection, t.deadline_ms, e);
        if (result != 0)
            return result;
    }
    result = smtp_transaction_run(&t, e);
    *out_again = kept && (t.mail_code == 421 || (t.mail_code == 0 && result == ERROR_CLOSED));
    return result ? error_prefix(e, result, "%s", client->settings.address.text) : 0;
}

int smtp_client_deliver(struct smtp_client *client, struct smtp_delivery *delivery, int64_t deadline_ms, struct arena *arena,
                        struct error *e)
{
    struct smtp_transaction t = {
        .connection = &client->connection, .delivery = delivery, .deadline_ms = deadline_ms, .arena = arena,
    };
    struct error words;
    bool again;
    int result = check(delivery, e);

    if (result != 0)
        return result;
    forget_fates(delivery);
    result = try_once(client, t, &again, &words);
    /* The second connection is new, so it cannot come to a third. */
    if (again)
        result = try_once(client, t, &again, &words);
    if (result != 0 && e)
        *e = words;
    return result;
}

int smtp_client_probe(struct smtp_client *client, int64_t deadline_ms, struct error *e)
{
    struct smtp_connection *c = &client->connection;
    struct smtp_reply reply;

    if (smtp_connection_is_quiet(c) && smtp_connection_ask(c, "NOOP", deadline_ms, &reply, NULL) == 0 && reply.code / 100 == 2)
        return 0;
    smtp_connection_close(c);
    return smtp_connection_open(c, deadline_ms, e);
}
