/* What the judge makes of tokens and keys, by the examples of the specifications. Whole ways, and what is refused: tests/flow/test_oidc_assertion.py. */
#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "judge/jwt.h"
#include "judge/signature.h"

/* RFC 7515 appendix A.3, RFC 8037 appendix A.2. */
static const char JWKS[] =
    "{\"keys\":["
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
static const char ES256[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/* RFC 8037 appendix A.4: of no claims, so its parts are looked at. */
static const char ED_OCTETS[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const char ED_SIGNATURE[] =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

static struct arena arena;
static struct msg_judged_jwks keys;

static int setup(void **state)
{
	(void)state;
	const struct msg_judge_jwks ask = { { (const uint8_t *)JWKS, sizeof JWKS - 1 } };
	jwt_begin();
	return signature_begin() && jwk_judge_set(&ask, &arena, &keys) == JUDGE_NONE ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static enum judge_fault judge(const char *token, uint32_t n, struct msg_judged_jwt *judged_r)
{
	struct msg_judge_jwt ask = { .jwt = { (unsigned char *)(uintptr_t)token, strlen(token) } };
	ask.keys.at = keys.keys.at;
	ask.keys.n = n;
	return jwt_judge(&ask, &arena, judged_r);
}

static void keys_of_a_set(void **state)
{
	(void)state;
	assert_int_equal(keys.keys.n, 2);
	assert_int_equal(keys.keys.at[0].alg, JWS_ES256);
	assert_int_equal(keys.keys.at[1].alg, JWS_EDDSA);
	for (unsigned alg = JWS_RS256; alg <= JWS_EDDSA; alg++)
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(jws_is_key((enum jws_alg)alg, keys.keys.at[i].spki),
			    alg == (unsigned)keys.keys.at[i].alg);
}

static void a_token_of_the_specification(void **state)
{
	(void)state;
	struct msg_judged_jwt judged;
	assert_int_equal(judge(ES256, 2, &judged), JUDGE_NONE);
	assert_true(judged.is_verified);
	assert_true(text_equal_str(judged.iss, "joe"));
	assert_int_equal(judged.expires, 1300819380000);
	assert_null(judged.sub.at);
	assert_int_equal(judge(ES256, 0, &judged), JUDGE_NONE);
	assert_false(judged.is_verified);
}

/* One character of the signature or of what is signed. */
static void a_token_that_was_changed(void **state)
{
	(void)state;
	char token[sizeof ES256];
	for (size_t i = 0; i < sizeof ES256 - 1; i++) {
		struct msg_judged_jwt judged = { .is_verified = false };
		memcpy(token, ES256, sizeof token);
		token[i] = token[i] == 'A' ? 'B' : 'A';
		bool is_read = judge(token, 2, &judged) == JUDGE_NONE;
		ROW(token, !is_read || !judged.is_verified);
	}
}

static void a_signature_of_ed25519(void **state)
{
	(void)state;
	struct bytes octets = { (const uint8_t *)ED_OCTETS, sizeof ED_OCTETS - 1 }, signature;
	assert_true(jwt_bytes(text_of(ED_SIGNATURE), &arena, &signature));
	assert_true(jws_verify(&keys.keys.at[1], octets, signature));
	octets.len--;
	assert_false(jws_verify(&keys.keys.at[1], octets, signature));
	octets.len++;
	struct msg_client_key other = keys.keys.at[1];
	other.alg = JWS_ES256;
	assert_false(jws_verify(&other, octets, signature));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_a_set),
		cmocka_unit_test(a_token_of_the_specification),
		cmocka_unit_test(a_token_that_was_changed),
		cmocka_unit_test(a_signature_of_ed25519),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
