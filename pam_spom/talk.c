#include "talk.h"
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "wire/prompt.h"

/* One message to the conversation function. *answer_r (NULL when there is none) is malloc'd and becomes the caller's. */
static enum talk converse(pam_handle_t *pamh, int style, const char *text, char **answer_r)
{
	const void *item = NULL;
	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return TALK_FAILED;
	const struct pam_conv *conv = item;
	if (conv->conv == NULL)
		return TALK_FAILED;
	const struct pam_message message = { .msg_style = style, .msg = text };
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	int result = conv->conv(1, &messages, &response, conv->appdata_ptr);
	if (result == PAM_CONV_AGAIN)
		return TALK_AGAIN;
	if (result != PAM_SUCCESS)
		return TALK_FAILED; /* what is left behind is the application's */
	*answer_r = response != NULL ? response->resp : NULL;
	free(response);
	return TALK_DONE;
}

static void erase(char *line)
{
	if (line != NULL)
		explicit_bzero(line, strlen(line));
	free(line);
}

enum talk talk_ask(pam_handle_t *pamh, const char *prompt, struct arena *arena, struct secret *answer_r)
{
	char *line = NULL;
	enum talk talk = converse(pamh, PAM_PROMPT_ECHO_OFF, prompt, &line);
	if (talk != TALK_DONE)
		return talk;
	struct secret answer = { NULL, 0 };
	if (line != NULL)
		answer = secret_copy(arena, line, strnlen(line, TALK_ANSWER_MAX + 1));
	erase(line);
	if (answer.at == NULL)
		return TALK_FAILED;
	*answer_r = answer;
	return TALK_DONE;
}

void talk_show(pam_handle_t *pamh, int style, const char *line)
{
	char *answer = NULL;
	if (converse(pamh, style, line, &answer) == TALK_DONE)
		erase(answer);
}

enum talk talk_frame(pam_handle_t *pamh, struct wire_any any, uint64_t trace, struct arena *arena,
    uint64_t *trace_r, struct wire_any *answer_r)
{
	uint8_t *prompt = NULL;
	if (prompt_make(any, trace, &prompt) != OK)
		return TALK_FAILED;
	char *bytes = NULL;
	enum talk talk = converse(pamh, PAM_BINARY_PROMPT, (const char *)prompt, &bytes);
	prompt_free(&prompt);
	if (talk != TALK_DONE)
		return talk;
	uint8_t *answer = (uint8_t *)bytes;
	*answer_r = (struct wire_any){ NULL, NULL };
	enum err err = answer != NULL ? prompt_read(answer, arena, trace_r, answer_r) : OK;
	prompt_free(&answer);
	return err == OK ? TALK_DONE : TALK_FAILED;
}
