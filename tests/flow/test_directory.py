"""The campus directory: how each state answers a bind, and what each identity may not do (SECURITY 27)."""
import ldap
import pytest
from ldap.controls import RequestControl

# --- how a state answers a bind ---

@pytest.mark.parametrize("state, result, error", [
    ("active", 0, None), ("no_factor", 0, None), ("must_change", 0, 2), ("expired", 49, 0), ("locked", 49, 1),
    ("not_activated", 49, None)])
def test_a_state_answers_a_bind(bare_campus, state, result, error):
    person = bare_campus.person(state=state)
    answer = bare_campus.bind(person.user, person.password)
    assert (answer[0], answer[3]) == (result, error)


def test_every_active_person_gets_in(bare_campus):
    for person in bare_campus.people:
        if person.state == "active":
            assert bare_campus.bind(person.user, person.password)[0] == 0, person.user


def test_a_password_about_to_end_says_so(bare_campus):
    assert 4 * 86400 < bare_campus.bind("eschmidt", "five more days to go")[1] <= 5 * 86400


def test_a_password_that_has_ended_may_have_grace(bare_campus):
    first, second = (bare_campus.bind("dlopez", "living on borrowed time")[2] for _ in range(2))
    assert first > second > 0


def test_guessing_locks_and_the_right_password_no_longer_helps(bare_campus):
    person = bare_campus.person(user="lkowalska")
    for _ in range(10):
        assert bare_campus.bind(person.user, "wrong")[0] == 49
    assert bare_campus.bind(person.user, person.password)[::3] == (49, 1)


def test_the_decoy_costs_what_a_person_costs_and_never_locks(bare_campus):
    decoy, person = service(bare_campus, "spom-decoy"), bare_campus.dn("mlindqvist")
    for name in (decoy, person):
        for _ in range(12):
            with pytest.raises(ldap.INVALID_CREDENTIALS):
                bare_campus.ldap(name, "wrong")
    written = {name: bare_campus.ldap().search_s(name, ldap.SCOPE_BASE, attrlist=["+"])[0][1] for name in (decoy, person)}
    # Both are written to at each failure; only the person is locked in the end.
    assert len(written[decoy]["pwdFailureTime"]) == len(written[person]["pwdFailureTime"]) == 10
    assert "pwdAccountLockedTime" in written[person] and "pwdAccountLockedTime" not in written[decoy]


# --- what each identity may not do ---

def service(campus, name):
    return f"cn={name},ou=services,{campus.json['ldap']['base']}"


@pytest.fixture(scope="module")
def reader(bare_campus):
    return bare_campus.ldap(service(bare_campus, "spom-read"), bare_campus.secret("ldap-read"))


@pytest.fixture(scope="module")
def proxy(bare_campus):
    return bare_campus.ldap(service(bare_campus, "spom-proxy"), bare_campus.secret("ldap-proxy"))


@pytest.fixture(scope="module")
def store(bare_campus):
    return bare_campus.ldap(service(bare_campus, "spom-store"), bare_campus.secret("ldap-store"))


def found(connection, base, what="(objectClass=*)", attributes=("*", "+")):
    try:
        return dict(connection.search_s(base, ldap.SCOPE_SUBTREE, what, list(attributes)))
    except ldap.NO_SUCH_OBJECT:
        return {}


def test_read_finds_people_and_groups_but_no_password(bare_campus, reader):
    base = bare_campus.json["ldap"]["base"]
    entries = found(reader, f"ou=people,{base}") | found(reader, f"ou=groups,{base}")
    assert bare_campus.dn("mkeller") in entries and f"cn=students,ou=groups,{base}" in entries
    for attributes in entries.values():
        assert not {"userPassword", "pwdHistory", "authzTo"} & set(attributes)
    for closed, what in ((base, "(objectClass=*)"), (f"ou=people,{base}", "(userPassword=*)"),
                         (f"ou=services,{base}", "(objectClass=*)"), (f"ou=spom,{base}", "(objectClass=*)")):
        assert not found(reader, closed, what)


def test_read_writes_nothing(bare_campus, reader):
    for name in (bare_campus.dn("mkeller"), service(bare_campus, "spom-proxy")):
        for attribute, value in (("mobile", b"1"), ("userPassword", b"long enough for all"), ("authzTo", b"dn:*")):
            with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
                reader.modify_s(name, [(ldap.MOD_REPLACE, attribute, value)])


def test_anonymous_sees_what_the_server_can_do_and_no_more(bare_campus):
    connection = ldap.initialize(bare_campus.json["ldap"]["uri"])
    assert connection.read_rootdse_s(attrlist=["supportedControl"])
    assert not found(connection, bare_campus.json["ldap"]["base"])


def test_proxy_has_no_right_of_its_own(bare_campus, proxy):
    assert not found(proxy, bare_campus.json["ldap"]["base"])
    assert not found(proxy, bare_campus.dn("mkeller"), "(employeeType=*)")
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        proxy.modify_s(service(bare_campus, "spom-proxy"), [(ldap.MOD_ADD, "authzTo", b"dn:*")])


def acting_as(name):
    return [RequestControl("2.16.840.1.113730.3.4.18", True, b"dn:" + name.encode())]


def test_proxy_acts_as_a_person_with_that_persons_rights(bare_campus, proxy):
    own, other = bare_campus.dn("mkeller"), bare_campus.dn("pweber")
    as_mkeller = acting_as(own)
    assert proxy.search_ext_s(own, ldap.SCOPE_BASE, attrlist=["mail"], serverctrls=as_mkeller)[0][1]["mail"]
    proxy.modify_ext_s(own, [(ldap.MOD_REPLACE, "mobile", b"+49 170 1")], serverctrls=as_mkeller)
    for name, attribute in ((own, "mail"), (own, "uidNumber"), (other, "mobile")):
        with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
            proxy.modify_ext_s(name, [(ldap.MOD_REPLACE, attribute, b"1")], serverctrls=as_mkeller)
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        proxy.search_ext_s(other, ldap.SCOPE_BASE, serverctrls=as_mkeller)


@pytest.mark.parametrize("who", [
    "uid=tfischer,ou=people,{base}",            # locked by the office
    "uid=dorlov,ou=people,{base}",              # privileged
    "uid=ghost,ou=people,{base}",               # nobody
    "cn=admin,{base}", "cn=spom-read,ou=services,{base}", "cn=spom-store,ou=services,{base}", "ou=people,{base}"])
def test_proxy_is_refused_as_anybody_else(bare_campus, proxy, who):
    base = bare_campus.json["ldap"]["base"]
    with pytest.raises(ldap.PROXIED_AUTHORIZATION_DENIED):
        proxy.search_ext_s(base, ldap.SCOPE_BASE, serverctrls=acting_as(who.format(base=base)))


def test_a_person_locked_by_guesses_may_still_be_acted_for(bare_campus, proxy):
    for _ in range(10):
        bare_campus.bind("bjansen", "wrong")
    name = bare_campus.dn("bjansen")
    assert proxy.search_ext_s(name, ldap.SCOPE_BASE, serverctrls=acting_as(name))


@pytest.mark.parametrize("name", ["spom-read", "spom-store"])
def test_nobody_but_the_proxy_acts_as_somebody(bare_campus, name):
    connection = bare_campus.ldap(service(bare_campus, name), bare_campus.secret(name.replace("spom", "ldap")))
    with pytest.raises(ldap.PROXIED_AUTHORIZATION_DENIED):
        connection.search_ext_s("", ldap.SCOPE_BASE, serverctrls=acting_as(bare_campus.dn("mkeller")))


def test_store_keeps_records_below_ou_spom_and_sees_nothing_else(bare_campus, store, reader):
    base = bare_campus.json["ldap"]["base"]
    record = f"ou=records,ou=spom,{base}"
    store.add_s(record, [("objectClass", b"organizationalUnit"), ("ou", b"records")])
    assert {f"ou=spom,{base}", record} <= set(found(store, f"ou=spom,{base}"))
    assert not found(reader, f"ou=spom,{base}")
    assert not found(bare_campus.ldap(bare_campus.dn("mkeller"), bare_campus.person(user="mkeller").password), record)
    store.delete_s(record)
    assert not found(store, f"ou=people,{base}")
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        store.delete_s(f"ou=spom,{base}")
    with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
        store.add_s(f"ou=x,ou=people,{base}", [("objectClass", b"organizationalUnit"), ("ou", b"x")])


def test_a_person_reads_the_own_entry_and_groups_only(bare_campus):
    person = bare_campus.person(role="employee")
    own = bare_campus.ldap(bare_campus.dn(person.user), person.password)
    assert set(found(own, bare_campus.dn(person.user))) == {bare_campus.dn(person.user)}
    assert "userPassword" not in found(own, bare_campus.dn(person.user))[bare_campus.dn(person.user)]
    assert found(own, f"ou=groups,{bare_campus.json['ldap']['base']}")
    for closed in (bare_campus.dn("mkeller"), f"ou=people,{bare_campus.json['ldap']['base']}",
                   f"ou=services,{bare_campus.json['ldap']['base']}", f"ou=spom,{bare_campus.json['ldap']['base']}"):
        assert not found(own, closed)


def test_starttls_and_ldaps_are_certified_for_the_address(bare_campus):
    uri = bare_campus.json["ldap"]["uri"]
    ldaps = uri.replace("ldap:", "ldaps:").replace(uri.rpartition(":")[2], str(int(uri.rpartition(":")[2]) + 1))
    for address, start in ((uri, True), (ldaps, False)):
        connection = ldap.initialize(address)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, bare_campus.json["ca"])
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        if start:
            connection.start_tls_s()
        connection.simple_bind_s(bare_campus.json["ldap"]["admin_dn"], bare_campus.json["ldap"]["admin_password"])


def test_groups_are_ten_deep_and_may_run_in_a_circle(bare_campus, reader):
    base = f"ou=groups,{bare_campus.json['ldap']['base']}"
    above, level = [], bare_campus.dn("yhaddad")
    while found(reader, base, f"(&(member={level})(!(cn=employees)))"):
        level = next(iter(found(reader, base, f"(&(member={level})(!(cn=employees)))")))
        above.append(level)
    assert len(above) == 10
    choir, orchestra = (found(reader, f"cn={cn},{base}")[f"cn={cn},{base}"]["member"] for cn in ("choir", "orchestra"))
    assert f"cn=orchestra,{base}".encode() in choir and f"cn=choir,{base}".encode() in orchestra


