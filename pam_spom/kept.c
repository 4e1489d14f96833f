#include "kept.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_NAME "pam_spom_login"

struct login {
	struct link link;
	pid_t pid;
	dev_t device;
	ino_t inode;
	uint64_t trace;
	size_t user_len;
	char user[];
};

static bool is_ours(const struct login *login)
{
	struct stat now;
	return login->link.fd >= 0 && login->pid == getpid() && fstat(login->link.fd, &now) == 0 &&
	       now.st_dev == login->device && now.st_ino == login->inode;
}

static void drop(pam_handle_t *pamh, void *data, int status)
{
	struct login *login = data;
	(void)pamh;
	(void)status;
	if (login == NULL)
		return;
	if (is_ours(login))
		link_close(&login->link);
	free(login);
}

bool kept_store(pam_handle_t *pamh, struct link *link, struct text user, uint64_t trace)
{
	struct stat now;
	if (fstat(link->fd, &now) != 0)
		return false;
	struct login *login = calloc(1, sizeof *login + user.len);
	if (login == NULL)
		return false;
	login->link = *link;
	login->pid = getpid();
	login->device = now.st_dev;
	login->inode = now.st_ino;
	login->trace = trace;
	login->user_len = user.len;
	memcpy(login->user, user.at, user.len);
	if (pam_set_data(pamh, KEPT_NAME, login, drop) != PAM_SUCCESS) {
		free(login);
		return false;
	}
	*link = LINK_CLOSED;
	return true;
}

void kept_forget(pam_handle_t *pamh)
{
	(void)pam_set_data(pamh, KEPT_NAME, NULL, drop);
}

enum kept kept_take(pam_handle_t *pamh, struct text user, struct link *link_r, uint64_t *trace_r)
{
	const void *data = NULL;
	if (pam_get_data(pamh, KEPT_NAME, &data) != PAM_SUCCESS || data == NULL)
		return KEPT_NOTHING;
	struct login *login = (struct login *)data;
	if (!text_equal(user, (struct text){ login->user, login->user_len }))
		return KEPT_OTHER;
	if (!is_ours(login) || !link_is_live(&login->link))
		return KEPT_NOTHING;
	*link_r = login->link;
	*trace_r = login->trace;
	login->link = LINK_CLOSED;
	return KEPT_LINK;
}
