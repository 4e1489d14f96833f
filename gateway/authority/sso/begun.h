/* begun.h - how much of what strangers begin the store keeps: of each service and of all, and of it no more for one network than a part. */
#ifndef SPOM_AUTHORITY_SSO_BEGUN_H
#define SPOM_AUTHORITY_SSO_BEGUN_H
#include "authority/call/call.h"
#include "authority/call/rates.h"

/* How many in a second; 0: as many as like. */
struct begun_budget {
	enum rates_kind kind;
	unsigned a_second;
};

struct begun_limits {
	struct begun_budget network, service, all;
};

/* Counts one of a client, asked for by whoever the call is from. False: it is too many, and nothing was kept. */
bool begun_may(struct call *call, const struct begun_limits *limits, struct text client_id);

#endif
