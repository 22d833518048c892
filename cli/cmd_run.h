/* cmd_run.h - the report of a run, also for verbs that start one. */
#ifndef OMS_CLI_CMD_RUN_H
#define OMS_CLI_CMD_RUN_H

#include "cli/cli.h"
#include "jobs/run.h"

enum exit_code cmd_run(struct cli *c);

/*
 * run_job - run a job for a verb and print its report.
 *
 * Says nothing with --quiet when all went well.
 */
enum exit_code run_job(struct cli *c, const struct job_request *req);

#endif
