"""Services that nobody has registered, by metadata of a federation (MDQ): pysaml2 as one of them, and everything that a feed must not get through."""
import itertools
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import ldap
import pytest

from campus.client import until
from door import JSON, From
from feed import BEHIND, CATEGORIES, CATEGORY, SPACES, Feed, role, times
from provider import POST, REASON, REDIRECT, Provider, make_key
from relying import signed_in
from saml_raw import SIG, Raw, redirect, template
from soap import SoapServices
from test_services import shelf        # pylint: disable=unused-import
from test_saml_soap import states
from turning import changed, restart, settings
from words import says

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")
NUMBERS = iter(range(1, 1000))


@pytest.fixture(scope="module")
def feeds(campus, ctl, tmp_path_factory):
    """Two federations; what the second one says counts where the first one says nothing."""
    first, second = Feed(campus.dir, "first"), Feed(campus.dir, "second")
    turned = {}
    for name, feed in (("first", first), ("second", second)):
        turned |= {f"metadata_OF_{name}_DOT_url": feed.url, f"metadata_OF_{name}_DOT_certificate_file": str(feed.certificate)}
    turned |= {"metadata_OF_first_DOT_claims": "groups", "metadata_OF_first_DOT_categories": "personalized anonymous",
               "metadata_OF_second_DOT_categories": "code-of-conduct"}
    with settings(campus, ctl, **turned):
        yield SimpleNamespace(first=first, second=second)
    first.close()
    second.close()


@pytest.fixture(scope="module")
def feed(feeds):
    return feeds.first


@pytest.fixture(scope="module")
def inside(campus):
    return signed_in(campus, campus.person(role="student"))


@pytest.fixture(scope="module")
def archive(campus, feed, tmp_path_factory):
    provider = Provider(campus, tmp_path_factory.mktemp("archive"), "archive")
    feed.add(provider)
    return provider


def somebody(name="evil"):
    """An entityID that was never asked for."""
    return f"https://{name}{next(NUMBERS)}.example.org/saml"


def ask(campus, browser, entity_id):
    """An AuthnRequest of an entity."""
    raw = Raw(SimpleNamespace(campus=campus, entity_id=entity_id, folder=None))
    return redirect(browser, str(raw), JSON)


def name_at(provider, door):
    """Who somebody is there for ever."""
    page = provider.ask(door.browser, nameid_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
    return provider.read(page).name_id.text


def at_sign_in(answer):
    """The service is known, and the person is not yet."""
    return answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login")


def refused(answer, text, status):
    assert answer.status_code == status and says(answer, text), (answer.status_code, answer.text)


# --- what is good ---

@pytest.mark.parametrize("binding", [REDIRECT, POST])
def test_a_service_that_nobody_has_registered(campus, ctl, feed, archive, inside, binding):
    answer = archive.read(archive.ask(inside.browser, binding))
    assert answer.ava["mail"] and answer.ava["schacHomeOrganization"] == ["example.edu"], "by its category"
    assert "uid" not in answer.ava and "eduPersonPrincipalName" not in answer.ava, "by no other one"
    [(_, path, accept)] = [asked for asked in feed.asked if asked[0] == archive.entity_id]
    assert path.endswith("/mdq/entities/https%3A%2F%2Farchive.example.edu%2Fsaml") and accept == "application/samlmetadata+xml"
    assert archive.entity_id in ctl("audit", "tail", "5").stdout
    assert "archive" not in ctl("service", "list").stdout


def test_by_way_of_the_sign_in(campus, archive):
    """Its name stands on the page behind the sign-out, in English."""
    door = signed_in(campus, campus.newcomer())
    assert name_at(archive, door) == name_at(archive, door)
    page = door.log_out().json()["next"]
    assert "The Archive" in door.browser.get(page, headers={"Accept": "text/html"}).text


def test_what_an_operator_sees(ctl, feed, archive):
    shown = ctl.json("metadata", "show", archive.entity_id)
    assert shown["feed"] == "first" and shown["service"]["label"] == "The Archive" and shown["service"]["name"].startswith("md-")
    assert shown["service"]["categories"] == [{"value": "personalized"}] and shown["service"]["claims"] == [{"value": "groups"}]
    assert "holds until" in ctl("metadata", "show", archive.entity_id).stdout and feed.n_asked(archive.entity_id) == 1
    for entity_id, words in ((somebody(), "no feed of the settings knows it"), ("no entity", "no feed"), ("x" * 300, "up to 256")):
        assert words in ctl("metadata", "show", entity_id).stderr


def test_what_it_would_be_told(campus, ctl, archive):
    """By the entityID: there is no name that an operator has given."""
    shown = ctl.json("service", "show", archive.entity_id)["service"]
    assert shown["label"] == "The Archive" and shown["client_id"] == archive.entity_id
    told = ctl.json("service", "test", archive.entity_id, campus.person(role="student").user)
    assert {"email", "schac_home_organization", "groups"} <= {row["name"] for row in told["told"]} and "rule" not in told, told
    for words in (("show", somebody()), ("test", somebody(), campus.person(role="student").user)):
        assert "no such service" in ctl("service", *words).stderr
    assert ctl("service", "show", "x:" + "x" * 300).returncode == 2


def test_one_that_is_registered_later(campus, ctl, feed, inside, tmp_path):
    """People stay who they are there by the sector that its name was (docs/federation.md)."""
    moved = Provider(campus, tmp_path, "settled")
    feed.add(moved)
    before = name_at(moved, inside)
    sector = ctl.json("service", "show", moved.entity_id)["service"]["name"]
    for more, same in (((), False), (("--sector", sector), True)):
        assert name_at(moved, inside) == before
        moved.register(ctl, *more)
        assert (name_at(moved, inside) == before) == same
        ctl("service", "remove", "settled", *REASON)


def dress(feed, entity_id, of_category, asked=""):
    feed.has[entity_id] = feed.sign(f'<md:EntityDescriptor {SPACES} ID="_e1" entityID="{entity_id}"{times()}>{template("_e1")}<md:Extensions>{of_category}'
                                    f'</md:Extensions>{role(entity_id).replace("</md:SP", asked + "</md:SP")}{BEHIND}</md:EntityDescriptor>')


def test_what_personalized_and_pseudonymous_tell(campus, ctl, feeds):
    """All that REFEDS names, and no more; how sure the institution is of people is what the directory has for it (here: some attribute)."""
    common = {"eduperson_scoped_affiliation", "eduperson_assurance", "schac_home_organization"}
    told = {"personalized": common | {"subject_id", "name", "given_name", "family_name", "email"}, "pseudonymous": common | {"pairwise_id"}}
    student = campus.person(role="student").user
    with settings(campus, ctl, metadata_OF_first_DOT_claims="", metadata_OF_first_DOT_categories="personalized pseudonymous",
                  claim_OF_eduperson_assurance_DOT_ldap="mail", claim_OF_eduperson_assurance_DOT_scope="eduperson"):
        for category, names in told.items():
            entity_id = somebody(category)
            dress(feeds.first, entity_id, CATEGORIES.format(f"https://refeds.org/category/{category}"))
            assert ctl.json("metadata", "show", entity_id)["service"]["categories"] == [{"value": category}]
            rows = ctl.json("service", "test", entity_id, student)["told"]
            assert {row["name"] for row in rows} == names, category


CONDUCT_1, CONDUCT_2 = "http://www.geant.net/uri/dataprotection-code-of-conduct/v1", "https://refeds.org/category/code-of-conduct/v2"
MAIL, NAME = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.16.840.1.113730.3.1.241"
GROUPS, USER = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "urn:oid:0.9.2342.19200300.100.1.1"


def asks(*names, required=' isRequired="true"', value="", default=""):
    rows = "".join(f'<md:RequestedAttribute Name="{name}"{required}>{value}</md:RequestedAttribute>' for name in names)
    return f'<md:AttributeConsumingService index="0"{default}><md:ServiceName xml:lang="en">Archive</md:ServiceName>{rows}</md:AttributeConsumingService>'


@pytest.mark.parametrize("category, asked, told", [
    (CONDUCT_1, asks(MAIL, NAME), {"email", "name"}), (CONDUCT_2, asks(MAIL, NAME), {"email", "name"}),
    (CONDUCT_1, asks(MAIL, GROUPS, USER), {"email"}), (CONDUCT_1, asks(MAIL, required=""), set()),
    (CONDUCT_1, asks(MAIL, required=' isRequired="false"'), set()), (CONDUCT_1, asks(MAIL, value="<saml:AttributeValue>a@b</saml:AttributeValue>"), set()),
    (CONDUCT_1, asks("mail", "email", f"{MAIL} {NAME}"), set()), (CONDUCT_1, "", set()), (CONDUCT_1 + "/", asks(MAIL), set()), (CATEGORY, asks(MAIL), set()),
    (CONDUCT_1, asks(MAIL, default=' isDefault="false"') + asks(NAME), {"name"})], ids=map(str, range(1, 12)))
def test_the_code_of_conduct(campus, ctl, feeds, category, asked, told):
    """A service is told what its metadata require, and never more than the operator has for that."""
    entity_id, feed = somebody("conduct"), feeds.second
    dress(feed, entity_id, CATEGORIES.replace(CONDUCT_1, category).format(category), asked)
    assert ctl.json("metadata", "show", entity_id)["feed"] == "second"
    rows = ctl.json("service", "test", entity_id, campus.person(role="student").user).get("told", [])
    assert {row["name"] for row in rows} == told


def test_a_service_under_the_code_of_conduct(campus, feeds, inside, tmp_path):
    provider = Provider(campus, tmp_path, "conduct", required_attributes=["mail", "uid"], optional_attributes=["displayName"])
    feeds.second.add(provider)
    assert set(provider.read(provider.ask(inside.browser)).ava) == {"mail"}


def test_figures(campus, feed, inside):
    def figures():
        found = re.findall(r'^spom_metadata_(\w+)(?:\{(.*)\})? (\d+)$', campus.browser().get("/metrics").text, re.M)
        return {f"{name} {labels}": int(value) for name, labels, value in found}

    before = figures()
    assert before["entities "] >= 1 and before['age_seconds entity="oldest"'] >= before['age_seconds entity="newest"']
    good, bad = somebody("counted"), somebody("counted")
    feed.has |= {good: feed.made(good), bad: feed.made(bad, signed=False)}
    for entity_id in (good, bad, somebody("counted")):
        ask(campus, inside.browser, entity_id)
    after = figures()
    more = {name: after[name] - before[name] for name in after if name.startswith("fetches") and after[name] != before[name]}
    assert more == {f'fetches_total feed="{name}",outcome="{outcome}"': n for name, outcome, n in (
        ("first", "taken", 1), ("first", "refused", 1), ("first", "not_found", 1), ("second", "not_found", 2))}


def test_what_is_refused_is_an_event(campus, ctl, feed, inside):
    """Once a minute of each feed and reason, however many services are asked for; the log has each."""
    for _ in range(3):
        entity_id = somebody("unsigned")
        feed.has[entity_id] = feed.made(entity_id, signed=False)
        refused(ask(campus, inside.browser, entity_id), "saml_feed_away", 503)
    told = [record for record in ctl.rows("audit", "tail", "1000") if record["event"] == "metadata_refused" and record["object"] == "first"]
    logged = (campus.dir / "log" / "spom-authority.log").read_text(encoding="utf-8").count("metadata_refused")
    assert 0 < len(told) < logged and all(record["reason"] for record in told), (told, logged)


def test_older_metadata_replace_nothing(campus, ctl, feed, inside):
    """Who has the feed's server, and not its key, may show what was signed before. What is kept is asked for again: its key does not count, but for
    the moment in which the answer is on its way."""
    own, other = feed.certificate.read_bytes(), make_key(campus.dir, "moment")[1].read_bytes()

    def until_of(entity_id, days):
        made = feed.made(entity_id, times(days))
        feed.has[entity_id] = lambda: (feed.certificate.write_bytes(own), made)[1]
        assert ask(campus, inside.browser, entity_id).status_code == 200
        return ctl.json("metadata", "show", entity_id)["until"]

    for days, newer in ((5, False), (9, True)):
        entity_id = somebody("older")
        first = until_of(entity_id, 7)
        feed.certificate.write_bytes(other)
        assert (until_of(entity_id, days) > first) == newer and feed.n_asked(entity_id) == 2
    assert "it is older than what is kept" in (campus.dir / "log" / "spom-authority.log").read_text(encoding="utf-8")


def test_it_is_told_of_a_sign_out(campus, feed, tmp_path):
    provider = Provider(campus, tmp_path, "leaving", logouts=[REDIRECT])
    feed.add(provider)
    door = signed_in(campus, campus.newcomer())
    provider.read(provider.ask(door.browser))
    page = door.browser.get(door.log_out().json()["next"], headers={"Accept": "text/html"})
    [frame] = re.findall(r'<iframe src="(/saml/slo[^"]+)"', page.text)
    told = door.browser.get(unescape(frame), headers={"Accept": "text/html"}, allow_redirects=False)
    assert told.headers["Location"].startswith(provider.leaving + "?SAMLRequest="), told.text


def test_it_leads_nobody_into_the_own_network(campus, ctl, feed, tmp_path):
    """What a stranger has written is not connected to there, not even by a connection that was left open by who may; with the setting it is."""
    services = SoapServices(campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key")
    strange = Provider(campus, tmp_path, "strange", soap=services.uri("/strange"))
    services.providers = {"/strange": strange}
    feed.add(strange)

    def becomes(state):
        door = signed_in(campus, campus.newcomer())
        strange.read(strange.ask(door.browser))
        place = door.log_out().json()["next"]
        until(lambda: states(door, place) == {"The Archive": state}, f"it is {state}", 30)

    becomes("refused")
    assert services.server.connections == 0
    log = (campus.dir / "log" / "spom-courier.log").read_text(encoding="utf-8")
    assert re.search(r"notice_not_confirmed .*outcome=never.*address_forbidden", log)
    with settings(campus, ctl, metadata_OF_first_DOT_own_network="yes"):
        becomes("confirmed")
    becomes("refused")
    assert services.server.connections == len(services.heard) == 1
    services.close()


def test_it_is_told_by_what_an_operator_has_registered_since(campus, ctl, feed, tmp_path):
    services = SoapServices(campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key")
    moved = Provider(campus, tmp_path, "resettled", soap=services.uri("/resettled"))
    services.providers = {"/resettled": moved}
    feed.add(moved)
    door = signed_in(campus, campus.newcomer())
    moved.read(moved.ask(door.browser))
    moved.register(ctl)
    place = door.log_out().json()["next"]
    until(lambda: states(door, place) == {"Resettled": "confirmed"}, "it is told", 30)
    assert ctl("service", "remove", "resettled", *REASON).returncode == 0
    services.close()


def test_the_second_feed_and_its_settings(campus, ctl, feeds, inside):
    entity_id = somebody("second")
    feeds.second.has[entity_id] = feeds.second.made(entity_id)
    with settings(campus, ctl, metadata_OF_second_DOT_groups="nobody-is-in-this", metadata_OF_second_DOT_two_factors="yes",
                  metadata_OF_second_DOT_fresh_s="3600"):
        refused(ask(campus, inside.browser, entity_id), "forbidden_application", 403)
        shown = ctl("metadata", "show", entity_id).stdout
        assert "two_factors" in shown and "3600" in shown and "nobody-is-in-this" in shown
    assert ask(campus, inside.browser, entity_id).status_code == 200, "settings count at once"
    assert feeds.first.n_asked(entity_id) == feeds.second.n_asked(entity_id) == 1


def test_an_operator_comes_before(campus, ctl, feed, inside, shelf, tmp_path):
    provider = Provider(campus, tmp_path, "both")
    feed.add(provider)
    assert "mail" in provider.read(provider.ask(inside.browser)).ava
    provider.register(ctl, claims="name")
    until(lambda: "mail" not in provider.read(provider.ask(inside.browser)).ava, "what is registered counts", 20)
    assert "its registration" in ctl("metadata", "show", provider.entity_id).stdout
    connection, dn = shelf
    sealed = connection.search_s(dn("both"), ldap.SCOPE_BASE)[0][1]["spomSealed"][0]
    connection.modify_s(dn("both"), [(ldap.MOD_REPLACE, "spomSealed", [sealed[:80] + b"A" + sealed[81:]])])
    until(lambda: says(provider.ask(inside.browser, headers=JSON), "service_not_registered"), "what cannot be trusted is not the feed's", 30)
    assert ctl("service", "remove", "both", *REASON).returncode == 0
    assert "mail" in provider.read(provider.ask(inside.browser)).ava, "nobody has registered it any more"
    with settings(campus, ctl, metadata_OF_first_DOT_except=f"https://other.example.org/ {provider.entity_id}"):
        assert says(provider.ask(inside.browser, headers=JSON), "service_not_registered")


def test_a_feed_that_is_away(campus, feed, archive, inside):
    """What is known goes on, also behind a new start; what is not gets a page that says so."""
    feed.down = True
    restart(campus)
    before = feed.n_asked(archive.entity_id)
    assert archive.read(archive.ask(inside.browser)).ava["mail"] and feed.n_asked(archive.entity_id) == before
    entity_id = somebody("away")
    refused(ask(campus, inside.browser, entity_id), "saml_feed_away", 503)
    refused(ask(campus, inside.browser, entity_id), "saml_feed_away", 503)
    assert feed.n_asked(entity_id) == 1, "not again at once"
    feed.down = False


def test_by_a_key_that_does_not_count_any_more(campus, ctl, feed, inside):
    entity_id = somebody("rolled")
    feed.has[entity_id] = feed.made(entity_id)
    assert ask(campus, inside.browser, entity_id).status_code == 200
    _, other = make_key(campus.dir, "other")
    other.chmod(0o644)
    with settings(campus, ctl, metadata_OF_first_DOT_certificate_file=str(other)):
        refused(ask(campus, inside.browser, entity_id), "saml_feed_away", 503)
    with settings(campus, ctl, metadata_OF_first_DOT_certificate_file="/nowhere.pem"):
        assert ask(campus, inside.browser, entity_id).status_code == 503
    assert ask(campus, inside.browser, entity_id).status_code == 200


def test_settings_that_cannot_be(campus, ctl, tmp_path):
    whole = Path(campus.json["config"]).read_text(encoding="utf-8")
    for key, value, words in (("url", "http://mdq.example.org", "must begin with https"), ("url", "https://mdq.example.org/?x", "a host and a path"),
                              ("categories", "everything", "is none of"), ("certificate_file", "feed.pem", "certificate_file")):
        file = tmp_path / "spom.conf"
        file.write_text(changed(whole, f"metadata first.{key}", value), encoding="utf-8")
        done = ctl("config", "check", str(file))
        assert done.returncode == 1 and words in done.stdout + done.stderr, (key, done.stdout, done.stderr)


# --- what is not ---

LAUGHS = ("<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi")) + "]>")


def wrapped(feed, entity_id):
    """The root is another one than what is signed, which stands in it."""
    good = feed.made(somebody("good")).removeprefix('<?xml version="1.0"?>\n')
    start, end = good.index("<ds:Signature"), good.index("</ds:Signature>") + len("</ds:Signature>")
    signature, rest = good[start:end], good[:start] + good[end:]
    return (f'<md:EntityDescriptor {SPACES} ID="_evil" entityID="{entity_id}"{times()}>{signature}<md:Extensions>{rest}</md:Extensions>'
            f'{role(entity_id)}</md:EntityDescriptor>')


def same_id(feed, entity_id):
    return wrapped(feed, entity_id).replace('ID="_evil"', 'ID="_e1"')


def inner(feed, entity_id):
    """The good one as it is, as the only child that counts."""
    good = feed.made(entity_id).removeprefix('<?xml version="1.0"?>\n')
    return f'<md:EntitiesDescriptor {SPACES}>{good}</md:EntitiesDescriptor>'


CALLED = ('<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="http://127.0.0.1:9200/x"/>'
          "<md:AssertionConsumerService")
BAD = {
    "unsigned": lambda feed, entity: feed.made(entity, signed=False),
    "another key": lambda feed, entity: feed.made(entity, key=make_key(feed.folder, "stranger")[0]),
    "changed": lambda feed, entity: feed.made(entity).replace("/acs", "/evil"),
    "wrapped": wrapped,
    "wrapped, with the same id": same_id,
    "within": inner,
    "a second signature": lambda feed, entity: feed.made(entity, before=f"<md:Extensions>{template('_e2')}</md:Extensions>"),
    "another entity": lambda feed, entity: feed.made(somebody("other")),
    "over": lambda feed, entity: feed.made(entity, when=times(-1)),
    "for ever": lambda feed, entity: feed.made(entity, when=""),
    "for too long": lambda feed, entity: feed.made(entity, when=times(31)),
    "no duration": lambda feed, entity: feed.made(entity, when=times(cache="an hour")),
    "SHA-1": lambda feed, entity: feed.made(entity, method=SIG + "rsa-sha1"),
    "SHA-1 as digest": lambda feed, entity: feed.made(entity, digest=SIG + "sha1"),
    "too long": lambda feed, entity: feed.made(entity, before="<md:Extensions>" + "x" * 50_000 + "</md:Extensions>"),
    "no service": lambda feed, entity: feed.made(entity, inside=role(entity).replace("SPSSO", "IDPSSO").replace("AssertionConsumer", "SingleSignOn")),
    "an address without TLS": lambda feed, entity: feed.made(entity, inside=role(entity).replace("https:", "http:")),
    "a port of this machine": lambda feed, entity: feed.made(entity, inside=role(entity).replace("<md:AssertionConsumerService", CALLED, 1)),
    "billion laughs": lambda feed, entity: LAUGHS + feed.made(entity).partition("\n")[2],
    "no XML": lambda feed, entity: "metadata",
    "nothing": lambda feed, entity: "",
    "an error": lambda feed, entity: (500, {}, feed.made(entity)),
    "elsewhere": lambda feed, entity: (302, {"Location": feed.url + "/entities/there"}, ""),
    "silence": lambda feed, entity: "hangs",
}


def test_what_a_feed_must_not_get_through(campus, feed):
    """None of these is a service, nor is anything kept of it. By many people: one alone may not ask for as many that are none."""
    doors = itertools.cycle([signed_in(campus, campus.newcomer()) for _ in range(6)])
    feed.has["there"] = feed.made("there:1")
    bad = {somebody(): made for made in BAD.values()}
    for entity_id, made in bad.items():
        feed.has[entity_id] = made(feed, entity_id)
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda entity_id, door: ask(campus, door.browser, entity_id), bad, doors)
        for name, answer in zip(BAD, answers):
            assert answer.status_code == 503 and says(answer, "saml_feed_away"), (name, answer.text)
    assert all(feed.n_asked(entity_id) == 1 for entity_id in bad) and feed.n_asked("there") == 0


def test_what_a_feed_does_not_know(campus, feeds, inside):
    entity_id = somebody("nobody")
    for _ in range(3):
        refused(ask(campus, inside.browser, entity_id), "service_not_registered", 400)
    assert feeds.first.n_asked(entity_id) == feeds.second.n_asked(entity_id) == 1
    for odd in ("demo-web", "no entity:", "ü:1"):
        refused(ask(campus, inside.browser, odd), "service_not_registered", 400)
        assert feeds.first.n_asked(odd) == 0


def test_many_that_nobody_knows(campus, feed, archive, inside):
    """Neither who is signed in nor strangers elsewhere notice, not even at a service that nobody was at before."""
    def flood(door, n):
        before, began = len(feed.asked), time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: ask(campus, door, somebody("flood")).status_code, range(n)))
        return len(feed.asked) - before, time.monotonic() - began

    entity_id, late = somebody("there"), somebody("late")
    feed.has |= {known: feed.made(known) for known in (entity_id, late)}
    stranger, other, third = campus.browser(), From(campus, "192.0.2.7"), From(campus, "2001:db8::7")
    assert at_sign_in(ask(campus, stranger, entity_id))
    asked, took = flood(stranger, 40)
    assert 0 < asked <= 15 + took / 30 + 1
    refused(ask(campus, stranger, somebody("flood")), "saml_feed_away", 503)
    assert at_sign_in(ask(campus, stranger, entity_id)), "what is known costs nothing"
    # nobody else notices
    refused(ask(campus, other, somebody("nobody")), "service_not_registered", 400)
    assert at_sign_in(ask(campus, other, late)) and at_sign_in(ask(campus, stranger, late))
    asked, took = flood(From(campus, "192.0.2.99"), 40)
    assert asked <= 15 + took / 30 + 1, "its neighbour is of the same network"
    more, further = flood(From(campus, "192.0.99.7"), 40)
    assert asked + more <= 20 + (took + further) / 15 + 1, "and another network of the region has what is left of its share"
    asked, took = flood(third, 40)
    assert asked <= 15 + took / 30 + 1
    # nor who is signed in
    assert archive.read(archive.ask(inside.browser)).ava["mail"]
    entity_id, *newer = (somebody(name) for name in ("new", "newer", "newest", "last"))
    feed.has |= {known: feed.made(known) for known in (entity_id, *newer)}
    assert ask(campus, inside.browser, entity_id).status_code == 200
    # nor when it is one of those
    for entity_id in newer:         # two people may have the same of the 32 shares, and all again as others
        asked, took = flood(signed_in(campus, campus.newcomer()).browser, 40)
        assert 0 < asked <= 15 + took / 30 + 1
        answer = ask(campus, signed_in(campus, campus.newcomer()).browser, entity_id)
        if answer.status_code == 200:
            break
    assert answer.status_code == 200


def test_what_the_first_feed_does_not_serve_is_not_the_second_ones(campus, ctl, feeds, inside):
    """Also where the first one knows nothing of it, or says nothing: it stays closed."""
    entity_id, other = somebody("closed"), somebody("open")
    feeds.second.has |= {known: feeds.second.made(known) for known in (entity_id, other)}
    with settings(campus, ctl, metadata_OF_first_DOT_except=entity_id):
        assert says(ask(campus, inside.browser, entity_id), "service_not_registered")
        assert says(ask(campus, inside.browser, entity_id), "service_not_registered"), "nor when it is kept"
        assert ask(campus, inside.browser, other).status_code == 200
    with settings(campus, ctl, metadata_OF_second_DOT_except=other):
        assert ask(campus, inside.browser, entity_id).status_code == 200
        assert says(ask(campus, inside.browser, other), "service_not_registered")


def test_a_client_of_that_name_is_another_service(campus, ctl, feed, inside):
    entity_id = somebody("both-ways")
    feed.has[entity_id] = feed.made(entity_id)
    ctl.json("service", "add", "both-ways", "--label", "Both ways", "--redirect-uri", "https://app.example.edu/callback", "--client-id", entity_id, "--claims", "name", *REASON)
    try:
        assert ask(campus, inside.browser, entity_id).status_code == 200
    finally:
        assert ctl("service", "remove", "both-ways", *REASON).returncode == 0
