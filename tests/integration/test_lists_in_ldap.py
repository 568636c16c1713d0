# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocation lists that certificates place in an LDAP server (RFC 5280 4.2.1.13), brought from a real slapd."""
import itertools

import pytest

from lab import index
from lab.sites import ALFA, BETA
from lab.slapd import Slapd

numbers = itertools.count()


@pytest.fixture(scope="module")
def slapd(post):
    with Slapd(post.lab.folder / "list-slapd", post.lab.folder, post.lab.network.web).running() as server:
        server.add("dn: o=postacert\nobjectClass: organization\no: postacert\n")
        yield server


@pytest.fixture
def published(post):
    """The list on the web, as it was before when the test ends."""
    path = post.lab.authority.published / "ca.crl"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


@pytest.fixture
def engine(post, tmp_path):
    """One that is not started, whose own certificate has its list on the web. `name_list` says where that of another provider is."""
    one = post.lab.engine_aside(tmp_path / "engine", BETA, {
        "directory": {"source": f"ldif:{tmp_path}/index.ldif"}, "trust": {"crl_dir": tmp_path / "crl"}})

    def name_list(*urls):
        name = f"alfa-{next(numbers)}"
        certificate, _ = post.lab.authority.issue_provider(name, ALFA.company, ALFA.address, list_urls=urls)
        (tmp_path / "index.ldif").write_text(index.ldif([(ALFA, certificate, [ALFA.domain])]))
        one.do("index", "update")

    one.name_list = name_list
    one.lists = lambda: [path.read_bytes() for path in (tmp_path / "crl").glob("fetched-*.r0")]
    return one


def test_a_list_is_brought_from_an_ldap_server(engine, slapd, published):
    der = published.read_bytes()
    # What is on the web fails, so that the list can have come in one way only.
    published.write_bytes(b"")
    engine.name_list(slapd.publish_list("brought", der))
    _, printed, said = engine.call("crl", "update")
    assert engine.lists() == [der] and "Laboratory authority" in printed and slapd.url not in said


def test_the_form_of_an_address_may_be_short(engine, slapd, published):
    der = published.read_bytes()
    slapd.publish_list("short", der)
    published.write_bytes(b"")
    engine.name_list(f"{slapd.url}/cn=short,o=postacert?certificateRevocationList")
    engine.call("crl", "update")
    assert engine.lists() == [der]


@pytest.mark.parametrize("order", [1, -1], ids=["the web first", "the server first"])
def test_a_server_beside_the_web_is_asked_when_that_fails(engine, slapd, published, post, order):
    url = slapd.list_url("nobody")
    engine.name_list(*[post.lab.web.url, url][::order])
    assert slapd.url not in engine.call("crl", "update")[2] and len(engine.lists()) == 1
    der = published.read_bytes()
    dead = f"http://{post.lab.network.web}:1/gone.crl"
    engine.name_list(*[dead, slapd.publish_list(f"beside{order}", der)][::order])
    _, _, said = engine.call("crl", "update")
    assert dead in said and slapd.url not in said and engine.lists() == [der, der]


def test_a_list_is_proved_as_one_from_the_web(engine, slapd, published):
    der = published.read_bytes()
    engine.name_list(slapd.publish_list("forged", der[:-1] + bytes([der[-1] ^ 1])))
    said = engine.call("crl", "update")[2]
    assert slapd.url in said and "its signature is not that of the authority" in said
    assert engine.lists() == [der]      # the one from the web


def test_what_is_not_there_or_not_one_is_named(engine, slapd, published, post):
    der = published.read_bytes()
    post.lab.authority.publish()
    both = slapd.publish_list("both", der, published.read_bytes())
    for url, words in ((both, "more than one list"), (slapd.list_url("nowhere"), "No such object"),
                       (f"{slapd.url}/o=postacert?certificateRevocationList;binary", "no revocation list there")):
        engine.name_list(url)
        line, = engine.call("crl", "update")[2].splitlines()
        assert url in line and words in line


def test_a_server_that_is_out_leaves_the_list_in_force(engine, slapd, published):
    der = published.read_bytes()
    engine.name_list(slapd.publish_list("left", der))
    engine.do("crl", "update")
    slapd.stop()
    try:
        status, printed, said = engine.call("crl", "update")
        assert status == 0 and slapd.url in said and "Laboratory authority" in printed
    finally:
        slapd.start()
    assert engine.lists() == [der, der]


def test_addresses_that_mean_no_server_or_no_list_are_passed_over(engine, slapd):
    engine.name_list("ldap:///cn=x,o=postacert?certificateRevocationList;binary", f"{slapd.url}/cn=x,o=postacert?cACertificate;binary")
    status, _, said = engine.call("crl", "update")
    assert status == 0 and not said
