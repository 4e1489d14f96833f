"""Assertions for one service's eyes: pysaml2 and xmlsec1 open them, and nobody else."""
import base64
import re
import subprocess

import pytest

from door import Door
from provider import CLAIMS, POST, REASON, REDIRECT, RESPONSE, Provider, make_key
from relying import HTML
from test_saml_logout import frames, told

GCM, CBC = "http://www.w3.org/2009/xmlenc11#aes{}-gcm", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
OAEP, PKCS1 = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
OAEP_11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
SHA256 = ('<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
          '<x:MGF xmlns:x="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/>')


@pytest.fixture(scope="module")
def inside(campus):
    door = Door(campus)
    door.person = campus.person(role="student")
    assert door.sign_in(door.person).json().get("done") is True
    return door


@pytest.fixture(scope="module")
def sealed(campus, tmp_path_factory):
    """One whose metadata have a key for encryption alone; registered anew by each test."""
    return Provider(campus, tmp_path_factory.mktemp("sealed"), "sealed", encrypts=True, logouts=(POST, REDIRECT))


@pytest.fixture
def register(ctl, sealed):
    """The same with other metadata and options."""
    kept = sealed.metadata.read_text()

    def add(*more, change=lambda text: text):
        sealed.metadata.write_text(change(kept))
        return ctl("service", "add", "sealed", "--saml-metadata", str(sealed.metadata), "--label", "Sealed", "--claims", CLAIMS, *more, *REASON)

    yield add
    sealed.metadata.write_text(kept)
    ctl("service", "remove", "sealed", *REASON)


def naming(*methods):
    """Metadata that name these algorithms for encryption."""
    inner = "".join(f'<ns0:EncryptionMethod Algorithm="{uri}">{more}</ns0:EncryptionMethod>' for uri, more in methods)

    def change(text):
        text = re.sub(r"<ns0:EncryptionMethod[^>]*/>", "", text)
        return re.sub(r'(use="encryption">.*?)(</ns0:KeyDescriptor>)', rf"\1{inner}\2", text, count=1, flags=re.S)
    return change


@pytest.mark.parametrize("change, cipher", [
    (naming(), "aes128"), (naming((GCM.format(256), "")), "aes256"), (naming((CBC, ""), (GCM.format(128), ""), (OAEP, "")), "aes128"),
    (naming((GCM.format(128), ""), (PKCS1, ""), (OAEP, '<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
                                                      'Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>')), "aes128")])
def test_an_assertion_is_for_the_service_alone(sealed, register, inside, change, cipher):
    added = register(change=change)
    assert added.returncode == 0, added.stderr
    page = sealed.ask(inside.browser)
    document = sealed.document(page)
    assert b"<saml:EncryptedAssertion " in document and b"<saml:Assertion " not in document and inside.person.user.encode() not in document
    assert GCM.format(cipher[3:]).encode() in document and OAEP.encode() in document
    answer = sealed.read(page)
    assert answer.ava["displayName"] == [inside.person.name] and answer.assertion.authn_statement
    clear = sealed.opened(document)
    assert inside.person.name in clear and "<saml:Assertion " in clear
    assert sealed.document(sealed.ask(inside.browser)) != document


def first(binding):
    """Metadata where that one of both stands first."""
    def change(text):
        places = re.findall(r"<ns0:SingleLogoutService [^>]*>", text)
        assert len(places) == 2
        return text.replace("".join(places), "".join(sorted(places, key=lambda place: binding not in place)))
    return change


@pytest.mark.parametrize("binding", [POST, REDIRECT])
def test_so_is_the_name_in_our_requests(campus, sealed, register, tmp_path, binding):
    """With the largest key that may be."""
    key, certificate = make_key(tmp_path, "large", "rsa:4096")
    encryption = "".join(certificate.read_text().split("-----")[2].split())
    assert register(change=lambda text: first(binding)(re.sub(r'(use="encryption">.*?X509Certificate>)[^<]+', rf"\g<1>{encryption}", text, flags=re.S))).returncode == 0
    door = Door(campus)
    door.sign_in(campus.person(role="student"))
    answer = sealed.document(sealed.ask(door.browser))
    name = re.search(r"<saml:NameID [^>]*>[^<]+</saml:NameID>", sealed.opened(answer, key))[0]
    [frame] = frames(door.browser.get(door.log_out().json()["next"], headers=HTML))
    document, _ = told(sealed, door.browser.get(frame, headers=HTML), "SAMLRequest")
    assert "<saml:EncryptedID " in document and "<saml:NameID" not in document and "SessionIndex>_" in document
    clear = sealed.opened(document.encode(), key)
    assert re.sub(r' xmlns:saml="[^"]+"', "", re.search(r"<saml:NameID [^>]*>[^<]+</saml:NameID>", clear)[0]) == re.sub(r' xmlns:saml="[^"]+"', "", name)


def test_by_sha_256_where_the_metadata_say_so(sealed, register, inside):
    """xmlsec1 of today does not know it: OpenSSL opens it."""
    assert register(change=naming((OAEP_11, SHA256), (GCM.format(256), ""))).returncode == 0
    document = sealed.document(sealed.ask(inside.browser)).decode()
    sealed.verify(document.encode(), RESPONSE)
    assert OAEP_11 in document and "mgf1sha256" in document
    wrapped, content = re.findall(r"<xenc:CipherValue>([^<]+)<", document)
    done = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", sealed.key, "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256",
                           "-pkeyopt", "rsa_mgf1_md:sha256"], input=base64.b64decode(wrapped), capture_output=True, check=False)
    assert done.returncode == 0 and len(done.stdout) == 32 and content


def test_when(sealed, register, inside, ctl):
    """By the mark of the metadata, or as the operator says."""
    unmarked = lambda text: text.replace(' use="encryption"', "")   # noqa: E731 pylint: disable=unnecessary-lambda-assignment
    for more, change, encrypted in (((), unmarked, False), (("--encrypt", "always"), unmarked, True), (("--encrypt", "never"), str, False),
                                    ((), naming((CBC, "")), False), ((), naming((PKCS1, ""), (GCM.format(128), "")), False)):
        added = register(*more, change=change)
        assert added.returncode == 0, added.stderr
        assert (b"EncryptedAssertion" in sealed.document(sealed.ask(inside.browser))) == encrypted, (more, change)
        assert ctl("service", "remove", "sealed", *REASON).returncode == 0


def test_what_cannot_be(register):
    for change in (naming((CBC, "")), lambda text: re.sub(r'<ns0:KeyDescriptor use="encryption">.*?</ns0:KeyDescriptor>', "", text, flags=re.S)):
        refused = register("--encrypt", "always", change=change)
        assert refused.returncode == 1 and "no RSA key to which we could encrypt" in refused.stderr
    assert register("--encrypt", "sometimes").returncode == 2


def test_an_operator_sees_how(sealed, register, ctl):
    assert register(change=naming((GCM.format(256), ""))).returncode == 0
    shown = ctl("service", "show", "sealed").stdout
    assert re.search(r"^encryption +aes256_gcm, oaep_sha1$", shown, re.M) and re.search(r"^encrypted +marked$", shown, re.M)
    assert ctl.json("service", "show", "sealed")["service"]["saml"]["encrypts_alone"] is True


def test_keys_that_are_refused(sealed, register, tmp_path):
    """With a reason; and a key is kept, not its certificate."""
    for how, said in ((("rsa:1024",), "too weak or unusual"), (("ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"), "too weak or unusual"),
                      (("ed25519",), "too weak or unusual"), (None, "cannot be read")):
        inner = "AAAA" if how is None else "".join(make_key(tmp_path, "weak", *how)[1].read_text().split("-----")[2].split())
        refused = register(change=lambda text, inner=inner: re.sub(r"(X509Certificate>)[^<]+", rf"\g<1>{inner}", text))
        assert refused.returncode == 1 and said in refused.stderr, (how, refused.stderr)
