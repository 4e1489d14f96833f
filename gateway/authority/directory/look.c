#include "authority/directory/look.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "authority/directory/ldapc.h"
#include "authority/directory/search.h"
#include "base/clock.h"

#define VALUE_MAX 200u
#define SAMPLE 20                          /* entries from which is told what all are like */
#define START_TLS "1.3.6.1.4.1.1466.20037" /* RFC 4511 4.14 */
#define WORDS_MAX 5u

struct look {
	struct ldapc *ldapc;
};

/* "ldap://HOST/??base ..." without what ldap.conf may say behind the server. */
static void keep_servers(char *uris)
{
	char *to = uris;
	for (const char *at = uris; *at != '\0';) {
		size_t word = strcspn(at, " "), server = strcspn(at, "? ");
		while (server > 0 && at[server - 1] == '/' && server < word)
			server--;
		memmove(to, at, server);
		to += server;
		at += word;
		while (*at == ' ')
			*to++ = *at++;
	}
	*to = '\0';
}

const char *look_usual_uri(struct arena *arena)
{
	char *uris = NULL, *copy = NULL;
	ldapc_prepare();
	if (ldap_get_option(NULL, LDAP_OPT_URI, &uris) == LDAP_OPT_SUCCESS && uris != NULL)
		copy = arena_copy(arena, uris, strlen(uris));
	ldap_memfree(uris);
	if (copy != NULL)
		keep_servers(copy);
	return copy;
}

static void explain(enum err err, struct look_fault *fault)
{
	if (fault->text[0] == '\0')
		(void)snprintf(fault->text, sizeof fault->text, "%s", err_text(err));
	for (char *at = fault->text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
			*at = '?';
}

enum err look_open(const struct look_server *server, const char *dn, struct secret password,
    struct look **look_r, struct look_fault *fault)
{
	const struct ldapc_kind kind = {
		.start_tls = server->start_tls,
		.ca_file = server->ca_file[0] != '\0' ? server->ca_file : LDAPC_SYSTEM_CA_FILE,
		.network_timeout_ms = LOOK_MS / 2,
		.dn = dn,
		.password = password,
	};
	struct ldapc_fault why = { "" };
	ldapc_prepare();
	CLEANUP(look_close) struct look *look = calloc(1, sizeof *look);
	enum err err = look != NULL
			   ? ldapc_open(&kind, server->uri, clock_steady_ms() + LOOK_MS, &look->ldapc, &why)
			   : ERR_NO_MEMORY;
	if (err != OK) {
		(void)snprintf(fault->text, sizeof fault->text, "%s", why.text);
		explain(err, fault);
		return err;
	}
	*look_r = look;
	look = NULL;
	return OK;
}

void look_close(struct look **look)
{
	if (*look == NULL)
		return;
	ldapc_close(&(*look)->ldapc);
	free(*look);
	*look = NULL;
}

/* One search; where it fails or is refused there is nothing to see. The caller frees answer_r->chain with ldap_msgfree. */
static void ask(
    struct look *look, const struct ldapc_search *search, int64_t deadline_ms, struct answer *answer_r)
{
	LDAPMessage *chain = NULL;
	int code;
	if (ldapc_search(look->ldapc, search, deadline_ms, &chain, &code) != OK)
		chain = NULL;
	*answer_r = (struct answer){ .ld = look->ldapc->ld, .chain = chain };
	if (chain != NULL)
		answer_r->n = (unsigned)ldap_count_entries(look->ldapc->ld, chain);
}

/* The entry of a DN ("": the root of the tree); n is 0 where it cannot be seen. */
static void ask_entry(
    struct look *look, const char *dn, const char *const *attributes, struct answer *answer_r)
{
	const struct ldapc_search search = {
		.base = dn, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)", .attributes = attributes
	};
	ask(look, &search, clock_steady_ms() + LOOK_MS, answer_r);
}

const char *look_value(struct look *look, const char *dn, const char *attribute, struct arena *arena)
{
	const char *attributes[] = { attribute, NULL };
	struct answer answer;
	struct text value = { NULL, 0 };
	ask_entry(look, dn, attributes, &answer);
	if (answer.n > 0 && entry_text(entry_first(&answer), attribute, VALUE_MAX, arena, &value) != OK)
		value.at = NULL;
	ldap_msgfree(answer.chain);
	return value.at;
}

bool look_sees(struct look *look, const char *base, const char *filter)
{
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = {
		.base = base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = filter,
		.attributes = attributes,
		.size_limit = 1,
	};
	struct answer answer;
	ask(look, &search, clock_steady_ms() + LOOK_MS, &answer);
	ldap_msgfree(answer.chain);
	return answer.n > 0;
}

/* --- the root of the tree --- */

static bool is_start_tls(const char *bytes, size_t len)
{
	return text_equal_str((struct text){ bytes, len }, START_TLS);
}

static void add_contexts(
    struct look_tree *tree, struct entry entry, const char *attribute, struct arena *arena)
{
	struct text *values;
	unsigned n;
	if (entry_texts(entry, attribute, VALUE_MAX, arena, &values, &n) != OK)
		return;
	for (unsigned i = 0; i < n && tree->n < LOOK_CONTEXTS_MAX; i++) {
		bool again = tree->n > 0 && strcasecmp(tree->contexts[0], values[i].at) == 0;
		if (values[i].len > 0 && !again)
			tree->contexts[tree->n++] = values[i].at;
	}
}

void look_tree(struct look *look, struct arena *arena, struct look_tree *tree_r)
{
	static const char *const ATTRIBUTES[] = { "defaultNamingContext", "namingContexts",
		"supportedExtension", NULL };
	struct answer answer;
	*tree_r = (struct look_tree){ .n = 0 };
	ask_entry(look, "", ATTRIBUTES, &answer);
	if (answer.n > 0) {
		struct entry root = entry_first(&answer);
		add_contexts(tree_r, root, ATTRIBUTES[0], arena);
		add_contexts(tree_r, root, ATTRIBUTES[1], arena);
		tree_r->start_tls = entry_any(root, ATTRIBUTES[2], is_start_tls);
	}
	ldap_msgfree(answer.chain);
}

/* --- names --- */

const char *look_above(const char *dn)
{
	for (; *dn != '\0' && *dn != ','; dn++)
		if (*dn == '\\' && dn[1] != '\0')
			dn++;
	return *dn == ',' && dn[1] != '\0' ? dn + 1 : NULL;
}

bool look_is_within(const char *dn, const char *base)
{
	while (dn != NULL && strcasecmp(dn, base) != 0)
		dn = look_above(dn);
	return dn != NULL;
}

/* --- what is where --- */

/* A kind of entries that directories have; the likely ones stand first. */
struct kind {
	const char *filter;
	const char *names[WORDS_MAX]; /* attributes, the better one first */
	const char *ids[WORDS_MAX];
};

/* clang-format off */
#define IDS   { "entryUUID", "nsUniqueId", "objectGUID", "ipaUniqueID" }
#define NAMES { "uid", "sAMAccountName", "cn" }
/* clang-format on */

static const struct kind PEOPLE[] = {
	{ "(objectClass=inetOrgPerson)", NAMES, IDS },
	{ "(&(objectCategory=person)(objectClass=user))", { "sAMAccountName", "uid", "cn" }, IDS },
	{ "(objectClass=posixAccount)", NAMES, IDS },
	{ "(objectClass=person)", NAMES, IDS },
};
static const struct kind GROUPS[] = {
	{ "(objectClass=groupOfNames)", { "member" }, { NULL } },
	{ "(objectClass=groupOfUniqueNames)", { "uniqueMember" }, { NULL } },
	{ "(objectClass=group)", { "member" }, { NULL } },
	{ "(objectClass=posixGroup)", { "memberUid" }, { NULL } },
};
/* Where they are looked for below each naming context; the first is all of it. */
static const char *const PEOPLE_PLACES[] = { "", "ou=people", "ou=users", "cn=users,cn=accounts", "cn=users",
	"ou=accounts", NULL };
static const char *const GROUPS_PLACES[] = { "", "ou=groups", "ou=group", "cn=groups,cn=accounts",
	"cn=groups", "cn=users", NULL };

static bool any(const char *bytes, size_t len)
{
	(void)bytes;
	return len > 0;
}

/* The first of the words that every entry has as an attribute; NULL: none. */
static const char *common_word(const struct answer *answer, const char *const words[WORDS_MAX])
{
	for (unsigned i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
		bool all = true;
		for (struct entry entry = entry_first(answer); all && entry.at != NULL;
		     entry = entry_next(entry))
			all = entry_any(entry, words[i], any);
		if (all)
			return words[i];
	}
	return NULL;
}

/* The nearest DN above all entries; NULL where memory is out. */
static const char *common_base(const struct answer *answer, struct arena *arena)
{
	const char *base = NULL;
	struct text dn;
	for (struct entry entry = entry_first(answer); entry.at != NULL; entry = entry_next(entry)) {
		if (entry_dn(entry, arena, &dn) != OK)
			return NULL;
		const char *above = look_above(dn.at);
		if (base == NULL)
			base = above;
		while (base != NULL && above != NULL && !look_is_within(above, base))
			base = look_above(base);
	}
	return base;
}

static void describe(const struct answer *answer, const struct kind *kind, const char *context,
    struct arena *arena, struct look_place *place_r)
{
	const char *name = common_word(answer, kind->names), *base = common_base(answer, arena);
	*place_r = (struct look_place){
		.base = base != NULL && look_is_within(base, context) ? base : context,
		.filter = kind->filter,
		.name = name != NULL ? name : kind->names[0],
		.id = common_word(answer, kind->ids),
	};
}

static void list_attributes(const struct kind *kind, const char *attributes[2 * WORDS_MAX + 1])
{
	unsigned n = 0;
	for (unsigned i = 0; i < WORDS_MAX && kind->names[i] != NULL; i++)
		attributes[n++] = kind->names[i];
	for (unsigned i = 0; i < WORDS_MAX && kind->ids[i] != NULL; i++)
		attributes[n++] = kind->ids[i];
	attributes[n] = NULL;
}

/* Whether entries of a kind are seen at a place below a context. */
static bool look_at(struct look *look, const char *context, const char *where, const struct kind *kind,
    struct arena *arena, int64_t deadline_ms, struct look_place *place_r)
{
	const char *attributes[2 * WORDS_MAX + 1];
	const char *base = where[0] != '\0' ? arena_printf(arena, "%s,%s", where, context) : context;
	const struct ldapc_search search = {
		.base = base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = kind->filter,
		.attributes = attributes,
		.size_limit = SAMPLE,
	};
	struct answer answer;
	list_attributes(kind, attributes);
	if (base == NULL || clock_left_ms(deadline_ms) == 0)
		return false;
	ask(look, &search, deadline_ms, &answer);
	if (answer.n > 0)
		describe(&answer, kind, context, arena, place_r);
	ldap_msgfree(answer.chain);
	return answer.n > 0;
}

void look_people(
    struct look *look, const struct look_tree *tree, struct arena *arena, struct look_place *place_r)
{
	int64_t deadline_ms = clock_steady_ms() + LOOK_MS;
	*place_r = (struct look_place){ .base = NULL };
	for (unsigned i = 0; i < tree->n; i++)
		for (unsigned j = 0; PEOPLE_PLACES[j] != NULL; j++)
			for (size_t k = 0; k < COUNT(PEOPLE); k++)
				if (look_at(look, tree->contexts[i], PEOPLE_PLACES[j], &PEOPLE[k], arena,
					deadline_ms, place_r))
					return;
}

/* --- groups, of which a directory may have several kinds --- */

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = list; (at = strcasestr(at, word)) != NULL; at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

/* One more kind of groups; filters stand behind each other until wrap_filters. */
static void add_groups(struct look_place *all, const struct look_place *more, struct arena *arena)
{
	if (all->base == NULL) {
		*all = *more;
		return;
	}
	const char *filter = arena_printf(arena, "%s%s", all->filter, more->filter);
	const char *names =
	    has_word(all->name, more->name) ? all->name : arena_printf(arena, "%s %s", all->name, more->name);
	const char *base = all->base;
	while (base != NULL && !look_is_within(more->base, base))
		base = look_above(base);
	if (filter != NULL && names != NULL && base != NULL)
		*all = (struct look_place){ .base = base, .filter = filter, .name = names };
}

/* Every kind that has members at a place below a context. */
static void look_at_groups(struct look *look, const char *context, const char *where, struct arena *arena,
    int64_t deadline_ms, struct look_place *place_r)
{
	unsigned kinds = 0;
	struct look_place place;
	for (size_t i = 0; i < COUNT(GROUPS); i++) {
		const char *filter = GROUPS[i].filter;
		struct kind with_members = GROUPS[i];
		with_members.filter = arena_printf(arena, "(&%s(%s=*))", filter, GROUPS[i].names[0]);
		if (with_members.filter == NULL ||
		    !look_at(look, context, where, &with_members, arena, deadline_ms, &place))
			continue;
		place.filter = filter;
		add_groups(place_r, &place, arena);
		kinds++;
	}
	if (kinds > 1)
		place_r->filter = arena_printf(arena, "(|%s)", place_r->filter);
	if (kinds > 1 && place_r->filter == NULL)
		place_r->base = NULL;
}

void look_groups(
    struct look *look, const struct look_tree *tree, struct arena *arena, struct look_place *place_r)
{
	int64_t deadline_ms = clock_steady_ms() + LOOK_MS;
	*place_r = (struct look_place){ .base = NULL };
	for (unsigned i = 0; i < tree->n; i++)
		for (unsigned j = 0; GROUPS_PLACES[j] != NULL && place_r->base == NULL; j++)
			look_at_groups(
			    look, tree->contexts[i], GROUPS_PLACES[j], arena, deadline_ms, place_r);
}
