#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/store/kinds.h"
#include "authority/store/redisc.h"
#include "base/enc.h"

#define NAME_MAX_ 100u /* a prefix (at most 32), a kind, a key as base64url */

static void add(struct command *command, const char *word, size_t len)
{
	if (command->n == COMMAND_WORDS_MAX)
		abort(); /* our own commands have fewer */
	command->words[command->n] = word;
	command->lens[command->n++] = len;
}

/* Room for a word that is made here. */
static char *room_for(struct command *command, size_t size)
{
	if (sizeof command->room - command->used < size)
		abort(); /* as above */
	return command->room + command->used;
}

void command_begin(struct command *command, const char *name)
{
	command->script = SCRIPT_NONE;
	command->n = command->n_keys = 0;
	command->used = 0;
	add(command, name, strlen(name));
}

void command_begin_script(struct command *command, enum script script)
{
	command_begin(command, "EVALSHA");
	command->script = script;
	add(command, "", 0); /* the script's hash, or text, and the number of keys: when it is sent */
	add(command, "", 0);
}

void command_call(struct command *command, const char *verb, const char *script)
{
	int len = snprintf(command->n_keys_text, sizeof command->n_keys_text, "%d", command->n_keys);
	command->words[0] = verb;
	command->lens[0] = strlen(verb);
	command->words[1] = script;
	command->lens[1] = strlen(script);
	command->words[2] = command->n_keys_text;
	command->lens[2] = (size_t)len;
}

void command_string(struct command *command, const char *string)
{
	add(command, string, strlen(string));
}

void command_bytes(struct command *command, struct bytes bytes)
{
	add(command, (const char *)bytes.at, bytes.len);
}

static void add_made(struct command *command, const char *at, int len)
{
	add(command, at, (size_t)len);
	command->used += (size_t)len + 1;
}

void command_number(struct command *command, int64_t number)
{
	char *at = room_for(command, 24);
	add_made(command, at, snprintf(at, 24, "%" PRId64, number));
}

void command_key(struct command *command, const char *prefix, const struct store_key *key)
{
	char text[ENC_BASE64URL_SIZE(STORE_KEY_SIZE)];
	char *at = room_for(command, NAME_MAX_);
	enc_base64url(key->bytes, sizeof key->bytes, text);
	add_made(command, at, snprintf(at, NAME_MAX_, "%s%s:%s", prefix, store_kind_name(key->kind), text));
	command->n_keys++;
}

void command_name(struct command *command, const char *prefix, const char *name)
{
	char *at = room_for(command, NAME_MAX_);
	add_made(command, at, snprintf(at, NAME_MAX_, "%s%s", prefix, name));
	command->n_keys++;
}
