#include "sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/attr.h"

#define NAMESPACES \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | \
	    CLONE_NEWUTS)

static const struct {
	int call;
	unsigned who;
} CALLS[] = {
#define CALL(name, who) { SCMP_SYS(name), who },
#include "sandbox/calls.def"
#undef CALL
};

/* What nobody does who has children: no stack of PAM, whatever its modules are. */
static const int NEVER[] = {
	SCMP_SYS(acct),
	SCMP_SYS(add_key),
	SCMP_SYS(adjtimex),
	SCMP_SYS(bpf),
	SCMP_SYS(chroot),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(clock_settime),
	SCMP_SYS(delete_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(init_module),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(ioperm),
	SCMP_SYS(iopl),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl),
	SCMP_SYS(mount),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
#ifndef SPOM_TEST_CLOCK /* the leak checker looks at itself */
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(quotactl),
	SCMP_SYS(reboot),
	SCMP_SYS(request_key),
	SCMP_SYS(setns),
	SCMP_SYS(settimeofday),
	SCMP_SYS(swapoff),
	SCMP_SYS(swapon),
	SCMP_SYS(umount2),
	SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),
};

void sandbox_begin(unsigned n_given)
{
	const struct rlimit none = { 0, 0 };
	(void)close_range(3 + n_given, UINT_MAX, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void filter_done(scmp_filter_ctx *filter)
{
	if (*filter != NULL)
		seccomp_release(*filter);
}

static bool allow(scmp_filter_ctx filter, int call)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
}

static bool allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition) == 0;
}

static bool allow_table(scmp_filter_ctx filter, enum sandbox who)
{
	bool good = true;
	for (size_t i = 0; i < COUNT(CALLS); i++)
		if ((CALLS[i].who & who) != 0)
			good = good && allow(filter, CALLS[i].call);
	return good;
}

/* Memory that can be executed is made by nobody. A library that would load another one is refused and goes on without. */
static bool allow_memory(scmp_filter_ctx filter)
{
	const int CALLS_OF_MEMORY[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	bool good = true;
	for (size_t i = 0; i < COUNT(CALLS_OF_MEMORY); i++) {
		struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
		struct scmp_arg_cmp executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
		good = good && allow_if(filter, CALLS_OF_MEMORY[i], plain) &&
		       seccomp_rule_add_array(
			   filter, SCMP_ACT_ERRNO(EPERM), CALLS_OF_MEMORY[i], 1, &executable) == 0;
	}
	return good;
}

/* Threads, and for front a child that draws a QR code; nobody has a namespace of its own. clone3 hides its flags behind a pointer: the C library takes clone where there is none. */
static bool allow_threads(scmp_filter_ctx filter, enum sandbox who)
{
#ifdef SPOM_TEST_CLOCK
	(void)who;
	return allow(filter, SCMP_SYS(clone)) && allow(filter, SCMP_SYS(prctl));
#else
	struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	struct scmp_arg_cmp any = SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0);
	if (who == SANDBOX_JUDGE)
		return true;
	return allow_if(filter, SCMP_SYS(clone), who == SANDBOX_FRONT ? any : thread) &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       allow_if(filter, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
#endif
}

static bool allow_files(scmp_filter_ctx filter, enum sandbox who)
{
	if (who == SANDBOX_AUTHORITY)
		return allow(filter, SCMP_SYS(openat));
	return allow_if(
	    filter, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
}

/* A front has its listener already: what it makes from now on reaches this machine's own sockets alone. */
static bool allow_sockets(scmp_filter_ctx filter, enum sandbox who)
{
	static const unsigned FAMILIES[] = { AF_INET, AF_INET6, AF_NETLINK };
	bool good = allow_if(filter, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
	for (size_t i = 0; i < COUNT(FAMILIES) && who != SANDBOX_FRONT; i++)
		good = good && allow_if(filter, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, FAMILIES[i], 0));
	return good;
}

static bool allow_controls(scmp_filter_ctx filter)
{
	static const unsigned long CONTROLS[] = { FIONBIO, FIONREAD, TCGETS };
	bool good = true;
	for (size_t i = 0; i < COUNT(CONTROLS); i++)
		good = good && allow_if(filter, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, CONTROLS[i], 0));
	return good;
}

/* For all threads that there are, or for none. */
static enum err load(scmp_filter_ctx filter)
{
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0)
		return ERR_CONFIG;
	return seccomp_load(filter) == 0 ? OK : ERR_CONFIG;
}

enum err sandbox_enter(enum sandbox who)
{
	CLEANUP(filter_done) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return ERR_NO_MEMORY;
	bool good = allow_table(filter, who) && allow_memory(filter) && allow_threads(filter, who) &&
		    allow_controls(filter);
	if (who != SANDBOX_JUDGE)
		good = good && allow_files(filter, who) && allow_sockets(filter, who);
	return good ? load(filter) : ERR_CONFIG;
}

/* libpam tells the kernel's audit of each step, with some 20 system calls and a look-up of the address, and what an unprivileged program
 * says there is refused. Where there is no such audit it goes on at once; the record of a sign-in is the authority's. */
static bool skip_kernel_audit(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket), 2,
		   SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0), SCMP_A2(SCMP_CMP_EQ, NETLINK_AUDIT, 0)) == 0;
}

enum err sandbox_enter_parent(bool may_exec)
{
	CLEANUP(filter_done) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool good = filter != NULL && skip_kernel_audit(filter);
	for (size_t i = 0; good && i < COUNT(NEVER); i++)
		good = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, NEVER[i], 0) == 0;
	if (good && !may_exec)
		good = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0) == 0 &&
		       seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0) == 0;
	return good ? load(filter) : ERR_CONFIG;
}
