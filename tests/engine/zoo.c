/*
 * The peer of the zoo: what it has done in truth, whatever its animals say of
 * it. See zoo.h. Always holds: of an order it does under one key, while it
 * remembers it, one effect; where it promised no key, as many as it is asked.
 */
#include "zoo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/strbuf.h"

static struct zoo_ledger *ledger; /* shared with the process that looks */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int64_t zoo_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- who is asked, and for what --------------------------------------- */

static void find_key(struct zoo_visit *v)
{
	static const char header[] = "\r\nIdempotency-Key: ";
	const char *at = strstr(v->c->request, header);
	size_t length;

	v->key[0] = '\0';
	if (!at)
		return;
	at += sizeof(header) - 1;
	length = strcspn(at, "\r");
	if (length < sizeof(v->key)) {
		memcpy(v->key, at, length);
		v->key[length] = '\0';
	}
}

/* "K0.stall": who it is, and what is written on it. */
static bool find_animal(struct zoo_visit *v)
{
	static const char letters[] = ENCLOSURE_LETTERS;
	const char *letter = strchr(letters, v->order[0]);
	const char *name = strchr(v->order, '.');

	if (!v->order[0] || !letter || !name)
		return false;
	v->enclosure = (enum enclosure)(letter - letters);
	for (int i = 0; i < animal_count; i++) {
		if (strcmp(animals[i].name, name + 1) == 0) {
			v->animal = &animals[i];
			v->cell = &ledger->cell[v->enclosure][i];
			return true;
		}
	}
	return false;
}

/* ---- what is done ------------------------------------------------------ */

static bool remembered(const struct zoo_visit *v)
{
	const struct zoo_cell *cell = v->cell;

	switch (v->enclosure) {
	case KEYED:
	case ONCE:
		break;
	case FORGETS:
		if (zoo_now_ms() - cell->at_ms > ZOO_KEY_RETENTION_MS)
			return false;
		break;
	case LOOKUP:
	case NEITHER:
	case READ:
	case HUNTED:
	case ENCLOSURES:
		return false;
	}
	return cell->effects > 0 && strcmp(cell->key, v->key) == 0;
}

void zoo_do(struct zoo_visit *v)
{
	if (!v->effect)
		return;
	(void)pthread_mutex_lock(&lock);
	if (!remembered(v)) {
		v->cell->effects++;
		v->cell->at_ms = zoo_now_ms();
	}
	(void)pthread_mutex_unlock(&lock);
}

static void note_effect(struct zoo_visit *v)
{
	struct zoo_cell *cell = v->cell;

	(void)pthread_mutex_lock(&lock);
	v->first = cell->requests == 0;
	cell->requests++;
	if (v->c->served > 0)
		cell->reused++;
	if (!v->key[0])
		cell->headless++;
	if (v->first)
		STR_COPY(cell->key, v->key);
	else if (strcmp(cell->key, v->key) != 0)
		cell->foreign++;
	(void)pthread_mutex_unlock(&lock);
}

static void effect(struct zoo_visit *v)
{
	note_effect(v);
	if (v->enclosure == HUNTED) {
		zoo_do(v);
		peer_make_reset(v->c->fd);
		v->c->open = false;
		return;
	}
	if (v->enclosure == ONCE && !v->first) {
		zoo_do(v);
		zoo_answer(v, NULL, "$B");
		return;
	}
	if (v->animal->truth == DONE)
		zoo_do(v);
	zoo_tell(v);
}

/* Is it there? The truth, as soon as it can be seen. */
static void find(struct zoo_visit *v)
{
	bool seen;

	(void)pthread_mutex_lock(&lock);
	v->cell->lookups++;
	seen = v->cell->effects > 0 &&
	       zoo_now_ms() - v->cell->at_ms >= ZOO_VISIBLE_AFTER_MS;
	(void)pthread_mutex_unlock(&lock);
	if (v->enclosure == HUNTED)
		zoo_tell(v);
	else if (seen)
		zoo_answer(v, NULL, "$B");
	else
		zoo_answer(v, "404 Not Found", "{}");
}

static void count(int *counter)
{
	(void)pthread_mutex_lock(&lock);
	(*counter)++;
	(void)pthread_mutex_unlock(&lock);
}

/* ---- a connection that dies when it is used again ----------------------- */

/* A read leaves its connection open; an effect that takes it is done, and the
 * connection is gone before the answer. Who sends again does it twice. */
static void dies_when_reused(struct zoo_visit *v)
{
	v->cell = &ledger->reread;
	v->enclosure = NEITHER;
	if (!v->effect) {
		count(&v->cell->reads);
		zoo_answer(v, NULL, "$B");
		return;
	}
	note_effect(v);
	zoo_do(v);
	if (v->c->served > 0)
		v->c->open = false;
	else
		zoo_answer(v, NULL, "$B");
}

/* ---- the whole ---------------------------------------------------------- */

static void tell(struct connection *c)
{
	struct zoo_visit v = {.c = c, .effect = c->request[0] == 'P'};
	const char *path = strchr(c->request, '/');
	const char *rest;

	v.cell = &ledger->stray;
	find_key(&v);
	if (path)
		(void)snprintf(v.order, sizeof(v.order), "%.*s",
			       (int)strcspn(path + 1, "/ "), path + 1);
	rest = path ? path + 1 + strlen(v.order) : "";
	if (strcmp(v.order, "T0.dies_when_reused") == 0) {
		dies_when_reused(&v);
	} else if (!find_animal(&v)) {
		count(&ledger->stray.requests);
		zoo_answer(&v, "404 Not Found", "{}");
	} else if (strncmp(rest, "/followed", 9) == 0) {
		count(&v.cell->followed);
		zoo_answer(&v, NULL, "$B");
	} else if (strncmp(rest, "/found/", 7) == 0) {
		find(&v);
	} else if (v.effect) {
		effect(&v);
	} else {
		count(&v.cell->reads);
		zoo_tell(&v);
	}
}

static bool greet_with_reset(int fd)
{
	peer_make_reset(fd);
	count(&ledger->resets);
	return false;
}

static bool greet_and_go(int fd)
{
	(void)fd;
	count(&ledger->hangs_up);
	return false;
}

/* As some servers do with a connection that they want to be rid of. */
static bool greet_with_answer(int fd)
{
	static const char text[] = "HTTP/1.1 408 Request Timeout\r\n"
				   "Content-Length: 2\r\n\r\n{}";

	count(&ledger->greets);
	(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	return true;
}

static void quiet(struct connection *c)
{
	c->open = false;
}

static void live(int ready)
{
	static struct peer zoo = {.tell = tell};
	static struct peer resets = {.greet = greet_with_reset};
	static struct peer hangs_up = {.greet = greet_and_go};
	static struct peer greets = {.greet = greet_with_answer, .tell = quiet};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	peer_start(&zoo);
	peer_start(&resets);
	peer_start(&hangs_up);
	peer_start(&greets);
	ledger->port = zoo.port;
	ledger->resets_port = resets.port;
	ledger->hangs_up_port = hangs_up.port;
	ledger->greets_port = greets.port;
	(void)!write(ready, "", 1);
	for (;;)
		(void)pause();
}

struct zoo_ledger *zoo_open(pid_t *ret_pid)
{
	int ends[2];
	char byte;

	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ledger == MAP_FAILED || pipe(ends) != 0)
		abort();
	*ret_pid = fork();
	if (*ret_pid == 0)
		live(ends[1]);
	(void)close(ends[1]);
	if (*ret_pid < 0 || read(ends[0], &byte, 1) != 1)
		abort();
	(void)close(ends[0]);
	return ledger;
}

void zoo_close(struct zoo_ledger *l, pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)munmap(l, sizeof(*l));
}
