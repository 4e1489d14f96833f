#include "authority/directory/stream.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"

/* The socket lies at PROVIDER, TLS at TRANSPORT. */
#define BELOW_TLS (LBER_SBIOD_LEVEL_PROVIDER + 1)
#define ABOVE_TLS (LBER_SBIOD_LEVEL_TRANSPORT + 1)

static int descriptor(Sockbuf_IO_Desc *desc)
{
	ber_socket_t fd = -1;
	(void)ber_sockbuf_ctrl(desc->sbiod_sb, LBER_SB_OPT_GET_FD, &fd);
	return fd;
}

/* Whether to try again after an error of the socket: it was interrupted, or it is ready now. errno is never EAGAIN when not. */
static bool is_ready(Sockbuf_IO_Desc *desc, int fd, short event)
{
	const struct stream *stream = desc->sbiod_pvt;
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	struct pollfd ready = { .fd = fd, .events = event };
	int left_ms = clock_left_ms(stream->deadline_ms);
	int n = left_ms > 0 ? poll(&ready, 1, left_ms) : 0;
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 || (n < 0 && errno == EINTR);
}

static ber_slen_t read_by_deadline(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	int fd = descriptor(desc);
	ssize_t n;
	do
		n = recv(fd, bytes, len, MSG_DONTWAIT);
	while (n < 0 && is_ready(desc, fd, POLLIN));
	return n;
}

static ber_slen_t write_by_deadline(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	int fd = descriptor(desc);
	ssize_t n;
	do
		n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && is_ready(desc, fd, POLLOUT));
	return n;
}

static ber_slen_t read_through(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	return LBER_SBIOD_READ_NEXT(desc, bytes, len);
}

/* The bytes are those of the request itself. libldap would want them again only to follow a referral, which is off. */
static ber_slen_t write_and_erase(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	ber_slen_t n = LBER_SBIOD_WRITE_NEXT(desc, bytes, len);
	if (n > 0)
		explicit_bzero(bytes, (size_t)n);
	return n;
}

static int set_up(Sockbuf_IO_Desc *desc, void *stream)
{
	desc->sbiod_pvt = stream;
	return 0;
}

static int let_go(Sockbuf_IO_Desc *desc)
{
	desc->sbiod_pvt = NULL; /* the stream is its owner's; the socket at the bottom closes itself */
	return 0;
}

static int control(Sockbuf_IO_Desc *desc, int option, void *argument)
{
	return LBER_SBIOD_CTRL_NEXT(desc, option, argument);
}

static int close_nothing(Sockbuf_IO_Desc *desc)
{
	(void)desc;
	return 0;
}

static Sockbuf_IO LIMITER = { set_up, let_go, control, read_by_deadline, write_by_deadline, close_nothing };
static Sockbuf_IO ERASER = { set_up, let_go, control, read_through, write_and_erase, close_nothing };

static int connected(
    LDAP *ld, Sockbuf *socket, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *callbacks)
{
	(void)ld;
	(void)server;
	(void)address;
	int limited = ber_sockbuf_add_io(socket, &LIMITER, BELOW_TLS, callbacks->lc_arg);
	return limited == 0 ? ber_sockbuf_add_io(socket, &ERASER, ABOVE_TLS, callbacks->lc_arg) : limited;
}

static void disconnecting(LDAP *ld, Sockbuf *socket, struct ldap_conncb *callbacks)
{
	(void)ld;
	(void)socket;
	(void)callbacks;
}

bool stream_attach(struct stream *stream, LDAP *ld)
{
	stream->callbacks = (struct ldap_conncb){ connected, disconnecting, stream };
	return ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &stream->callbacks) == LDAP_OPT_SUCCESS;
}
