/* saml_message.h - what all messages of SAML have in common (Core 3.2.1, 3.2.2): how they come, their head, and how they are signed. The tree that was
 * verified is the tree that is read. */
#ifndef SPOM_JUDGE_SAML_MESSAGE_H
#define SPOM_JUDGE_SAML_MESSAGE_H
#include "judge/xml.h"

struct saml_message {
	const struct msg_judge_saml_request *ask;
	struct arena *arena;
	const char *parameter; /* by which it comes: SAMLRequest or SAMLResponse */
	struct text relay_state;
	xmlDoc *doc;
	const xmlNode *root;
};

struct saml_head {
	struct text id;
	struct text issuer;
	int64_t issued;
	struct text destination; /* absent: there is none */
};

/* Out of its binding, as a document. ask, arena and parameter are filled in before. */
enum judge_fault saml_message_open(struct saml_message *message);
void saml_message_done(struct saml_message *message);

/* Of a message of a shape that is known. false: a value that cannot be. */
bool saml_message_head(const struct saml_message *message, struct saml_head *head_r);

/* xs:dateTime in UTC (Core 1.3.3), with any fraction of a second, which does not count. */
bool saml_message_instant(struct text text, struct arena *arena, int64_t *when_r);

/* Whether it is signed, and by one of the keys that stand in the ask; without any a signature is not looked at. By HTTP-Redirect the query is
 * signed and never the message in it (Bindings 3.4.4.1); by HTTP-POST the other way round. */
enum judge_fault saml_message_signature(
    const struct saml_message *message, bool *is_signed_r, bool *is_verified_r);

#endif
