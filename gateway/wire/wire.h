/* wire.h - the messages between our programs: one table, and one interpreter of it.
 *
 * The rows of messages.def become structs here and descriptors in table.c; encoding, decoding, printing, JSON, forms and
 * templates walk the descriptors. Nobody writes a decoder by hand. See frame.h for what goes over a socket.
 *
 * A body is a sequence of fields in ascending order, each {u8 number, u32 length, bytes}, big-endian. Texts and secrets
 * carry a NUL behind their bytes, which the length counts, so that decoded fields can point into the frame. An optional field
 * that is absent or zero is not written. There is one encoding of each message: what decodes, encodes to the same bytes. */
#ifndef SPOM_WIRE_WIRE_H
#define SPOM_WIRE_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

struct arena;

/* Greatest body; with the header a frame is at most 64 KiB. */
#define WIRE_BODY_MAX (64u * KIB - 32u)
/* The last millisecond of the year 9999, the greatest time. */
#define WIRE_TIME_MAX 253402300799999u
/* Greatest depth of nested messages. */
#define WIRE_DEPTH_MAX 4

enum wire_kind {
	WIRE_BOOL,   /* bool */
	WIRE_NUMBER, /* uint64_t, 0 to bound */
	WIRE_TIME,   /* int64_t, milliseconds since 1970 UTC, up to WIRE_TIME_MAX */
	WIRE_ENUM,   /* an enum of enums.def */
	WIRE_TEXT,   /* struct text, UTF-8 without control characters, bound in bytes */
	WIRE_BYTES,  /* struct bytes, bound in bytes */
	WIRE_SECRET, /* struct secret, bound in bytes */
	WIRE_ID,     /* struct id */
	WIRE_ONE,    /* const struct msg_X *, NULL when absent */
	WIRE_LIST,   /* struct { const struct msg_X *at; uint32_t n; }, bound in elements */
};

enum wire_flags {
	OPTIONAL = 1,  /* may be absent: at is NULL, or the value zero */
	LINES = 2,     /* a text that may have LF and TAB */
	SHOW_ONCE = 4, /* a secret that may reach the page, which is then never stored (no-store) */
};

/* Who may send a message: bits of enum role. */
#define BY(role) (1u << (role))
#define BY_NOBODY 0u
#define BY_DOOR BY(ROLE_DOOR)
#define BY_CHECK BY(ROLE_CHECK)
#define BY_BACK BY(ROLE_BACK)
#define BY_GATE BY(ROLE_GATE)
#define BY_PAM BY(ROLE_PAM)
#define BY_ADMIN BY(ROLE_ADMIN)
#define BY_AUTHORITY BY(ROLE_AUTHORITY)
#define BY_COURIER BY(ROLE_COURIER)
#define BY_JUDGE BY(ROLE_JUDGE)

#define WIRE_ID_SIZE 16
struct id {
	uint8_t bytes[WIRE_ID_SIZE];
};
struct bytes {
	const uint8_t *at;
	size_t len;
};

/* Enums, as C enums: enum role, ... */
/* clang-format off */
#define ENUM_BEGIN(name) enum name {
#define CHOICE(constant, text) constant,
#define ENUM_END(name) };
#include "wire/enums.def"
#undef ENUM_BEGIN
#undef CHOICE
#undef ENUM_END
/* clang-format on */

struct wire_enum {
	const char *name;
	const char *const *texts;
	unsigned count;
};

/* The text of an enum's value: WIRE_ENUM_TEXT(refusal, REFUSAL_BUSY) is "busy"; "?" outside of the list. */
#define WIRE_ENUM_TEXT(name, value) wire_choice_text(&wire_enum_##name, (unsigned)(value))
const char *wire_choice_text(const struct wire_enum *list, unsigned value);

#define ENUM_BEGIN(name) extern const struct wire_enum wire_enum_##name;
#define CHOICE(constant, text)
#define ENUM_END(name)
#include "wire/enums.def"
#undef ENUM_BEGIN
#undef CHOICE
#undef ENUM_END

/* Pass 1: struct msg_NAME. Every message has a field; an empty struct would be no C. */
/* clang-format off */
#define BEGIN(m, tag, by, answer) struct msg_##m {
#define BOOL(f) bool f;
#define NUMBER(f, max, fl) uint64_t f;
#define TIME(f) int64_t f;
#define ENUM(f, list) enum list f;
#define TEXT(f, max, fl) struct text f;
#define BYTES(f, max, fl) struct bytes f;
#define SECRET(f, max, fl) struct secret f;
#define ID(f) struct id f;
#define ONE(f, sub, fl) const struct msg_##sub *f;
#define LIST(f, sub, max) struct { const struct msg_##sub *at; uint32_t n; } f;
#define END(m) };
#include "wire/messages.def"
#include "wire/undef.def"
/* clang-format on */

struct wire_field {
	const char *name;
	enum wire_kind kind;
	unsigned flags;
	size_t offset;
	uint64_t bound;
	const struct wire_msg *(*sub)(void); /* ONE, LIST */
	const struct wire_enum *list;        /* ENUM */
};

struct wire_msg {
	const char *name;
	const char *answer; /* the name of its usual answer, "none" for an answer itself */
	uint16_t tag;       /* 0: only nested */
	unsigned by;        /* BY_... */
	size_t size;        /* of the struct */
	const struct wire_field *fields;
	unsigned n_fields;
};

/* Pass 2: tags (TAG_home) and descriptors (wire_msg_home()). */
/* clang-format off */
#define BEGIN(m, tag, by, answer) TAG_##m = (tag),
#include "wire/nofields.def"
enum wire_tag {
#include "wire/messages.def"
	TAG_MAX_ = 65535
};
#undef BEGIN
#define BEGIN(m, tag, by, answer) const struct wire_msg *wire_msg_##m(void);
#include "wire/messages.def"
#include "wire/undef.def"
/* clang-format on */

/* A message with its descriptor, so that both travel together: WIRE(home, &home). */
struct wire_any {
	const struct wire_msg *msg;
	const void *at; /* a struct msg_X of that descriptor */
};
#define WIRE(m, pointer) ((struct wire_any){ wire_msg_##m(), (1 ? (pointer) : (const struct msg_##m *)0) })

/* The descriptor of a tag; NULL for an unknown one. */
const struct wire_msg *wire_find(unsigned tag);

/* The descriptor of a name (also of nested ones); NULL for an unknown one. */
const struct wire_msg *wire_find_name(const char *name);

/* All descriptors, nested ones included, in the order of the tables. */
const struct wire_msg *const *wire_all(unsigned *count_r);

/* The field of a name; NULL when the message has none. */
const struct wire_field *wire_field(const struct wire_msg *msg, struct text name);

/* What the text field of a name says, borrowed; absent where it says nothing, and where the message has no text of that name. */
struct text wire_text(struct wire_any message, struct text name);

/* Whether somebody of that role may send it. */
bool wire_may_send(const struct wire_msg *msg, enum role role);

/* Whether it is an ask of the login conversation: its first field is the ask's id. */
bool wire_is_ask(const struct wire_msg *msg);

/* A number that two programs share only when their tables are equal. */
uint32_t wire_dialect(void);

/* The greatest body that a message can have by its bounds. */
uint64_t wire_greatest(const struct wire_msg *msg);

/* Encodes a body into room bytes. ERR_MALFORMED: a field breaks its own rule (a bug or unchecked input);
 * ERR_TOO_LARGE: over its bound or the room. */
NODISCARD enum err wire_encode(const struct wire_any from, uint8_t *body, size_t room, size_t *len_r);

/* Decodes a body; the struct lies on the arena, texts and secrets point into body, which must live as long.
 * ERR_MALFORMED for anything that wire_encode would not have written; ERR_TOO_LARGE; ERR_NO_MEMORY. */
NODISCARD enum err wire_decode(
    const struct wire_msg *msg, uint8_t *body, size_t len, struct arena *arena, const void **at_r);

/* The same for a body of another release: fields of numbers past the last known one are skipped. For agents. */
NODISCARD enum err wire_decode_lenient(
    const struct wire_msg *msg, uint8_t *body, size_t len, struct arena *arena, const void **at_r);

/* A deep copy that lives as long as the arena. Errors as wire_encode and wire_decode. */
NODISCARD enum err wire_copy(struct wire_any from, struct arena *arena, const void **at_r);

/* The text of a message for a log line, on the arena; secrets appear as their kind. NULL when memory is out. */
const char *wire_print(struct wire_any any, struct arena *arena);

/* Sets the field of that name from a person's text: numbers and times decimal, enums by their text, ids as base64url, texts
 * and secrets as they are (copied to the arena). ERR_NOT_FOUND: no such field, or one that no text can fill; ERR_MALFORMED;
 * ERR_TOO_LARGE. at is a struct of msg. */
NODISCARD enum err wire_put(
    const struct wire_msg *msg, void *at, struct text name, struct text value, struct arena *arena);

/* The field of that name as a person's text, the counterpart of wire_put; times as RFC 3339 has them. Absent values give the absent
 * text. ERR_NOT_FOUND: no such field, or none that a text can show; a secret is none. */
NODISCARD enum err wire_get(
    const struct wire_msg *msg, const void *at, struct text name, struct arena *arena, struct text *value_r);

/* A list field, whatever its elements are. */
struct wire_rows {
	const struct wire_msg *of;
	const void *at;
	uint32_t n;
};
const void *wire_row(const struct wire_rows *rows, uint32_t i);

/* Gives and sets (borrowing the elements) the list of that name. ERR_NOT_FOUND: there is no such list, or it is one of something else;
 * ERR_TOO_LARGE: over its bound. */
NODISCARD enum err wire_get_rows(
    const struct wire_msg *msg, const void *at, struct text name, struct wire_rows *rows_r);
NODISCARD enum err wire_put_rows(
    const struct wire_msg *msg, void *at, struct text name, const struct wire_rows *rows);

/* Whether every field that is not optional is there and in its bounds; the name of the first one that is not in *field_r
 * (a literal). For structs that were filled by wire_put. */
NODISCARD enum err wire_check(struct wire_any any, const char **field_r);

/* The base64url text of an id, in text. */
#define WIRE_ID_TEXT_SIZE 23
void wire_id_text(const struct id *id, char text[WIRE_ID_TEXT_SIZE]);
bool wire_id_is_zero(const struct id *id);

#endif
