/* sandbox.h - what a program gives up before it serves (ARCHITECTURE rule 8): first what it inherited, then the system calls that it has
 * no need of. The filter is seccomp's, by libseccomp; it holds for all threads and cannot be taken off. Who calls what is not in
 * calls.def is killed. Needs nothing of Linux that Debian 12's kernel (6.1) has not. */
#ifndef SPOM_SANDBOX_SANDBOX_H
#define SPOM_SANDBOX_SANDBOX_H
#include <stdbool.h>
#include "base/attr.h"
#include "base/err.h"

/* Who is shut in. Bits, for calls.def. */
enum sandbox {
	SANDBOX_FRONT = 1,     /* after its listener is open: local sockets alone, files to read alone */
	SANDBOX_AUTHORITY = 2, /* threads, its files, directory and Redis */
	SANDBOX_COURIER = 4,   /* threads, files to read, the mail server */
	SANDBOX_JUDGE =
	    8, /* a worker: its memory, and connections that it was given: no file, no socket of its own */
};

/* First thing in a program: no core dump, nobody reads its memory, nothing that an exec would gain, and no descriptor but the first three and
 * n_given sockets behind them (given.h). */
void sandbox_begin(unsigned n_given);

/* Shuts this process in, all threads of it. ERR_CONFIG: the kernel takes no filter; then the program must not serve. */
NODISCARD enum err sandbox_enter(enum sandbox who);

/* For who has children: the gate, whose PAM stack may need more than we can know, and the judge, whose workers shut themselves in further: everything
 * goes on but what only an intruder would do. may_exec: modules of others may run programs, which gain nothing by set-uid. Holds for its
 * children. */
NODISCARD enum err sandbox_enter_parent(bool may_exec);

#endif
