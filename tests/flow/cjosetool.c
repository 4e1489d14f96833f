/* cjosetool ALG - opens a token with a library that is not ours: the first line of stdin is the public JWK, the second the token, and what goes out is
 * its payload. Its tests read every token that they are given by it too (relying.py). */
#include <cjose/cjose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 65536

static char *next_line(char line[LINE_MAX_])
{
	if (fgets(line, LINE_MAX_, stdin) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static int refuse(const char *what, const cjose_err *err)
{
	(void)fprintf(
	    stderr, "cjosetool: %s: %s\n", what, err->message != NULL ? err->message : "another algorithm");
	return EXIT_FAILURE;
}

/* The library believes the header: so that is looked at first. */
static bool is_by(cjose_jws_t *jws, const char *wanted, cjose_err *err)
{
	const char *alg = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, err);
	return alg != NULL && strcmp(alg, wanted) == 0;
}

int main(int argc, char **argv)
{
	static char jwk[LINE_MAX_], token[LINE_MAX_];
	cjose_err err = { .message = NULL };
	uint8_t *payload;
	size_t len;
	if (argc != 2 || next_line(jwk) == NULL || next_line(token) == NULL)
		return fputs("usage: cjosetool ALG, with a JWK and a token on stdin\n", stderr) < 0 ? 1 : 2;
	cjose_jwk_t *key = cjose_jwk_import(jwk, strlen(jwk), &err);
	if (key == NULL)
		return refuse("no key", &err);
	cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &err);
	if (jws == NULL)
		return refuse("no token", &err);
	if (!is_by(jws, argv[1], &err) || !cjose_jws_verify(jws, key, &err) ||
	    !cjose_jws_get_plaintext(jws, &payload, &len, &err))
		return refuse("not verified", &err);
	bool written = fwrite(payload, 1, len, stdout) == len && fflush(stdout) == 0;
	cjose_jws_release(jws);
	cjose_jwk_release(key);
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
