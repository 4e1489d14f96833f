#include "wire/kinds.h"

const struct wire_msg *wire_msg_leaf(void)
{
	static const struct wire_field rows[] = {
		{ "name", WIRE_TEXT, 0, offsetof(struct msg_leaf, name), 10, NULL, NULL },
		{ "count", WIRE_NUMBER, OPTIONAL, offsetof(struct msg_leaf, count), 9, NULL, NULL },
	};
	static const struct wire_msg msg = { "leaf", "none", 0, 0, sizeof(struct msg_leaf), rows,
		COUNT(rows) };
	return &msg;
}

#define AT(field) offsetof(struct msg_kinds, field)

const struct wire_msg *wire_msg_kinds(void)
{
	static const struct wire_field rows[] = {
		{ "yes", WIRE_BOOL, 0, AT(yes), 1, NULL, NULL },
		{ "small", WIRE_NUMBER, 0, AT(small), 1000, NULL, NULL },
		{ "wide", WIRE_NUMBER, 0, AT(wide), UINT64_MAX, NULL, NULL },
		{ "seldom", WIRE_NUMBER, OPTIONAL, AT(seldom), 5, NULL, NULL },
		{ "when", WIRE_TIME, 0, AT(when), WIRE_TIME_MAX, NULL, NULL },
		{ "role", WIRE_ENUM, 0, AT(role), 0, NULL, &wire_enum_role },
		{ "text", WIRE_TEXT, 0, AT(text), 20, NULL, NULL },
		{ "lines", WIRE_TEXT, OPTIONAL | LINES, AT(lines), 20, NULL, NULL },
		{ "bytes", WIRE_BYTES, 0, AT(bytes), 8, NULL, NULL },
		{ "more", WIRE_BYTES, OPTIONAL, AT(more), 8, NULL, NULL },
		{ "hidden", WIRE_SECRET, 0, AT(hidden), 12, NULL, NULL },
		{ "shown", WIRE_SECRET, OPTIONAL | SHOW_ONCE, AT(shown), 12, NULL, NULL },
		{ "id", WIRE_ID, 0, AT(id), WIRE_ID_SIZE, NULL, NULL },
		{ "one", WIRE_ONE, 0, AT(one), 1, wire_msg_leaf, NULL },
		{ "maybe", WIRE_ONE, OPTIONAL, AT(maybe), 1, wire_msg_leaf, NULL },
		{ "list", WIRE_LIST, OPTIONAL, AT(list), 3, wire_msg_leaf, NULL },
	};
	static const struct wire_msg msg = { "kinds", "none", 0, 0, sizeof(struct msg_kinds), rows,
		COUNT(rows) };
	return &msg;
}

const struct wire_msg *wire_msg_deep(void)
{
	static const struct wire_field rows[] = {
		{ "deep", WIRE_ONE, OPTIONAL, offsetof(struct msg_deep, deep), 1, wire_msg_deep, NULL },
	};
	static const struct wire_msg msg = { "deep", "none", 0, 0, sizeof(struct msg_deep), rows,
		COUNT(rows) };
	return &msg;
}

struct msg_kinds kinds_valid(void)
{
	static const struct msg_leaf ONE = { { "one", 3 }, 1 };
	static const struct msg_leaf LIST[] = { { { "a", 1 }, 0 }, { { "b", 1 }, 9 } };
	static unsigned char secret[] = "hush";
	return (struct msg_kinds){
		.yes = true,
		.small = 1000,
		.wide = UINT64_MAX,
		.when = 1700000000123,
		.role = ROLE_PAM,
		.text = TEXT_LITERAL("h\xc3\xbcllo \"x\""),
		.bytes = { (const uint8_t *)"\xfb\xff\x00", 3 },
		.hidden = { secret, 4 },
		.id = { { 1, 2, 3 } },
		.one = &ONE,
		.list = { LIST, COUNT(LIST) },
	};
}

const struct wire_msg *const *kinds_all(unsigned *count_r)
{
	static const struct wire_msg *all[512];
	unsigned count;
	const struct wire_msg *const *tables = wire_all(&count);
	for (unsigned i = 0; i < count && i < 510; i++)
		all[i] = tables[i];
	all[count] = wire_msg_leaf();
	all[count + 1] = wire_msg_kinds();
	*count_r = count + 2;
	return all;
}
