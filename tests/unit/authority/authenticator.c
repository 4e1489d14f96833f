#include "authenticator.h"
#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define PERIOD_S 30
#define BUFFERS 16u

static char *buffer(void)
{
	static _Thread_local char buffers[BUFFERS][8];
	static _Thread_local unsigned next;
	return buffers[next++ % BUFFERS];
}

const char *authenticator_code(struct secret secret, uint64_t step)
{
	char *code = buffer();
	if (oath_hotp_generate((const char *)secret.at, secret.len, step, 6, 0, OATH_HOTP_DYNAMIC_TRUNCATION,
		code) != OATH_OK)
		abort();
	return code;
}

const char *authenticator_wrong(struct secret secret, uint64_t step)
{
	static _Thread_local char code[8];
	for (unsigned guess = 0;; guess++) {
		bool is_near = false;
		(void)snprintf(code, sizeof code, "%06u", guess % 1000000);
		for (uint64_t at = step - 10; at <= step + 10; at++)
			is_near |= strcmp(authenticator_code(secret, at), code) == 0;
		if (!is_near)
			return code;
	}
}

uint64_t authenticator_step(void)
{
	return (uint64_t)(clock_now_ms() / 1000 / PERIOD_S);
}
