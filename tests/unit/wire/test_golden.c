/* Frames of each release stay in golden/: what this release writes may only change knowingly, and what agents of an
 * earlier one write is still understood. */
#include "unit.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "wire/lines.h"
#include "wire/wire.h"

#define FOLDER "tests/unit/wire/golden"

static void this_release_writes_what_it_wrote(void **state)
{
	(void)state;
	lines_compare("golden", FOLDER "/" SPOM_VERSION ".txt");
}

static size_t from_hex(const char *hex, uint8_t *bytes, size_t room)
{
	size_t len = 0;
	for (; len < room && hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		char digits[] = { hex[0], hex[1], '\0' };
		bytes[len++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return len;
}

/* "NAME TAG SIZE HEX": decoded by the tables of today. */
static void check_line(const char *file, const char *line)
{
	char name[64], size[8];
	unsigned tag;
	int hex_at = 0;
	if (sscanf(line, "%63s %u %7s %n", name, &tag, size, &hex_at) < 3)
		fail_msg("%s: '%s' is no golden line", file, line);
	if (strcmp(size, "max") == 0)
		return;
	const struct wire_msg *msg = wire_find_name(name);
	if (msg == NULL || msg->tag != tag)
		fail_msg("%s: message %s is gone or has another tag", file, name);
	CLEANUP(arena_done) struct arena arena = { 0 };
	uint8_t *body = arena_alloc(&arena, strlen(line));
	assert_non_null(body);
	const void *at = NULL;
	enum err err =
	    wire_decode_lenient(msg, body, from_hex(line + hex_at, body, strlen(line)), &arena, &at);
	if (err != OK)
		fail_msg("%s: %s %s is not understood any more: %s", file, name, size, err_text(err));
}

static void check_file(const char *name)
{
	char file[300], *line = NULL;
	size_t room = 0;
	(void)snprintf(file, sizeof file, FOLDER "/%.200s", name);
	FILE *opened = lines_open(file);
	while (getline(&line, &room, opened) > 0) {
		line[strcspn(line, "\n")] = '\0';
		check_line(name, line);
	}
	free(line);
	(void)fclose(opened);
}

static void every_release_is_understood(void **state)
{
	(void)state;
	DIR *folder = opendir(FOLDER);
	assert_non_null(folder);
	unsigned files = 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		check_file(entry->d_name);
		files++;
	}
	(void)closedir(folder);
	assert_true(files > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_release_writes_what_it_wrote),
		cmocka_unit_test(every_release_is_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
