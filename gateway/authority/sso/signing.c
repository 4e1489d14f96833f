#include "authority/sso/signing.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/certificate.h"
#include "authority/sso/signing_set.h"
#include "base/clock.h"
#include "log/log.h"

#define AGAIN_MS 5000 /* behind a failure */

struct signing {
	pthread_mutex_t lock; /* never held while something is read, made or signed */
	pthread_cond_t read;
	struct signing_set *set; /* NULL: nothing was read yet */
	enum err err;            /* of the last reading */
	bool reading;            /* by one thread */
	bool forgotten;
	bool saml;        /* a key of SAML was wanted: from then on one is made where there is none */
	int64_t again_ms; /* of the steady clock: when it is to be read again */
};

enum err signing_new(struct signing **signing_r)
{
	enum err err = jose_begin();
	struct signing *signing = err == OK ? calloc(1, sizeof *signing) : NULL;
	if (signing == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	(void)pthread_mutex_init(&signing->lock, NULL);
	(void)pthread_cond_init(&signing->read, NULL);
	*signing_r = signing;
	return OK;
}

void signing_free(struct signing **signing)
{
	if (*signing == NULL)
		return;
	signing_set_free(&(*signing)->set);
	(void)pthread_cond_destroy(&(*signing)->read);
	(void)pthread_mutex_destroy(&(*signing)->lock);
	free(*signing);
	*signing = NULL;
}

void signing_forget(struct signing *signing)
{
	pthread_mutex_lock(&signing->lock);
	signing->forgotten = true;
	pthread_mutex_unlock(&signing->lock);
}

/* --- the set that counts ------------------------------------------------------------------------------------------ */

/* Under the lock: one user less. The keys of a set that was replaced live until the last one has signed. */
static void leave(struct signing_set *set)
{
	if (set != NULL && --set->users == 0)
		signing_set_free(&set);
}

/* Under the lock. */
static void settle(struct signing *signing, enum err err, struct signing_set *fresh)
{
	bool whole = err == OK && fresh->lacks == OK;
	if (err == OK) {
		leave(signing->set);
		signing->set = fresh;
	}
	signing->err = err;
	signing->reading = false;
	signing->again_ms = clock_steady_ms() + (whole ? SIGNING_READ_MS : AGAIN_MS);
	pthread_cond_broadcast(&signing->read);
}

/* Under the lock, which it gives away meanwhile. */
static void read_anew(struct authority *authority, struct signing *signing)
{
	struct signing_set *fresh = NULL;
	bool saml = signing->saml;
	signing->reading = true;
	signing->forgotten = false;
	pthread_mutex_unlock(&signing->lock);
	enum err err = signing_set_complete(authority, saml, &fresh);
	enum err told = err != OK ? err : fresh->lacks;
	if (told != OK)
		log_line(LOG_LEVEL_WARNING, "signing_keys_not_read", 0, LOG_STR("reason", err_text(told)));
	pthread_mutex_lock(&signing->lock);
	settle(signing, err, fresh);
}

static bool is_due(const struct signing *signing)
{
	return signing->set == NULL || signing->forgotten || clock_steady_ms() >= signing->again_ms;
}

static bool has_saml(const struct signing_set *set)
{
	return signing_set_signer(set, SIGNING_SAML, clock_now_ms()) != NULL;
}

/* Under the lock: the first who wants a key of SAML has it made, by the one thread that reads. */
static void want_saml(struct signing *signing)
{
	if (!signing->saml)
		signing->forgotten = true;
	signing->saml = true;
}

/* Under the lock: whether what there is will not do while another is read. */
static bool waits(const struct signing *signing, bool saml)
{
	return signing->reading && (signing->set == NULL || (saml && !has_saml(signing->set)));
}

/* The keys, to be given back. One thread reads; the others go on with what there is, and wait where there is nothing. */
static enum err borrow_for(struct authority *authority, bool saml, struct signing_set **set_r)
{
	struct signing *signing = authority->signing;
	pthread_mutex_lock(&signing->lock);
	if (saml)
		want_saml(signing);
	while (waits(signing, saml))
		pthread_cond_wait(&signing->read, &signing->lock);
	if (!signing->reading && is_due(signing))
		read_anew(authority, signing);
	while (waits(signing, saml))
		pthread_cond_wait(&signing->read, &signing->lock);
	struct signing_set *set = signing->set;
	enum err err = set != NULL ? OK : signing->err;
	if (set != NULL)
		set->users++;
	pthread_mutex_unlock(&signing->lock);
	*set_r = set;
	return err;
}

static enum err borrow(struct authority *authority, struct signing_set **set_r)
{
	return borrow_for(authority, false, set_r);
}

static void give_back(struct authority *authority, struct signing_set *set)
{
	pthread_mutex_lock(&authority->signing->lock);
	leave(set);
	pthread_mutex_unlock(&authority->signing->lock);
}

/* --- use ---------------------------------------------------------------------------------------------------------- */

enum err signing_sign(struct authority *authority, enum signing_alg alg, const char *typ, struct text claims,
    struct arena *arena, struct secret *token_r)
{
	struct signing_set *set;
	enum err err = borrow(authority, &set);
	if (err != OK)
		return err;
	const struct signing_key *key = signing_set_signer(set, alg, clock_now_ms());
	if (key != NULL)
		err = jose_sign(key->key, typ, text_of(key->kid), claims, arena, token_r);
	else
		err = set->lacks != OK ? set->lacks : ERR_STALE;
	give_back(authority, set);
	return err;
}

enum err signing_open(struct authority *authority, const char *typ, struct text token, struct arena *arena,
    struct text *claims_r)
{
	struct signing_set *set;
	enum err err = borrow(authority, &set);
	if (err != OK)
		return err;
	err = ERR_MALFORMED;
	for (unsigned i = 0; err == ERR_MALFORMED && i < set->n && set->keys[i].key != NULL; i++)
		err = jose_open(set->keys[i].key, typ, text_of(set->keys[i].kid), token, arena, claims_r);
	give_back(authority, set);
	return err;
}

/* {"keys":[...]}; absent when memory is out. */
static struct text print_set(const struct signing_set *set, struct arena *arena)
{
	static const char BEGIN[] = "{\"keys\":[", END[] = "]}";
	struct text keys[SIGNING_KEYS_MAX];
	size_t room = sizeof BEGIN + sizeof END, len = sizeof BEGIN - 1;
	for (unsigned i = 0; i < set->n && set->keys[i].key != NULL; i++) {
		keys[i] = text_of(NULL);
		if (set->keys[i].alg == SIGNING_SAML)
			continue;
		keys[i] = jose_jwk(set->keys[i].key, text_of(set->keys[i].kid), arena);
		if (keys[i].at == NULL)
			return keys[i];
		room += keys[i].len + 1;
	}
	char *text = arena_alloc(arena, room);
	if (text == NULL)
		return text_of(NULL);
	memcpy(text, BEGIN, len);
	for (unsigned i = 0; i < set->n && set->keys[i].key != NULL; i++) {
		if (keys[i].at == NULL)
			continue;
		if (text[len - 1] != '[')
			text[len++] = ',';
		memcpy(text + len, keys[i].at, keys[i].len);
		len += keys[i].len;
	}
	memcpy(text + len, END, sizeof END);
	return (struct text){ text, len + sizeof END - 1 };
}

enum err signing_key_set(struct authority *authority, struct arena *arena, struct text *json_r)
{
	struct signing_set *set;
	enum err err = borrow(authority, &set);
	if (err != OK)
		return err;
	bool has_one = set->n > 0 && set->keys[0].key != NULL;
	enum err lacks = set->lacks != OK ? set->lacks : ERR_STALE;
	struct text json = has_one ? print_set(set, arena) : text_of(NULL);
	give_back(authority, set);
	if (json.at == NULL)
		return has_one ? ERR_NO_MEMORY : lacks;
	*json_r = json;
	return OK;
}

/* --- SAML --------------------------------------------------------------------------------------------------------- */

/* As borrow, with a key of SAML. */
static enum err borrow_saml(struct authority *authority, struct signing_set **set_r)
{
	struct signing_set *set;
	enum err err = borrow_for(authority, true, &set);
	if (err != OK)
		return err;
	if (has_saml(set)) {
		*set_r = set;
		return OK;
	}
	err = set->lacks != OK ? set->lacks : ERR_STALE;
	give_back(authority, set);
	return err;
}

enum err signing_sign_saml(struct authority *authority, struct text octets, struct arena *arena,
    struct text *signature_r, struct text *certificate_r)
{
	struct signing_set *set;
	enum err err = borrow_saml(authority, &set);
	if (err != OK)
		return err;
	const struct signing_key *key = signing_set_signer(set, SIGNING_SAML, clock_now_ms());
	err = certificate_sign(key->key, octets, arena, signature_r);
	if (err == OK && !text_copy(arena, text_of(key->certificate), certificate_r))
		err = ERR_NO_MEMORY;
	give_back(authority, set);
	return err;
}

enum err signing_certificates(struct authority *authority, unsigned max, struct arena *arena,
    struct text *certificates_r, unsigned *n_r)
{
	struct signing_set *set;
	unsigned n = 0;
	enum err err = borrow_saml(authority, &set);
	if (err != OK)
		return err;
	const struct signing_key *signer = signing_set_signer(set, SIGNING_SAML, clock_now_ms());
	if (!text_copy(arena, text_of(signer->certificate), &certificates_r[n++]))
		err = ERR_NO_MEMORY;
	for (unsigned i = 0; err == OK && i < set->n && n < max; i++)
		if (set->keys[i].certificate != NULL && &set->keys[i] != signer &&
		    !text_copy(arena, text_of(set->keys[i].certificate), &certificates_r[n++]))
			err = ERR_NO_MEMORY;
	give_back(authority, set);
	*n_r = n;
	return err;
}

/* --- for operators ------------------------------------------------------------------------------------------------ */

static bool fill_row(const struct signing_set *set, const struct signing_key *key, int64_t now_ms,
    struct arena *arena, struct msg_signing_row *row)
{
	row->alg = key->alg;
	row->made = key->made_ms;
	row->state = signing_set_state(set, key, now_ms, &row->changes);
	if (key->kid[0] != '\0' && !text_copy(arena, text_of(key->kid), &row->kid))
		return false;
	return text_copy(arena, text_of(key->name), &row->name);
}

enum err signing_list(
    struct authority *authority, struct arena *arena, const struct msg_signing_row **rows_r, unsigned *n_r)
{
	CLEANUP(signing_set_free) struct signing_set *set = NULL;
	int64_t now_ms = clock_now_ms();
	enum err err = signing_set_complete(authority, false, &set);
	if (err == OK)
		err = set->lacks;
	if (err != OK)
		return err;
	struct msg_signing_row *rows = arena_array(arena, set->n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < set->n; i++)
		if (!fill_row(set, &set->keys[i], now_ms, arena, &rows[i]))
			return ERR_NO_MEMORY;
	*rows_r = rows;
	*n_r = set->n;
	return OK;
}

/* Whether a rotation takes that key away, whatever the new one is for. */
static bool is_over(const struct signing_set *set, const struct signing_key *key)
{
	int64_t changes_ms;
	enum signing_state state = signing_set_state(set, key, clock_now_ms(), &changes_ms);
	return state == SIGNING_STATE_OVER || state == SIGNING_STATE_BROKEN;
}

/* Takes keys of the algorithm away: those that are over, or all. */
static enum err clear(struct authority *authority, const struct signing_set *set, enum signing_alg alg,
    bool all, unsigned *gone)
{
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < set->n; i++) {
		const struct signing_key *key = &set->keys[i];
		if (key->alg != alg || !(all || is_over(set, key)))
			continue;
		err = shelf_remove(authority, SHELF_SIGNING_KEY, text_of(key->name));
		*gone += err == OK;
		if (err == ERR_NOT_FOUND) /* just now, or by somebody else's rotation */
			err = OK;
	}
	return err;
}

/* Those that sign go last: should something fail, there are more than there need be. */
enum err signing_rotate(struct authority *authority, enum signing_alg alg, bool retire, unsigned *gone_r)
{
	CLEANUP(signing_set_free) struct signing_set *set = NULL;
	unsigned gone = 0;
	enum err err = signing_set_read(authority, &set);
	if (err == OK)
		err = clear(authority, set, alg, false, &gone);
	if (err == OK && !retire && set->n - gone == SIGNING_KEYS_MAX)
		err = ERR_TOO_LARGE;
	if (err == OK)
		err = signing_set_make(authority, alg);
	if (err == OK && retire)
		err = clear(authority, set, alg, true, &gone);
	signing_forget(authority->signing);
	if (err == OK)
		*gone_r = gone;
	return err;
}
