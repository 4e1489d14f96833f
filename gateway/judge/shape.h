/* shape.h - the one shape that a request may have: which elements stand where, how often and in which order, with which attributes. What the schema
 * leaves open to others (Extensions, KeyInfo) may hold nothing that could be taken for the request or its signature. */
#ifndef SPOM_JUDGE_SHAPE_H
#define SPOM_JUDGE_SHAPE_H
#include "judge/xml.h"

enum shape_kind {
	SHAPE_AUTHN_REQUEST,
	SHAPE_LOGOUT_REQUEST,
	SHAPE_LOGOUT_RESPONSE,
};

/* Whether an element is a message of samlp of that shape: so it has at most one signature, at its one place, and one attribute ID. */
bool shape_is(const xmlNode *root, enum shape_kind kind);

/* Whether the first child of an element is a signature of that shape, and there is no other one in it (SAML Metadata 3.1). */
bool shape_is_signed(const xmlNode *root);

#endif
