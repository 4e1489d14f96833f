/* send.h - one mail to the submission server: STARTTLS with a verified certificate or nothing, then AUTH. */
#ifndef SPOM_COURIER_SEND_H
#define SPOM_COURIER_SEND_H
#include "base/text.h"
#include "wire/wire.h"

enum send_outcome {
	SEND_SERVER, /* nothing can be sent: not reachable, no TLS, a wrong certificate, a wrong password, a sender that it refuses */
	SEND_LATER,  /* this one not now (4xx for its recipient or its content) */
	SEND_NEVER,  /* this one never (5xx) */
	SEND_DONE,
};

#define SEND_REASON_MAX 200

/* Takes at most a minute. reason is filled where it was not sent: for operators, printable, one line. */
enum send_outcome send_letter(const struct msg_courier_config *config, struct text to, struct text letter,
    char reason[SEND_REASON_MAX]);

#endif
