#include "sentence.h"
#include <stdio.h>
#include <string.h>
#include "text/words.h"

struct line {
	char *at;
	size_t len;
};

static void add(struct line *line, struct text text)
{
	size_t left = SENTENCE_SIZE - 1 - line->len;
	size_t len = text.len < left ? text.len : left;
	if (len > 0)
		memcpy(line->at + line->len, text.at, len);
	line->len += len;
}

/* English has one form of its own, for one. */
static const char *words(struct text id, uint64_t count)
{
	char one[80];
	const char *found = NULL;
	int len = snprintf(one, sizeof one, "%s.one", text_str(id));
	if (count == 1 && len > 0 && (size_t)len < sizeof one)
		found = words_find(one);
	if (found == NULL)
		found = words_find(text_str(id));
	if (found == NULL)
		found = words_find("sign_in_failed");
	return found != NULL ? found : "Signing in did not work.";
}

/* The value of the placeholder at the beginning of pattern; its length in *len_r, 0 when there is none. */
static struct text placeholder(const char *pattern, struct text name, struct text count, size_t *len_r)
{
	*len_r = 0;
	if (strncmp(pattern, "{name}", 6) == 0) {
		*len_r = 6;
		return name;
	}
	if (strncmp(pattern, "{count}", 7) == 0) {
		*len_r = 7;
		return count;
	}
	return (struct text){ NULL, 0 };
}

void sentence_make(struct text id, struct text name, uint64_t count, char line[SENTENCE_SIZE])
{
	char digits[24];
	(void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
	struct line out = { line, 0 };
	for (const char *at = words(id, count); *at != '\0';) {
		size_t len;
		struct text value = placeholder(at, name, text_of(digits), &len);
		if (len == 0)
			value = (struct text){ at, strcspn(at + 1, "{") + 1 };
		add(&out, value);
		at += len > 0 ? len : value.len;
	}
	line[out.len] = '\0';
}
