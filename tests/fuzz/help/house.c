#include "fuzz/help/house.h"
#include "fuzz/help/must.h"
#include "log/log.h"

#define LITERAL(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

/* In the place of log/log.c. */
void log_fields(enum log_level level, const char *event, uint64_t trace, const struct log_field *fields)
{
	(void)level, (void)event, (void)trace, (void)fields;
}

struct front *house_front(enum role instance)
{
	static struct front fronts[ROLE_BACK + 1];
	static const struct msg_value_row ORIGINS[] = { { LITERAL("http://localhost:8080") },
		{ LITERAL("https://localhost:8443") } };
	static const struct msg_goal_row APPLICATIONS[] = { { LITERAL(HOUSE_APPLICATION),
	    LITERAL("Library") } };
	static const struct msg_front_config CONFIG = { .port = 1,
		.threads = 1,
		.origins = { ORIGINS, COUNT(ORIGINS) },
		.applications = { APPLICATIONS, COUNT(APPLICATIONS) },
		.institution = LITERAL("x <y>"),
		.colour = LITERAL("#123456"),
		.help = LITERAL("help@example.edu"),
		.zone = LITERAL("UTC"),
		.edge_secret = { (unsigned char *)(uintptr_t) "secret", 6 },
		.turn_timeout_ms = 1 };
	struct front *front = &fronts[instance];
	if (front->config == NULL) {
		front->instance = instance;
		front->strings = &web_strings;
		front->gate = "";
		MUST(front_init(front, &CONFIG) == OK);
		(void)sem_post(&front->turns);
	}
	return front;
}
