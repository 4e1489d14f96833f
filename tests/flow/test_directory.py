"""The campus directory: how each state answers a bind, TLS, groups. What its identities may do: test_identities.py."""
import ldap
import pytest

from campus.directory import service_dn

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
    decoy, person = service_dn("decoy"), bare_campus.dn("mlindqvist")
    for name in (decoy, person):
        for _ in range(12):
            with pytest.raises(ldap.INVALID_CREDENTIALS):
                bare_campus.ldap(name, "wrong")
    written = {name: bare_campus.ldap().search_s(name, ldap.SCOPE_BASE, attrlist=["+"])[0][1] for name in (decoy, person)}
    # Both are written to at each failure; only the person is locked in the end.
    assert len(written[decoy]["pwdFailureTime"]) == len(written[person]["pwdFailureTime"]) == 10
    assert "pwdAccountLockedTime" in written[person] and "pwdAccountLockedTime" not in written[decoy]


@pytest.fixture(scope="module")
def reader(bare_campus):
    return bare_campus.ldap(service_dn("read"), bare_campus.secret("ldap-read"))


def found(connection, base, what="(objectClass=*)", attributes=("*", "+")):
    try:
        return dict(connection.search_s(base, ldap.SCOPE_SUBTREE, what, list(attributes)))
    except ldap.NO_SUCH_OBJECT:
        return {}


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
