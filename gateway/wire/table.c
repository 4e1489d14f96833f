/* table.c - the descriptors of all messages, made from the tables. */
#include <string.h>
#include "base/fnv.h"
#include "wire/wire.h"

/* clang-format off */
#define ENUM_BEGIN(name) static const char *const name##_texts[] = {
#define CHOICE(constant, text) #text,
#define ENUM_END(name) \
	}; \
	const struct wire_enum wire_enum_##name = { #name, name##_texts, COUNT(name##_texts) };
#include "wire/enums.def"
#undef ENUM_BEGIN
#undef CHOICE
#undef ENUM_END

/* Pass 3: a local typedef names the struct within its rows. */
#define BEGIN(m, t, b, a) \
	const struct wire_msg *wire_msg_##m(void) \
	{ \
		typedef struct msg_##m self; \
		static const char name[] = #m, answer[] = #a; \
		enum { TAG = (t), SENDERS = (int)(b) }; \
		static const struct wire_field rows[] = {
#define BOOL(f) { #f, WIRE_BOOL, 0, offsetof(self, f), 1, NULL, NULL },
#define NUMBER(f, max, fl) { #f, WIRE_NUMBER, (fl), offsetof(self, f), (max), NULL, NULL },
#define TIME(f) { #f, WIRE_TIME, 0, offsetof(self, f), WIRE_TIME_MAX, NULL, NULL },
#define ENUM(f, list) { #f, WIRE_ENUM, 0, offsetof(self, f), 0, NULL, &wire_enum_##list },
#define TEXT(f, max, fl) { #f, WIRE_TEXT, (fl), offsetof(self, f), (max), NULL, NULL },
#define BYTES(f, max, fl) { #f, WIRE_BYTES, (fl), offsetof(self, f), (max), NULL, NULL },
#define SECRET(f, max, fl) { #f, WIRE_SECRET, (fl), offsetof(self, f), (max), NULL, NULL },
#define ID(f) { #f, WIRE_ID, 0, offsetof(self, f), WIRE_ID_SIZE, NULL, NULL },
#define ONE(f, sub, fl) { #f, WIRE_ONE, (fl), offsetof(self, f), 1, wire_msg_##sub, NULL },
#define LIST(f, sub, max) { #f, WIRE_LIST, OPTIONAL, offsetof(self, f), (max), wire_msg_##sub, NULL },
#define END(m) \
		}; \
		static const struct wire_msg msg = { name, answer, TAG, SENDERS, sizeof(self), rows, COUNT(rows) }; \
		return &msg; \
	}
#include "wire/messages.def"
#include "wire/undef.def"

/* Pass 4: the list of all. */
#define BEGIN(m, t, b, a) wire_msg_##m,
#include "wire/nofields.def"
static const struct wire_msg *(*const ALL[])(void) = {
#include "wire/messages.def"
};
#include "wire/undef.def"
/* clang-format on */

/* The look-up by tag is on the path of every frame: filled once, before any thread is started or by all threads with
 * the same values. */
#define TAGS 512u
static const struct wire_msg *by_tag[TAGS];
static const struct wire_msg *all[COUNT(ALL)];

__attribute__((constructor)) static void fill(void)
{
	for (size_t i = 0; i < COUNT(ALL); i++) {
		all[i] = ALL[i]();
		if (all[i]->tag != 0 && all[i]->tag < TAGS)
			by_tag[all[i]->tag] = all[i];
	}
}

const struct wire_msg *wire_find(unsigned tag)
{
	return tag < TAGS ? by_tag[tag] : NULL;
}

const struct wire_msg *const *wire_all(unsigned *count_r)
{
	*count_r = COUNT(all);
	return all;
}

const struct wire_msg *wire_find_name(const char *name)
{
	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

const struct wire_field *wire_field(const struct wire_msg *msg, struct text name)
{
	for (unsigned i = 0; i < msg->n_fields; i++)
		if (text_equal_str(name, msg->fields[i].name))
			return &msg->fields[i];
	return NULL;
}

struct text wire_text(struct wire_any message, struct text name)
{
	const struct wire_field *field = wire_field(message.msg, name);
	if (field == NULL || field->kind != WIRE_TEXT)
		return (struct text){ NULL, 0 };
	return *(const struct text *)(const void *)((const char *)message.at + field->offset);
}

bool wire_may_send(const struct wire_msg *msg, enum role role)
{
	return role != ROLE_NOBODY && (msg->by & BY(role)) != 0;
}

bool wire_is_ask(const struct wire_msg *msg)
{
	return strcmp(msg->answer, "login_answer") == 0;
}

const char *wire_choice_text(const struct wire_enum *list, unsigned value)
{
	return value < list->count ? list->texts[value] : "?";
}

/* A hash of everything that both sides must agree on. */
static uint32_t mix_number(uint32_t hash, uint64_t number)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	return fnv_32(hash, bytes, sizeof bytes);
}

static uint32_t mix_text(uint32_t hash, const char *text)
{
	return fnv_32(hash, text, strlen(text) + 1);
}

static uint32_t mix_field(uint32_t hash, const struct wire_field *field)
{
	hash = mix_number(mix_text(hash, field->name), field->kind);
	hash = mix_number(mix_number(hash, field->flags), field->bound);
	if (field->sub != NULL)
		hash = mix_text(hash, field->sub()->name);
	for (unsigned i = 0; field->list != NULL && i < field->list->count; i++)
		hash = mix_text(hash, field->list->texts[i]);
	return hash;
}

static uint32_t dialect_of_tables(void)
{
	uint32_t hash = FNV_32;
	for (size_t i = 0; i < COUNT(all); i++) {
		hash = mix_number(mix_number(mix_text(hash, all[i]->name), all[i]->tag), all[i]->by);
		for (unsigned j = 0; j < all[i]->n_fields; j++)
			hash = mix_field(hash, &all[i]->fields[j]);
	}
	return hash;
}

uint32_t wire_dialect(void)
{
	static _Atomic uint32_t known;
	uint32_t dialect = known;
	if (dialect == 0)
		known = dialect = dialect_of_tables();
	return dialect;
}
