/* test_transport_wire.c - messages that nobody trusts. */

#include "tests/unit/testing.h"

#include <sys/socket.h>

#include "transport/wire.h"

struct fixture {
	struct sbuf b;
	int fd[2];
};

static void
close_both(void *p)
{
	struct fixture *f = p;

	close(f->fd[0]);
	close(f->fd[1]);
}

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	sbuf_init(&f->b, f, 1000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->fd), 0);
	mem_on_free(f, close_both);
	*state = f;
	return 0;
}

static void
test_wire__a_message__arrives_as_it_was_put(void **state)
{
	struct fixture *f = *state;
	struct wire w;

	wire_put_int(&f->b, INT64_MIN);
	wire_put_text(&f->b, "");
	wire_put_text(&f->b, "b\xc3\xa9");
	ASSERT_OK(wire_send(f->fd[0], &f->b, 0, ERR));
	ASSERT_OK(wire_recv(f->fd[1], f, 1000, 0, &w, ERR));
	assert_true(wire_take_int(&w) == INT64_MIN);
	assert_string_equal(wire_take_text(&w, 10), "");
	assert_string_equal(wire_take_text(&w, 10), "b\xc3\xa9");
	assert_true(wire_is_done(&w));
	assert_int_equal(wire_take_int(&w), 0);
	assert_false(wire_is_done(&w));
}

/* Every message cut short at every byte is bad, and nothing is read past it. */
static void
test_wire__cut_message__is_bad_at_every_byte(void **state)
{
	struct fixture *f = *state;

	wire_put_text(&f->b, "name");
	wire_put_int(&f->b, 7);
	for (size_t n = 0; n < f->b.len; n++) {
		char *copy = mem_zero(f, n + 1, "copy");
		struct wire w = { .p = copy, .left = n };

		memcpy(copy, f->b.p, n);
		(void)wire_take_text(&w, 100);
		(void)wire_take_int(&w);
		assert_false(wire_is_done(&w));
		mem_free(copy);
	}
}

static void
test_take_text__bad_lengths__give_an_empty_text(void **state)
{
	static const int64_t bad[] = { -1, 5, 6, INT64_MAX, INT64_MIN };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct wire w;

		sbuf_clear(&f->b);
		wire_put_int(&f->b, bad[i]);
		sbuf_add(&f->b, "four", 5);
		w = (struct wire){ .p = f->b.p, .left = f->b.len };
		assert_string_equal(wire_take_text(&w, 100), "");
		assert_true(w.bad);
	}
	sbuf_clear(&f->b);
	wire_put_int(&f->b, 3); /* a NUL within */
	sbuf_add(&f->b, "a\0b", 4);
	struct wire w = { .p = f->b.p, .left = f->b.len };
	assert_string_equal(wire_take_text(&w, 100), "");
	assert_true(w.bad);
	sbuf_clear(&f->b);
	wire_put_text(&f->b, "longer than allowed");
	w = (struct wire){ .p = f->b.p, .left = f->b.len };
	assert_string_equal(wire_take_text(&w, 5), "");
	assert_true(w.bad);
}

static void
test_recv__message_over_the_limit__is_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t n = UINT64_MAX;
	struct wire w;

	assert_int_equal(write(f->fd[0], &n, sizeof(n)), sizeof(n));
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    wire_recv(f->fd[1], f, 1000, 0, &w, ERR));
}

static void
test_recv__other_side_goes_away__fails(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 100;
	struct wire w;

	assert_int_equal(write(f->fd[0], &n, sizeof(n)), sizeof(n));
	assert_int_equal(shutdown(f->fd[0], SHUT_WR), 0);
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    wire_recv(f->fd[1], f, 1000, 0, &w, ERR));
}

static void
test_recv__nothing_comes__times_out(void **state)
{
	struct fixture *f = *state;
	struct wire w;

	ASSERT_FAILS(OMS_TIMEOUT, wire_recv(f->fd[1], f, 1000, 1, &w, ERR));
}

static void
test_send__message_over_the_limit__is_not_sent(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 200; i++)
		wire_put_int(&f->b, i);
	ASSERT_FAILS(OMS_LIMIT, wire_send(f->fd[0], &f->b, 0, ERR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wire__a_message__arrives_as_it_was_put),
		TEST(test_wire__cut_message__is_bad_at_every_byte),
		TEST(test_take_text__bad_lengths__give_an_empty_text),
		TEST(test_recv__message_over_the_limit__is_refused),
		TEST(test_recv__other_side_goes_away__fails),
		TEST(test_recv__nothing_comes__times_out),
		TEST(test_send__message_over_the_limit__is_not_sent),
	};
	return cmocka_run_group_tests_name("transport_wire", tests, NULL, NULL);
}
