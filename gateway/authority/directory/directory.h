/* directory.h - the campus directory: who somebody is, whether a password is right, what the person may read.
 *
 * Everything here blocks for up to the operation timeout and is called from the directory's threads alone. Three kinds
 * of connections: the bind pool (never searches), the search pool (bound as the reading identity, never binds again) and the
 * proxy pool (reads as the person by the proxied authorization control, RFC 4370). Referrals are off, aliases are never
 * dereferenced, and a person is exactly one match. No other folder includes ldap.h. */
#ifndef SPOM_AUTHORITY_DIRECTORY_DIRECTORY_H
#define SPOM_AUTHORITY_DIRECTORY_DIRECTORY_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/wire.h"

struct conf;
struct directory;

/* A person as found by a name; texts lie on the caller's arena. */
struct person {
	struct text id;       /* the immutable id (entryUUID, ...): the key of everything */
	struct text dn;       /* as just read; never kept over a request */
	struct text user;     /* the uid, in the directory's own spelling */
	struct text name;     /* the display name, else cn, else the uid */
	struct text mail;     /* the first mail address; absent when there is none */
	struct text language; /* preferredLanguage; absent when there is none */
	int64_t activated_ms; /* when the entry was made, or what activated_attribute says; 0: not known */
};

/* Which names a person may introduce himself by. */
enum directory_names {
	DIRECTORY_NAMES_UID,     /* the first name attribute alone: PAM */
	DIRECTORY_NAMES_ALIASES, /* all of them: the web */
};

enum bind_outcome {   /* the refusals first; 0 proves nothing */
	BIND_REFUSED, /* wrong password, or a state that the directory does not tell apart from it */
	BIND_LOCKED,  /* the directory says locked; nothing is proved */
	BIND_EXPIRED, /* the directory says the password has expired; nothing is proved (RFC: bind refused) */
	BIND_MUST_CHANGE, /* proved, but nothing may be done before a change */
	BIND_OK,          /* proved */
};

struct bind_result {
	enum bind_outcome outcome;
	int expires_s;  /* seconds until the password expires, as the control says; -1 unknown */
	int grace_left; /* grace logins left; -1 unknown */
};

struct attribute {
	struct text name; /* as asked for */
	struct text *values;
	unsigned n_values;
	size_t other_size; /* where it has no values: bytes of what is there and no text (a picture) */
};

struct group {
	struct text dn;
	struct text name;        /* cn, else the DN */
	struct text description; /* may be absent */
};

/* What the directory writes for people to read is cut to these bytes, at a character. */
#define DIRECTORY_NAME_MAX 200
#define DIRECTORY_GROUP_NAME_MAX 120
#define DIRECTORY_GROUP_DESCRIPTION_MAX 160

/* Values of attributes that are longer, or not text, are left out. */
#define DIRECTORY_VALUE_MAX 4096

/* Every function below may also give ERR_NO_MEMORY, and ERR_CONFIG where the directory refuses our own identities or our way of
 * asking. Each takes at most the operation timeout, all servers together. Any number of threads may call them.
 *
 * Reads the settings of section [directory] and the password files; connects lazily. The directory may be down. */
NODISCARD enum err directory_new(const struct conf *conf, struct directory **directory_r);
void directory_free(struct directory **directory);

/* Other settings from now on; what takes a restart (conf/settings.def) stays as it was. One caller at a time. */
NODISCARD enum err directory_reload(struct directory *directory, const struct conf *conf);

/* Finds the person of a name (UTF-8 without control characters, at most 256 bytes). ERR_NOT_FOUND: none, or more than one;
 * ERR_MALFORMED: a name that no person can have; ERR_UNREACHABLE; ERR_TIMEOUT; ERR_BUSY: no connection became free in time. */
NODISCARD enum err directory_find(struct directory *directory, struct text name, enum directory_names names,
    struct arena *arena, struct person *person_r);

/* Finds the person of an immutable id; errors as directory_find. */
NODISCARD enum err directory_find_id(
    struct directory *directory, struct text id, struct arena *arena, struct person *person_r);

/* Binds as the person with the password; person NULL binds as the decoy, which costs the same and never succeeds. An empty
 * password, one with a NUL or over 1024 bytes is refused with the decoy's work. Errors as directory_find; ERR_MALFORMED: the
 * directory's answer cannot be read. */
NODISCARD enum err directory_bind(struct directory *directory, const struct person *person,
    struct secret password, struct bind_result *result_r);

/* Whether the person's account may be used now without a password in hand (an SSH key opened the door): found, in the people's
 * filter and not locked by an administrator (a lock by guesses is for passwords). Errors as directory_find. */
NODISCARD enum err directory_may_enter(
    struct directory *directory, const struct person *person, struct arena *arena, bool *may_r);

/* Reads attributes of the person's own entry as the person. Attributes that are not there or not readable are left out with no
 * values; *attributes_r has n elements in the order of names. *version_r is the entry's, for directory_write_self; absent where the
 * person sees none of entryCSN, uSNChanged and modifyTimestamp. ERR_FORBIDDEN: the directory refuses the proxy for this person, or the
 * person may not see the own entry; ERR_CONFIG: there is no proxy identity. */
NODISCARD enum err directory_read_self(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r,
    struct text *version_r);

/* The person's groups, nested ones up to the depth of the settings, each once, at most max, nearest first; read with the
 * reading identity. *more_r: there are more. */
NODISCARD enum err directory_groups(struct directory *directory, const struct person *person, unsigned max,
    struct arena *arena, struct group **groups_r, unsigned *n_r, bool *more_r);

/* Whether a search with the reading identity answers now; for health. Costs one search. */
bool directory_is_well(struct directory *directory);

/* --- writes, as the person ------------------------------------------------------------------------------------- */

/* One attribute as it shall be: n_values 0 removes it. */
struct change {
	struct text name; /* the LDAP attribute */
	const struct text *values;
	unsigned n_values;
};

enum write_outcome {   /* 0: nothing was written */
	WRITE_REFUSED, /* the directory does not allow it, or the value breaks its rules */
	WRITE_STALE,   /* the entry is not what it was: somebody else has changed it */
	WRITE_DONE,
};

struct write_result {
	enum write_outcome outcome;
	struct text
	    attribute; /* which one was refused, where the directory says so or it could be found out; may be absent */
	struct text words; /* the directory's own words; may be absent, untrusted, shown as text */
	bool forbidden;    /* by its access rules (50), not by syntax or policy */
};

/* Bytes of an attribute of the person's own entry (jpegPhoto), as the person: the first value. ERR_NOT_FOUND: there is none;
 * ERR_TOO_LARGE: it has more than max. */
NODISCARD enum err directory_read_self_bytes(struct directory *directory, const struct person *person,
    const char *name, size_t max, struct arena *arena, struct bytes *value_r);

/* Replaces the attributes of the person's own entry as the person, all or none, and only if the entry still has that version (assertion
 * control, RFC 4528). ERR_FORBIDDEN: the proxy is refused for this person; ERR_CONFIG: no proxy identity, no version, or a server
 * without that control. */
NODISCARD enum err directory_write_self(struct directory *directory, const struct person *person,
    struct text version, const struct change *changes, unsigned n, struct arena *arena,
    struct write_result *result_r);

enum password_outcome {   /* 0: the old one is still the one */
	PASSWORD_REFUSED, /* by the directory's policy; words say why */
	PASSWORD_OLD_WRONG,
	PASSWORD_CHANGED,
};

/* Changes the password with the old one, on a connection of its own that is bound as the person (so a password that must be changed can be), by the
 * Password Modify operation (RFC 3062); a password that has expired and has no grace left by the proxied one. problem_r: a text
 * id of the policy's error (password_too_short, password_in_history, password_quality, password_too_young, password_refused),
 * words_r: the directory's own. */
NODISCARD enum err directory_change_password(struct directory *directory, const struct person *person,
    struct secret old, struct secret fresh, struct arena *arena, enum password_outcome *outcome_r,
    const char **problem_r, struct text *words_r);

/* The person whose uidNumber that is, for operators on the admin socket. Errors as directory_find. */
NODISCARD enum err directory_find_uid(
    struct directory *directory, uint32_t uid, struct arena *arena, struct person *person_r);

#endif
