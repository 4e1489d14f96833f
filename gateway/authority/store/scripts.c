/* scripts.c - the Lua scripts. What they return stands in redis.c, beside who asks. */
#include "authority/store/scripts.h"

/* value; former, fresh, ttl. 1: replaced; 0: gone; -1: another one. */
#define REPLACE \
	"local now = redis.call('GET', KEYS[1])\n" \
	"if not now then return 0 end\n" \
	"if now ~= ARGV[1] then return -1 end\n" \
	"redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n" \
	"return 1\n"

/* index; name, now, ttl. The index lives as long as its longest-lived name. What grows comes first in each script: that is what a full Redis
 * refuses, and a script that has written is not refused any more. */
#define INDEX_ADD \
	"local left = redis.call('PTTL', KEYS[1])\n" \
	"redis.call('ZADD', KEYS[1], string.format('%.0f', ARGV[2] + ARGV[3]), ARGV[1])\n" \
	"redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])\n" \
	"redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(left, tonumber(ARGV[3]))))\n" \
	"return 1\n"

/* list; value, how many stay, ttl. */
#define LIST_PUSH \
	"redis.call('LPUSH', KEYS[1], ARGV[1])\n" \
	"redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)\n" \
	"redis.call('PEXPIRE', KEYS[1], ARGV[3])\n" \
	"return 1\n"

/* list, agenda; value, how many stay, ttl, the list's name on the agenda, when it is due. What is there already keeps its time. */
#define LIST_PUSH_DUE \
	"redis.call('LPUSH', KEYS[1], ARGV[1])\n" \
	"redis.call('ZADD', KEYS[2], 'NX', ARGV[5], ARGV[4])\n" \
	"redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)\n" \
	"redis.call('PEXPIRE', KEYS[1], ARGV[3])\n" \
	"return 1\n"

/* agenda; now, when what is taken is due again, how many at most. Gives what was due. */
#define AGENDA_TAKE \
	"local due = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'LIMIT', 0, ARGV[3])\n" \
	"for i = 1, #due do redis.call('ZADD', KEYS[1], ARGV[2], due[i]) end\n" \
	"return due\n"

/* For each of several: counter, mark; now, and for each: free, max, window, first wait, longest wait, whether the mark counts, whether it stops.
 * Gives for each: 0 is a try that was counted, above it the wait, -1 its mark is there, -2 one before it stopped. */
#define TRIES \
	"local now = tonumber(ARGV[1])\n" \
	"local function try(key, free, max, window, first_wait, longest)\n" \
	"  local was = redis.call('HMGET', key, 'n', 'first', 'next')\n" \
	"  local n, first, next_at = tonumber(was[1] or 0), tonumber(was[2] or now), tonumber(was[3] or " \
	"0)\n" \
	"  if now - first >= window then n, first, next_at = 0, now, 0 end\n" \
	"  if max > 0 and n >= max then return math.max(first + window - now, 1) end\n" \
	"  if n >= free and next_at > now then return next_at - now end\n" \
	"  n = n + 1\n" \
	"  next_at = 0\n" \
	"  if n >= free then next_at = now + math.min(first_wait * 2 ^ (n - free), longest) end\n" \
	"  redis.call('HSET', key, 'n', n, 'first', string.format('%.0f', first),\n" \
	"    'next', string.format('%.0f', next_at))\n" \
	"  redis.call('PEXPIRE', key, window)\n" \
	"  return 0\n" \
	"end\n" \
	"local waits, stopped = {}, false\n" \
	"for i = 1, #KEYS / 2 do\n" \
	"  local arg = {}\n" \
	"  for j = 1, 7 do arg[j] = tonumber(ARGV[1 + 7 * (i - 1) + j]) end\n" \
	"  if stopped then\n" \
	"    waits[i] = -2\n" \
	"  elseif arg[6] == 1 and redis.call('EXISTS', KEYS[2 * i]) == 1 then\n" \
	"    waits[i] = -1\n" \
	"  else\n" \
	"    waits[i] = try(KEYS[2 * i - 1], arg[1], arg[2], arg[3], arg[4], arg[5])\n" \
	"  end\n" \
	"  stopped = stopped or (arg[7] == 1 and waits[i] ~= 0)\n" \
	"end\n" \
	"return waits\n"

/* counter. Its end stays where it was. */
#define UNTRY \
	"local n = tonumber(redis.call('HGET', KEYS[1], 'n') or 0)\n" \
	"if n > 0 then redis.call('HSET', KEYS[1], 'n', n - 1, 'next', 0) end\n" \
	"return 1\n"

/* counter; member, ttl. */
#define COUNT_MEMBERS \
	"redis.call('PFADD', KEYS[1], ARGV[1])\n" \
	"if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end\n" \
	"return redis.call('PFCOUNT', KEYS[1])\n"

/* ledger, epoch; step, before when the epoch must have begun, ttl. 1: accepted; 0: not after the last one; -1: there is no epoch; -2: too young a
 * one. An epoch of 0 has always been. */
#define STEP \
	"local began = redis.call('HGET', KEYS[2], 'began')\n" \
	"if not began then return -1 end\n" \
	"if tonumber(began) > 0 and tonumber(began) >= tonumber(ARGV[2]) then return -2 end\n" \
	"local last = redis.call('GET', KEYS[1])\n" \
	"if last and tonumber(last) >= tonumber(ARGV[1]) then return 0 end\n" \
	"redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])\n" \
	"return 1\n"

/* epoch; id and beginning of a fresh one. Gives those of the present one. */
#define EPOCH \
	"local is = redis.call('HMGET', KEYS[1], 'id', 'began')\n" \
	"if is[1] and is[2] then return is end\n" \
	"redis.call('HSET', KEYS[1], 'id', ARGV[1], 'began', ARGV[2])\n" \
	"return { ARGV[1], ARGV[2] }\n"

const char *script_text(enum script script)
{
	static const char *const TEXTS[SCRIPT_COUNT_] = {
		[SCRIPT_REPLACE] = REPLACE,
		[SCRIPT_INDEX_ADD] = INDEX_ADD,
		[SCRIPT_LIST_PUSH] = LIST_PUSH,
		[SCRIPT_LIST_PUSH_DUE] = LIST_PUSH_DUE,
		[SCRIPT_AGENDA_TAKE] = AGENDA_TAKE,
		[SCRIPT_TRIES] = TRIES,
		[SCRIPT_UNTRY] = UNTRY,
		[SCRIPT_COUNT] = COUNT_MEMBERS,
		[SCRIPT_STEP] = STEP,
		[SCRIPT_EPOCH] = EPOCH,
	};
	return TEXTS[script];
}
