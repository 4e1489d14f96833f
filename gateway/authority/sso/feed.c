#include "authority/sso/feed.h"
#include <fcntl.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/feed_cache.h"
#include "authority/sso/feed_seek.h"
#include "authority/sso/release.h"
#include "authority/sso/service.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/pem.h"
#include "log/log.h"

#define LABEL_MAX 120u

/* --- the feed's key ----------------------------------------------------------------------------------------------- */

static struct bytes read_certificate(const char *file, struct arena *arena)
{
	char *text = arena_alloc(arena, PEM_FILE_MAX + 1);
	size_t len = 0;
	CLEANUP(io_close) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || text == NULL || io_read_file(fd, text, PEM_FILE_MAX, &len) != OK)
		return (struct bytes){ NULL, 0 };
	text[len] = '\0';
	const uint8_t *der = pem_certificate(text, arena, &len);
	return (struct bytes){ der, der != NULL ? len : 0 };
}

enum err feed_signer(struct authority *authority, const struct conf_metadata *feed, struct arena *arena,
    struct feed_signer *signer_r)
{
	struct bytes der = read_certificate(feed->certificate_file, arena);
	uint8_t *hash = arena_alloc(arena, KEYS_HASH_SIZE);
	if (hash == NULL)
		return ERR_NO_MEMORY;
	if (der.at == NULL || der.len == 0) {
		log_line(LOG_LEVEL_ERROR, "feed_certificate_not_read", 0, LOG_STR("feed", feed->name),
		    LOG_STR("file", feed->certificate_file));
		return ERR_CONFIG;
	}
	keys_hash(authority->keys, KEY_ENTITY_STORE, der.at, der.len, hash);
	*signer_r = (struct feed_signer){ der, { hash, KEYS_HASH_SIZE } };
	return OK;
}

/* --- what is known ------------------------------------------------------------------------------------------------ */

static const struct conf_metadata *find_feed(const struct conf *conf, struct text name)
{
	for (unsigned i = 0; i < conf->n_feeds; i++)
		if (text_equal_str(name, conf->feeds[i].name))
			return &conf->feeds[i];
	return NULL;
}

static bool excepts(const struct conf_metadata *feed, struct text entity_id)
{
	for (unsigned i = 0; i < feed->except.n; i++)
		if (text_equal_str(entity_id, feed->except.at[i]))
			return true;
	return false;
}

/* By the feed that knows it, or by one before: that one is silent, or has forgotten it, and would else have been the one. */
static bool is_excepted(const struct conf *conf, const struct conf_metadata *known, struct text entity_id)
{
	bool excepted = false;
	for (const struct conf_metadata *feed = conf->feeds; feed <= known; feed++)
		excepted = excepted || excepts(feed, entity_id);
	return excepted;
}

enum err feed_known(
    struct authority *authority, struct text entity_id, struct arena *arena, struct feed_known *known_r)
{
	const struct conf *conf = authority->conf;
	const struct msg_metadata_record *record;
	struct feed_signer signer;
	if (conf->n_feeds == 0)
		return ERR_NOT_FOUND;
	enum err err = feed_cache_load(authority->keys, entity_id, arena, &record);
	if (err != OK)
		return err;
	const struct conf_metadata *feed = find_feed(conf, record->feed);
	if (feed == NULL || !text_equal(record->saml->entity_id, entity_id) ||
	    clock_now_ms() >= record->until)
		return ERR_NOT_FOUND;
	err = feed_signer(authority, feed, arena, &signer);
	if (err != OK)
		return err == ERR_CONFIG ? ERR_NOT_FOUND : err;
	/* by a key that does not count any more nothing is signed */
	if (record->signer.len != signer.hash.len ||
	    memcmp(record->signer.at, signer.hash.at, signer.hash.len) != 0)
		return ERR_NOT_FOUND;
	*known_r = (struct feed_known){ record, feed, is_excepted(conf, feed, entity_id) };
	return OK;
}

/* --- the service -------------------------------------------------------------------------------------------------- */

/* All those of a list that may stand there; rows have room. */
static uint32_t fill_claims(const struct conf *conf, const struct conf_list *list, struct msg_claim_row *rows)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < list->n; i++)
		if (release_is_known(conf, text_of(list->at[i])))
			rows[n++].value = text_of(list->at[i]);
	return n;
}

static bool names_category(const struct msg_metadata_record *record, struct text category)
{
	for (uint32_t i = 0; i < record->categories.n; i++)
		if (release_category_is(category, record->categories.at[i].uri))
			return true;
	return false;
}

static uint32_t fill_categories(const struct feed_known *known, struct msg_name_row *rows)
{
	const struct conf_list *list = &known->feed->categories;
	uint32_t n = 0;
	for (unsigned i = 0; i < list->n; i++)
		if (names_category(known->record, text_of(list->at[i])))
			rows[n++].value = text_of(list->at[i]);
	return n;
}

/* What the section of the feed says, and the metadata choose from it. */
static bool fill_policy(const struct conf *conf, const struct feed_known *known, struct arena *arena,
    struct msg_service_record *service)
{
	const struct conf_metadata *feed = known->feed;
	struct msg_value_row *groups = arena_array(arena, feed->groups.n + 1u, sizeof *groups);
	struct msg_claim_row *claims = arena_array(arena, feed->claims.n + 1u, sizeof *claims);
	struct msg_name_row *categories = arena_array(arena, feed->categories.n + 1u, sizeof *categories);
	if (groups == NULL || claims == NULL || categories == NULL)
		return false;
	for (unsigned i = 0; i < feed->groups.n; i++)
		groups[i].value = text_of(feed->groups.at[i]);
	service->groups.at = groups;
	service->groups.n = feed->groups.n;
	service->claims.at = claims;
	service->claims.n = fill_claims(conf, &feed->claims, claims);
	service->categories.at = categories;
	service->categories.n = fill_categories(known, categories);
	service->level = feed->two_factors ? SESSION_LEVEL_TWO_FACTORS : SESSION_LEVEL_NONE;
	service->freshness_s = feed->fresh_s;
	return true;
}

/* One that has no name is called by its entityID. */
static struct text label_of(const struct msg_metadata_record *record)
{
	struct text label = record->label.at != NULL ? record->label : record->saml->entity_id;
	if (label.len > LABEL_MAX)
		label.len = LABEL_MAX; /* entityIDs are ASCII, and labels no longer than that */
	return label;
}

enum err feed_make_service(struct authority *authority, const struct feed_known *known, struct arena *arena,
    const struct msg_service_record **service_r, const char **fault_r)
{
	const struct conf *conf = authority->conf;
	const struct msg_saml_record *saml = known->record->saml;
	struct msg_service_record *service = arena_alloc(arena, sizeof *service);
	char name[FEED_NAME_SIZE];
	feed_cache_name(authority->keys, saml->entity_id, name);
	if (service == NULL)
		return ERR_NO_MEMORY;
	*service = (struct msg_service_record){
		.protocol = PROTOCOL_SAML,
		.client_id = saml->entity_id,
		.subject = SUBJECT_PAIRWISE,
		.saml = saml,
	};
	if (!text_copy(arena, text_of(name), &service->name) ||
	    !text_copy(arena, label_of(known->record), &service->label) ||
	    !fill_policy(conf, known, arena, service))
		return ERR_NO_MEMORY;
	*fault_r = service_fault(conf, service, false);
	if (*fault_r != NULL)
		return ERR_MALFORMED;
	*service_r = service;
	return OK;
}

enum err feed_service(struct authority *authority, struct text entity_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	struct feed_known known;
	const char *fault = NULL;
	enum err err = feed_known(authority, entity_id, arena, &known);
	if (err != OK)
		return err;
	if (known.excepted)
		return ERR_FORBIDDEN;
	if (clock_now_ms() >= known.record->refresh)
		feed_seek_again(authority, entity_id);
	err = feed_make_service(authority, &known, arena, service_r, &fault);
	return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
}

/* An operator's registration has a time. */
bool feed_has(const struct msg_service_record *service)
{
	return service->added == 0;
}

enum err feed_reaches_inside(struct authority *authority, const struct msg_service_record *service,
    struct arena *arena, bool *inside_r)
{
	struct feed_known known;
	bool has = feed_has(service);
	enum err err = has ? feed_known(authority, service->client_id, arena, &known) : OK;
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*inside_r = !has || (err == OK && known.feed->own_network);
	return OK;
}
