# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers' index: our own record in it, as it is published (RFC 6109 4.5), and a real LDAP server that takes it."""
import base64
import hashlib
import json
import os
import ssl
import time

import pytest

from lab.processes import LabError, environment, run, wait_until
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
    return post.lab.engine_aside(tmp_path / "engine", site, changes)


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
def slapd(post):
    with Slapd(post.lab.folder / "slapd", post.lab.folder, post.lab.network.web).running() as server:
        yield server


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


# --- an engine that reads from OpenLDAP -------------------------------------------------------------------------------------------

MANY = 450      # more than two pages


def bulk(post, count):
    """Records with one of the lab's certificates: BETA, and `count` others without meaning."""
    der = der_of(post, "beta")
    head = "dn: o=postacert\nobjectClass: organization\no: postacert\n\n"
    record = ("dn: providerName={rdn},o=postacert\nobjectClass: provider\nproviderName: {name}\nproviderCertificateHash: {hash}\n"
              "providerCertificate;binary:: {der}\nmailReceipt: r@{domain}\nmanagedDomains: {domain}\n\n")
    values = {"hash": hashlib.sha1(der).hexdigest(), "der": base64.b64encode(der).decode()}
    names = [(BETA.company, BETA.domain)] + [(f"Società {i}, S.p.A.", f"d{i}.example") for i in range(count)]
    return head + "".join(record.format(rdn=name.replace(",", "\\,"), name=name, domain=domain, **values) for name, domain in names)


def shown(engine):
    return {p["name"]: p for p in json.loads(engine.do("index", "show", "--json"))["providers"]}


@pytest.fixture
def reader(post, slapd, tmp_path):
    """An engine that is not started, and a server with an index."""
    try:
        slapd.add(bulk(post, MANY))
        yield asleep(post, tmp_path, BETA, {"directory": {"source": slapd.url}})
    finally:
        slapd.clear()


def test_the_whole_subtree_is_read_page_by_page(post, reader):
    printed = reader.do("index", "update")
    assert f"{MANY + 1} records, 1 certificates, {MANY + 1} domains" in printed
    found = shown(reader)
    assert len(found) == MANY + 1 and f"Società {MANY - 1}, S.p.A." in found
    assert found[BETA.company]["domains"] == [BETA.domain]


def test_a_server_that_is_out_leaves_the_last_answer_in_force(post, reader, slapd):
    reader.do("index", "update")
    slapd.stop()
    try:
        status, _, said = reader.call("index", "update")
        assert status == 1 and slapd.url in said and "stays" in said
        assert len(shown(reader)) == MANY + 1
        # After a start of the machine too, when what was compiled is gone.
        (reader.folder / "run/index.snapshot").unlink()
        assert len(shown(reader)) == MANY + 1
    finally:
        slapd.start()


def test_an_answer_that_is_cut_off_is_none(post, reader, slapd):
    reader.do("index", "update")
    database = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\nolcLimits: {0}* size=%s\n"
    slapd.modify(database % "300")
    try:
        status, _, said = reader.call("index", "update")
        assert status == 1 and "limit" in said.lower()
        assert len(shown(reader)) == MANY + 1
    finally:
        slapd.modify(database % "unlimited")


def test_changes_are_told_and_a_loss_is_refused(post, reader, slapd):
    reader.do("index", "update")
    slapd.modify("dn: providerName=Società 0\\, S.p.A.,o=postacert\nchangetype: modify\nadd: managedDomains\nmanagedDomains: neu.example\n")
    assert "+ Società 0, S.p.A.: neu.example" in reader.do("index", "update")
    slapd.clear()
    slapd.add(bulk(post, MANY // 2))
    status, _, said = reader.call("index", "update")
    assert status == 1 and "max_shrink" in said
    assert len(shown(reader)) == MANY + 1
    reader.do("index", "update", "--force")
    assert len(shown(reader)) == MANY // 2 + 1


def test_what_the_server_holds_is_held_to_4_5(post, reader, slapd):
    reader.do("index", "update")
    slapd.modify(f"dn: providerName={BETA.company},o=postacert\nchangetype: modify\nreplace: providerCertificateHash\n"
                 f"providerCertificateHash: {'0' * 40}\n")
    status, _, said = reader.call("index", "update")
    assert status == 1 and "4.5.1" in said
    assert len(shown(reader)) == MANY + 1


def test_a_base_that_is_not_there(post, reader, slapd):
    reader.configure({"directory": {"source": f"{slapd.url}/o=elsewhere"}})
    status, _, said = reader.call("index", "update")
    assert status == 1 and "o=elsewhere" in said


def test_a_running_engine_follows_the_server(post, reader, slapd):
    """From its start, by itself, and past an outage that its own start falls into."""
    sockets = {f"listen {name}": {"socket": f"{post.lab.network.web}:{port}"} for name, port in (("access", 12024), ("incoming", 12026))}
    reader.configure(sockets | {"directory": {"refresh": "1s"}})
    reader.start()
    try:
        assert len(shown(reader)) == MANY + 1
        assert 0 <= reader.status()["index"]["age"] < 30 and not reader.status()["alarms"]
        slapd.modify("dn: providerName=Società 1\\, S.p.A.,o=postacert\nchangetype: modify\nadd: managedDomains\n"
                     "managedDomains: late.example\n")
        wait_until(lambda: "late.example" in reader.do("index", "show"), "the change in the engine's index")
        slapd.stop()
        reader.stop()
        (reader.folder / "run/index.snapshot").unlink(missing_ok=True)
        reader.start()
        assert "late.example" in reader.do("index", "show")
        two_days_ago = time.time() - 172800
        os.utime(reader.folder / "spool/index.ldif.fetched", (two_days_ago, two_days_ago))
        alarm, = reader.status()["alarms"]
        assert "last fetched on" in alarm
    finally:
        if not slapd.process:
            slapd.start()
        if reader.pid():
            reader.stop()


# --- by TLS -----------------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def secure(post, tmp_path_factory):
    """A server that takes only those who show a certificate of the lab's authority."""
    lab = post.lab
    tls = (lab.authority.certificate, *lab.authority.path("server"), "demand")
    with Slapd(lab.folder / "slapd-tls", lab.folder, lab.network.web, port=2390, tls=tls).running() as server:
        server.add(bulk(post, 3))
        yield server


@pytest.fixture(scope="module")
def client(post):
    certificate, key = post.lab.authority.issue_client("ldap-client")
    return {"client_certificate": certificate, "client_key": key}


def test_an_index_is_read_by_tls_with_both_certificates(post, secure, client, tmp_path):
    directory = {"source": secure.tls_url, "ca": post.lab.authority.certificate} | client
    engine = asleep(post, tmp_path, BETA, {"directory": directory})
    assert "4 records" in engine.do("index", "update")
    assert "ldap" not in engine.call("check")[2]


def test_a_client_without_a_certificate_is_refused(post, secure, tmp_path):
    engine = asleep(post, tmp_path, BETA, {"directory": {"source": secure.tls_url, "ca": post.lab.authority.certificate}})
    status, _, said = engine.call("index", "update")
    assert status == 1 and secure.tls_url in said


def test_a_server_of_an_unknown_authority_is_not_believed(post, secure, client, tmp_path):
    """The authorities of the machine do not know the lab's."""
    engine = asleep(post, tmp_path, BETA, {"directory": {"source": secure.tls_url} | client})
    status, _, said = engine.call("index", "update")
    assert status == 1 and secure.tls_url in said
    engine.configure({"directory": {"ca": post.lab.authority.path("beta")[0]}})
    assert engine.call("index", "update")[0] == 1


def test_a_server_under_another_name_is_not_believed(post, secure, client, tmp_path):
    """Its certificate is for the lab's addresses; this one is not among them, and another server listens there with the same key."""
    lab = post.lab
    tls = (lab.authority.certificate, *lab.authority.path("server"), "never")
    with Slapd(lab.folder / "slapd-other", lab.folder, f"{lab.network.base}.9", tls=tls).running() as other:
        other.add(bulk(post, 1))
        engine = asleep(post, tmp_path, BETA, {"directory": {"source": other.tls_url, "ca": lab.authority.certificate} | client})
        status, _, said = engine.call("index", "update")
        assert status == 1 and other.tls_url in said


def test_a_mirror_is_written_by_tls(post, secure, client, tmp_path):
    secure.clear()
    secure.set_up_writer("segreto")
    (tmp_path / "password").write_text("segreto\n")
    engine = asleep(post, tmp_path, BETA, {"directory": {
        "mirror": secure.tls_url, "mirror_user": "cn=mirror,o=postacert", "mirror_password_file": tmp_path / "password",
        "ca": post.lab.authority.certificate} | client})
    assert f"{secure.tls_url}: 2 entries added" in engine.do("index", "update")


def test_check_warns_of_an_address_that_is_not_asked(post, slapd, tmp_path):
    engine = asleep(post, tmp_path, BETA, {"directory": {"source": slapd.url, "url": "https://index.example/",
                                                         "signer_ca": post.lab.authority.certificate}})
    said = engine.call("check")[2]
    assert "warning: directory.url: it is not asked" in said and "directory.source: what comes" not in said
