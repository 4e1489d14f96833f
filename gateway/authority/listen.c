#include "authority/listen.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "authority/call/loop.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"
#include "sandbox/given.h"

static const enum role ROLES[] = { ROLE_DOOR, ROLE_CHECK, ROLE_BACK, ROLE_GATE, ROLE_PAM, ROLE_ADMIN,
	ROLE_COURIER };

static int given[COUNT(ROLES)];
static unsigned n_given;

enum err listen_begin(unsigned *n_given_r)
{
	const char *names[COUNT(ROLES)];
	for (size_t i = 0; i < COUNT(ROLES); i++)
		names[i] = WIRE_ENUM_TEXT(role, ROLES[i]);
	const struct given_wanted wanted = { names, COUNT(ROLES), AF_UNIX };
	char fault[GIVEN_FAULT_SIZE];
	enum err err = given_take(&wanted, given, &n_given, fault);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "sockets_refused", 0, LOG_STR("reason", fault));
	else
		*n_given_r = n_given;
	return err;
}

const char *listen_origin(void)
{
	return n_given > 0 ? "given" : "own";
}

static uid_t peer_of(const struct conf *conf, enum role role)
{
	const uint64_t UIDS[] = {
		[ROLE_DOOR] = conf->peers.door,
		[ROLE_CHECK] = conf->peers.check,
		[ROLE_BACK] = conf->peers.back,
		[ROLE_GATE] = conf->peers.gate,
		[ROLE_PAM] = conf->peers.pam,
		[ROLE_ADMIN] = conf->peers.admin,
		[ROLE_COURIER] = conf->peers.courier,
	};
	return (uid_t)UIDS[role];
}

static enum err listen_at(struct loop *loop, const char *path, enum role role, uid_t uid)
{
	for (size_t i = 0; i < n_given; i++)
		if (ROLES[i] == role)
			return loop_take(loop, given[i], role, uid);
	return loop_listen(loop, path, role, uid);
}

enum err listen_as(struct loop *loop, const struct conf *conf, enum role role)
{
	char path[IO_PATH_MAX + 64];
	(void)snprintf(
	    path, sizeof path, "%s/%s/authority.sock", conf->authority.sockets, WIRE_ENUM_TEXT(role, role));
	enum err err = listen_at(loop, path, role, peer_of(conf, role));
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "socket_refused", 0, LOG_STR("path", path),
		    LOG_STR("reason", err_text(err)), LOG_STR("cause", strerror(errno)));
	return err;
}

enum err listen_as_others(struct loop *loop, const struct conf *conf)
{
	enum err err = OK;
	for (size_t i = 0; err == OK && i < COUNT(ROLES); i++)
		if (ROLES[i] != ROLE_CHECK && ROLES[i] != ROLE_BACK)
			err = listen_as(loop, conf, ROLES[i]);
	return err;
}
