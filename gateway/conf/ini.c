#include "conf/ini.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reader {
	const char *file;
	unsigned line;
	struct arena *arena;
	struct conf_faults *faults;
	struct ini *ini;
	unsigned first; /* the entry of the section that lines belong to */
	bool lost;      /* its line was wrong: nobody knows where they belong */
};

enum err ini_fault(struct conf_fault *fault, const char *file, unsigned line, const char *fmt, ...)
{
	char place[16] = "";
	if (line > 0)
		(void)snprintf(place, sizeof place, ":%u", line);
	int n = file != NULL ? snprintf(fault->text, sizeof fault->text, "%.200s%s: ", file, place) : 0;
	va_list args;
	va_start(args, fmt);
	if (n >= 0 && (size_t)n < sizeof fault->text)
		(void)vsnprintf(fault->text + n, sizeof fault->text - (size_t)n, fmt, args);
	va_end(args);
	return ERR_CONFIG;
}

struct conf_fault *ini_fault_next(struct conf_faults *faults)
{
	faults->more |= faults->n == CONF_FAULTS_MAX;
	if (faults->n < CONF_FAULTS_MAX)
		faults->n++;
	return &faults->at[faults->n - 1];
}

#define FAULT(in, ...) ini_fault(ini_fault_next((in)->faults), (in)->file, (in)->line, __VA_ARGS__)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trimmed(struct text text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

static bool is_word(struct text text)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	return text.len > 0 && text.len <= 64 && strspn(text.at, LETTERS) >= text.len;
}

static struct text before(struct text text, size_t len)
{
	return trimmed((struct text){ text.at, len });
}

static struct text behind(struct text text, size_t len)
{
	return trimmed((struct text){ text.at + len, text.len - len });
}

static enum err add(struct reader *in, struct ini_entry entry)
{
	struct ini_entry *to = &in->ini->at[in->ini->n];
	entry.line = in->line;
	if (!text_copy(in->arena, entry.section, &to->section) ||
	    !text_copy(in->arena, entry.name, &to->name) || !text_copy(in->arena, entry.key, &to->key) ||
	    !text_copy(in->arena, entry.value, &to->value))
		return ERR_NO_MEMORY;
	to->line = in->line;
	in->ini->n++;
	return OK;
}

static const struct ini_entry *section_find(const struct ini *ini, struct text section, struct text name)
{
	for (unsigned i = 0; i < ini->n; i++)
		if (ini->at[i].key.at == NULL && text_equal(ini->at[i].section, section) &&
		    text_equal(ini->at[i].name, name))
			return &ini->at[i];
	return NULL;
}

static enum err read_section(struct reader *in, struct text line)
{
	if (line.at[line.len - 1] != ']')
		return FAULT(in, "a section's line ends with ']'");
	struct text words = trimmed((struct text){ line.at + 1, line.len - 2 });
	size_t len = 0;
	while (len < words.len && !is_blank(words.at[len]))
		len++;
	struct ini_entry entry = { .section = { words.at, len } };
	if (len < words.len)
		entry.name = behind(words, len);
	if (!is_word(entry.section) || (entry.name.at != NULL && !is_word(entry.name)))
		return FAULT(in, "a section is [word] or [word name], of a-z, 0-9, - and _");
	const struct ini_entry *other = section_find(in->ini, entry.section, entry.name);
	if (other != NULL)
		return FAULT(in, "[%.*s] stands in line %u already", TEXT_ARGS(words), other->line);
	in->first = in->ini->n;
	return add(in, entry);
}

static enum err read_setting(struct reader *in, struct text line)
{
	const char *equals = memchr(line.at, '=', line.len);
	if (equals == NULL)
		return FAULT(in, "neither 'key = value' nor '[section]'");
	size_t len = (size_t)(equals - line.at);
	struct ini_entry entry = { .key = before(line, len), .value = behind(line, len + 1) };
	if (!is_word(entry.key))
		return FAULT(in, "what stands before '=' is no key (a-z, 0-9, - and _)");
	if (in->ini->n == 0)
		return FAULT(in, "'%.*s' stands before the first [section]", TEXT_ARGS(entry.key));
	if (entry.value.len >= 2 && entry.value.at[0] == '"' && entry.value.at[entry.value.len - 1] == '"')
		return FAULT(in, "'%.*s': write the value without quotes", TEXT_ARGS(entry.key));
	for (unsigned i = in->first + 1; i < in->ini->n; i++)
		if (text_equal(in->ini->at[i].key, entry.key))
			return FAULT(in, "'%.*s' stands in line %u already", TEXT_ARGS(entry.key),
			    in->ini->at[i].line);
	entry.section = in->ini->at[in->first].section;
	entry.name = in->ini->at[in->first].name;
	return add(in, entry);
}

static enum err read_line(struct reader *in, struct text line)
{
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	if (!text_is_utf8(line.at, line.len))
		return FAULT(in, "not UTF-8 text");
	line = trimmed(line);
	if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';')
		return OK;
	if (text_has_control(line.at, line.len, true))
		return FAULT(in, "a control character");
	if (line.at[0] != '[')
		return in->lost ? OK : read_setting(in, line);
	enum err err = read_section(in, line);
	in->lost = err != OK;
	return err;
}

static unsigned count_lines(struct text bytes)
{
	unsigned n = 1;
	for (size_t i = 0; i < bytes.len; i++)
		n += bytes.at[i] == '\n';
	return n;
}

enum err ini_read(
    const char *file, struct text bytes, struct arena *arena, struct ini *ini_r, struct conf_faults *faults)
{
	struct ini ini = { arena_array(arena, count_lines(bytes), sizeof *ini.at), 0 };
	if (ini.at == NULL)
		return ERR_NO_MEMORY;
	struct reader in = { .file = file, .arena = arena, .faults = faults, .ini = &ini };
	enum err all = OK;
	while (bytes.len > 0) {
		const char *end = memchr(bytes.at, '\n', bytes.len);
		size_t len = end != NULL ? (size_t)(end - bytes.at) : bytes.len;
		in.line++;
		enum err err = read_line(&in, (struct text){ bytes.at, len });
		if (err == ERR_NO_MEMORY)
			return err;
		if (err != OK)
			all = err;
		size_t step = end != NULL ? len + 1 : len;
		bytes = (struct text){ bytes.at + step, bytes.len - step };
	}
	*ini_r = ini;
	return all;
}
