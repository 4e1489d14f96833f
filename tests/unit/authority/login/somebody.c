#include "somebody.h"
#include <stdio.h>
#include <string.h>
#include "../authenticator.h"
#include "../fake_account.h"
#include "../fake_audit.h"
#include "../fake_directory.h"
#include "../fake_outbox.h"
#include "base/clock.h"
#include "conf/conf.h"

#define STEP_MS 30000
#define BETWEEN_MS (3 * 86400000LL)
#define DEVICES 4u

static unsigned char secrets[DEVICES][20] = { "12345678901234567890", "another secret of 20",
	"the third secret, 20", "the fourth one of 20" };
static int64_t offset_ms;

static struct secret secret_of(unsigned device)
{
	return (struct secret){ secrets[device], sizeof secrets[device] };
}

static void let_days_pass(void)
{
	offset_ms += BETWEEN_MS;
	clock_offset(offset_ms);
	offset_ms += STEP_MS - clock_now_ms() % STEP_MS + 10000;
	clock_offset(offset_ms);
}

int somebody_fresh(void **state)
{
	struct conf *conf = house_conf();
	(void)state;
	let_days_pass();
	fake_directory_reset();
	fake_account_reset();
	fake_audit_reset();
	fake_outbox_reset();
	house_forget();
	conf->factors.required = true;
	conf->factors.not_for = "";
	conf->factors.roll_out = "2999-12-31";
	conf->factors.wait_s = 0;
	conf->factors.steps = 1;
	conf->limits.free = 5;
	conf->limits.passwords_hour = 8;
	conf->limits.codes_day = 20;
	conf->limits.people_hour = 500;
	return 0;
}

void somebody_waits(unsigned seconds)
{
	offset_ms += (int64_t)seconds * 1000;
	clock_offset(offset_ms);
}

void somebody_has_device(const char *person, unsigned device, int64_t counts_from)
{
	char name[16];
	(void)snprintf(name, sizeof name, "Device %u", device);
	const struct msg_factor_record factor = {
		.id = { { 1, (uint8_t)device } },
		.kind = FACTOR_TOTP,
		.name = text_of(name),
		.secret = secret_of(device),
		.period_s = 30,
		.digits = 6,
		.added = 1000 + device,
		.counts_from = counts_from,
	};
	assert_int_equal(account_factor_add(house_authority(), text_of(person), &factor), OK);
}

const char *somebody_sheet(unsigned code)
{
	static char text[ACCOUNT_RECOVERY_CODES][20];
	for (size_t i = 0; i < 19; i++)
		text[code][i] = i % 5 == 4 ? '-' : (char)('a' + code);
	return text[code];
}

void somebody_has_sheet(const char *person, unsigned codes)
{
	struct secret sheet[ACCOUNT_RECOVERY_CODES];
	for (unsigned i = 0; i < codes; i++)
		sheet[i] = typed(somebody_sheet(i));
	assert_int_equal(account_recovery_set(house_authority(), text_of(person), sheet, codes, 1000), OK);
}

const char *somebody_code(unsigned device, int steps)
{
	return authenticator_code(secret_of(device), authenticator_step() + (uint64_t)(int64_t)steps);
}

const char *somebody_wrong(unsigned device)
{
	return authenticator_wrong(secret_of(device), authenticator_step());
}

struct wire_any somebody_at_code(struct browser *browser, const char *user, const char *password)
{
	struct secret device = browser->device;
	struct text address = browser->address;
	*browser = browser_get(typed(""), NULL);
	browser->device = device;
	browser->address = address;
	return step(browser, user, password);
}

static const struct account *account_of(const char *person, struct arena *arena)
{
	const struct account *account = NULL;
	assert_int_equal(account_load(house_authority(), text_of(person), arena, &account), OK);
	return account;
}

unsigned somebody_devices(const char *person)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	return account_of(person, &arena)->n_factors;
}

unsigned somebody_codes_left(const char *person)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	return account_of(person, &arena)->recovery_left;
}
