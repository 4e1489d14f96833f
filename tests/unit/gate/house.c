#include "gate/house.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"

static const struct id TRANSACTION = { "sixteen bytes..." };

static void give_settings(struct peer *peer, const struct plan *plan)
{
	const struct msg_gate_config config = { TEXT_LITERAL("house"), text_of(fake_folder()), plan->children,
		plan->turn_timeout_ms, plan->door_uid };
	fake_send(peer, WIRE(gate_config, &config));
}

static void ask_password(struct peer *peer)
{
	const struct msg_ask_password ask = { .id = TEXT_LITERAL("ask-1") };
	fake_send(peer, WIRE(ask_password, &ask));
}

static void say_done(struct peer *peer)
{
	const struct msg_login_done done = { TEXT_LITERAL(HOUSE_USER), TRANSACTION };
	fake_send(peer, WIRE(login_done, &done));
}

const struct wire_any *house_seconds(unsigned *n_r)
{
#define SECOND "ask-2", 5
	static const struct msg_device_row DEVICE = { { "Telephone", 9 } };
	static const struct msg_option_row OPTION = { { "recovery", 8 }, 7 };
	static unsigned char secret[] = "AAAAAAAA";
	static const struct msg_code_row CODES[] = { { { secret, 8 } }, { { secret, 8 } } };
	static const struct msg_ask_notice NOTICE = {
		.id = { SECOND }, .text = { "password_expires", 16 }, .count = 3
	};
	static const struct msg_ask_choose CHOOSE = { .id = { SECOND }, .options = { &OPTION, 1 } };
	static const struct msg_ask_code CODE = {
		.id = { SECOND }, .devices = { &DEVICE, 1 }, .problem = { "code_wait", 9 }, .wait_s = 17
	};
	static const struct msg_ask_recovery RECOVERY = { .id = { SECOND },
		.problem = { "recovery_wrong", 14 } };
	static const struct msg_ask_new_password NEW = {
		.id = { SECOND }, .reason = { "password_must_change", 20 }, .words = { "at least 12", 11 }
	};
	static const struct msg_ask_enrol_totp ENROL = {
		.id = { SECOND }, .secret = { secret, 8 }, .uri = { secret, 8 }, .csrf = { secret, 8 }
	};
	static const struct msg_ask_recovery_sheet SHEET = {
		.id = { SECOND }, .codes = { CODES, 2 }, .cookie = { secret, 8 }
	};
	static struct wire_any seconds[7];
	const struct wire_any all[] = { WIRE(ask_notice, &NOTICE), WIRE(ask_choose, &CHOOSE),
		WIRE(ask_code, &CODE), WIRE(ask_recovery, &RECOVERY), WIRE(ask_new_password, &NEW),
		WIRE(ask_enrol_totp, &ENROL), WIRE(ask_recovery_sheet, &SHEET) };
	memcpy(seconds, all, sizeof all);
	*n_r = COUNT(all);
	return seconds;
}

static void ask_second(struct peer *peer, const struct plan *plan)
{
	unsigned n;
	const struct wire_any *seconds = house_seconds(&n);
	fake_send(peer, seconds[plan->second % n]);
}

static void refuse(struct peer *peer, enum refusal reason)
{
	const struct msg_refused refused = { .reason = reason };
	fake_send(peer, WIRE(refused, &refused));
}

static void open_login(struct peer *peer, struct plan *plan, const struct msg_login_open *open)
{
	atomic_fetch_add(&plan->opened, 1);
	plan->open_trace = peer->frame.trace;
	if (open->intro == NULL || !text_equal_str(open->service, "house"))
		fake_leave(peer);
	if (plan->refusal != REFUSAL_INTERNAL)
		refuse(peer, plan->refusal);
	else if (text_equal_str(open->intro->ask, "ask-2"))
		ask_second(peer, plan);
	else
		ask_password(peer);
}

static void take_answer(struct peer *peer, struct plan *plan, const struct msg_login_answer *answer)
{
	struct secret right = { (unsigned char *)HOUSE_PASSWORD, strlen(HOUSE_PASSWORD) };
	const struct msg_login_denied denied = { .text = TEXT_LITERAL("sign_in_failed"), .retry_s = 2 };
	plan->answer_len = answer->answer.len;
	plan->old_len = answer->old.len;
	plan->name_len = answer->name.len;
	if (text_equal_str(answer->id, "ask-2"))
		say_done(peer);
	else if (!secret_equal(answer->answer, right))
		fake_send(peer, WIRE(login_denied, &denied));
	else if (plan->has_notice)
		ask_second(peer, plan);
	else
		say_done(peer);
}

static void take_passed(struct peer *peer, struct plan *plan, const struct msg_passed *passed)
{
	const struct msg_done done = { .text = { NULL, 0 } };
	if (memcmp(&passed->transaction, &TRANSACTION, sizeof TRANSACTION) != 0)
		fake_leave(peer);
	atomic_fetch_add(&plan->passed, 1);
	if (plan->passed_refused)
		refuse(peer, REFUSAL_FORM);
	else
		fake_send(peer, WIRE(done, &done));
}

static void authority(struct peer *peer)
{
	struct plan *plan = *(struct plan *const *)peer->arg;
	if (plan->is_away)
		fake_leave(peer);
	fake_welcome(peer, ROLE_GATE);
	for (;;) {
		struct wire_any any = fake_receive_any(peer);
		const struct msg_login_verdict verdict = { .allowed = !plan->account_refused };
		switch (any.msg->tag) {
		case TAG_gate_settings:
			give_settings(peer, plan);
			break;
		case TAG_login_open:
			open_login(peer, plan, any.at);
			break;
		case TAG_login_answer:
			take_answer(peer, plan, any.at);
			break;
		case TAG_login_account:
			fake_send(peer, WIRE(login_verdict, &verdict));
			break;
		case TAG_passed:
			take_passed(peer, plan, any.at);
			break;
		default:
			fake_leave(peer);
		}
	}
}

static const char *bin_dir(void)
{
	const char *bin = getenv("SPOM_BIN_DIR");
	if (bin != NULL)
		return bin;
	fputs("SPOM_BIN_DIR is not set\n", stderr);
	exit(99);
}

const char *house_module(void)
{
	static char module[600];
	(void)snprintf(module, sizeof module, "requisite %s/pam_spom.so socket=%s/gate/authority.sock",
	    bin_dir(), fake_folder());
	return module;
}

/* A module is not a program of the tree's: it is built by the test that needs it. */
const char *house_foreign(void)
{
	static char path[120];
	char command[900];
	if (path[0] != '\0')
		return path;
	(void)snprintf(path, sizeof path, "%s", fake_path("pam_foreign.so"));
	(void)snprintf(
	    command, sizeof command, "%.*s/foreign.c", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("cc", "cc", "-std=gnu17", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", path, command,
		    (char *)NULL);
		_exit(127);
	}
	int status = -1;
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fputs("the foreign module could not be built\n", stderr);
		exit(99);
	}
	return path;
}

void house_service(const char *text)
{
	fake_write_file(fake_path("house"), text);
	fake_write_file(fake_path("other"), "auth required pam_deny.so\naccount required pam_deny.so\n");
}

void house_prepare(struct house *house)
{
	static const char *const FOLDERS[] = { "gate", "turn" };
	for (size_t i = 0; i < COUNT(FOLDERS); i++)
		if (mkdir(fake_path(FOLDERS[i]), 0755) != 0 && errno != EEXIST)
			abort();
	(void)unlink(fake_path("turn/gate.sock")); /* of a gate that an earlier test killed */
	house->plan =
	    mmap(NULL, sizeof *house->plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (house->plan == MAP_FAILED)
		abort();
	house->plan->children = 2;
	house->plan->turn_timeout_ms = 15000;
	house->plan->door_uid = getuid();
	fake_start_apart(&house->authority, fake_path("gate/authority.sock"), authority, &house->plan);
}

void house_sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

void house_restart_authority(struct house *house)
{
	fake_stop(&house->authority);
	house_sleep_ms(50); /* its processes end with it, soon */
	fake_start_apart(&house->authority, fake_path("gate/authority.sock"), authority, &house->plan);
}

void house_gate(struct house *house, const char *log)
{
	char program[600];
	(void)snprintf(program, sizeof program, "%s/spom-gate", bin_dir());
	house->gate = fork();
	if (house->gate != 0)
		return;
	int fd = open(log != NULL ? log : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	(void)dup2(fd, STDERR_FILENO);
	execl(program, "spom-gate", "--sockets", fake_folder(), (char *)NULL);
	_exit(127);
}

bool house_wait_ready(struct house *house)
{
	(void)house;
	for (int i = 0; i < 500; i++) {
		struct link link = house_link();
		bool is_there = link.fd >= 0;
		link_close(&link);
		if (is_there)
			return true;
		house_sleep_ms(10);
	}
	return false;
}

void house_start(struct house *house, const char *auth, const char *account)
{
	char text[4000];
	house_prepare(house);
	(void)snprintf(text, sizeof text, "auth %s\n%s%s\naccount %s\n%s%s\n", house_module(),
	    auth != NULL ? "auth required " : "", auth != NULL ? auth : "", house_module(),
	    account != NULL ? "account required " : "", account != NULL ? account : "");
	house_service(text);
	house_gate(house, getenv("SPOM_TEST_LOG"));
	if (!house_wait_ready(house))
		abort();
}

void house_stop(struct house *house)
{
	if (house->gate > 0) {
		(void)kill(house->gate, SIGKILL);
		(void)waitpid(house->gate, NULL, 0);
	}
	fake_stop(&house->authority);
	if (house->plan != NULL)
		(void)munmap(house->plan, sizeof *house->plan);
	*house = (struct house){ .plan = NULL };
}

struct link house_link(void)
{
	struct link link;
	if (link_open(&link, fake_path("turn/gate.sock"), clock_steady_ms() + 5000) != OK)
		link = LINK_CLOSED;
	return link;
}

static bool send_turn(
    struct text ask, const struct msg_login_answer *reply, struct arena *arena, struct wire_any *answer_r)
{
	struct link link = house_link();
	const struct msg_login_intro intro = {
		.cookie = { (unsigned char *)"cookie", 6 }, .ask = ask, .address = TEXT_LITERAL("192.0.2.7")
	};
	const struct msg_turn turn = { TEXT_LITERAL("anna"), &intro, reply };
	enum err err = link_ask(&link, WIRE(turn, &turn), 0x1234, arena, clock_steady_ms() + 20000, answer_r);
	link_close(&link);
	return err == OK;
}

bool house_reply(const struct msg_login_answer *reply, struct arena *arena, struct wire_any *answer_r)
{
	return send_turn(reply->id, reply, arena, answer_r);
}

bool house_turn(const char *ask, const char *password, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_login_answer reply = {
		.id = ask != NULL ? text_of(ask) : TEXT_LITERAL("ask-1"),
		.answer = { (unsigned char *)password, password != NULL ? strlen(password) : 0 },
	};
	return send_turn(text_of(ask), password != NULL ? &reply : NULL, arena, answer_r);
}

const char *house_turn_name(const char *ask, const char *password)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	return house_turn(ask, password, &arena, &answer) ? answer.msg->name : "closed";
}

static unsigned list_children(const struct house *house, pid_t *pids, unsigned room)
{
	char path[100];
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", house->gate, house->gate);
	FILE *file = fopen(path, "r");
	unsigned count = 0;
	while (file != NULL && count < room && fscanf(file, "%d", &pids[count]) == 1)
		count++;
	if (file != NULL)
		(void)fclose(file);
	return count;
}

unsigned house_children(const struct house *house, pid_t *pids, unsigned room)
{
	unsigned count = 0;
	for (int i = 0; i < 500; i++) {
		count = list_children(house, pids, room);
		if (count >= house->plan->children)
			break;
		house_sleep_ms(10);
	}
	return count;
}
