/* somebody.h - what people have at hand: devices whose secrets the test knows, and a time that stands where it puts it. */
#ifndef SPOM_TESTS_SOMEBODY_H
#define SPOM_TESTS_SOMEBODY_H
#include <stdint.h>
#include "walk.h"

/* Before each test: nobody has anything, nothing fails, the settings are those of the house with these for second factors: required, the
 * window open, no waiting time. Days have passed since the test before, so that no try of it counts, and it is ten seconds into a step. */
int somebody_fresh(void **state);

/* Time goes on. */
void somebody_waits(unsigned seconds);

/* Gives the person (id-ada) a device, by a number from 0 to 3, that counts as a second factor from then on (ms; 0: always). */
void somebody_has_device(const char *person, unsigned device, int64_t counts_from);

/* Gives recovery codes: "aaaa-aaaa-aaaa-aaaa", "bbbb-...", and so on. */
void somebody_has_sheet(const char *person, unsigned codes);
const char *somebody_sheet(unsigned code);

/* What the device shows now, or so many steps from now; and a code that it shows at no time near. */
const char *somebody_code(unsigned device, int steps);
const char *somebody_wrong(unsigned device);

/* A browser that waits at what comes behind the password. */
struct wire_any somebody_at_code(struct browser *browser, const char *user, const char *password);

/* How many factors and recovery codes the person has by now. */
unsigned somebody_devices(const char *person);
unsigned somebody_codes_left(const char *person);

#endif
