# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider is told by others: the signed index and the revocation lists, brought from real web servers (RFC 6109 4.5)."""
import shutil

import pytest

from lab.processes import wait_until
from lab.publisher import Publisher
from lab.sites import BETA


@pytest.fixture(scope="module")
def beta(post):
    """The engine of Beta, as it was before when the file ends; `room` is a folder that its daemon may write in."""
    engine = post.lab.opec["beta"]
    before = engine.settings
    engine.room = engine.folder / "trust"
    for name in ("", "crl", "index"):
        (engine.room / name).mkdir()
        shutil.chown(engine.room / name, post.lab.user)
    yield engine
    engine.settings = before
    engine.configure({})
    engine.do("index", "update", "--force")
    engine.do("reload")


# --- revocation lists -------------------------------------------------------------------------------------------------------------

def lists(engine):
    return list((engine.room / "crl").glob("fetched-*.r0"))


def test_the_daemon_fetches_the_lists_that_certificates_name(post, beta):
    beta.configure({"trust": {"crl_dir": beta.room / "crl"}})
    beta.do("reload")
    wait_until(lambda: lists(beta), "the list of the distribution point")
    assert lists(beta)[0].read_bytes() == (post.lab.authority.published / "ca.crl").read_bytes()
    assert "Laboratory authority" in beta.do("crl", "update")


def test_a_list_that_is_bad_or_not_there_leaves_the_old_one(post, beta):
    published = post.lab.authority.published / "ca.crl"
    good = published.read_bytes()
    # The last octets are the signature.
    published.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert "its signature is not that of the authority" in beta.call("crl", "update")[2]
    assert lists(beta)[0].read_bytes() == good
    published.unlink()
    status, _, said = beta.call("crl", "update")
    assert status == 0 and "404" in said and post.lab.web.url in said
    assert lists(beta)[0].read_bytes() == good
    published.write_bytes(good)
    post.lab.authority.publish()
    assert beta.call("crl", "update")[2] == ""
    assert lists(beta)[0].read_bytes() == published.read_bytes() != good


# --- the index --------------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def publisher(post, beta):
    one = Publisher(post.lab, beta.room, post.lab.user)
    one.publish([BETA.domain])
    beta.configure({"directory": one.settings()})
    beta.do("index", "update")
    # A daemon that has not read of the new source would put the old one's index in force again.
    beta.do("reload")
    yield one
    one.close()


def test_the_index_is_fetched_judged_and_compared(beta, publisher):
    more = [BETA.domain] + [f"nuovo{i}.example" for i in range(20)]
    publisher.publish(more)
    told = beta.do("index", "update").splitlines()
    assert sorted(told[:-1]) == sorted(f"+ {BETA.company}: {domain}" for domain in more[1:])
    assert told[-1] == "2 records, 2 certificates, 22 domains"
    copy = beta.room / "index" / "index.ldif.1"
    assert "nuovo" not in copy.read_text()
    assert "nuovo7.example" in beta.do("index", "show")


def test_an_index_of_a_changed_signature_is_not_taken(beta, publisher):
    document = publisher.folder / "index.p7m"
    document.write_bytes(document.read_bytes().replace(b"nuovo7.example", b"nuovo8.example"))
    status, _, said = beta.call("index", "update")
    assert status == 1 and "the signature does not hold" in said and "stays" in said
    assert "nuovo7.example" in beta.do("index", "show")


def test_an_index_that_shrinks_too_much_needs_a_word(beta, publisher):
    publisher.publish([BETA.domain])
    status, _, said = beta.call("index", "update")
    assert status == 1 and "20 of 22 domains are gone" in said and "--force" in said
    assert "nuovo7.example" in beta.do("index", "show")
    assert f"- {BETA.company}: nuovo7.example" in beta.do("index", "update", "--force").splitlines()
    assert "nuovo7.example" not in beta.do("index", "show")


def test_the_publisher_sees_our_certificate_and_we_see_its(post, beta, publisher):
    beta.configure({"directory": {"client_certificate": "", "client_key": ""}})
    assert beta.call("index", "update")[0] == 1
    beta.configure({"directory": {"ca": "/etc/ssl/certs/ca-certificates.crt"}})
    status, _, said = beta.call("index", "update")
    assert status == 1 and publisher.url in said


def test_the_daemon_fetches_the_index_by_itself(post, beta, publisher):
    publisher.publish([BETA.domain, "daemon.example"])
    beta.configure({"directory": {"refresh": "1s", "ca": post.lab.authority.certificate, "client_certificate": beta.room / "client.pem",
                                  "client_key": beta.room / "client.key"}})
    beta.do("reload")
    wait_until(lambda: "daemon.example" in beta.do("index", "show"), "the new domain in the index in force")
    assert f'index: + provider="{BETA.company}" domain="daemon.example"' in beta.log.read_text()
    beta.configure({"directory": {"refresh": "1d"}})
