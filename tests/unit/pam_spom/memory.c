#include "pam_spom/memory.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/attr.h"

/* Each byte of the word changed by this, so that what is looked for is no find. */
#define MASK 0x5a

static unsigned char masked(size_t i)
{
	return (unsigned char)(('A' + i * 11 % 26) ^ MASK);
}

void memory_word(char word[MEMORY_WORD + 1])
{
	for (size_t i = 0; i < MEMORY_WORD; i++)
		word[i] = (char)(masked(i) ^ MASK);
	word[MEMORY_WORD] = '\0';
}

char *memory_line(void)
{
	static const char BEFORE[] = "a filler of thirty-two bytes.....";
	char *line = malloc(sizeof BEFORE + MEMORY_WORD);
	if (line == NULL)
		abort();
	memcpy(line, BEFORE, sizeof BEFORE);
	memory_word(line + strlen(BEFORE));
	return line;
}

static bool is_word(const unsigned char *at)
{
	size_t same = 0;
	while (same < MEMORY_WORD && at[same] == (masked(same) ^ MASK))
		same++;
	return same == MEMORY_WORD;
}

bool memory_holds_word(void)
{
	static unsigned char page[1 << 16];
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	unsigned long from, to;
	char line[600];
	bool found = false;
	if (maps == NULL || mem < 0)
		abort();
	while (!found && fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2 || strstr(line, " rw") == NULL ||
		    to - from > 64 * MIB)
			continue;
		for (unsigned long at = from; at < to && !found; at += sizeof page - 64) {
			size_t want = to - at < sizeof page ? to - at : sizeof page;
			bool is_ours =
			    at < (unsigned long)page + sizeof page && at + want > (unsigned long)page;
			ssize_t n = is_ours ? 0 : pread(mem, page, want, (off_t)at);
			for (ssize_t i = 0; i + MEMORY_WORD <= n && !found; i++)
				found = is_word(page + i);
			explicit_bzero(page, sizeof page);
		}
	}
	(void)fclose(maps);
	(void)close(mem);
	return found;
}
