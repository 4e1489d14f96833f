/* report.h - the report of a directory test, for people or as JSON. */
#ifndef SPOM_CTL_REPORT_H
#define SPOM_CTL_REPORT_H
#include "ctl/ctl.h"
#include "wire/wire.h"

/* Prints it to stdout. CTL_REFUSED: not all is well, or it could not be printed. */
enum ctl_exit report_print(
    const struct ctl *ctl, const struct msg_directory_report *report, struct arena *arena);

#endif
