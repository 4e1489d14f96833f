/* spom-gate: to the browser what sshd is to the SSH client, the PAM application. It runs the PAM stack for each turn of a
 * login in pre-forked children. It holds no key, gets no token, and reads no settings file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "conf/stack.h"
#include "gate/child.h"
#include "log/log.h"
#include "pool/pool.h"
#include "sandbox/given.h"
#include "sandbox/sandbox.h"

static const char USAGE[] =
    "usage: spom-gate [--sockets DIR]\n"
    "Runs the PAM stack for each turn of a browser's login; stays in the foreground.\n\n"
    "  --sockets DIR  the folder of SPOM's sockets (/run/spom)\n"
    "  --version      shows the version\n"
    "  --help         shows this\n";

static NORETURN void say_usage(bool is_asked)
{
	fputs(USAGE, is_asked ? stdout : stderr);
	exit(is_asked ? EXIT_SUCCESS : 2);
}

static const char *read_options(int argc, char **argv)
{
	static const struct option OPTIONS[] = { { "sockets", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	const char *sockets = "/run/spom";
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		switch (option) {
		case 's':
			sockets = optarg;
			break;
		case 'v':
			puts("spom-gate " SPOM_VERSION);
			exit(EXIT_SUCCESS);
		default:
			say_usage(option == 'h');
		}
	}
	if (optind != argc)
		say_usage(false);
	return sockets;
}

/* The stack's order is checked before anybody may sign in by it. */
static bool check_stack(struct settings *settings)
{
	struct conf_stack stack;
	struct conf_fault fault = { "" };
	if (conf_load_stack(settings->confdir, settings->service, &stack, &fault) != OK) {
		log_line(LOG_LEVEL_ERROR, "pam_stack_refused", 0, LOG_STR("fault", fault.text));
		return false;
	}
	settings->has_foreign = stack.foreign;
	return true;
}

/* systemd's socket, which a successor gets as well; -1: none was given. */
static bool take_given(int *listener_r, unsigned *n_given_r)
{
	static const char *const NAMES[] = { "turn" };
	const struct given_wanted wanted = { NAMES, COUNT(NAMES), AF_UNIX };
	char fault[GIVEN_FAULT_SIZE];
	if (given_take(&wanted, listener_r, n_given_r, fault) == OK)
		return true;
	log_line(LOG_LEVEL_ERROR, "sockets_refused", 0, LOG_STR("reason", fault));
	return false;
}

int main(int argc, char **argv)
{
	static struct settings settings;
	const char *sockets = read_options(argc, argv);
	int given = -1, listener = -1;
	unsigned n_given = 0;
	log_open("spom-gate", LOG_LEVEL_INFO);
	if (!take_given(&given, &n_given))
		return EXIT_FAILURE;
	sandbox_begin(n_given);
	if (settings_paths(sockets, &settings) != OK) {
		log_line(LOG_LEVEL_ERROR, "path_too_long", 0, LOG_STR("sockets", sockets));
		return EXIT_FAILURE;
	}
	if (settings_wait(&settings) != OK || !check_stack(&settings))
		return EXIT_FAILURE;
	if (pool_listen(settings.turns, given, &listener) != OK)
		return EXIT_FAILURE;
	enum err err = sandbox_enter_parent(settings.has_foreign);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "sandbox_refused", 0, LOG_STR("error", err_text(err)));
		return EXIT_FAILURE;
	}
	log_line(LOG_LEVEL_INFO, "ready", 0, LOG_STR("socket", settings.turns),
	    LOG_STR("listener", given >= 0 ? "given" : "own"), LOG_STR("service", settings.service),
	    LOG_NUMBER("children", settings.children), LOG_NUMBER("foreign_modules", settings.has_foreign));
	struct child child = { .settings = &settings, .authority = LINK_CLOSED };
	const struct pool_work work = { settings.children, settings.turn_timeout_ms, child_begin, child_serve,
		&child };
	err = pool_run(&work, listener);
	if (given < 0)
		(void)unlink(settings.turns);
	log_line(LOG_LEVEL_INFO, "ended", 0);
	return err == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
