/* enc.h - bytes as text and back: base64url without padding (RFC 4648 section 5), base64 as others send it, and hexadecimal.
 *
 * Decoding is strict: no blanks, no padding, no stray bits; so that one value has one spelling. */
#ifndef SPOM_BASE_ENC_H
#define SPOM_BASE_ENC_H
#include <stddef.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

/* Size of the text for len bytes, its NUL included. */
#define ENC_BASE64URL_SIZE(len) (((len)*4 + 2) / 3 + 1)
#define ENC_HEX_SIZE(len) ((len)*2 + 1)

#define ENC_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* text has room for ENC_BASE64URL_SIZE(len). Not constant-time in the memory it reads; see enc.c. */
void enc_base64url(const void *bytes, size_t len, char *text);

/* Decodes text_len characters to exactly len bytes; ERR_MALFORMED for anything else. */
NODISCARD enum err enc_from_base64url(const char *text, size_t text_len, void *bytes, size_t len);

/* Base64 with padding (RFC 4648 section 4), as HTTP's Basic has it, to at most room bytes; ERR_MALFORMED, ERR_TOO_LARGE. */
NODISCARD enum err enc_from_base64(
    const char *text, size_t text_len, void *bytes, size_t room, size_t *len_r);

/* The way there; text has room for ENC_BASE64_SIZE(len). */
void enc_base64(const void *bytes, size_t len, char *text);

/* The same on the arena; absent when memory is out. */
struct arena;
struct text enc_base64_text(const void *bytes, size_t len, struct arena *arena);

/* text has room for ENC_HEX_SIZE(len); lower case. */
void enc_hex(const void *bytes, size_t len, char *text);

#endif
