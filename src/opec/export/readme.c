/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * README.txt of an export, for whoever gets it and has no OpenPEC.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "opec/export/facts.h"

enum { PIECE_MAX = 4096 };

static const char italian[] =
    "Contenuto\n"
    "  events.jsonl   le righe del registro, come furono scritte\n"
    "  proofs.jsonl   per ogni file: cosa sta al posto delle righe altrui\n"
    "  manifests/     il manifesto di ogni file, con firma (.p7s) e marca temporale (.tsr)\n"
    "  events.csv     le stesse righe per un foglio di calcolo (UTF-8)\n"
    "  export.json    i dati qui sopra\n"
    "\n"
    "Cosa prova: ogni riga di events.jsonl stava, cosi' com'e', nel file che il gestore ha chiuso,\n"
    "firmato e marcato. Non prova che non ve ne siano altre. events.csv, export.json e questo testo\n"
    "ne sono ricavati e non provano nulla; le righe di open.jsonl non sono ancora provate.\n"
    "\n"
    "Verifica con OpenPEC, su qualsiasi macchina:\n"
    "  opec log verify QUESTO.zip --ca AUTORITA.pem --tsa-ca AUTORITA-MARCHE.pem\n"
    "Verifica a mano: i passi 1-4 qui sotto.\n";

static const char english[] =
    "Content\n"
    "  events.jsonl   the lines of the log, as they were written\n"
    "  proofs.jsonl   for each file: what stands for the lines of others\n"
    "  manifests/     the manifest of each file, with signature (.p7s) and time stamp (.tsr)\n"
    "  events.csv     the same lines for a spreadsheet (UTF-8)\n"
    "  export.json    the facts above\n"
    "\n"
    "What it proves: each line of events.jsonl stood, as it is, in the file that the provider closed,\n"
    "signed and had stamped. It does not prove that there are no others. events.csv, export.json and\n"
    "this text are made of these and prove nothing; lines of open.jsonl are not proved yet.\n"
    "\n"
    "To check it with OpenPEC, on any machine:\n"
    "  opec log verify THIS.zip --ca AUTHORITIES.pem --tsa-ca STAMP-AUTHORITIES.pem\n"
    "\n"
    "To check it by hand, for each M of manifests/*.manifest.json:\n"
    "  1. openssl cms -verify -binary -inform DER -in M.p7s -content M -CAfile AUTHORITIES.pem \\\n"
    "         -purpose any -out /dev/null\n"
    "  2. openssl ts -verify -data M -in M.tsr -CAfile STAMP-AUTHORITIES.pem\n"
    "  3. A line's \"hash\" is the SHA-256 of its text up to the comma before \"hash\":\n"
    "         head -n 1 events.jsonl | sed 's/,\"hash\":\"[0-9a-f]*\"}$//' | tr -d '\\n' | sha256sum\n"
    "  4. The \"tree\" of M is the root of the hash tree (RFC 9162 2.1.1, SHA-256) over the lines\n"
    "     \"first\" to \"last\" of its file. The leaf of a line is SHA-256(00 hash), a node above is\n"
    "     SHA-256(01 left right). Lines that are here give their leaves; each entry of proofs.jsonl\n"
    "     gives the node over its lines \"from\" to \"to\". This does it for all of them (Python 3):\n"
    "\n"
    "import glob, hashlib, json\n"
    "S = lambda *b: hashlib.sha256(b''.join(b)).digest()\n"
    "have = {}\n"
    "for line in open('events.jsonl', 'rb'):\n"
    "    text, _, end = line.rpartition(b',\"hash\":\"')\n"
    "    assert end == S(text).hex().encode() + b'\"}\\n', line\n"
    "    n = json.loads(line)['n']\n"
    "    have[n, n] = S(b'\\0', S(text))\n"
    "for entry in map(json.loads, open('proofs.jsonl')):\n"
    "    have[entry['from'], entry['to']] = bytes.fromhex(entry['tree'])\n"
    "def node(a, b):\n"
    "    if (a, b) in have or a == b:\n"
    "        return have[a, b]\n"
    "    k = 1 << (b - a).bit_length() - 1\n"
    "    return S(b'\\1', node(a, a + k - 1), node(a + k, b))\n"
    "for m in map(json.load, map(open, glob.glob('manifests/*.json'))):\n"
    "    assert node(m['first'], m['last']).hex() == m['tree'], m['file']\n"
    "print('every line stands in the file of its manifest')\n";

static int put(struct buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int put(struct buffer *out, const char *format, ...)
{
    char piece[PIECE_MAX];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof piece)
        return ERROR_LIMIT;
    return buffer_append(out, (struct slice){ piece, (size_t)size });
}

static int put_facts(struct buffer *out, const struct export_facts *f, const char *const words[9])
{
    int result = put(out, "%s: %.320s\n%s: %.255s\n%s: %.40s\n%s: %.40s - %.40s\n", words[0], f->address, words[1], f->provider, words[2], f->made,
                     words[3], f->from ? f->from : "...", f->to ? f->to : "...");

    if (result == 0)
        result = put(out, "%s: %" PRId64 " (%s: %" PRId64 ")\n", words[4], f->sealed, words[5], f->files);
    if (result == 0 && f->open)
        result = put(out, "%s: %" PRId64 " - %s\n", words[6], f->open, words[7]);
    if (result == 0 && f->withheld)
        result = put(out, "%s: %" PRId64 "\n", words[8], f->withheld);
    return result ? result : put(out, "\n");
}

int export_readme_write(struct buffer *out, const struct export_facts *facts)
{
    static const char *const it[9] = {
        "Casella", "Gestore", "Fatto il (UTC)", "Periodo (UTC, fine esclusa)", "Righe provate", "file", "Righe non provate, in open.jsonl",
        "stanno nel file ancora in uso; una nuova esportazione dopo la sua chiusura (opec log close) le prova",
        "Righe omesse perche' nominano altri, non parti di un messaggio certificato",
    };
    static const char *const en[9] = {
        "Mailbox", "Provider", "Made (UTC)", "Span (UTC, its end excluded)", "Lines proved", "files", "Lines not proved, in open.jsonl",
        "of the file still in use; a new export once it is closed (opec log close) proves them",
        "Lines left out because they name others, who were no party to a certified message",
    };
    int result = put(out, "Registro legale PEC: estratto di una casella (RFC 6109 2.3)\n\n");

    if (result == 0)
        result = put_facts(out, facts, it);
    if (result == 0)
        result = buffer_append(out, slice_of(italian));
    if (result == 0)
        result = put(out, "\n----------------------------------------------------------------\n\n"
                          "Legal log of certified mail: the events of one mailbox (RFC 6109 2.3)\n\n");
    if (result == 0)
        result = put_facts(out, facts, en);
    return result ? result : buffer_append(out, slice_of(english));
}
