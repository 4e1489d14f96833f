/* cas_file.h - a service file of Apereo CAS (JSON), as what service add takes.
 *
 * What lets people in there and cannot be said here refuses the service; what tells it less, or is of no use here, is said in a note. Nothing
 * is left out in silence. */
#ifndef SPOM_CTL_CAS_FILE_H
#define SPOM_CTL_CAS_FILE_H
#include "base/arena.h"
#include "base/attr.h"
#include "ctl/ctl.h"

#define CAS_NOTES_MAX 64u

struct cas_service {
	const char *name, *id;      /* as it is called there, and its serviceId */
	struct ctl_service options; /* as they would be typed */
	struct cas_note {
		const char *about; /* a key of the file, or an attribute */
		const char *words;
	} notes[CAS_NOTES_MAX];
	unsigned n_notes;
};

/* Reads the text of a file, onto the arena. NULL, or why the service is not taken. */
NODISCARD const char *cas_file_read(const char *text, struct arena *arena, struct cas_service *service_r);

#endif
