# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers' index: our own record in it, as it is published (RFC 6109 4.5), and a real LDAP server that takes it."""
import base64
import hashlib
import json
import ssl

import pytest

from lab.opec import Opec
from lab.processes import LabError, environment, run
from lab.sites import ALFA, BETA
from lab.slapd import DEPLOY, Slapd

URL = "https://alfa.example/provider.p7m"   # in the lab's index


def der_of(post, name):
    return ssl.PEM_cert_to_DER_cert(post.lab.authority.path(name)[0].read_text())


def entries(ldif):
    """[{attribute: [values]}], read by the rules of RFC 2849."""
    unfolded = ldif.replace("\n ", "")
    found = []
    for record in unfolded.strip().split("\n\n"):
        entry = {}
        for line in record.split("\n"):
            name, _, value = line.partition(":")
            value = base64.b64decode(value[1:]) if value.startswith(":") else value.lstrip(" ")
            entry.setdefault(name, []).append(value)
        if "dn" in entry:
            found.append(entry)
    return found


def asleep(post, tmp_path, site, changes=()):
    """An engine of that provider with a store of its own, which is not started."""
    lab = post.lab
    engine = Opec(tmp_path / "engine", lab.folder, lab.opec[site.name].program, lab._variables(site))
    engine.make(lab.engine_settings(site))
    engine.configure(dict(changes))
    return engine


def must_verify(post, p7m, document):
    """By OpenSSL: the signature of the lab's authority, around these octets."""
    env = environment(post.lab.folder)
    content = run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", p7m, "-CAfile", post.lab.authority.certificate], env)
    assert content == document


def compiled_by_us(post, tmp_path, ldif):
    """The records that an engine sees in it."""
    (tmp_path / "read.ldif").write_text(ldif)
    engine = asleep(post, tmp_path / "reader", BETA, {"directory": {"source": f"ldif:{tmp_path}/read.ldif"}})
    return json.loads(engine.do("index", "show", "--json"))["providers"]


# --- our own record ---------------------------------------------------------------------------------------------------------------

def test_the_record_is_that_of_4_5(post):
    base, record = entries(post.lab.opec["alfa"].do("index", "export", "--description", "Società di prova"))
    der = der_of(post, "alfa")
    assert base["dn"] == ["o=postacert"]
    assert "LDIFLocationURL" not in base
    assert record == {
        "dn": [f"providerName={ALFA.company},o=postacert"],
        "objectClass": ["top", "provider"],
        "providerName": [ALFA.company],
        "providerCertificateHash": [hashlib.sha1(der).hexdigest().upper()],
        "providerCertificate;binary": [der],
        "mailReceipt": [ALFA.service_mailbox],
        "LDIFLocationURL": [URL],
        "managedDomains": [ALFA.domain],
        "description": ["Società di prova".encode()],
    }


def test_lines_are_folded_at_76(post):
    lines = post.lab.opec["alfa"].do("index", "export").split("\n")
    assert max(map(len, lines)) == 76


def test_domains_of_the_store_and_the_next_certificate_are_in_it(post, tmp_path):
    certificate, key = post.lab.authority.path("beta")
    engine = asleep(post, tmp_path, ALFA, {"signer": {"kind": "file", "certificate": post.lab.authority.path("alfa")[0],
                                                      "key": post.lab.authority.path("alfa")[1],
                                                      "next_certificate": certificate, "next_key": key}})
    engine.do("domain", "add", "stored.example")
    record = entries(engine.do("index", "export", "--url", "https://alfa.example/other.p7m"))[1]
    assert record["managedDomains"] == [ALFA.domain, "stored.example"]
    assert record["providerCertificate;binary"] == [der_of(post, "alfa"), der_of(post, "beta")]
    assert record["LDIFLocationURL"] == ["https://alfa.example/other.p7m"]


def test_a_new_provider_is_not_in_any_index_yet(post, tmp_path):
    engine = asleep(post, tmp_path, ALFA, {"directory": {"source": f"ldif:{tmp_path}/none.ldif"}})
    status, printed, said = engine.call("index", "export")
    assert status == 0 and "LDIFLocationURL" not in entries(printed)[1]
    assert "none.ldif" in said and "--url" in said


@pytest.mark.parametrize("site", [ALFA, BETA], ids=["token", "file"])
@pytest.mark.parametrize("is_running", [True, False], ids=["by the daemon's signer", "by the key itself"])
def test_it_is_signed(post, tmp_path, site, is_running):
    engine = post.lab.opec[site.name] if is_running else asleep(post, tmp_path, site)
    ldif, p7m = tmp_path / "record.ldif", tmp_path / "record.ldif.p7m"
    engine.do("index", "export", "--p7m", p7m, ldif)
    must_verify(post, p7m, ldif.read_bytes())
    assert [p["name"] for p in compiled_by_us(post, tmp_path, ldif.read_text())] == [site.company]
    changed = p7m.read_bytes().replace(site.domain.encode(), b"evil" + site.domain.encode()[4:])
    (tmp_path / "changed").write_bytes(changed)
    with pytest.raises(LabError, match="(?i)verification failure"):
        must_verify(post, tmp_path / "changed", b"")


def test_a_key_of_somebody_else_signs_nothing(post, tmp_path):
    engine = asleep(post, tmp_path, BETA, {"signer": {"key": post.lab.authority.path("alfa")[1]}})
    status, printed, said = engine.call("index", "export", "--p7m", tmp_path / "p7m")
    assert status == 1 and said and not printed
    assert not (tmp_path / "p7m").exists()


def test_wrong_words_are_wrong_usage(post, tmp_path):
    engine = asleep(post, tmp_path, BETA)
    for words in (["a", "b"], ["--p7m"], ["--unknown"]):
        assert engine.call("index", "export", *words)[0] == 2
    assert engine.call("index", "export", "--url", "http://alfa.example/x")[0] == 1


# --- OpenLDAP ---------------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def slapd(post, tmp_path_factory):
    server = Slapd(post.lab.folder / "slapd", post.lab.folder, post.lab.network.web)
    server.make()
    server.start()
    try:
        server.set_up()
        yield server
    finally:
        server.stop()


def test_a_server_takes_our_record(post, slapd):
    engine = post.lab.opec["alfa"]
    exported = engine.do("index", "export", "--description", "Posta certificata")
    slapd.add(exported)
    found = entries(slapd.search("(objectClass=provider)"))
    assert len(found) == 1
    assert found[0] == entries(exported)[1]
    # 4.5: the two ways of searching, in any case.
    assert ALFA.company in slapd.search("managedDomains=ALFA.example", "providerName")
    assert ALFA.company in slapd.search(f"providerCertificateHash={hashlib.sha1(der_of(post, 'alfa')).hexdigest()}", "providerName")
    slapd.clear()


def test_a_server_holds_entries_to_4_5_9(post, slapd):
    record = post.lab.opec["alfa"].do("index", "export")
    for name in ("providerCertificateHash", "mailReceipt", "managedDomains", "providerCertificate;binary"):
        cut = "\n".join(line for line in record.replace("\n ", "").split("\n") if not line.startswith(f"{name}:"))
        with pytest.raises(LabError, match="(?i)object class violation"):
            slapd.add(cut)
        slapd.clear()


def test_the_schema_for_slapd_conf_is_the_same(post, tmp_path):
    """slaptest turns it into the form of cn=config."""
    (tmp_path / "slapd.conf").write_text(f"include /etc/ldap/schema/core.schema\ninclude {DEPLOY}/pec.schema\n")
    (tmp_path / "out").mkdir()
    run(["slaptest", "-f", tmp_path / "slapd.conf", "-F", tmp_path / "out"], environment(post.lab.folder))
    made, = (tmp_path / "out/cn=config/cn=schema").glob("cn={1}pec.ldif")

    def definitions(text):
        lines = text.replace("\n ", "").split("\n")
        return sorted(" ".join(line.partition("}")[2].split() if "{" in line else line.partition(": ")[2].split())
                      for line in lines if line.startswith(("olcAttributeTypes", "olcObjectClasses")))

    # A list of one needs no brackets.
    ours = definitions((DEPLOY / "pec.ldif").read_text().replace("( LDIFLocationURL )", "LDIFLocationURL"))
    assert len(ours) == 9
    assert definitions(made.read_text()) == ours
