/*
 * personal.h - personal data at rest: which key ring, and a change of keys.
 *
 * The table personal_key says whose work is in the database.  While it is
 * empty the home is plain, whatever the configuration names.  When it is not,
 * every key in it must be in the ring, or nothing is done: a home without its
 * key must not go on with what it cannot read.
 *
 * A change of keys is a walk over all sealed columns and over spool/blob/,
 * in batches.  Each value tells its own key, so a walk that was killed goes
 * on where it was: by the next run, or by the command given again.
 */
#ifndef OMS_PIPELINE_PERSONAL_H
#define OMS_PIPELINE_PERSONAL_H

#include "base/error.h"
#include "base/seal.h"
#include "pipeline/stage.h"

enum {
	PERSONAL_KEY_BYTES = 320, /* of a customer key, with its NUL */
	PERSONAL_COPIES_MAX = 100
};

/*
 * personal_open - open the ring that the database needs, and use it.
 *
 * After db_open(): sets run->cfg->ring and db_use_ring().
 *
 * errors  OMS_SECRET  it cannot be read, or lacks a key of the database
 */
bool personal_open(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * personal_load - the ring of the configuration, whether in use or not.
 *
 * NULL with err untouched: it is a file that does not exist.
 */
struct ring *personal_load(mem_ctx *ctx, const struct config *cfg,
    struct oms_error *err) MUST_CHECK;

/* Is it in use, and is everything under its first key? */
bool personal_state(struct run *run, const struct ring *ring, bool *ret_used,
    bool *ret_done, struct oms_error *err) MUST_CHECK;

/*
 * personal_old_copies - tell of every database or journal that rebuild or
 * restore put aside before the current key was taken into use.
 *
 * No walk comes there: what it holds is plain, or under older keys.
 *
 * path  in the home, by name; at most PERSONAL_COPIES_MAX are told
 */
bool personal_old_copies(struct run *run,
    void (*tell)(void *u, const char *path), void *u,
    struct oms_error *err) MUST_CHECK;

/*
 * personal_adopt - from now on seal with the first key of the ring.
 *
 * One transaction; nothing when it is the current one already.
 * kind  "key_made", "key_rotated": of the security event
 */
bool personal_adopt(struct run *run, const struct ring *ring, const char *kind,
    struct oms_error *err) MUST_CHECK;

/*
 * personal_is_settled - is the first key of the ring the current one?
 *
 * For commands that change something beside a run: a new key is taken into
 * use only by who holds the lock.
 *
 * errors  OMS_SECRET
 */
bool personal_is_settled(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * personal_is_same - is what run seals with still what the database wants?
 *
 * Before an act begins its transaction: the keys may have been changed since
 * it opened the home, and what it seals with an old one nobody could read.
 *
 * errors  OMS_DB_BUSY
 */
bool personal_is_same(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * personal_write - make a text the key ring file of the configuration.
 *
 * Mode 0600, in a folder of mode 0700, whole or not at all.
 *
 * errors  OMS_USAGE  the ring is no file: env: or credential:
 */
bool personal_write(const struct config *cfg, const char *text,
    struct oms_error *err) MUST_CHECK;

/* As personal_adopt(), in a database that holds nothing yet: all is done. */
bool personal_begin(struct run *run, const struct ring *ring,
    struct oms_error *err) MUST_CHECK;

/* What a walk has sealed anew. */
struct personal_counts {
	int64_t rows;
	int64_t files;
};

/*
 * personal_convert - put everything under the current key of run's ring.
 *
 * The caller holds the lock of the runs.  When it returns true no older key
 * is needed any more, and the database file holds no older bytes.
 */
bool personal_convert(struct run *run, struct personal_counts *ret,
    struct oms_error *err) MUST_CHECK;

/* As personal_convert(), when a walk was begun and not finished. */
bool personal_finish(struct run *run, struct oms_error *err) MUST_CHECK;

/*
 * personal_customer_key - the key of a customer, as the database has it.
 *
 * "guest:" and an e-mail address becomes "guest:#" and its keyed hash when
 * there is a ring; all else stays.
 *
 * ret  PERSONAL_KEY_BYTES
 */
void personal_customer_key(const struct ring *ring, const char *text,
    char ret[PERSONAL_KEY_BYTES]);

/*
 * personal_record_key - the same for the key of a record or a dead letter.
 *
 * They are names for people and of files, and are never walked over: without
 * a ring a plain hash stands in for a guest's address.
 */
void personal_record_key(const struct ring *ring, const char *text,
    char ret[PERSONAL_KEY_BYTES]);

/*
 * personal_add_hash - let an order be found by that text; in a transaction.
 *
 * kind  as of seal_search().  Nothing without a ring, or for an empty text.
 */
bool personal_add_hash(struct run *run, int64_t order_id, const char *kind,
    const char *text, struct oms_error *err) MUST_CHECK;

/* personal_drop_hashes - before its texts change: they find it no more. */
bool personal_drop_hashes(struct run *run, int64_t order_id,
    struct oms_error *err) MUST_CHECK;

#endif
