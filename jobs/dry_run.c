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
#include "store/db.h"

#define COPY_NAME "dry-" /* and the number of the process */

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

	return strncmp(name, COPY_NAME, strlen(COPY_NAME)) == 0 &&
	    num_parse_int(name + strlen(COPY_NAME), 1, INT32_MAX, &pid,
		&other) &&
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
