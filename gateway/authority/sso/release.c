#include "authority/sso/release.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/session/session.h"
#include "authority/sso/claims.h"
#include "authority/sso/released.h"
#include "base/enc.h"
#include "conf/conf.h"

#define OID(number) "urn:oid:" number
#define LOOKED_UP_MAX 64u /* as many as there are sections [claim] */

struct gather {
	struct call *call;
	const struct msg_service_record *service;
	const struct msg_session_record *session;
	const struct claims_wanted *wanted;
	struct release *rows;
	unsigned n;
	struct text *values; /* of the row that is made now: */
	unsigned n_values;
};

/* Each fills g->values, for which there is room. False: memory is out. */
typedef bool make(struct gather *g);

struct known {
	const char *name;
	const char *scope;
	size_t offset; /* of a text in the session, where make is NULL */
	bool many;
	make *make;
	const char *saml, *friendly;
};

/* --- what is made ------------------------------------------------------------------------------------------------- */

static bool add(struct gather *g, const char *value)
{
	if (value == NULL)
		return false;
	g->values[g->n_values++] = text_of(value);
	return true;
}

static bool made_groups(struct gather *g)
{
	struct text groups = g->session->groups, name;
	char *room = arena_alloc(&g->call->arena, groups.len + 1);
	while (room != NULL && session_next_group(&groups, room, &name)) {
		if (name.len > 0)
			g->values[g->n_values++] = name;
		room += name.len + 1;
	}
	return room != NULL;
}

static bool is_affiliated(const struct msg_session_record *session, const struct conf_affiliation *with)
{
	return with->groups.n > 0 && session_is_in_listed(session->groups, with->groups.at, with->groups.n);
}

static bool made_eduperson_affiliation(struct gather *g)
{
	const struct conf *conf = g->call->authority->conf;
	for (unsigned i = 0; i < conf->n_affiliations; i++)
		if (is_affiliated(g->session, &conf->affiliations[i]))
			g->values[g->n_values++] = text_of(conf->affiliations[i].name);
	return true;
}

/* VALUE@SCOPE; nothing where the settings have no scope. */
static bool add_scoped(struct gather *g, struct text value)
{
	const char *scope = g->call->authority->conf->sso.scope;
	return scope[0] == '\0' || add(g, arena_printf(&g->call->arena, "%.*s@%s", TEXT_ARGS(value), scope));
}

static bool made_eduperson_scoped_affiliation(struct gather *g)
{
	const struct conf *conf = g->call->authority->conf;
	bool good = true;
	for (unsigned i = 0; good && i < conf->n_affiliations; i++)
		if (is_affiliated(g->session, &conf->affiliations[i]))
			good = add_scoped(g, text_of(conf->affiliations[i].name));
	return good;
}

/* One @ stands in it (eduPerson 202208 section 2.2.8): a user name with one of its own has none. */
static bool made_eduperson_principal_name(struct gather *g)
{
	struct text user = g->session->user;
	return memchr(user.at, '@', user.len) != NULL || add_scoped(g, user);
}

static bool made_schac_home_organization(struct gather *g)
{
	const char *scope = g->call->authority->conf->sso.scope;
	return scope[0] == '\0' || add(g, scope);
}

/* In hexadecimal: the profile compares without regard to case. */
static bool add_identifier(struct gather *g, struct text sector)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char text[2 * KEYS_HASH_SIZE + 1];
	if (!claims_subject_hash(g->call->authority, sector, g->session->person, hash))
		return true;
	enc_hex(hash, sizeof hash, text);
	return add_scoped(g, text_of(text));
}

static bool made_subject_id(struct gather *g)
{
	return add_identifier(g, (struct text){ "", 0 });
}

static bool made_pairwise_id(struct gather *g)
{
	return add_identifier(g, claims_sector(g->service));
}

/* --- which there are ---------------------------------------------------------------------------------------------- */

#define KNOWN(name, scope, field, saml, friendly) \
	{ #name, scope, offsetof(struct msg_session_record, field), false, NULL, saml, friendly },
#define MADE(name, scope, many, saml, friendly) { #name, scope, 0, many, made_##name, saml, friendly },
static const struct known ROWS[] = {
/* clang-format off */
#include "authority/sso/release.def"
	/* clang-format on */
};
#undef KNOWN
#undef MADE

#define NAMED(name, saml, friendly) { #name, saml, friendly },
static const struct {
	const char *name, *saml, *friendly;
} NAMES[] = {
/* clang-format off */
#include "authority/sso/named.def"
	/* clang-format on */
};
#undef NAMED

#define CATEGORY(name, uri, told) { name, uri, told },
static const struct {
	const char *name, *uri, *told;
} CATEGORIES[] = {
/* clang-format off */
#include "authority/sso/category.def"
	/* clang-format on */
};
#undef CATEGORY

static const struct conf_claim *find_claim(const struct conf *conf, struct text name)
{
	for (unsigned i = 0; i < conf->n_claims; i++)
		if (text_equal_str(name, conf->claims[i].name))
			return &conf->claims[i];
	return NULL;
}

static const struct known *find_known(const char *name)
{
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (strcmp(ROWS[i].name, name) == 0)
			return &ROWS[i];
	return NULL;
}

static bool is_replaced(const struct conf *conf, const struct known *row)
{
	return find_claim(conf, text_of(row->name)) != NULL;
}

/* NULL: it has none. */
static const char *saml_name_of_claim(const struct conf_claim *claim)
{
	if (claim->saml[0] != '\0')
		return claim->saml;
	for (size_t i = 0; i < COUNT(NAMES); i++)
		if (strcmp(NAMES[i].name, claim->name) == 0)
			return NAMES[i].saml;
	return NULL;
}

static const char *friendly_name_of_claim(const struct conf_claim *claim)
{
	for (size_t i = 0; i < COUNT(NAMES); i++)
		if (strcmp(NAMES[i].name, claim->name) == 0)
			return NAMES[i].friendly;
	return claim->ldap;
}

static const char *saml_name(const struct conf *conf, const char *name)
{
	const struct conf_claim *claim = find_claim(conf, text_of(name));
	if (claim != NULL)
		return saml_name_of_claim(claim);
	const struct known *known = find_known(name);
	return known != NULL ? known->saml : NULL;
}

const char *release_at(const struct conf *conf, unsigned i, const char **scope_r)
{
	for (size_t row = 0; row < COUNT(ROWS); row++) {
		if (is_replaced(conf, &ROWS[row]) || i-- > 0)
			continue;
		*scope_r = ROWS[row].scope;
		return ROWS[row].name;
	}
	if (i >= conf->n_claims)
		return NULL;
	*scope_r = conf->claims[i].scope;
	return conf->claims[i].name;
}

static const char *scope_of(const struct conf *conf, struct text name)
{
	const char *scope = NULL, *known;
	for (unsigned i = 0; (known = release_at(conf, i, &scope)) != NULL; i++)
		if (text_equal_str(name, known))
			return scope;
	return NULL;
}

bool release_is_known(const struct conf *conf, struct text name)
{
	return scope_of(conf, name) != NULL;
}

bool release_is_category(struct text name)
{
	bool known = false;
	for (size_t i = 0; !known && i < COUNT(CATEGORIES); i++)
		known = text_equal_str(name, CATEGORIES[i].name);
	return known;
}

/* Of no category: nothing. */
static const char *told_in(struct text category)
{
	for (size_t i = 0; i < COUNT(CATEGORIES); i++)
		if (text_equal_str(category, CATEGORIES[i].name))
			return CATEGORIES[i].told;
	return "";
}

bool release_category_asks(struct text name)
{
	return told_in(name) == NULL;
}

bool release_category_is(struct text name, struct text uri)
{
	bool same = false;
	for (size_t i = 0; !same && i < COUNT(CATEGORIES); i++)
		same = text_equal_str(name, CATEGORIES[i].name) && text_equal_str(uri, CATEGORIES[i].uri);
	return same;
}

/* --- what a service may have -------------------------------------------------------------------------------------- */

static bool is_in_category(struct text category, const char *name)
{
	const char *told = told_in(category);
	return told != NULL && claims_has_word(text_of(told), name);
}

struct release_claim release_claim(const struct msg_claim_row *row)
{
	struct text value = row->value;
	const char *equals = value.len > 0 ? memchr(value.at, '=', value.len) : NULL;
	if (equals == NULL)
		return (struct release_claim){ value, { NULL, 0 } };
	size_t len = (size_t)(equals - value.at);
	return (struct release_claim){ { value.at, len }, { equals + 1, value.len - len - 1 } };
}

bool release_may_have(const struct msg_service_record *service, const char *name)
{
	bool granted = false;
	for (uint32_t i = 0; !granted && i < service->claims.n; i++)
		granted = text_equal_str(release_claim(&service->claims.at[i]).name, name);
	for (uint32_t i = 0; !granted && i < service->categories.n; i++)
		granted = is_in_category(service->categories.at[i].value, name);
	return granted;
}

static bool may_require(const struct conf *conf, const struct msg_service_record *service, const char *name)
{
	bool in_category = false, allowed = false;
	for (uint32_t i = 0; !in_category && i < service->categories.n; i++)
		in_category = release_category_asks(service->categories.at[i].value);
	for (unsigned i = 0; in_category && !allowed && i < conf->sso.conduct.n; i++)
		allowed = strcmp(conf->sso.conduct.at[i], name) == 0;
	return allowed;
}

/* Its metadata require it, and it is one of those that may be required: who writes the metadata chooses, and adds nothing. */
static bool has_required(const struct conf *conf, const struct msg_service_record *service, const char *name)
{
	const char *saml = may_require(conf, service, name) ? saml_name(conf, name) : NULL;
	return saml != NULL && service->saml != NULL && service->saml->required.at != NULL &&
	       claims_has_word(service->saml->required, saml);
}

static bool is_told(const struct conf *conf, const struct msg_service_record *service, const char *name)
{
	return release_may_have(service, name) || has_required(conf, service, name);
}

static bool is_due(const struct conf *conf, const struct msg_service_record *service,
    const struct claims_wanted *wanted, const char *name, const char *of_scope)
{
	if (!is_told(conf, service, name))
		return false;
	return wanted == NULL || claims_has_word(wanted->scope, of_scope) ||
	       claims_has_word(wanted->names, name);
}

bool release_may(const struct conf *conf, const struct msg_service_record *service,
    const struct claims_wanted *wanted, const char *name)
{
	const char *of_scope = scope_of(conf, text_of(name));
	return of_scope != NULL && is_due(conf, service, wanted, name, of_scope);
}

/* --- by which names it is told ------------------------------------------------------------------------------------ */

/* Absent: none but its own. */
static struct text other_name(const struct msg_service_record *service, const char *name)
{
	for (uint32_t i = 0; i < service->claims.n; i++) {
		struct release_claim claim = release_claim(&service->claims.at[i]);
		if (claim.as.at != NULL && text_equal_str(claim.name, name))
			return claim.as;
	}
	return (struct text){ NULL, 0 };
}

struct text release_of(const struct msg_service_record *service, const char *as)
{
	for (uint32_t i = 0; i < service->claims.n; i++) {
		struct release_claim claim = release_claim(&service->claims.at[i]);
		if (claim.as.at != NULL && text_equal_str(claim.as, as))
			return claim.name;
	}
	bool own = release_may_have(service, as) && other_name(service, as).at == NULL;
	return own ? text_of(as) : (struct text){ NULL, 0 };
}

/* A row without values. What the service has another name for is FriendlyName in SAML where that is a word, and Name where it is a URI. */
static struct release named(
    const struct conf *conf, const struct msg_service_record *service, const char *name)
{
	const struct conf_claim *claim = find_claim(conf, text_of(name));
	const struct known *known = claim == NULL ? find_known(name) : NULL;
	struct text other = other_name(service, name);
	struct release row = { .name = name, .as = name, .saml = saml_name(conf, name) };
	row.friendly = claim != NULL ? friendly_name_of_claim(claim) : known != NULL ? known->friendly : NULL;
	if (other.at == NULL)
		return row;
	row.as = text_str(other); /* the end of a text, so with its NUL */
	if (text_is_name(other))
		row.friendly = row.as;
	else
		row.saml = row.as;
	return row;
}

/* Those of mod_auth_openidc and mod_auth_cas reach the application as header fields, which have no case. */
static bool is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

static bool collide(
    const struct msg_service_record *service, const struct release *one, const struct release *two)
{
	if (one->as == one->name && two->as == two->name)
		return false;
	if (service->protocol == PROTOCOL_SAML)
		return is_same(one->saml, two->saml) || is_same(one->friendly, two->friendly);
	return is_same(one->as, two->as);
}

static bool has_two_names(const struct msg_service_record *service, const char *name)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < service->claims.n; i++)
		n += text_equal_str(release_claim(&service->claims.at[i]).name, name);
	return n > 1 && other_name(service, name).at != NULL;
}

/* With one of those that stand before it in release_at. */
static bool collides(
    const struct conf *conf, const struct msg_service_record *service, const char *name, unsigned before)
{
	const struct release row = named(conf, service, name);
	const char *scope;
	bool found = false;
	for (unsigned i = 0; !found && i < before; i++) {
		const struct release other = named(conf, service, release_at(conf, i, &scope));
		found = is_told(conf, service, other.name) && collide(service, &row, &other);
	}
	return found;
}

bool release_is_ambiguous(const struct conf *conf, const struct msg_service_record *service)
{
	const char *name, *scope;
	bool found = false;
	for (unsigned i = 0; !found && (name = release_at(conf, i, &scope)) != NULL; i++)
		found = is_told(conf, service, name) &&
			(has_two_names(service, name) || collides(conf, service, name, i));
	return found;
}

/* --- of a person -------------------------------------------------------------------------------------------------- */

static void put(struct gather *g, const struct release *row)
{
	if (row->n_values > 0)
		g->rows[g->n++] = *row;
}

/* Room for as many values as a row can have: groups, or affiliations. */
static bool make_room(struct gather *g)
{
	size_t most = g->call->authority->conf->n_affiliations + 1;
	for (size_t i = 0; i < g->session->groups.len; i++)
		most += g->session->groups.at[i] == ',';
	g->values = arena_array(&g->call->arena, most, sizeof *g->values);
	g->n_values = 0;
	return g->values != NULL;
}

static bool put_known(struct gather *g, const struct known *known)
{
	if (!make_room(g))
		return false;
	if (known->make != NULL && !known->make(g))
		return false;
	if (known->make == NULL) {
		memcpy(g->values, (const char *)g->session + known->offset, sizeof *g->values);
		g->n_values = g->values->at != NULL;
	}
	struct release row = named(g->call->authority->conf, g->service, known->name);
	row.many = known->many;
	row.values = g->values;
	row.n_values = g->n_values;
	put(g, &row);
	return true;
}

static void put_claim(struct gather *g, const struct conf_claim *claim, const struct attribute *attribute)
{
	struct release row = named(g->call->authority->conf, g->service, claim->name);
	row.many = claim->many;
	row.values = attribute->values;
	row.n_values = claim->many || attribute->n_values == 0 ? attribute->n_values : 1;
	put(g, &row);
}

/* As the person, so that the directory's own rules count here as well. */
static enum err put_claims(struct gather *g)
{
	const struct conf *conf = g->call->authority->conf;
	struct directory *directory = g->call->authority->directory;
	struct arena *arena = &g->call->arena;
	const struct conf_claim *due[LOOKED_UP_MAX];
	const char *names[LOOKED_UP_MAX];
	struct attribute *attributes;
	struct person person;
	struct text version;
	unsigned n = 0;
	for (unsigned i = 0; i < conf->n_claims; i++)
		if (is_due(conf, g->service, g->wanted, conf->claims[i].name, conf->claims[i].scope)) {
			due[n] = &conf->claims[i];
			names[n++] = conf->claims[i].ldap;
		}
	if (n == 0)
		return OK;
	enum err err = directory_find_id(directory, g->session->person, arena, &person);
	if (err == OK)
		err = directory_read_self(directory, &person, names, n, arena, &attributes, &version);
	for (unsigned i = 0; err == OK && i < n; i++)
		put_claim(g, due[i], &attributes[i]);
	return err;
}

enum err release_load(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted,
    const struct release **rows_r, unsigned *n_r)
{
	const struct conf *conf = call->authority->conf;
	struct gather g = { .call = call, .service = service, .session = session, .wanted = wanted };
	g.rows = arena_array(&call->arena, COUNT(ROWS) + conf->n_claims, sizeof *g.rows);
	if (g.rows == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		bool due = is_due(conf, service, wanted, ROWS[i].name, ROWS[i].scope);
		if (due && !is_replaced(conf, &ROWS[i]) && !put_known(&g, &ROWS[i]))
			return ERR_NO_MEMORY;
	}
	enum err err = put_claims(&g);
	if (err != OK)
		return err;
	*rows_r = g.rows;
	*n_r = g.n;
	return OK;
}

enum err release_tell(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted, struct text always,
    const struct release **rows_r, unsigned *n_r)
{
	struct text names = always.at != NULL ? always : (struct text){ "", 0 };
	enum err err = release_load(call, service, session, wanted, rows_r, n_r);
	for (unsigned i = 0; err == OK && names.at != NULL && i < *n_r; i++)
		names = released_join(names, text_of((*rows_r)[i].name), SIZE_MAX, &call->arena, NULL);
	if (err == OK && names.at != NULL)
		released_note(call, service, session, names);
	return err;
}

static bool has_words(struct text name)
{
	bool known = false;
	for (size_t i = 0; !known && i < COUNT(ROWS); i++)
		known = text_equal_str(name, ROWS[i].name);
	for (size_t i = 0; !known && i < COUNT(NAMES); i++)
		known = text_equal_str(name, NAMES[i].name);
	return known;
}

struct text release_text(struct text name, struct arena *arena)
{
	if (text_equal_str(name, "sub"))
		return TEXT_LITERAL("told_sub");
	if (!has_words(name))
		return (struct text){ NULL, 0 };
	return text_of(arena_printf(arena, "told_%.*s", TEXT_ARGS(name)));
}
