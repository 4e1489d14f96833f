#include "conf/stack.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/arena.h"
#include "conf/file.h"
#include "conf/ini.h"

#define OURS "pam_spom.so"

enum phase { PHASE_AUTH, PHASE_ACCOUNT, PHASE_COUNT_ };
static const char *const PHASES[] = { "auth", "account" };

struct checker {
	const char *file;
	struct conf_fault *fault;
	unsigned line;               /* of the entry in hand */
	unsigned seen[PHASE_COUNT_]; /* modules of that phase so far */
	bool foreign;
};

/* An entry's words, cut out of a line that libpam would read as one. */
struct entry {
	char *type, *control, *module;
};

#define FAULT(in, ...) ini_fault((in)->fault, (in)->file, (in)->line, __VA_ARGS__)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(word, list[i]) == 0)
			return true;
	return false;
}

/* Cuts the next word off; one in brackets may have blanks within. */
static char *next_word(char **rest)
{
	char *at = *rest + strspn(*rest, " \t\r");
	size_t len = at[0] == '[' ? strcspn(at, "]") : strcspn(at, " \t\r");
	if (at[0] == '[' && at[len] == ']')
		len++;
	*rest = at + len;
	if (at[len] != '\0') {
		at[len] = '\0';
		*rest = at + len + 1;
	}
	return at;
}

/* [success=ok default=die] and its like: nothing but our yes goes on, and it skips nobody. */
static enum err check_brackets(struct checker *in, char *control)
{
	bool has_default = false;
	control[strlen(control) - 1] = '\0';
	for (char *rest = control + 1, *word; *(word = next_word(&rest)) != '\0';) {
		bool success = strcasecmp(word, "success=ok") == 0;
		bool die = strlen(word) > 4 && strcasecmp(word + strlen(word) - 4, "=die") == 0;
		has_default |= strcasecmp(word, "default=die") == 0;
		if (!success && !die)
			return FAULT(
			    in, "'%s': with " OURS " only success=ok and =die keep a refusal final", word);
	}
	return has_default ? OK : FAULT(in, "the control of " OURS " lacks default=die");
}

static enum err check_control(struct checker *in, char *control)
{
	size_t len = strlen(control);
	if (control[0] == '[' && control[len - 1] == ']')
		return check_brackets(in, control);
	if (strcasecmp(control, "requisite") == 0)
		return OK;
	return FAULT(
	    in, OURS " is '%s' and must be requisite, so that nothing runs after its refusal", control);
}

/* Modules that ask questions of their own; nobody is there to answer. */
static enum err check_foreign(struct checker *in, const struct entry *entry)
{
	static const char *const ASKING[] = { "pam_unix.so", "pam_ldap.so", "pam_ldapd.so", "pam_sss.so",
		"pam_krb5.so", "pam_winbind.so", "pam_radius_auth.so", "pam_google_authenticator.so",
		"pam_oath.so", "pam_duo.so", "pam_u2f.so", "pam_yubico.so", "pam_otpw.so", "pam_pkcs11.so",
		"pam_userdb.so", "pam_tacplus.so" };
	static const char *const HARMLESS[] = { "pam_permit.so", "pam_deny.so" };
	const char *module = base_name(entry->module);
	if (strcasecmp(entry->type, "auth") == 0 && is_one_of(module, ASKING, COUNT(ASKING)))
		return FAULT(in, "%s asks questions of its own; only " OURS " may in this service", module);
	in->foreign |= !is_one_of(module, HARMLESS, COUNT(HARMLESS));
	return OK;
}

static enum err check_module(struct checker *in, struct entry *entry, enum phase phase)
{
	bool ours = strcmp(base_name(entry->module), OURS) == 0;
	unsigned before = in->seen[phase]++;
	if (!ours && before == 0)
		return FAULT(in, "%s stands before " OURS ", which must be the first '%s' line",
		    entry->module, PHASES[phase]);
	if (ours && before > 0)
		return FAULT(in, OURS " stands a second time among the '%s' lines", PHASES[phase]);
	return ours ? check_control(in, entry->control) : check_foreign(in, entry);
}

static enum err check_entry(struct checker *in, char *line)
{
	struct entry entry = { 0 };
	entry.type = next_word(&line);
	entry.control = next_word(&line);
	if (strcasecmp(entry.type, "@include") == 0)
		return FAULT(
		    in, "'@include %s' hides modules from this check; name them here", entry.control);
	if (entry.type[0] == '-')
		entry.type++;
	entry.module = next_word(&line);
	if (entry.module[0] == '\0')
		return FAULT(in, "no PAM line: it needs type, control and module");
	if (strcasecmp(entry.type, "session") == 0 || strcasecmp(entry.type, "password") == 0)
		return OK; /* the gate never runs them */
	for (unsigned phase = 0; phase < PHASE_COUNT_; phase++) {
		if (strcasecmp(entry.type, PHASES[phase]) != 0)
			continue;
		if (strcasecmp(entry.control, "include") == 0 || strcasecmp(entry.control, "substack") == 0)
			return FAULT(in, "'%s %s' hides modules from this check; name them here",
			    entry.control, entry.module);
		return check_module(in, &entry, phase);
	}
	return FAULT(in, "'%s' is no type of a PAM line", entry.type);
}

/* Takes a physical line off the text: without what a '#' begins, and without blanks around it. */
static char *next_line(char **text)
{
	char *line = *text + strspn(*text, " \t");
	char *end = *text + strcspn(*text, "\n");
	*text = *end != '\0' ? end + 1 : end;
	*end = '\0';
	line[strcspn(line, "#")] = '\0';
	for (size_t len = strlen(line); len > 0 && strchr(" \t\r", line[len - 1]) != NULL;)
		line[--len] = '\0';
	return line;
}

/* Reads as libpam does: a line that ends in a backslash goes on in the next one that is neither blank nor a comment. */
static enum err check_lines(struct checker *in, char *text, char *joined)
{
	size_t len = 0;
	for (unsigned number = 1; *text != '\0'; number++) {
		const char *line = next_line(&text);
		size_t more = strlen(line);
		if (more == 0)
			continue;
		if (len == 0)
			in->line = number;
		memcpy(joined + len, line, more + 1);
		len += more;
		if (joined[len - 1] == '\\') {
			joined[len - 1] = ' ';
			continue;
		}
		len = 0;
		enum err err = check_entry(in, joined);
		if (err != OK)
			return err;
	}
	return len == 0 ? OK : FAULT(in, "the line goes on behind the file's end");
}

enum err conf_check_stack(
    const char *file, struct text text, struct conf_stack *stack_r, struct conf_fault *fault)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct checker in = { .file = file, .fault = fault };
	char *copy = arena_copy(&arena, text_str(text), text.len);
	char *joined = arena_alloc(&arena, text.len + 1);
	if (copy == NULL || joined == NULL)
		return ini_fault(fault, file, 0, "%s", err_text(ERR_NO_MEMORY));
	if (memchr(copy, 0, text.len) != NULL)
		return ini_fault(fault, file, 0, "a NUL stands within");
	enum err err = check_lines(&in, copy, joined);
	if (err != OK)
		return err;
	in.line = 0;
	for (unsigned phase = 0; phase < PHASE_COUNT_; phase++)
		if (in.seen[phase] == 0)
			return FAULT(&in, "there is no '%s' line; the first must be: %s requisite " OURS,
			    PHASES[phase], PHASES[phase]);
	*stack_r = (struct conf_stack){ true, in.foreign };
	return OK;
}

enum err conf_load_stack(
    const char *confdir, const char *service, struct conf_stack *stack_r, struct conf_fault *fault)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char path[300];
	struct text text;
	(void)snprintf(path, sizeof path, "%s/%s", confdir[0] != '\0' ? confdir : "/etc/pam.d", service);
	enum err err = file_read(path, CONF_FILE_MAX, &arena, &text, fault);
	return err == OK ? conf_check_stack(path, text, stack_r, fault) : err;
}
