#include "front/listener.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/io.h"

#define FIRST 3
#define LAST 255 /* we are at the start: few are open */

static bool read_address(int fd, struct sockaddr_in *address_r)
{
	socklen_t len = sizeof *address_r;
	*address_r = (struct sockaddr_in){ .sin_family = AF_UNSPEC };
	return getsockname(fd, (struct sockaddr *)address_r, &len) == 0 && address_r->sin_family == AF_INET;
}

enum err listener_check(int given, const char *name, uint64_t port, char fault[LISTENER_FAULT_SIZE])
{
	struct sockaddr_in is;
	char address[INET_ADDRSTRLEN] = "";
	if (!read_address(given, &is) || inet_ntop(AF_INET, &is.sin_addr, address, sizeof address) == NULL)
		return ERR_IO;
	if (is.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && ntohs(is.sin_port) == port)
		return fcntl(given, F_SETFL, O_NONBLOCK) == 0 ? OK : ERR_IO;
	(void)snprintf(fault, LISTENER_FAULT_SIZE,
	    "the socket \"%s\" listens on %s:%u, and the settings say 127.0.0.1:%" PRIu64, name, address,
	    ntohs(is.sin_port), port);
	return ERR_CONFIG;
}

/* An IPv4 socket that listens, or one that does not. */
static bool is_socket(int fd, bool listens)
{
	int value = 0;
	socklen_t len = sizeof value;
	struct sockaddr_in is;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value == (listens ? 1 : 0) &&
	       read_address(fd, &is);
}

enum err listener_find(int given, int *listener_r)
{
	for (int fd = FIRST; fd <= LAST; fd++)
		if (fd != given && is_socket(fd, true)) {
			*listener_r = fd;
			return OK;
		}
	return ERR_NOT_FOUND;
}

bool listener_has_taken(int last)
{
	for (int fd = FIRST; fd <= last; fd++)
		if (is_socket(fd, false))
			return true;
	return false;
}

/* The library sleeps at the old one, which its shutdown ends; it looks behind the number again when it wakes. */
enum err listener_replace(int listener, int by, bool is_own)
{
	CLEANUP(io_close) int old = dup(listener);
	if (old < 0 || dup3(by, listener, O_CLOEXEC) < 0)
		return ERR_IO;
	if (is_own)
		(void)shutdown(old, SHUT_RD);
	return OK;
}

enum err listener_retire(int listener, bool is_own)
{
	CLEANUP(io_close) int nothing = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return nothing >= 0 ? listener_replace(listener, nothing, is_own) : ERR_IO;
}
