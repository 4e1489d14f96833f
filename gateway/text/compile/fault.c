#include "text/compile/fault.h"
#include <stdarg.h>
#include <stdio.h>

bool fault_set(struct fault *fault, const char *file, unsigned line, const char *fmt, ...)
{
	if (fault->text[0] != '\0')
		return false;
	int n = snprintf(fault->text, sizeof fault->text, "%s:%u: ", file, line);
	if (n < 0 || (size_t)n >= sizeof fault->text)
		return false;
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(fault->text + n, sizeof fault->text - (size_t)n, fmt, args);
	va_end(args);
	return false;
}
