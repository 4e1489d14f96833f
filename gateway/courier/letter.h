/* letter.h - a mail as it goes over the wire (RFC 5322): the words for what the authority wants said, in the person's language.
 *
 * What comes from outside (names of people and devices, doors, addresses) is written so that it stays one line of text and that
 * no mail program makes a link of it: the only addresses in a mail are the portal's own. The same mail is always the same bytes, with
 * the same Message-ID. */
#ifndef SPOM_COURIER_LETTER_H
#define SPOM_COURIER_LETTER_H
#include "base/arena.h"
#include "text/strings.h"
#include "wire/wire.h"

/* Writes the letter to the arena, lines end in CR LF. ERR_MALFORMED: the address is none that a header may carry, or there are no
 * words for that kind; it can never be sent. The process's TZ is the zone of its times. */
NODISCARD enum err letter_write(const struct strings *strings, const struct msg_courier_config *config,
    const struct msg_mail_item *item, struct arena *arena, struct text *letter_r);

/* Whether it is an address of the plain kind, name@host in ASCII, without anything that would have to be quoted. */
bool letter_is_address(struct text address);

/* The text without line ends and control characters, without what mail programs take for an address, at most max bytes. */
struct text letter_clean(struct text from, size_t max, struct arena *arena);

#endif
