/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The authority of the corpora of this room's targets, whose key was thrown away; and an hour at which what is in them is valid.
 */
#ifndef OPEC_FUZZ_SIGN_ROOT_H
#define OPEC_FUZZ_SIGN_ROOT_H

enum { SIGN_NOW = 1781481600 };

static const char sign_root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBnTCCAUKgAwIBAgICEAAwCgYIKoZIzj0EAwIwNTELMAkGA1UEBhMCSVQxEjAQ\n"
    "BgNVBAoMCVRlc3Qgcm9vdDESMBAGA1UEAwwJVGVzdCByb290MB4XDTIwMDEwMTAw\n"
    "MDAwMFoXDTQ5MTIzMTIzNTk1OVowNTELMAkGA1UEBhMCSVQxEjAQBgNVBAoMCVRl\n"
    "c3Qgcm9vdDESMBAGA1UEAwwJVGVzdCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
    "AQcDQgAE27Q+0A1Tzj6YVFofvdJgm91DwcBGkU6oq+IwpR05ZGLeUxKKdL9x0byk\n"
    "nDjVQKoOPPdYdirgzCjRQEnYRRdMbaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNV\n"
    "HQ8BAf8EBAMCAQYwHQYDVR0OBBYEFAzwL797odVyPqVplv/h2Hee4M6EMAoGCCqG\n"
    "SM49BAMCA0kAMEYCIQC/uK+8Z8F70oG6NESlCsnpotxB+wfFc/07jmu1VCkJ8AIh\n"
    "APIGfKtfaAfK0c9PbPWjeGwS2G/LQjUxvZLwK1fDu6Xa\n"
    "-----END CERTIFICATE-----\n";

#endif
