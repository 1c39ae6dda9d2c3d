/*
 * A very small HTTP client for 127.0.0.1; see the header for what it is not.
 */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX (64 * 1024)

static struct sockaddr_in address_of(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
	};

	return address;
}

static int connect_to(int port, int wait_ms)
{
	struct sockaddr_in address = address_of(port);
	struct timeval wait = {.tv_sec = wait_ms / 1000,
			       .tv_usec = wait_ms % 1000 * 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool send_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		text += sent;
		length -= (size_t)sent;
	}
	return true;
}

static bool receive_all(int fd, struct strbuf *answer)
{
	char part[4096];
	ssize_t got;

	while ((got = recv(fd, part, sizeof(part), 0)) > 0)
		strbuf_add_n(answer, part, (size_t)got);
	return got == 0 && !answer->truncated;
}

enum err loopback_request(const struct loopback_request *r, int *ret_status,
			  struct strbuf *ret_body)
{
	struct strbuf text;
	size_t length = r->body ? strlen(r->body) : 0;
	enum err e = ERR_SYSTEM;
	int fd = connect_to(r->port, r->wait_ms);
	const char *body;
	int status;

	if (fd < 0)
		return ERR_SYSTEM;
	strbuf_init(&text, ANSWER_BYTES_MAX);
	strbuf_printf(&text,
		      "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
		      "Connection: close\r\nX-Mend-Actor: samples\r\n",
		      r->method, r->path, r->port);
	if (r->body)
		strbuf_printf(&text,
			      "Content-Type: application/json\r\n"
			      "Content-Length: %zu\r\n",
			      length);
	strbuf_add(&text, "\r\n");
	strbuf_add_n(&text, r->body ? r->body : "", length);
	if (text.truncated || !send_all(fd, text.data, text.length))
		goto out;
	strbuf_clear(&text);
	if (!receive_all(fd, &text))
		goto out;
	body = strstr(strbuf_text(&text), "\r\n\r\n");
	if (!body ||
	    sscanf(strbuf_text(&text), "HTTP/1.%*1d %3d", &status) != 1)
		goto out;
	*ret_status = status;
	if (ret_body)
		strbuf_add(ret_body, body + 4);
	e = OK;
out:
	strbuf_release(&text);
	(void)close(fd);
	return e;
}

enum err loopback_port_free(int port)
{
	struct sockaddr_in address = address_of(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	enum err e = OK;

	if (fd < 0)
		return ERR_SYSTEM;
	/* As nginx does, so that connections in TIME_WAIT do not count. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		e = ERR_SYSTEM;
	else if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
		 listen(fd, 1))
		e = errno == EADDRINUSE ? ERR_CONFLICT
		    : errno == EACCES	? ERR_DENIED
					: ERR_SYSTEM;
	(void)close(fd);
	return e;
}
