/* clock.c - see clock.h.  No other file asks the system for the time. */

#include "base/clock.h"

#include <time.h>

static bool is_fixed;
static int64_t fixed_us;

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_fix(int64_t now_us)
{
	is_fixed = true;
	fixed_us = now_us;
}

bool
clock_is_fixed(void)
{
	return is_fixed;
}

int64_t
clock_now_us(void)
{
	return is_fixed ? fixed_us : read_us(CLOCK_REALTIME);
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
