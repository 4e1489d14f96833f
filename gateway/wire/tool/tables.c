/* tables.c - the tables as they stand. Names in them are words of C, so that nothing needs quoting. */
#include <stdio.h>
#include "wire/tool/tool.h"

const char *tool_kind(enum wire_kind kind)
{
	static const char *const TEXTS[] = {
		[WIRE_BOOL] = "bool",
		[WIRE_NUMBER] = "number",
		[WIRE_TIME] = "time",
		[WIRE_ENUM] = "enum",
		[WIRE_TEXT] = "text",
		[WIRE_BYTES] = "bytes",
		[WIRE_SECRET] = "secret",
		[WIRE_ID] = "id",
		[WIRE_ONE] = "one",
		[WIRE_LIST] = "list",
	};
	return (unsigned)kind < COUNT(TEXTS) ? TEXTS[kind] : "?";
}

#define ENUM_BEGIN(name) &wire_enum_##name,
#define CHOICE(constant, text)
#define ENUM_END(name)
static const struct wire_enum *const ENUMS[] = {
#include "wire/enums.def"
};
#undef ENUM_BEGIN
#undef CHOICE
#undef ENUM_END

const struct wire_enum *const *tool_enums(unsigned *count_r)
{
	*count_r = COUNT(ENUMS);
	return ENUMS;
}

/* "door", "check" for the roles that may send it, with between them what the caller wants. */
static void print_roles(const struct wire_msg *msg, const char *quote, const char *between)
{
	const char *before = "";
	for (unsigned role = 0; role < wire_enum_role.count; role++) {
		if (!wire_may_send(msg, (enum role)role))
			continue;
		printf("%s%s%s%s", before, quote, wire_enum_role.texts[role], quote);
		before = between;
	}
}

static void print_flags(const struct wire_field *field, const char *quote, const char *between)
{
	static const struct {
		unsigned flag;
		const char *text;
	} FLAGS[] = { { OPTIONAL, "optional" }, { LINES, "lines" }, { SHOW_ONCE, "show_once" } };
	const char *before = "";
	for (size_t i = 0; i < COUNT(FLAGS); i++) {
		if ((field->flags & FLAGS[i].flag) == 0)
			continue;
		printf("%s%s%s%s", before, quote, FLAGS[i].text, quote);
		before = between;
	}
}

static void json_field(const struct wire_field *field, const char *end)
{
	printf("      {\"name\": \"%s\", \"kind\": \"%s\"", field->name, tool_kind(field->kind));
	if (field->list == NULL)
		printf(", \"bound\": %llu", (unsigned long long)field->bound);
	else
		printf(", \"enum\": \"%s\"", field->list->name);
	if (field->sub != NULL)
		printf(", \"of\": \"%s\"", field->sub()->name);
	printf(", \"flags\": [");
	print_flags(field, "\"", ", ");
	printf("]}%s\n", end);
}

static void json_message(const struct wire_msg *msg, const char *end)
{
	printf("    {\"name\": \"%s\", \"tag\": %u, \"answer\": \"%s\", \"greatest\": %llu, \"by\": [",
	    msg->name, msg->tag, msg->answer, (unsigned long long)wire_greatest(msg));
	print_roles(msg, "\"", ", ");
	printf("], \"fields\": [\n");
	for (unsigned i = 0; i < msg->n_fields; i++)
		json_field(&msg->fields[i], i + 1 < msg->n_fields ? "," : "");
	printf("    ]}%s\n", end);
}

static void json_enum(const struct wire_enum *list, const char *end)
{
	printf("    \"%s\": [", list->name);
	for (unsigned i = 0; i < list->count; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", list->texts[i]);
	printf("]%s\n", end);
}

int tool_json(const char *unused)
{
	(void)unused;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	printf("{\n  \"release\": \"%s\", \"dialect\": %u, \"body_max\": %zu,\n  \"messages\": [\n",
	    SPOM_VERSION, wire_dialect(), WIRE_BODY_MAX);
	for (unsigned i = 0; i < count; i++)
		json_message(all[i], i + 1 < count ? "," : "");
	printf("  ],\n  \"enums\": {\n");
	const struct wire_enum *const *enums = tool_enums(&count);
	for (unsigned i = 0; i < count; i++)
		json_enum(enums[i], i + 1 < count ? "," : "");
	printf("  }\n}\n");
	return 0;
}

static void doc_field(const struct wire_field *field)
{
	printf("| `%s` | %s", field->name, tool_kind(field->kind));
	if (field->sub != NULL)
		printf(" of `%s`", field->sub()->name);
	if (field->list != NULL)
		printf(" `%s`", field->list->name);
	if (field->kind == WIRE_LIST || field->kind == WIRE_TEXT || field->kind == WIRE_BYTES ||
	    field->kind == WIRE_SECRET || field->kind == WIRE_NUMBER)
		printf(" | %llu |", (unsigned long long)field->bound);
	else
		printf(" | |");
	printf(" ");
	print_flags(field, "", ", ");
	printf(" |\n");
}

static void doc_message(const struct wire_msg *msg)
{
	printf("\n### %s\n\n", msg->name);
	if (msg->tag == 0) {
		printf("Part of other messages.\n");
	} else {
		printf("Tag %u, sent by ", msg->tag);
		print_roles(msg, "", ", ");
		printf("; answer: %s; at most %llu bytes.\n", msg->answer,
		    (unsigned long long)wire_greatest(msg));
	}
	if (msg->n_fields > 0)
		printf("\n| field | kind | bound | |\n|---|---|---|---|\n");
	for (unsigned i = 0; i < msg->n_fields; i++)
		doc_field(&msg->fields[i]);
}

int tool_doc(const char *unused)
{
	(void)unused;
	unsigned count;
	printf("# Messages between the programs of SPOM %s\n\nMade by `wiretool doc`.\n\n## Messages\n",
	    SPOM_VERSION);
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		doc_message(all[i]);
	printf("\n## Closed lists\n\n");
	const struct wire_enum *const *enums = tool_enums(&count);
	for (unsigned i = 0; i < count; i++) {
		printf("* `%s`:", enums[i]->name);
		for (unsigned j = 0; j < enums[i]->count; j++)
			printf("%s %s", j > 0 ? "," : "", enums[i]->texts[j]);
		printf("\n");
	}
	return 0;
}

int tool_senders(const char *unused)
{
	(void)unused;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned role = 0; all[i]->tag != 0 && role < wire_enum_role.count; role++)
			printf("%s %s %s\n", all[i]->name, wire_enum_role.texts[role],
			    wire_may_send(all[i], (enum role)role) ? "yes" : "no");
	return 0;
}
