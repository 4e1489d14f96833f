/* saml_encryption.h - how a service wants to be encrypted to (SAML Metadata 2.4.1.1). */
#ifndef SPOM_JUDGE_SAML_ENCRYPTION_H
#define SPOM_JUDGE_SAML_ENCRYPTION_H
#include "judge/xml.h"

struct saml_encryption {
	enum saml_cipher cipher;
	enum saml_transport transport;
};

/* Of the algorithms that a KeyDescriptor names the first ones that are ours; where it names none of a kind, what everybody must know. false: all
 * that it names of a kind are others' (CBC, PKCS #1 v1.5), by which nobody is told anything. */
bool saml_encryption_read(const xmlNode *descriptor, struct arena *arena, struct saml_encryption *how_r);

#endif
