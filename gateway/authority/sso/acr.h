/* acr.h - private to sso: levels by the names that services use (OpenID Connect Core 2, 5.5.1.1): those of levels.def, and the settings' own. */
#ifndef SPOM_AUTHORITY_SSO_ACR_H
#define SPOM_AUTHORITY_SSO_ACR_H
#include <stdbool.h>
#include "base/text.h"
#include "wire/wire.h"

struct conf;

/* More than this nobody can prove here. */
#define ACR_HIGHEST SESSION_LEVEL_TWO_FACTORS

/* What a client would like to have proved. */
struct acr_wish {
	struct text words; /* names with a blank between two, in order of preference; absent: nothing */
	bool essential;    /* with less it goes on with nobody */
};

/* What is said of a level where no other name was asked for; NULL: nothing is proved. */
const char *acr_of(enum session_level level);

/* The level that a name stands for; SESSION_LEVEL_NONE: it is no name of ours. */
enum session_level acr_level(const struct conf *conf, struct text name);

/* The first of the wished names that is true of a level, borrowed; absent: none is. */
struct text acr_met(const struct conf *conf, const struct acr_wish *wish, enum session_level level);

/* The level to which somebody of that level should rise for the wish; SESSION_LEVEL_NONE: nothing that can be proved here would please more. */
enum session_level acr_rise(const struct conf *conf, const struct acr_wish *wish, enum session_level level);

/* The names of what can be proved here, one after the other, borrowed; absent behind the last. */
struct text acr_name(const struct conf *conf, unsigned at);

#endif
