#include "text/strings.h"
#include <string.h>

unsigned strings_find(const struct strings *strings, struct text id)
{
	unsigned low = 0, high = strings->n_ids;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		const char *at = strings->ids[middle];
		int order = strncmp(at, text_str(id), id.len);
		if (order == 0 && at[id.len] == '\0')
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return STRINGS_NONE;
}

static struct text cut(struct text *rest, char separator)
{
	const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
	struct text piece = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
	size_t used = end != NULL ? piece.len + 1 : piece.len;
	*rest = (struct text){ rest->at + used, rest->len - used };
	return piece;
}

static struct text trim(struct text text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = (struct text){ text.at + 1, text.len - 1 };
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* A weight in thousandths: "0.8" is 800. Unreadable counts as nothing. */
static unsigned weight(struct text q)
{
	if (q.len < 1 || q.len > 5 || (q.at[0] != '0' && q.at[0] != '1') || (q.len > 1 && q.at[1] != '.'))
		return 0;
	unsigned value = (unsigned)(q.at[0] - '0') * 1000, step = 100;
	for (size_t i = 2; i < q.len; i++, step /= 10) {
		if (q.at[i] < '0' || q.at[i] > '9')
			return 0;
		value += (unsigned)(q.at[i] - '0') * step;
	}
	return value <= 1000 ? value : 0;
}

static const struct language *known(const struct strings *strings, struct text range)
{
	struct text first = cut(&range, '-');
	for (unsigned i = 0; i < strings->n_languages; i++) {
		const char *tag = strings->languages[i].tag;
		if (strlen(tag) == first.len && strncasecmp(tag, first.at, first.len) == 0)
			return &strings->languages[i];
	}
	return NULL;
}

#define RANGES_MAX 30 /* what follows is not a browser's */

const struct language *strings_negotiate(const struct strings *strings, struct text accept)
{
	const struct language *best = &strings->languages[0];
	unsigned best_weight = 0;
	for (unsigned i = 0; i < RANGES_MAX && accept.len > 0; i++) {
		struct text item = cut(&accept, ',');
		struct text range = trim(cut(&item, ';'));
		item = trim(item);
		bool has_weight = text_starts_with(item, "q=");
		unsigned w = has_weight ? weight((struct text){ item.at + 2, item.len - 2 }) : 1000;
		const struct language *language = known(strings, range);
		if (language == NULL && text_equal_str(range, "*"))
			language = &strings->languages[0];
		if (language != NULL && w > best_weight) {
			best = language;
			best_weight = w;
		}
	}
	return best;
}

static const struct string_arg *find_arg(struct text name, const struct string_arg *args, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (text_equal_str(name, args[i].name))
			return &args[i];
	return NULL;
}

static void fill(struct text rest, const struct string_arg *args, unsigned n, struct out *out)
{
	while (rest.len > 0) {
		const char *open = memchr(rest.at, '{', rest.len);
		size_t before = open != NULL ? (size_t)(open - rest.at) : rest.len;
		out_bytes(out, rest.at, before);
		rest = (struct text){ rest.at + before, rest.len - before };
		const char *close = rest.len > 0 ? memchr(rest.at, '}', rest.len) : NULL;
		if (close == NULL)
			break;
		struct text whole = { rest.at, (size_t)(close - rest.at) + 1 };
		const struct string_arg *arg =
		    find_arg((struct text){ whole.at + 1, whole.len - 2 }, args, n);
		out_text(out, arg != NULL ? arg->value : whole);
		rest = (struct text){ rest.at + whole.len, rest.len - whole.len };
	}
	out_text(out, rest);
}

void strings_say(const struct language *language, unsigned string, uint64_t count,
    const struct string_arg *args, unsigned n_args, struct out *out)
{
	const struct string_forms *forms = &language->strings[string];
	const char *sentence = forms->form[language->plural(count)];
	fill(text_of(sentence != NULL ? sentence : forms->form[PLURAL_OTHER]), args, n_args, out);
}

struct text strings_text(const struct strings *strings, const struct language *language, const char *id)
{
	unsigned string = strings_find(strings, text_of(id));
	return text_of(string != STRINGS_NONE ? language->strings[string].form[PLURAL_OTHER] : id);
}
