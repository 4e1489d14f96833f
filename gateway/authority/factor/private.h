/* private.h - what the files of this folder hand to each other. */
#ifndef SPOM_AUTHORITY_FACTOR_PRIVATE_H
#define SPOM_AUTHORITY_FACTOR_PRIVATE_H
#include "authority/factor/factor.h"
#include "authority/store/batch.h"

#define FACTOR_CODE_MAX 32     /* characters of a code without its blanks */
#define FACTOR_RECOVERY_LEN 16 /* 80 bits as base32 */
#define FACTOR_DIGITS 6
#define FACTOR_PERIOD_S 30

/* What was typed, without blanks and dashes; text is NUL-terminated. */
struct typed_code {
	char text[FACTOR_CODE_MAX + 1];
	size_t len;
};

/* Takes a code as people type it; false where it can be no code of any kind. Whoever has it erases it. */
NODISCARD bool code_read(struct secret typed, struct typed_code *code_r);
void code_erase(struct typed_code *code);
bool code_is_digits(const struct typed_code *code);
bool code_is_recovery(const struct typed_code *code);

/* The step of a code, as factor_totp_matches. */
bool totp_match(
    struct secret secret, const struct typed_code *code, int64_t now_ms, unsigned window, uint64_t *step_r);

/* The place of a factor's row in the ledger. */
struct store_key ledger_key(struct authority *authority, struct text person, const struct id *factor);

/* What may be checked. */
struct budget {
	int64_t wait_ms;  /* above 0: nothing, not now */
	bool *rests;      /* of each factor of the account: it may not be checked */
	bool begins_rest; /* with this try one of them began to rest */
};

/* Counts a try, before it is checked: of the person, and for a code of a device of each authenticator. Codes of devices and codes on paper are
 * counted apart: who guesses at the one does not shut the owner out from the other. budget is empty but for rests, as many as factors. */
NODISCARD enum err budget_try(
    struct authority *authority, const struct account *account, enum factor_kind kind, struct budget *budget);

/* Counts a wrong try; *today_r: how many there were since the last right one. From the limit on the factors rest. */
NODISCARD enum err budget_wrong(
    struct authority *authority, const struct account *account, unsigned *today_r, bool *begins_r);

/* Behind a right code: the tries are forgotten, and what rested does not any more, when later is run. */
NODISCARD enum err budget_right(
    struct authority *authority, const struct account *account, struct store_batch *later);

/* Whether a factor rests. */
NODISCARD enum err budget_rests(
    struct authority *authority, struct text person, const struct id *factor, bool *rests_r);

#endif
