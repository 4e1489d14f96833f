/* spom-judge: reads what strangers wrote, so that nobody else has to: XML, DEFLATE, certificates, signatures. It has no key, no file and no network;
 * its workers answer the authority and nobody else, and one that falls over bytes takes one request with it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/io.h"
#include "base/user.h"
#include "judge/aggregate.h"
#include "judge/judge.h"
#include "judge/jwt.h"
#include "judge/signature.h"
#include "log/log.h"
#include "pool/pool.h"
#include "sandbox/given.h"
#include "sandbox/sandbox.h"

#define WORKERS 4u

static const char USAGE[] =
    "usage: spom-judge [--sockets DIR] [--authority USER]\n"
    "       spom-judge --aggregate\n"
    "Judges what strangers send, for the authority; stays in the foreground.\n\n"
    "  --sockets DIR     the folder of SPOM's sockets (/run/spom)\n"
    "  --authority USER  the only user, by name or number, who may ask (spom-authority)\n"
    "  --aggregate       reads the file of a federation for spomctl, and ends\n"
    "  --version         shows the version\n"
    "  --help            shows this\n";

struct options {
	const char *sockets;
	const char *authority;
	bool aggregate;
};

static int usage(FILE *out, int status)
{
	(void)fputs(USAGE, out);
	return status;
}

/* -1: go on; else the status to leave with. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option OPTIONS[] = { { "sockets", required_argument, NULL, 's' },
		{ "authority", required_argument, NULL, 'a' }, { "aggregate", no_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 's')
			options->sockets = optarg;
		else if (option == 'a')
			options->authority = optarg;
		else if (option == 'f')
			options->aggregate = true;
		else if (option == 'v')
			return puts("spom-judge " SPOM_VERSION) < 0;
		else
			return option == 'h' ? usage(stdout, 0) : usage(stderr, 2);
	}
	return optind < argc ? usage(stderr, 2) : -1;
}

static enum err prepare(const struct options *options, struct judge *judge, char path[IO_PATH_MAX + 1])
{
	if (snprintf(path, IO_PATH_MAX + 1, "%s/judge/judge.sock", options->sockets) > IO_PATH_MAX)
		return ERR_TOO_LARGE;
	enum err err = user_find(options->authority, &judge->authority);
	if (err != OK)
		return err;
	xml_begin();
	jwt_begin();
	return signature_begin() ? OK : ERR_INTERNAL;
}

static enum err serve(struct judge *judge, const char *path, int given)
{
	const struct pool_work work = { WORKERS, JUDGE_TIMEOUT_MS, judge_begin, judge_serve, judge };
	int listener = -1;
	enum err err = pool_listen(path, given, &listener);
	if (err == OK)
		err = sandbox_enter_parent(false);
	if (err != OK)
		return err;
	log_line(LOG_LEVEL_INFO, "ready", 0, LOG_STR("socket", path),
	    LOG_STR("listener", given >= 0 ? "given" : "own"), LOG_NUMBER("authority", judge->authority),
	    LOG_STR("release", SPOM_VERSION));
	err = pool_run(&work, listener);
	if (given < 0)
		(void)unlink(path);
	return err;
}

/* The file is the standard input, and who asks is at the standard output. */
static int serve_file(void)
{
	sandbox_begin(0);
	xml_begin();
	enum err err = signature_begin() ? aggregate_serve(STDIN_FILENO, STDOUT_FILENO) : ERR_INTERNAL;
	if (err != OK && err != ERR_CLOSED)
		log_line(LOG_LEVEL_ERROR, "not_read", 0, LOG_STR("reason", err_text(err)));
	return err == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static struct judge judge;
	struct options options = { "/run/spom", "spom-authority", false };
	static const char *const NAMES[] = { "judge" };
	const struct given_wanted wanted = { NAMES, COUNT(NAMES), AF_UNIX };
	char path[IO_PATH_MAX + 1] = "", fault[GIVEN_FAULT_SIZE];
	int given = -1, status = read_options(argc, argv, &options);
	unsigned n_given = 0;
	if (status >= 0)
		return status;
	log_open("spom-judge", LOG_LEVEL_INFO);
	if (options.aggregate)
		return serve_file();
	if (given_take(&wanted, &given, &n_given, fault) != OK) {
		log_line(LOG_LEVEL_ERROR, "sockets_refused", 0, LOG_STR("reason", fault));
		return EXIT_FAILURE;
	}
	sandbox_begin(n_given);
	enum err err = prepare(&options, &judge, path);
	if (err == OK)
		err = serve(&judge, path, given);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "start_failed", 0, LOG_STR("reason", err_text(err)),
		    LOG_STR("sockets", options.sockets), LOG_STR("authority", options.authority));
	log_line(LOG_LEVEL_INFO, "ended", 0);
	return err == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
