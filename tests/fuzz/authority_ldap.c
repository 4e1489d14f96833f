/* authority_ldap.c - a directory that answers whatever it likes, through the real libldap. The first byte says what is asked, the second how;
 * then come the answers, one for each connection: two bytes of length, the bytes, and the server has left. */
#include <dlfcn.h>
#include <ldap.h>
#include <openldap.h>
#include <sanitizer/lsan_interface.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authority/directory/directory.h"
#include "authority/directory/records.h"
#include "authority/directory/state.h"
#include "base/clock.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TIMEOUT_MS 1000
#define ANSWER_MAX (4u * MIB)
#define TRIES 2u /* of one operation, as a pool with a second server would */
#define GROUPS_MAX 20u

static struct supply supply;

/* --- what libldap 2.5 keeps ---------------------------------------------------------------------------------------------------
 * An answer that it cannot read makes it forget the request that it was for (4 KiB, once for a connection, which we close then). So what it
 * allocates while it sends is not looked for; what it gives us is. */

/* Of two results for one request the words of the first are lost, some bytes that nobody ever hands to us. They are known by who allocates
 * them, which takes a whole stack; words that we are given and forget are for the unit tests to find. */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void)
{
	return "leak:ber_get_stringa_null\n";
}

#define SENT(call) \
	__lsan_disable(); \
	int result = call; \
	__lsan_enable(); \
	return result

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

int ldap_sasl_bind(LDAP *ld, const char *dn, const char *mechanism, struct berval *credentials,
    LDAPControl **server, LDAPControl **client, int *message)
{
	SENT(REAL(ldap_sasl_bind)(ld, dn, mechanism, credentials, server, client, message));
}

int ldap_search_ext(LDAP *ld, const char *base, int scope, const char *filter, char **attributes, int only,
    LDAPControl **server, LDAPControl **client, struct timeval *limit, int size, int *message)
{
	SENT(REAL(ldap_search_ext)(
	    ld, base, scope, filter, attributes, only, server, client, limit, size, message));
}

int ldap_add_ext(
    LDAP *ld, const char *dn, LDAPMod **mods, LDAPControl **server, LDAPControl **client, int *message)
{
	SENT(REAL(ldap_add_ext)(ld, dn, mods, server, client, message));
}

int ldap_modify_ext(
    LDAP *ld, const char *dn, LDAPMod **mods, LDAPControl **server, LDAPControl **client, int *message)
{
	SENT(REAL(ldap_modify_ext)(ld, dn, mods, server, client, message));
}

int ldap_extended_operation(
    LDAP *ld, const char *oid, struct berval *data, LDAPControl **server, LDAPControl **client, int *message)
{
	SENT(REAL(ldap_extended_operation)(ld, oid, data, server, client, message));
}

/* --- in the place of authority/directory/pool.c: connections to the fuzzer -------------------------------------------------- */

enum err pool_new(struct servers *servers, const struct ldapc_kind *kind, unsigned max, unsigned queue_max,
    struct pool **pool_r)
{
	(void)servers, (void)kind, (void)max, (void)queue_max, (void)pool_r;
	abort();
}

void pool_free(struct pool **pool)
{
	*pool = NULL;
}

/* As directory/ldapc.c does it for a connection of its own. */
static void behave(LDAP *ld, Sockbuf *socket)
{
	const int version = LDAP_VERSION3;
	MUST(ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS);
	MUST(ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS);
	MUST(ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS);
	ber_len_t max = ANSWER_MAX;
	MUST(ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &max) == 1);
}

static enum err run_on(int fd, int64_t deadline_ms, pool_work *work, void *context)
{
	struct ldapc ldapc = { .stream.deadline_ms = deadline_ms };
	Sockbuf *socket = NULL;
	MUST(ldap_init_fd(fd, LDAP_PROTO_TCP, NULL, &ldapc.ld) == LDAP_SUCCESS);
	MUST(stream_attach(&ldapc.stream, ldapc.ld));
	MUST(ldap_get_option(ldapc.ld, LDAP_OPT_SOCKBUF, &socket) == LDAP_OPT_SUCCESS);
	behave(ldapc.ld, socket);
	MUST(ldapc.stream.callbacks.lc_add(ldapc.ld, socket, NULL, NULL, &ldapc.stream.callbacks) == 0);
	enum err err = work(&ldapc, deadline_ms, context);
	(void)ldap_unbind_ext(ldapc.ld, NULL, NULL);
	return err;
}

enum err pool_run(struct pool *pool, int64_t deadline_ms, pool_work *work, void *context)
{
	enum err err = ERR_CLOSED;
	(void)pool;
	for (unsigned i = 0; i < TRIES && ldapc_is_broken(err); i++) {
		size_t len = (size_t)supply_byte(&supply) << 8;
		struct bytes answer = supply_bytes(&supply, len | supply_byte(&supply));
		int ends[2];
		MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
		MUST(answer.len == 0 ||
		     send(ends[1], answer.at, answer.len, MSG_NOSIGNAL) == (ssize_t)answer.len);
		(void)shutdown(ends[1], SHUT_WR);
		err = run_on(ends[0], deadline_ms, work, context);
		(void)close(ends[1]);
	}
	return ldapc_is_broken(err) ? ERR_UNREACHABLE : err;
}

/* --- what is asked -------------------------------------------------------------------------------------------------------- */

static struct directory *house(bool binary_ids, bool names)
{
	static struct directory directory;
	static struct directory_settings settings;
	static const char *const NAMES[] = { "uid", "mail" };
	static const char *MEMBERS[] = { NULL };
	struct pool *some = (struct pool *)&directory; /* never looked into */
	MEMBERS[0] = names ? "memberUid" : "member";
	settings = (struct directory_settings){
		.people_base = "ou=people,dc=x",
		.people_filter = "(objectClass=person)",
		.name_attributes = NAMES,
		.n_name_attributes = COUNT(NAMES),
		.id_attribute = binary_ids ? "objectGUID" : "entryUUID",
		.display_name_attribute = "displayName",
		.mail_attribute = "mail",
		.language_attribute = "preferredLanguage",
		.activated_attribute = "createTimestamp",
		.uid_number_attribute = "uidNumber",
		.groups_base = "ou=groups,dc=x",
		.groups_filter = "(objectClass=groupOfNames)",
		.group_member_attributes = MEMBERS,
		.n_group_member_attributes = 1,
		.group_name_attribute = "cn",
		.group_description_attribute = "description",
		.group_depth = 3,
		.records_base = "ou=spom,dc=x",
		.decoy_dn = "cn=decoy,dc=x",
		.timeout_ms = TIMEOUT_MS,
		.network_timeout_ms = TIMEOUT_MS,
	};
	directory.settings = &settings;
	directory.bind = directory.search = directory.proxy = directory.records = some;
	return &directory;
}

static const struct person PERSON = {
	.id = { "0a1b2c", 6 },
	.dn = { "uid=alice,ou=people,dc=x", 24 },
	.user = { "alice", 5 },
};

static const struct secret PASSWORD = { (unsigned char *)(uintptr_t) "right horse", 11 };

static bool is_clean(struct text text, bool lines)
{
	return text.at == NULL || (text_is_utf8(text.at, text.len) && text.at[text.len] == '\0' &&
				      !text_has_control(text.at, text.len, lines));
}

static void check_person(enum err err, const struct person *person)
{
	if (err != OK)
		return;
	MUST(person->id.len > 0 && is_clean(person->id, false));
	MUST(person->dn.len > 0 && person->user.len > 0 && is_clean(person->user, false));
	MUST(person->name.len > 0 && person->name.len <= DIRECTORY_NAME_MAX && is_clean(person->name, false));
	MUST(is_clean(person->mail, false) && is_clean(person->language, false));
	MUST(person->activated_ms >= 0);
}

static void ask_find(struct directory *directory, struct arena *arena)
{
	struct person person;
	check_person(
	    directory_find(directory, TEXT_LITERAL("alice"), DIRECTORY_NAMES_ALIASES, arena, &person),
	    &person);
}

static void ask_find_id(struct directory *directory, struct arena *arena)
{
	struct person person;
	check_person(directory_find_id(directory, PERSON.id, arena, &person), &person);
}

static void ask_find_uid(struct directory *directory, struct arena *arena)
{
	struct person person;
	check_person(directory_find_uid(directory, 4711, arena, &person), &person);
}

/* Whether the tag of an answer is among the server's bytes. More cannot be asked for: to libldap a code of any tag and without any byte is a
 * success. */
static bool holds(uint8_t byte)
{
	return supply.left > 0 && memchr(supply.at, byte, supply.left) != NULL;
}

static void ask_bind(struct directory *directory, struct arena *arena)
{
	struct bind_result result = { .outcome = BIND_REFUSED };
	bool possible = holds(LDAP_RES_BIND);
	(void)arena;
	if (directory_bind(directory, &PERSON, PASSWORD, &result) != OK)
		MUST(result.outcome == BIND_REFUSED);
	MUST(possible || result.outcome < BIND_MUST_CHANGE);
}

/* Nobody's password is ever right, whatever the directory says. */
static void ask_decoy(struct directory *directory, struct arena *arena)
{
	struct bind_result result = { .outcome = BIND_REFUSED };
	(void)arena;
	(void)!directory_bind(directory, NULL, PASSWORD, &result);
	MUST(result.outcome == BIND_REFUSED);
}

static void ask_may_enter(struct directory *directory, struct arena *arena)
{
	bool may = false;
	bool possible = holds(LDAP_RES_SEARCH_ENTRY);
	(void)!directory_may_enter(directory, &PERSON, arena, &may);
	MUST(possible || !may);
}

static void ask_self(struct directory *directory, struct arena *arena)
{
	static const char *const NAMES[] = { "cn", "mobile", "postalAddress" };
	struct attribute *attributes;
	struct text version;
	if (directory_read_self(directory, &PERSON, NAMES, COUNT(NAMES), arena, &attributes, &version) != OK)
		return;
	MUST(is_clean(version, false));
	for (unsigned i = 0; i < COUNT(NAMES); i++)
		for (unsigned j = 0; j < attributes[i].n_values; j++)
			MUST(attributes[i].values[j].len <= DIRECTORY_VALUE_MAX &&
			     is_clean(attributes[i].values[j], true));
}

static void ask_photo(struct directory *directory, struct arena *arena)
{
	struct bytes photo;
	if (directory_read_self_bytes(directory, &PERSON, "jpegPhoto", 64, arena, &photo) == OK)
		MUST(photo.len <= 64);
}

static void ask_groups(struct directory *directory, struct arena *arena)
{
	struct group *groups;
	unsigned n;
	bool more;
	if (directory_groups(directory, &PERSON, GROUPS_MAX, arena, &groups, &n, &more) != OK)
		return;
	MUST(n <= GROUPS_MAX);
	for (unsigned i = 0; i < n; i++) {
		MUST(
		    groups[i].name.len <= DIRECTORY_GROUP_NAME_MAX && is_clean(groups[i].description, false));
		for (unsigned j = 0; j < i; j++)
			MUST(!text_equal(groups[i].dn, groups[j].dn));
	}
}

static void ask_write(struct directory *directory, struct arena *arena)
{
	static const struct text VALUES[] = { { "1", 1 }, { "2", 1 } };
	const struct change changes[] = { { TEXT_LITERAL("mobile"), VALUES, 2 },
		{ TEXT_LITERAL("cn"), NULL, 0 } };
	struct write_result result = { .outcome = WRITE_REFUSED };
	bool possible = holds(LDAP_RES_MODIFY);
	(void)!directory_write_self(
	    directory, &PERSON, TEXT_LITERAL("entryCSN=2026#1"), changes, COUNT(changes), arena, &result);
	MUST(possible || result.outcome != WRITE_DONE);
	MUST(result.attribute.at == NULL || text_equal_str(result.attribute, "mobile") ||
	     text_equal_str(result.attribute, "cn"));
}

static void ask_password(struct directory *directory, struct arena *arena)
{
	enum password_outcome outcome = PASSWORD_REFUSED;
	const char *problem = NULL;
	struct text words;
	bool possible = holds(LDAP_RES_EXTENDED) || holds(LDAP_RES_BIND);
	enum err err = directory_change_password(
	    directory, &PERSON, PASSWORD, PASSWORD, arena, &outcome, &problem, &words);
	MUST(err != OK || possible || outcome != PASSWORD_CHANGED);
	MUST(err != OK || problem != NULL);
}

/* That nothing is there counts only from who shows the base, and answers a write. */
static void ask_record(struct directory *directory, struct arena *arena)
{
	static const char *const NAMES[] = { "spomUser", "spomFactor" };
	struct attribute attributes[COUNT(NAMES)];
	bool possible = holds(LDAP_RES_SEARCH_ENTRY) && holds(LDAP_RES_MODIFY);
	enum err err =
	    records_read(directory, "spomId=1,ou=spom,dc=x", NAMES, COUNT(NAMES), arena, attributes);
	MUST(err != ERR_NOT_FOUND || possible);
	for (unsigned i = 0; err == OK && i < COUNT(NAMES); i++)
		for (unsigned j = 0; j < attributes[i].n_values; j++)
			MUST(attributes[i].values[j].at[attributes[i].values[j].len] == '\0');
}

static void ask_records(struct directory *directory, struct arena *arena)
{
	static const char *const NAMES[] = { "spomUser" };
	struct record *records;
	unsigned n;
	bool more, possible = holds(LDAP_RES_SEARCH_ENTRY);
	if (records_search(directory, "ou=spom,dc=x", "(spomUser=alice)", NAMES, COUNT(NAMES), 3, 0, arena,
		&records, &n, &more) == OK)
		MUST(n <= 3 && possible);
}

static void ask_change(struct directory *directory, struct arena *arena)
{
	static const struct text VALUE = { "1", 1 };
	const struct record_change change = { RECORD_ADD, "spomFactor", &VALUE, 1 };
	bool possible = holds(LDAP_RES_MODIFY) || holds(LDAP_RES_ADD);
	enum err err = holds(LDAP_RES_ADD)
			   ? records_add(directory, "spomId=1,ou=spom,dc=x", &change, 1, arena)
			   : records_modify(directory, "spomId=1,ou=spom,dc=x", &change, 1, NULL, arena);
	MUST(err != OK || possible);
}

static void ask_health(struct directory *directory, struct arena *arena)
{
	(void)arena;
	bool possible = holds(LDAP_RES_SEARCH_RESULT);
	MUST(possible || !directory_is_well(directory));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ASKS[])(struct directory * directory, struct arena * arena) = { ask_find,
		ask_find_id, ask_find_uid, ask_bind, ask_decoy, ask_may_enter, ask_self, ask_photo,
		ask_groups, ask_write, ask_password, ask_record, ask_records, ask_change, ask_health };
	CLEANUP(arena_done) struct arena arena = { 0 };
	supply = (struct supply){ data, size };
	unsigned what = supply_byte(&supply), how = supply_byte(&supply);
	int64_t began_ms = clock_steady_ms();
	ASKS[what % COUNT(ASKS)](house((how & 1) != 0, (how & 2) != 0), &arena);
	MUST(clock_steady_ms() - began_ms < 10 * TIMEOUT_MS);
	return 0;
}
