"""The names of attributes: ours against those of a library that is not ours."""
import re

from saml2.attributemaps.saml_uri import MAP as attribute_names

from campus.layout import ROOT

ROW_OF_NAMES = re.compile(r'^(?:KNOWN|MADE|NAMED)\((\w+),.*?(?:OID\("([\d.]+)"\)|"(urn:[^"]+)"), +"([^"]+)"\)$', re.M)
CORE = {"name": "displayName", "preferred_username": "uid", "locale": "preferredLanguage", "email": "mail", "groups": "isMemberOf",
        "family_name": "sn", "phone_number": "telephoneNumber", "subject_id": "subject-id", "pairwise_id": "pairwise-id"}
YOUNGER = {"eduPersonAnalyticsTag": "urn:oid:1.3.6.1.4.1.5923.1.1.1.17", "eduPersonDisplayPronouns": "urn:oid:1.3.6.1.4.1.5923.1.1.1.18",
           "schacYearOfBirth": "urn:oid:1.3.6.1.4.1.25178.1.0.2.3"}       # which pysaml2 does not know


def test_the_names_of_saml_are_those_of_others():
    """Each row of the tables against the maps of pysaml2: the OID, the friendly name, and the claim, which is the same in words of OpenID Connect."""
    text = "".join((ROOT / "gateway/authority/sso" / name).read_text(encoding="utf-8") for name in ("release.def", "named.def"))
    rows = ROW_OF_NAMES.findall(text)
    assert len(rows) == len(re.findall(r"^(?:KNOWN|MADE|NAMED)\(", text, re.M)) > 45
    for claim, oid, uri, friendly in rows:
        name = f"urn:oid:{oid}" if oid else uri
        assert name == (YOUNGER.get(friendly) or attribute_names["to"][friendly]), claim
        assert friendly in YOUNGER or uri or attribute_names["fro"][name] == friendly, claim
        assert friendly == CORE.get(claim, friendly) and (claim in CORE or claim.replace("_", "") == friendly.lower()), claim
    schac = {name for name in attribute_names["to"] if re.match("schac[A-Z]|eduPerson[A-Z]", name)}
    assert schac - {friendly for *_, friendly in rows} == {"eduPersonTargetedID", "schacUserPrivateAttribute"}, "a NameID, and what hides others"
