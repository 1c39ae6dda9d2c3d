/*
 * Why: power is not lost between two statements but inside one call. Preloaded
 * into a program, this counts its writes, syncs, sends and locks, and at the
 * call of the number that the harness asked for it strikes: before the call,
 * after it, or with half of it done. How, and what was seen, stands in a shared
 * file (KILLPOINT_FILE), which survives the program.
 *
 * Always holds: nothing is struck unless asked for, once; every call goes to
 * the kernel as it came; only the program that is named is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* In the order of killpoint.mjs. */
enum function {
	WRITE,
	PWRITE,
	FDATASYNC,
	FSYNC,
	FTRUNCATE,
	SEND,
	RECV,
	CONNECT,
	CLOSE,
	UNLINK,
	FLOCK,
	FUNCTION_COUNT
};

enum mode { BEFORE, AFTER, HALF };

/* As killpoint.mjs reads and writes it. */
struct control {
	int64_t at;   /* strikes at the call of this number; 0: never */
	int64_t mode; /* enum mode */
	int64_t signal;
	int64_t only;	  /* counts calls of this function; -1: of any */
	char program[16]; /* whom it is meant for */
	int64_t calls;	  /* counted since the harness set it to 0 */
	int64_t victim;	  /* pid, once it is struck */
	int64_t function; /* and where */
	int64_t ready_ns; /* monotonic, when it last said that it is ready */
	int64_t seen[FUNCTION_COUNT];
};

static struct control *control;

__attribute__((constructor)) static void attach(void)
{
	const char *path = getenv("KILLPOINT_FILE");
	struct control *c;
	int fd;

	if (!path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (c == MAP_FAILED)
		return;
	if (strncmp(c->program, program_invocation_short_name,
		    sizeof(c->program)) == 0)
		control = c;
	else
		(void)munmap(c, sizeof(*c));
}

static void strike(enum function f)
{
	int number = (int)control->signal;

	control->function = (int64_t)f;
	control->victim = (int64_t)getpid();
	(void)kill(getpid(), number);
	while (number == SIGKILL)
		(void)pause();
}

/* Counts the call; true: it is the one. */
static int is_due(enum function f)
{
	int64_t number;

	if (!control)
		return 0;
	__atomic_add_fetch(&control->seen[f], 1, __ATOMIC_RELAXED);
	if (control->only >= 0 && control->only != (int64_t)f)
		return 0;
	number = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
	return control->at > 0 && number == control->at;
}

/* How much of `size` bytes is handed on. */
static size_t share(int due, size_t size)
{
	return due && control->mode == HALF && size > 1 ? size / 2 : size;
}

static int before(enum function f)
{
	int due = is_due(f);

	if (due && control->mode == BEFORE)
		strike(f);
	return due;
}

static long after(enum function f, int due, long result)
{
	int saved = errno;

	if (due && control->mode != BEFORE)
		strike(f);
	errno = saved;
	return result;
}

ssize_t write(int fd, const void *data, size_t size)
{
	int due = before(WRITE);

	return after(WRITE, due,
		     syscall(SYS_write, fd, data, share(due, size)));
}

static ssize_t pwrite_at(int fd, const void *data, size_t size, int64_t at)
{
	int due = before(PWRITE);

	return after(PWRITE, due,
		     syscall(SYS_pwrite64, fd, data, share(due, size), at));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	return pwrite_at(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	return pwrite_at(fd, data, size, at);
}

int fdatasync(int fd)
{
	int due = before(FDATASYNC);

	return (int)after(FDATASYNC, due, syscall(SYS_fdatasync, fd));
}

int fsync(int fd)
{
	int due = before(FSYNC);

	return (int)after(FSYNC, due, syscall(SYS_fsync, fd));
}

static int truncate_to(int fd, int64_t length)
{
	int due = before(FTRUNCATE);

	return (int)after(FTRUNCATE, due, syscall(SYS_ftruncate, fd, length));
}

int ftruncate(int fd, off_t length)
{
	return truncate_to(fd, length);
}

int ftruncate64(int fd, off64_t length)
{
	return truncate_to(fd, length);
}

/* The service manager hears it too; here it says how long a start took. */
static void note_ready(const char *data, size_t size)
{
	static const char word[] = "READY=1";
	struct timespec now;

	if (!control || size != sizeof(word) - 1 ||
	    memcmp(data, word, sizeof(word) - 1) != 0)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	control->ready_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static ssize_t send_to(int fd, const void *data, size_t size, int flags,
		       const void *to, socklen_t length)
{
	int due;

	note_ready(data, size);
	due = before(SEND);
	return after(SEND, due,
		     syscall(SYS_sendto, fd, data, share(due, size), flags, to,
			     length));
}

ssize_t sendto(int fd, const void *data, size_t size, int flags,
	       __CONST_SOCKADDR_ARG to, socklen_t length)
{
	return send_to(fd, data, size, flags, to.__sockaddr__, length);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return send_to(fd, data, size, flags, NULL, 0);
}

static ssize_t recv_from(int fd, void *data, size_t size, int flags, void *from,
			 socklen_t *length)
{
	int due = before(RECV);

	return after(RECV, due,
		     syscall(SYS_recvfrom, fd, data, share(due, size), flags,
			     from, length));
}

ssize_t recvfrom(int fd, void *data, size_t size, int flags,
		 __SOCKADDR_ARG from, socklen_t *length)
{
	return recv_from(fd, data, size, flags, from.__sockaddr__, length);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return recv_from(fd, data, size, flags, NULL, NULL);
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t length)
{
	int due = before(CONNECT);

	return (int)after(CONNECT, due,
			  syscall(SYS_connect, fd, to.__sockaddr__, length));
}

int close(int fd)
{
	int due = before(CLOSE);

	return (int)after(CLOSE, due, syscall(SYS_close, fd));
}

int unlink(const char *path)
{
	int due = before(UNLINK);

	return (int)after(UNLINK, due,
			  syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int flock(int fd, int operation)
{
	int due = before(FLOCK);

	return (int)after(FLOCK, due, syscall(SYS_flock, fd, operation));
}
