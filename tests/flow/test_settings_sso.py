"""The settings of sign-ins to services, each turned once; see test_settings.py."""
import os
import subprocess

import pytest

from campus.client import until
from receiver import Receiver
from relying import Registry, signed_in
from turning import ctl, home, own, person, redis, settings      # pylint: disable=unused-import

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")


@pytest.fixture(scope="module")
def client(own):
    registry = Registry(own)
    yield registry("settings", "--refresh")
    registry.close()


@pytest.fixture
def inside(own, person):
    return signed_in(own, person)


def lasts(own, kind):
    """Seconds that the only value of a kind stays in the store."""
    names = [name for name in redis(own, "--scan") if f"{kind}:" in name]
    assert len(names) == 1, names
    return int(redis(own, "TTL", names[0])[0])


def test_code_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_code_s="600"):
        code = client.code(inside.browser)
        assert 590 <= lasts(own, "code") <= 600
        assert client.redeem(code).status_code == 200
    code = client.code(inside.browser)
    assert 50 <= lasts(own, "code") <= 60
    assert client.redeem(code).status_code == 200


def test_token_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_token_s="120"):
        assert 110 <= client.redeem(client.code(inside.browser)).json()["expires_in"] <= 120


def test_refresh_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_refresh_s="600"):
        tokens = client.redeem(client.code(inside.browser, scope="openid offline_access")).json()
        assert tokens["expires_in"] >= 3590, "an access token is as good as without it"
        assert 590 <= lasts(own, "refresh") <= 3660


def test_ca_file(own, ctl, person, tmp_path):
    """Somebody's own authority counts beside the system's, and what waits is tried at once."""
    certificate, key = own.dir / "told.pem", tmp_path / "told.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    receiver, registry = Receiver(certificate, key), Registry(own)
    told = registry("told", "--backchannel-logout-uri", receiver.uri("/ok/told"))
    door = signed_in(own, person)
    told.redeem(told.code(door.browser))
    door.log_out()
    assert receiver.hears_nothing("/ok/told")
    with settings(own, ctl, sso_DOT_ca_file=str(certificate)):
        receiver.until_heard("/ok/told", timeout_s=4)
    registry.close()
    receiver.close()


def test_claim_scope(own, ctl, client, inside):
    def told(scope):
        return client.userinfo(client.redeem(client.code(inside.browser, scope=scope)).json()["access_token"]).json()
    assert "given_name" in told("openid profile")
    with settings(own, ctl, claim_OF_given_name_DOT_scope="names"):
        until(lambda: "given_name" not in told("openid profile"), "it is of another scope", 5)
        assert "given_name" in told("openid names")
