/* saml.h - private to front: messages of SAML on their way through. */
#ifndef SPOM_FRONT_SAML_H
#define SPOM_FRONT_SAML_H
#include "front/front.h"

#define SAML_PARAMETERS_MAX 8u

struct saml_parameters {
	const struct saml_parameter {
		const char *parameter;
		const char *field; /* of the message */
	} * rows;
	size_t n;
};

/* Fills the fields with the values of a query or a form as they stand there, still encoded: they may be signed as such; and from where it
 * is asked (oidc_say_from). false: one is there twice or is too long, or memory is out. */
bool saml_read(struct exchange *exchange, struct text pairs, const struct saml_parameters *parameters,
    const struct wire_msg *msg, void *at);

/* The address of ours that ends with a mark; absent: it would be too long, and the reply says so. */
struct text saml_place(struct exchange *exchange, const char *before, struct text mark);

#endif
