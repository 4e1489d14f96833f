#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/whole.h"
#include "ctl/setup/setup.h"

#define AUTHORITY_USER "spom-authority" /* as systemd/sysusers.conf makes it */
#define PATH_SIZE 320u

/* The user that reads what is written; false: this machine has none, or files cannot be given to it. */
static bool find_owner(struct whole_owner *owner_r)
{
	struct passwd entry, *found = NULL;
	char room[16 * KIB];
	if (geteuid() != 0 || getpwnam_r(AUTHORITY_USER, &entry, room, sizeof room, &found) != 0 ||
	    found == NULL)
		return false;
	*owner_r = (struct whole_owner){ entry.pw_uid, entry.pw_gid };
	return true;
}

static void folder_of(const char *file, char room[PATH_SIZE])
{
	(void)snprintf(room, PATH_SIZE, "%s", file);
	char *slash = strrchr(room, '/');
	slash[slash == room] = '\0';
}

enum err setup_may_write(struct setup *setup)
{
	char folder[PATH_SIZE];
	folder_of(setup->file, folder);
	if (access(folder, W_OK | X_OK) == 0)
		return OK;
	dialogue_say(
	    "%s cannot be written to: %s. Run this as root, or name another file.", folder, strerror(errno));
	return ERR_FORBIDDEN;
}

static enum err written(const char *path, enum err err)
{
	if (err != OK)
		dialogue_say("%s could not be written: %s.", path, err_text(err));
	return err;
}

static enum err make_folder(const char *folder)
{
	if (mkdir(folder, 0711) == 0 || errno == EEXIST)
		return OK;
	return written(folder, ERR_IO);
}

static enum err write_secrets(struct setup *setup, const struct whole_owner *owner)
{
	enum err err = make_folder(setup->folder);
	for (unsigned i = 0; err == OK && i < SETUP_SECRETS; i++) {
		const struct secret *secret = &setup->secrets[i];
		const char *path = secret->at != NULL ? setup_secret_path(setup, i) : NULL;
		if (path != NULL)
			err = written(path, whole_replace(path, secret->at, secret->len, 0600, owner));
		else if (secret->at != NULL)
			err = ERR_NO_MEMORY;
	}
	return err;
}

/* Whether the authority would start with it; what it would say is said. */
static enum err check(const char *path)
{
	static struct conf_faults faults;
	CLEANUP(conf_free) struct conf *conf = NULL;
	faults.n = 0;
	enum err err = conf_load_all(path, &conf, &faults);
	for (unsigned i = 0; i < faults.n; i++)
		dialogue_say("%s", faults.at[i].text);
	return err;
}

/* The file of before stays beside the new one. */
static enum err put_in_place(const char *path, const char *file)
{
	char old[PATH_SIZE];
	(void)snprintf(old, sizeof old, "%s.old", file);
	(void)unlink(old);
	if (link(file, old) != 0 && errno != ENOENT)
		return written(old, ERR_IO);
	return rename(path, file) == 0 ? OK : written(file, ERR_IO);
}

static enum err write_settings(struct setup *setup, const struct whole_owner *owner)
{
	char path[PATH_SIZE];
	struct text text;
	const struct whole_owner ours = { geteuid(), owner != NULL ? owner->gid : getegid() };
	(void)snprintf(path, sizeof path, "%s.draft", setup->file);
	enum err err = conf_draft_text(setup->dialogue.draft, setup->arena, &text);
	if (err == OK)
		err = written(path, whole_replace(path, text.at, text.len, 0640, &ours));
	if (err != OK)
		return err;
	err = check(path);
	if (err != OK)
		dialogue_say("So %s is as it was, and the answers are in %s.", setup->file, path);
	return err == OK ? put_in_place(path, setup->file) : err;
}

enum err setup_write(struct setup *setup)
{
	struct whole_owner owner;
	bool has_owner = find_owner(&owner);
	mode_t before = umask(0); /* modes are meant as they stand here */
	enum err err = write_secrets(setup, has_owner ? &owner : NULL);
	if (err == OK)
		err = write_settings(setup, has_owner ? &owner : NULL);
	(void)umask(before);
	if (err == OK && !has_owner)
		dialogue_say(
		    "The user %s is not on this machine, or you are not root: %s and the settings are yours. "
		    "Give them to the user that the authority runs as.",
		    AUTHORITY_USER, setup->folder);
	return err;
}
