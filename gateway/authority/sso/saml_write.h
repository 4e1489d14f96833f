/* saml_write.h - XML as we write it: canonical as it comes (Exclusive XML Canonicalization 1.0), so that what is hashed is what is sent. It holds
 * by three habits: elements are opened and closed, a prefix is declared where it is first used, and attributes stand in the order of
 * their names. */
#ifndef SPOM_AUTHORITY_SSO_SAML_WRITE_H
#define SPOM_AUTHORITY_SSO_SAML_WRITE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/text.h"

#define SAML_WRITE_MAX (32 * KIB) /* so that it fits into a message as base64 */

struct saml_write {
	char *at;
	size_t len;
	size_t room;
	bool failed; /* memory was out, or it is too large */
};

/* Memory for all of it is taken at once. */
void saml_write_begin(struct saml_write *out, struct arena *arena);

/* What is markup: literals of ours. */
void saml_write_raw(struct saml_write *out, const char *markup);

/* What was written before. */
void saml_write_part(struct saml_write *out, struct text part);

/* A text between tags, and ` name="value"`. */
void saml_write_text(struct saml_write *out, struct text text);
void saml_write_attribute(struct saml_write *out, const char *name, struct text value);

/* The time of an attribute, whole seconds. */
void saml_write_time(struct saml_write *out, const char *name, int64_t when_ms);

/* What there is now; absent: it failed. */
struct text saml_write_done(const struct saml_write *out);

#endif
