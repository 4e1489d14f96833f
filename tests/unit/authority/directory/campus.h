/* campus.h - a struct directory on private servers, and short ways to ask it. */
#ifndef SPOM_TESTS_DIRECTORY_CAMPUS_H
#define SPOM_TESTS_DIRECTORY_CAMPUS_H
#include <stdint.h>
#include "authority/directory/directory.h"
#include "authority/directory/settings.h"

/* Settings for one URI, or two; uri_b may be NULL. Static: valid until the next call. */
struct directory_settings *campus_settings(const char *uri_a, const char *uri_b);

/* Opens a directory or fails the test. */
struct directory *campus_open(const struct directory_settings *settings);

/* directory_find with all aliases; the person's texts lie on the arena. */
enum err find(struct directory *directory, struct arena *arena, const char *name, struct person *person_r);

/* As a login does it: finds the name, binds as who is found, else as the decoy. */
enum err sign_in(
    struct directory *directory, const char *name, const char *password, struct bind_result *result_r);

/* Calls directory_is_well until it says so, for at most limit_ms; the milliseconds that took, -1 when it did not. */
int64_t wait_until_well(struct directory *directory, int limit_ms);

struct secret secret_of(const char *string); /* borrows */
void pause_ms(int ms);

#endif
