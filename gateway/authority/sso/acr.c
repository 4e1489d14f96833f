#include "authority/sso/acr.h"
#include <string.h>
#include "conf/conf.h"

static const struct row {
	enum session_level level;
	const char *acr;
} ROWS[] = {
#define LEVEL(level, acr) { level, acr },
/* clang-format off */
#include "authority/sso/levels.def"
/* clang-format on */
#undef LEVEL
};

const char *acr_of(enum session_level level)
{
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (ROWS[i].level == level)
			return ROWS[i].acr;
	return NULL;
}

/* A site's own name: what is written there, or that of the section. */
static const char *name_of(const struct conf_acr *acr)
{
	return *acr->value != '\0' ? acr->value : acr->name;
}

static enum session_level own_level(const struct conf *conf, struct text name)
{
	unsigned level = SESSION_LEVEL_NONE;
	for (unsigned i = 0; level == SESSION_LEVEL_NONE && i < conf->n_acrs; i++)
		for (unsigned j = 0;
		     text_equal_str(name, name_of(&conf->acrs[i])) && j < wire_enum_session_level.count; j++)
			if (strcmp(conf->acrs[i].level, WIRE_ENUM_TEXT(session_level, j)) == 0)
				level = j;
	return (enum session_level)level;
}

enum session_level acr_level(const struct conf *conf, struct text name)
{
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (text_equal_str(name, ROWS[i].acr))
			return ROWS[i].level;
	return own_level(conf, name);
}

static bool is_true_of(enum session_level acr, enum session_level level)
{
	return acr != SESSION_LEVEL_NONE && acr <= level;
}

struct text acr_met(const struct conf *conf, const struct acr_wish *wish, enum session_level level)
{
	struct text words = wish->words, word;
	while (text_next_word(&words, " ", &word))
		if (is_true_of(acr_level(conf, word), level))
			return word;
	return (struct text){ NULL, 0 };
}

enum session_level acr_rise(const struct conf *conf, const struct acr_wish *wish, enum session_level level)
{
	struct text words = wish->words, word;
	while (text_next_word(&words, " ", &word)) {
		enum session_level wanted = acr_level(conf, word);
		if (is_true_of(wanted, level))
			break;
		if (wanted != SESSION_LEVEL_NONE && wanted <= ACR_HIGHEST)
			return wanted;
	}
	return SESSION_LEVEL_NONE;
}

static bool is_repeated(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (strcmp(ROWS[i].acr, ROWS[row].acr) == 0)
			return true;
	return false;
}

struct text acr_name(const struct conf *conf, unsigned at)
{
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (ROWS[i].level <= ACR_HIGHEST && !is_repeated(i) && at-- == 0)
			return text_of(ROWS[i].acr);
	for (unsigned i = 0; i < conf->n_acrs; i++)
		if (own_level(conf, text_of(name_of(&conf->acrs[i]))) <= ACR_HIGHEST && at-- == 0)
			return text_of(name_of(&conf->acrs[i]));
	return (struct text){ NULL, 0 };
}
