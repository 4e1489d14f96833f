#include "authority/sso/signing_set.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/keys/certificate.h"
#include "base/clock.h"
#include "base/enc.h"
#include "log/log.h"

#define NAME_BYTES 4 /* of the thumbprint, in the name of an entry */
#define THUMBPRINT_SIZE 32

/* The first word of an entry's name, by enum signing_alg. */
static const char *const PREFIXES[SIGNING_ALGS] = {
	[SIGNING_RS256] = "rs256-",
	[SIGNING_ES256] = "es256-",
	[SIGNING_EDDSA] = "eddsa-",
	[SIGNING_SAML] = "saml-",
};

static bool alg_of(struct text name, enum signing_alg *alg_r)
{
	for (unsigned alg = 0; alg < SIGNING_ALGS; alg++)
		if (text_starts_with(name, PREFIXES[alg])) {
			*alg_r = alg;
			return true;
		}
	return false;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* It follows from the key and its time alone: so every authority has the same one. */
static enum err certify(struct signing_key *key)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text base64;
	enum err err = certificate_of(key->key, key->made_ms, &arena, &base64);
	if (err != OK)
		return err;
	key->certificate = strdup(base64.at);
	return key->certificate != NULL ? OK : ERR_NO_MEMORY;
}

/* What is sealed was made by one of us; that it is what it says is looked at all the same, since its kid is told to everybody. */
static enum err open_key(
    const struct msg_signing_key_record *record, struct arena *arena, struct signing_key *key)
{
	struct jose_key *opened;
	if (record->alg != key->alg || record->kid.len >= sizeof key->kid)
		return ERR_MALFORMED;
	enum err err = jose_import(record->alg, record->private, &opened);
	if (err != OK)
		return err;
	struct text kid = jose_thumbprint(opened, arena);
	if (kid.at == NULL || !text_equal(kid, record->kid)) {
		jose_free(&opened);
		return kid.at == NULL ? ERR_NO_MEMORY : ERR_MALFORMED;
	}
	memcpy(key->kid, kid.at, kid.len + 1);
	key->made_ms = record->made;
	key->key = opened;
	return record->alg == SIGNING_SAML ? certify(key) : OK;
}

static enum err take(struct signing_set *set, const struct shelf_item *item, struct arena *arena)
{
	struct signing_key *key = &set->keys[set->n];
	if (!alg_of(item->name, &key->alg))
		return OK; /* none of ours */
	(void)snprintf(key->name, sizeof key->name, "%.*s", TEXT_ARGS(item->name));
	enum err err = item->record != NULL ? open_key(item->record, arena, key) : OK;
	if (err == ERR_MALFORMED)
		log_line(LOG_LEVEL_ERROR, "signing_key_broken", 0, LOG_TEXT("name", item->name));
	else if (err != OK)
		return err;
	set->n++;
	return OK;
}

/* Negative: a comes first. */
static int newest_first(const void *left, const void *right)
{
	const struct signing_key *a = left, *b = right;
	if ((a->key == NULL) != (b->key == NULL))
		return a->key == NULL ? 1 : -1;
	if (a->made_ms != b->made_ms)
		return a->made_ms > b->made_ms ? -1 : 1;
	int order = strcmp(b->kid, a->kid);
	return order != 0 ? order : strcmp(b->name, a->name);
}

enum err signing_set_read(struct authority *authority, struct signing_set **set_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(signing_set_free) struct signing_set *set = calloc(1, sizeof *set);
	struct shelf_item *items = NULL;
	unsigned n = 0;
	bool more = false;
	if (set == NULL)
		return ERR_NO_MEMORY;
	enum err err = shelf_list(authority, SHELF_SIGNING_KEY, SIGNING_KEYS_MAX, &arena, &items, &n, &more);
	if (err == OK && more)
		err = ERR_TOO_LARGE;
	for (unsigned i = 0; err == OK && i < n; i++)
		err = take(set, &items[i], &arena);
	if (err != OK)
		return err;
	qsort(set->keys, set->n, sizeof set->keys[0], newest_first);
	set->users = 1;
	*set_r = set;
	set = NULL;
	return OK;
}

void signing_set_free(struct signing_set **set)
{
	if (*set == NULL)
		return;
	for (unsigned i = 0; i < SIGNING_KEYS_MAX; i++) {
		jose_free(&(*set)->keys[i].key);
		free((*set)->keys[i].certificate);
	}
	free(*set);
	*set = NULL;
}

/* --- making ------------------------------------------------------------------------------------------------------- */

static enum err name_of(enum signing_alg alg, struct text kid, char name[SHELF_NAME_MAX + 1])
{
	unsigned char bytes[THUMBPRINT_SIZE];
	char hex[ENC_HEX_SIZE(NAME_BYTES)];
	enum err err = enc_from_base64url(kid.at, kid.len, bytes, sizeof bytes);
	if (err != OK)
		return err;
	enc_hex(bytes, NAME_BYTES, hex);
	(void)snprintf(name, SHELF_NAME_MAX + 1, "%s%s", PREFIXES[alg], hex);
	return OK;
}

static enum err put(struct authority *authority, const struct jose_key *key, enum signing_alg alg)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(secret_free) struct secret der = { NULL, 0 };
	struct text kid = jose_thumbprint(key, &arena);
	char name[SHELF_NAME_MAX + 1];
	if (kid.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = name_of(alg, kid, name);
	if (err == OK)
		err = jose_export(key, &der);
	if (err != OK)
		return err;
	const struct msg_signing_key_record record = {
		.kid = kid, .alg = alg, .private = der, .made = clock_now_ms()
	};
	err = shelf_add(
	    authority, SHELF_SIGNING_KEY, text_of(name), SHELF_NO_FINDS, WIRE(signing_key_record, &record));
	if (err == OK)
		log_line(LOG_LEVEL_INFO, "signing_key_made", 0, LOG_STR("name", name), LOG_TEXT("kid", kid));
	return err;
}

enum err signing_set_make(struct authority *authority, enum signing_alg alg)
{
	struct jose_key *key;
	enum err err = jose_generate(alg, &key);
	if (err != OK)
		return err;
	err = put(authority, key, alg);
	jose_free(&key);
	return err;
}

static bool has_any(const struct signing_set *set, enum signing_alg alg)
{
	for (unsigned i = 0; i < set->n; i++)
		if (set->keys[i].alg == alg)
			return true;
	return false;
}

/* *made_r: at least one was. */
static enum err make_missing(
    struct authority *authority, const struct signing_set *set, bool saml, bool *made_r)
{
	enum err err = OK;
	*made_r = false;
	for (unsigned alg = 0; err == OK && alg < SIGNING_SAML + (saml ? 1u : 0u); alg++) {
		if (has_any(set, alg))
			continue;
		err = signing_set_make(authority, alg);
		*made_r |= err == OK;
	}
	return err;
}

/* Behind what was made it is read again: another authority may have made its own meanwhile. */
enum err signing_set_complete(struct authority *authority, bool saml, struct signing_set **set_r)
{
	struct signing_set *set, *again;
	bool made;
	enum err err = signing_set_read(authority, &set);
	if (err != OK)
		return err;
	enum err lacks = make_missing(authority, set, saml, &made);
	if (made) {
		err = signing_set_read(authority, &again);
		signing_set_free(&set);
		if (err != OK)
			return err;
		set = again;
	}
	set->lacks = lacks;
	*set_r = set;
	return OK;
}

/* --- what follows ------------------------------------------------------------------------------------------------- */

static int64_t ahead_ms(enum signing_alg alg)
{
	return alg == SIGNING_SAML ? SIGNING_SAML_AHEAD_MS : SIGNING_AHEAD_MS;
}

const struct signing_key *signing_set_signer(
    const struct signing_set *set, enum signing_alg alg, int64_t now_ms)
{
	const struct signing_key *oldest = NULL;
	for (unsigned i = 0; i < set->n; i++) {
		const struct signing_key *key = &set->keys[i];
		if (key->key == NULL || key->alg != alg)
			continue;
		if (key->made_ms <= now_ms - ahead_ms(alg))
			return key;
		oldest = key;
	}
	return oldest;
}

/* The key that took or takes its place: the next newer one of the algorithm; NULL: it is the newest. */
static const struct signing_key *successor(const struct signing_set *set, const struct signing_key *key)
{
	const struct signing_key *newer = NULL;
	for (const struct signing_key *at = set->keys; at < key; at++)
		if (at->alg == key->alg)
			newer = at;
	return newer;
}

enum signing_state signing_set_state(
    const struct signing_set *set, const struct signing_key *key, int64_t now_ms, int64_t *changes_r)
{
	const struct signing_key *signer = signing_set_signer(set, key->alg, now_ms);
	*changes_r = 0;
	if (key->key == NULL)
		return SIGNING_STATE_BROKEN;
	if (key == signer)
		return SIGNING_STATE_SIGNS;
	if (key < signer) { /* newer */
		*changes_r = key->made_ms + ahead_ms(key->alg);
		return SIGNING_STATE_COMES;
	}
	const struct signing_key *next = successor(set, key);
	if (next == NULL) /* there is one: some other key signs, and it is newer */
		return SIGNING_STATE_SIGNED;
	*changes_r = next->made_ms + ahead_ms(key->alg) + SIGNING_KEPT_MS;
	return *changes_r <= now_ms ? SIGNING_STATE_OVER : SIGNING_STATE_SIGNED;
}
