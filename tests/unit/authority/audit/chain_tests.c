#include "authority/audit/chain_tests.h"
#include "unit.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/keys/keys.h"
#include "authority/store/store.h"

char chain_state[40];
struct conf chain_conf;
struct authority chain_authority;
struct arena chain_arena;

const char *chain_path(unsigned file)
{
	static char path[100];
	(void)snprintf(path, sizeof path, "%s/audit/audit-%08u.jsonl", chain_state, file);
	return path;
}

int chain_setup(void **context)
{
	(void)context;
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(chain_state, sizeof chain_state, "/tmp/spom-audit-XXXXXX");
	assert_non_null(mkdtemp(chain_state));
	char file[60];
	(void)snprintf(file, sizeof file, "%s/master", chain_state);
	FILE *master = fopen(file, "we");
	assert_non_null(master);
	(void)fputs("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n", master);
	(void)fclose(master);
	(void)chmod(file, 0600);
	chain_conf = (struct conf){ .audit = { .queue = 100, .file_mb = 1 } };
	chain_conf.authority.state = chain_state;
	chain_authority = (struct authority){ .conf = &chain_conf };
	assert_int_equal(keys_new(file, &chain_authority.keys), OK);
	assert_int_equal(store_memory_new(1000, chain_authority.keys, &chain_authority.store), OK);
	return 0;
}

int chain_teardown(void **context)
{
	(void)context;
	char command[80];
	audit_close(&chain_authority.audit);
	store_free(&chain_authority.store);
	keys_free(&chain_authority.keys);
	arena_done(&chain_arena);
	(void)snprintf(command, sizeof command, "rm -rf %s", chain_state);
	return system(command);
}

void chain_start(void)
{
	assert_int_equal(audit_open(&chain_conf, chain_authority.keys, &chain_authority.audit), OK);
}

void chain_restart(void)
{
	audit_close(&chain_authority.audit);
	chain_start();
}

enum err chain_record(const char *user)
{
	const struct audit_entry entry = {
		.event = AUDIT_SIGNED_IN, .trace = 7, .person = TEXT_LITERAL("id"), .user = text_of(user)
	};
	return audit_record(&chain_authority, &entry);
}

void chain_record_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(chain_record("ada"), OK);
}

/* The first fault of all files, or "". */
const char *chain_verify(const char *head)
{
	struct msg_audit_verdict verdict = { .next = 0 };
	static char fault[200];
	fault[0] = '\0';
	arena_reset(&chain_arena);
	uint64_t records = 0;
	do {
		assert_int_equal(
		    audit_verify(chain_authority.audit, verdict.next, text_of(head), &chain_arena, &verdict),
		    OK);
		if (verdict.well != (verdict.fault.at == NULL))
			fail_msg("well and a fault");
		if (!verdict.well && fault[0] == '\0')
			(void)snprintf(fault, sizeof fault, "%s", text_str(verdict.fault));
		records += verdict.records;
	} while (verdict.next != 0);
	if (fault[0] == '\0')
		assert_int_equal(records, verdict.last);
	return fault;
}

unsigned chain_count(const char *event)
{
	struct text after = { NULL, 0 };
	unsigned found = 0;
	do {
		char kept[40];
		struct msg_audit_row *rows;
		unsigned n, part;
		assert_int_equal(
		    audit_read(chain_authority.audit, after, 40, &chain_arena, &rows, &n, &after, &part), OK);
		for (unsigned i = 0; i < n; i++)
			found += text_equal_str(rows[i].event, event);
		if (after.at != NULL) {
			(void)snprintf(kept, sizeof kept, "%s", after.at);
			arena_reset(&chain_arena);
			assert_true(text_copy(&chain_arena, text_of(kept), &after));
		}
	} while (after.at != NULL);
	return found;
}

size_t chain_load(unsigned file, char *text, size_t size)
{
	FILE *in = fopen(chain_path(file), "re");
	assert_non_null(in);
	size_t len = fread(text, 1, size - 1, in);
	text[len] = '\0';
	(void)fclose(in);
	return len;
}

void chain_save(unsigned file, const char *text, size_t len)
{
	FILE *out = fopen(chain_path(file), "we");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	(void)fclose(out);
}
