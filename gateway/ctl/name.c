#include "ctl/name.h"
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/fnv.h"
#include "ctl/ask.h"

#define NAME_BYTES 64
#define WORD_BYTES 256

struct planned {
	struct planned *next;
	uint32_t mark; /* of its id */
	char name[NAME_BYTES + 1];
};

/* Its length; 0: there is no letter that may stay. */
static size_t write_word(struct text from, char word[WORD_BYTES + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < from.len && n < WORD_BYTES; i++) {
		int c = tolower((unsigned char)from.at[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			word[n++] = (char)c;
		else if (n > 0 && word[n - 1] != '-')
			word[n++] = '-';
	}
	while (n > 0 && word[n - 1] == '-')
		n--;
	word[n] = '\0';
	return n;
}

static uint32_t mark_of(struct text id)
{
	return fnv_32(FNV_32, id.at, id.len);
}

/* Whether another service of this run is to be called so; where there is none, this one is. */
static bool is_planned(struct names *names, struct text name, uint32_t mark)
{
	struct planned **first = &names->planned[mark_of(name) % NAMES_BUCKETS];
	for (const struct planned *one = *first; one != NULL; one = one->next)
		if (text_equal_str(name, one->name))
			return one->mark != mark;
	struct planned *own = calloc(1, sizeof *own);
	if (own == NULL)
		return false;
	own->mark = mark;
	memcpy(own->name, name.at, name.len);
	own->next = *first;
	*first = own;
	return false;
}

/* Whether what is registered is what is to be: that is said when it is added, by this name. */
static bool is_same(const struct msg_service_record *there, const struct ctl_service *service)
{
	struct text words = text_of(service->addresses), word;
	if (service->saml != NULL)
		return text_equal(there->client_id, service->saml->entity_id);
	while (text_next_word(&words, " ", &word))
		for (uint32_t i = 0; i < there->addresses.n; i++)
			if (text_equal(there->addresses.at[i].uri, word))
				return true;
	return false;
}

static enum ctl_exit is_registered(
    const struct ctl *ctl, const char *name, struct arena *arena, bool *taken_r)
{
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_show ask = { &by, text_of(name) };
	const void *answer = NULL;
	enum ctl_exit code =
	    ask_unless(ctl, WIRE(service_show, &ask), TAG_service_page, "service_unknown", arena, &answer);
	const struct msg_service_page *page = answer;
	*taken_r = page != NULL && !is_same(page->service, &ctl->service);
	return code;
}

enum ctl_exit names_find(struct names *names, const struct ctl *ctl, struct text called, struct text id,
    struct arena *arena, const char **name_r)
{
	char word[WORD_BYTES + 1];
	uint32_t mark = mark_of(id);
	size_t len = write_word(called, word);
	bool taken = len > NAME_BYTES;
	enum ctl_exit code = CTL_DONE;
	if (len == 0)
		return ask_usage("what it is called has no letter of a to z: add it by hand");
	if (!taken && ctl->dry_run)
		taken = is_planned(names, (struct text){ word, len }, mark);
	else if (!taken)
		code = is_registered(ctl, word, arena, &taken);
	const char *name =
	    taken ? arena_printf(arena, "%.55s-%08x", word, mark) : arena_copy(arena, word, len);
	if (name == NULL)
		return ask_usage("memory is out");
	*name_r = name;
	return code;
}

void names_done(struct names *names)
{
	for (unsigned i = 0; i < NAMES_BUCKETS; i++)
		while (names->planned[i] != NULL) {
			struct planned *next = names->planned[i]->next;
			free(names->planned[i]);
			names->planned[i] = next;
		}
}
