/* seal.h - what of an account is not written as it is: factors, which are sealed, and recovery codes, which are hashed; for the
 * files of this folder alone. */
#ifndef SPOM_AUTHORITY_ACCOUNT_SEAL_H
#define SPOM_AUTHORITY_ACCOUNT_SEAL_H
#include "authority/account/account.h"
#include "authority/keys/keys.h"

/* The value of spomFactor: the id as base64url, a colon, the record sealed with person and id as associated data. */
NODISCARD enum err seal_factor(const struct keys *keys, struct text person,
    const struct msg_factor_record *factor, struct arena *arena, struct text *value_r);

/* Opens it. ERR_MALFORMED: it cannot be opened, or belongs to another person or factor. */
NODISCARD enum err seal_open_factor(const struct keys *keys, struct text person, struct text value,
    struct arena *arena, const struct msg_factor_record **factor_r);

/* Whether the value is that of the factor, by its name alone; and whether it is sealed with the current key. */
bool seal_is_of(struct text value, const struct id *factor);
bool seal_is_current(const struct keys *keys, struct text value);

/* The id of the key that it is sealed with. False: it is no value. */
bool seal_key(struct text value, char id[KEYS_ID_TEXT_SIZE]);

/* The value of spomRecovery: the keyed hash of person and code, the code without case, spaces and dashes. */
#define SEAL_RECOVERY_SIZE 44
NODISCARD enum err seal_recovery(
    const struct keys *keys, struct text person, struct secret code, char value[SEAL_RECOVERY_SIZE]);

#endif
