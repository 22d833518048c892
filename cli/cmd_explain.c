/* cmd_explain.c - the table of codes, and the faults of EDI, for people. */

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/edi_remedy.h"
#include "cli/out.h"

/* The words of oms order show: hold types, and labels of orders. */
/* clang-format off */
static const struct word {
	const char *name;
	const char *class;
	const char *meaning;
	const char *action;
} words[] = {
	{ "PAYMENT", "hold", "no authorised payment covers the order, or a charge was declined",
	  "ask the customer, then oms order release NUMBER PAYMENT: the next run asks the processor again" },
	{ "FRAUD", "hold", "a person suspects fraud",
	  "decide, then release the hold or have the shop cancel the order" },
	{ "LIMIT", "hold", "the customer's spending limit would be passed",
	  "raise the limit (reference file spending_limits) or release the hold" },
	{ "ADDRESS", "hold", "the address breaks the rules of its country",
	  "have the shop correct and export it again, or release the hold" },
	{ "DATA", "hold", "something needed is missing or unknown",
	  "load what is missing; the next run goes on by itself" },
	{ "MANUAL", "hold", "a person set it",
	  "oms order history NUMBER says who and why; oms order release NUMBER MANUAL" },
	{ "CREDIT", "hold", "the credit of the customer is not cleared",
	  "clear it, then oms order release NUMBER CREDIT" },
	{ "DUPLICATE", "hold", "it may be the same order twice",
	  "ask the customer, then release the hold or have the shop cancel one" },
	{ "RECON", "hold", "the amounts of the order do not add up",
	  "have the shop check the order; release the hold to bill it as it stands" },
	{ "CUSTOM", "hold", "a rule of the merchant",
	  "oms order show NUMBER has the reason; release the hold when it is settled" },

	{ "ON_HOLD", "label", "a hold stops the order or one of its shipments",
	  "oms order show NUMBER names the hold and what to do" },
	{ "ACTION_REQUIRED", "label", "there is no stock, and the customer must say what to do",
	  "have the shop export the order again, as its customer decided" },
	{ "BACKORDERED", "label", "there is no stock; it waits in the queue of all orders",
	  "nothing: new stock goes to the oldest first; oms stock show SKU" },
	{ "PARTIALLY_BACKORDERED", "label", "some parts wait for stock, others go on",
	  "nothing: new stock goes to the oldest first; oms stock show SKU" },
	{ "PICKING", "label", "the warehouse has the shipping order",
	  "nothing: its confirmation comes" },
	{ "PARTIALLY_SHIPPED", "label", "some parts have left, others have not",
	  "nothing; oms order show NUMBER says what the others wait for" },
	{ "PARTIALLY_DELIVERED", "label", "some parts have arrived, others are on their way",
	  "nothing: the courier's answer comes" },
	{ "COMPLETED_WITH_EXCEPTIONS", "label", "all is done, and some part failed",
	  "oms order history NUMBER says what failed" },
};
/* clang-format on */

static const struct word *
word_of(const char *name)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static enum exit_code
explain_word(struct cli *c, const struct word *w)
{
	struct out *o;

	if (!c->json) {
		printf("%-8s %s\nmeaning  %s\nto do    %s\n", w->class, w->name,
		    w->meaning, w->action);
		return EXIT_OK;
	}
	o = out_open(c, w->class, "");
	out_row(o);
	out_text(o, "id", w->name);
	out_text(o, "class", w->class);
	out_text(o, "meaning", w->meaning);
	out_text(o, "action", w->action);
	out_row_end(o);
	(void)out_close(o);
	return EXIT_OK;
}

/* ---- faults of EDI --------------------------------------------------------- */

static void
fault_row(struct out *o, enum edi_fault fault)
{
	const struct edi_fault_row *row = &edi_faults[fault];

	out_row(o);
	out_text(o, "id", row->name);
	out_text(o, "level", edi_level_name(row->level));
	out_text(o, "meaning", row->text);
	out_text(o, "action", edi_remedy(fault));
	out_text(o, "lenient", edi_lenient_of(fault));
	out_row_end(o);
}

/* What partners are told of it: "AK304 8, AK403 5, AK502 5, CONTRL 39". */
static void
say_codes(const struct edi_fault_row *row)
{
	const struct {
		const char *name;
		int code;
	} codes[] = { { "AK304", row->ak304 }, { "AK403", row->ak403 },
		{ "AK502", row->ak502 },
		{ row->level == EDI_LEVEL_GROUP ? "AK905" : "TA105",
		    row->envelope },
		{ "CONTRL", row->contrl } };
	const char *comma = "";

	printf("answer   ");
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (codes[i].code < 0)
			continue;
		printf("%s%s %d", comma, codes[i].name, codes[i].code);
		comma = ", ";
	}
	printf("%s\n", comma[0] == '\0' ? "none" : "");
}

static enum exit_code
explain_fault(struct cli *c, enum edi_fault fault)
{
	const struct edi_fault_row *row = &edi_faults[fault];
	const char *lenient = edi_lenient_of(fault);

	if (c->json) {
		struct out *o = out_open(c, "fault", "");

		fault_row(o, fault);
		(void)out_close(o);
		return EXIT_OK;
	}
	printf("fault    %s\nlevel    %s\nmeaning  %s\n", row->name,
	    edi_level_name(row->level), row->text);
	say_codes(row);
	printf("to do    %s\n", edi_remedy(fault));
	if (lenient[0] != '\0')
		printf("forgive  lenient = %s in [edi], or --lenient %s\n",
		    lenient, lenient);
	return EXIT_OK;
}

/* ---- codes ----------------------------------------------------------------- */

static void
explain(struct out *o, enum oms_code code)
{
	out_row(o);
	out_text(o, "id", oms_code_name(code));
	out_text(o, "code", oms_code_name(code));
	out_text(o, "class", oms_class_name(oms_code_class(code)));
	out_text(o, "meaning", oms_code_meaning(code));
	out_text(o, "action", oms_code_action(code));
	out_row_end(o);
}

static enum exit_code
explain_all(struct cli *c)
{
	struct out *o = out_open(c, "code", "code meaning*");

	for (int i = 0; i < OMS_CODE_COUNT; i++)
		explain(o, (enum oms_code)i);
	(void)out_close(o);
	return EXIT_OK;
}

static enum exit_code
unknown(struct cli *c, const char *name)
{
	struct nearest n = NEAREST_TO(name);
	struct oms_error err = NO_ERROR;
	const char *meant;

	for (int i = 0; i < OMS_CODE_COUNT; i++)
		nearest_offer(&n, oms_code_name((enum oms_code)i));
	for (size_t i = 0; i < COUNT(words); i++)
		nearest_offer(&n, words[i].name);
	for (int i = 0; i < EDI_FAULT_COUNT; i++)
		nearest_offer(&n, edi_faults[i].name);
	meant = nearest_found(&n);
	oms_fail(&err, OMS_USAGE, "no code \"%.40s\"%s%s%s", name,
	    meant != NULL ? "; is " : "; see oms explain --all",
	    meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
	return cli_fail(c, &err);
}

enum exit_code
cmd_explain(struct cli *c)
{
	enum oms_code code;

	if (c->arg_count == 0 || cli_flag(c, "all"))
		return explain_all(c);
	code = oms_code_of_name(c->args[0]);
	if (code == OMS_CODE_COUNT && word_of(c->args[0]) != NULL)
		return explain_word(c, word_of(c->args[0]));
	if (code == OMS_CODE_COUNT &&
	    edi_fault_of_name(c->args[0]) != EDI_FAULT_COUNT)
		return explain_fault(c, edi_fault_of_name(c->args[0]));
	if (code == OMS_CODE_COUNT)
		return unknown(c, c->args[0]);
	if (c->json) {
		struct out *o = out_open(c, "code", "");

		explain(o, code);
		(void)out_close(o);
		return EXIT_OK;
	}
	printf("code     %s\nclass    %s\nmeaning  %s\nto do    %s\n",
	    oms_code_name(code), oms_class_name(oms_code_class(code)),
	    oms_code_meaning(code), oms_code_action(code));
	return EXIT_OK;
}
