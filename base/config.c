/* config.c - read the files, collect every fault; the keys: config_key.c. */

#include "base/config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config_key.h"
#include "base/count.h"
#include "base/fs.h"
#include "base/inifile.h"
#include "base/nearest.h"
#include "base/pattern.h"
#include "base/scope.h"
#include "base/str.h"
#include "base/zone.h"

enum {
	PARTNER_ID_MAX_BYTES = 32,
	FEED_NAME_MAX_BYTES = 32,
	SECRET_MAX_BYTES = 65536,
	FILE_OTHERS = 077,
	CREDENTIAL_OTHERS = 037
};

/* Where a value was given; what has none is a default. */
struct setting {
	const void *base;
	const struct config_key *key;
	const char *origin; /* "oms.ini:12" */
};

/* What config_load() gives away is the first member of this. */
struct loaded {
	struct config cfg;
	struct setting *settings;
	size_t setting_count;
	size_t setting_room;
};

struct loader {
	mem_ctx *ctx;
	struct loaded *loaded;
	struct fs_sha sha;
	const char *file;        /* being read, relative to the home */
	struct partner *partner; /* NULL in oms.ini */
	struct job *job;         /* NULL but in jobs/ */
	size_t faults;
	void (*each)(void *u, const char *fault);
	void *u;
};

static void PRINTF(3, 4)
    fault(struct loader *l, int line_no, const char *fmt, ...)
{
	mem_ctx *row = mem_ctx_new(NULL, "fault");
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->faults++;
	l->each(l->u,
	    line_no > 0 ? mem_printf(row, "%s:%d: %s", l->file, line_no, text)
			: mem_printf(row, "%s: %s", l->file, text));
	mem_free(row);
}

/* ------------------------------------------------------------- settings */

static const struct setting *
setting_of(const struct loaded *ld, const void *base,
    const struct config_key *key)
{
	for (size_t i = 0; i < ld->setting_count; i++)
		if (ld->settings[i].base == base && ld->settings[i].key == key)
			return &ld->settings[i];
	return NULL;
}

static void
remember(struct loader *l, const void *base, const struct config_key *key,
    int line_no)
{
	struct loaded *ld = l->loaded;

	if (ld->setting_count == ld->setting_room) {
		ld->setting_room = ld->setting_room * 2 + 32;
		ld->settings = mem_resize(l->ctx, ld->settings,
		    ld->setting_room * sizeof(*ld->settings));
	}
	ld->settings[ld->setting_count++] = (struct setting){ base, key,
		mem_printf(l->ctx, "%s:%d", l->file, line_no) };
}

/* ------------------------------------------------------------- sections */

static bool
is_id(const char *s, size_t max_bytes, char also)
{
	size_t n = strlen(s);

	if (n == 0 || n > max_bytes)
		return false;
	for (; *s != '\0'; s++)
		if (!islower((unsigned char)*s) &&
		    !isdigit((unsigned char)*s) && *s != '-' && *s != also)
			return false;
	return true;
}

static struct feed *
feed_of_name(struct partner *p, const char *name)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (strcmp(p->feeds[i].name, name) == 0)
			return &p->feeds[i];
	return NULL;
}

static void
begin_feed(struct loader *l, const char *name, int line_no)
{
	struct partner *p = l->partner;
	struct feed *f;

	if (!is_id(name, FEED_NAME_MAX_BYTES, '_')) {
		fault(l, line_no, "a feed's name is 1 to %d of a-z 0-9 - _",
		    FEED_NAME_MAX_BYTES);
		return;
	}
	if (feed_of_name(p, name) != NULL) {
		fault(l, line_no, "[feed.%s] is there twice", name);
		return;
	}
	if (p->feed_count == CONFIG_FEEDS_MAX) {
		fault(l, line_no, "more than %d feeds", CONFIG_FEEDS_MAX);
		return;
	}
	f = &p->feeds[p->feed_count++];
	config_key_defaults(l->ctx, SEC_FEED, f, l->loaded->cfg.home);
	f->name = mem_strdup(l->ctx, name);
}

static bool
is_of_this_file(const struct loader *l, enum config_section s)
{
	if (l->job != NULL || s == SEC_JOB)
		return l->job != NULL && s == SEC_JOB;
	return (s >= SEC_PARTNER) == (l->partner != NULL);
}

/* The section of that name in this kind of file; SEC_COUNT when none. */
static enum config_section
section_of(const struct loader *l, const char *name)
{
	for (int s = 0; s < SEC_COUNT; s++) {
		const char *known = config_sections[s].name;
		bool is_same = s == SEC_FEED
		    ? strncmp(name, known, strlen(known)) == 0
		    : strcmp(name, known) == 0;

		if (is_same && is_of_this_file(l, (enum config_section)s))
			return (enum config_section)s;
	}
	return SEC_COUNT;
}

static void
on_section(void *u, const char *name, int line_no)
{
	struct loader *l = u;
	struct nearest n = NEAREST_TO(name);
	const char *meant;

	switch (section_of(l, name)) {
	case SEC_FEED:
		begin_feed(l, name + strlen(config_sections[SEC_FEED].name),
		    line_no);
		return;
	case SEC_COUNT: break;
	default: return;
	}
	for (int s = 0; s < SEC_COUNT; s++)
		if (is_of_this_file(l, (enum config_section)s))
			nearest_offer(&n, config_sections[s].name);
	meant = nearest_found(&n);
	fault(l, line_no, "unknown section [%s]%s%s%s", name,
	    meant != NULL ? "; is [" : "", meant != NULL ? meant : "",
	    meant != NULL ? "] meant?" : "");
}

/* ----------------------------------------------------------------- keys */

static const struct config_key *
key_of(enum config_section s, const char *name)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].section == s &&
		    strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	return NULL;
}

static void
unknown_key(struct loader *l, enum config_section s, const char *name,
    int line_no)
{
	struct nearest n = NEAREST_TO(name);
	const char *meant;

	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].section == s)
			nearest_offer(&n, config_keys[i].name);
	meant = nearest_found(&n);
	fault(l, line_no, "unknown key %s in [%s%s]%s%s%s", name,
	    config_sections[s].name, s == SEC_FEED ? "NAME" : "",
	    meant != NULL ? "; is " : "", meant != NULL ? meant : "",
	    meant != NULL ? " meant?" : "");
}

/* The struct a section fills; NULL when its header was at fault. */
static void *
base_of(struct loader *l, enum config_section s, const char *section)
{
	if (s == SEC_FEED)
		return feed_of_name(l->partner,
		    section + strlen(config_sections[SEC_FEED].name));
	if (s == SEC_JOB)
		return l->job;
	return s >= SEC_PARTNER ? (void *)l->partner : (void *)&l->loaded->cfg;
}

static bool
is_list(const struct config_key *key)
{
	return key->type == KEY_HOST_KEYS || key->type == KEY_DEAD_RULES;
}

static void
on_pair(void *u, const char *section, const char *name, const char *value,
    int line_no)
{
	struct loader *l = u;
	enum config_section s = section_of(l, section);
	struct oms_error err = NO_ERROR;
	const struct config_key *key;
	const struct setting *before;
	void *base;

	if (section[0] == '\0') {
		fault(l, line_no, "%s stands before the first section", name);
		return;
	}
	if (s == SEC_COUNT || (base = base_of(l, s, section)) == NULL)
		return; /* said at the header */
	key = key_of(s, name);
	if (key == NULL) {
		unknown_key(l, s, name, line_no);
		return;
	}
	before = setting_of(l->loaded, base, key);
	if (before != NULL && !is_list(key)) {
		fault(l, line_no, "%s was given before, at %s", name,
		    before->origin);
		return;
	}
	remember(l, base, key, line_no);
	if (!config_key_set(l->ctx, key, base, l->loaded->cfg.home, value,
		&err))
		fault(l, line_no, "%s: %s", name, err.reason);
}

static void
on_fault(void *u, int line_no, const char *text)
{
	fault(u, line_no, "%s", text);
}

/* ---------------------------------------------------------------- files */

/* Name, size and bytes of every file read: the identity of a configuration. */
static void
add_to_identity(struct loader *l, const char *text, size_t n)
{
	struct config *cfg = &l->loaded->cfg;
	struct config_file *f;
	char head[300];

	cfg->files = mem_resize(l->ctx, cfg->files,
	    (cfg->file_count + 1) * sizeof(*cfg->files));
	f = &cfg->files[cfg->file_count++];
	f->name = mem_strdup(l->ctx, l->file);
	fs_sha_of(text, n, f->sha256);

	snprintf(head, sizeof(head), "%s %zu\n", l->file, n);
	fs_sha_add(&l->sha, head, strlen(head));
	fs_sha_add(&l->sha, text, n);
}

static bool
read_file(struct loader *l, const char *file)
{
	const struct inifile_events ev = { on_section, on_pair, on_fault, l };
	mem_ctx *ctx = mem_ctx_new(NULL, "ini");
	struct oms_error err = NO_ERROR;
	size_t n = 0;
	char *text;

	l->file = file;
	if (l->partner == NULL && l->job == NULL &&
	    access(fs_path(ctx, l->loaded->cfg.home, file), F_OK) < 0 &&
	    errno == ENOENT) {
		fault(l, 0, "No such file in %s; oms init makes a home",
		    l->loaded->cfg.home);
		mem_free(ctx);
		return false;
	}
	text = inifile_load(ctx, fs_path(ctx, l->loaded->cfg.home, file), &n,
	    &err);
	if (text == NULL)
		fault(l, 0, "%s", err.reason);
	else {
		add_to_identity(l, text, n);
		inifile_parse(text, n, &ev);
	}
	mem_free(ctx);
	return text != NULL;
}

/* Says it where the key stands, or of the whole file when it does not. */
static void PRINTF(5, 6) fault_of(struct loader *l, const void *base,
    enum config_section s, const char *key, const char *fmt, ...)
{
	const struct setting *set = setting_of(l->loaded, base, key_of(s, key));
	const char *colon = set != NULL ? strrchr(set->origin, ':') : NULL;
	char text[500];
	va_list ap;
	int line_no = 0;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (colon != NULL)
		line_no = (int)strtol(colon + 1, NULL, 10);
	fault(l, line_no, "%s", text);
}

/*
 * Keys without a default must be given.  Host keys are excepted: whoever has
 * none pinned is not logged in to, and the others' night goes on.
 */
static void
check_required(struct loader *l, enum config_section s, const void *base,
    const char *section)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];

		if (k->section == s && k->initial == NULL && !is_list(k) &&
		    setting_of(l->loaded, base, k) == NULL)
			fault(l, 0, "[%s] lacks %s", section, k->name);
	}
}

/* What a feed expects must be understood, or nobody would miss it. */
static void
check_expected(struct loader *l, const struct feed *f)
{
	struct oms_error err = NO_ERROR;
	struct zone_span span;

	if (f->expect[0] != '\0' && !zone_parse_span(f->expect, &span, &err))
		fault_of(l, f, SEC_FEED, "expect", "expect: %s", err.reason);
	if (f->sequence[0] != '\0' && strchr(f->sequence, '(') == NULL)
		fault_of(l, f, SEC_FEED, "sequence",
		    "sequence: the number must stand in a group: ([0-9]+)");
	err = NO_ERROR;
	if (f->sequence[0] != '\0' &&
	    pattern_new(l->ctx, f->sequence, &err) == NULL)
		fault_of(l, f, SEC_FEED, "sequence", "sequence: %s",
		    err.reason);
}

static void
check_feed(struct loader *l, const struct partner *p, const struct feed *f)
{
	mem_ctx *row = mem_ctx_new(NULL, "feed");

	check_required(l, SEC_FEED, f, mem_printf(row, "feed.%s", f->name));
	if (f->direction == FEED_IN && f->pattern[0] == '\0')
		fault_of(l, f, SEC_FEED, "type",
		    "[feed.%s] takes nothing in without a pattern", f->name);
	check_expected(l, f);
	for (const struct feed *g = p->feeds; g < f; g++)
		if (g->direction == f->direction && f->type[0] != '\0' &&
		    f->direction == FEED_OUT && strcmp(g->type, f->type) == 0)
			fault_of(l, f, SEC_FEED, "type",
			    "[feed.%s] writes the type of [feed.%s] again",
			    f->name, g->name);
		else if (f->direction == FEED_IN && g->direction == FEED_IN &&
		    f->pattern[0] != '\0' && strcmp(g->dir, f->dir) == 0 &&
		    strcmp(g->pattern, f->pattern) == 0)
			fault_of(l, f, SEC_FEED, "pattern",
			    "[feed.%s] takes the names of [feed.%s] again",
			    f->name, g->name);
	mem_free(row);
}

/* Both count from 1, and a number names one document. */
static void
check_prefixes(struct loader *l, const struct config *cfg)
{
	if (strcmp(cfg->invoice_prefix, cfg->credit_prefix) == 0)
		fault_of(l, cfg, SEC_COMPANY, "credit_prefix",
		    "invoices and credit notes need different prefixes");
}

static void
check_sftp(struct loader *l, const struct partner *p)
{
	if (strcmp(p->transport, "sftp") != 0)
		return;
	if (p->host[0] == '\0')
		fault(l, 0, "[sftp] lacks host");
	if (p->user[0] == '\0')
		fault(l, 0, "[sftp] lacks user");
	if (p->key_file[0] == '\0' && p->password[0] == '\0' && !p->use_agent)
		fault(l, 0, "[sftp] lacks key_file, password or use_agent");
	if (p->passphrase[0] != '\0' && p->key_file[0] == '\0')
		fault_of(l, p, SEC_SFTP, "passphrase",
		    "a passphrase without a key_file");
}

static void
check_edi(struct loader *l, const struct partner *p)
{
	const struct edi_profile *e = &p->edi;
	const char *why;

	if (e->standard[0] == '\0')
		return;
	if (e->our_id[0] == '\0')
		fault(l, 0, "[edi] lacks our_id");
	if (e->their_id[0] == '\0')
		fault(l, 0, "[edi] lacks their_id");
	if (e->control_last < e->control_first)
		fault_of(l, p, SEC_EDI, "control_last",
		    "control_last is less than control_first");
	why = edi_profile_assoc_fault(e->assoc);
	if (why != NULL)
		fault_of(l, p, SEC_EDI, "assoc", "assoc: %s", why);
}

/* Of the partners of one node, one is told what to ship; others confirm. */
static bool
is_told(const struct partner *p)
{
	return config_feed(p, FEED_OUT, "wms.ship_order") != NULL;
}

static void
check_partner(struct loader *l, const struct partner *p)
{
	bool is_wms = strcmp(p->kind, "wms") == 0;

	check_required(l, SEC_PARTNER, p, "partner");
	if (is_wms && p->node[0] == '\0')
		fault(l, 0, "[partner] of a wms lacks node");
	if (!is_wms && p->node[0] != '\0')
		fault_of(l, p, SEC_PARTNER, "node",
		    "only a wms runs a node, not a %s", p->kind);
	for (const struct partner *q = l->loaded->cfg.partners; q < p; q++)
		if (is_wms && strcmp(q->node, p->node) == 0 &&
		    p->node[0] != '\0' && is_told(p) && is_told(q))
			fault_of(l, p, SEC_PARTNER, "node",
			    "partner %s runs node %s too", q->id, p->node);
	check_sftp(l, p);
	check_edi(l, p);
	if (p->feed_count == 0)
		fault(l, 0, "there is no [feed.NAME]");
	for (size_t i = 0; i < p->feed_count; i++)
		check_feed(l, p, &p->feeds[i]);
}

static void
read_partner(struct loader *l, struct partner *p, const char *file)
{
	const char *home = l->loaded->cfg.home;

	config_key_defaults(l->ctx, SEC_PARTNER, p, home);
	config_key_defaults(l->ctx, SEC_SFTP, p, home);
	config_key_defaults(l->ctx, SEC_EDI, p, home);
	l->partner = p;
	if (read_file(l, file))
		check_partner(l, p);
}

static int
is_ini_file(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && e->d_name[0] != '.' &&
	    strcmp(e->d_name + n - 4, ".ini") == 0;
}

static int
by_id(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
add_partner(struct loader *l, const char *name)
{
	struct config *cfg = &l->loaded->cfg;
	char *file = fs_path(l->ctx, "partners", name);
	char *id = mem_strndup(l->ctx, name, strlen(name) - strlen(".ini"));
	struct partner *p = &cfg->partners[cfg->partner_count];

	if (!is_id(id, PARTNER_ID_MAX_BYTES, '-')) {
		l->file = file;
		fault(l, 0,
		    "a partner's file is 1 to %d of a-z 0-9 -, and .ini",
		    PARTNER_ID_MAX_BYTES);
		return;
	}
	if (strcmp(id, "requeue") == 0) { /* deadletter/requeue/ is ours */
		l->file = file;
		fault(l, 0, "no partner can be called requeue");
		return;
	}
	cfg->partner_count++;
	p->id = id;
	read_partner(l, p, file);
}

/* --------------------------------------------------------------- monitor */

/* One rule: "BACKORDERED 30d purchasing". */
static bool
parse_stuck(const char *text, size_t n, struct stuck_rule *ret,
    struct oms_error *err)
{
	static const char label_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	char copy[120], *save = NULL, *label, *age, *queue;

	snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	label = strtok_r(copy, " ", &save);
	age = strtok_r(NULL, " ", &save);
	queue = strtok_r(NULL, " ", &save);
	if (n < sizeof(copy) && age != NULL &&
	    strtok_r(NULL, " ", &save) == NULL &&
	    strspn(label, label_bytes) == strlen(label) &&
	    config_duration_s(age, &ret->age_s) && ret->age_s > 0) {
		str_copy(ret->label, sizeof(ret->label), label);
		str_copy(ret->age, sizeof(ret->age), age);
		str_copy(ret->queue, sizeof(ret->queue),
		    queue != NULL ? queue : "");
		return true;
	}
	return oms_fail(err, OMS_CONFIG,
	    "\"%.*s\" is not LABEL AGE [QUEUE], like BACKORDERED 30d "
	    "purchasing",
	    (int)(n < 60 ? n : 60), text);
}

bool
config_each_stuck(const struct config *cfg,
    bool (*each)(void *u, const struct stuck_rule *rule, struct oms_error *err),
    void *u, struct oms_error *err)
{
	for (const char *p = cfg->stuck + strspn(cfg->stuck, " ,"); *p != '\0';
	     p += strspn(p, " ,")) {
		size_t n = strcspn(p, ",");
		struct stuck_rule rule;

		if (!parse_stuck(p, n, &rule, err) ||
		    (each != NULL && !each(u, &rule, err)))
			return false;
		p += n;
	}
	return true;
}

/* ----------------------------------------------------------------- jobs */

static void
check_times(struct loader *l, const struct job *j, const char *key,
    const char *text, int64_t max)
{
	struct oms_error err = NO_ERROR;
	const char *at = text;
	int64_t second, last = -1, count = 0;

	while (zone_next_time(&at, &second, &err)) {
		if (second <= last && err.code == OMS_OK)
			oms_fail(&err, OMS_CONFIG,
			    "the times do not rise: %.40s", text);
		last = second;
		count++;
	}
	if (err.code == OMS_OK && count > max)
		oms_fail(&err, OMS_CONFIG, "more than %lld times",
		    (long long)max);
	if (err.code != OMS_OK)
		fault_of(l, j, SEC_JOB, key, "%s: %s", key, err.reason);
}

static void
check_job(struct loader *l, const struct job *j)
{
	struct oms_error err = NO_ERROR;
	unsigned days;

	check_times(l, j, "at", j->at, ZONE_TIMES_MAX);
	check_times(l, j, "cut_off", j->cut_off, 1);
	check_times(l, j, "until", j->until, 1);
	if (!zone_parse_days(j->days, &days, &err))
		fault_of(l, j, SEC_JOB, "days", "days: %s", err.reason);
	err = NO_ERROR;
	if (zone_load(l->ctx, j->zone, &err) == NULL)
		fault_of(l, j, SEC_JOB, "zone", "zone: %s", err.reason);
}

static void
add_job(struct loader *l, const char *name)
{
	struct config *cfg = &l->loaded->cfg;
	char *file = fs_path(l->ctx, "jobs", name);
	char *id = mem_strndup(l->ctx, name, strlen(name) - strlen(".ini"));
	struct job *j = &cfg->jobs[cfg->job_count];

	l->file = file;
	if (!is_id(id, PARTNER_ID_MAX_BYTES, '-')) {
		fault(l, 0, "a job's file is 1 to %d of a-z 0-9 -, and .ini",
		    PARTNER_ID_MAX_BYTES);
		return;
	}
	cfg->job_count++;
	config_key_defaults(l->ctx, SEC_JOB, j, cfg->home);
	j->id = id;
	l->partner = NULL;
	l->job = j;
	if (read_file(l, file))
		check_job(l, j);
	l->job = NULL;
}

/* Every .ini of a folder of the home, by name; none is no fault. */
static void
read_folder(struct loader *l, const char *folder,
    void (*begin)(struct loader *l, size_t count),
    void (*add)(struct loader *l, const char *name))
{
	struct dirent **names = NULL;
	int n = scandir(fs_path(l->ctx, l->loaded->cfg.home, folder), &names,
	    is_ini_file, by_id);

	if (n < 0 && errno != ENOENT) {
		l->file = folder;
		fault(l, 0, "%s", strerror(errno));
	}
	if (n > 0)
		begin(l, (size_t)n);
	for (int i = 0; i < n; i++) {
		add(l, names[i]->d_name);
		free(names[i]); /* scandir's own */
	}
	free(names);
}

static void
begin_partners(struct loader *l, size_t count)
{
	l->loaded->cfg.partners = mem_array(l->ctx, struct partner, count);
}

static void
begin_jobs(struct loader *l, size_t count)
{
	l->loaded->cfg.jobs = mem_array(l->ctx, struct job, count);
}

static void
check_monitor(struct loader *l, const struct config *cfg)
{
	struct oms_error err = NO_ERROR;

	if (zone_load(l->ctx, cfg->monitor_zone, &err) == NULL)
		fault_of(l, cfg, SEC_MONITOR, "zone", "zone: %s", err.reason);
	err = NO_ERROR;
	if (!config_each_stuck(cfg, NULL, NULL, &err))
		fault_of(l, cfg, SEC_MONITOR, "stuck", "stuck: %s", err.reason);
}

static bool
is_home(struct loader *l, const char *home)
{
	l->file = "oms.ini";
	if (access(fs_path(l->loaded, home, l->file), F_OK) == 0 ||
	    errno != ENOENT)
		return true; /* or reading says what is wrong */
	fault(l, 0,
	    "there is none in \"%s\": give --home DIR or set OMS_HOME, or make "
	    "a home: oms init DIR",
	    home);
	return false;
}

static void
load(struct loader *l, mem_ctx *ctx, const char *home)
{
	struct config *cfg;

	l->ctx = ctx;
	l->loaded = mem_new(ctx, struct loaded);
	l->loaded->settings = mem_array(ctx, struct setting, 1);
	l->loaded->setting_room = 1;
	cfg = &l->loaded->cfg;
	cfg->home = mem_strdup(ctx, home);
	for (int s = 0; s < SEC_PARTNER; s++)
		config_key_defaults(ctx, (enum config_section)s, cfg, home);
	fs_sha_begin(&l->sha);
	if (is_home(l, home) && read_file(l, "oms.ini")) {
		check_prefixes(l, cfg);
		check_monitor(l, cfg);
		read_folder(l, "partners", begin_partners, add_partner);
		read_folder(l, "jobs", begin_jobs, add_job);
	}
	fs_sha_end(&l->sha, cfg->sha256);
}

/* ------------------------------------------------------------ interface */

struct first {
	char text[400];
};

static void
keep_first(void *u, const char *text)
{
	struct first *f = u;

	if (f->text[0] == '\0')
		str_copy(f->text, sizeof(f->text), text);
}

struct config *
config_load(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	struct first first = { "" };
	struct loader l = { .each = keep_first, .u = &first };

	load(&l, ctx, home);
	if (l.faults == 0)
		return &l.loaded->cfg;
	oms_fail(err, OMS_CONFIG, "%s", first.text);
	if (l.faults > 1)
		oms_fail(err, OMS_CONFIG, "%s (and %zu more: oms config lint)",
		    first.text, l.faults - 1);
	return NULL;
}

/* May others than its owner read a file that must be secret? */
/* others: the rights that nobody but us may have. */
static bool
check_private(const char *path, int fd, mode_t others, struct oms_error *err)
{
	struct stat st;

	if (fd < 0)
		return oms_fail_errno(err, OMS_SECRET, "open %s", path);
	if (fstat(fd, &st) < 0)
		return oms_fail_errno(err, OMS_SECRET, "look at %s", path);
	if (!S_ISREG(st.st_mode))
		return oms_fail(err, OMS_SECRET, "%s is not a file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return oms_fail(err, OMS_SECRET, "%s belongs to another user",
		    path);
	if ((st.st_mode & others) != 0)
		return oms_fail(err, OMS_SECRET,
		    "%s has mode %04o: others may use it, chmod 0600", path,
		    st.st_mode & 07777);
	return true;
}

static int
open_private(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void
lint_private(struct loader *l, const struct partner *p, const char *key,
    const char *path)
{
	struct oms_error err = NO_ERROR;
	AUTO_CLOSE int fd = open_private(path);

	if (!check_private(path, fd, FILE_OTHERS, &err))
		fault_of(l, p, SEC_SFTP, key, "%s: %s", key, err.reason);
}

static char *
path_in_home(mem_ctx *ctx, const char *home, const char *path)
{
	return path[0] == '/' ? mem_strdup(ctx, path)
			      : fs_path(ctx, home, path);
}

static void
lint_secret(struct loader *l, const struct partner *p, const char *key,
    const char *ref)
{
	if (strncmp(ref, "file:", 5) == 0)
		lint_private(l, p, key,
		    path_in_home(l->ctx, l->loaded->cfg.home, ref + 5));
}

/* A partner half prepared must not stop the night: lint alone names it. */
static void
lint_to_do(struct loader *l, const struct partner *p, const char *key,
    const char *value)
{
	const char *to_do = config_edi_to_do(key, value);

	if (to_do != NULL)
		fault_of(l, p, SEC_EDI, key,
		    "%s is still %s: %s Until then nothing of his is known, "
		    "and what is sent to him goes astray",
		    key, value, to_do);
}

/* None is fine, until oms key new makes it. */
static void
lint_key_ring(struct loader *l, const struct config *cfg)
{
	const char *ref = cfg->personal_key;
	struct oms_error err = NO_ERROR;
	char *path;

	if (ref == NULL || strncmp(ref, "file:", 5) != 0)
		return;
	path = path_in_home(l->ctx, cfg->home, ref + 5);
	AUTO_CLOSE int fd = open_private(path);
	if ((fd >= 0 || errno != ENOENT) &&
	    !check_private(path, fd, FILE_OTHERS, &err))
		fault_of(l, cfg, SEC_SECURITY, "personal_key",
		    "personal_key: %s", err.reason);
}

size_t
config_lint(const char *home, void (*each)(void *u, const char *fault), void *u)
{
	struct loader l = { .each = each, .u = u };
	mem_ctx *ctx = mem_ctx_new(NULL, "lint");

	load(&l, ctx, home);
	l.file = "oms.ini";
	lint_key_ring(&l, &l.loaded->cfg);
	for (size_t i = 0; i < l.loaded->cfg.partner_count; i++) {
		const struct partner *p = &l.loaded->cfg.partners[i];

		l.file = mem_printf(ctx, "partners/%s.ini", p->id);
		if (strcmp(p->transport, "sftp") == 0 && p->host_key_count == 0)
			fault(&l, 0,
			    "[sftp] lacks host_key: ssh-keyscan prints it, "
			    "and the partner confirms it");
		if (p->key_file[0] != '\0')
			lint_private(&l, p, "key_file", p->key_file);
		lint_to_do(&l, p, "our_id", p->edi.our_id);
		lint_to_do(&l, p, "their_id", p->edi.their_id);
		lint_secret(&l, p, "passphrase", p->passphrase);
		lint_secret(&l, p, "password", p->password);
		if (p->next_key_file[0] != '\0')
			lint_private(&l, p, "next_key_file", p->next_key_file);
		lint_secret(&l, p, "next_passphrase", p->next_passphrase);
		lint_secret(&l, p, "next_password", p->next_password);
	}
	mem_free(ctx);
	return l.faults;
}

const struct partner *
config_partner(const struct config *cfg, const char *id)
{
	for (size_t i = 0; i < cfg->partner_count; i++)
		if (strcmp(cfg->partners[i].id, id) == 0)
			return &cfg->partners[i];
	return NULL;
}

const struct job *
config_job(const struct config *cfg, const char *id)
{
	for (size_t i = 0; i < cfg->job_count; i++)
		if (strcmp(cfg->jobs[i].id, id) == 0)
			return &cfg->jobs[i];
	return NULL;
}

bool
config_has_next(const struct partner *p)
{
	return (p->next_key_file != NULL && p->next_key_file[0] != '\0') ||
	    (p->next_password != NULL && p->next_password[0] != '\0');
}

struct partner
config_with_next(const struct partner *p)
{
	struct partner next = *p;

	next.use_agent = false;
	next.key_file = p->next_key_file;
	next.passphrase = p->next_passphrase;
	next.password = p->next_password;
	return next;
}

const struct feed *
config_feed(const struct partner *p, enum feed_direction direction,
    const char *type)
{
	for (size_t i = 0; i < p->feed_count; i++)
		if (p->feeds[i].direction == direction &&
		    strcmp(p->feeds[i].type, type) == 0)
			return &p->feeds[i];
	return NULL;
}

const struct dead_rule *
config_dead_rule(const struct config *cfg, enum oms_code code,
    enum dead_action action)
{
	const struct dead_rule *found = NULL;

	for (size_t i = 0; i < cfg->dead_rule_count; i++) {
		const struct dead_rule *r = &cfg->dead_rules[i];

		if (r->code == code && r->action == action)
			found = r;
		else if (r->code == code && r->action == DEAD_NONE)
			found = NULL;
	}
	return found;
}

static char *
read_secret(mem_ctx *ctx, const char *path, mode_t others,
    struct oms_error *err)
{
	AUTO_CLOSE int fd = open_private(path);
	char *secret;
	ssize_t n;

	if (!check_private(path, fd, others, err))
		return NULL;
	secret = mem_zero(ctx, SECRET_MAX_BYTES + 1, "secret");
	do
		n = read(fd, secret, SECRET_MAX_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		oms_fail_errno(err, OMS_SECRET, "read %s", path);
		return NULL;
	}
	while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
		secret[--n] = '\0';
	if (n == 0) {
		oms_fail(err, OMS_SECRET, "%s is empty", path);
		return NULL;
	}
	return secret;
}

/* systemd may give its group the right to read, on a file system of its own. */
static char *
read_credential(mem_ctx *ctx, const char *name, struct oms_error *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (dir == NULL || dir[0] != '/') {
		oms_fail(err, OMS_SECRET,
		    "there are no credentials here: %s is passed by "
		    "LoadCredential= of the systemd unit",
		    name);
		return NULL;
	}
	if (!str_is_safe_name(name)) {
		oms_fail(err, OMS_SECRET, "\"%.40s\" is no credential name",
		    name);
		return NULL;
	}
	return read_secret(ctx, fs_path(ctx, dir, name), CREDENTIAL_OTHERS,
	    err);
}

char *
config_secret(mem_ctx *ctx, const struct config *cfg, const char *ref,
    struct oms_error *err)
{
	const char *value;

	if (strncmp(ref, "file:", 5) == 0)
		return read_secret(ctx, path_in_home(ctx, cfg->home, ref + 5),
		    FILE_OTHERS, err);
	if (strncmp(ref, "credential:", 11) == 0)
		return read_credential(ctx, ref + 11, err);
	if (strncmp(ref, "env:", 4) != 0) {
		oms_fail(err, OMS_SECRET,
		    "a secret is given as env:NAME, file:PATH or "
		    "credential:NAME");
		return NULL;
	}
	value = getenv(ref + 4);
	if (value == NULL || value[0] == '\0') {
		oms_fail(err, OMS_SECRET, "the variable %s is not set",
		    ref + 4);
		return NULL;
	}
	return mem_strdup(ctx, value);
}

struct shower {
	const struct loaded *loaded;
	void (*each)(void *u, const char *section, const char *key,
	    const char *value, const char *origin);
	void *u;
};

static void
show_section(const struct shower *s, enum config_section section,
    const void *base, const char *title)
{
	mem_ctx *row = mem_ctx_new(NULL, "show");

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];
		const struct setting *set = setting_of(s->loaded, base, k);

		if (k->section == section)
			s->each(s->u, title, k->name,
			    config_key_show(row, k, base),
			    set != NULL ? set->origin : "default");
	}
	mem_free(row);
}

const char *
config_origin(const struct config *cfg, const struct feed *f, const char *key)
{
	const struct setting *set = setting_of(
	    (const struct loaded *)(const void *)cfg, f, key_of(SEC_FEED, key));

	return set != NULL ? set->origin : "default";
}

void
config_each(const struct config *cfg,
    void (*each)(void *u, const char *section, const char *key,
	const char *value, const char *origin),
    void *u)
{
	/* Every struct config is the first member of a struct loaded. */
	const struct shower s = { (const struct loaded *)(const void *)cfg,
		each, u };
	mem_ctx *ctx = mem_ctx_new(NULL, "show");

	for (int i = 0; i < SEC_PARTNER; i++)
		show_section(&s, (enum config_section)i, cfg,
		    config_sections[i].name);
	for (const struct partner *p = cfg->partners;
	     p < cfg->partners + cfg->partner_count; p++) {
		show_section(&s, SEC_PARTNER, p,
		    mem_printf(ctx, "%s/partner", p->id));
		if (strcmp(p->transport, "sftp") == 0)
			show_section(&s, SEC_SFTP, p,
			    mem_printf(ctx, "%s/sftp", p->id));
		if (p->edi.standard[0] != '\0')
			show_section(&s, SEC_EDI, p,
			    mem_printf(ctx, "%s/edi", p->id));
		for (size_t i = 0; i < p->feed_count; i++)
			show_section(&s, SEC_FEED, &p->feeds[i],
			    mem_printf(ctx, "%s/feed.%s", p->id,
				p->feeds[i].name));
	}
	for (size_t i = 0; i < cfg->job_count; i++)
		show_section(&s, SEC_JOB, &cfg->jobs[i],
		    mem_printf(ctx, "%s/job", cfg->jobs[i].id));
	mem_free(ctx);
}

/* -------------------------------------------------------- documentation */

static const char *
type_words(mem_ctx *ctx, const struct config_key *k)
{
	struct sbuf b;

	switch (k->type) {
	case KEY_TEXT: return "text";
	case KEY_PATH: return "path, relative to the home";
	case KEY_BOOL: return "yes or no";
	case KEY_INT:
		return mem_printf(ctx, "number, %lld to %lld",
		    (long long)k->min, (long long)k->max);
	case KEY_DURATION_S: return "duration: `90s`, `5m`, `2h`, `1d`";
	case KEY_DURATION_MS: return "duration: `500ms`, `90s`, `5m`";
	case KEY_SIZE: return "size: `4096`, `64KiB`, `512MiB`, `2GiB`";
	case KEY_SECRET: return "`env:NAME`, `file:PATH` or `credential:NAME`";
	case KEY_HOST_KEYS: return "key, may be given again";
	case KEY_DEAD_RULES: return "`CODE ACTION`, may be given again";
	case KEY_WORD:
	case KEY_CHOICE: break;
	}
	sbuf_init(&b, ctx, 1000);
	for (const char *w = k->words;; w++) {
		size_t n = strcspn(w, "|");

		sbuf_addf(&b, "%s`%.*s`", w > k->words ? ", " : "", (int)n, w);
		w += n;
		if (*w == '\0')
			break;
	}
	return b.p;
}

enum { TEMPLATE_MAX_BYTES = 65536, COMMENT_COLUMNS = 76 };

/* A sentence as comment lines that end before the margin. */
static void
add_comment(struct sbuf *b, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column == 0 || column + n > COMMENT_COLUMNS) {
			sbuf_adds(b, column == 0 ? "; " : "\n; ");
			column = 2;
		} else {
			sbuf_addc(b, ' ');
		}
		sbuf_add(b, text, n);
		column += n + 1;
		text += n + (text[n] == ' ');
	}
	sbuf_addc(b, '\n');
}

char *
config_template(mem_ctx *ctx)
{
	struct sbuf b;

	sbuf_init(&b, ctx, TEMPLATE_MAX_BYTES);
	add_comment(&b,
	    "oms.ini - take away the ; before a key to change it; what stands "
	    "there is the default. Partners are files of their own, "
	    "partners/NAME.ini. oms config lint finds what is wrong.");
	for (int s = 0; s < SEC_PARTNER; s++) {
		sbuf_addf(&b, "\n[%s]\n", config_sections[s].name);
		for (size_t i = 0; i < config_key_count; i++) {
			const struct config_key *k = &config_keys[i];

			if ((int)k->section != s)
				continue;
			sbuf_addc(&b, '\n');
			add_comment(&b, k->what);
			sbuf_addf(&b, ";%s =%s%s\n", k->name,
			    k->initial[0] != '\0' ? " " : "", k->initial);
		}
	}
	return b.p;
}

static void
print_section(enum config_section s)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "doc");

	printf("\n### [%s%s]\n\n%s\n\n| key | value | default | meaning |\n"
	       "|---|---|---|---|\n",
	    config_sections[s].name, s == SEC_FEED ? "NAME" : "",
	    config_sections[s].what);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];
		bool is_required = k->initial == NULL &&
		    k->type != KEY_HOST_KEYS;
		bool is_empty = k->initial == NULL || k->initial[0] == '\0';

		if (k->section != s)
			continue;
		printf("| `%s` | %s | %s%s%s | %s |\n", k->name,
		    type_words(ctx, k), is_empty ? "" : "`",
		    is_required    ? "required"
			: is_empty ? "none"
				   : k->initial,
		    is_empty ? "" : "`", k->what);
	}
	mem_free(ctx);
}

void
config_print_markdown(void)
{
	printf("# Configuration\n\n"
	       "Made by `oms config doc` from the table of keys in the "
	       "program; do not edit.\n\n"
	       "A home holds `oms.ini`, one file for each partner, "
	       "`partners/<partner>.ini`, and one for each job, "
	       "`jobs/<job>.ini`. A line is `key = value`, a "
	       "`[section]`, or a comment that begins with `;` or `#`. A "
	       "value ends with its line: no quotes, no comment after it, no "
	       "continued lines. An unknown section or key is a fault, and "
	       "`oms config lint` prints all of them.\n\n"
	       "Secrets are never written here: `env:NAME` reads the "
	       "environment, `file:PATH` a file of mode 0600, "
	       "`credential:NAME` a credential of systemd.\n\n"
	       "## oms.ini\n");
	for (int s = 0; s < SEC_PARTNER; s++)
		print_section((enum config_section)s);
	printf("\n## partners/&lt;partner&gt;.ini\n\n"
	       "The partner's id is the name of the file: a-z, 0-9 and -.\n");
	for (int s = SEC_PARTNER; s < SEC_JOB; s++)
		print_section((enum config_section)s);
	printf("\n## jobs/&lt;job&gt;.ini\n\n"
	       "The job's name is the name of the file: a-z, 0-9 and -. A "
	       "file named like a built-in job (`nightly`) gives it its "
	       "times.\n");
	print_section(SEC_JOB);
}
