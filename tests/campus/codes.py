"""codes.py - the authenticator of a demo person: codes of RFC 6238, each given out once, as the ledger wants it."""
import base64
import hashlib
import hmac
import struct
import time

PERIOD_S = 30


def code(secret, step):
    """The six digits of a base32 secret for a time step (RFC 4226, RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06d}"


def step_now():
    return int(time.time()) // PERIOD_S


def _first_step():
    """The step before, but not where it would leave the window on its way."""
    now = time.time()
    return int(now) // PERIOD_S - (now % PERIOD_S < PERIOD_S - 10)


class Codes:
    """Hands out codes that nobody has used, in ascending order: for a person three at once, of the step before, now's, and the next
    one; then it waits."""

    def __init__(self):
        self._last = {}

    def next(self, person, first=None):
        """Of the step `first` at the earliest: now's for a code that is to be tried again, which takes its time on a busy machine."""
        step = max(self._last.get(person.user, 0) + 1, _first_step() if first is None else first)
        while step > step_now() + 1:
            time.sleep(0.2)
        self._last[person.user] = step
        return code(person.totp, step)

    def skip(self, person):
        """Now's code was used elsewhere: the one handed out next is a later one."""
        self._last[person.user] = step_now()

    def last(self, person):
        """The one handed out last: to be tried again where it must be refused."""
        return code(person.totp, self._last[person.user])


def wrong(person):
    """Six digits that are no code of this person anywhere near now."""
    near = {code(person.totp, step_now() + i) for i in range(-12, 13)}
    return next(guess for guess in (f"{number:06d}" for number in range(1_000_000)) if guess not in near)
