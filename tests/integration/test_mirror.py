# SPDX-License-Identifier: GPL-3.0-or-later
"""An LDAP server that an engine keeps in step with the signed index (directory.mirror): a real slapd, a real publisher."""
import json
import time

import pytest

from lab.processes import wait_until
from lab.publisher import Publisher
from lab.sites import ALFA, BETA
from lab.slapd import Slapd

WRITER, PASSWORD = "cn=mirror,o=postacert", "parola: d'ordine"


@pytest.fixture(scope="module")
def slapd(post):
    with Slapd(post.lab.folder / "mirror-slapd", post.lab.folder, post.lab.network.web).running() as server:
        server.set_up_writer(PASSWORD)
        yield server


@pytest.fixture(scope="module")
def publisher(post):
    room = post.lab.folder / "mirror"
    for name in ("", "index"):
        (room / name).mkdir()
    one = Publisher(post.lab, room, "root")
    yield one
    one.close()


@pytest.fixture
def engine(post, slapd, publisher, tmp_path):
    """An engine that is not started, after a first update; root's, since its folders are."""
    lab = post.lab
    one = lab.engine_aside(tmp_path / "engine", BETA)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    sockets = {f"listen {name}": {"socket": f"{lab.network.web}:{port}"} for name, port in (("access", 12024), ("incoming", 12026))}
    one.configure(sockets | {"directory": publisher.settings() | {
        "mirror": slapd.url, "mirror_user": WRITER, "mirror_password_file": tmp_path / "password", "max_shrink": "100%"}})
    publisher.publish([BETA.domain])
    one.do("index", "update")
    return one


def providers(slapd):
    return slapd.search("(objectClass=provider)", "dn").count("dn:")


def domains(slapd, site):
    return {line.partition(": ")[2] for line in slapd.search(f"(providerName={site.company})", "managedDomains").splitlines()
            if line.startswith("managedDomains")}


def test_an_empty_server_is_filled_and_followed(engine, slapd, publisher):
    assert providers(slapd) == 2 and domains(slapd, BETA) == {BETA.domain}
    found = slapd.search("(objectClass=provider)")
    assert "providerCertificate;binary::" in found and "description:" in found
    publisher.publish([BETA.domain, "nuovo.example"])
    assert f"{slapd.url}: 0 entries added, 1 changed, 0 removed" in engine.do("index", "update").splitlines()
    assert domains(slapd, BETA) == {BETA.domain, "nuovo.example"}
    # What is in step is not written again.
    assert json.loads(engine.do("index", "update", "--json"))["mirror"] == {"in_step": True, "added": 0, "changed": 0, "removed": 0}


def test_the_server_takes_what_other_programs_would_ask_for(engine, slapd):
    """The entries are those of the index: an engine that reads from the mirror sees the same one."""
    shown = json.loads(engine.do("index", "show", "--json"))["providers"]
    engine.configure({"directory": {"source": slapd.url, "url": "", "mirror": ""}})
    engine.do("index", "update")
    order = lambda p: p["name"]
    assert sorted(json.loads(engine.do("index", "show", "--json"))["providers"], key=order) == sorted(shown, key=order)


def test_a_provider_that_is_gone_is_removed(engine, slapd, publisher):
    publisher.publish([BETA.domain], alfa=False)
    printed = engine.do("index", "update")
    assert f"{slapd.url}: 0 entries added, 0 changed, 1 removed" in printed
    assert providers(slapd) == 1 and not domains(slapd, ALFA)
    publisher.publish([BETA.domain])
    engine.do("index", "update")
    assert domains(slapd, ALFA) == {ALFA.domain}


def test_what_somebody_changed_in_the_server_is_put_right(engine, slapd):
    slapd.modify(f"dn: providerName={BETA.company},o=postacert\nchangetype: modify\nreplace: mailReceipt\nmailReceipt: x@evil.example\n-\n"
                 "replace: managedDomains\nmanagedDomains: evil.example\n")
    slapd.modify(f"dn: providerName={ALFA.company},o=postacert\nchangetype: delete\n")
    slapd.add("dn: cn=reader,o=postacert\nobjectClass: organizationalRole\ncn: reader\n")
    assert f"{slapd.url}: 1 entries added, 1 changed, 0 removed" in engine.do("index", "update")
    assert domains(slapd, BETA) == {BETA.domain} and domains(slapd, ALFA) == {ALFA.domain}
    assert BETA.service_mailbox in slapd.search(f"(providerName={BETA.company})", "mailReceipt")
    assert "cn=reader" in slapd.search("(cn=reader)", "dn"), "what is not of the index is left alone"
    slapd.modify("dn: cn=reader,o=postacert\nchangetype: delete\n")


def test_a_server_that_is_out_holds_nothing_up_and_is_healed(engine, slapd, publisher):
    publisher.publish([BETA.domain, "missed.example"])
    slapd.stop()
    try:
        status, printed, said = engine.call("index", "update")
        assert status == 0 and "2 records" in printed
        assert len(said.splitlines()) == 1 and slapd.url in said and "not in step" in said
        assert "missed.example" in engine.do("index", "show")
        mirror = json.loads(engine.call("index", "update", "--json")[1])["mirror"]
        assert not mirror["in_step"] and slapd.url in mirror["words"]
    finally:
        slapd.start()
    assert "missed.example" not in domains(slapd, BETA)
    assert "1 changed" in engine.do("index", "update")
    assert "missed.example" in domains(slapd, BETA)


@pytest.mark.parametrize("user, password", [(WRITER, "wrong"), ("cn=nobody,o=postacert", PASSWORD)])
def test_a_wrong_login_is_one_clear_line(engine, slapd, publisher, tmp_path, user, password):
    (tmp_path / "password").write_text(password)
    engine.configure({"directory": {"mirror_user": user}})
    publisher.publish([BETA.domain, "unheard.example"])
    status, _, said = engine.call("index", "update")
    line, = said.splitlines()
    assert status == 0 and "Invalid credentials" in line and user in line and str(tmp_path / "password") in line
    assert password not in line.replace(str(tmp_path / "password"), "")
    assert "unheard.example" in engine.do("index", "show") and "unheard.example" not in domains(slapd, BETA)


def test_a_name_without_the_right_to_write_is_one_clear_line(engine, slapd, publisher):
    access = ('dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcAccess\n'
              'olcAccess: {0}to attrs=userPassword by anonymous auth by * none\n'
              'olcAccess: {1}to * by dn.exact="cn=mirror,o=postacert" %s by * read\n')
    publisher.publish([BETA.domain, "unheard.example"])
    slapd.modify(access % "read")
    try:
        status, _, said = engine.call("index", "update")
        line, = said.splitlines()
        assert status == 0 and "Insufficient access" in line and f"providerName={BETA.company}" in line
        assert "1 of 1 changes" in line
    finally:
        slapd.modify(access % "write")


def test_check_tries_the_login(engine, slapd, tmp_path):
    _, printed, said = engine.call("check")
    assert f"ok directory.mirror: {slapd.url} takes the login" in printed and "mirror" not in said
    (tmp_path / "password").write_text("wrong")
    status, _, said = engine.call("check")
    assert status == 1 and "directory.mirror: " in said and "Invalid credentials" in said


def test_an_empty_file_of_the_password_logs_nobody_in(engine, tmp_path):
    (tmp_path / "password").write_text("\n")
    assert "no password in its first line" in engine.call("index", "update")[2]


def test_very_many_domains_go_in_pieces(engine, slapd, publisher):
    many = [f"d{i}.molti.example" for i in range(45000)]
    publisher.publish([BETA.domain] + many)
    begun = time.monotonic()
    assert "1 changed" in engine.do("index", "update")
    print(f"45000 domains: {time.monotonic() - begun:.1f} s")
    assert len(domains(slapd, BETA)) == 45001
    publisher.publish(many[:30000])
    assert "1 changed" in engine.do("index", "update", "--force")
    assert domains(slapd, BETA) == set(many[:30000])


def test_the_daemon_keeps_the_server_in_step_by_itself(post, engine, slapd, publisher):
    engine.configure({"directory": {"refresh": "1s"}})
    slapd.stop()
    engine.start()
    try:
        publisher.publish([BETA.domain, "daemon.example"])
        wait_until(lambda: "daemon.example" in engine.do("index", "show"), "the new domain in the index in force")
        wait_until(lambda: "mirror of the index: " in engine.log.read_text(), "the outage in the log")
        assert slapd.url in engine.status()["mirror"]["words"] and "NOT IN STEP" in engine.do("status")
        slapd.start()
        wait_until(lambda: "daemon.example" in domains(slapd, BETA), "the new domain in the mirror")
        wait_until(lambda: engine.status()["mirror"]["words"] is None, "the end of the outage in the status")
        assert "in step with the index" in engine.do("status") and not engine.status()["alarms"]
        assert "mirror of the index: added=0 changed=1 removed=0" in engine.log.read_text()
    finally:
        if not slapd.process:
            slapd.start()
        engine.stop()


def test_a_server_that_says_nothing_holds_no_index_up(engine, slapd, publisher):
    publisher.publish([BETA.domain, "silence.example"])
    slapd.pause()
    try:
        status, printed, said = engine.call("index", "update")
        assert status == 0 and "2 records" in printed and "imed out" in said
    finally:
        slapd.resume()
    engine.do("index", "update")
    assert "silence.example" in domains(slapd, BETA)
