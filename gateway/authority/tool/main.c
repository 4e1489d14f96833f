/* seedtool - the accounts of people of a demo or a test, as LDIF: factors and recovery codes sealed as the authority seals them. Never
 * installed.
 *
 * A line of the input is a person: the immutable id, the name, the secret of the authenticator (20 bytes as base64url), and recovery codes, with
 * a TAB between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/account/seal.h"
#include "authority/directory/instant.h"
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "base/enc.h"

#define SECRET_SIZE 20
#define NAME "Phone"
#define ADDED_BEFORE_MS (30 * 86400000LL)

/* Everybody's factor was added a month ago, and counts. */
static enum err factor_of(const char *secret, uint8_t bytes[SECRET_SIZE], struct msg_factor_record *factor)
{
	int64_t added = clock_now_ms() - ADDED_BEFORE_MS;
	*factor = (struct msg_factor_record){
		.kind = FACTOR_TOTP,
		.name = TEXT_LITERAL(NAME),
		.secret = { bytes, SECRET_SIZE },
		.period_s = 30,
		.digits = 6,
		.added = added,
		.counts_from = added,
	};
	memcpy(factor->id.bytes, "seed", 4);
	return enc_from_base64url(secret, strlen(secret), bytes, SECRET_SIZE);
}

static enum err write_factor(const struct keys *keys, struct text person, const char *secret)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_factor_record factor;
	uint8_t bytes[SECRET_SIZE];
	char key[KEYS_ID_TEXT_SIZE];
	struct text value = { 0 };
	enum err err = factor_of(secret, bytes, &factor);
	if (err == OK)
		err = seal_factor(keys, person, &factor, &arena, &value);
	if (err != OK)
		return err;
	keys_current_id(keys, key);
	(void)printf("spomFactor: %s\nspomFactorKey: %s\n", text_str(value), key);
	return OK;
}

static enum err write_recovery(const struct keys *keys, struct text person, char **rest)
{
	char made[INSTANT_SIZE], value[SEAL_RECOVERY_SIZE];
	char *code = strtok_r(NULL, "\t", rest);
	if (code == NULL)
		return OK;
	instant_write(clock_now_ms() - ADDED_BEFORE_MS, made);
	(void)printf("spomRecoveryMade: %s\n", made);
	for (; code != NULL; code = strtok_r(NULL, "\t", rest)) {
		enum err err = seal_recovery(
		    keys, person, (struct secret){ (unsigned char *)code, strlen(code) }, value);
		if (err != OK)
			return err;
		(void)printf("spomRecovery: %s\n", value);
	}
	return OK;
}

static enum err write_account(const struct keys *keys, const char *base, char *line)
{
	char *rest = NULL;
	const char *person = strtok_r(line, "\t", &rest), *user = strtok_r(NULL, "\t", &rest),
		   *secret = strtok_r(NULL, "\t", &rest);
	if (person == NULL || user == NULL || secret == NULL)
		return ERR_MALFORMED;
	(void)printf("dn: spomPersonId=%s,ou=accounts,%s\nobjectClass: spomAccount\nspomPersonId: %s\n"
		     "spomGeneration: 0\nspomUser: %s\n",
	    person, base, person, user);
	enum err err = write_factor(keys, text_of(person), secret);
	if (err == OK)
		err = write_recovery(keys, text_of(person), &rest);
	(void)printf("\n");
	return err;
}

static enum err write_all(const struct keys *keys, const char *base)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	enum err err = OK;
	(void)printf("dn: ou=accounts,%s\nobjectClass: organizationalUnit\nou: accounts\n\n", base);
	while (err == OK && (len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		err = write_account(keys, base, line);
	}
	free(line);
	return err == OK && (fflush(stdout) != 0 || ferror(stdout)) ? ERR_IO : err;
}

int main(int argc, char **argv)
{
	struct keys *keys;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("seedtool %s\n", SPOM_VERSION) < 0;
	if (argc != 3) {
		(void)fprintf(stderr, "usage: seedtool MASTER-KEY-FILE BASE <people >ldif\n");
		return 2;
	}
	enum err err = keys_new(argv[1], &keys);
	if (err == OK) {
		err = write_all(keys, argv[2]);
		keys_free(&keys);
	}
	if (err != OK)
		(void)fprintf(stderr, "seedtool: %s\n", err_text(err));
	return err != OK;
}
