/* See fault.h. */
#include "fault.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct fault fault;
struct fault_watch fault_watch;
bool fault_skip_syncs;

struct fault_file {
	sqlite3_file base;
	const char *path;
	sqlite3_file *real; /* stands behind this struct */
};

static sqlite3_vfs *real_vfs;

static struct fault_file *of(sqlite3_file *f)
{
	return (struct fault_file *)(void *)f;
}

static bool fails(const struct fault_file *f, enum fault_operation operation)
{
	size_t n = strlen(f->path), m;

	if (fault.operation != operation)
		return false;
	m = fault.suffix ? strlen(fault.suffix) : 0;
	if (m > n || (m > 0 && strcmp(f->path + n - m, fault.suffix) != 0))
		return false;
	if (fault.after-- > 0 || (fault.once && fault.hits > 0))
		return false;
	fault.hits++;
	errno = fault.number;
	return true;
}

static int fault_close(sqlite3_file *f)
{
	return of(f)->real->pMethods->xClose(of(f)->real);
}

static int fault_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	if (fails(of(f), FAULT_READ))
		return fault.code;
	return of(f)->real->pMethods->xRead(of(f)->real, to, n, at);
}

static int fault_write(sqlite3_file *f, const void *b, int n, sqlite3_int64 at)
{
	if (fails(of(f), FAULT_WRITE))
		return fault.code;
	if (fault_watch.write && of(f)->path[0] != '\0')
		fault_watch.write(of(f)->path, b, n, at);
	return of(f)->real->pMethods->xWrite(of(f)->real, b, n, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (fails(of(f), FAULT_TRUNCATE))
		return fault.code;
	if (fault_watch.truncate && of(f)->path[0] != '\0')
		fault_watch.truncate(of(f)->path, size);
	return of(f)->real->pMethods->xTruncate(of(f)->real, size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
	if (fails(of(f), FAULT_SYNC))
		return fault.code;
	if (fault_watch.sync && of(f)->path[0] != '\0')
		fault_watch.sync(of(f)->path);
	if (fault_skip_syncs)
		return SQLITE_OK;
	return of(f)->real->pMethods->xSync(of(f)->real, flags);
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return of(f)->real->pMethods->xFileSize(of(f)->real, size);
}

static int fault_lock(sqlite3_file *f, int level)
{
	if (fails(of(f), FAULT_LOCK))
		return fault.code;
	return of(f)->real->pMethods->xLock(of(f)->real, level);
}

static int fault_unlock(sqlite3_file *f, int level)
{
	return of(f)->real->pMethods->xUnlock(of(f)->real, level);
}

static int fault_reserved(sqlite3_file *f, int *taken)
{
	return of(f)->real->pMethods->xCheckReservedLock(of(f)->real, taken);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
	return of(f)->real->pMethods->xFileControl(of(f)->real, op, arg);
}

static int fault_sector(sqlite3_file *f)
{
	return of(f)->real->pMethods->xSectorSize(of(f)->real);
}

static int fault_device(sqlite3_file *f)
{
	return of(f)->real->pMethods->xDeviceCharacteristics(of(f)->real);
}

static int fault_shm_map(sqlite3_file *f, int page, int size, int extend,
			 void volatile **to)
{
	if (fails(of(f), FAULT_SHM_MAP))
		return fault.code;
	return of(f)->real->pMethods->xShmMap(of(f)->real, page, size, extend,
					      to);
}

static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	/* Letting go never fails. */
	if ((flags & SQLITE_SHM_LOCK) && fails(of(f), FAULT_SHM_LOCK))
		return fault.code;
	return of(f)->real->pMethods->xShmLock(of(f)->real, offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
	of(f)->real->pMethods->xShmBarrier(of(f)->real);
}

static int fault_shm_unmap(sqlite3_file *f, int delete)
{
	return of(f)->real->pMethods->xShmUnmap(of(f)->real, delete);
}

/* Nothing is mapped. */
static int fault_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **to)
{
	(void)f;
	(void)at;
	(void)n;
	*to = NULL;
	return SQLITE_OK;
}

static int fault_unfetch(sqlite3_file *f, sqlite3_int64 at, void *mapped)
{
	(void)f;
	(void)at;
	if (mapped == NULL && fault_watch.window)
		fault_watch.window();
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 3,
	.xClose = fault_close,
	.xRead = fault_read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_size,
	.xLock = fault_lock,
	.xUnlock = fault_unlock,
	.xCheckReservedLock = fault_reserved,
	.xFileControl = fault_control,
	.xSectorSize = fault_sector,
	.xDeviceCharacteristics = fault_device,
	.xShmMap = fault_shm_map,
	.xShmLock = fault_shm_lock,
	.xShmBarrier = fault_shm_barrier,
	.xShmUnmap = fault_shm_unmap,
	.xFetch = fault_fetch,
	.xUnfetch = fault_unfetch,
};

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f,
		      int flags, int *out_flags)
{
	struct fault_file *file = of(f);
	int code;

	(void)vfs;
	memset(file, 0, sizeof(*file));
	file->real = (sqlite3_file *)(void *)(file + 1);
	file->path = path != NULL ? path : "";
	code = real_vfs->xOpen(real_vfs, path, file->real, flags, out_flags);
	if (code == SQLITE_OK)
		file->base.pMethods = &methods;
	return code;
}

static int fault_last_error(sqlite3_vfs *vfs, int n, char *text)
{
	(void)vfs;
	return fault.hits > 0 ? fault.number
			      : real_vfs->xGetLastError(real_vfs, n, text);
}

void fault_register(void)
{
	static sqlite3_vfs vfs;

	if (real_vfs != NULL)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "fault";
	vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
	vfs.xOpen = fault_open;
	vfs.xGetLastError = fault_last_error;
	sqlite3_vfs_register(&vfs, 0);
}

void fault_clear(void)
{
	memset(&fault, 0, sizeof(fault));
	memset(&fault_watch, 0, sizeof(fault_watch));
}
