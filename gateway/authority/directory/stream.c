#include "authority/directory/stream.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include "base/clock.h"

/* The socket lies at PROVIDER, TLS at TRANSPORT. */
#define LEVEL (LBER_SBIOD_LEVEL_PROVIDER + 1)

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

static ber_slen_t stream_read(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	int fd = descriptor(desc);
	ssize_t n;
	do
		n = recv(fd, bytes, len, MSG_DONTWAIT);
	while (n < 0 && is_ready(desc, fd, POLLIN));
	return n;
}

static ber_slen_t stream_write(Sockbuf_IO_Desc *desc, void *bytes, ber_len_t len)
{
	int fd = descriptor(desc);
	ssize_t n;
	do
		n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && is_ready(desc, fd, POLLOUT));
	return n;
}

static int stream_setup(Sockbuf_IO_Desc *desc, void *stream)
{
	desc->sbiod_pvt = stream;
	return 0;
}

static int stream_remove(Sockbuf_IO_Desc *desc)
{
	desc->sbiod_pvt = NULL;
	return 0;
}

static int stream_ctrl(Sockbuf_IO_Desc *desc, int option, void *argument)
{
	return LBER_SBIOD_CTRL_NEXT(desc, option, argument);
}

static int stream_close(Sockbuf_IO_Desc *desc)
{
	(void)desc; /* the socket below closes itself */
	return 0;
}

static Sockbuf_IO LAYER = {
	.sbi_setup = stream_setup,
	.sbi_remove = stream_remove,
	.sbi_ctrl = stream_ctrl,
	.sbi_read = stream_read,
	.sbi_write = stream_write,
	.sbi_close = stream_close,
};

static int connected(
    LDAP *ld, Sockbuf *socket, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *callbacks)
{
	(void)ld;
	(void)server;
	(void)address;
	return ber_sockbuf_add_io(socket, &LAYER, LEVEL, callbacks->lc_arg);
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
