/* courier_letter.c - a mail about anything, to anybody: the head has the fields that we wrote and no other, and nothing of what came from outside
 * is an address in the text. The first byte chooses what it is about. */
#include <stdint.h>
#include <string.h>
#include "courier/letter.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/must.h"
#include "text/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LITERAL(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}
#define LINE_MAX_ 998u /* RFC 5322 section 2.1.1, without CR LF */

static const struct msg_courier_config CONFIG = {
	.from = LITERAL("portal@example.edu"),
	.institution = LITERAL("Universität <X>"),
	.origin = LITERAL("https://portal.example.edu"),
	.help = LITERAL("help@example.edu"),
	.zone = LITERAL("UTC"),
};

static const char *const FIELDS[] = { "Date: ", "From: ", "To: ", "Subject: ", "Message-ID: <",
	"Content-Language: ", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
	"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable" };

/* The kinds are those that have a subject. */
static struct text kind_of(unsigned which, struct arena *arena)
{
	struct text kinds[64];
	unsigned n = 0;
	for (unsigned i = 0; i < web_strings.n_ids && n < COUNT(kinds); i++) {
		struct text id = text_of(web_strings.ids[i]);
		const char *end = strstr(id.at, ".subject");
		if (text_starts_with(id, STRINGS_MAIL_GROUP) && end != NULL)
			kinds[n++] = (struct text){ id.at + strlen(STRINGS_MAIL_GROUP),
				(size_t)(end - id.at) - strlen(STRINGS_MAIL_GROUP) };
	}
	struct text kind = { NULL, 0 };
	MUST(n > 0 && text_copy(arena, kinds[which % n], &kind));
	return kind;
}

static bool write(struct supply supply, enum fill_texts texts, struct arena *arena, struct text *letter_r)
{
	unsigned which = supply_byte(&supply);
	const struct msg_mail_item *filled = fill_message(wire_msg_mail_item(), &supply, texts, arena);
	if (filled == NULL)
		return false;
	struct msg_mail_matter matter = *filled->matter;
	const struct msg_mail_item item = { filled->id, &matter };
	if (which < 0xf0)
		matter.kind = kind_of(which, arena);
	if (!letter_is_address(matter.to))
		matter.to = TEXT_LITERAL("anna@example.edu");
	enum err err = letter_write(&web_strings, &CONFIG, &item, arena, letter_r);
	MUST(err == OK || err == ERR_MALFORMED || err == ERR_NO_MEMORY);
	return err == OK;
}

/* Cuts a line, which ends in CR LF and has neither within. */
static struct text next_line(struct text *rest)
{
	const char *end = memmem(rest->at, rest->len, "\r\n", 2);
	MUST(end != NULL);
	struct text line = { rest->at, (size_t)(end - rest->at) };
	*rest = (struct text){ end + 2, rest->len - line.len - 2 };
	MUST(line.len <= LINE_MAX_);
	for (size_t i = 0; i < line.len; i++)
		MUST(line.at[i] == 0x09 ||
		     (line.at[i] >= 0x20 &&
			 line.at[i] < 0x7f)); /* char is signed: no byte beyond ASCII either */
	return line;
}

static void check_head(struct text *rest)
{
	struct text line = next_line(rest);
	for (size_t i = 0; i < COUNT(FIELDS); i++) {
		MUST(text_starts_with(line, FIELDS[i]));
		for (line = next_line(rest); line.len > 0 && line.at[0] == ' '; line = next_line(rest))
			continue;
	}
	MUST(line.len == 0);
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 2045 section 6.7. */
static struct text decode(struct text rest, struct arena *arena)
{
	char *to = arena_alloc(arena, rest.len + 1);
	size_t n = 0;
	while (to != NULL && rest.len > 0) {
		struct text line = next_line(&rest);
		bool soft = line.len > 0 && line.at[line.len - 1] == '=';
		for (size_t i = 0; i < line.len - soft; i++) {
			to[n++] = line.at[i];
			if (line.at[i] != '=')
				continue;
			MUST(line.len - i >= 3 && digit_of(line.at[i + 1]) >= 0 &&
			     digit_of(line.at[i + 2]) >= 0);
			to[n - 1] = (char)(digit_of(line.at[i + 1]) * 16 + digit_of(line.at[i + 2]));
			i += 2;
		}
		if (!soft)
			to[n++] = '\n';
	}
	return (struct text){ to, to != NULL ? n : 0 };
}

static unsigned count(struct text text, const char *mark)
{
	unsigned n = 0;
	while (text.len > 0) {
		const char *found = memmem(text.at, text.len, mark, strlen(mark));
		if (found == NULL)
			break;
		n++;
		text = (struct text){ found + 1, text.len - (size_t)(found + 1 - text.at) };
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const MARKS[] = { "://", "@", "mailto:" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct supply supply = { data, size };
	struct text letter, harmless;
	if (!write(supply, FILL_AS_THEY_ARE, &arena, &letter))
		return 0;
	check_head(&letter);
	letter = decode(letter, &arena);
	MUST(text_is_utf8(letter.at, letter.len) && !text_has_control(letter.at, letter.len, true));
	if (!write(supply, FILL_HARMLESS, &arena, &harmless))
		return 0;
	check_head(&harmless);
	harmless = decode(harmless, &arena);
	for (size_t i = 0; i < COUNT(MARKS); i++)
		MUST(count(letter, MARKS[i]) == count(harmless, MARKS[i]));
	return 0;
}
