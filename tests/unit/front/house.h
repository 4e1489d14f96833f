/* house.h - one instance of front between a fake authority and a fake gate, without HTTP: a request goes in as head and body, the
 * reply comes out as the text that would be written. */
#ifndef SPOM_TESTS_FRONT_HOUSE_H
#define SPOM_TESTS_FRONT_HOUSE_H
#include "front/fake.h"
#include "front/front.h"

#define HOUSE_ORIGIN "http://localhost:8080"
#define HOUSE_ORIGIN_HTTPS "https://localhost:8443"
#define HOUSE_APP "http://app.localhost:8080"
#define HOUSE_EDGE "the edge's own secret"
#define HOUSE_SESSION "session-token-of-somebody"
#define HOUSE_LOGIN "sealed-login-cookie"

struct house {
	struct front front;
	struct arena arena; /* of the last request */
	struct fake *authority, *gate;
	char folder[32], authority_path[64], gate_path[64];
};

/* NULL for a program that is not there. */
void house_open(struct house *house, enum role instance, fake_answer authority, fake_answer gate);
void house_close(struct house *house);

/* What the settings would be. */
const struct msg_front_config *house_config(void);

/* Carries out a request; lines are header fields, each ended by "\n". The reply as text lives until the next one. */
const char *house_ask(
    struct house *house, const char *method, const char *uri, const char *lines, const char *body);

/* The status of such a reply, and a field's value in it ("" when it is not there; static). */
int house_status(const char *reply);
const char *house_field(const char *reply, const char *name);

struct secret house_secret(const char *string); /* borrows */

/* Keeps a text or secret of a message, which lives no longer than its exchange, as a string. */
void house_note(char *to, size_t room, const void *at, size_t len);
#define NOTE(to, from) house_note(to, sizeof to, (from).at, (from).len)

#endif
