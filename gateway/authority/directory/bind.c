/* Whether a password is right. One bind in every case, whoever is asked for and whatever was typed: what the directory is asked shows
 * nobody which names are there. */
#include "authority/directory/directory.h"
#include "authority/directory/ppolicy.h"
#include "authority/directory/state.h"
#include "base/enc.h"

#define PASSWORD_MAX 1024
#define NOISE_BYTES 18

struct attempt {
	const char *dn;
	struct secret password;
	struct bind_result result;
};

static enum err try_password(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct attempt *attempt = context;
	struct ldapc_bound bound;
	enum err err = ldapc_bind(ldapc, attempt->dn, attempt->password, deadline_ms, &bound);
	return err == OK ? ppolicy_outcome(&bound, &attempt->result) : err;
}

/* An empty one would bind as nobody, with success; one with a NUL is two passwords to different servers. */
static bool may_be_sent(struct secret password)
{
	return password.len > 0 && password.len <= PASSWORD_MAX && secret_is_string(password);
}

/* The decoy's bind: its outcome counts for nothing, even if somebody hit its password. */
static enum err bind_decoy(struct directory *directory, struct secret password, struct bind_result *result_r)
{
	unsigned char noise[NOISE_BYTES];
	char typed[ENC_BASE64URL_SIZE(NOISE_BYTES)];
	struct attempt attempt = { .dn = directory->settings->decoy_dn, .password = password };
	if (!may_be_sent(password)) {
		secret_random(noise, sizeof noise);
		enc_base64url(noise, sizeof noise, typed);
		attempt.password = (struct secret){ (unsigned char *)typed, sizeof typed - 1 };
	}
	enum err err = pool_run(directory->bind, directory_deadline(directory), try_password, &attempt);
	if (err == OK)
		*result_r = (struct bind_result){ BIND_REFUSED, -1, -1 };
	return err;
}

enum err directory_bind(struct directory *directory, const struct person *person, struct secret password,
    struct bind_result *result_r)
{
	if (person == NULL || !may_be_sent(password))
		return bind_decoy(directory, password, result_r);
	struct attempt attempt = { .dn = text_str(person->dn), .password = password };
	enum err err = pool_run(directory->bind, directory_deadline(directory), try_password, &attempt);
	if (err == OK)
		*result_r = attempt.result;
	return err;
}
