/*
 * See disk.h. Files are found by the end of their names ("mend.db-wal"), so
 * that a life's folder does not matter. Always holds: a write is remembered
 * with what it covered until its file is synced.
 */
#include "disk.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define FILES 8
#define NAME_MAX_BYTES 40
#define REGIONS 64
#define REGION_BYTES 32768
#define HANDLES 8
#define SECTOR 512

struct write {
	int64_t at, size_before;
	int n, covered; /* bytes written; how many of them covered others */
	unsigned char *old, *new;
};

struct file {
	bool used;
	char name[NAME_MAX_BYTES];
	unsigned char *bytes;
	int64_t size, room;
	struct write *write; /* not synced */
	int write_count, write_room;
	struct handle *handle[HANDLES];
	void *region[REGIONS];
	struct handle *reserved, *exclusive;
	int shared;
};

struct handle {
	sqlite3_file base;
	struct file *file;
	int level;
	unsigned shm_shared, shm_exclusive;
	bool temporary;
};

struct disk_image {
	struct file file[FILES];
};

struct disk disk;
static struct file files[FILES];

/* ---- trouble ---- */

static bool fails(enum disk_trouble trouble)
{
	if (disk.trouble != trouble)
		return false;
	if (disk.after > 0) {
		disk.after--;
		return false;
	}
	if (disk.left == 0)
		return false;
	if (disk.left > 0)
		disk.left--;
	disk.hits++;
	return true;
}

static int trouble_code(enum disk_trouble trouble, int code)
{
	errno = trouble == DISK_FULL ? ENOSPC : EIO;
	return code;
}

void disk_mend(void)
{
	disk.trouble = DISK_WELL;
	disk.after = disk.left = disk.hits = 0;
}

static uint64_t next_random(void)
{
	uint64_t z = disk.random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* ---- contents ---- */

static void *grow(void *p, size_t size)
{
	void *q = realloc(p, size);

	if (!q)
		abort();
	return q;
}

static void set_size(struct file *f, int64_t size)
{
	if (size > f->room) {
		f->room = size * 2;
		f->bytes = grow(f->bytes, (size_t)f->room);
	}
	if (size > f->size)
		memset(f->bytes + f->size, 0, (size_t)(size - f->size));
	f->size = size;
}

static void forget_writes(struct file *f)
{
	int i;

	for (i = 0; i < f->write_count; i++) {
		free(f->write[i].old);
		free(f->write[i].new);
	}
	f->write_count = 0;
}

/* With n 0: cut to at bytes. */
static void put(struct file *f, const void *from, int n, int64_t at)
{
	if (n == 0) {
		set_size(f, at);
		return;
	}
	if (at + n > f->size)
		set_size(f, at + n);
	memcpy(f->bytes + at, from, (size_t)n);
}

static void *copy(const void *from, int n)
{
	void *to = grow(NULL, (size_t)n + 1);

	memcpy(to, from, (size_t)n);
	return to;
}

static void remember(struct file *f, const void *from, int n, int64_t at)
{
	struct write *w;
	int64_t end = n ? at + n : f->size;

	if (f->write_count == f->write_room) {
		f->write_room = f->write_room * 2 + 16;
		f->write = grow(f->write,
				(size_t)f->write_room * sizeof(*f->write));
	}
	w = &f->write[f->write_count++];
	if (end > f->size)
		end = f->size;
	*w = (struct write){.at = at, .n = n, .size_before = f->size};
	w->covered = end > at ? (int)(end - at) : 0;
	if (w->covered)
		w->old = copy(f->bytes + at, w->covered);
	w->new = copy(from, n);
}

static void undo(struct file *f, const struct write *w)
{
	set_size(f, w->size_before);
	if (w->covered)
		memcpy(f->bytes + w->at, w->old, (size_t)w->covered);
}

/* Of what was not synced some writes are there, some not, one perhaps half. */
static int lose(struct file *f)
{
	int kept =
		f->write_count
			? (int)(next_random() % (uint64_t)(f->write_count + 1))
			: 0;
	bool in_order = next_random() % 2, torn = next_random() % 2;
	int lost = 0, i;

	for (i = f->write_count - 1; i >= 0; i--)
		undo(f, &f->write[i]);
	for (i = 0; i < f->write_count; i++) {
		const struct write *w = &f->write[i];
		bool stays = in_order ? i < kept : next_random() % 2;
		int n = w->n;

		if (!stays && torn && n > SECTOR) {
			n = SECTOR *
			    (int)(next_random() % (uint64_t)(n / SECTOR));
			torn = false;
			lost++;
			if (n)
				put(f, w->new, n, w->at);
		} else if (stays) {
			put(f, w->new, n, w->at);
		} else {
			lost++;
		}
	}
	forget_writes(f);
	return lost;
}

static struct file *find(const char *path, bool make)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = !path ? "" : slash ? slash + 1 : path;
	int i;

	for (i = 0; i < FILES; i++) {
		if (path && files[i].used && strcmp(files[i].name, name) == 0)
			return &files[i];
	}
	for (i = 0; make && i < FILES; i++) {
		if (files[i].used)
			continue;
		files[i].used = true;
		files[i].size = 0;
		sqlite3_snprintf(NAME_MAX_BYTES, files[i].name, "%s", name);
		return &files[i];
	}
	return NULL;
}

static void drop_regions(struct file *f)
{
	int i;

	for (i = 0; i < REGIONS && f->region[i]; i++) {
		free(f->region[i]);
		f->region[i] = NULL;
	}
}

static bool in_use(const struct file *f)
{
	int i;

	for (i = 0; i < HANDLES; i++) {
		if (f->handle[i])
			return true;
	}
	return false;
}

struct disk_image *disk_save(void)
{
	struct disk_image *image = calloc(1, sizeof(*image));
	int i;

	if (!image)
		abort();
	for (i = 0; i < FILES; i++) {
		struct file *f = &files[i];

		if (in_use(f))
			abort();
		if (!f->used || f->size == 0)
			continue;
		image->file[i] = *f;
		image->file[i].bytes = copy(f->bytes, (int)f->size);
	}
	return image;
}

void disk_load(const struct disk_image *image, uint64_t seed)
{
	int i;

	disk_mend();
	disk.random = seed;
	sqlite3_randomness(0, NULL); /* begins anew, with ours */
	for (i = 0; i < FILES; i++) {
		struct file *f = &files[i];
		const struct file *from = image ? &image->file[i] : NULL;

		if (in_use(f))
			abort();
		drop_regions(f);
		forget_writes(f);
		f->used = from && from->used;
		f->size = 0;
		if (!f->used)
			continue;
		memcpy(f->name, from->name, sizeof(f->name));
		set_size(f, from->size);
		memcpy(f->bytes, from->bytes, (size_t)from->size);
	}
}

int disk_lose_power(void)
{
	int lost = 0, i;

	for (i = 0; i < FILES; i++) {
		if (in_use(&files[i]))
			abort();
		if (files[i].used)
			lost += lose(&files[i]);
	}
	return lost;
}

/* ---- SQLite's side: data ---- */

static struct handle *of(sqlite3_file *f)
{
	return (struct handle *)(void *)f;
}

static int on_read(sqlite3_file *handle, void *to, int n, sqlite3_int64 at)
{
	const struct file *f = of(handle)->file;
	int64_t there = f->size > at ? f->size - at : 0;

	if (fails(DISK_READ_EIO))
		return trouble_code(DISK_READ_EIO, SQLITE_IOERR_READ);
	if (there >= n) {
		memcpy(to, f->bytes + at, (size_t)n);
		return SQLITE_OK;
	}
	memset(to, 0, (size_t)n);
	if (there)
		memcpy(to, f->bytes + at, (size_t)there);
	return SQLITE_IOERR_SHORT_READ;
}

static int refuse_write(void)
{
	if (fails(DISK_FULL))
		return trouble_code(DISK_FULL, SQLITE_FULL);
	if (fails(DISK_WRITE_EIO))
		return trouble_code(DISK_WRITE_EIO, SQLITE_IOERR_WRITE);
	if (fails(DISK_DEAD))
		return trouble_code(DISK_DEAD, SQLITE_IOERR_WRITE);
	return SQLITE_OK;
}

static int on_write(sqlite3_file *handle, const void *from, int n,
		    sqlite3_int64 at)
{
	struct file *f = of(handle)->file;
	int code = refuse_write();

	if (code != SQLITE_OK)
		return code;
	disk.write_count++;
	if (!of(handle)->temporary)
		remember(f, from, n, at);
	put(f, from, n, at);
	return SQLITE_OK;
}

static int on_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
	struct file *f = of(handle)->file;
	int code = refuse_write();

	if (code != SQLITE_OK)
		return code;
	disk.write_count++;
	if (size < f->size) {
		remember(f, "", 0, size);
		put(f, NULL, 0, size);
	}
	return SQLITE_OK;
}

static int on_sync(sqlite3_file *handle, int flags)
{
	(void)flags;
	if (fails(DISK_SYNC_EIO))
		return trouble_code(DISK_SYNC_EIO, SQLITE_IOERR_FSYNC);
	if (disk.trouble == DISK_DEAD && disk.after == 0)
		return trouble_code(DISK_DEAD, SQLITE_IOERR_FSYNC);
	forget_writes(of(handle)->file);
	return SQLITE_OK;
}

static int on_size(sqlite3_file *handle, sqlite3_int64 *size)
{
	*size = of(handle)->file->size;
	return SQLITE_OK;
}

/* ---- locks ---- */

static int on_lock(sqlite3_file *handle, int level)
{
	struct handle *h = of(handle);
	struct file *f = h->file;

	if (level <= h->level)
		return SQLITE_OK;
	if (f->exclusive && f->exclusive != h)
		return SQLITE_BUSY;
	if (h->level == SQLITE_LOCK_NONE) {
		f->shared++;
		h->level = SQLITE_LOCK_SHARED;
	}
	if (level == SQLITE_LOCK_SHARED)
		return SQLITE_OK;
	if (f->reserved && f->reserved != h)
		return SQLITE_BUSY;
	f->reserved = h;
	h->level = SQLITE_LOCK_RESERVED;
	if (level == SQLITE_LOCK_RESERVED)
		return SQLITE_OK;
	if (f->shared > 1)
		return SQLITE_BUSY;
	f->exclusive = h;
	h->level = SQLITE_LOCK_EXCLUSIVE;
	return SQLITE_OK;
}

static int on_unlock(sqlite3_file *handle, int level)
{
	struct handle *h = of(handle);
	struct file *f = h->file;

	if (level >= h->level)
		return SQLITE_OK;
	if (f->exclusive == h)
		f->exclusive = NULL;
	if (f->reserved == h)
		f->reserved = NULL;
	if (level == SQLITE_LOCK_NONE)
		f->shared--;
	h->level = level;
	return SQLITE_OK;
}

static int on_reserved(sqlite3_file *handle, int *taken)
{
	*taken = of(handle)->file->reserved != NULL;
	return SQLITE_OK;
}

static int on_shm_lock(sqlite3_file *handle, int offset, int n, int flags)
{
	struct handle *h = of(handle);
	unsigned mask = ((1u << n) - 1) << offset;
	int i;

	if (flags & SQLITE_SHM_UNLOCK) {
		h->shm_shared &= ~mask;
		h->shm_exclusive &= ~mask;
		return SQLITE_OK;
	}
	for (i = 0; i < HANDLES; i++) {
		const struct handle *other = h->file->handle[i];

		if (!other || other == h)
			continue;
		if ((other->shm_exclusive & mask) ||
		    ((flags & SQLITE_SHM_EXCLUSIVE) &&
		     (other->shm_shared & mask)))
			return SQLITE_BUSY;
	}
	if (flags & SQLITE_SHM_EXCLUSIVE)
		h->shm_exclusive |= mask;
	else
		h->shm_shared |= mask;
	return SQLITE_OK;
}

static int on_shm_map(sqlite3_file *handle, int region, int size, int extend,
		      void volatile **to)
{
	struct file *f = of(handle)->file;

	if (size != REGION_BYTES || region >= REGIONS)
		abort();
	if (!f->region[region] && extend) {
		f->region[region] = calloc(1, REGION_BYTES);
		if (!f->region[region])
			abort();
	}
	*to = f->region[region];
	return SQLITE_OK;
}

static void on_shm_barrier(sqlite3_file *handle)
{
	(void)handle;
}

static int on_shm_unmap(sqlite3_file *handle, int delete)
{
	(void)delete;
	of(handle)->shm_shared = of(handle)->shm_exclusive = 0;
	return SQLITE_OK;
}

static int on_close(sqlite3_file *handle)
{
	struct handle *h = of(handle);
	struct file *f = h->file;
	int i;

	(void)on_unlock(handle, SQLITE_LOCK_NONE);
	for (i = 0; i < HANDLES; i++) {
		if (f->handle[i] == h)
			f->handle[i] = NULL;
	}
	if (!in_use(f))
		drop_regions(f);
	if (h->temporary)
		f->used = false;
	return SQLITE_OK;
}

static int on_control(sqlite3_file *handle, int operation, void *arg)
{
	(void)handle;
	(void)operation;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int on_sector(sqlite3_file *handle)
{
	(void)handle;
	return 4096;
}

static int on_device(sqlite3_file *handle)
{
	(void)handle;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_reserved,
	.xFileControl = on_control,
	.xSectorSize = on_sector,
	.xDeviceCharacteristics = on_device,
	.xShmMap = on_shm_map,
	.xShmLock = on_shm_lock,
	.xShmBarrier = on_shm_barrier,
	.xShmUnmap = on_shm_unmap,
};

/* ---- SQLite's side: names, time, chance ---- */

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *handle,
		   int flags, int *out_flags)
{
	struct handle *h = of(handle);
	int i;

	(void)vfs;
	memset(h, 0, sizeof(*h));
	h->file = find(path, true);
	if (!h->file)
		return SQLITE_CANTOPEN;
	h->temporary = path == NULL;
	for (i = 0; i < HANDLES && h->file->handle[i]; i++)
		;
	if (i == HANDLES)
		return SQLITE_CANTOPEN;
	h->file->handle[i] = h;
	h->base.pMethods = &methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	struct file *f = find(path, false);

	(void)vfs;
	(void)sync;
	if (!f)
		return SQLITE_IOERR_DELETE_NOENT;
	forget_writes(f);
	f->used = false;
	return SQLITE_OK;
}

static int on_access(sqlite3_vfs *vfs, const char *path, int flags, int *yes)
{
	const struct file *f = find(path, false);

	(void)vfs;
	(void)flags;
	*yes = f && f->size > 0;
	return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *path, int n, char *to)
{
	(void)vfs;
	sqlite3_snprintf(n, to, "%s", path);
	return SQLITE_OK;
}

static int on_random(sqlite3_vfs *vfs, int n, char *to)
{
	int i;

	(void)vfs;
	for (i = 0; i < n; i++)
		to[i] = (char)next_random();
	return n;
}

/* Nobody else runs while we would sleep. */
static int on_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int on_time(sqlite3_vfs *vfs, sqlite3_int64 *ms)
{
	(void)vfs;
	*ms = INT64_C(210866760000000);
	return SQLITE_OK;
}

static int on_last_error(sqlite3_vfs *vfs, int n, char *text)
{
	(void)vfs;
	(void)n;
	(void)text;
	return disk.hits ? (disk.trouble == DISK_FULL ? ENOSPC : EIO) : 0;
}

void disk_register(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 2,
		.szOsFile = (int)sizeof(struct handle),
		.mxPathname = 512,
		.zName = "disk",
		.xOpen = on_open,
		.xDelete = on_delete,
		.xAccess = on_access,
		.xFullPathname = on_full_path,
		.xRandomness = on_random,
		.xSleep = on_sleep,
		.xGetLastError = on_last_error,
		.xCurrentTimeInt64 = on_time,
	};

	static bool done;

	if (done)
		return;
	done = true;
	/* Its figures and locks cost more than our lives. */
	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
	    sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}
