/* dry_run.c - see dry_run.h. */

#include "jobs/dry_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/num.h"
#include "base/scope.h"
#include "jobs/stages.h"
#include "pipeline/dead_ops.h"
#include "store/db.h"
#include "store/stmt.h"

#define COPY_NAME "dry-"  /* and the number of the process */
#define EDIT_NAME "edit-" /* the same: cli/cmd_dead_edit.c */

static void
remove_tree(void *path)
{
	fs_remove_tree(path);
}

static bool
copy_file(const char *from, const char *to, struct oms_error *err)
{
	AUTO_CLOSE int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char sha[FS_SHA_BYTES];
	int64_t bytes;

	if (fd < 0)
		return oms_fail_errno(err, OMS_IO, "open %s", from);
	return fs_copy_hashed(fd, to, INT64_MAX, sha, &bytes, err);
}

/* Blobs never change, so a second name for them is as good as a copy. */
static bool
link_file(const char *from, const char *to, struct oms_error *err)
{
	return link(from, to) == 0 ||
	    oms_fail_errno(err, OMS_IO, "link %s", from);
}

typedef bool take_fn(const char *from, const char *to, struct oms_error *err);

/* A folder with its plain files and folders; what is absent is no fault. */
static bool
copy_tree(mem_ctx *ctx, const char *from, const char *to, take_fn *take,
    struct oms_error *err)
{
	DIR *d = opendir(from);
	struct dirent *e;
	bool ok = fs_mkdir(to, 0700, err);

	while (ok && d != NULL && (e = readdir(d)) != NULL) {
		char *a = fs_path(ctx, from, e->d_name);
		char *b = fs_path(ctx, to, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR)
			ok = copy_tree(ctx, a, b, take, err);
		else if (e->d_type == DT_REG)
			ok = take(a, b, err);
	}
	if (d != NULL)
		(void)closedir(d);
	return ok;
}

/* The parts of a home that a run reads. */
static bool
copy_home(mem_ctx *ctx, const char *home, const char *copy,
    struct oms_error *err)
{
	static const char *const trees[] = { "partners", "jobs", "rules",
		"inbox", "deadletter" };
	static const char *const empty[] = { "outbox", "spool/tmp", "locks",
		"archive" };
	struct db *db;
	bool ok = fs_mkdir(copy, 0700, err) &&
	    copy_file(fs_path(ctx, home, "oms.ini"),
		fs_path(ctx, copy, "oms.ini"), err);

	for (size_t i = 0; ok && i < sizeof(trees) / sizeof(trees[0]); i++)
		ok = copy_tree(ctx, fs_path(ctx, home, trees[i]),
		    fs_path(ctx, copy, trees[i]), copy_file, err);
	for (size_t i = 0; ok && i < sizeof(empty) / sizeof(empty[0]); i++)
		ok = fs_mkdir(fs_path(ctx, copy, empty[i]), 0700, err);
	ok = ok &&
	    copy_tree(ctx, fs_path(ctx, home, "keys"),
		fs_path(ctx, copy, "keys"), link_file, err);
	if (!ok)
		return false;
	db = db_open(ctx, home, DB_READ, 1 << 20, err);
	return db != NULL &&
	    db_copy_to(db, fs_path(ctx, copy, "oms.db"), err) &&
	    copy_tree(ctx, fs_path(ctx, home, "spool/blob"),
		fs_path(ctx, copy, "spool/blob"), link_file, err);
}

/* What lies in one folder of the outbox: documents for one partner. */
static bool
list_partner(mem_ctx *ctx, const char *dir, const char *partner,
    struct run_report *ret, struct oms_error *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	if (n < 0)
		return oms_fail_errno(err, OMS_IO, "read %s", dir);
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		struct stat st;

		if (name[0] != '.' &&
		    lstat(fs_path(ctx, dir, name), &st) == 0) {
			ret->planned = mem_resize(ctx, ret->planned,
			    (ret->planned_count + 1) * sizeof(*ret->planned));
			ret->planned[ret->planned_count++] = (struct planned){
				mem_strdup(ctx, partner), mem_strdup(ctx, name),
				st.st_size
			};
		}
		free(list[i]);
	}
	free(list);
	return true;
}

static bool
list_outbox(mem_ctx *ctx, const char *dir, struct run_report *ret,
    struct oms_error *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);
	bool ok = n >= 0 || oms_fail_errno(err, OMS_IO, "read %s", dir);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		ok = ok &&
		    (name[0] == '.' ||
			list_partner(ctx, fs_path(ctx, dir, name), name, ret,
			    err));
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ok;
}

/* A dry run that was killed left its copy; its process tells. */
static bool
is_left_over(const char *name)
{
	int64_t pid;
	struct oms_error other = NO_ERROR;

	const char *digits = strchr(name, '-');

	return (strncmp(name, COPY_NAME, strlen(COPY_NAME)) == 0 ||
		   strncmp(name, EDIT_NAME, strlen(EDIT_NAME)) == 0) &&
	    num_parse_int(digits + 1, 1, INT32_MAX, &pid, &other) &&
	    kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

void
dry_run_sweep(mem_ctx *ctx, const char *home)
{
	char *tmp = fs_path(ctx, home, "spool/tmp");
	DIR *d = opendir(tmp);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (is_left_over(e->d_name))
			remove_tree(fs_path(ctx, tmp, e->d_name));
	if (d != NULL)
		(void)closedir(d);
}

enum exit_code
dry_run(mem_ctx *ctx, const struct job_request *req, struct run_report *ret)
{
	mem_ctx *work = mem_ctx_new(ctx, "dry run");
	char *copy = mem_printf(work, "%s/spool/tmp/" COPY_NAME "%ld",
	    req->home, (long)getpid());
	struct job_request inner = *req;
	struct oms_error err = NO_ERROR;

	mem_on_free(copy, remove_tree);
	if (!copy_home(work, req->home, copy, &err)) {
		ret->err = err;
		ret->exit_code = exit_code_of(err.code);
		mem_free(work);
		return ret->exit_code;
	}
	inner.home = copy;
	inner.dry_run = false;
	inner.offline = true;
	(void)jobs_run(ctx, &inner, ret);
	if (!list_outbox(ctx, fs_path(work, copy, "outbox"), ret, &err) &&
	    ret->err.code == OMS_OK) {
		ret->err = err;
		ret->exit_code = exit_code_of(err.code);
	}
	mem_free(work);
	return ret->exit_code;
}

/* ---- a retry ------------------------------------------------------------ */

/* How far the numbers had come before the retry. */
struct mark {
	int64_t dead_id;
	int64_t doc_id;
	int64_t move_id;
};

/* Everything but collect, which would take in what has just come. */
static bool
walk_stages(mem_ctx *ctx, const char *copy, struct oms_error *err)
{
	for (size_t i = 0; i < stage_count; i++) {
		struct job_request req = { .home = copy,
			.job = stages[i].name,
			.offline = true };
		struct run_report rep;

		if (strcmp(stages[i].name, "collect") == 0)
			continue;
		(void)jobs_run(ctx, &req, &rep);
		if (rep.err.code != OMS_OK) {
			*err = rep.err;
			return false;
		}
	}
	return true;
}

static void
add_change(mem_ctx *ctx, struct retry_report *ret, struct change change)
{
	if ((ret->change_count & (ret->change_count - 1)) == 0)
		ret->changes = mem_resize(ctx, ret->changes,
		    (ret->change_count == 0 ? 1 : 2 * ret->change_count) *
			sizeof(change));
	ret->changes[ret->change_count++] = change;
}

static bool
load_mark(struct db *db, struct mark *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DRY_RETRY_MARK, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	*ret = (struct mark){ col_int(s, 0), col_int(s, 1), col_int(s, 2) };
	stmt_end(s);
	return true;
}

/* Retry them in the copy; one that is refused is a change of its own. */
static bool
retry_all(mem_ctx *ctx, const char *copy, const int64_t *ids, size_t count,
    struct mark *ret_mark, struct retry_report *ret, struct oms_error *err)
{
	mem_ctx *work = mem_ctx_new(ctx, "retry");
	struct run *run = jobs_open_copy(work, copy, err);
	bool ok = run != NULL && load_mark(run->db, ret_mark, err);

	for (size_t i = 0; ok && i < count; i++) {
		struct oms_error why = NO_ERROR;

		if (dead_retry(run, ids[i], &why))
			continue;
		if (why.code ==
		    OMS_NOT_FOUND) /* that is of partners' folders */
			why.code = OMS_USAGE;
		add_change(ctx, ret,
		    (struct change){ "dead",
			mem_printf(ctx, "%lld", (long long)ids[i]), "refused",
			oms_code_name(why.code), mem_strdup(ctx, why.reason) });
	}
	mem_free(work);
	return ok;
}

static bool
read_changes(mem_ctx *ctx, struct stmt *s, struct retry_report *ret,
    struct oms_error *err)
{
	while (stmt_next(s, err))
		add_change(ctx, ret,
		    (struct change){ col_dup(s, 0, ctx), col_dup(s, 1, ctx),
			col_dup(s, 2, ctx), col_dup(s, 3, ctx),
			col_dup(s, 4, ctx) });
	return err->code == OMS_OK;
}

static bool
tell_letter(mem_ctx *ctx, struct db *db, int64_t dead_id, bool *ret_dead,
    struct retry_report *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DRY_RETRY_LETTER, err);
	size_t first = ret->change_count;

	if (s == NULL)
		return false;
	stmt_int(s, ":dead_id", dead_id);
	if (!read_changes(ctx, s, ret, err))
		return false;
	if (ret->change_count > first &&
	    strcmp(ret->changes[first].state, "resolved") != 0)
		*ret_dead = true;
	return true;
}

static bool
tell_all(mem_ctx *ctx, const char *copy, const int64_t *ids, size_t count,
    const struct mark *m, bool *ret_dead, struct retry_report *ret,
    struct oms_error *err)
{
	mem_ctx *work = mem_ctx_new(ctx, "tell");
	struct db *db = db_open(work, copy, DB_READ, 1 << 20, err);
	struct stmt *s = NULL;
	bool ok = db != NULL;

	*ret_dead = ret->change_count > 0; /* refused ones */
	for (size_t i = 0; ok && i < count; i++)
		ok = tell_letter(ctx, db, ids[i], ret_dead, ret, err);
	ok = ok && (s = stmt_begin(db, SQL_DRY_RETRY_REST, err)) != NULL;
	if (ok) {
		stmt_int(s, ":dead_id", m->dead_id);
		stmt_int(s, ":move_id", m->move_id);
		stmt_int(s, ":doc_id", m->doc_id);
		ok = read_changes(ctx, s, ret, err);
	}
	mem_free(work);
	return ok;
}

enum exit_code
dry_retry(mem_ctx *ctx, const char *home, const int64_t *ids, size_t count,
    struct retry_report *ret)
{
	mem_ctx *work = mem_ctx_new(ctx, "dry retry");
	char *copy = mem_printf(work, "%s/spool/tmp/" COPY_NAME "%ld", home,
	    (long)getpid());
	struct mark m = { 0, 0, 0 };
	bool is_dead = false, ok;

	*ret = (struct retry_report){ .err = NO_ERROR };
	mem_on_free(copy, remove_tree);
	ok = copy_home(work, home, copy, &ret->err) &&
	    walk_stages(work, copy, &ret->err) &&
	    retry_all(ctx, copy, ids, count, &m, ret, &ret->err) &&
	    walk_stages(work, copy, &ret->err) &&
	    tell_all(ctx, copy, ids, count, &m, &is_dead, ret, &ret->err);
	mem_free(work);
	if (!ok)
		return exit_code_of(ret->err.code);
	return is_dead ? EXIT_REJECTED : EXIT_OK;
}
