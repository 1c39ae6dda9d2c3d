/*
 * Runs of a backtest on several cores (backtest_jobs.h).
 *
 * Always holds: every run is told of once, or the whole fails; a process that
 * was forked off ends with its parent.
 */
#include "backtest_jobs.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/mem.h"

/* Taken at a time: few, so that all end together also when one of them has half
 * a core. */
#define CHUNK 16
#define ROOM (256 * 1024)

/* Seen by all. */
struct common {
	atomic_int next, failure; /* enum err */
};

struct job {
	pid_t pid;
	FILE *told;
	struct told ahead; /* the next one of it, read already */
	bool has_ahead;
};

int jobs_default(void)
{
	cpu_set_t set;
	int count = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		count = CPU_COUNT(&set);
	return count > JOBS_MAX ? JOBS_MAX : count;
}

static enum err play_chunk(const struct jobs_work *w, int from, int to,
			   FILE *out)
{
	struct told *t = mem_alloc(sizeof(*t));
	struct arena a;
	enum err e = OK;
	int i;

	arena_init(&a);
	for (i = from; e == OK && i < to; i++) {
		memset(t, 0, sizeof(*t));
		e = w->play(w->context, i, &a, t);
		if (e == OK)
			e = told_write(t, out);
		arena_reset(&a);
	}
	arena_release(&a);
	free(t);
	return e;
}

/* In a process of its own; does not come back. */
static _Noreturn void work(const struct jobs_work *w, struct common *all,
			   int count, FILE *out, pid_t parent)
{
	enum err e = OK;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	e = w->begin(w->context);
	while (e == OK && atomic_load(&all->failure) == OK) {
		int from = atomic_fetch_add(&all->next, CHUNK);
		int to = from + CHUNK < count ? from + CHUNK : count;

		if (from >= count)
			break;
		e = play_chunk(w, from, to, out);
	}
	if (e == OK && fflush(out) != 0)
		e = ERR_SYSTEM;
	if (e != OK)
		atomic_store(&all->failure, (int)e);
	_exit(e != OK);
}

static enum err fork_one(const struct jobs_work *w, struct common *all,
			 int count, struct job *ret_job)
{
	pid_t parent = getpid();
	int fd = memfd_create("mend-backtest", MFD_CLOEXEC);

	ret_job->told = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!ret_job->told) {
		if (fd >= 0)
			(void)close(fd);
		return ERR_SYSTEM;
	}
	(void)setvbuf(ret_job->told, NULL, _IOFBF, ROOM);
	ret_job->pid = fork();
	if (ret_job->pid == 0)
		work(w, all, count, ret_job->told, parent);
	return ret_job->pid < 0 ? ERR_SYSTEM : OK;
}

/* How it ended: its own word, or that it had none. */
static enum err wait_for(const struct job *job)
{
	int status = 0;

	while (waitpid(job->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return ERR_SYSTEM;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OK : ERR_SYSTEM;
}

/* Who has the run of this index; each tells in the order in which it played. */
static enum err tell_one(const struct jobs_work *w, struct job *job, int jobs,
			 int index, struct arena *a)
{
	int i;

	for (i = 0; i < jobs; i++) {
		struct job *j = &job[i];

		if (!j->has_ahead && told_read(j->told, a, &j->ahead) != OK)
			continue;
		j->has_ahead = true;
		if (j->ahead.index != index)
			continue;
		w->tell(w->context, &j->ahead);
		j->has_ahead = false;
		return OK;
	}
	return ERR_SYSTEM;
}

static enum err gather(const struct jobs_work *w, struct job *job, int jobs,
		       int count)
{
	struct arena a;
	enum err e = OK;
	int i;

	arena_init(&a);
	for (i = 0; i < jobs; i++)
		rewind(job[i].told);
	for (i = 0; e == OK && i < count; i++)
		e = tell_one(w, job, jobs, i, &a);
	arena_release(&a);
	return e;
}

static enum err alone(const struct jobs_work *w, int count)
{
	struct told *t = mem_alloc(sizeof(*t));
	struct arena a;
	enum err e = w->begin(w->context);
	int i;

	arena_init(&a);
	for (i = 0; e == OK && i < count; i++) {
		memset(t, 0, sizeof(*t));
		e = w->play(w->context, i, &a, t);
		if (e == OK)
			w->tell(w->context, t);
		arena_reset(&a);
	}
	arena_release(&a);
	free(t);
	return e;
}

enum err jobs_run(const struct jobs_work *w, int count, int jobs)
{
	struct job job[JOBS_MAX] = {{.pid = 0}};
	struct common *all;
	enum err e = OK, word = OK, one;
	int begun = 0, i;

	if (jobs < 2 || count <= CHUNK)
		return alone(w, count);
	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return ERR_SYSTEM;
	for (i = 0; e == OK && i < jobs && i < JOBS_MAX; i++) {
		e = fork_one(w, all, count, &job[i]);
		begun += e == OK;
	}
	if (e != OK)
		atomic_store(&all->failure, (int)e);
	for (i = 0; i < begun; i++) {
		one = wait_for(&job[i]);
		e = e == OK ? one : e;
	}
	word = (enum err)atomic_load(&all->failure);
	e = word != OK ? word : e;
	if (e == OK)
		e = gather(w, job, begun, count);
	for (i = 0; i < JOBS_MAX; i++) {
		if (job[i].told)
			(void)fclose(job[i].told);
	}
	(void)munmap(all, sizeof(*all));
	return e;
}
