/* conf_stack.c - the file of a PAM service. Whatever is called in order has our module in it. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "conf/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct conf_stack stack = { false, false };
	struct conf_fault fault = { "" };
	const char *text = arena_copy(&arena, data, size);
	if (text == NULL)
		return 0;
	enum err err = conf_check_stack("x", (struct text){ text, size }, &stack, &fault);
	if ((err == OK) != stack.ours_first || (err != OK && fault.text[0] == '\0'))
		abort();
	if (err == OK && strstr(text, "pam_spom.so") == NULL)
		abort();
	arena_done(&arena);
	return 0;
}
