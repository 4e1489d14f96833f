#include "base/err.h"

static const char *const TEXTS[ERR_COUNT_] = {
	[OK] = "ok",
	[ERR_NO_MEMORY] = "out of memory",
	[ERR_IO] = "input/output error",
	[ERR_CLOSED] = "connection closed",
	[ERR_UNREAD] = "connection closed before anything was taken",
	[ERR_TIMEOUT] = "deadline passed",
	[ERR_BUSY] = "busy",
	[ERR_UNREACHABLE] = "unreachable",
	[ERR_STORE] = "store unreachable",
	[ERR_AUDIT] = "cannot be recorded",
	[ERR_MAIL] = "no mail can be queued",
	[ERR_CLOCK] = "the clock cannot be believed",
	[ERR_MALFORMED] = "malformed",
	[ERR_TOO_LARGE] = "too large",
	[ERR_FORBIDDEN] = "forbidden",
	[ERR_NOT_FOUND] = "not found",
	[ERR_EXISTS] = "exists already",
	[ERR_STALE] = "changed meanwhile",
	[ERR_CONFIG] = "not allowed by the settings",
	[ERR_INTERNAL] = "internal error",
	[ERR_JUDGE] = "not judged",
	[ERR_RATE] = "too many in a second",
};

const char *err_text(enum err err)
{
	return (unsigned)err < ERR_COUNT_ ? TEXTS[err] : "unknown error";
}
