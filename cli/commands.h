/*
 * commands.h - the function of every verb; cli/verbs.c says what each does.
 *
 * One file for each family: cmd_order.c has cmd_order_*.
 */
#ifndef OMS_CLI_COMMANDS_H
#define OMS_CLI_COMMANDS_H

#include "cli/cli.h"

typedef enum exit_code command_fn(struct cli *c);

command_fn cmd_init;
command_fn cmd_run;
command_fn cmd_status;
command_fn cmd_feeds;
command_fn cmd_windows, cmd_schedule;
command_fn cmd_reconcile;
command_fn cmd_stop, cmd_start;
command_fn cmd_file_list, cmd_file_show;
command_fn cmd_dead_list, cmd_dead_show, cmd_dead_diff, cmd_dead_edit;
command_fn cmd_dead_retry, cmd_dead_hold, cmd_dead_release, cmd_dead_close;
command_fn cmd_dead_assign, cmd_dead_note, cmd_dead_reopen;
command_fn cmd_out_list, cmd_out_show, cmd_out_resend, cmd_out_adopt;
command_fn cmd_order_show, cmd_order_history, cmd_order_find;
command_fn cmd_order_hold, cmd_order_release;
command_fn cmd_acks, cmd_acks_show, cmd_acks_close, cmd_acks_renew;
command_fn cmd_freight, cmd_freight_show, cmd_freight_settle;
command_fn cmd_payments;
command_fn cmd_alert_list, cmd_alert_show, cmd_alert_test;
command_fn cmd_partner_list, cmd_partner_reset, cmd_partner_keyscan;
command_fn cmd_partner_rotate, cmd_partner_new;
command_fn cmd_stock_show, cmd_stock_adjust;
command_fn cmd_alloc_explain;
command_fn cmd_trace;
command_fn cmd_audit_list, cmd_audit_export, cmd_audit_report, cmd_audit_verify;
command_fn cmd_check, cmd_fsck;
command_fn cmd_backup, cmd_restore, cmd_recover, cmd_rebuild;
command_fn cmd_config_lint, cmd_config_show, cmd_config_doc;
command_fn cmd_key_new, cmd_key_rotate, cmd_key_list;
command_fn cmd_edi_check, cmd_edi_show, cmd_edi_lint;
command_fn cmd_explain;
command_fn cmd_version;
command_fn cmd_completion;

#endif
