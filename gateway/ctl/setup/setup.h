/* setup.h - spomctl setup: the parts of the conversation that leads to a first spom.conf, and what they share. Private to gateway/ctl/setup.
 *
 * Nothing is written before the last answer: secrets lie on the arena until then. */
#ifndef SPOM_CTL_SETUP_SETUP_H
#define SPOM_CTL_SETUP_SETUP_H
#include "authority/directory/look.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "ctl/setup/dialogue.h"

/* Files of one line beside the settings. */
enum setup_secret {
	SETUP_MASTER,
	SETUP_EDGE,
	SETUP_READ,
	SETUP_PROXY,
	SETUP_STORE,
	SETUP_REDIS,
	SETUP_SMTP,
	SETUP_SECRETS,
};

struct setup {
	struct arena *arena; /* everything below lies here */
	struct dialogue dialogue;
	const char *file;   /* absolute path of the settings */
	const char *folder; /* and of the folder of their secrets */
	struct secret
	    secrets[SETUP_SECRETS]; /* to be written; absent: not needed, or its file is there and stays */
	struct look_server server;  /* the first of directory.uri */
	struct look_tree tree;
	const char *context;     /* DN of the naming context that people are in; "": not known */
	const char *institution; /* its name in the directory; NULL: not seen */
	const char *services;    /* DN below which the reading identity is; "": not known */
};

/* --- the parts, in order; errors are those of dialogue.h, and have been said --- */
NODISCARD enum err setup_server(struct setup *setup);    /* where the directory is, and how it is protected */
NODISCARD enum err setup_directory(struct setup *setup); /* who reads it, and where people and groups are */
NODISCARD enum err setup_identities(struct setup *setup); /* who acts for people, and who keeps the records */
NODISCARD enum err setup_portal(
    struct setup *setup); /* what people see, and all that is beside the directory */

/* A part, again and again until it does not give ERR_CONFIG and the settings hold together, at most DIALOGUE_TRIES times. */
typedef enum err setup_part(struct setup *setup);
NODISCARD enum err setup_repeat(struct setup *setup, setup_part *part);

/* --- secrets.c --- */

/* Path of a secret's file, on the arena; NULL: memory is out. */
const char *setup_secret_path(struct setup *setup, enum setup_secret which);

/* A password for a setting that names its file: the one of a file that is there and may stay, or one that is typed; *secret_r lies on
 * the arena, absent with optional alone. The setting is put into the draft, or taken out where it is absent. */
NODISCARD enum err setup_secret_ask(struct setup *setup, enum setup_secret which, const char *question,
    bool optional, struct secret *secret_r);

/* Takes an earlier answer for it away. */
NODISCARD enum err setup_secret_drop(struct setup *setup, enum setup_secret which);

/* Fills a random secret (of the master key, or of the edge) unless its file is there; that one is never written again. */
NODISCARD enum err setup_secret_make(struct setup *setup, enum setup_secret which);

/* --- files.c --- */

/* Whether it makes sense to ask at all: the folder of the file can be written. ERR_FORBIDDEN, said. */
NODISCARD enum err setup_may_write(struct setup *setup);

/* Writes the secrets (mode 0600, of the authority's user where this machine has it) and the settings (0640, for its group), the
 * settings last and only when their reader takes them. An error has been said. */
NODISCARD enum err setup_write(struct setup *setup);

#endif
