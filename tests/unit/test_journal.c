/*
 * test_journal.c - the promises of store/journal.h, of the recording in
 * store/db.h and of pipeline/journal.h.
 */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "pipeline/finding.h"
#include "pipeline/journal.h"
#include "store/journal.h"
#include "store/stmt.h"
#include "tests/unit/home.h"

struct fixture {
	mem_ctx *ctx;
	struct home *h;
	char *home;
	char *log;
	struct journal *j;
	struct sbuf seen; /* "1 tx a=b|body;" of every entry read */
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->ctx = f;
	f->h = home_new(f);
	f->home = f->h->dir;
	f->log = fs_path(f, f->home, "spool/journal/0000000001.log");
	f->j = journal_open(f, f->home);
	ASSERT_OK(fs_mkdir(fs_path(f, f->home, "locks"), 0700, ERR));
	sbuf_init(&f->seen, f, 1 << 16);
	*state = f;
	return 0;
}

static int64_t
add(struct fixture *f, const char *kind, int64_t commit_no, const char *body)
{
	struct journal_entry e = { .commit_no = commit_no,
		.kind = kind,
		.fields = "a=b\tn=7",
		.body = body,
		.body_bytes = strlen(body) };
	int64_t seq = 0;

	ASSERT_OK(journal_append(f->j, &e, true, &seq, ERR));
	return seq;
}

static bool
see(void *u, const struct journal_entry *e, struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	sbuf_addf(&f->seen, "%lld %s %lld ", (long long)e->seq, e->kind,
	    (long long)e->commit_no);
	sbuf_add(&f->seen, e->body, e->body_bytes);
	sbuf_addc(&f->seen, ';');
	return true;
}

static const char *
read_all(struct fixture *f, struct journal_end *end)
{
	sbuf_clear(&f->seen);
	ASSERT_OK(journal_read(f->home, see, f, end, ERR));
	return f->seen.p;
}

static void
change_byte(struct fixture *f, const char *text, char to)
{
	size_t n;
	char *all = fs_read(f, f->log, 1 << 20, &n, ERR), *at;
	FILE *file = fopen(f->log, "w");

	at = strstr(all, text);
	assert_non_null(at);
	*at = to;
	assert_int_equal(fwrite(all, 1, n, file), n);
	fclose(file);
}

static void
put_at_end(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->log, "a");

	fputs(text, file);
	fclose(file);
}

/* ---- the file ----------------------------------------------------------- */

static void
test_append__entries__are_read_in_their_order(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	assert_int_equal(add(f, "tx", 1, "one\n"), 1);
	assert_int_equal(add(f, "stage", 2, ""), 2);
	assert_string_equal(read_all(f, &end), "1 tx 1 one\n;2 stage 2 ;");
	assert_int_equal(end.seq, 2);
	assert_int_equal(end.tx_seq, 1);
	assert_int_equal(end.torn_bytes, 0);
}

static void
test_append__by_two_processes__keeps_one_chain(void **state)
{
	struct fixture *f = *state;
	struct journal *first = f->j, *second = journal_open(f, f->home);
	struct journal_end end;

	(void)add(f, "tx", 1, "a\n");
	f->j = second;
	assert_int_equal(add(f, "tx", 2, "b\n"), 2);
	f->j = first;
	assert_int_equal(add(f, "tx", 3, "c\n"), 3);
	assert_string_equal(read_all(f, &end),
	    "1 tx 1 a\n;2 tx 2 b\n;3 tx 3 c\n;");
}

static void
test_append__after_a_torn_entry__cuts_it_off(void **state)
{
	static const char *const torn[] = { "e", "entry\t2\t2\ttx\ta=b\n",
		"entry\t2\t2\ttx\ta=b\nhalf a line",
		"entry\t2\t2\ttx\ta=b\nbody\nend\t2\t2\t0123" };
	struct fixture *f = *state;
	struct journal_end end;

	(void)add(f, "tx", 1, "one\n");
	for (size_t i = 0; i < COUNT(torn); i++) {
		put_at_end(f, torn[i]);
		(void)read_all(f, &end);
		assert_int_equal(end.torn_bytes, strlen(torn[i]));
		f->j = journal_open(f, f->home);
		ASSERT_OK(journal_tail(f->j, &end, ERR));
		assert_int_equal(end.seq, 1);
	}
	assert_int_equal(add(f, "tx", 2, "two\n"), 2);
	assert_string_equal(read_all(f, &end), "1 tx 1 one\n;2 tx 2 two\n;");
	assert_int_equal(end.torn_bytes, 0);
}

static void
test_append__zeros_after_a_power_cut__are_cut_off(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	struct stat st;

	(void)add(f, "tx", 1, "one\n");
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(truncate(f->log, st.st_size + 4096), 0);
	f->j = journal_open(f, f->home);
	assert_int_equal(add(f, "tx", 2, "two\n"), 2);
	assert_string_equal(read_all(f, &end), "1 tx 1 one\n;2 tx 2 two\n;");
}

static void
test_read__a_changed_byte__breaks_the_chain_there(void **state)
{
	static const char *const texts[] = { "one", "a=b", "entry",
		"1\t1\ttx" };
	struct fixture *f = *state;
	struct journal_end end;

	for (size_t i = 0; i < COUNT(texts); i++) {
		(void)remove(f->log);
		f->j = journal_open(f, f->home);
		(void)add(f, "tx", 1, "one\n");
		(void)add(f, "tx", 2, "two\n");
		change_byte(f, texts[i], 'X');
		ASSERT_FAILS(OMS_JOURNAL,
		    journal_read(f->home, see, f, &end, ERR));
		assert_non_null(strstr(ERR->where, "0000000001.log line 3"));
	}
}

static void
test_read__an_entry_taken_out__breaks_the_chain(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	char *all, *second;
	size_t n;
	FILE *file;

	(void)add(f, "tx", 1, "one\n");
	(void)add(f, "tx", 2, "two\n");
	all = fs_read(f, f->log, 1 << 20, &n, ERR);
	second = strstr(all, "entry\t2");
	file = fopen(f->log, "w");
	fputs(second, file);
	fclose(file);
	ASSERT_FAILS(OMS_JOURNAL, journal_read(f->home, NULL, NULL, &end, ERR));
}

/* A file each, for every second entry begins one. */
static void
fill(struct fixture *f)
{
	journal_limit(f->j, 200);
	for (int i = 1; i <= 8; i++)
		(void)add(f, "tx", i, "body of some length, to fill it\n");
}

static char *
file_of(struct fixture *f, int seq)
{
	return mem_printf(f, "%s/spool/journal/%010d.log", f->home, seq);
}

static void
test_append__a_full_file__is_followed_by_another(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	fill(f);
	assert_int_equal(access(file_of(f, 3), F_OK), 0);
	assert_int_equal(access(file_of(f, 7), F_OK), 0);
	assert_int_not_equal(access(file_of(f, 2), F_OK), 0);
	(void)read_all(f, &end);
	assert_int_equal(end.seq, 8);
	f->j = journal_open(f, f->home); /* by another process */
	assert_int_equal(add(f, "tx", 9, "more\n"), 9);
	(void)read_all(f, &end);
	assert_int_equal(end.seq, 9);
}

static void
test_append__another_process_began_a_file__goes_on_there(void **state)
{
	struct fixture *f = *state;
	struct journal *first = f->j;
	struct journal_end end;

	(void)add(f, "tx", 1, "one\n");
	f->j = journal_open(f, f->home);
	fill(f);
	f->j = first;
	assert_int_equal(add(f, "tx", 10, "ten\n"), 10);
	(void)read_all(f, &end);
	assert_int_equal(end.seq, 10);
}

static bool
is_number(void *u, const struct journal_entry *e)
{
	return e->seq == *(int64_t *)u;
}

static void
test_prune__the_files_before_an_entry__leave_a_chain(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	int64_t from = 5;

	fill(f);
	ASSERT_OK(journal_prune(f->home, is_number, &from, ERR));
	assert_int_not_equal(access(file_of(f, 1), F_OK), 0);
	assert_int_not_equal(access(file_of(f, 3), F_OK), 0);
	assert_int_equal(strncmp(read_all(f, &end), "5 tx 5 ", 7), 0);
	assert_int_equal(end.seq, 8);
	assert_int_equal(add(f, "tx", 9, "more\n"), 9);
	(void)read_all(f, &end);
	assert_int_equal(end.tx_seq, 9);
}

static void
test_append__its_file_was_pruned__goes_on_in_the_last(void **state)
{
	struct fixture *f = *state;
	struct journal *first = f->j;
	struct journal_end end;
	int64_t from = 7;

	(void)add(f, "tx", 1, "one\n");
	f->j = journal_open(f, f->home);
	fill(f);
	ASSERT_OK(journal_prune(f->home, is_number, &from, ERR));
	f->j = first;
	assert_int_equal(add(f, "tx", 10, "ten\n"), 10);
	assert_int_equal(strncmp(read_all(f, &end), "7 tx ", 5), 0);
	assert_int_equal(end.seq, 10);
}

/* Killed in its middle, it has removed the oldest ones. */
static void
test_prune__killed__leaves_a_chain(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	fill(f);
	assert_int_equal(remove(file_of(f, 1)), 0);
	assert_int_equal(strncmp(read_all(f, &end), "3 tx 3 ", 7), 0);
}

static void
test_prune__no_such_entry__removes_nothing(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	int64_t from = 6; /* begins no file */

	fill(f);
	ASSERT_OK(journal_prune(f->home, is_number, &from, ERR));
	assert_int_equal(strncmp(read_all(f, &end), "1 tx 1 ", 7), 0);
}

static void
test_read__a_file_in_the_middle_is_gone__breaks_the_chain(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	fill(f);
	assert_int_equal(remove(file_of(f, 3)), 0);
	ASSERT_FAILS(OMS_JOURNAL, journal_read(f->home, NULL, NULL, &end, ERR));
}

static void
test_append__after_entries_of_the_past__has_a_higher_number(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	journal_after(f->j, 41);
	assert_int_equal(add(f, "base", 7, ""), 42);
	assert_string_equal(read_all(f, &end), "42 base 7 ;");
	assert_int_equal(end.tx_seq, 41);
	assert_int_equal(add(f, "tx", 8, "a\n"), 43);
	(void)read_all(f, &end);
	assert_int_equal(end.tx_seq, 43);
}

static void
test_read__no_journal__is_empty(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	assert_string_equal(read_all(f, &end), "");
	assert_int_equal(end.seq, 0);
}

static void
test_load__the_place_of_an_entry__gives_it_again(void **state)
{
	struct fixture *f = *state;
	struct journal_entry *e;
	struct stat st;

	(void)add(f, "tx", 5, "body\n");
	assert_int_equal(stat(f->log, &st), 0);
	e = journal_load(f, f->log, 0, st.st_size - 72, ERR);
	assert_non_null(e);
	assert_string_equal(e->kind, "tx");
	assert_int_equal(e->commit_no, 5);
	assert_string_equal(journal_field(f, e, "a"), "b");
	assert_string_equal(journal_field(f, e, "none"), "");
	assert_int_equal(journal_field_int(e, "n"), 7);
}

/* The home of these tests has rows already, so its journal has a base. */

/* ---- recording ---------------------------------------------------------- */

static bool
begin(struct fixture *f)
{
	return db_begin(f->h->run.db, ERR);
}

static void
set_counter(struct fixture *f, const char *name, int64_t value)
{
	struct stmt *s = stmt_begin(f->h->run.db, SQL_COUNTER_SET, ERR);

	stmt_int(s, ":value", value);
	stmt_text(s, ":name", name);
	ASSERT_OK(stmt_run(s, NULL, ERR));
}

static void
attach(struct fixture *f)
{
	ASSERT_OK(journal_attach(&f->h->run, ERR));
}

static void
test_attach__a_commit__is_recorded_with_its_number(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	ASSERT_OK(begin(f));
	set_counter(f, "order", 12);
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	assert_string_equal(read_all(f, &end),
	    "1 base 1 ;2 tx 1 counter_set\t:value=i12\t:name=torder\n;");
}

static void
test_attach__what_was_undone__is_not_recorded(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	ASSERT_OK(begin(f));
	set_counter(f, "order", 1);
	ASSERT_OK(db_save(f->h->run.db, ERR));
	set_counter(f, "order", 2);
	ASSERT_OK(db_undo(f->h->run.db, ERR));
	set_counter(f, "file", 3);
	db_record_drop(f->h->run.db);
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	ASSERT_OK(begin(f));
	set_counter(f, "order", 4);
	db_rollback(f->h->run.db);
	assert_string_equal(read_all(f, &end),
	    "1 base 1 ;2 tx 1 counter_set\t:value=i1\t:name=torder\n;");
}

static void
test_attach__a_stage__is_announced_at_its_first_commit(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	f->h->run.window = "2026-03-28";
	ASSERT_OK(journal_stage(&f->h->run, "accept", ERR));
	journal_stage_end(&f->h->run);
	ASSERT_OK(journal_stage(&f->h->run, "bill", ERR));
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(begin(f));
		set_counter(f, "order", i);
		ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	}
	journal_stage_end(&f->h->run);
	ASSERT_OK(begin(f));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	assert_string_equal(read_all(f, &end), "1 base 1 ;2 stage 1 ;3 tx 3 ;");
}

/* A process that does one act, as soon as it may. */
static pid_t
act_elsewhere(struct fixture *f)
{
	struct oms_error err = NO_ERROR;
	struct run other = f->h->run;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	other.journal = NULL;
	other.run_id = 0;
	other.db = db_open(f, f->home, DB_WRITE, 1 << 20, &err);
	_exit(other.db != NULL && journal_attach(&other, &err) &&
		    db_begin(other.db, &err) && db_commit(other.db, "act", &err)
		? 0
		: 1);
}

static void
commit_in_stage(struct fixture *f)
{
	ASSERT_OK(begin(f));
	set_counter(f, "order", 1);
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
}

static void
commit_until_ended(struct fixture *f, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0)
		commit_in_stage(f);
	assert_int_equal(status, 0);
}

/* How many entries of that kind there are, after those of the other. */
static int
count_seen(struct fixture *f, const char *kind)
{
	struct journal_end end;
	int n = 0;

	for (const char *p = read_all(f, &end); (p = strstr(p, kind)) != NULL;
	     p++)
		n++;
	return n;
}

static void
test_stage__an_act_between_two_commits__is_followed_by_on(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	char *on, *tx;

	attach(f);
	f->h->run.window = "2026-03-28";
	ASSERT_OK(journal_stage(&f->h->run, "bill", ERR));
	commit_in_stage(f);
	commit_until_ended(f, act_elsewhere(f));
	commit_in_stage(f);
	journal_stage_end(&f->h->run);
	assert_int_equal(count_seen(f, " tx "), 1);
	assert_int_equal(count_seen(f, " on "), 1);
	(void)read_all(f, &end);
	tx = strstr(f->seen.p, " tx ");
	on = strstr(f->seen.p, " on ");
	assert_int_equal(strtol(on + 4, NULL, 10),
	    strtol(tx + 4, NULL, 10) + 1);
	assert_non_null(strstr(f->seen.p, "2 stage 1 ;3 tx "));
}

/* It would have no place: had the stage read before or after it? */
static void
test_stage__an_act_before_its_first_commit__waits(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;
	pid_t pid;

	attach(f);
	f->h->run.window = "2026-03-28";
	ASSERT_OK(journal_stage(&f->h->run, "bill", ERR));
	pid = act_elsewhere(f);
	usleep(50000); /* time to be wrong */
	commit_until_ended(f, pid);
	journal_stage_end(&f->h->run);
	assert_non_null(strstr(read_all(f, &end), "2 stage 1 ;3 tx "));
}

/* An entry that was written, and whose commit never came. */
static void
test_attach__an_entry_that_never_became_true__is_void(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	ASSERT_OK(begin(f));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	(void)add(f, "tx", 2, "never\n");
	ASSERT_OK(begin(f));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	assert_string_equal(read_all(f, &end),
	    "1 base 1 ;2 tx 1 ;3 tx 2 never\n;4 void 1 ;5 tx 2 ;");
}

/* Its WAL was cut off, say: what partners removed meanwhile would be lost. */
static void
test_attach__the_database_fell_back__is_damaged(void **state)
{
	struct fixture *f = *state;

	attach(f);
	for (int i = 0; i < 3; i++) {
		ASSERT_OK(begin(f));
		set_counter(f, "order", i);
		ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	}
	home_exec(f->h,
	    "UPDATE journal_head SET commit_no = commit_no - 1, "
	    "entry_no = entry_no - 1");
	ASSERT_OK(journal_attach(&f->h->run, ERR)); /* as after a crash */
	home_exec(f->h,
	    "UPDATE journal_head SET commit_no = commit_no - 1, "
	    "entry_no = entry_no - 1");
	ASSERT_FAILS(OMS_STORE_DAMAGED, journal_attach(&f->h->run, ERR));
}

static void
test_attach__the_journal_is_lost__begins_with_a_copy(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	ASSERT_OK(begin(f));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	assert_int_equal(remove(f->log), 0);
	attach(f);
	assert_int_equal(strncmp(read_all(f, &end), "3 base 2 ;4 tx 2 ", 17),
	    0);
	assert_int_equal(access(journal_base_path(f, f->home, 1), F_OK), 0);
}

static void
watch(struct fixture *f, int64_t run_id)
{
	f->h->run.run_id = run_id;
	ASSERT_OK(begin(f));
	ASSERT_OK(finding_adopt(&f->h->run, OMS_JOURNAL, ERR));
	ASSERT_OK(finding_settle(&f->h->run, OMS_JOURNAL, ERR));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
}

/* Also when a command met it first: the next run tells, the one after ends. */
static void
test_attach__the_journal_is_lost__is_found_until_the_next_run(void **state)
{
	struct fixture *f = *state;

	attach(f);
	ASSERT_OK(begin(f));
	ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
	ASSERT_SQL(f->h, "SELECT COUNT(*) FROM finding", "0");
	assert_int_equal(remove(f->log), 0);
	f->h->run.run_id = 0;
	attach(f);
	ASSERT_SQL(f->h, "SELECT code, object, state FROM finding",
	    "store.journal|spool/journal|open");
	watch(f, 7);
	ASSERT_SQL(f->h, "SELECT state FROM finding", "open");
	attach(f); /* in order again */
	watch(f, 8);
	ASSERT_SQL(f->h, "SELECT COUNT(*), state FROM finding", "1|cleared");
}

/* A key of personal data was made while an act had the home open. */
static void
test_act__the_keys_were_changed_meanwhile__is_refused(void **state)
{
	struct fixture *f = *state;

	attach(f);
	home_exec(f->h,
	    "INSERT INTO personal_key (key_id, state, done, since_ts_us) "
	    "VALUES ('0123abcd', 'current', 0, 1)");
	ASSERT_FAILS(OMS_DB_BUSY, begin(f));
	home_exec(f->h, "DELETE FROM personal_key");
	ASSERT_OK(begin(f)); /* and the turn was given back */
	db_rollback(f->h->run.db);
}

/* What a rebuild or a restore has moved away takes no commit any more. */
static void
test_begin__the_database_was_replaced__is_refused(void **state)
{
	struct fixture *f = *state;
	char *path = fs_path(f, f->home, "oms.db");

	attach(f);
	ASSERT_OK(fs_copy(path, mem_printf(f, "%s.new", path), 0600, ERR));
	assert_int_equal(rename(path, mem_printf(f, "%s.old", path)), 0);
	ASSERT_FAILS(OMS_DB_BUSY, begin(f));
	assert_int_equal(rename(mem_printf(f, "%s.new", path), path), 0);
	ASSERT_FAILS(OMS_DB_BUSY, begin(f));
	assert_int_equal(rename(mem_printf(f, "%s.old", path), path), 0);
	ASSERT_OK(begin(f));
	db_rollback(f->h->run.db);
}

static void
test_forget__two_copies__leaves_the_last_and_what_follows(void **state)
{
	struct fixture *f = *state;
	struct journal_end end;

	attach(f);
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(begin(f));
		set_counter(f, "order", i);
		ASSERT_OK(db_commit(f->h->run.db, "test", ERR));
		ASSERT_OK(journal_base(&f->h->run, ERR));
	}
	assert_int_equal(access(journal_base_path(f, f->home, 1), F_OK), 0);
	ASSERT_OK(journal_forget(&f->h->run, ERR));
	assert_int_not_equal(access(journal_base_path(f, f->home, 1), F_OK), 0);
	assert_int_equal(access(journal_base_path(f, f->home, 2), F_OK), 0);
	assert_string_equal(read_all(f, &end), "5 base 3 ;");
}

static bool
note_call(void *u, const char *name, int64_t arg, struct oms_error *err)
{
	struct fixture *f = u;

	(void)err;
	sbuf_addf(&f->seen, "%s(%lld)", name, (long long)arg);
	return true;
}

static void
test_apply__statements_and_calls__are_made_in_their_order(void **state)
{
	static const char changes[] =
	    "counter_set\t:value=i42\t:name=torder\n"
	    "()\tcall\t7\n"
	    "file_add\t:file_id=i99\t:partner=ta\\tb\\nc\\\\d\t:feed=t\t:type=t"
	    "\t:name=tn\t:sha256=ts\t:size_bytes=i0\t:state=tnew\t:ts_us=i-1\n";
	struct fixture *f = *state;
	struct db *db = f->h->run.db;

	ASSERT_OK(begin(f));
	ASSERT_OK(db_apply(db, changes, strlen(changes), note_call, f, ERR));
	ASSERT_OK(db_commit(db, "test", ERR));
	assert_string_equal(f->seen.p, "call(7)");
	ASSERT_SQL(f->h, "SELECT value FROM counter WHERE name = 'order'",
	    "42");
	ASSERT_SQL(f->h,
	    "SELECT partner = 'a' || char(9) || 'b' || char(10) || 'c\\d', "
	    "received_ts_us, parent_dead_id FROM file WHERE file_id = 99",
	    "1|-1|NULL");
}

static void
test_apply__what_nobody_recorded__is_refused(void **state)
{
	static const char *const bad[] = { "no_such_statement\t:a=i1\n",
		"counter_set\t:nothing=i1\n", "counter_set\t:value=x1\n",
		"counter_set\t:value=i1z\n", "counter_set\t:value\n",
		"()\tcall\n", "()\tcall\tx\n" };
	struct fixture *f = *state;
	struct db *db = f->h->run.db;

	for (size_t i = 0; i < COUNT(bad); i++) {
		ASSERT_OK(begin(f));
		ASSERT_FAILS(OMS_JOURNAL,
		    db_apply(db, bad[i], strlen(bad[i]), note_call, f, ERR));
		db_rollback(db);
	}
}

static void
test_call__a_name_that_is_unknown__is_refused(void **state)
{
	struct fixture *f = *state;

	ASSERT_FAILS(OMS_JOURNAL,
	    journal_call(&f->h->run, "no_such_call", 1, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_append__entries__are_read_in_their_order),
		TEST(test_append__by_two_processes__keeps_one_chain),
		TEST(test_append__after_a_torn_entry__cuts_it_off),
		TEST(test_append__zeros_after_a_power_cut__are_cut_off),
		TEST(test_read__a_changed_byte__breaks_the_chain_there),
		TEST(test_read__an_entry_taken_out__breaks_the_chain),
		TEST(test_append__a_full_file__is_followed_by_another),
		TEST(test_append__another_process_began_a_file__goes_on_there),
		TEST(
		    test_append__after_entries_of_the_past__has_a_higher_number),
		TEST(test_prune__the_files_before_an_entry__leave_a_chain),
		TEST(test_append__its_file_was_pruned__goes_on_in_the_last),
		TEST(test_prune__killed__leaves_a_chain),
		TEST(test_prune__no_such_entry__removes_nothing),
		TEST(test_read__a_file_in_the_middle_is_gone__breaks_the_chain),
		TEST(test_read__no_journal__is_empty),
		TEST(test_load__the_place_of_an_entry__gives_it_again),
		TEST(test_attach__a_commit__is_recorded_with_its_number),
		TEST(test_attach__what_was_undone__is_not_recorded),
		TEST(test_attach__a_stage__is_announced_at_its_first_commit),
		TEST(test_stage__an_act_between_two_commits__is_followed_by_on),
		TEST(test_stage__an_act_before_its_first_commit__waits),
		TEST(test_attach__an_entry_that_never_became_true__is_void),
		TEST(test_attach__the_database_fell_back__is_damaged),
		TEST(test_attach__the_journal_is_lost__begins_with_a_copy),
		TEST(
		    test_attach__the_journal_is_lost__is_found_until_the_next_run),
		TEST(test_act__the_keys_were_changed_meanwhile__is_refused),
		TEST(test_begin__the_database_was_replaced__is_refused),
		TEST(test_forget__two_copies__leaves_the_last_and_what_follows),
		TEST(test_apply__statements_and_calls__are_made_in_their_order),
		TEST(test_apply__what_nobody_recorded__is_refused),
		TEST(test_call__a_name_that_is_unknown__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
