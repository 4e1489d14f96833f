/* judged_file.h - a federation's file, as a spom-judge of its own reads it: spomctl parses no XML. */
#ifndef SPOM_CTL_JUDGED_FILE_H
#define SPOM_CTL_JUDGED_FILE_H
#include <sys/types.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/link.h"

struct judged_file {
	pid_t judge;
	struct link link;
};

/* Has the file read. certificate: as of judge_aggregate. The head lies on the arena. ERR_NOT_FOUND: the file cannot be opened; ERR_UNREACHABLE:
 * there is no spom-judge beside this spomctl, or it did not begin; ERR_CLOSED: it ended over the file. Whatever comes: judged_file_close. */
NODISCARD enum err judged_file_open(struct judged_file *judged, const char *path, struct bytes certificate,
    struct arena *arena, const struct msg_aggregate_head **head_r);

/* The next service of as many as the head says, on the arena. ERR_CLOSED: the judge ended. */
NODISCARD enum err judged_file_next(
    struct judged_file *judged, struct arena *arena, const struct msg_aggregate_entity **entity_r);

void judged_file_close(struct judged_file *judged);

#endif
