#include "base/user.h"
#include <errno.h>
#include <pwd.h>
#include "base/io.h"
#include "base/text.h"

#define ROOM 16384u

static enum err find_named(const char *name, uid_t *uid_r)
{
	struct passwd entry, *found = NULL;
	char room[ROOM];
	errno = getpwnam_r(name, &entry, room, sizeof room, &found);
	if (errno != 0)
		return ERR_IO;
	if (found == NULL)
		return ERR_NOT_FOUND;
	*uid_r = entry.pw_uid;
	return OK;
}

enum err user_find(const char *name, uid_t *uid_r)
{
	unsigned long long number = 0;
	uid_t uid = IO_UID_OVERFLOW;
	enum err err = OK;
	if (text_to_number(text_of(name), UINT32_MAX - 1, &number))
		uid = (uid_t)number;
	else
		err = find_named(name, &uid);
	if (err != OK)
		return err;
	if (uid == IO_UID_OVERFLOW)
		return ERR_FORBIDDEN;
	*uid_r = uid;
	return OK;
}
