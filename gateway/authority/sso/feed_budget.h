/* feed_budget.h - private to sso: how many entities that no feed knows may be asked for.
 *
 * Strangers and those who are signed in have a budget each, and each of the two lies in FEED_SHARES equal shares. A stranger pays into the share of his
 * region (net.h), a person into one of the own, and a keyed hash says which: so whoever has a whole region, and asks by all networks in it, uses up
 * one share, and with three regions three at most. Which ones he cannot choose, and strangers whose share is another one do not notice.
 * Of a share, each network and each person has a smaller part.
 *
 * What turns out to be there is given back. There are so many parts at most; where there are more, the one that was quiet for longest is
 * forgotten, and the shares, which are never forgotten, hold on. The owner locks. */
#ifndef SPOM_AUTHORITY_SSO_FEED_BUDGET_H
#define SPOM_AUTHORITY_SSO_FEED_BUDGET_H
#include <stdbool.h>
#include <stdint.h>

#define FEED_PARTS 512u
#define FEED_SHARES 32u

struct feed_payer {
	bool signed_in;
	uint8_t share; /* any byte of a keyed hash, of the region or the person */
	uint8_t who
	    [8]; /* of a keyed hash, of the network or the person; all zero: an operator, who has no part of it */
};

/* All zero in the beginning. */
struct feed_budgets {
	struct feed_budget {
		uint8_t who[8]; /* of a part */
		unsigned spent;
		int64_t since_ms; /* that it is as it is */
	} strangers[FEED_SHARES], signed_in[FEED_SHARES], parts[FEED_PARTS];
};

/* False: nothing is left for this one, and nothing was taken. */
bool feed_budget_take(struct feed_budgets *budgets, const struct feed_payer *payer, int64_t now_ms);

void feed_budget_give_back(struct feed_budgets *budgets, const struct feed_payer *payer);

#endif
