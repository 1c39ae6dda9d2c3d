/*
 * Power fails at any moment. A watch on the disk keeps what was synced and, in
 * order, what was not; at random moments an image is made of it, in which of
 * everything unsynced each sector of 512 bytes may be there or not, whatever
 * came before or after it.
 *
 * Must always hold: such an image opens, is sound, has every commit that was
 * acknowledged before, whole, and unbroken audit chains; and life goes on in
 * it. CRASH_IMAGES=n makes more of them; MEND_SEED plays the same again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "story.h"

#ifdef __SANITIZE_ADDRESS__
#define IMAGES 80
#else
#define IMAGES 300
#endif
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

static struct story_seed seed;

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

/* Every sector, or each as chance will have it. */
static void apply(const struct pending *p, bool torn, char **bytes,
		  int64_t *size)
{
	int64_t end = p->at + p->count;

	if (p->bytes == NULL) {
		resize(bytes, size, p->at);
		return;
	}
	for (int64_t at = p->at; at < end;) {
		int64_t stop = (at / SECTOR + 1) * SECTOR;

		if (stop > end)
			stop = end;
		if (!torn || one_in(2)) {
			if (*size < stop)
				resize(bytes, size, stop);
			memcpy(*bytes + at, p->bytes + (at - p->at),
			       (size_t)(stop - at));
		}
		at = stop;
	}
}

static void forget(struct disk_file *f)
{
	for (int i = 0; i < f->pending_count; i++)
		free(f->pending[i].bytes);
	f->pending_count = 0;
}

/* ---- an image ---- */

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
	for (int i = 0; i < count; i++) {
		bool last = i == count - 1;

		if (way >= 2 && one_in(3))
			continue;
		apply(&f->pending[order[i]], way >= 2 || last, ret_bytes,
		      ret_size);
	}
}

static void perhaps_an_image(void)
{
	struct image *m = &disk.image[disk.image_count];

	if (disk.image_count == IMAGES_PER_LIFE || !one_in(ONE_IN))
		return;
	for (int i = 0; i < 2; i++)
		imagine(&disk.file[i], &m->bytes[i], &m->size[i]);
	m->known = *disk.story;
	disk.image_count++;
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
	perhaps_an_image();
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

	perhaps_an_image();
	for (int i = 0; i < f->pending_count; i++)
		apply(&f->pending[i], false, &f->durable, &f->size);
	forget(f);
	perhaps_an_image();
}

/* ---- a life, and what is left of it ---- */

static void live(struct fixture *f)
{
	struct db_options o = story_options(f->path, DB_READ_WRITE);
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
	story_put(&seed, f->path);
	story_init(&s, &seed, &f->arena);
	fault_clear();
	fault_watch = (struct fault_watch){
		.write = on_write, .truncate = on_truncate, .sync = on_sync};
	o.vfs = "fault";
	assert_ok(db_open(&o, &db));
	if (one_in(2)) /* it then writes before the commit */
		assert_ok(db_set_cache(db, 16));
	for (int round = 0; round < 4; round++)
		story_play(&s, db);
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

static void examine(struct fixture *f, struct image *m)
{
	struct db_options o = story_options(f->path, DB_READ_WRITE);
	const char *what;
	struct db *db;
	char wal[128];

	story_put(&(struct story_seed){.bytes = m->bytes[0],
				       .size = (size_t)m->size[0]},
		  f->path);
	fixture_path(f, "-wal", wal);
	put(wal, m->bytes[1], m->size[1]);
	o.vfs = "fault";
	assert_ok(db_open(&o, &db));
	what = story_wrong(&m->known, db);
	if (what == NULL) {
		int before = m->known.acknowledged;

		m->known.rounds += 100; /* orders of its own */
		m->known.arena = &f->arena;
		story_play(&m->known, db);
		assert_true(m->known.acknowledged >= before + 10);
		what = story_wrong(&m->known, db);
	}
	db_close(db);
	if (what != NULL)
		fail_msg("after %d commits: %s", m->known.acknowledged, what);
}

static void test_power_may_fail_at_any_moment(void **state)
{
	const char *wanted = getenv("CRASH_IMAGES");
	const char *given = getenv("MEND_SEED");
	long left = wanted ? strtol(wanted, NULL, 10) : IMAGES;
	struct fixture *f = *state;

	disk.random = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("MEND_SEED=%llu\n", (unsigned long long)disk.random);
	fault_register();
	fault_skip_syncs = true;
	story_seed(&seed, state);
	while (left > 0) {
		live(f);
		for (int i = 0; i < disk.image_count; i++, left--) {
			if (left > 0)
				examine(f, &disk.image[i]);
			arena_reset(&f->arena);
			free(disk.image[i].bytes[0]);
			free(disk.image[i].bytes[1]);
		}
	}
	for (int i = 0; i < 2; i++) {
		forget(&disk.file[i]);
		free(disk.file[i].durable);
	}
	free(seed.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_power_may_fail_at_any_moment),
	};

	return FIXTURE_RUN("power", tests, true);
}
