#include "args.h"
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

/* The value of NAME=VALUE when the argument begins with name (its = included). */
static const char *value_of(const char *arg, const char *name)
{
	size_t len = strlen(name);
	return strncmp(arg, name, len) == 0 && arg[len] != '\0' ? arg + len : NULL;
}

static bool read_mode(const char *value, enum pam_mode *mode_r)
{
	for (unsigned i = 0; i < wire_enum_pam_mode.count; i++) {
		if (strcmp(value, wire_enum_pam_mode.texts[i]) == 0) {
			*mode_r = (enum pam_mode)i;
			return true;
		}
	}
	return false;
}

static bool read_one(const char *arg, struct args *args)
{
	const char *value;
	if ((value = value_of(arg, "socket=")) != NULL) {
		args->socket = value;
		return value[0] == '/';
	}
	if ((value = value_of(arg, "service=")) != NULL) {
		args->service = value;
		return true;
	}
	value = value_of(arg, "mode=");
	return value != NULL && read_mode(value, &args->mode);
}

bool args_read(pam_handle_t *pamh, int argc, const char **argv, struct args *args_r)
{
	struct args args = { .socket = ARGS_SOCKET, .mode = PAM_MODE_FULL };
	for (int i = 0; i < argc; i++) {
		if (!read_one(argv[i], &args)) {
			pam_syslog(pamh, LOG_ERR, "not an argument of this module: %s", argv[i]);
			return false;
		}
	}
	*args_r = args;
	return true;
}
