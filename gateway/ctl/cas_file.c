#include "ctl/cas_file.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "ctl/cas_pattern.h"
#include "text/out.h"

#define CLAIM_MAX 100u /* bytes of a word of --claims */

struct reader {
	struct arena *arena;
	json_t *root;
	struct cas_service *service;
	const char *why; /* NULL: nothing is in the way */
};

static void refuse(struct reader *reader, const char *why)
{
	if (reader->why == NULL)
		reader->why = why;
}

static void note(struct reader *reader, const char *about, const char *words)
{
	struct cas_service *service = reader->service;
	const char *copy = arena_copy(reader->arena, about, strlen(about));
	if (service->n_notes < CAS_NOTES_MAX && copy != NULL)
		service->notes[service->n_notes++] = (struct cas_note){ copy, words };
	else
		refuse(reader, "it has more that is not followed than can be said");
}

/* --- JSON, as Java writes it -------------------------------------------------------------------------------------- */

/* Whether a value says nothing. */
static bool is_empty(json_t *value)
{
	const char *text = json_string_value(value);
	return value == NULL || json_is_null(value) || json_is_false(value) ||
	       (text != NULL && text[0] == '\0') ||
	       (json_is_integer(value) && json_integer_value(value) == 0);
}

/* "@class" without its package. */
static const char *class_of(json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "@class"));
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;
	return dot != NULL ? dot + 1 : name != NULL ? name : "";
}

/* ["java.util.HashSet", ["a", "b"]] is a list of two; so is ["a", "b"]. */
static json_t *list_of(json_t *value)
{
	json_t *inner = json_array_get(value, 1);
	return json_array_size(value) == 2 && json_is_array(inner) ? inner : value;
}

/* An object that has its class and nothing else says what is usual. */
static bool is_usual(json_t *value)
{
	size_t own = json_object_size(value) - (json_object_get(value, "@class") != NULL);
	return is_empty(value) || (json_is_object(value) && own == 0) ||
	       (json_is_array(value) && json_array_size(list_of(value)) == 0);
}

static const char *kept(struct reader *reader, const char *text)
{
	const char *copy = arena_copy(reader->arena, text, strlen(text));
	if (copy == NULL)
		refuse(reader, "memory is out");
	return copy;
}

/* An option that is one text. */
static void take_text(struct reader *reader, json_t *value, const char **option_r)
{
	if (json_is_string(value))
		*option_r = kept(reader, json_string_value(value));
}

static bool is_among(const char *key, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* --- the attributes ----------------------------------------------------------------------------------------------- */

/* What directories call what a service may be told, as in docs/services.md. */
static const struct {
	const char *attribute, *claim;
} CLAIMS[] = {
	{ "uid", "preferred_username" },
	{ "username", "preferred_username" },
	{ "preferred_username", "preferred_username" },
	{ "mail", "email" },
	{ "email", "email" },
	{ "displayName", "name" },
	{ "cn", "name" },
	{ "name", "name" },
	{ "preferredLanguage", "locale" },
	{ "memberOf", "groups" },
	{ "isMemberOf", "groups" },
	{ "groups", "groups" },
	{ "eduPersonAffiliation", "eduperson_affiliation" },
	{ "eduPersonScopedAffiliation", "eduperson_scoped_affiliation" },
	{ "eduPersonPrincipalName", "eduperson_principal_name" },
	{ "schacHomeOrganization", "schac_home_organization" },
};

static const char *claim_of(const char *attribute)
{
	for (size_t i = 0; i < COUNT(CLAIMS); i++)
		if (strcasecmp(CLAIMS[i].attribute, attribute) == 0)
			return CLAIMS[i].claim;
	return NULL;
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = words; at != NULL && (at = strstr(at, word)) != NULL; at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static void add_word(struct reader *reader, const char **words, const char *word)
{
	if (has_word(*words, word))
		return;
	const char *both = *words != NULL ? arena_printf(reader->arena, "%s %s", *words, word) : word;
	if (both == NULL)
		refuse(reader, "memory is out");
	*words = both;
}

/* The name under which the service is told a claim by --claims as it is so far; absent: it is not told it. */
static struct text name_of(const char *claims, const char *claim)
{
	struct text rest = text_of(claims), word;
	size_t len = strlen(claim);
	while (text_next_word(&rest, " ", &word)) {
		if (!text_starts_with(word, claim))
			continue;
		if (word.len == len)
			return word;
		if (word.at[len] == '=')
			return (struct text){ word.at + len + 1, word.len - len - 1 };
	}
	return (struct text){ NULL, 0 };
}

/* Under the name by which the service knows it, as far as a claim can have it. */
static void add_claim(struct reader *reader, const char *claim, const char *told)
{
	bool own = strcmp(claim, told) == 0 || !text_is_name(text_of(told)) ||
		   strlen(claim) + strlen(told) >= CLAIM_MAX;
	const char *word = own ? claim : arena_printf(reader->arena, "%s=%s", claim, told);
	if (word != NULL)
		add_word(reader, &reader->service->options.claims, word);
	else
		refuse(reader, "memory is out");
}

/* told: the name that the service knows it by. */
static void release(struct reader *reader, const char *attribute, const char *told)
{
	const char *const *claims = &reader->service->options.claims;
	const char *claim = claim_of(attribute);
	if (claim == NULL) {
		note(reader, attribute,
		    "is not told: add it with --claims, by a name of docs/services.md or a [claim NAME]");
		return;
	}
	if (name_of(*claims, claim).at == NULL) {
		add_claim(reader, claim, told);
		if (strcasecmp(attribute, "memberOf") == 0)
			note(reader, attribute, "its values are names of groups, and no DNs");
	}
	struct text name = name_of(*claims, claim);
	const char *words = arena_printf(reader->arena, "the service is told it as %.*s", TEXT_ARGS(name));
	if (!text_equal_str(name, told))
		note(reader, told, words != NULL ? words : "");
}

static void release_list(struct reader *reader, json_t *allowed)
{
	size_t i;
	json_t *one;
	json_array_foreach(list_of(allowed), i, one) if (json_is_string(one))
	    release(reader, json_string_value(one), json_string_value(one));
}

/* Of several names the first one; the others are noted. */
static void release_as(struct reader *reader, const char *attribute, json_t *told)
{
	json_t *list = list_of(told);
	if (!json_is_array(told) || json_array_size(list) == 0) {
		release(reader, attribute, json_is_string(told) ? json_string_value(told) : attribute);
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = json_array_get(list, i);
		release(reader, attribute, json_is_string(one) ? json_string_value(one) : attribute);
	}
}

static void release_map(struct reader *reader, json_t *allowed)
{
	const char *attribute;
	json_t *told;
	json_object_foreach(allowed, attribute, told)
	{
		if (attribute[0] != '@')
			release_as(reader, attribute, told);
	}
}

static void take_release(struct reader *reader, json_t *policy)
{
	static const char *const FINE[] = { "@class", "allowedAttributes", "principalAttributesRepository",
		"consentPolicy", "order" };
	const json_t *consent = json_object_get(policy, "consentPolicy");
	const char *status = json_string_value(json_object_get(consent, "status"));
	if (json_is_true(json_object_get(consent, "enabled")) ||
	    (status != NULL && strcmp(status, "TRUE") == 0))
		note(reader, "consentPolicy", "people are not asked unless it is added with --consent");
	json_t *allowed = json_object_get(policy, "allowedAttributes");
	const char *class = class_of(policy), *key;
	json_t *value;
	json_object_foreach(policy, key, value)
	{
		if (!is_usual(value) && !is_among(key, FINE, COUNT(FINE)))
			note(reader, key, "is not followed: what is told is what --claims says");
	}
	if (json_is_object(allowed))
		release_map(reader, allowed);
	else if (json_is_array(allowed))
		release_list(reader, allowed);
	else if (strcmp(class, "DenyAllAttributeReleasePolicy") != 0 &&
		 strcmp(class, "ReturnAllowedAttributeReleasePolicy") != 0)
		note(reader, class[0] != '\0' ? class : "attributeReleasePolicy",
		    "nothing but the user name is told: name what is with --claims");
}

static void take_user(struct reader *reader, json_t *provider)
{
	const char *class = class_of(provider);
	const char *attribute = json_string_value(json_object_get(provider, "usernameAttribute"));
	bool usual = strcmp(class, "DefaultRegisteredServiceUsernameProvider") == 0;
	bool same = attribute != NULL && strcasecmp(attribute, "uid") == 0;
	const char *mode = json_string_value(json_object_get(provider, "canonicalizationMode"));
	if (!usual && !same)
		refuse(reader, "it knows people by another name than the user name");
	if (mode != NULL && strcmp(mode, "NONE") != 0)
		refuse(reader, "it knows people by user names in other letters (canonicalizationMode)");
	if (!is_empty(json_object_get(provider, "encryptUsername")))
		refuse(reader, "it gets user names encrypted");
}

/* --- who may ------------------------------------------------------------------------------------------------------ */

/* "cn=staff,ou=groups,dc=example" and "staff" are the group staff; NULL: it is a pattern, or has a blank. */
static const char *group_of(struct reader *reader, const char *value)
{
	bool is_dn = strncasecmp(value, "cn=", 3) == 0;
	const char *begin = is_dn ? value + 3 : value;
	size_t len = is_dn ? strcspn(begin, ",") : strlen(begin);
	if (len == 0 || strcspn(begin, " \\^$*+?()[]{}|") < len || (!is_dn && strchr(begin, ',') != NULL))
		return NULL;
	return arena_copy(reader->arena, begin, len);
}

static void take_groups(struct reader *reader, json_t *values)
{
	size_t i;
	json_t *one;
	json_t *list = list_of(values);
	if (json_array_size(list) == 0)
		refuse(reader, "its requiredAttributes have no values");
	json_array_foreach(list, i, one)
	{
		const char *group = json_is_string(one) ? group_of(reader, json_string_value(one)) : NULL;
		if (group == NULL)
			refuse(reader, "its requiredAttributes name groups by a pattern, or with a blank");
		else
			add_word(reader, &reader->service->options.groups, group);
	}
}

static void take_required(struct reader *reader, json_t *required)
{
	const char *key;
	json_t *values;
	unsigned n = 0;
	json_object_foreach(required, key, values)
	{
		const char *claim = claim_of(key);
		if (key[0] == '@')
			continue;
		if (++n > 1)
			refuse(
			    reader, "its requiredAttributes are several, and only groups can be asked for");
		else if (claim == NULL || strcmp(claim, "groups") != 0)
			refuse(reader, "its requiredAttributes ask for something else than groups");
		else
			take_groups(reader, values);
	}
}

/* A rule that is not understood is not left out: who it kept out would come in. */
static void take_access(struct reader *reader, json_t *strategy)
{
	static const char *const FINE[] = { "@class", "enabled", "ssoEnabled", "requireAllAttributes",
		"requiredAttributes", "caseInsensitive", "order", "unauthorizedRedirectUrl",
		"delegatedAuthenticationPolicy" };
	const char *key;
	json_t *value;
	if (strcmp(class_of(strategy), "DefaultRegisteredServiceAccessStrategy") != 0)
		refuse(reader, "its accessStrategy is a program or a rule that cannot be followed");
	if (json_is_false(json_object_get(strategy, "enabled")))
		refuse(reader, "it is switched off (enabled)");
	if (json_is_false(json_object_get(strategy, "ssoEnabled")))
		refuse(reader, "everybody proves anew for it (ssoEnabled): add it with --fresh");
	json_object_foreach(strategy, key, value)
	{
		if (!is_usual(value) && !is_among(key, FINE, COUNT(FINE)))
			refuse(reader, "its accessStrategy has a rule that cannot be followed");
	}
	take_required(reader, json_object_get(strategy, "requiredAttributes"));
	if (!is_empty(json_object_get(strategy, "unauthorizedRedirectUrl")))
		note(reader, "unauthorizedRedirectUrl", "who may not sees a page of ours");
	if (json_object_size(json_object_get(strategy, "delegatedAuthenticationPolicy")) > 0)
		note(reader, "delegatedAuthenticationPolicy", "nobody signs in elsewhere here");
}

static void take_factors(struct reader *reader, json_t *policy)
{
	json_t *providers = json_object_get(policy, "multifactorAuthenticationProviders");
	bool any = json_is_string(providers) ? !is_empty(providers) : json_array_size(list_of(providers)) > 0;
	if (!any && class_of(policy)[0] != '\0' &&
	    strcmp(class_of(policy), "DefaultRegisteredServiceMultifactorPolicy") != 0)
		refuse(reader, "its multifactorPolicy is a program: add it with --two-factors");
	reader->service->options.two_factors |= any;
	static const struct {
		const char *key, *words;
	} SAID[] = {
		{ "bypassEnabled", "nobody is excepted from the second factor" },
		{ "bypassTrustedDeviceEnabled", "remembered devices are the person's, for every service" },
		{ "forceExecution", "use --fresh for a proof that is given anew" },
		{ "principalAttributeNameTrigger", "everybody proves two factors" },
		{ "script", "everybody proves two factors" },
	};
	for (size_t i = 0; i < COUNT(SAID); i++)
		if (!is_empty(json_object_get(policy, SAID[i].key)))
			note(reader, SAID[i].key, SAID[i].words);
	const char *failure = json_string_value(json_object_get(policy, "failureMode"));
	if (failure != NULL && strcmp(failure, "CLOSED") != 0 && strcmp(failure, "UNDEFINED") != 0)
		note(reader, "failureMode", "without a second factor nobody comes in");
}

/* --- where it is -------------------------------------------------------------------------------------------------- */

static void take_id(struct reader *reader, json_t *value)
{
	const char *strategy = class_of(json_object_get(reader->root, "matchingStrategy"));
	const char *text = json_string_value(value);
	take_text(reader, value, &reader->service->id);
	if (strcmp(strategy, "LiteralRegisteredServiceMatchingStrategy") == 0) {
		if (text != NULL && strpbrk(text, "* ") != NULL)
			refuse(reader, "serviceId: a literal * or blank means something else here");
		take_text(reader, value, &reader->service->options.addresses);
		return;
	}
	if (strategy[0] != '\0' && strcmp(strategy, "FullRegexRegisteredServiceMatchingStrategy") != 0)
		refuse(reader, "its matchingStrategy takes addresses of which the pattern is only a part");
	struct cas_pattern found = cas_pattern_read(text != NULL ? text : "", reader->arena);
	if (found.addresses == NULL) {
		const char *why = arena_printf(reader->arena, "serviceId: %s", found.why);
		refuse(reader, why != NULL ? why : found.why);
		return;
	}
	if (found.open)
		note(reader, "serviceId", "http is left out: tickets go over TLS alone");
	if (found.label)
		note(reader, "serviceId", "the * stands for one label: hosts that lie deeper are left out");
	reader->service->options.addresses = found.addresses;
}

static void take_proxy(struct reader *reader, json_t *policy)
{
	const char *pattern = json_string_value(json_object_get(policy, "pattern"));
	if (strcmp(class_of(policy), "RefuseRegisteredServiceProxyPolicy") == 0)
		return;
	struct cas_pattern found = { .addresses = NULL };
	if (pattern != NULL && is_empty(json_object_get(policy, "useServiceId")))
		found = cas_pattern_read(pattern, reader->arena);
	if (found.addresses == NULL)
		note(reader, "proxyPolicy",
		    "it is added as no proxy: name its callback with --proxy-callback");
	else
		note(reader, "proxyPolicy", "services that it comes to as a proxy need --proxied-by");
	reader->service->options.proxy_callbacks = found.addresses;
}

static bool has_type(const struct reader *reader, const char *type)
{
	const char *is = json_string_value(json_object_get(reader->root, "logoutType"));
	return is != NULL && strcmp(is, type) == 0;
}

static void take_logout(struct reader *reader, json_t *value)
{
	const char *url = json_string_value(value);
	if (is_empty(value) || has_type(reader, "NONE"))
		return;
	if (has_type(reader, "FRONT_CHANNEL"))
		note(reader, "logoutUrl",
		    "CAS is told of a sign-out by us and not by browsers: is it such an address?");
	if (url != NULL && strchr(url, ',') != NULL)
		note(reader, "logoutUrl", "is several addresses: name one with --backchannel-logout-uri");
	else
		take_text(reader, value, &reader->service->options.backchannel);
}

static void take_logout_type(struct reader *reader, json_t *value)
{
	(void)value;
	if (is_empty(json_object_get(reader->root, "logoutUrl")) && !has_type(reader, "NONE"))
		note(reader, "logoutType",
		    "without a logoutUrl it is told of no sign-out: name an address with "
		    "--backchannel-logout-uri");
}

/* --- who it is ---------------------------------------------------------------------------------------------------- */

static void take_class(struct reader *reader, json_t *value)
{
	(void)value;
	const char *class = class_of(reader->root);
	if (strcmp(class, "RegexRegisteredService") != 0 && strcmp(class, "CasRegisteredService") != 0)
		refuse(reader, "it is a service of another protocol, or of none");
}

static void take_name(struct reader *reader, json_t *value)
{
	take_text(reader, value, &reader->service->name);
	reader->service->options.label = reader->service->name;
}

static void take_about(struct reader *reader, json_t *value)
{
	if (json_string_length(value) > 200)
		note(reader, "description", "is longer than 200 bytes, and left out");
	else if (!is_empty(value))
		take_text(reader, value, &reader->service->options.about);
}

static void take_link(struct reader *reader, json_t *value)
{
	if (!is_empty(value))
		take_text(reader, value, &reader->service->options.link);
}

static void take_contacts(struct reader *reader, json_t *value)
{
	json_t *first = json_array_get(list_of(value), 0);
	json_t *mail = json_object_get(first, "email"), *name = json_object_get(first, "name");
	take_text(reader, is_empty(mail) ? name : mail, &reader->service->options.owner);
	if (json_array_size(list_of(value)) > 1)
		note(reader, "contacts", "only the first one is kept");
}

static void take_expiry(struct reader *reader, json_t *value)
{
	if (!is_empty(json_object_get(value, "expirationDate")))
		refuse(reader, "it ends on a day (expirationPolicy), and services here do not");
}

static void take_sso(struct reader *reader, json_t *value)
{
	(void)value;
	refuse(reader,
	    "it takes sign-ins of a time alone (singleSignOnParticipationPolicy): add it with --fresh");
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* What a file may say. Neither take nor words: it means nothing here. */
static const struct key {
	const char *name;
	void (*take)(struct reader *reader, json_t *value);
	const char *words; /* a note, where it says something */
} KEYS[] = {
	{ "@class", take_class, NULL },
	{ "name", take_name, NULL },
	{ "serviceId", take_id, NULL },
	{ "id", NULL, NULL },
	{ "evaluationOrder", NULL, NULL }, /* the nearer address is meant (docs/migrate.md) */
	{ "matchingStrategy", NULL, NULL },
	{ "description", take_about, NULL },
	{ "informationUrl", take_link, NULL },
	{ "contacts", take_contacts, NULL },
	{ "attributeReleasePolicy", take_release, NULL },
	{ "usernameAttributeProvider", take_user, NULL },
	{ "accessStrategy", take_access, NULL },
	{ "multifactorPolicy", take_factors, NULL },
	{ "proxyPolicy", take_proxy, NULL },
	{ "logoutUrl", take_logout, NULL },
	{ "logoutType", take_logout_type, NULL },
	{ "expirationPolicy", take_expiry, NULL },
	{ "singleSignOnParticipationPolicy", take_sso, NULL },
	{ "authenticationPolicy", NULL, "people prove who they are as everywhere here" },
	{ "requiredHandlers", NULL, "people prove who they are as everywhere here" },
	{ "theme", NULL, "pages look the same for every service" },
	{ "templateName", NULL, NULL },
	{ "logo", NULL, "pages look the same for every service" },
	{ "privacyUrl", NULL, "there is no place for it" },
	{ "responseType", NULL, "the client asks for it (method=POST)" },
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < COUNT(KEYS); i++)
		if (strcmp(KEYS[i].name, name) == 0)
			return &KEYS[i];
	return NULL;
}

static void read_keys(struct reader *reader)
{
	const char *name;
	json_t *value;
	json_object_foreach(reader->root, name, value)
	{
		const struct key *key = find_key(name);
		if (key != NULL && key->take != NULL) {
			if (!json_is_null(value))
				key->take(reader, value);
		} else if (!is_usual(value) && (key == NULL || key->words != NULL)) {
			note(reader, name, key != NULL ? key->words : "is not followed");
		}
	}
}

static void free_json(json_t **json)
{
	json_decref(*json);
}

const char *cas_file_read(const char *text, struct arena *arena, struct cas_service *service_r)
{
	json_error_t error;
	CLEANUP(free_json) json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	*service_r = (struct cas_service){ .options = { .cas = true } };
	struct reader reader = { .arena = arena, .root = root, .service = service_r };
	if (root == NULL) {
		const char *why = arena_printf(arena, "line %d: no JSON (comments are none)", error.line);
		return why != NULL ? why : "no JSON";
	}
	if (!json_is_object(root) || !json_is_string(json_object_get(root, "serviceId")) ||
	    !json_is_string(json_object_get(root, "name")) || json_object_get(root, "@class") == NULL)
		return "it is no service file: @class, name and serviceId are missing";
	read_keys(&reader);
	return reader.why;
}
