/* samples.c - what tests and fuzzers start from. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/fnv.h"
#include "wire/frame.h"
#include "wire/sample.h"
#include "wire/tool/tool.h"

#define FILE_MAX_ 4096u /* bytes of one input; the fuzzer finds longer ones itself */

static void print_hex(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
}

/* The greatest bodies are too long to be written down. */
static unsigned long long checksum(const uint8_t *bytes, size_t len)
{
	return fnv_64(FNV_64, bytes, len);
}

static enum err golden_message(const struct wire_msg *msg)
{
	static const char *const SIZES[] = { "min", "full", "max" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	for (unsigned size = SAMPLE_MIN; size <= SAMPLE_MAX; size++) {
		uint8_t *body;
		size_t len;
		enum err err = sample_body(msg, (enum sample_size)size, SAMPLE_NONE, 0, &arena, &body, &len);
		if (err != OK)
			return err;
		printf("%s %u %s ", msg->name, msg->tag, SIZES[size]);
		if (size == SAMPLE_MAX)
			printf("%zu:%016llx", len, checksum(body, len));
		else
			print_hex(body, len);
		printf("\n");
	}
	return OK;
}

int tool_golden(const char *unused)
{
	(void)unused;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		if (all[i]->tag != 0 && golden_message(all[i]) != OK)
			return 1;
	return 0;
}

int tool_dict(const char *unused)
{
	(void)unused;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		if (all[i]->tag != 0)
			printf("tag_%s=\"\\x%02x\\x%02x\"\n", all[i]->name, all[i]->tag >> 8,
			    all[i]->tag & 0xff);
	for (unsigned i = 1; i <= 12; i++)
		printf("field_%u=\"\\x%02x\\x00\\x00\\x00\"\n", i, i);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < all[i]->n_fields; j++)
			printf("name_%s_%s=\"\\\"%s\\\":\"\n", all[i]->name, all[i]->fields[j].name,
			    all[i]->fields[j].name);
	return 0;
}

/* An input as tests/fuzz/wire.c reads it: a tag and a body. */
static enum err write_input(
    const char *folder, const char *name, const struct wire_msg *msg, const uint8_t *body, size_t len)
{
	char path[600];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	const uint8_t tag[] = { (uint8_t)(msg->tag >> 8), (uint8_t)msg->tag };
	FILE *file = fopen(path, "we");
	if (file == NULL)
		return ERR_IO;
	bool written = fwrite(tag, sizeof tag, 1, file) == 1 && (len == 0 || fwrite(body, len, 1, file) == 1);
	return fclose(file) == 0 && written ? OK : ERR_IO;
}

static enum err corpus_sample(const char *folder, const struct wire_msg *msg, enum sample_size size,
    enum sample_twist twist, unsigned at)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	uint8_t *body;
	size_t len;
	char name[200];
	enum err err = sample_body(msg, size, twist, at, &arena, &body, &len);
	if (err == ERR_NOT_FOUND || (err == OK && len > FILE_MAX_))
		return OK;
	(void)snprintf(
	    name, sizeof name, "%s-%u-%s-%u", msg->name, (unsigned)size, sample_twist_text(twist), at);
	return err == OK ? write_input(folder, name, msg, body, len) : err;
}

/* Each size as it is, and each way to be wrong at the first and the last field. */
static enum err corpus_message(const char *folder, const struct wire_msg *msg)
{
	enum err err = OK;
	for (unsigned size = SAMPLE_MIN; err == OK && size <= SAMPLE_MAX; size++)
		err = corpus_sample(folder, msg, (enum sample_size)size, SAMPLE_NONE, 0);
	unsigned fields = sample_fields(msg);
	for (unsigned twist = SAMPLE_NONE + 1; err == OK && twist < SAMPLE_TWIST_COUNT_; twist++)
		for (unsigned at = 0; err == OK && at<fields; at += fields> 1 ? fields - 1 : 1)
			err = corpus_sample(folder, msg, SAMPLE_FULL, (enum sample_twist)twist, at);
	return err;
}

int tool_corpus(const char *folder)
{
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		perror(folder);
		return 1;
	}
	for (unsigned i = 0; i < count; i++) {
		enum err err = all[i]->tag != 0 ? corpus_message(folder, all[i]) : OK;
		if (err == OK)
			continue;
		(void)fprintf(stderr, "%s: %s\n", all[i]->name, err_text(err));
		return 1;
	}
	return 0;
}
