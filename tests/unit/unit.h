/* unit.h - what every unit test includes: cmocka with what it needs before it, and a check that names a table's row. */
#ifndef SPOM_TESTS_UNIT_H
#define SPOM_TESTS_UNIT_H
/* cmocka.h needs the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "base/attr.h"

/* Fails with the name of the row and the condition that did not hold. */
#define ROW(name, condition) \
	do { \
		if (!(condition)) \
			fail_msg("row '%s': %s", (name), #condition); \
	} while (0)

#endif
