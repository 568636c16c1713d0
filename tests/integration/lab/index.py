# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers' index as LDIF (RFC 6109 4.5): who manages which domain, and with which certificate it signs."""
import base64
import hashlib
import ssl

ROOT = [("objectClass", "top"), ("objectClass", "organization"), ("objectClass", "LDIFLocationURLObject"), ("o", "postacert"),
        ("LDIFLocationURL", "https://index.example/providers.p7m"), ("description", "The index of a laboratory")]


def _line(name, value):
    """One attribute, folded as RFC 2849 wants it; bytes in base64."""
    text = f"{name}:: {base64.b64encode(value).decode()}" if isinstance(value, bytes) else f"{name}: {value}"
    return "\n ".join([text[:76]] + [text[i:i + 75] for i in range(76, len(text), 75)])


def _entry(name, attributes):
    return "\n".join([_line("dn", name)] + [_line(*attribute) for attribute in attributes]) + "\n"


def _provider(site, certificates, domains):
    ders = [ssl.PEM_cert_to_DER_cert(path.read_text()) for path in certificates]
    hashes = [("providerCertificateHash", hashlib.sha1(der).hexdigest().upper()) for der in ders]
    return _entry(f"providerName={site.company},o=postacert",
                  [("objectClass", "top"), ("objectClass", "provider"), ("providerName", site.company), *hashes,
                   *[("providerCertificate;binary", der) for der in ders], ("mailReceipt", site.service_mailbox), ("LDIFLocationURL", f"https://{site.domain}/provider.p7m")]
                  + [("managedDomains", domain) for domain in domains] + [("description", site.company)])


def ldif(providers):
    """The text of an index of (site, the file of its certificate or a list of several, domains)."""
    entries = [_entry("o=postacert", ROOT)] + [
        _provider(site, paths if isinstance(paths, list) else [paths], domains) for site, paths, domains in providers]
    return "\n".join(["version: 1\n"] + entries)
