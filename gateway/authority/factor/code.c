/* code.c - what people type as a code: with blanks between the digits, in capitals, with dashes. */
#include <string.h>
#include "authority/factor/private.h"

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '-';
}

bool code_read(struct secret typed, struct typed_code *code_r)
{
	struct typed_code code = { .len = 0 };
	if (typed.at == NULL)
		return false;
	/* a dash before the digits is no way to write them, and none is left out of a number */
	bool dashed = memchr(typed.at, '-', typed.len) != NULL;
	for (size_t i = 0; i < typed.len; i++) {
		if (is_blank(typed.at[i]))
			continue;
		if (code.len == FACTOR_CODE_MAX || typed.at[i] >= 0x80 || typed.at[i] < ' ') {
			code_erase(&code);
			return false;
		}
		code.text[code.len++] = (char)typed.at[i];
	}
	bool good = code_is_recovery(&code) || (code_is_digits(&code) && !dashed);
	if (good)
		*code_r = code;
	code_erase(&code);
	return good;
}

void code_erase(struct typed_code *code)
{
	explicit_bzero(code, sizeof *code);
}

bool code_is_digits(const struct typed_code *code)
{
	return code->len == FACTOR_DIGITS && strspn(code->text, "0123456789") == code->len;
}

bool code_is_recovery(const struct typed_code *code)
{
	return code->len == FACTOR_RECOVERY_LEN &&
	       strspn(code->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == code->len;
}
