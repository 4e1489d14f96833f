/* After a bind nothing of the password is left in this process: not even in what libldap and its TLS have freed. */
#include "unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "authority/directory/campus.h"
#include "authority/directory/slapd.h"

#define LEN 40
#define MASK 0x5a
#define MAPPING_MAX (64ul * MIB) /* larger ones are a sanitizer's shadow */

/* The password, masked: unmasked it must stand nowhere. */
static unsigned char masked[LEN];

static bool is_it(const unsigned char *at)
{
	for (size_t i = 0; i < LEN; i++) {
		if ((at[i] ^ MASK) != masked[i])
			return false;
	}
	return true;
}

static unsigned count_in(int memory, off_t from, off_t end)
{
	static unsigned char bytes[64 * KIB];
	unsigned found = 0;
	for (off_t at = from; at < end; at += (off_t)sizeof bytes - LEN) {
		ssize_t n = pread(memory, bytes, sizeof bytes, at);
		const unsigned char *last = bytes + n - LEN, *next = bytes;
		while (n >= LEN && next <= last) {
			next = memchr(next, masked[0] ^ MASK, (size_t)(last - next) + 1);
			if (next == NULL)
				break;
			found += is_it(next++);
		}
		explicit_bzero(bytes, sizeof bytes);
	}
	return found;
}

/* In all memory that this process can write. */
static unsigned count_copies(void)
{
	char line[400], rights[8];
	unsigned found = 0;
	unsigned long from, end;
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	assert_true(memory >= 0 && maps != NULL);
	while (fgets(line, sizeof line, maps) != NULL) {
		bool read = sscanf(line, "%lx-%lx %7s", &from, &end, rights) == 3;
		if (read && strncmp(rights, "rw", 2) == 0 && end - from <= MAPPING_MAX)
			found += count_in(memory, (off_t)from, (off_t)end);
	}
	(void)fclose(maps);
	(void)close(memory);
	return found;
}

static void a_password_is_gone_after_its_bind(const char *uri)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct directory_settings *settings = campus_settings(uri, NULL);
	settings->ca_file = slapd_file("ca.pem");
	CLEANUP(directory_free) struct directory *directory = campus_open(settings);
	struct person person;
	struct bind_result result;
	struct secret password;
	assert_int_equal(find(directory, &arena, "alice", &person), OK);
	assert_int_equal(secret_own(LEN, &password), OK);
	for (size_t i = 0; i < LEN; i++)
		password.at[i] = masked[i] ^ MASK;
	assert_true(count_copies() >= 1); /* while it is there it is found */
	assert_int_equal(directory_bind(directory, &person, password, &result), OK);
	assert_int_equal(directory_bind(directory, NULL, password, &result), OK);
	secret_free(&password);
	assert_int_equal(count_copies(), 0);
}

static void in_the_clear(void **state)
{
	const struct slapd *slapd = *state;
	a_password_is_gone_after_its_bind(slapd->ldap);
}

static void under_tls(void **state)
{
	const struct slapd *slapd = *state;
	a_password_is_gone_after_its_bind(slapd->ldaps);
}

static int start(void **state)
{
	static struct slapd slapd;
	for (size_t i = 0; i < LEN; i++)
		masked[i] = (unsigned char)(('a' + i * 7 % 26) ^ MASK);
	slapd_new(&slapd, "one");
	*state = &slapd;
	return 0;
}

static int stop(void **state)
{
	slapd_kill(*state);
	return 0;
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_clear),
		cmocka_unit_test(under_tls),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

int main(void)
{
	return slapd_guard(run);
}
