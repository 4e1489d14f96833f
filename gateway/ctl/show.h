/* show.h - answers for people: lines that fit into 80 columns, times of this machine's zone; and times as people type them. */
#ifndef SPOM_CTL_SHOW_H
#define SPOM_CTL_SHOW_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/text.h"

/* "2026-11-24 01:02", or what stands for none. */
#define SHOW_TIME_SIZE 24
const char *show_time(int64_t time_ms, const char *none, char room[SHOW_TIME_SIZE]);

/* "name        value"; an absent value is left out. */
void show_text(const char *name, struct text value);
void show_str(const char *name, const char *value);
void show_count(const char *name, uint64_t value);

/* One line of progress on a terminal, over the one before; done wipes it away. In a pipe nothing. */
PRINTF_LIKE(1, 2) void show_progress(const char *fmt, ...);
void show_progress_done(void);

/* "2026-11-24", "2026-11-24 01:02", "2026-11-24T01:02:03Z", or "30m", "2h", "3d" ago. False: none of these. */
NODISCARD bool show_read_time(const char *text, int64_t *time_r);

#endif
