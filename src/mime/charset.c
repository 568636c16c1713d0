/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "mime/init.h"

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

enum { REPLACEMENT_SIZE = sizeof replacement - 1 };

struct charset {
    const char *mime; /* as in mail: IANA's names and common aliases */
    const char *name; /* as iconv has it; a superset where mailers are known to mean that */
};

static const struct charset charsets[] = {
    { "windows-1252", "CP1252" }, { "cp1252", "CP1252" }, { "iso-8859-15", "ISO-8859-15" }, { "iso8859-15", "ISO-8859-15" },
    { "latin-9", "ISO-8859-15" }, { "iso-8859-2", "ISO-8859-2" }, { "iso-8859-3", "ISO-8859-3" }, { "iso-8859-4", "ISO-8859-4" },
    { "iso-8859-5", "ISO-8859-5" }, { "iso-8859-6", "ISO-8859-6" }, { "iso-8859-7", "ISO-8859-7" },
    { "iso-8859-8", "ISO-8859-8" }, { "iso-8859-8-i", "ISO-8859-8" }, { "iso-8859-9", "ISO-8859-9" },
    { "iso-8859-10", "ISO-8859-10" }, { "iso-8859-11", "ISO-8859-11" }, { "iso-8859-13", "ISO-8859-13" },
    { "iso-8859-14", "ISO-8859-14" }, { "iso-8859-16", "ISO-8859-16" }, { "windows-1250", "CP1250" },
    { "windows-1251", "CP1251" }, { "windows-1253", "CP1253" }, { "windows-1254", "CP1254" }, { "windows-1255", "CP1255" },
    { "windows-1256", "CP1256" }, { "windows-1257", "CP1257" }, { "windows-1258", "CP1258" }, { "windows-874", "CP874" },
    { "tis-620", "CP874" }, { "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" }, { "ibm437", "IBM437" }, { "ibm850", "IBM850" },
    { "cp850", "IBM850" }, { "ibm866", "IBM866" }, { "macintosh", "MACINTOSH" }, { "x-mac-roman", "MACINTOSH" },
    { "iso-2022-jp", "ISO-2022-JP-2" }, { "iso-2022-kr", "ISO-2022-KR" }, { "euc-jp", "EUC-JP" }, { "shift_jis", "CP932" },
    { "x-sjis", "CP932" }, { "windows-31j", "CP932" }, { "gb2312", "GB18030" }, { "gbk", "GB18030" }, { "gb18030", "GB18030" },
    { "big5", "BIG5-HKSCS" }, { "big5-hkscs", "BIG5-HKSCS" }, { "euc-kr", "CP949" }, { "ks_c_5601-1987", "CP949" },
};

enum { CHARSET_COUNT = sizeof charsets / sizeof charsets[0] };

/* The converter of a row, opened at its first use; (iconv_t)-1 if this C library does not have the charset. */
static iconv_t converter(size_t row)
{
    static iconv_t handles[CHARSET_COUNT];
    static bool opened[CHARSET_COUNT];

    if (!opened[row])
        handles[row] = iconv_open("UTF-8", charsets[row].name);
    opened[row] = true;
    return handles[row];
}

void mime_init(void)
{
    for (size_t i = 0; i < CHARSET_COUNT; i++)
        converter(i);
}

static iconv_t find(struct slice charset)
{
    for (size_t i = 0; i < CHARSET_COUNT; i++)
        if (slice_is_nocase(charset, charsets[i].mime))
            return converter(i);
    return (iconv_t)-1;
}

/* Byte by byte where it must be: after an invalid one, conversion goes on with the next. */
static size_t convert(iconv_t handle, struct slice bytes, char *out)
{
    char *in = (char *)bytes.data, *to = out; /* iconv does not write to its input */
    size_t left = bytes.size, room = 3 * bytes.size;

    while (left && iconv(handle, &in, &left, &to, &room) == (size_t)-1) {
        bool incomplete = errno == EINVAL;

        if (errno == E2BIG || room < REPLACEMENT_SIZE)
            break;
        to = mempcpy(to, replacement, REPLACEMENT_SIZE);
        room -= REPLACEMENT_SIZE;
        if (incomplete)
            break;
        in++;
        left--;
    }
    iconv(handle, NULL, NULL, &to, &room); /* a character that waited for an accent; the next text begins unshifted */
    return (size_t)(to - out);
}

static size_t decode_utf8(struct slice bytes, char *out)
{
    size_t size = 0;
    uint32_t c;

    while (utf8_next(&bytes, &c))
        size += utf8_write(c, out + size);
    return size;
}

static size_t decode_latin1(struct slice bytes, char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < bytes.size; i++)
        size += utf8_write((unsigned char)bytes.data[i], out + size);
    return size;
}

static size_t decode_ascii(struct slice bytes, char *out)
{
    char *to = out;

    for (size_t i = 0; i < bytes.size; i++) {
        if ((unsigned char)bytes.data[i] < 0x80)
            *to++ = bytes.data[i];
        else
            to = mempcpy(to, replacement, REPLACEMENT_SIZE);
    }
    return (size_t)(to - out);
}

size_t charset_guess(struct slice bytes, char *out)
{
    if (!utf8_valid(bytes))
        return decode_latin1(bytes, out);
    if (bytes.size)
        memcpy(out, bytes.data, bytes.size);
    return bytes.size;
}

struct builtin {
    const char *charset;
    size_t (*decode)(struct slice bytes, char *out);
};

static const struct builtin builtins[] = {
    { "utf-8", decode_utf8 },        { "utf8", decode_utf8 },         { "us-ascii", decode_ascii },
    { "ascii", decode_ascii },       { "iso-8859-1", decode_latin1 }, { "iso8859-1", decode_latin1 },
    { "latin1", decode_latin1 },
};

size_t charset_decode(struct slice charset, struct slice bytes, char *out)
{
    iconv_t handle;

    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (slice_is_nocase(charset, builtins[i].charset))
            return builtins[i].decode(bytes, out);
    handle = find(charset);
    return handle == (iconv_t)-1 ? charset_guess(bytes, out) : convert(handle, bytes, out);
}
