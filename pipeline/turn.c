/* turn.c - see turn.h. */

#include "pipeline/turn.h"

#include <unistd.h>

#include "base/fs.h"

enum {
	WAIT_MS = 10000,
	ACT_MS = 500 /* longer than an act takes; the rest of a queue waits */
};

struct turn {
	char *act_path;
	char *stage_path;
	int act_fd; /* -1: not held */
	int stage_fd;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
turn_close(void *p)
{
	turn_give(p);
}

struct turn *
turn_open(mem_ctx *ctx, const char *home)
{
	struct turn *t = mem_new(ctx, struct turn);

	t->act_fd = t->stage_fd = -1;
	t->act_path = fs_path(t, home, "locks/act.lock");
	t->stage_path = fs_path(t, home, "locks/stage.lock");
	mem_on_free(t, turn_close);
	return t;
}

static bool
is_held(struct oms_error *err, const char *by)
{
	if (err->code == OMS_LOCKED)
		err->code = OMS_DB_BUSY;
	return oms_context(err, "waiting for %s", by);
}

bool
turn_take_stage(struct turn *t, struct oms_error *err)
{
	bool ok;

	if (t->stage_fd < 0) {
		t->stage_fd = fs_lock(t->stage_path, WAIT_MS, err);
		ok = t->stage_fd >= 0;
	} else {
		ok = fs_lock_again(t->stage_fd, t->stage_path, WAIT_MS, err);
	}
	return ok || is_held(err, "an act of a person to end");
}

bool
turn_let_acts(struct turn *t)
{
	struct oms_error other = NO_ERROR;
	int fd = fs_lock(t->act_path, 0, &other);

	if (fd >= 0) {
		close_fd(&fd);
		return false;
	}
	fs_unlock(t->stage_fd);
	fd = fs_lock(t->act_path, ACT_MS, &other);
	close_fd(&fd);
	other = NO_ERROR;
	(void)!turn_take_stage(t, &other); /* else the next commit waits */
	return true;
}

void
turn_give(struct turn *t)
{
	if (t->stage_fd >= 0)
		fs_unlock(t->stage_fd); /* for a child that lives on, too */
	close_fd(&t->stage_fd);
	close_fd(&t->act_fd);
}

bool
turn_take_act(struct turn *t, struct oms_error *err)
{
	t->act_fd = fs_lock(t->act_path, WAIT_MS, err);
	if (t->act_fd < 0)
		return is_held(err, "another act to end");
	t->stage_fd = fs_lock(t->stage_path, WAIT_MS, err);
	if (t->stage_fd >= 0)
		return true;
	turn_give(t);
	return is_held(err, "the run to end its batch");
}
