/* authority.h - what handlers work with. Made in main.c before the first thread, constant from then on. */
#ifndef SPOM_AUTHORITY_AUTHORITY_H
#define SPOM_AUTHORITY_AUTHORITY_H

struct conf;
struct directory;
struct keys;
struct store;

struct authority {
	const struct conf *conf;
	struct directory *directory;
	struct keys *keys;
	struct store *store;
};

#endif
