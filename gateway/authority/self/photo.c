/* photo.c - the person's own picture, in parts that fit into a frame. */
#include <string.h>
#include "authority/authority.h"
#include "authority/self/self.h"
#include "conf/conf.h"

#define PHOTO_MAX (512u * KIB)
#define PART_MAX 49152u

/* The attribute of the picture; NULL: the settings show none. */
static const char *attribute_of(const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_attributes; i++)
		if (strcmp(conf->attributes[i].type, WIRE_ENUM_TEXT(field_type, FIELD_PHOTO)) == 0 &&
		    strcmp(conf->attributes[i].read, "self") == 0)
			return conf->attributes[i].ldap;
	return NULL;
}

static bool is_jpeg(struct bytes photo)
{
	return photo.len > 3 && memcmp(photo.at, "\xff\xd8\xff", 3) == 0;
}

static enum err load(struct call *call, struct secret token, struct bytes *photo_r)
{
	const struct msg_session_record *session;
	struct person person;
	const char *name = attribute_of(call->authority->conf);
	enum err err = self_session(call, token, &session);
	if (err == OK && name == NULL)
		return OK;
	if (err == OK)
		err = self_person(call, token, session, &person);
	if (err != OK)
		return err;
	err = directory_read_self_bytes(
	    call->authority->directory, &person, name, PHOTO_MAX, &call->arena, photo_r);
	return err == ERR_NOT_FOUND || err == ERR_TOO_LARGE ? OK : err;
}

enum err self_on_photo(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_photo *wanted = ask;
	struct bytes photo = { NULL, 0 };
	struct msg_photo_part *part = arena_alloc(&call->arena, sizeof *part);
	enum err err = part != NULL ? load(call, wanted->session, &photo) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	*part = (struct msg_photo_part){ .type = TEXT_LITERAL("image/jpeg"), .part = { (uint8_t *)"", 0 } };
	if (is_jpeg(photo) && wanted->offset < photo.len) {
		size_t left = photo.len - (size_t)wanted->offset;
		part->size = photo.len;
		part->part = (struct bytes){ photo.at + wanted->offset, left < PART_MAX ? left : PART_MAX };
	}
	*answer_r = WIRE(photo_part, part);
	return OK;
}
