/* pam_conversation.c - the real module, loaded by libpam, between an authority and an application that say whatever they like: frames on one
 * side, PAM answers on the other, which are those of a terminal, those of gate's own conversation, or frames of any kind.
 *
 * Whatever comes: there is a yes only if the authority's bytes, read apart from the module, hold a well-formed one at its place in
 * this very conversation. The input: how the application behaves; two bytes, how many bytes are the application's; these; the
 * authority's. */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/must.h"
#include "gate/conversation.h"
#include "log/log.h"
#include "wire/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USER "anna"
#define STREAM_MAX (128u * KIB)
#define PIECES_MAX 60u
#define CONNS 16u
#define LEAST_MS 6000 /* less than any deadline of the module: nobody may have waited for one */

/* In the place of log/log.c: a line for each run would be all that is seen. */
void log_fields(enum log_level level, const char *event, uint64_t trace, const struct log_field *fields)
{
	(void)level, (void)event, (void)trace, (void)fields;
}

/* --- the authority --------------------------------------------------------------------------------------------------------- */

static struct {
	char folder[40], socket[60], service[60];
	int listener;
	pid_t owner;
	uint8_t stream[STREAM_MAX];
	size_t len;
	size_t ends[PIECES_MAX + 1];
	uint32_t n_pieces;
} house;

/* A message that somebody in a login could get, mostly. */
static const struct wire_msg *choose(struct supply *supply)
{
	const struct wire_msg *const likely[] = { wire_msg_login_done(), wire_msg_ask_password(),
		wire_msg_login_verdict(), wire_msg_ask_notice(), wire_msg_login_answer(), wire_msg_ask_code(),
		wire_msg_login_denied(), wire_msg_refused(), wire_msg_ask_new_password(), wire_msg_welcome(),
		wire_msg_login_intro() };
	unsigned count, which = supply_byte(supply);
	const struct wire_msg *const *all = wire_all(&count);
	if (which < 0xf0)
		return likely[which % COUNT(likely)];
	const struct wire_msg *any = all[supply_byte(supply) % count];
	return any->tag != 0 ? any : wire_msg_refused();
}

enum twist { OTHER_REQUEST = 1, ANY_BODY = 2, ANY_HEAD = 4, CUT = 8, TWISTED = 0xf0 };

/* One frame as the bytes say; its length, 0 when there is no room. */
static size_t make_frame(struct supply *supply, uint32_t request, uint8_t *to, size_t room)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	unsigned twist = supply_byte(supply);
	if ((twist & TWISTED) != TWISTED)
		twist = 0;
	const struct wire_msg *msg = choose(supply);
	size_t len = 0;
	const void *at = fill_message(msg, supply, FILL_AS_THEY_ARE, &arena);
	if ((twist & OTHER_REQUEST) != 0)
		request += supply_byte(supply);
	if (at == NULL || frame_write((struct wire_any){ msg, at }, request, 7, to, room, &len) != OK)
		return 0;
	if ((twist & (ANY_BODY | ANY_HEAD)) != 0) {
		size_t from = (twist & ANY_HEAD) != 0 ? 0 : FRAME_HEAD;
		struct bytes any = supply_bytes(supply, supply_byte(supply));
		size_t n = any.len < len - from ? any.len : len - from;
		for (size_t i = 0; i < n; i++)
			to[from + i] ^= any.at[i];
	}
	return (twist & CUT) != 0 ? supply_byte(supply) % len : len;
}

/* What the authority will say, piece by piece. */
static void add_piece(size_t len)
{
	house.len += len;
	house.ends[house.n_pieces++] = house.len;
}

static void make_stream(struct supply supply)
{
	static const struct msg_welcome ROLES[] = { { ROLE_PAM, TEXT_LITERAL("x") },
		{ ROLE_GATE, TEXT_LITERAL("x") } };
	uint8_t how = supply_byte(&supply);
	size_t len = 0;
	house.len = 0;
	house.n_pieces = 0;
	if (how < 0xf0 &&
	    frame_write(WIRE(welcome, &ROLES[how & 1]), 0, 0, house.stream, STREAM_MAX, &len) == OK)
		add_piece(len);
	while (supply.left > 0 && house.n_pieces < PIECES_MAX)
		add_piece(
		    make_frame(&supply, house.n_pieces, house.stream + house.len, STREAM_MAX - house.len));
}

struct conn {
	int fd;
	unsigned said; /* pieces */
};

/* A piece that is no whole frame would be waited for until the deadline: behind it comes all that is left, and the end. */
static bool is_whole(unsigned piece)
{
	size_t from = piece > 0 ? house.ends[piece - 1] : 0, len = house.ends[piece] - from;
	struct frame frame;
	return len >= FRAME_HEAD && frame_read(house.stream + from, &frame) == OK &&
	       frame.body_len == len - FRAME_HEAD;
}

static void say(struct conn *conn)
{
	size_t from = conn->said > 0 ? house.ends[conn->said - 1] : 0, to = house.len;
	bool last = true;
	if (conn->said < house.n_pieces && is_whole(conn->said)) {
		to = house.ends[conn->said];
		last = to == house.len;
	}
	conn->said = last ? house.n_pieces : conn->said + 1;
	if (to > from)
		(void)!send(conn->fd, house.stream + from, to - from, MSG_NOSIGNAL);
	if (last)
		(void)shutdown(conn->fd, SHUT_WR);
}

static void hear(struct conn *conn)
{
	static uint8_t ignored[FRAME_MAX];
	if (read(conn->fd, ignored, sizeof ignored) > 0)
		say(conn);
	else
		io_close(&conn->fd);
}

static void welcome(struct conn conns[CONNS])
{
	int fd = accept4(house.listener, NULL, NULL, SOCK_CLOEXEC);
	for (unsigned i = 0; fd >= 0 && i < CONNS; i++)
		if (conns[i].fd < 0) {
			conns[i] = (struct conn){ .fd = fd };
			say(&conns[i]);
			return;
		}
	MUST(fd < 0);
}

static void *serve(void *unused)
{
	struct conn conns[CONNS];
	(void)unused;
	for (unsigned i = 0; i < CONNS; i++)
		conns[i].fd = -1;
	for (;;) {
		struct pollfd ready[CONNS + 1] = { { .fd = house.listener, .events = POLLIN } };
		for (unsigned i = 0; i < CONNS; i++)
			ready[i + 1] = (struct pollfd){ .fd = conns[i].fd, .events = POLLIN };
		if (poll(ready, CONNS + 1, -1) <= 0)
			continue;
		for (unsigned i = 0; i < CONNS; i++)
			if (ready[i + 1].revents != 0)
				hear(&conns[i]);
		if (ready[0].revents != 0)
			welcome(conns);
	}
	return NULL;
}

/* --- the yes, looked for apart from the module ------------------------------------------------------------------------------- */

struct reader {
	size_t at;
	struct arena arena;
};

static bool next(struct reader *reader, uint32_t request, struct wire_any *any_r)
{
	struct frame frame;
	if (house.len - reader->at < FRAME_HEAD || frame_read(house.stream + reader->at, &frame) != OK)
		return false;
	reader->at += FRAME_HEAD;
	if (frame.request != request || house.len - reader->at < frame.body_len)
		return false;
	uint8_t *body = (uint8_t *)arena_copy(&reader->arena, house.stream + reader->at, frame.body_len);
	reader->at += frame.body_len;
	const void *at;
	if (body == NULL || wire_decode(frame.msg, body, frame.body_len, &reader->arena, &at) != OK)
		return false;
	*any_r = (struct wire_any){ frame.msg, at };
	return true;
}

struct yes {
	enum role role;
	const struct msg_login_done *login; /* NULL: none */
	bool account;                       /* behind that, or alone */
};

static bool allows(struct wire_any any)
{
	return any.msg->tag == TAG_login_verdict && ((const struct msg_login_verdict *)any.at)->allowed;
}

static void look_for_yes(struct reader *reader, struct yes *yes)
{
	struct wire_any any;
	if (!next(reader, 0, &any) || any.msg->tag != TAG_welcome)
		return;
	yes->role = ((const struct msg_welcome *)any.at)->role;
	uint32_t request = 1;
	if (!next(reader, request, &any))
		return;
	yes->account = allows(any); /* for an account phase on a connection of its own */
	while (wire_is_ask(any.msg))
		if (!next(reader, ++request, &any))
			return;
	if (any.msg->tag != TAG_login_done)
		return;
	yes->login = any.at;
	yes->account |= next(reader, ++request, &any) && allows(any);
}

/* --- the application --------------------------------------------------------------------------------------------------------- */

enum manner { TERMINAL, GATE, FRAMES, MANNER_COUNT_ };

struct app {
	enum manner manner;
	pam_handle_t *pam;
	struct supply supply;
	struct arena arena;
	struct conversation gate;
};

static uint8_t *any_prompt(struct app *app)
{
	static uint8_t frame[FRAME_MAX];
	size_t len = make_frame(&app->supply, 0, frame, sizeof frame);
	uint8_t *prompt = malloc(PROMPT_HEAD + len);
	for (unsigned i = 0; i < 4; i++)
		prompt[i] = (uint8_t)((PROMPT_HEAD + len) >> (24 - 8 * i));
	prompt[4] = PROMPT_CONTROL;
	memcpy(prompt + PROMPT_HEAD, frame, len);
	return prompt;
}

static int answer_one(struct app *app, int style, char **answer_r)
{
	unsigned how = supply_byte(&app->supply);
	if (style == PAM_BINARY_PROMPT && app->manner != FRAMES)
		return PAM_CONV_ERR;
	if (how == 0xff)
		return PAM_CONV_ERR;
	if (how == 0xfe)
		return PAM_CONV_AGAIN;
	if (how == 0xfd)
		return PAM_SUCCESS; /* and nothing in it */
	if (how == 0xfc)
		(void)pam_set_item(app->pam, PAM_USER, "root");
	if (style == PAM_BINARY_PROMPT)
		*answer_r = (char *)any_prompt(app);
	else if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) {
		struct bytes line = supply_bytes(&app->supply, how);
		*answer_r = strndup((const char *)line.at, line.len);
	}
	return PAM_SUCCESS;
}

static int converse(
    int count, const struct pam_message **messages, struct pam_response **responses_r, void *data)
{
	struct app *app = data;
	MUST(count == 1);
	if (app->manner == GATE)
		return conversation_answer(count, messages, responses_r, &app->gate);
	struct pam_response *response = calloc(1, sizeof *response);
	int result = answer_one(app, messages[0]->msg_style, &response->resp);
	if (result == PAM_SUCCESS)
		*responses_r = response;
	else
		free(response);
	return result;
}

static void check_login(struct app *app, int result, const struct yes *yes)
{
	const void *user = NULL;
	if (result != PAM_SUCCESS)
		return;
	MUST(yes->login != NULL && (yes->role == ROLE_PAM || yes->role == ROLE_GATE));
	MUST(pam_get_item(app->pam, PAM_USER, &user) == PAM_SUCCESS && user != NULL);
	MUST(yes->role == ROLE_PAM ? strcmp(user, USER) == 0 : text_equal_str(yes->login->user, user));
	MUST(yes->role == ROLE_PAM || app->manner != TERMINAL);
	if (yes->role == ROLE_GATE && app->manner == GATE) {
		MUST(app->gate.done != NULL);
		MUST(memcmp(&app->gate.done->transaction, &yes->login->transaction, WIRE_ID_SIZE) == 0);
	}
}

static void run(struct app *app)
{
	struct pam_conv conv = { converse, app };
	struct reader reader = { .at = 0 };
	struct yes yes = { .role = ROLE_BACK };
	look_for_yes(&reader, &yes);
	MUST(pam_start_confdir("fuzz", USER, &conv, house.folder, &app->pam) == PAM_SUCCESS);
	check_login(app, pam_authenticate(app->pam, 0), &yes);
	MUST(pam_acct_mgmt(app->pam, 0) != PAM_SUCCESS || yes.account);
	(void)pam_end(app->pam, PAM_SUCCESS);
	arena_done(&reader.arena);
}

/* --- the house --------------------------------------------------------------------------------------------------------------- */

static void leave(void)
{
	if (getpid() != house.owner)
		return;
	(void)unlink(house.socket);
	(void)unlink(house.service);
	(void)rmdir(house.folder);
}

static void write_service(void)
{
	char program[PATH_MAX], *slash;
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
	MUST(len > 0);
	program[len] = '\0';
	slash = strrchr(program, '/');
	*slash = '\0';
	FILE *file = fopen(house.service, "we");
	MUST(file != NULL);
	for (unsigned i = 0; i < 2; i++)
		MUST(fprintf(file, "%s requisite %s/pam_spom.so socket=%s\n", i == 0 ? "auth" : "account",
			 program, house.socket) > 0);
	MUST(fclose(file) == 0);
}

/* Once: the socket, its thread, the service file, and a handle that keeps the module in memory. */
static void move_in(void)
{
	static const struct pam_conv NONE = { 0 };
	static pam_handle_t *held;
	pthread_t thread;
	if (house.owner != 0)
		return;
	house.owner = getpid();
	(void)snprintf(house.folder, sizeof house.folder, "/tmp/spom-fuzz-XXXXXX");
	MUST(mkdtemp(house.folder) != NULL);
	(void)snprintf(house.socket, sizeof house.socket, "%s/a", house.folder);
	(void)snprintf(house.service, sizeof house.service, "%s/fuzz", house.folder);
	(void)atexit(leave);
	write_service();
	MUST(io_listen(house.socket, 16, &house.listener) == OK);
	MUST(pthread_create(&thread, NULL, serve, NULL) == 0);
	MUST(pam_start_confdir("fuzz", NULL, &NONE, house.folder, &held) == PAM_SUCCESS);
}

static const struct msg_turn *make_turn(struct app *app)
{
	return fill_message(wire_msg_turn(), &app->supply, FILL_AS_THEY_ARE, &app->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct supply supply = { data, size };
	struct app app = { .manner = supply_byte(&supply) % MANNER_COUNT_ };
	size_t len = (size_t)supply_byte(&supply) << 8;
	struct bytes own = supply_bytes(&supply, len | supply_byte(&supply));
	move_in();
	app.supply = (struct supply){ own.at, own.len };
	app.gate = (struct conversation){ .turn = make_turn(&app), .arena = &app.arena };
	make_stream(supply);
	int64_t began_ms = clock_steady_ms();
	if (app.gate.turn != NULL)
		run(&app);
	MUST(clock_steady_ms() - began_ms < LEAST_MS);
	arena_done(&app.arena);
	return 0;
}
