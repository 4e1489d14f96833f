#include "wire/sample.h"
#include <string.h>
#include "base/arena.h"

#define ROOM (2u * WIRE_BODY_MAX)
#define SAMPLE_TIME 1700000000123u

struct maker {
	uint8_t *at;
	size_t len;
	enum sample_size size;
	enum sample_twist twist;
	unsigned target;
	unsigned seen;
	bool applied;
	bool full; /* the room, that is */
};

static void make_message(struct maker *to, const struct wire_msg *msg);

static void put(struct maker *to, const void *bytes, size_t len)
{
	if (len > ROOM - to->len) {
		to->full = true;
		return;
	}
	if (to->at != NULL)
		memcpy(to->at + to->len, bytes, len);
	to->len += len;
}

static void put_number(struct maker *to, uint64_t number, unsigned size)
{
	for (unsigned i = size; i-- > 0;) {
		uint8_t byte = (uint8_t)(number >> (8 * i));
		put(to, &byte, 1);
	}
}

static void put_repeated(struct maker *to, const char *unit, size_t len)
{
	size_t step = strlen(unit);
	for (; len >= step; len -= step)
		put(to, unit, step);
	for (; len > 0; len--)
		put(to, "x", 1);
}

/* Goes back to a length of size bytes at place, now that what it counts is written. */
static void patch(struct maker *to, size_t place, unsigned size, uint64_t number)
{
	size_t end = to->len;
	to->len = place;
	put_number(to, number, size);
	to->len = end;
}

/* Whether the twist of the maker is one for the value at hand; notes that it happened. */
static bool twist(struct maker *to, bool mine, enum sample_twist which, bool possible)
{
	if (!mine || to->twist != which || !possible)
		return false;
	to->applied = true;
	return true;
}

static size_t usual_length(const struct maker *to, const struct wire_field *field)
{
	if (to->size == SAMPLE_MIN)
		return 0;
	return to->size == SAMPLE_MAX || field->bound < 6 ? (size_t)field->bound : 6;
}

static void make_text(struct maker *to, const struct wire_field *field, bool mine)
{
	size_t len = usual_length(to, field);
	if (twist(to, mine, SAMPLE_OVER, true))
		put_repeated(to, "x", (size_t)field->bound + 1);
	else if (twist(to, mine, SAMPLE_CONTROL, true))
		put(to, "\x07", 1);
	else if (twist(to, mine, SAMPLE_BAD_UTF8, true))
		put(to, "\xff", 1);
	else if (twist(to, mine, SAMPLE_NUL, true))
		put(to, "\0x", 2);
	else
		put_repeated(to, "\xc3\xbcx", len);
	if (!twist(to, mine, SAMPLE_SHORT, true))
		put(to, "", 1);
}

static void make_secret(struct maker *to, const struct wire_field *field, bool mine)
{
	size_t len = usual_length(to, field);
	bool over = twist(to, mine, SAMPLE_OVER, true);
	if (over)
		len = (size_t)field->bound + 1;
	if (to->size == SAMPLE_MAX && field->kind == WIRE_SECRET && (field->flags & SHOW_ONCE) == 0)
		put_repeated(to, "\xff", len);
	else
		put_repeated(to, "SECRET", len);
	if (field->kind == WIRE_SECRET && !twist(to, mine, SAMPLE_SHORT, true))
		put(to, "", 1);
}

static void make_id(struct maker *to, bool mine)
{
	unsigned len = WIRE_ID_SIZE;
	if (twist(to, mine, SAMPLE_OVER, true))
		len++;
	if (twist(to, mine, SAMPLE_SHORT, true))
		len--;
	for (unsigned i = 1; i <= len; i++)
		put_number(to, to->size == SAMPLE_MIN ? 0 : to->size == SAMPLE_MAX ? 0xff : i, 1);
}

static uint64_t usual_number(const struct maker *to, const struct wire_field *field, uint64_t greatest)
{
	if (to->size == SAMPLE_MIN)
		return 0;
	if (to->size == SAMPLE_MAX)
		return greatest;
	return field->kind == WIRE_TIME ? SAMPLE_TIME : field->kind == WIRE_ENUM ? greatest : 1;
}

static void make_number(struct maker *to, const struct wire_field *field, bool mine)
{
	unsigned size = field->kind == WIRE_BOOL || field->kind == WIRE_ENUM ? 1 : 8;
	uint64_t greatest = field->kind == WIRE_ENUM ? field->list->count - 1 : field->bound;
	uint64_t number = usual_number(to, field, greatest);
	if (twist(to, mine, SAMPLE_OVER, greatest < UINT64_MAX))
		number = greatest + 1;
	if (twist(to, mine, SAMPLE_ZERO, (field->flags & OPTIONAL) != 0))
		number = 0;
	if (twist(to, mine, SAMPLE_SHORT, true))
		size--;
	put_number(to, number, size);
}

static uint64_t usual_count(const struct maker *to, const struct wire_field *field)
{
	return to->size == SAMPLE_MAX || field->bound < 2 ? field->bound : 2;
}

static void make_list(struct maker *to, const struct wire_field *field, bool mine)
{
	uint64_t n = usual_count(to, field), said = 0;
	if (twist(to, mine, SAMPLE_OVER, true))
		n = field->bound + 1;
	if (twist(to, mine, SAMPLE_ZERO, true))
		n = 0;
	said = n;
	if (twist(to, mine, SAMPLE_BOMB, true))
		said = UINT32_MAX;
	if (twist(to, mine, SAMPLE_COUNT, true))
		said = n + 1;
	put_number(to, said, twist(to, mine, SAMPLE_SHORT, true) ? 3 : 4);
	for (uint64_t i = 0; i < n; i++) {
		size_t place = to->len;
		put_number(to, 0, 4);
		make_message(to, field->sub());
		patch(to, place, 4, to->len - place - 4);
	}
}

static void make_value(struct maker *to, const struct wire_field *field, bool mine)
{
	switch (field->kind) {
	case WIRE_TEXT:
		make_text(to, field, mine);
		break;
	case WIRE_BYTES:
	case WIRE_SECRET:
		make_secret(to, field, mine);
		break;
	case WIRE_ID:
		make_id(to, mine);
		break;
	case WIRE_ONE:
		make_message(to, field->sub());
		break;
	case WIRE_LIST:
		make_list(to, field, mine);
		break;
	default:
		make_number(to, field, mine);
	}
}

static void make_field(struct maker *to, const struct wire_msg *msg, unsigned i, bool mine)
{
	put_number(to, twist(to, mine, SAMPLE_NUMBERLESS, true) ? 0 : i + 1, 1);
	size_t place = to->len;
	put_number(to, 0, 4);
	make_value(to, &msg->fields[i], mine);
	uint64_t len = to->len - place - 4;
	patch(to, place, 4, twist(to, mine, SAMPLE_LENGTH, true) ? UINT32_MAX : len);
}

/* A field with what may go wrong around it. */
static unsigned make_around(struct maker *to, const struct wire_msg *msg, unsigned i, bool mine)
{
	bool optional = (msg->fields[i].flags & OPTIONAL) != 0;
	if (twist(to, mine, SAMPLE_MISSING, !optional))
		return i;
	if (twist(to, mine, SAMPLE_SWAPPED, i + 1 < msg->n_fields)) {
		make_field(to, msg, i + 1, false);
		make_field(to, msg, i, false);
		return i + 1;
	}
	make_field(to, msg, i, mine);
	if (twist(to, mine, SAMPLE_TWICE, true))
		make_field(to, msg, i, false);
	if (twist(to, mine, SAMPLE_UNKNOWN, i + 1 == msg->n_fields)) {
		put_number(to, msg->n_fields + 1, 1);
		put_number(to, 3, 4);
		put(to, "new", 3);
	}
	return i;
}

static void make_message(struct maker *to, const struct wire_msg *msg)
{
	for (unsigned i = 0; i < msg->n_fields; i++) {
		if (to->size == SAMPLE_MIN && (msg->fields[i].flags & OPTIONAL) != 0)
			continue;
		bool mine = to->seen++ == to->target && to->twist != SAMPLE_NONE;
		i = make_around(to, msg, i, mine);
	}
}

unsigned sample_fields(const struct wire_msg *msg)
{
	struct maker to = { .size = SAMPLE_FULL };
	make_message(&to, msg);
	return to.seen;
}

enum err sample_body(const struct wire_msg *msg, enum sample_size size, enum sample_twist twist_, unsigned at,
    struct arena *arena, uint8_t **body_r, size_t *len_r)
{
	struct maker to = { .size = size, .twist = twist_, .target = at };
	make_message(&to, msg); /* the first time it only counts */
	if (twist_ != SAMPLE_NONE && !to.applied)
		return ERR_NOT_FOUND;
	uint8_t *body = arena_alloc(arena, to.len);
	if (body == NULL || to.full)
		return ERR_NO_MEMORY;
	to = (struct maker){ .at = body, .size = size, .twist = twist_, .target = at };
	make_message(&to, msg);
	*body_r = body;
	*len_r = to.len;
	return OK;
}

const char *sample_twist_text(enum sample_twist twist_)
{
	static const char *const TEXTS[SAMPLE_TWIST_COUNT_] = {
		[SAMPLE_NONE] = "none",
		[SAMPLE_OVER] = "over",
		[SAMPLE_SHORT] = "short",
		[SAMPLE_CONTROL] = "control",
		[SAMPLE_BAD_UTF8] = "bad-utf8",
		[SAMPLE_NUL] = "nul",
		[SAMPLE_ZERO] = "zero",
		[SAMPLE_BOMB] = "bomb",
		[SAMPLE_COUNT] = "count",
		[SAMPLE_TWICE] = "twice",
		[SAMPLE_SWAPPED] = "swapped",
		[SAMPLE_MISSING] = "missing",
		[SAMPLE_UNKNOWN] = "unknown",
		[SAMPLE_LENGTH] = "length",
		[SAMPLE_NUMBERLESS] = "numberless",
	};
	return (unsigned)twist_ < SAMPLE_TWIST_COUNT_ ? TEXTS[twist_] : "?";
}
