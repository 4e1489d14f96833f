/* jwt.c - a token in compact serialization: what its header and its claims say, and whether one of the keys has signed it. */
#include "judge/jwt.h"
#include <jansson.h>
#include <string.h>
#include "base/enc.h"
#include "wire/json.h"

#define KID_MAX 128u
#define WORD_MAX 64u
#define NAME_MAX 128u /* a client_id */
#define AUDIENCE_MAX 4u
#define ADDRESS_MAX 200u
#define JTI_MAX 256u
#define SECONDS_MAX 253402300799.0 /* WIRE_TIME_MAX */

struct header {
	struct arena *arena;
	struct text alg, kid, typ;
	enum judge_fault fault;
};

struct claims {
	struct arena *arena;
	struct msg_judged_jwt *judged;
	enum judge_fault fault;
};

void jwt_begin(void)
{
	json_object_seed(0);
}

/* --- helpers ------------------------------------------------------------------------------------------------------ */

bool jwt_bytes(struct text base64url, struct arena *arena, struct bytes *bytes_r)
{
	size_t len = base64url.len * 3 / 4;
	unsigned char *bytes = arena_alloc(arena, len + 1);
	if (bytes == NULL || enc_from_base64url(base64url.at, base64url.len, bytes, len) != OK)
		return false;
	*bytes_r = (struct bytes){ bytes, len };
	return true;
}

/* Absent: it is no such string, or memory is out. */
static struct text copy_string(const json_t *value, size_t max, struct arena *arena)
{
	struct text text = { json_string_value(value), json_string_length(value) }, copy = { NULL, 0 };
	if (text.at == NULL || text.len > max || text_has_control(text.at, text.len, false) ||
	    !text_copy(arena, text, &copy))
		return (struct text){ NULL, 0 };
	return copy;
}

bool jwt_text(
    const struct json_t *object, const char *name, size_t max, struct arena *arena, struct text *text_r)
{
	const json_t *value = json_object_get(object, name);
	*text_r = copy_string(value, max, arena);
	return value == NULL || text_r->at != NULL;
}

/* --- the header --------------------------------------------------------------------------------------------------- */

/* What makes a token something else than the claims that it shows: encrypted or compressed, a token within, another payload, or with what
 * must be understood (RFC 7515 section 4.1.11: nothing is). */
static bool has_more(const json_t *header)
{
	static const char *const MEMBERS[] = { "crit", "b64", "enc", "zip", "cty" };
	for (size_t i = 0; i < COUNT(MEMBERS); i++)
		if (json_object_get(header, MEMBERS[i]) != NULL)
			return true;
	return false;
}

/* Keys that stand in it, or where it says that some are (jwk, jku, x5c, x5u), are of no concern. */
static enum err read_header(struct json_t *json, void *to)
{
	struct header *header = to;
	bool good = !has_more(json) && jwt_text(json, "alg", WORD_MAX, header->arena, &header->alg) &&
		    jwt_text(json, "kid", KID_MAX, header->arena, &header->kid) &&
		    jwt_text(json, "typ", WORD_MAX, header->arena, &header->typ);
	header->fault = good ? JUDGE_NONE : JUDGE_SHAPE;
	return OK;
}

/* The key that it names, which must sign by the algorithm that it says; without a name the only one that does. NULL: none, or several. */
static const struct msg_client_key *find_key(const struct header *header, const struct msg_judge_jwt *ask)
{
	const struct msg_client_key *found = NULL;
	unsigned n = 0;
	for (uint32_t i = 0; i < ask->keys.n; i++) {
		const struct msg_client_key *key = &ask->keys.at[i];
		if (!text_equal_str(header->alg, WIRE_ENUM_TEXT(jws_alg, key->alg)) ||
		    (header->kid.at != NULL && !text_equal(header->kid, key->kid)))
			continue;
		found = key;
		n++;
	}
	return n == 1 ? found : NULL;
}

/* --- the claims --------------------------------------------------------------------------------------------------- */

/* NumericDate (RFC 7519 section 2), fractions cut off; false: it is none, or no time that there is. */
static bool read_time(const json_t *claims, const char *name, int64_t *when_r)
{
	const json_t *value = json_object_get(claims, name);
	double seconds = json_number_value(value);
	if (value == NULL)
		return true;
	if (!json_is_number(value) || !(seconds >= 0) || seconds > SECONDS_MAX)
		return false;
	*when_r = (int64_t)seconds * 1000;
	return true;
}

/* One string, or several (RFC 7519 section 4.1.3). */
static bool read_audience(const json_t *claims, struct claims *to)
{
	const json_t *aud = json_object_get(claims, "aud");
	size_t n = json_is_array(aud) ? json_array_size(aud) : aud != NULL;
	if (n > AUDIENCE_MAX)
		return false;
	struct msg_value_row *rows = arena_array(to->arena, n + 1, sizeof *rows);
	if (rows == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		rows[i].value =
		    copy_string(json_is_array(aud) ? json_array_get(aud, i) : aud, ADDRESS_MAX, to->arena);
		if (rows[i].value.at == NULL)
			return false;
	}
	to->judged->audience.at = rows;
	to->judged->audience.n = (uint32_t)n;
	return true;
}

static enum err read_claims(struct json_t *json, void *to)
{
	struct claims *claims = to;
	struct msg_judged_jwt *judged = claims->judged;
	bool good = jwt_text(json, "iss", NAME_MAX, claims->arena, &judged->iss) &&
		    jwt_text(json, "sub", NAME_MAX, claims->arena, &judged->sub) &&
		    jwt_text(json, "jti", JTI_MAX, claims->arena, &judged->jti) &&
		    read_audience(json, claims) && read_time(json, "exp", &judged->expires) &&
		    read_time(json, "iat", &judged->issued) && read_time(json, "nbf", &judged->not_before);
	claims->fault = good ? JUDGE_NONE : JUDGE_SHAPE;
	return OK;
}

/* --- the token ---------------------------------------------------------------------------------------------------- */

struct token {
	struct text header, payload, signature;
	struct bytes octets; /* what was signed */
};

/* Three parts, and none of them empty. */
static bool split(struct text whole, struct token *token_r)
{
	const char *first = memchr(whole.at, '.', whole.len), *end = whole.at + whole.len;
	const char *second = first != NULL ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
	if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
		return false;
	*token_r = (struct token){
		.header = { whole.at, (size_t)(first - whole.at) },
		.payload = { first + 1, (size_t)(second - first - 1) },
		.signature = { second + 1, (size_t)(end - second - 1) },
		.octets = { (const uint8_t *)whole.at, (size_t)(second - whole.at) },
	};
	return token_r->header.len > 0 && token_r->payload.len > 0 && token_r->signature.len > 0;
}

static bool read_json(struct text part, wire_json_reader *look, void *to, struct arena *arena)
{
	struct bytes bytes;
	if (!jwt_bytes(part, arena, &bytes))
		return false;
	struct text json = { (const char *)bytes.at, bytes.len };
	return text_is_utf8(json.at, json.len) && wire_json_look(json, look, to) == OK;
}

enum judge_fault jwt_judge(
    const struct msg_judge_jwt *ask, struct arena *arena, struct msg_judged_jwt *judged_r)
{
	struct header header = { .arena = arena };
	struct claims claims = { .arena = arena, .judged = judged_r };
	struct token token;
	struct bytes signature;
	*judged_r = (struct msg_judged_jwt){ .is_verified = false };
	if (!split((struct text){ (const char *)ask->jwt.at, ask->jwt.len }, &token) ||
	    !read_json(token.header, read_header, &header, arena) ||
	    !read_json(token.payload, read_claims, &claims, arena) ||
	    !jwt_bytes(token.signature, arena, &signature))
		return JUDGE_MALFORMED;
	if (header.fault != JUDGE_NONE || claims.fault != JUDGE_NONE)
		return JUDGE_SHAPE;
	const struct msg_client_key *key = find_key(&header, ask);
	judged_r->typ = header.typ;
	judged_r->is_verified = key != NULL && jws_verify(key, token.octets, signature);
	return JUDGE_NONE;
}
