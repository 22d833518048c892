/*
 * config.h - oms.ini, partners/<partner>.ini and jobs/<job>.ini, read once,
 * checked whole.
 *
 * Every key is one row of the table in config.c: section, key, type, range,
 * default, a sentence for people.  The same table reads the files, prints
 * `oms config show`, and writes docs/configuration.md and oms.ini(5), so that
 * they cannot differ.  All faults are collected, each as "file:line: ...";
 * an unknown key is a fault, with the nearest known one as a hint.
 *
 * Secrets are never values: password = env:NAME, file:PATH (mode 0600) or
 * credential:NAME (of systemd).
 * They are fetched by config_secret() in the process that needs them.
 */
#ifndef OMS_BASE_CONFIG_H
#define OMS_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/edi_profile.h"
#include "base/error.h"
#include "base/mem.h"

enum {
	CONFIG_HOST_KEYS_MAX = 8,
	CONFIG_FEEDS_MAX = 24,
	CONFIG_DEAD_RULES_MAX = 64
};

/* What becomes of windows that nobody was there to run. */
enum catch_up {
	CATCH_UP_NONE, /* begun in time, or missed */
	CATCH_UP_LAST, /* the last one, however late */
	CATCH_UP_ALL   /* every one, the oldest first */
};
struct ring;

enum feed_direction { FEED_IN, FEED_OUT };

/* How a remote file proves that it is complete. */
enum feed_complete {
	COMPLETE_STABLE, /* same size and time in two polls, settle_s apart */
	COMPLETE_DONE,   /* <name><done_suffix> lies beside it */
	COMPLETE_RENAME  /* the partner renames finished files into place */
};

/* What to do with a remote file once our copy is durable. */
enum feed_after { AFTER_ARCHIVE, AFTER_DELETE, AFTER_KEEP };

/* [feed.NAME] in a partner's file: one kind of document, one direction. */
struct feed {
	char *name;        /* "orders"; with the partner "sfcc.orders" */
	char *type;        /* "sfcc.order"; see pipeline/feed_type.h */
	char *dir;         /* on the partner's side, "" the root */
	char *pattern;     /* in: shell pattern of names, e.g. "*.xml" */
	char *format;      /* out: xml csv x12 edifact, of those the type has */
	char *done_suffix; /* ".done" */
	char *archive_dir; /* in: for AFTER_ARCHIVE, e.g. "archive" */
	char *scrub;       /* in: "cards" or "off", before it is stored */
	char *channel;     /* in, orders: where they were sold; "" = partner */
	enum feed_direction direction;
	enum feed_complete complete;
	enum feed_after after;
	int64_t max_bytes;   /* of one file */
	int64_t max_rejects; /* more rejected records kill the file; -1 never */

	/* in: what is expected, and told when it does not come so */
	char *expect;             /* "mon-fri 02:00-04:30"; "" nothing */
	char *sequence;           /* "orders-([0-9]+)[.]xml"; "" none */
	int64_t min_size_percent; /* of the median of the last; 0 any */
	bool allow_empty;         /* a file without a record is fine */
};

/* jobs/NAME.ini: what is run when; base/zone.h has the forms of times. */
struct job {
	char *id;       /* file name without .ini */
	char *run;      /* jobs and stages, parted by blanks; "" = id */
	char *partners; /* only these are collected from, delivered to */
	char *zone;     /* "Europe/Vienna" */
	char *at;       /* "02:00 14:00"; "" only by hand */
	char *days;     /* "daily", "mon-fri" */
	char *cut_off;  /* "06:00": before it, it is the day before */
	char *until;    /* "06:00": no stage is begun after it */
	enum catch_up catch_up;
	int64_t catch_up_max;   /* windows, with CATCH_UP_ALL */
	int64_t start_within_s; /* later than this after its time is late */
	int64_t max_duration_s; /* no stage is begun after it; 0 never */
};

/* What to do with a dead letter of a code, before a person looks. */
enum dead_action {
	DEAD_RETRY, /* try it again by itself, so many nights */
	DEAD_HOLD,  /* hold it at once: no bulk verb touches it */
	DEAD_OWNER, /* give it to somebody */
	DEAD_NONE   /* none of these, whatever the default is */
};

struct dead_rule {
	enum oms_code code;
	enum dead_action action;
	int64_t nights; /* DEAD_RETRY */
	char *owner;    /* DEAD_OWNER */
};

struct partner {
	char *id;        /* file name without .ini: [a-z0-9-], at most 32 */
	char *kind;      /* shop wms courier carrier payment accounting data */
	char *node;      /* wms: the ship node it runs, e.g. "WH-EAST" */
	char *transport; /* "folder" or "sftp" */
	char *path;      /* folder: its tree, the home before it; "" = inbox */
	char *publish;   /* out: "rename" (default) or "direct" */

	char *host; /* sftp */
	int64_t port;
	char *user;
	char *key_file;      /* the home is before it, as with path */
	char *passphrase;    /* secret reference */
	char *password;      /* secret reference */
	char *next_key_file; /* what the partner will accept soon, or does */
	char *next_passphrase;
	char *next_password;
	bool use_agent;
	bool legacy_algorithms;
	char *host_keys[CONFIG_HOST_KEYS_MAX]; /* "ssh-ed25519 AAAA..." */
	size_t host_key_count;
	int64_t connect_timeout_ms;
	int64_t idle_timeout_ms;    /* no byte for this long */
	int64_t file_deadline_s;    /* a whole file */
	int64_t session_deadline_s; /* a whole session */
	int64_t min_rate_bytes_s;   /* over a minute */
	int64_t keepalive_s;
	int64_t settle_s;    /* between the two polls */
	int64_t max_entries; /* of a listing */
	int64_t read_back_bytes;

	struct edi_profile edi;

	struct feed feeds[CONFIG_FEEDS_MAX];
	size_t feed_count;
};

/* A file that was read: its name below the home, and its identity. */
struct config_file {
	char *name;
	char sha256[65];
};

struct config {
	char *home;

	/* [company] */
	char *company_name;
	char *invoice_prefix; /* "INV-" */
	char *credit_prefix;  /* "CN-" */

	/* [orders] */
	char *payment_total;            /* report | hold: payments != total */
	int64_t totals_tolerance_minor; /* per block, when rounded at group */
	int64_t twin_window_s;          /* DUPLICATE gate; 0 = off */
	int64_t handling_s;             /* order to ship-by */

	/* [allocation] */
	int64_t max_splits; /* nodes an order may be split over */
	int64_t scarcity_weight;
	int64_t distance_weight;
	bool ship_complete; /* default for every order */
	bool split_lines;
	int64_t dirty_s;       /* after a short pick, node x sku is empty */
	int64_t stale_stock_s; /* older counts are no information; 0 never */

	/* [billing] */
	char *shipping_charge;        /* first | value | weight */
	int64_t spending_limit_minor; /* for everyone; 0 = none */
	bool maintenance;             /* pause billing, keep the queue */

	/* [run] */
	int64_t batch_orders; /* a commit; 1000 */
	int64_t min_free_bytes;
	int64_t child_memory_bytes;
	int64_t child_cpu_s;
	int64_t max_attempts;
	int64_t inbox_settle_ms; /* hand-dropped file without an end */
	int64_t cache_bytes;     /* SQLite page cache */

	/* [security] */
	char *personal_key; /* secret reference */
	/* The ring behind it; NULL: personal data is plain.  See
	 * pipeline/personal.h, which opens it. */
	const struct ring *ring;

	/* [dead] */
	int64_t dead_max_age_s; /* older letters are overdue; 0 never */
	struct dead_rule dead_rules[CONFIG_DEAD_RULES_MAX];
	size_t dead_rule_count;
	/* [monitor] */
	char *monitor_zone; /* of what feeds expect; "" = of job nightly */
	char *metrics_file; /* for Prometheus; "" none */
	char *stuck;        /* "BACKORDERED 30d purchasing, ON_HOLD 3d" */
	int64_t capture_answer_s; /* after a capture request; 0 never due */
	int64_t ship_answer_s;    /* after a shipping order; 0 never due */

	/* [backup] */
	int64_t backup_max_age_s; /* oms check: older is a fault; 0 off */
	/* [alert] */
	char *alert_folder; /* "" no such channel */
	char *alert_syslog;
	char *mail_to;
	char *mail_from;
	char *mail_server;
	char *mail_user;
	char *mail_password; /* secret reference */
	char *mail_tls;      /* required | none */
	char *webhook_url;
	char *webhook_secret; /* secret reference */
	char *alert_ca_file;
	int64_t alert_timeout_ms;
	char *alert_ignore; /* codes, parted by blanks */
	bool alert_digest;

	struct partner *partners; /* sorted by id */
	size_t partner_count;
	struct job *jobs; /* sorted by id */
	size_t job_count;
	char sha256[65];           /* of all files read, for the run row */
	struct config_file *files; /* each of them */
	size_t file_count;
};

/*
 * config_load - read and check the configuration of a home.
 *
 * ctx     owner of the result (run lifetime)
 * errors  OMS_CONFIG  err->reason is the first fault; every fault is printed
 *                     by config_lint
 */
struct config *config_load(mem_ctx *ctx, const char *home,
    struct oms_error *err) MUST_CHECK;

/*
 * config_lint - check, and call each() with every fault "file:line: text".
 *
 * Returns the number of faults.
 */
size_t config_lint(const char *home, void (*each)(void *u, const char *fault),
    void *u);

/* The partner of that id; NULL when there is none. */
const struct partner *config_partner(const struct config *cfg, const char *id);

/* Orders with a label for longer than that are stuck: [monitor] stuck. */
struct stuck_rule {
	char label[40]; /* "BACKORDERED" */
	char age[16];   /* as written, "30d" */
	char queue[40]; /* who is to look, or "" */
	int64_t age_s;
};

/* Call each() with every rule; false as soon as it is. errors  OMS_CONFIG */
bool config_each_stuck(const struct config *cfg,
    bool (*each)(void *u, const struct stuck_rule *rule, struct oms_error *err),
    void *u, struct oms_error *err) MUST_CHECK;

/* "90s", "2h" or "1d" in seconds; false when it is none. */
bool config_duration_s(const char *text, int64_t *ret_s);

/* The job of that id in jobs/; NULL when there is none. */
const struct job *config_job(const struct config *cfg, const char *id);

/* The feed of that type and direction; NULL when the partner has none. */
const struct feed *config_feed(const struct partner *p,
    enum feed_direction direction, const char *type);

/*
 * config_dead_rule - the rule of [dead] for a code; NULL when there is none.
 *
 * The last of that code and action counts; DEAD_NONE takes back all before it.
 */
const struct dead_rule *config_dead_rule(const struct config *cfg,
    enum oms_code code, enum dead_action action);

/*
 * config_duration - a time like 90s, 5m, 2h or 1d, in seconds.
 *
 * errors  OMS_CONFIG
 */
bool config_duration(const char *text, int64_t *ret_s,
    struct oms_error *err) MUST_CHECK;

/*
 * config_secret - the secret behind a reference, into ctx.
 *
 * ref     "env:NAME", "file:PATH" (PATH relative to the home), or
 *         "credential:NAME", a file of that name in $CREDENTIALS_DIRECTORY
 * errors  OMS_SECRET  unset, unreadable, or readable by others
 */
char *config_secret(mem_ctx *ctx, const struct config *cfg, const char *ref,
    struct oms_error *err) MUST_CHECK;

/*
 * The next credential of an SFTP partner, tried once the current one is
 * refused: is there one, and the partner with it in the current one's place.
 */
bool config_has_next(const struct partner *p);
struct partner config_with_next(const struct partner *p);

/* Where that key of a feed was given: "partners/acme.ini:12" or "default". */
const char *config_origin(const struct config *cfg, const struct feed *f,
    const char *key);

/*
 * config_each - every key with its value in force, for `oms config show`.
 *
 * origin  "oms.ini:12" or "default"; secrets are given as "<secret>"
 */
void config_each(const struct config *cfg,
    void (*each)(void *u, const char *section, const char *key,
	const char *value, const char *origin),
    void *u);

/* An oms.ini where every key is a comment with its default, into ctx. */
char *config_template(mem_ctx *ctx);

/* Write docs/configuration.md (the key table, in Markdown) to stdout. */
void config_print_markdown(void);

/*
 * config_edi_section - [edi] as text for a new partner's file.
 *
 * Every key of the standard stands in it with its sentence; those that must be
 * given have a value, the others are comments.
 *
 * standard  "x12" or "edifact"
 */
struct sbuf;
void config_edi_section(struct sbuf *b, const char *standard);

#endif
