#include "authority/sso/shelf_entry.h"
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "conf/conf.h"

const char *const SHELF_NAMES[SHELF_ATTRIBUTES] = {
	[SHELF_SEALED] = "spomSealed",
	[SHELF_SEALED_KEY] = "spomSealedKey",
	[SHELF_FOUND_BY] = "spomFoundBy",
	[SHELF_CSN] = "entryCSN",
};

static const struct {
	const char *unit, *class;
	enum key_purpose purpose;
	const struct wire_msg *(*msg)(void);
} SHELVES[SHELF_COUNT_] = {
	[SHELF_SERVICE] = { "services", "spomService", KEY_SERVICE, wire_msg_service_record },
	[SHELF_RELEASES] = { "releases", "spomReleases", KEY_RELEASE, wire_msg_release_book },
	[SHELF_SIGNING_KEY] = { "keys", "spomSigningKey", KEY_SIGNING, wire_msg_signing_key_record },
};

const char *shelf_class(enum shelf shelf)
{
	return SHELVES[shelf].class;
}

const char *shelf_unit(enum shelf shelf)
{
	return SHELVES[shelf].unit;
}

const struct wire_msg *shelf_msg(enum shelf shelf)
{
	return SHELVES[shelf].msg();
}

enum err shelf_parent(struct authority *authority, enum shelf shelf, struct arena *arena, const char **dn_r)
{
	const struct conf *conf = authority->conf;
	const char *dn = arena_printf(arena, "ou=%s,%s", shelf_unit(shelf), conf->records.base);
	if (dn == NULL)
		return ERR_NO_MEMORY;
	*dn_r = dn;
	return OK;
}

bool shelf_is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
		if (!plain)
			return false;
	}
	return name.len > 0 && name.len <= SHELF_NAME_MAX;
}

enum err shelf_dn_of(
    struct authority *authority, enum shelf shelf, struct text name, struct arena *arena, const char **dn_r)
{
	const char *parent;
	if (!shelf_is_name(name))
		return ERR_MALFORMED;
	enum err err = shelf_parent(authority, shelf, arena, &parent);
	if (err != OK)
		return err;
	const char *dn = arena_printf(arena, "cn=%.*s,%s", TEXT_ARGS(name), parent);
	if (dn == NULL)
		return ERR_NO_MEMORY;
	*dn_r = dn;
	return OK;
}

/* The RDN, never a value of cn: an entry may have several. */
bool shelf_name_of(struct text dn, struct text *name_r)
{
	const char *comma = dn.len > 3 ? memchr(dn.at, ',', dn.len) : NULL;
	if (comma == NULL || !text_starts_with(dn, "cn="))
		return false;
	struct text name = { dn.at + 3, (size_t)(comma - dn.at) - 3 };
	if (!shelf_is_name(name))
		return false;
	*name_r = name;
	return true;
}

static int by_bytes(const void *left, const void *right)
{
	const struct text *a = left, *b = right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len > 0 ? memcmp(a->at, b->at, len) : 0;
	return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* The directory keeps values in no order. */
static struct text *sorted(struct shelf_finds finds, struct arena *arena)
{
	struct text *texts = arena_array(arena, finds.n + 1u, sizeof *texts);
	if (texts == NULL || finds.n == 0)
		return texts;
	memcpy(texts, finds.at, finds.n * sizeof *texts);
	qsort(texts, finds.n, sizeof *texts, by_bytes);
	return texts;
}

/* A text, with a NUL before it. */
static uint8_t *append(uint8_t *at, struct text text)
{
	*at++ = '\0';
	return text.len > 0 ? mempcpy(at, text.at, text.len) : at;
}

/* The unit, the name, the texts by which it is found (where there is none, an empty one); the NULs between them, which none of them holds,
 * keep them apart. */
static struct bytes associated_of(
    enum shelf shelf, struct text name, struct shelf_finds finds, struct arena *arena)
{
	const struct text *texts = sorted(finds, arena);
	unsigned n = finds.n > 0 ? finds.n : 1;
	size_t unit_len = strlen(shelf_unit(shelf)), len = unit_len + 1 + name.len;
	for (unsigned i = 0; texts != NULL && i < n; i++)
		len += 1 + texts[i].len;
	uint8_t *bytes = arena_alloc(arena, len), *to = bytes;
	if (bytes == NULL || texts == NULL)
		return (struct bytes){ 0 };
	to = append(mempcpy(to, shelf_unit(shelf), unit_len), name);
	for (unsigned i = 0; i < n; i++)
		to = append(to, texts[i]);
	return (struct bytes){ bytes, len };
}

enum err shelf_seal(const struct keys *keys, enum shelf shelf, struct text name, struct shelf_finds finds,
    struct wire_any record, struct arena *arena, struct text *value_r)
{
	if (record.msg != shelf_msg(shelf))
		return ERR_INTERNAL;
	size_t room = WIRE_BODY_MAX, len;
	uint8_t *body = arena_alloc(arena, room);
	struct bytes associated = associated_of(shelf, name, finds, arena);
	struct secret sealed;
	if (body == NULL || associated.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_encode(record, body, room, &len);
	if (err == OK)
		err = keys_seal_for(
		    keys, SHELVES[shelf].purpose, (struct bytes){ body, len }, associated, arena, &sealed);
	if (err == OK)
		*value_r = (struct text){ (const char *)sealed.at, sealed.len };
	return err;
}

struct shelf_finds shelf_finds_of(const struct attribute *found_by)
{
	return (struct shelf_finds){ found_by->values, found_by->n_values };
}

enum err shelf_open(const struct keys *keys, enum shelf shelf, struct text name,
    const struct attribute *attributes, struct arena *arena, const void **record_r)
{
	const struct attribute *value = &attributes[SHELF_SEALED], *found = &attributes[SHELF_FOUND_BY];
	struct bytes plain;
	if (value->n_values != 1 || found->n_values > SHELF_FINDS_MAX)
		return ERR_MALFORMED;
	struct bytes associated = associated_of(shelf, name, shelf_finds_of(found), arena);
	if (associated.at == NULL)
		return ERR_NO_MEMORY;
	struct secret sealed = { (unsigned char *)value->values[0].at, value->values[0].len };
	enum err err = keys_unseal_for(keys, SHELVES[shelf].purpose, sealed, associated, arena, &plain);
	if (err == OK)
		err = wire_decode(shelf_msg(shelf), (uint8_t *)plain.at, plain.len, arena, record_r);
	return err == OK || err == ERR_NO_MEMORY ? err : ERR_MALFORMED;
}
