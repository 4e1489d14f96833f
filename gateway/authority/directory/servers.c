#include "authority/directory/servers.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include "authority/directory/ldapc.h"
#include "authority/directory/monitor.h"
#include "authority/directory/settings.h"
#include "base/clock.h"

enum server_state {
	SERVER_DEAD,
	SERVER_SUSPECT,
	SERVER_ALIVE,
};

struct server {
	struct servers *servers;
	const char *uri;
	enum server_state state;
	unsigned epoch;
	pthread_t thread;
};

struct servers {
	struct monitor monitor;
	const struct directory_settings *_Atomic settings;
	const struct ldapc_kind *kind;
	bool stopping;
	unsigned n; /* those whose thread runs */
	struct server at[DIRECTORY_SERVERS_MAX];
};

/* One search that every directory answers with something. Anything counts: a refusal is a sign of life. */
static bool answers(const struct servers *servers, const char *uri, struct ldapc_fault *fault)
{
	static const char *const NOTHING[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = {
		.base = servers->settings->people_base,
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = NOTHING,
	};
	CLEANUP(ldapc_close) struct ldapc *ldapc = NULL;
	int64_t deadline_ms = clock_steady_ms() + servers->kind->network_timeout_ms;
	enum err err = ldapc_open(servers->kind, uri, deadline_ms, &ldapc, fault);
	if (err != OK)
		return false;
	LDAPMessage *chain = NULL;
	int code = LDAP_OTHER;
	err = ldapc_search(ldapc, &search, deadline_ms, &chain, &code);
	ldap_msgfree(chain);
	return err == OK && code != LDAP_BUSY && code != LDAP_UNAVAILABLE;
}

/* Inside the monitor. */
static void settle(struct server *server, bool up, const struct ldapc_fault *fault)
{
	struct servers *servers = server->servers;
	enum server_state was = server->state;
	server->state = up ? SERVER_ALIVE : SERVER_DEAD;
	monitor_wake_all(&servers->monitor);
	bool changed = up ? was == SERVER_DEAD : was != SERVER_DEAD;
	if (!changed || servers->settings->notice == NULL)
		return;
	monitor_leave(&servers->monitor);
	servers->settings->notice(server->uri, up, up ? "" : fault->text);
	monitor_enter(&servers->monitor);
}

static void pause_until(struct servers *servers, int64_t due_ms)
{
	while (!servers->stopping && clock_left_ms(due_ms) > 0)
		(void)monitor_wait(&servers->monitor, due_ms);
}

static void *watch(void *argument)
{
	struct server *server = argument;
	struct servers *servers = server->servers;
	monitor_enter(&servers->monitor);
	while (!servers->stopping) {
		if (server->state == SERVER_ALIVE) {
			(void)monitor_wait(&servers->monitor, INT64_MAX);
			continue;
		}
		struct ldapc_fault fault = { "no answer" };
		monitor_leave(&servers->monitor);
		bool up = answers(servers, server->uri, &fault);
		monitor_enter(&servers->monitor);
		settle(server, up, &fault);
		if (!up)
			pause_until(servers, clock_steady_ms() + servers->settings->probe_ms);
	}
	monitor_leave(&servers->monitor);
	return NULL;
}

/* Signals are the program's affair: its own threads are to get them. */
static enum err watch_start(struct server *server)
{
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&server->thread, NULL, watch, server);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed == 0 ? OK : ERR_NO_MEMORY;
}

enum err servers_new(
    const struct directory_settings *settings, const struct ldapc_kind *kind, struct servers **servers_r)
{
	struct servers *servers = calloc(1, sizeof *servers);
	if (servers == NULL || monitor_init(&servers->monitor) != OK) {
		free(servers);
		return ERR_NO_MEMORY;
	}
	servers->settings = settings;
	servers->kind = kind;
	for (unsigned i = 0; i < settings->n_uris; i++)
		servers->at[i] =
		    (struct server){ .servers = servers, .uri = settings->uris[i], .state = SERVER_ALIVE };
	enum err err = OK;
	while (err == OK && servers->n < settings->n_uris) {
		err = watch_start(&servers->at[servers->n]);
		servers->n += err == OK;
	}
	if (err != OK)
		servers_free(&servers);
	else
		*servers_r = servers;
	return err;
}

void servers_follow(struct servers *servers, const struct directory_settings *settings)
{
	servers->settings = settings;
}

void servers_free(struct servers **servers)
{
	struct servers *old = *servers;
	if (old == NULL)
		return;
	monitor_enter(&old->monitor);
	old->stopping = true;
	monitor_wake_all(&old->monitor);
	monitor_leave(&old->monitor);
	for (unsigned i = 0; i < old->n; i++)
		(void)pthread_join(old->at[i].thread, NULL);
	monitor_done(&old->monitor);
	free(old);
	*servers = NULL;
}

/* The first server in a state, from a place on, that was not tried; n when there is none. Inside the monitor. */
static unsigned first(const struct servers *servers, enum server_state state, unsigned from, unsigned tried)
{
	while (from < servers->n && (servers->at[from].state != state || (tried >> from & 1u) != 0))
		from++;
	return from;
}

enum err servers_choose(
    struct servers *servers, unsigned tried, int64_t deadline_ms, struct server_choice *choice_r)
{
	enum err err = OK;
	monitor_enter(&servers->monitor);
	unsigned at = first(servers, SERVER_ALIVE, 0, tried);
	while (err == OK && at == servers->n) {
		if (first(servers, SERVER_SUSPECT, 0, tried) == servers->n)
			err = ERR_UNREACHABLE;
		else if (!monitor_wait(&servers->monitor, deadline_ms))
			err = ERR_TIMEOUT;
		at = first(servers, SERVER_ALIVE, 0, tried);
	}
	if (at < servers->n) {
		err = OK;
		*choice_r = (struct server_choice){
			.uri = servers->at[at].uri,
			.at = at,
			.epoch = servers->at[at].epoch,
			.last = first(servers, SERVER_ALIVE, at + 1, tried) == servers->n,
		};
	}
	monitor_leave(&servers->monitor);
	return err;
}

void servers_suspect(struct servers *servers, const struct server_choice *choice)
{
	monitor_enter(&servers->monitor);
	struct server *server = &servers->at[choice->at];
	if (server->epoch == choice->epoch && server->state == SERVER_ALIVE) {
		server->state = SERVER_SUSPECT;
		server->epoch++;
		monitor_wake_all(&servers->monitor);
	}
	monitor_leave(&servers->monitor);
}

bool servers_have_hope(struct servers *servers)
{
	monitor_enter(&servers->monitor);
	bool hope = first(servers, SERVER_ALIVE, 0, 0) < servers->n ||
		    first(servers, SERVER_SUSPECT, 0, 0) < servers->n;
	monitor_leave(&servers->monitor);
	return hope;
}
