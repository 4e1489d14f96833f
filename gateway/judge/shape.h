/* shape.h - the one shape that a request may have: which elements stand where, how often and in which order, with which attributes. What the schema
 * leaves open to others (Extensions, KeyInfo) may hold nothing that could be taken for the request or its signature. */
#ifndef SPOM_JUDGE_SHAPE_H
#define SPOM_JUDGE_SHAPE_H
#include "judge/xml.h"

/* Whether an element is a samlp:AuthnRequest of that shape: so it has at most one signature, at its one place, and one attribute ID. */
bool shape_is_request(const xmlNode *root);

#endif
