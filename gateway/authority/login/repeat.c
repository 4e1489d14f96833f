/* repeat.c - a form that is sent twice: the second click gets what the first one led to, and is not taken for a second try or for a code
 * that was used before. What was answered is kept as a keyed hash, together with the random id of the ask. */
#include <string.h>
#include <time.h>
#include "authority/keys/keys.h"
#include "authority/login/talk.h"
#include "base/clock.h"

#define WAIT_MS 3000
#define LOOK_MS 30

/* Of the ask's id, its answer and the old password, each with its length before it. */
static bool hash_answer(
    struct call *call, const struct msg_login_answer *answer, uint8_t hash[KEYS_HASH_SIZE])
{
	const struct secret parts[] = { { (unsigned char *)answer->id.at, answer->id.len }, answer->answer,
		answer->old };
	size_t room = 0, len = 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		room += sizeof parts[i].len + parts[i].len;
	uint8_t *bytes = arena_alloc(&call->arena, room);
	if (bytes == NULL)
		return false;
	for (size_t i = 0; i < COUNT(parts); i++) {
		memcpy(bytes + len, &parts[i].len, sizeof parts[i].len);
		len += sizeof parts[i].len;
		if (parts[i].len > 0)
			memcpy(bytes + len, parts[i].at, parts[i].len);
		len += parts[i].len;
	}
	keys_hash(call->authority->keys, KEY_LOGIN_ANSWER, bytes, room, hash);
	explicit_bzero(bytes, room);
	return true;
}

static struct store_key mark_key(const struct login *login)
{
	struct store_key key = { .kind = STORE_LOGIN };
	memcpy(key.bytes, login->record.answer.at, sizeof key.bytes);
	return key;
}

enum err repeat_begin(struct call *call, struct login *login, const struct msg_login_answer *answer)
{
	static const uint8_t MARK[] = { 1 };
	uint8_t hash[KEYS_HASH_SIZE];
	if (!login_is_web(login))
		return OK;
	if (!hash_answer(call, answer, hash))
		return ERR_NO_MEMORY;
	char *copy = arena_copy(&login->arena, hash, sizeof hash);
	if (copy == NULL)
		return ERR_NO_MEMORY;
	login->record.answered = login->record.step;
	login->record.answered_at = clock_now_ms();
	login->record.answer = (struct bytes){ (uint8_t *)copy, sizeof hash };
	if (login->record.state == LOGIN_NEW) /* asked of nobody yet, and proved anew each time */
		return OK;
	struct store_key key = mark_key(login);
	return store_put(
	    call->authority->store, &key, (struct bytes){ MARK, sizeof MARK }, DOUBLE_CLICK_MS, STORE_IF_NEW);
}

void repeat_undo(struct call *call, const struct login *login)
{
	if (!login_is_web(login) || login->record.answer.len != STORE_KEY_SIZE)
		return;
	struct store_key key = mark_key(login);
	(void)store_remove(call->authority->store, &key);
}

enum err repeat_wait(struct call *call, struct login *login)
{
	const void *at;
	struct store_key key = login_key(call->authority, &login->form);
	int64_t deadline_ms = clock_steady_ms() + WAIT_MS;
	do {
		enum err err = store_load_record(
		    call->authority->store, &key, wire_msg_login_record(), &login->arena, &at);
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
		const struct msg_login_record *record = at;
		if (err == OK && (record->state == LOGIN_PROVED || record->step != login->record.step)) {
			login->record = *record;
			return OK;
		}
		(void)nanosleep(&(struct timespec){ 0, LOOK_MS * 1000000L }, NULL);
	} while (clock_left_ms(deadline_ms) > 0);
	return ERR_BUSY;
}

bool repeat_may_be(const struct login *login, uint64_t step)
{
	const struct msg_login_record *record = &login->record;
	return record->answer.at != NULL && step == record->answered &&
	       clock_now_ms() - record->answered_at < DOUBLE_CLICK_MS;
}

bool repeat_is(struct call *call, const struct login *login, const struct msg_login_answer *answer)
{
	uint8_t hash[KEYS_HASH_SIZE];
	return login->record.answer.len == sizeof hash && hash_answer(call, answer, hash) &&
	       memcmp(hash, login->record.answer.at, sizeof hash) == 0;
}
