/* spom-courier - the only one of our programs with a way out: it sends the mails that the authority has queued, tells services that a
 * session has ended, takes proxy-granting tickets to those that may have some, and fetches metadata of services.
 *
 * It reads no settings and no file but the certificates: the authority tells it the server, the sender and the password, which it
 * keeps in memory alone, and each address with what is to be sent there. It talks to those and to nobody else. */
#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/io.h"
#include "courier/courier.h"
#include "courier/errands.h"
#include "log/log.h"
#include "sandbox/sandbox.h"
#include "text/web.h"

static const char USAGE[] =
    "usage: spom-courier [--sockets DIR]\n"
    "Sends the mails and notices that the authority has queued; stays in the foreground.\n\n"
    "  --sockets DIR  the folder of SPOM's sockets (/run/spom)\n"
    "  --version      shows the version\n"
    "  --help         shows this\n";

static int usage(FILE *out, int status)
{
	(void)fputs(USAGE, out);
	return status;
}

/* -1: go on; else the status to leave with. */
static int read_options(int argc, char **argv, const char **sockets)
{
	static const struct option OPTIONS[] = { { "sockets", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 's')
			*sockets = optarg;
		else if (option == 'v')
			return puts("spom-courier " SPOM_VERSION) < 0;
		else
			return option == 'h' ? usage(stdout, 0) : usage(stderr, 2);
	}
	return optind < argc ? usage(stderr, 2) : -1;
}

int main(int argc, char **argv)
{
	static struct courier courier;
	const char *sockets = "/run/spom";
	char path[IO_PATH_MAX + 1];
	int status = read_options(argc, argv, &sockets);
	if (status >= 0)
		return status;
	log_open("spom-courier", LOG_LEVEL_INFO);
	sandbox_begin(0);
	(void)clearenv(); /* nothing of it steers the library */
	if (snprintf(path, sizeof path, "%s/courier/authority.sock", sockets) > IO_PATH_MAX ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_line(LOG_LEVEL_ERROR, "start_failed", 0, LOG_STR("sockets", sockets));
		return EXIT_FAILURE;
	}
	courier_init(&courier, path, &web_strings);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* new settings come by themselves */
	(void)sigprocmask(SIG_BLOCK, &courier.ends, NULL);
	enum err err = sandbox_enter(SANDBOX_COURIER);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "sandbox_refused", 0, LOG_STR("reason", err_text(err)));
		return EXIT_FAILURE;
	}
	log_line(LOG_LEVEL_INFO, "ready", 0, LOG_STR("socket", path), LOG_STR("release", SPOM_VERSION));
	struct errands *errands[ERRAND_COUNT_] = { NULL };
	for (unsigned i = 0; i < ERRAND_COUNT_; i++)
		if (errands_start(path, (enum errand)i, &errands[i]) != OK) {
			log_line(
			    LOG_LEVEL_ERROR, "start_failed", 0, LOG_STR("reason", "no thread for errands"));
			return EXIT_FAILURE;
		}
	courier_run(&courier);
	for (unsigned i = 0; i < ERRAND_COUNT_; i++)
		errands_stop(&errands[i]);
	courier_done(&courier);
	curl_global_cleanup();
	log_line(LOG_LEVEL_INFO, "ended", 0);
	return EXIT_SUCCESS;
}
