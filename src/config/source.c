/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/source.h"

#include <string.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_MARK };

struct token {
    enum token_kind kind;
    char mark;          /* of TOKEN_MARK */
    struct slice bytes; /* of TOKEN_WORD, without quotes */
    size_t start, end;  /* in the text, with quotes */
    unsigned line;
};

struct scanner {
    char *text;
    size_t size, at;
    unsigned line;
    struct faults *faults; /* NULL in a text that was scanned before */
};

static bool is_word(char c)
{
    return c != '\0' && !strchr(" \t\r\n#\"'={}()+,*", c);
}

static bool looking_at(const struct scanner *s, const char *what)
{
    size_t n = strlen(what);

    return s->size - s->at >= n && memcmp(s->text + s->at, what, n) == 0;
}

/* Pass over a byte of a comment, which becomes blank. */
static void blank(struct scanner *s)
{
    if (s->text[s->at] == '\n')
        s->line++;
    else
        s->text[s->at] = ' ';
    s->at++;
}

static void skip_line_comment(struct scanner *s)
{
    while (s->at < s->size && s->text[s->at] != '\n')
        blank(s);
}

static void skip_comment(struct scanner *s)
{
    unsigned began = s->line;

    blank(s);
    blank(s);
    while (s->at < s->size && !looking_at(s, "*/"))
        blank(s);
    if (s->at == s->size) {
        faults_add(s->faults, began, "the comment that begins here has no end; write */ behind it");
        return;
    }
    blank(s);
    blank(s);
}

/* libConfuse passes over a stray "*" or "+" as if it were a blank. */
static bool at_blank(const struct scanner *s)
{
    char c = s->text[s->at];

    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '*' || (c == '+' && !looking_at(s, "+="));
}

/* Up to the next token. */
static void skip_blanks(struct scanner *s)
{
    while (s->at < s->size) {
        if (s->text[s->at] == '#' || looking_at(s, "//")) {
            skip_line_comment(s);
        } else if (looking_at(s, "/*")) {
            skip_comment(s);
        } else if (at_blank(s)) {
            s->line += s->text[s->at] == '\n';
            s->at++;
        } else {
            return;
        }
    }
}

/* libConfuse would replace it by the environment of whoever reads the file, which differs from process to process. */
static void refuse_variable(struct scanner *s)
{
    if (looking_at(s, "${"))
        faults_add(s->faults, s->line, "environment variables are not read; write the value, or \"\\${\" for the characters");
}

/* "\q": a backslash of a text and what it escapes. The others that libConfuse knows make control characters and NUL bytes. */
static void check_escape(struct scanner *s, char quote)
{
    char next = s->at + 1 < s->size ? s->text[s->at + 1] : '\n';

    if (quote == '"' && (next == '\0' || !strchr("\\\"$\n", next)))
        faults_add(s->faults, s->line, "\"\\%c\" is no escape; in a text there are \\\\, \\\" and \\$", next);
    if (next != '\n' && (quote == '"' || next == '\\' || next == '\''))
        s->at++;
}

static void scan_quoted(struct scanner *s, struct token *t)
{
    char quote = s->text[s->at++];

    t->bytes.data = s->text + s->at;
    while (s->at < s->size && s->text[s->at] != quote && s->text[s->at] != '\n') {
        if (s->text[s->at] == '\\')
            check_escape(s, quote);
        else if (quote == '"')
            refuse_variable(s);
        s->at++;
    }
    t->bytes.size = (size_t)(s->text + s->at - t->bytes.data);
    if (s->at < s->size && s->text[s->at] == quote)
        s->at++;
    else
        faults_add(s->faults, s->line, "the text that begins with %c has no end on its line; write %c behind it", quote, quote);
}

static void scan_word(struct scanner *s, struct token *t)
{
    t->bytes.data = s->text + s->at;
    while (s->at < s->size && is_word(s->text[s->at])) {
        refuse_variable(s);
        s->at++;
    }
    t->bytes.size = (size_t)(s->text + s->at - t->bytes.data);
}

static struct token next_token(struct scanner *s)
{
    struct token t = { .kind = TOKEN_WORD };

    skip_blanks(s);
    t.start = s->at;
    t.line = s->line;
    if (s->at == s->size) {
        t.kind = TOKEN_END;
    } else if (s->text[s->at] == '"' || s->text[s->at] == '\'') {
        scan_quoted(s, &t);
    } else if (is_word(s->text[s->at])) {
        scan_word(s, &t);
    } else {
        t.kind = TOKEN_MARK;
        t.mark = s->text[s->at++];
    }
    t.end = s->at;
    return t;
}

static void add_section(struct source *s, const struct token *name, const struct token *title, struct faults *faults)
{
    if (s->section_count == SOURCE_SECTIONS_MAX) {
        faults_add(faults, name->line, "this is one section too many; %d are allowed", SOURCE_SECTIONS_MAX);
        return;
    }
    s->sections[s->section_count++] = (struct source_section){ name->bytes, title->bytes, name->line };
}

/* See where sections begin and whether the braces that open are closed. */
static void outline(struct source *s, struct scanner *scanner, struct faults *faults)
{
    struct token before = { 0 }, last = { 0 }, none = { 0 };
    size_t depth = 0;

    for (struct token t = next_token(scanner); t.kind != TOKEN_END; t = next_token(scanner)) {
        if (t.mark == '{' && depth++ == 0) {
            s->open_line = t.line;
            if (last.kind == TOKEN_WORD && before.kind == TOKEN_WORD)
                add_section(s, &before, &last, faults);
            else if (last.kind == TOKEN_WORD)
                add_section(s, &last, &none, faults);
        }
        if (t.mark == '}' && depth > 0 && --depth == 0)
            s->open_line = 0;
        before = last;
        last = t;
    }
}

static void check_bytes(struct slice text, struct faults *faults)
{
    struct slice line;
    unsigned number = 0;

    while (slice_next_line(&text, &line)) {
        number++;
        if (slice_find_byte(line, '\0') < line.size)
            faults_add(faults, number, "there is a NUL byte in this line; the file must be text");
    }
}

bool source_open(struct source *s, struct slice text, struct faults *faults)
{
    struct scanner scanner = { .size = text.size, .line = 1, .faults = faults };
    size_t before = faults->count;

    *s = (struct source){ .text = arena_text(faults->arena, text), .size = text.size };
    if (!s->text) {
        faults->failed = true;
        return false;
    }
    scanner.text = s->text;
    check_bytes(text, faults);
    outline(s, &scanner, faults);
    s->last_line = scanner.line - (text.size > 0 && text.data[text.size - 1] == '\n');
    return faults->count == before;
}

/* The end of the block whose "{" has just been read; false if it is not closed. */
static bool skip_block(struct scanner *s)
{
    size_t depth = 1;

    while (depth > 0) {
        struct token t = next_token(s);

        if (t.kind == TOKEN_END)
            return false;
        depth += t.mark == '{';
        depth -= t.mark == '}';
    }
    return true;
}

/* What follows the name of a statement: "= VALUE", "= { ... }", "+= { ... }", "{ ... }" or "TITLE { ... }". */
static bool skip_statement(struct scanner *s)
{
    struct token t = next_token(s);

    if (t.kind == TOKEN_WORD) {
        t = next_token(s);
        return t.mark == '{' && skip_block(s);
    }
    if (t.mark == '{')
        return skip_block(s);
    if (t.mark == '+')
        t = next_token(s);
    if (t.mark != '=')
        return false;
    t = next_token(s);
    return t.kind == TOKEN_WORD || (t.mark == '{' && skip_block(s));
}

bool source_drop(struct source *s, unsigned line, const char *name)
{
    struct scanner scanner = { .text = s->text, .size = s->size, .line = 1 };
    struct token t;

    do {
        t = next_token(&scanner);
        if (t.kind == TOKEN_END || t.line > line)
            return false;
    } while (t.line < line || t.kind != TOKEN_WORD || !slice_is(t.bytes, name));
    if (!skip_statement(&scanner))
        return false;
    for (size_t i = t.start; i < scanner.at; i++) {
        if (s->text[i] != '\n')
            s->text[i] = ' ';
    }
    return true;
}
