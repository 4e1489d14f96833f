/* scripts.h - private to store: what Redis does in one step that takes more than one command. Each touches only the keys that it is given,
 * which begin with our prefix. */
#ifndef SPOM_AUTHORITY_STORE_SCRIPTS_H
#define SPOM_AUTHORITY_STORE_SCRIPTS_H

enum script {
	SCRIPT_NONE,
	SCRIPT_REPLACE,
	SCRIPT_INDEX_ADD,
	SCRIPT_LIST_PUSH,
	SCRIPT_LIST_PUSH_DUE,
	SCRIPT_AGENDA_TAKE,
	SCRIPT_TRIES,
	SCRIPT_UNTRY,
	SCRIPT_COUNT,
	SCRIPT_STEP,
	SCRIPT_EPOCH,
	SCRIPT_COUNT_
};

const char *script_text(enum script script);

#endif
