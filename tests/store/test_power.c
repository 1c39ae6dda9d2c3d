/*
 * Power fails at any moment. A watch on the disk keeps what was synced and, in
 * order, what was not; at random moments an image is made of it, in which of
 * everything unsynced each sector of 512 bytes may be there or not, whatever
 * came before or after it.
 *
 * Must always hold: such an image opens, is sound, has every commit that was
 * acknowledged before, whole, and unbroken audit chains; and life goes on in
 * it. CRASH_IMAGES=n makes more of them; MEND_SEED with CRASH_WORKER plays what
 * one worker did again.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "story.h"
#include "workers.h"

#define SECTOR 512
#define IMAGES_PER_LIFE 10
#define PENDING_MAX 4096
#define ONE_IN 150 /* operations, about, an image is made */

struct pending {
	int64_t at;  /* or the new size */
	char *bytes; /* NULL: a truncation */
	int count;
};

/* One file of the database: what the disk surely has, and what it may have. */
struct disk_file {
	char *durable;
	int64_t size;
	struct pending pending[PENDING_MAX];
	int pending_count;
};

struct image {
	char *bytes[2];
	int64_t size[2];
	struct story known; /* what was acknowledged when the power failed */
};

static struct {
	struct disk_file file[2]; /* the database, its WAL */
	struct image image[IMAGES_PER_LIFE];
	int image_count;
	const struct story *story;
	uint64_t random;
} disk;

/* What became of the unsynced, in all images of all workers. */
struct tally {
	int images, examined;
	int dropped;   /* writes of which nothing arrived */
	int torn;      /* writes of which some sectors arrived and some not */
	int whole;     /* that arrived */
	int reordered; /* that arrived before an earlier one */
	int truncations;
	int commits; /* acknowledged when the power failed; the most */
};

static struct story_seed seed;
static struct tally *tally;

static uint64_t next_random(void)
{
	uint64_t z = disk.random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static bool one_in(uint64_t n)
{
	return next_random() % n == 0;
}

/* ---- what is written to a file ---- */

static void resize(char **bytes, int64_t *size, int64_t wanted)
{
	*bytes = realloc(*bytes, (size_t)wanted + 1);
	assert_non_null(*bytes);
	if (wanted > *size)
		memset(*bytes + *size, 0, (size_t)(wanted - *size));
	*size = wanted;
}

/* Every sector, or each as chance will have it. Returns how many of how many
 * did not arrive. */
static int apply(const struct pending *p, bool torn, char **bytes,
		 int64_t *size, int *ret_sectors)
{
	int64_t end = p->at + p->count;
	int lost = 0;

	*ret_sectors = 0;
	if (p->bytes == NULL) {
		resize(bytes, size, p->at);
		return 0;
	}
	for (int64_t at = p->at; at < end;) {
		int64_t stop = (at / SECTOR + 1) * SECTOR;

		if (stop > end)
			stop = end;
		++*ret_sectors;
		if (torn && !one_in(2)) {
			lost++;
		} else {
			if (*size < stop)
				resize(bytes, size, stop);
			memcpy(*bytes + at, p->bytes + (at - p->at),
			       (size_t)(stop - at));
		}
		at = stop;
	}
	return lost;
}

static void forget(struct disk_file *f)
{
	for (int i = 0; i < f->pending_count; i++)
		free(f->pending[i].bytes);
	f->pending_count = 0;
}

/* ---- an image ---- */

static void arrives(const struct pending *p, bool torn, char **bytes,
		    int64_t *size)
{
	int sectors, lost = apply(p, torn, bytes, size, &sectors);

	if (p->bytes == NULL)
		COUNT(tally->truncations);
	else if (lost == 0)
		COUNT(tally->whole);
	else if (lost == sectors)
		COUNT(tally->dropped);
	else
		COUNT(tally->torn);
}

/* 0: nothing of the unsynced; 1: a beginning of it; 2: any of it, torn; 3: the
 * same, in any order. */
static void imagine(const struct disk_file *f, char **ret_bytes,
		    int64_t *ret_size)
{
	int order[PENDING_MAX], count = f->pending_count;
	uint64_t way = next_random() % 4;

	*ret_bytes = NULL;
	*ret_size = 0;
	resize(ret_bytes, ret_size, f->size);
	if (f->size > 0)
		memcpy(*ret_bytes, f->durable, (size_t)f->size);
	if (way == 0)
		return;
	for (int i = 0; i < count; i++)
		order[i] = i;
	if (way == 1 && count > 0)
		count = (int)(next_random() % (uint64_t)(count + 1));
	for (int i = count - 1; way == 3 && i > 0; i--) {
		int j = (int)(next_random() % (uint64_t)(i + 1));
		int kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
	for (int i = 0, newest = -1; i < count; i++) {
		bool last = i == count - 1;

		if (way >= 2 && one_in(3)) {
			COUNT(tally->dropped);
			continue;
		}
		if (order[i] < newest)
			COUNT(tally->reordered);
		else
			newest = order[i];
		arrives(&f->pending[order[i]], way >= 2 || last, ret_bytes,
			ret_size);
	}
}

static void perhaps_an_image(uint64_t one_of)
{
	struct image *m = &disk.image[disk.image_count];

	if (disk.image_count == IMAGES_PER_LIFE || !one_in(one_of))
		return;
	for (int i = 0; i < 2; i++)
		imagine(&disk.file[i], &m->bytes[i], &m->size[i]);
	m->known = *disk.story;
	disk.image_count++;
	COUNT(tally->images);
}

/* ---- the watch ---- */

static struct disk_file *file_of(const char *path)
{
	size_t n = strlen(path);

	return &disk.file[n > 4 && strcmp(path + n - 4, "-wal") == 0];
}

static void keep(const char *path, const void *b, int count, int64_t at)
{
	struct disk_file *f = file_of(path);
	struct pending *p = &f->pending[f->pending_count++];

	assert_true(f->pending_count < PENDING_MAX);
	*p = (struct pending){.at = at, .count = count};
	if (b != NULL) {
		p->bytes = malloc((size_t)count + 1);
		memcpy(p->bytes, b, (size_t)count);
	}
	perhaps_an_image(b != NULL ? ONE_IN : ONE_IN / 20);
}

static void on_write(const char *path, const void *b, int n, int64_t at)
{
	keep(path, b, n, at);
}

static void on_truncate(const char *path, int64_t size)
{
	keep(path, NULL, 0, size);
}

static void on_sync(const char *path)
{
	struct disk_file *f = file_of(path);

	perhaps_an_image(ONE_IN);
	for (int i = 0, sectors; i < f->pending_count; i++)
		(void)apply(&f->pending[i], false, &f->durable, &f->size,
			    &sectors);
	forget(f);
	perhaps_an_image(ONE_IN);
}

/* ---- a life, and what is left of it ---- */

static void live(const char *path, struct arena *a)
{
	struct db_options o = story_options(path, DB_READ_WRITE);
	struct story s;
	struct db *db;

	for (int i = 0; i < 2; i++) {
		forget(&disk.file[i]);
		resize(&disk.file[i].durable, &disk.file[i].size, 0);
	}
	resize(&disk.file[0].durable, &disk.file[0].size, (int64_t)seed.size);
	memcpy(disk.file[0].durable, seed.bytes, seed.size);
	disk.image_count = 0;
	disk.story = &s;
	story_put(&seed, path);
	story_init(&s, &seed, a);
	fault_clear();
	fault_watch = (struct fault_watch){
		.write = on_write, .truncate = on_truncate, .sync = on_sync};
	o.vfs = "fault";
	assert_ok(db_open(&o, &db));
	if (one_in(2)) /* it then writes before the commit */
		assert_ok(db_set_cache(db, 16));
	for (int round = 0; round < 4; round++) {
		story_play(&s, db);
		if (one_in(3))
			story_truncate(&s, db, path);
	}
	assert_int_equal(s.acknowledged, 4 * 13);
	fault_clear();
	db_close(db);
}

static void put(const char *path, const char *bytes, int64_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0660);

	assert_int_equal(write(fd, bytes, (size_t)size), size);
	close(fd);
}

static void examine(const char *path, struct image *m, struct arena *a)
{
	struct db_options o = story_options(path, DB_READ_WRITE);
	const char *what;
	struct db *db;
	char wal[160];

	story_put(&(struct story_seed){.bytes = m->bytes[0],
				       .size = (size_t)m->size[0]},
		  path);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	put(wal, m->bytes[1], m->size[1]);
	o.vfs = "fault";
	assert_ok(db_open(&o, &db));
	what = story_wrong(&m->known, db);
	if (what == NULL) {
		int before = m->known.acknowledged;

		m->known.rounds += 100; /* orders of its own */
		m->known.arena = a;
		story_play(&m->known, db);
		assert_true(m->known.acknowledged >= before + 10);
		what = story_wrong(&m->known, db);
	}
	db_close(db);
	if (what != NULL)
		fail_msg("after %d commits: %s", m->known.acknowledged, what);
	COUNT(tally->examined);
}

struct job {
	const struct fixture *fixture;
	long images;
	uint64_t random;
};

static void work(void *context, int i, int of)
{
	const struct job *job = context;
	const char *only = getenv("CRASH_WORKER");
	long left = job->images / of + (i < job->images % of);
	struct arena a = {0};
	char path[128];

	if (only && strtol(only, NULL, 10) != i)
		return;
	snprintf(path, sizeof(path), "%s-%d", job->fixture->path, i);
	disk.random = job->random + (uint64_t)i;
	print_message("MEND_SEED=%llu CRASH_WORKER=%d\n",
		      (unsigned long long)job->random, i);
	while (left > 0) {
		live(path, &a);
		for (int k = 0; k < disk.image_count; k++, left--) {
			struct image *m = &disk.image[k];

			if (m->known.acknowledged > tally->commits)
				tally->commits = m->known.acknowledged;
			if (left > 0)
				examine(path, m, &a);
			arena_reset(&a);
			free(m->bytes[0]);
			free(m->bytes[1]);
		}
	}
	for (int k = 0; k < 2; k++) {
		forget(&disk.file[k]);
		free(disk.file[k].durable);
	}
	arena_release(&a);
}

static void test_power_may_fail_at_any_moment(void **state)
{
	const char *given = getenv("MEND_SEED");
	struct job job = {
		.fixture = *state,
		.images = workers_number("CRASH_IMAGES", 2000, 100, 10000),
		.random = given ? strtoull(given, NULL, 10)
				: (uint64_t)time(NULL) * 1000,
	};

	fault_register();
	fault_skip_syncs = true;
	tally = workers_shared(sizeof(*tally));
	story_seed(&seed, state);
	workers_run(work, &job);
	print_message("# %d images: of the unsynced %d dropped, %d torn, %d"
		      " whole, %d reordered, %d truncations; up to %d commits"
		      " before\n",
		      tally->examined, tally->dropped, tally->torn,
		      tally->whole, tally->reordered, tally->truncations,
		      tally->commits);
	if (!getenv("CRASH_WORKER"))
		assert_int_equal(tally->examined, job.images);
	/* Of few images chance may say otherwise. */
	if (tally->examined >= 1000) {
		assert_true(tally->dropped > tally->examined / 10);
		assert_true(tally->torn > tally->examined / 10);
		assert_true(tally->reordered > tally->examined / 10);
		assert_true(tally->truncations > 0);
		assert_true(tally->commits > 40);
	}
	free(seed.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_power_may_fail_at_any_moment),
	};

	workers_in_memory();
	/* One thread, and nobody asks how much memory there is. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return FIXTURE_RUN("power", tests, true);
}
