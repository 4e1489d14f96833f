/* accounts.c - the accounts of people of a demo or a test, as LDIF: factors and recovery codes sealed as the authority seals them.
 *
 * A line is a person: the immutable id, the name, the secret of the authenticator (20 bytes as base64url), and recovery codes, with
 * a TAB between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/account/seal.h"
#include "authority/directory/instant.h"
#include "authority/keys/keys.h"
#include "authority/tool/seed.h"
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

struct into {
	const struct keys *keys;
	const char *base;
};

static enum err write_account(void *context, char *line)
{
	const struct into *into = context;
	char *rest = NULL;
	const char *person = strtok_r(line, "\t", &rest), *user = strtok_r(NULL, "\t", &rest),
		   *secret = strtok_r(NULL, "\t", &rest);
	if (person == NULL || user == NULL || secret == NULL)
		return ERR_MALFORMED;
	(void)printf("dn: spomPersonId=%s,ou=accounts,%s\nobjectClass: spomAccount\nspomPersonId: %s\n"
		     "spomGeneration: 0\nspomUser: %s\n",
	    person, into->base, person, user);
	enum err err = write_factor(into->keys, text_of(person), secret);
	if (err == OK)
		err = write_recovery(into->keys, text_of(person), &rest);
	(void)printf("\n");
	return err;
}

enum err seed_accounts(const char *master_key_file, const char *base)
{
	struct keys *keys;
	enum err err = keys_new(master_key_file, &keys);
	if (err != OK)
		return err;
	struct into into = { keys, base };
	(void)printf("dn: ou=accounts,%s\nobjectClass: organizationalUnit\nou: accounts\n\n", base);
	err = seed_lines(write_account, &into);
	keys_free(&keys);
	return err;
}
