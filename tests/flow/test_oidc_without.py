"""OpenID Connect when a neighbour is away. Behind the tests of clients that sign: of what they signed before the store was emptied nobody knows whether it counted."""
from campus.client import until
from relying import fault_of, moodle, register, signed_in      # pylint: disable=unused-import
from words import says


def test_when_the_store_is_away(campus, register, moodle):
    """Clients are told in their own words that it passes (RFC 6749 4.1.2.1, 5.2), where nobody sees a page by redirect."""
    door, tv = signed_in(campus, campus.person(role="student")), register("tv", "--device")
    token = moodle.redeem(moodle.code(door.browser)).json()["access_token"]
    campus.stop("redis")
    try:
        told = moodle.answer_of(moodle.authorize(door.browser, prompt="none"))
        assert told["error"] == "temporarily_unavailable" and told["error_description"]
        page = moodle.authorize(door.browser)
        assert page.status_code == 503 and says(page, "store_unreachable")
        answers = [moodle.redeem("A" * 43), moodle.userinfo(token), moodle.post("/oidc/introspect", {"token": token}),
                   moodle.post("/oidc/revoke", {"token": token}), moodle.post("/oidc/par", moodle.request()), tv.post("/oidc/device", {"scope": "openid"})]
        for answer in answers:
            assert fault_of(answer, 503) == "temporarily_unavailable" and int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["error_description"] == "store_unreachable" and says(answer, "store_unreachable") and answer.json()["text"]
    finally:
        campus.start("redis")
    until(lambda: campus.browser().get("/health/ready").status_code == 200, "all is well again")
