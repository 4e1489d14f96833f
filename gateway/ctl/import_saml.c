/* import_saml.c - the services of a federation, from its file: each is a service add, told one by one. What is read of them, spom-judge says. */
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/pem.h"
#include "ctl/ask.h"
#include "ctl/judged_file.h"
#include "ctl/name.h"
#include "ctl/sentence.h"
#include "ctl/service_parts.h"
#include "ctl/source.h"

#define SERVICES_MAX 1000u /* what is registered is kept by hand; of more a feed is the better way */
#define LABEL_BYTES 120

struct import {
	const struct ctl *ctl;
	struct names *names;
	unsigned added, refused;
	bool unreachable; /* so is it for all others */
};

static const struct {
	const char *name, *uri;
} CATEGORIES[] = {
#define CATEGORY(name, uri, claims) { name, uri },
#include "authority/sso/category.def"
#undef CATEGORY
};

/* What is wrong with a file as a whole. */
static const struct {
	enum judge_fault fault;
	const char *words;
} FAULTS[] = {
	{ JUDGE_MALFORMED, "it is no XML in UTF-8" },
	{ JUDGE_TOO_LARGE, "it is too large: up to 128 MiB, 12 million nodes, 32 of them in one another" },
	{ JUDGE_DOCTYPE, "it has a DTD, which nobody needs and attackers use" },
	{ JUDGE_COMMENT, "it has processing instructions or CDATA" },
	{ JUDGE_SHAPE, "its validUntil is no time" },
	{ JUDGE_OVER, "its validUntil is over" },
	{ JUDGE_NO_SERVICE,
	    "it is no metadata of SAML: neither an EntitiesDescriptor nor an EntityDescriptor" },
	{ JUDGE_SIGNATURE_SHAPE, "it is not signed as a whole, or something in it is signed as well" },
	{ JUDGE_ALGORITHM, "it is signed with an algorithm that does not count any more" },
	{ JUDGE_SIGNATURE, "it is not signed with that key, or was changed" },
	{ JUDGE_CERTIFICATE, "the certificate of --key cannot be read" },
	{ JUDGE_KEY, "the key of --key is too weak or unusual" },
};

static const char *words_of(enum judge_fault fault)
{
	for (size_t i = 0; i < COUNT(FAULTS); i++)
		if (FAULTS[i].fault == fault)
			return FAULTS[i].words;
	return WIRE_ENUM_TEXT(judge_fault, fault);
}

/* --- one service -------------------------------------------------------------------------------------------------- */

/* "https://sp.example.org/saml" is called sp.example.org/saml. */
static struct text called(struct text entity_id)
{
	const char *behind = strstr(entity_id.at, "://");
	return behind != NULL ? text_of(behind + 3) : entity_id;
}

static bool names_uri(const struct msg_judged_feed *found, const char *uri)
{
	for (uint32_t i = 0; i < found->categories.n; i++)
		if (text_equal_str(found->categories.at[i].uri, uri))
			return true;
	return false;
}

static bool has_category(const struct msg_judged_feed *found, struct text name)
{
	bool known = false, has = false;
	for (size_t i = 0; !has && i < COUNT(CATEGORIES); i++) {
		bool is = text_equal_str(name, CATEGORIES[i].name);
		known |= is;
		has = is && names_uri(found, CATEGORIES[i].uri);
	}
	return has || !known; /* that there is none of that name is said by who registers */
}

/* Those of --category that the metadata name: nobody gets more by an import than by a feed. NULL: none. */
static const char *categories_of(const char *given, const struct msg_judged_feed *found, struct arena *arena)
{
	char *list = arena_alloc(arena, strlen(given) + 2);
	size_t n = 0;
	for (given += strspn(given, " "); list != NULL && *given != '\0'; given += strspn(given, " ")) {
		struct text word = { given, strcspn(given, " ") };
		given += word.len;
		if (!has_category(found, word))
			continue;
		memcpy(list + n, word.at, word.len);
		n += word.len;
		list[n++] = ' ';
	}
	return n > 0 ? list : NULL;
}

/* Without a name of its own it is called by its entityID. */
static const char *label_of(const struct msg_judged_feed *found, struct arena *arena)
{
	if (found->label.at != NULL)
		return found->label.at;
	return arena_printf(arena, "%.*s", LABEL_BYTES, found->saml->entity_id.at);
}

static enum ctl_exit add(struct import *import, const struct msg_judged_feed *found, struct arena *arena)
{
	struct ctl one = *import->ctl;
	struct text id = found->saml->entity_id;
	const char *name;
	one.service.saml = found->saml;
	enum ctl_exit code = names_find(import->names, &one, called(id), id, arena, &name);
	if (code != CTL_DONE)
		return code;
	one.service.label = label_of(found, arena);
	if (one.service.categories != NULL)
		one.service.categories = categories_of(one.service.categories, found, arena);
	one.words = &name;
	one.n_words = 1;
	return one.dry_run ? service_plan(&one) : ctl_service_add(&one);
}

static enum ctl_exit refuse(const struct msg_aggregate_entity *entity, struct arena *arena)
{
	const char *text =
	    arena_printf(arena, "service_metadata_%s", WIRE_ENUM_TEXT(judge_fault, entity->fault));
	(void)fprintf(stderr, "spomctl: %s\n", sentence_of(text_of(text)));
	return CTL_REFUSED;
}

static void take(struct import *import, const struct msg_aggregate_entity *entity, struct arena *arena)
{
	struct text id = entity->found != NULL ? entity->found->saml->entity_id : entity->entity_id;
	enum ctl_exit code =
	    entity->found != NULL ? add(import, entity->found, arena) : refuse(entity, arena);
	import->unreachable = code == CTL_UNREACHABLE;
	import->added += code == CTL_DONE;
	import->refused += code != CTL_DONE;
	if (code != CTL_DONE)
		(void)fprintf(stderr, "%.*s: not added\n", TEXT_ARGS(id.at != NULL ? id : text_of("?")));
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static enum ctl_exit fail(const char *why)
{
	(void)fprintf(stderr, "spomctl: nothing was added: %s\n", why);
	return CTL_REFUSED;
}

static enum ctl_exit tell_end(const struct import *import, const struct msg_aggregate_head *head)
{
	(void)fprintf(stderr,
	    import->ctl->dry_run ? "%u would be added, %u not; %llu in it are no service providers\n"
				 : "%u added, %u not added; %llu in it are no service providers\n",
	    import->added, import->refused, (unsigned long long)head->others);
	return import->refused == 0 && import->added > 0 ? CTL_DONE : CTL_REFUSED;
}

static enum ctl_exit take_all(
    const struct ctl *ctl, struct judged_file *judged, const struct msg_aggregate_head *head)
{
	CLEANUP(names_done) struct names names = { .planned = { NULL } };
	struct import import = { .ctl = ctl, .names = &names };
	for (uint64_t i = 0; i < head->services; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const struct msg_aggregate_entity *entity;
		if (judged_file_next(judged, &arena, &entity) != OK) {
			(void)fprintf(stderr, "spomctl: spom-judge ended; nothing behind that was read\n");
			import.refused++;
			break;
		}
		take(&import, entity, &arena);
		if (import.unreachable)
			return CTL_UNREACHABLE;
	}
	return tell_end(&import, head);
}

static enum ctl_exit read_all(const struct ctl *ctl, struct judged_file *judged, struct bytes certificate)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_aggregate_head *head;
	enum err err = judged_file_open(judged, ctl->words[0], certificate, &arena, &head);
	if (err == ERR_NOT_FOUND)
		return ask_usage("FILE is one that can be read");
	if (err == ERR_UNREACHABLE)
		return fail("there is no spom-judge beside this spomctl");
	if (err != OK)
		return fail("spom-judge ended over the file");
	if (head->fault != JUDGE_NONE)
		return fail(words_of(head->fault));
	if (head->services > SERVICES_MAX && !ctl->dry_run)
		return fail("it has more than 1000 services; a [metadata NAME] of the settings asks for each "
			    "when it is used");
	return take_all(ctl, judged, head);
}

enum ctl_exit ctl_import_saml(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct judged_file judged;
	struct bytes certificate = { NULL, 0 };
	char *text = ctl->key != NULL ? source_text(ctl->key, PEM_FILE_MAX, &arena) : NULL;
	if (text != NULL)
		certificate.at = pem_certificate(text, &arena, &certificate.len);
	if (ctl->key != NULL && (certificate.at == NULL || certificate.len == 0 || certificate.len > 4096))
		return ask_usage("--key names a file with a certificate (PEM) that can be read");
	enum ctl_exit code = read_all(ctl, &judged, certificate);
	judged_file_close(&judged);
	return code;
}
