#ifndef MEND_CTL_DEV_H
#define MEND_CTL_DEV_H

#include "ctl.h"
#include "supervisor.h"

/* What belongs to one `mendctl dev`. */
struct dev {
	struct ctl *c;
	int port;
	char data[PATH_SIZE]; /* absolute */
	char url[64];	      /* http://127.0.0.1:8090 */
	int lock_fd;
	struct supervisor children;
	bool feed; /* the database was empty and samples are wanted */
	int samples_fed;
};

/* dev_folder.c: the folder and its lock; dev_unlock also on failure. */
MUST_CHECK enum err dev_folder(struct dev *d, const char *folder);
void dev_unlock(struct dev *d);
/* dev_nginx.c: renders "<data>/nginx/nginx.conf" from conf's template. */
MUST_CHECK enum err dev_render_nginx(struct dev *d);
/* dev_children.c: fills d->children; tells of a missing program. */
MUST_CHECK enum err dev_children(struct dev *d);
/* dev_loop.c: until a signal; the line "ready"; the end of all children. */
MUST_CHECK enum err dev_loop(struct dev *d);
/* dev_samples.c: posts the next sample event; false when there is none. */
bool dev_feed_sample(struct dev *d);
void dev_print_hints(const struct dev *d);

#endif
