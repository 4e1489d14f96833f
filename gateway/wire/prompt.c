#include "wire/prompt.h"
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"

#define PROMPT_MAX (PROMPT_HEAD + FRAME_MAX)

static size_t length_of(const uint8_t *prompt)
{
	return (size_t)prompt[0] << 24 | (size_t)prompt[1] << 16 | (size_t)prompt[2] << 8 | prompt[3];
}

static void put_head(uint8_t *prompt, size_t len)
{
	for (unsigned i = 0; i < 4; i++)
		prompt[i] = (uint8_t)(len >> (24 - 8 * i));
	prompt[4] = PROMPT_CONTROL;
}

enum err prompt_make(struct wire_any any, uint64_t trace, uint8_t **prompt_r)
{
	uint8_t frame[FRAME_MAX];
	size_t len = 0;
	enum err err = frame_write(any, 0, trace, frame, sizeof frame, &len);
	uint8_t *prompt = err == OK ? malloc(PROMPT_HEAD + len) : NULL;
	if (err == OK && prompt == NULL)
		err = ERR_NO_MEMORY;
	if (err == OK) {
		put_head(prompt, PROMPT_HEAD + len);
		memcpy(prompt + PROMPT_HEAD, frame, len);
		*prompt_r = prompt;
	}
	explicit_bzero(frame, sizeof frame); /* an encoding that failed has left its first fields there */
	return err;
}

enum err prompt_read(const uint8_t *prompt, struct arena *arena, uint64_t *trace_r, struct wire_any *any_r)
{
	struct frame frame;
	if (prompt == NULL || prompt[4] != PROMPT_CONTROL)
		return ERR_MALFORMED;
	size_t len = length_of(prompt);
	if (len < PROMPT_HEAD + FRAME_HEAD || len > PROMPT_MAX)
		return ERR_MALFORMED;
	enum err err = frame_read(prompt + PROMPT_HEAD, &frame);
	if (err != OK)
		return err;
	if (frame.body_len != len - PROMPT_HEAD - FRAME_HEAD)
		return ERR_MALFORMED;
	uint8_t *body = (uint8_t *)arena_copy(arena, prompt + PROMPT_HEAD + FRAME_HEAD, frame.body_len);
	if (body == NULL)
		return ERR_NO_MEMORY;
	const void *at;
	err = wire_decode(frame.msg, body, frame.body_len, arena, &at);
	if (err != OK)
		return err;
	*trace_r = frame.trace;
	*any_r = (struct wire_any){ frame.msg, at };
	return OK;
}

void prompt_free(uint8_t **prompt)
{
	if (*prompt == NULL)
		return;
	size_t len = length_of(*prompt);
	explicit_bzero(*prompt, len < PROMPT_MAX ? len : PROMPT_MAX);
	free(*prompt);
	*prompt = NULL;
}
