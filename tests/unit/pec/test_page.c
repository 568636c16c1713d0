/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTML pages of operators (RFC 6109 4.3.1): no references, no active content, nowhere that a stranger's text becomes markup.
 */
#include "fixture.h"

#include "pec/page.h"

static const struct {
    const char *name, *html;
} good[] = {
    { "nothing", "" },
    { "text alone", "Il giorno {day}" },
    { "a page", "<!DOCTYPE html>\n<html lang=\"it\"><head><meta charset=\"us-ascii\"><title>x</title></head><body>"
                "<h3>Ricevuta</h3><p align=\"center\">a<br>b<br/>c<br /></p><table border=\"0\"><tr><td colspan=\"2\">{subject}</td></tr>"
                "</table></body></html>" },
    { "capitals", "<!doctype HTML><P ALIGN=\"CENTER\">x</P>" },
    { "colours and sizes", "<p style=\"color: #333; font-size: 12px\">x</p>" },
    { "links", "<a href=\"https://pec.example/aiuto\">a</a><a href=\"mailto:aiuto@pec.example\">b</a><a HREF=\"HTTP://x\">c</a>" },
    { "blanks and line ends in a tag", "<p\n\tclass=\"x\"\r\n  id=\"y\" >z</p >" },
    { "a greater-than sign in a value", "<p class=\"a>b\">c</p>" },
}, bad[] = {
    { "an image", "<img src=\"cid:1\">" },
    { "an image by another spelling", "<IMG\nwidth=\"1\">" },
    { "a script", "<script>x</script>" },
    { "a style sheet", "<link rel=\"stylesheet\" href=\"https://x\">" },
    { "a style element", "<style>@import 'x'</style>" },
    { "a plug-in", "<object data=\"x\"></object>" },
    { "an applet", "<applet code=\"x\"></applet>" },
    { "a frame", "<iframe></iframe>" },
    { "a sound", "<audio></audio>" },
    { "a drawing", "<svg></svg>" },
    { "a form", "<form></form>" },
    { "a base", "<base href=\"https://x/\">" },
    { "a refresh", "<meta http-equiv=\"refresh\" content=\"0\">" },
    { "a handler", "<p onclick=\"x()\">a</p>" },
    { "a background", "<body background=\"x.png\">" },
    { "a source on an element that may stand", "<p src=\"x\">" },
    { "a link that acts", "<a href=\"javascript:x\">a</a>" },
    { "a link that acts behind a blank", "<a href=\" javascript:x\">a</a>" },
    { "a link into the message", "<a href=\"cid:1\">a</a>" },
    { "a relative link", "<a href=\"x\">a</a>" },
    { "a style with an address", "<p style=\"background: url(x)\">a</p>" },
    { "a style with an escape", "<p style=\"background: u\\72l\">a</p>" },
    { "a style cut by a comment", "<p style=\"expr/**/ession\">a</p>" },
    { "a style with an import", "<p style=\"@import 'x'\">a</p>" },
    { "a value without quotes", "<p class=x>a</p>" },
    { "a value in single quotes", "<p class='x'>a</p>" },
    { "an attribute without a value", "<p class>a</p>" },
    { "a placeholder in a value", "<p class=\"{subject}\">a</p>" },
    { "a placeholder as a tag", "<{subject}>" },
    { "a placeholder among attributes", "<p {subject}>" },
    { "a comment", "<!-- x -->" },
    { "a conditional comment", "<!--[if IE]><script></script><![endif]-->" },
    { "another document type", "<!DOCTYPE html PUBLIC \"x\" \"https://x\">" },
    { "an instruction", "<?xml version=\"1.0\"?>" },
    { "a tag that is not closed", "<p" },
    { "a quote that is not closed", "<p class=\"x>a</p>" },
    { "a sign alone", "a < b" },
    { "at the very end", "<" },
    { "an element with a longer name", "<pp>" },
    { "a namespace", "<p:script>" },
};

static void test_pages_that_may_stand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct error e = { 0 };

        if (page_check(slice_of(good[i].html), &e) != 0)
            fail_msg("%s: %s", good[i].name, e.text);
    }
}

static void test_pages_that_may_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error e = { 0 };

        if (page_check(slice_of(bad[i].html), &e) != ERROR_CONFIG || !*e.text)
            fail_msg("%s: not refused", bad[i].name);
    }
}

/* Cut anywhere: no step beyond the end. */
static void test_every_prefix(void **state)
{
    struct slice page = slice_of(good[2].html);

    for (size_t size = 0; size <= page.size; size++) {
        struct slice copy = arena_copy(*state, (struct slice){ page.data, size });
        struct error e;

        (void)page_check(copy, &e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_that_may_stand),
        cmocka_unit_test(test_pages_that_may_not),
        cmocka_unit_test_setup_teardown(test_every_prefix, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec page", tests, NULL, NULL);
}
