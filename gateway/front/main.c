/* spom-front - HTTP for people (door), for forward-auth (check) and for machines (back): one program, three instances.
 *
 * It reads no settings: the authority tells it what it needs to know. It holds no key and keeps nothing. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"
#include "front/http.h"
#include "front/route.h"
#include "log/log.h"
#include "sandbox/given.h"
#include "sandbox/sandbox.h"

#define ASK_TIMEOUT_MS 2000
#define AGAIN_MS 100
#define DRAIN_MS \
	10000 /* as long as an answer of the authority may take, and less than the unit's TimeoutStopSec= */
#define RENEW_MS 1000 /* how old what we know of the settings may be */

struct options {
	enum role instance;
	const char *sockets;
};

static const char USAGE[] =
    "usage: spom-front --instance door|check|back [--sockets DIR]\n"
    "       spom-front --routes | --version | --help\n"
    "\n"
    "Serves HTTP on loopback for one of its three instances, behind the edge. DIR (/run/spom) holds the\n"
    "sockets: DIR/INSTANCE/authority.sock, and for door DIR/turn/gate.sock.\n"
    "--routes lists what is answered: instance, method, path, what it needs.\n";

static int usage(FILE *out, int status)
{
	fputs(USAGE, out);
	return status;
}

static int list_routes(void)
{
	static const char *const NEEDS[] = {
		[NEEDS_NOTHING] = "nothing",
		[NEEDS_SESSION] = "session",
		[NEEDS_EDGE] = "edge",
		[NEEDS_OPEN] = "open",
		[NEEDS_CLIENT] = "client",
	};
	unsigned n;
	const struct route *routes = route_all(&n);
	for (unsigned i = 0; i < n; i++)
		printf("%s %s %s %s\n", WIRE_ENUM_TEXT(role, routes[i].instance),
		    request_method_text(routes[i].method), routes[i].path, NEEDS[routes[i].needs]);
	return 0;
}

static enum role instance_of(const char *name)
{
	static const enum role INSTANCES[] = { ROLE_DOOR, ROLE_CHECK, ROLE_BACK };
	for (size_t i = 0; i < COUNT(INSTANCES); i++)
		if (strcmp(name, WIRE_ENUM_TEXT(role, INSTANCES[i])) == 0)
			return INSTANCES[i];
	return ROLE_NOBODY;
}

/* -1: go on; else the status to leave with. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option LONG[] = {
		{ "instance", required_argument, NULL, 'i' },
		{ "sockets", required_argument, NULL, 's' },
		{ "routes", no_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	for (int c = getopt_long(argc, argv, "", LONG, NULL); c != -1;
	     c = getopt_long(argc, argv, "", LONG, NULL)) {
		if (c == 'i')
			options->instance = instance_of(optarg);
		else if (c == 's')
			options->sockets = optarg;
		else if (c == 'r')
			return list_routes();
		else if (c == 'v')
			return puts("spom-front " SPOM_VERSION) < 0;
		else
			return c == 'h' ? usage(stdout, 0) : usage(stderr, 2);
	}
	return optind < argc || options->instance == ROLE_NOBODY ? usage(stderr, 2) : -1;
}

/* Waits for a signal; 0 when the time is over first. Every thread has them blocked. */
static int wait_for_signal(const sigset_t *signals, long wait_ms)
{
	struct timespec wait = { wait_ms / 1000, wait_ms % 1000 * 1000000 };
	int caught = sigtimedwait(signals, NULL, &wait);
	return caught > 0 ? caught : 0; /* a stop and a continuation interrupt, and are none */
}

static enum err ask_settings(struct front *front, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_front_config *known = front->config;
	struct msg_front_settings ask = {
		.release = TEXT_LITERAL(SPOM_VERSION),
		.edition = known != NULL ? known->edition : 0,
	};
	return links_ask(&front->links, WIRE(front_settings, &ask), 0, arena,
	    clock_steady_ms() + ASK_TIMEOUT_MS, answer_r);
}

static enum err first_settings(struct front *front, struct arena *arena)
{
	struct wire_any answer;
	enum err err = ask_settings(front, arena, &answer);
	if (err == OK && answer.msg->tag != TAG_front_config)
		err = ERR_CONFIG;
	return err == OK ? front_init(front, answer.at) : err;
}

/* localtime_r looks at TZ under the C library's own lock; nobody else in this program reads the environment. */
static void set_zone(const struct front *front)
{
	setenv("TZ", text_str(front->config->zone), 1);
	tzset();
}

/* An authority that does not answer has its say at the next request; what we know stays. */
static void renew_settings(struct front *front)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	if (ask_settings(front, &arena, &answer) != OK || answer.msg->tag != TAG_front_config)
		return;
	enum err err = front_renew(front, answer.at);
	if (err == OK)
		set_zone(front);
	log_line(err == OK ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
	    err == OK ? "settings_read" : "settings_refused", 0, LOG_STR("result", err_text(err)));
}

/* Serves until a signal ends us, and has the settings of the authority all the time. */
static void wait_for_end(struct front *front, const sigset_t *signals)
{
	int caught;
	while ((caught = wait_for_signal(signals, RENEW_MS)) == 0 || caught == SIGHUP)
		renew_settings(front);
}

/* The authority may start after us, or be of another release for a moment. Only its settings end the waiting. */
static enum err learn_settings(struct front *front, const sigset_t *signals)
{
	enum err told = OK;
	for (;;) {
		struct arena arena = { 0 };
		enum err err = first_settings(front, &arena);
		arena_done(&arena);
		if (err == OK || err == ERR_MALFORMED)
			return err;
		if (err != told)
			log_line(
			    LOG_LEVEL_INFO, "waiting_for_authority", 0, LOG_STR("reason", err_text(err)));
		told = err;
		front_done(front);
		int caught = wait_for_signal(signals, AGAIN_MS);
		if (caught != 0 && caught != SIGHUP)
			return ERR_CLOSED;
	}
}

/* Ends when nothing is under way, or when the time is over. Who asks twice does not want to wait. */
static bool drain(struct http *http, const sigset_t *signals)
{
	int64_t deadline_ms = clock_steady_ms() + DRAIN_MS;
	log_line(LOG_LEVEL_INFO, "draining", 0);
	while (!http_drain(http)) {
		int caught = wait_for_signal(signals, HTTP_LOOK_MS);
		if (caught != 0 && caught != SIGHUP)
			_exit(1);
		if (clock_left_ms(deadline_ms) == 0) {
			log_line(LOG_LEVEL_WARNING, "drain_given_up", 0);
			return false;
		}
	}
	log_line(LOG_LEVEL_INFO, "drained", 0);
	return true;
}

static int serve(struct front *front, int given, const sigset_t *signals)
{
	struct http *http;
	const char *why = "";
	set_zone(front);
	enum err err = http_start(front, given, &http, &why);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "listen_failed", 0, LOG_STR("reason", why));
		return 1;
	}
	err = sandbox_enter(SANDBOX_FRONT);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "sandbox_refused", 0, LOG_STR("reason", err_text(err)));
		http_stop(&http);
		return 1;
	}
	log_line(LOG_LEVEL_INFO, "serving", 0, LOG_NUMBER("port", (long long)front->config->port),
	    LOG_STR("listener", given >= 0 ? "given" : "own"),
	    LOG_NUMBER("threads", (long long)front->config->threads), LOG_STR("release", SPOM_VERSION));
	wait_for_end(front, signals);
	if (!drain(http, signals))
		http_stop(
		    &http); /* with those who are still at work; else who waits at the listener would wait for it */
	return 0;
}

static int run(struct front *front, int given, const sigset_t *signals)
{
	enum err err = learn_settings(front, signals);
	int status = 0;
	if (err == OK)
		status = serve(front, given, signals);
	else if (err != ERR_CLOSED)
		status = 1;
	if (err == ERR_MALFORMED)
		log_line(LOG_LEVEL_ERROR, "settings_refused", 0);
	front_done(front);
	return status;
}

/* systemd's socket, which a successor gets as well; -1: none was given. */
static enum err take_given(const char *instance, int *given_r, unsigned *n_given_r)
{
	const struct given_wanted wanted = { &instance, 1, AF_INET };
	char fault[GIVEN_FAULT_SIZE];
	enum err err = given_take(&wanted, given_r, n_given_r, fault);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "sockets_refused", 0, LOG_STR("reason", fault));
	return err;
}

int main(int argc, char **argv)
{
	static struct front front;
	struct options options = { ROLE_NOBODY, "/run/spom" };
	int status = read_options(argc, argv, &options);
	if (status >= 0)
		return status;
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	char name[32], authority[IO_PATH_MAX + 1], gate[IO_PATH_MAX + 1];
	const char *instance = WIRE_ENUM_TEXT(role, options.instance);
	snprintf(name, sizeof name, "spom-front-%s", instance);
	snprintf(authority, sizeof authority, "%s/%s/authority.sock", options.sockets, instance);
	snprintf(gate, sizeof gate, "%s/turn/gate.sock", options.sockets);
	log_open(name, LOG_LEVEL_INFO);
	int given = -1;
	unsigned n_given = 0;
	if (take_given(instance, &given, &n_given) != OK)
		return 1;
	sandbox_begin(n_given);
	front.instance = options.instance;
	front.strings = &web_strings;
	front.gate = gate;
	links_init(&front.links, authority, options.instance);
	status = run(&front, given, &signals);
	links_done(&front.links);
	return status;
}
