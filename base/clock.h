/*
 * clock.h - the one clock: UTC microseconds since 1970.
 *
 * Tests and replays fix it with --now or OMS_NOW; then every call gives the
 * same time, so the same input gives the same bytes.
 */
#ifndef OMS_BASE_CLOCK_H
#define OMS_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void clock_fix(int64_t now_us); /* from here on it is always now_us */
bool clock_is_fixed(void);
int64_t clock_now_us(void); /* business time: fixed, or the system's */

/* Time that only goes forward, for durations and deadlines; never fixed. */
int64_t clock_mono_us(void);

#endif
