/* dialogue.h - questions to whoever sets SPOM up, and the answers, which go into a draft of the settings.
 *
 * Questions stand on stderr. An answer is a line; an empty one takes what stands in brackets, "-" means nothing at all. What cannot be is
 * said in a sentence and asked again, DIALOGUE_TRIES times. */
#ifndef SPOM_CTL_SETUP_DIALOGUE_H
#define SPOM_CTL_SETUP_DIALOGUE_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "conf/draft.h"

#define DIALOGUE_TRIES 5u
#define DIALOGUE_SECRET_MAX 1024u

struct dialogue {
	struct arena *arena; /* answers lie here, passwords too; it is erased */
	struct conf_draft *draft;
};

/* All below: ERR_CLOSED: the answers have ended; ERR_BUSY: DIALOGUE_TRIES answers could not be used; ERR_NO_MEMORY. */

/* Asks for the setting and puts it into the draft. found (NULL: nothing) is offered instead of the default; an earlier answer
 * instead of both. *value_r (may be NULL): the answer, "" for none; lives on the arena. */
NODISCARD enum err dialogue_setting(
    struct dialogue *dialogue, const char *section, const char *key, const char *found, const char **value_r);

/* A question of one's own; the answer is yes or no. */
NODISCARD enum err dialogue_yes(const char *question, bool offered, bool *yes_r);

/* Asks for a password without showing it, 1 to DIALOGUE_SECRET_MAX bytes; with optional an empty answer or "-" is an absent secret.
 * *secret_r lies on the arena. */
NODISCARD enum err dialogue_secret(
    struct dialogue *dialogue, const char *question, bool optional, struct secret *secret_r);

/* Counts tries at something that takes several questions: OK, or ERR_BUSY behind the last one. *tries begins with 0. */
NODISCARD enum err dialogue_again(unsigned *tries);

/* What was found out, put into the draft without a question and said; NULL or the default: nothing is done. ERR_CONFIG: it cannot stand
 * there, and the draft is as it was. */
NODISCARD enum err dialogue_found(
    struct dialogue *dialogue, const char *section, const char *key, const char *value);

/* The setting's value as it would count: the draft's, else the default. Borrowed. */
const char *dialogue_value(const struct dialogue *dialogue, const char *section, const char *key);

/* A sentence between the questions, broken before column 80. */
PRINTF_LIKE(1, 2) void dialogue_say(const char *fmt, ...);

/* What a section of the file is about, above the questions for it. */
void dialogue_section(const char *name);

#endif
