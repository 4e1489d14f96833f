#include "authority/audit/line.h"
#include <stdio.h>
#include <string.h>
#include "base/enc.h"
#include "wire/json.h"
#include "wire/when.h"

#define MAC_KEY ",\"mac\":\""
#define MAC_KEY_LEN (sizeof MAC_KEY - 1)
#define TAIL_LEN (MAC_KEY_LEN + LINE_MAC_LEN + 2)
#define HEAD_LEN (sizeof "{\"n\":0," - 1) /* a time that never was is not written */

/* The clean beginning of a text, at most max bytes. */
static enum err clean(struct text from, size_t max, struct arena *arena, struct text *to)
{
	if (from.at == NULL)
		return OK;
	size_t len = from.len < max ? from.len : max;
	while (len < from.len && len > 0 && ((unsigned char)from.at[len] & 0xc0) == 0x80)
		len--;
	char *copy = arena_copy(arena, from.at, len);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	if (!text_is_utf8(copy, len) || text_has_control(copy, len, false))
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)copy[i] < 0x20 || (unsigned char)copy[i] > 0x7e)
				copy[i] = '?';
	*to = (struct text){ copy, len };
	return OK;
}

enum err line_render(const struct msg_audit_row *row, struct arena *arena, struct text *middle_r)
{
	const struct wire_msg *msg = wire_msg_audit_row();
	struct msg_audit_row shown = *row;
	struct text json;
	enum err err = OK;
	shown.n = 0;
	shown.time = 0;
	shown.mac = (struct text){ NULL, 0 };
	for (unsigned i = 0; err == OK && i < msg->n_fields; i++) {
		struct text *text = (struct text *)(void *)((char *)&shown + msg->fields[i].offset);
		if (msg->fields[i].kind == WIRE_TEXT)
			err = clean(*text, msg->fields[i].bound, arena, text);
	}
	if (err == OK)
		err = wire_json_write(WIRE(audit_row, &shown), arena, &json);
	if (err != OK)
		return err;
	*middle_r = (struct text){ json.at + HEAD_LEN, json.len - HEAD_LEN - 1 };
	return OK;
}

size_t line_write(char *room, uint64_t n, int64_t time_ms, struct text middle, struct keys_chain *chain,
    char mac[LINE_MAC_LEN + 1])
{
	char when[WHEN_TEXT_SIZE];
	uint8_t bytes[KEYS_HASH_SIZE];
	when_text(time_ms, when);
	size_t len = (size_t)snprintf(room, 64, "{\"n\":%llu,\"time\":\"%s\",", (unsigned long long)n, when);
	memcpy(room + len, middle.at, middle.len);
	len += middle.len;
	keys_chain_next(chain, room, len, bytes);
	enc_base64url(bytes, sizeof bytes, mac);
	memcpy(room + len, MAC_KEY, MAC_KEY_LEN);
	len += MAC_KEY_LEN;
	memcpy(room + len, mac, LINE_MAC_LEN);
	len += LINE_MAC_LEN;
	memcpy(room + len, "\"}\n", 3);
	return len + 3;
}

static bool read_number(struct text text, uint64_t *n_r)
{
	static const char KEY[] = "{\"n\":";
	unsigned long long n;
	if (!text_starts_with(text, KEY))
		return false;
	struct text digits = { text.at + sizeof KEY - 1, 0 };
	while (sizeof KEY - 1 + digits.len < text.len && digits.at[digits.len] != ',')
		digits.len++;
	if (!text_to_number(digits, 1ull << 53, &n))
		return false;
	*n_r = n;
	return true;
}

bool line_split(struct text text, struct line *line_r)
{
	struct line line;
	if (text.len <= TAIL_LEN || !read_number(text, &line.n))
		return false;
	const char *tail = text.at + text.len - TAIL_LEN;
	if (memcmp(tail, MAC_KEY, MAC_KEY_LEN) != 0 || memcmp(text.at + text.len - 2, "\"}", 2) != 0)
		return false;
	line.body = (struct text){ text.at, text.len - TAIL_LEN };
	line.mac = (struct text){ tail + MAC_KEY_LEN, LINE_MAC_LEN };
	*line_r = line;
	return true;
}

bool line_is_next(const struct line *line, struct keys_chain *chain)
{
	uint8_t bytes[KEYS_HASH_SIZE];
	char mac[LINE_MAC_LEN + 1];
	keys_chain_next(chain, line->body.at, line->body.len, bytes);
	enc_base64url(bytes, sizeof bytes, mac);
	return memcmp(mac, line->mac.at, LINE_MAC_LEN) == 0;
}

bool line_begins(const struct line *line, const struct keys *keys, uint64_t file, struct keys_chain *chain_r)
{
	struct keys_chain chain, begun;
	for (unsigned i = 0; keys_chain_begin_under(keys, i, file, &chain); i++) {
		begun = chain;
		if (line_is_next(line, &chain)) {
			*chain_r = begun;
			return true;
		}
	}
	return false;
}

int64_t line_time_ms(const struct line *line)
{
	static const char NAME[] = "\"time\":\"";
	int64_t time_ms = 0;
	const char *at = memmem(line->body.at, line->body.len, NAME, sizeof NAME - 1);
	if (at == NULL)
		return 0;
	at += sizeof NAME - 1;
	size_t left = line->body.len - (size_t)(at - line->body.at);
	if (left < WHEN_TEXT_SIZE - 1 || !when_read((struct text){ at, WHEN_TEXT_SIZE - 1 }, &time_ms))
		return 0;
	return time_ms;
}
