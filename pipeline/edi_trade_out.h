/*
 * edi_trade_out.h - the documents of trade customers, for edi_out.c's table.
 */
#ifndef OMS_PIPELINE_EDI_TRADE_OUT_H
#define OMS_PIPELINE_EDI_TRADE_OUT_H

#include "pipeline/edi_out.h"

edi_render_fn edi_render_responses; /* 855, ORDRSP */
edi_render_fn edi_render_notices;   /* 856, DESADV */
edi_render_fn edi_render_invoices;  /* 810, INVOIC */

#endif
