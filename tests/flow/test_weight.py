"""The sign-in page is small: who waits for it on a slow line has no session that would make up for it."""
from weight import weight_of

MOST = 20 * 1024


def test_the_sign_in_page_with_all_that_it_loads(campus):
    parts = weight_of(campus)
    kinds = {path.rsplit(".", 1)[-1] for path in parts}
    assert {"/login", "css", "js", "svg"} <= kinds, f"not all of it was found: {parts}"
    assert sum(parts.values()) < MOST, parts
