#include "courier/letter.h"
#include <ctype.h>
#include <string.h>
#include <time.h>
#include "courier/coded.h"
#include "text/agent.h"
#include "text/moment.h"

#define NAME_MAX_BYTES 120u
#define DAY_MS 86400000LL

struct writer {
	const struct strings *strings;
	const struct language *language;
	const struct msg_courier_config *config;
	const struct msg_mail_item *item;
	struct arena *arena;
	struct string_arg args[8];
	unsigned n_args;
};

/* --- what comes from outside --- */

/* Characters that turn a line around, so that it reads as something else (U+202A to U+202E, U+2066 to U+2069). */
static bool turns_text(const char *at, size_t left)
{
	const unsigned char *byte = (const unsigned char *)at;
	return left >= 3 && byte[0] == 0xe2 &&
	       ((byte[1] == 0x80 && byte[2] >= 0xaa && byte[2] <= 0xae) ||
		   (byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9));
}

static bool is_letter(const char *at, size_t left)
{
	return left > 0 && (isalpha((unsigned char)*at) || (unsigned char)*at >= 0x80);
}

/* "a.com" becomes "a. com"; "://", "@" and the like become blanks. */
static size_t clean_one(struct text from, size_t i, char *to)
{
	char byte = from.at[i];
	bool odd = (unsigned char)byte < ' ' || byte == 0x7f || strchr("/\\:@<>\"", byte) != NULL;
	to[0] = odd ? ' ' : byte;
	if (byte != '.' || !is_letter(from.at + i + 1, from.len - i - 1))
		return 1;
	to[1] = ' ';
	return 2;
}

struct text letter_clean(struct text from, size_t max, struct arena *arena)
{
	char *to = arena_alloc(arena, from.len * 2 + 1);
	size_t len = 0;
	for (size_t i = 0; to != NULL && i < from.len && len < max; i++) {
		if (turns_text(from.at + i, from.len - i))
			i += 2;
		else
			len += clean_one(from, i, to + len);
	}
	while (to != NULL && (len > max || (len > 0 && !text_is_utf8(to, len))))
		len--; /* a character that was cut in two */
	if (to != NULL)
		to[len] = '\0';
	return (struct text){ to, to != NULL ? len : 0 };
}

/* An address of the network has its own letters, and no other. */
static struct text clean_address(struct text from)
{
	static const char LETTERS[] = "0123456789abcdefABCDEF.:%";
	return from.len > 0 && strspn(from.at, LETTERS) >= from.len ? from : (struct text){ NULL, 0 };
}

bool letter_is_address(struct text address)
{
	const char *at = address.len > 0 ? memchr(address.at, '@', address.len) : NULL;
	if (at == NULL || at == address.at || at + 1 == address.at + address.len || address.at[0] == '-')
		return false;
	for (size_t i = 0; i < address.len; i++) {
		char byte = address.at[i];
		bool second = byte == '@' && address.at + i != at;
		if (byte <= ' ' || byte == 0x7f || second || strchr("()<>[],;:\\\"", byte) != NULL)
			return false; /* char is signed: beyond ASCII is below ' ' */
	}
	return true;
}

/* --- words --- */

static void say(const struct writer *w, const char *id, struct out *out)
{
	unsigned string = strings_find(w->strings, text_of(id));
	if (string != STRINGS_NONE)
		strings_say(w->language, string, w->item->matter->count, w->args, w->n_args, out);
}

static struct text said(const struct writer *w, const char *id)
{
	struct out out = OUT(w->arena);
	struct text text;
	say(w, id, &out);
	return out_done(&out, &text) ? text : (struct text){ NULL, 0 };
}

static const char *id_of(const struct writer *w, const char *part)
{
	const char *id =
	    arena_printf(w->arena, STRINGS_MAIL_GROUP "%.*s.%s", TEXT_ARGS(w->item->matter->kind), part);
	return id != NULL ? id : "";
}

static bool has(const struct writer *w, const char *id)
{
	return strings_find(w->strings, text_of(id)) != STRINGS_NONE;
}

static void give(struct writer *w, const char *name, struct text value)
{
	if (value.len > 0 && w->n_args < COUNT(w->args))
		w->args[w->n_args++] = (struct string_arg){ name, value };
}

/* The day in full, whenever it is read. */
static struct text when(const struct writer *w)
{
	struct out out = OUT(w->arena);
	struct text text;
	int64_t at_ms = w->item->matter->at;
	moment_add(w->strings, w->language, at_ms, at_ms + 7 * DAY_MS, &out);
	return out_done(&out, &text) ? text : (struct text){ NULL, 0 };
}

static void fill_args(struct writer *w)
{
	const struct msg_mail_matter *matter = w->item->matter;
	const char *count = arena_printf(w->arena, "%llu", (unsigned long long)matter->count);
	struct text object = letter_clean(matter->object, NAME_MAX_BYTES, w->arena);
	struct text name = letter_clean(matter->name, NAME_MAX_BYTES, w->arena);
	give(w, "name", name.len > 0 ? name : letter_clean(matter->to, NAME_MAX_BYTES, w->arena));
	give(w, "object", object.len > 0 ? object : strings_text(w->strings, w->language, "mail.nameless"));
	give(w, "when", when(w));
	give(w, "count", text_of(count));
	give(w, "portal", w->config->origin);
	give(w, "institution", w->config->institution);
	give(w, "help", w->config->help);
}

/* A line of what is known about it; none for what is not. */
static void add_fact(struct writer *w, const char *id, const char *name, struct text value, struct out *out)
{
	if (value.len == 0)
		return;
	unsigned before = w->n_args;
	give(w, name, value);
	say(w, id, out);
	out_str(out, "\n");
	w->n_args = before;
}

static void add_facts(struct writer *w, struct out *out)
{
	const struct msg_mail_matter *matter = w->item->matter;
	struct out browser = OUT(w->arena);
	struct text agent = { NULL, 0 };
	if (matter->browser.len > 0) {
		agent_add(w->strings, w->language, matter->browser, &browser);
		if (!out_done(&browser, &agent))
			out->failed = true;
	}
	say(w, "mail.when", out);
	out_str(out, "\n");
	add_fact(w, "mail.from", "address", clean_address(matter->address), out);
	add_fact(w, "mail.browser", "browser", agent, out);
	add_fact(w, "mail.door", "door", letter_clean(matter->door, NAME_MAX_BYTES, w->arena), out);
}

static void add_paragraph(const struct writer *w, const char *id, struct out *out)
{
	say(w, id, out);
	out_str(out, "\n\n");
}

static void write_words(struct writer *w, struct out *out)
{
	const char *advice = id_of(w, "advice");
	add_paragraph(w, "mail.greeting", out);
	add_paragraph(w, id_of(w, "body"), out);
	add_facts(w, out);
	out_str(out, "\n");
	add_paragraph(w, has(w, advice) ? advice : "mail.if_not_you", out);
	if (w->config->help.len > 0)
		add_paragraph(w, "mail.help", out);
	out_str(out, "-- \n");
	say(w, "mail.end", out);
	out_str(out, "\n");
}

/* --- the head --- */

static void add_mailbox(const char *header, struct text words, struct text address, struct out *out)
{
	out_str(out, header);
	coded_words(words, out);
	out_str(out, " <");
	out_text(out, address);
	out_str(out, ">\r\n");
}

static void add_date(int64_t at_ms, struct out *out)
{
	char date[40];
	struct tm tm;
	time_t seconds = (time_t)(at_ms / 1000);
	if (gmtime_r(&seconds, &tm) == NULL || strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S", &tm) == 0)
		out->failed = true;
	else
		out_format(out, "Date: %s +0000\r\n", date);
}

/* What stands behind "//", up to a port. */
static struct text host_of(struct text origin)
{
	const char *at = strstr(text_str(origin), "://");
	at = at != NULL ? at + 3 : "localhost";
	return (struct text){ at, strcspn(at, ":/[]") };
}

static void write_head(const struct writer *w, struct text subject, struct out *out)
{
	const struct msg_mail_matter *matter = w->item->matter;
	char id[WIRE_ID_TEXT_SIZE];
	struct text host = host_of(w->config->origin);
	wire_id_text(&w->item->id, id);
	add_date(matter->at, out);
	add_mailbox("From: ", w->config->institution, w->config->from, out);
	add_mailbox("To: ", w->args[0].value, matter->to, out);
	out_str(out, "Subject: ");
	coded_words(subject, out);
	out_format(out, "\r\nMessage-ID: <%s@%.*s>\r\n", id, TEXT_ARGS(host));
	out_format(out, "Content-Language: %s\r\n", w->language->tag);
	out_str(out, "Auto-Submitted: auto-generated\r\n"
		     "MIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
}

enum err letter_write(const struct strings *strings, const struct msg_courier_config *config,
    const struct msg_mail_item *item, struct arena *arena, struct text *letter_r)
{
	struct writer w = {
		.strings = strings,
		.language = strings_negotiate(strings, item->matter->language),
		.config = config,
		.item = item,
		.arena = arena,
	};
	struct out words = OUT(arena), letter = OUT(arena);
	struct text body;
	if (!letter_is_address(item->matter->to) || !has(&w, id_of(&w, "subject")) ||
	    !has(&w, id_of(&w, "body")))
		return ERR_MALFORMED;
	fill_args(&w);
	write_words(&w, &words);
	if (w.n_args == 0 || !out_done(&words, &body))
		return ERR_NO_MEMORY;
	write_head(&w, said(&w, id_of(&w, "subject")), &letter);
	coded_body(body, &letter);
	return out_done(&letter, letter_r) ? OK : ERR_NO_MEMORY;
}
