#include "authority/sso/feed_budget.h"
#include <stddef.h>
#include <string.h>

/* So many at once, and one more in each of those. */
struct limit {
	unsigned most;
	int64_t each_ms;
};

static const struct limit SHARE = { 20, 15000 }, PART = { 15, 30000 };

static void recover(struct feed_budget *budget, const struct limit *limit, int64_t now_ms)
{
	int64_t back = (now_ms - budget->since_ms) / limit->each_ms;
	budget->spent = back < budget->spent ? budget->spent - (unsigned)back : 0;
	budget->since_ms = budget->spent > 0 ? budget->since_ms + back * limit->each_ms : now_ms;
}

static struct feed_budget *share_of(struct feed_budgets *budgets, const struct feed_payer *payer)
{
	struct feed_budget *shares = payer->signed_in ? budgets->signed_in : budgets->strangers;
	return &shares[payer->share % FEED_SHARES];
}

static bool has_part(const struct feed_payer *payer)
{
	static const struct feed_payer NOBODY;
	return memcmp(payer->who, NOBODY.who, sizeof payer->who) != 0;
}

static struct feed_budget *find(struct feed_budgets *budgets, const struct feed_payer *payer)
{
	for (unsigned i = 0; i < FEED_PARTS; i++)
		if (memcmp(budgets->parts[i].who, payer->who, sizeof payer->who) == 0)
			return &budgets->parts[i];
	return NULL;
}

static struct feed_budget *find_or_make(struct feed_budgets *budgets, const struct feed_payer *payer)
{
	struct feed_budget *found = find(budgets, payer), *quiet = &budgets->parts[0];
	for (unsigned i = 1; found == NULL && i < FEED_PARTS; i++)
		if (budgets->parts[i].since_ms < quiet->since_ms)
			quiet = &budgets->parts[i];
	if (found != NULL)
		return found;
	*quiet = (struct feed_budget){ .spent = 0 };
	memcpy(quiet->who, payer->who, sizeof quiet->who);
	return quiet;
}

bool feed_budget_take(struct feed_budgets *budgets, const struct feed_payer *payer, int64_t now_ms)
{
	struct feed_budget *share = share_of(budgets, payer);
	struct feed_budget *own = has_part(payer) ? find_or_make(budgets, payer) : NULL;
	recover(share, &SHARE, now_ms);
	if (own != NULL)
		recover(own, &PART, now_ms);
	if (share->spent == SHARE.most || (own != NULL && own->spent == PART.most))
		return false;
	share->spent++;
	if (own != NULL)
		own->spent++;
	return true;
}

static void give_back(struct feed_budget *budget)
{
	if (budget->spent > 0)
		budget->spent--;
}

void feed_budget_give_back(struct feed_budgets *budgets, const struct feed_payer *payer)
{
	struct feed_budget *own = has_part(payer) ? find(budgets, payer) : NULL;
	give_back(share_of(budgets, payer));
	if (own != NULL)
		give_back(own);
}
