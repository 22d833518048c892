/*
 * sfcc_order.h - an order of Salesforce Commerce Cloud, as oms knows orders.
 *
 * Line amounts in the file are totals of the line before any adjustment;
 * adjustments hang under the line, under a shipping line and, for the whole
 * order, under totals.  The order's are split over lines and shipments here,
 * once, so that everything that follows deals with lines and groups alone.
 * The shop's tax is taken as it is.
 *
 * What does not add up does not reject an order: it is written into
 * order.recon and becomes a hold.  No card data are read.
 */
#ifndef OMS_MAPPERS_SFCC_ORDER_H
#define OMS_MAPPERS_SFCC_ORDER_H

#include "base/arena.h"
#include "base/error.h"
#include "model/order.h"
#include "parsers/xml_record.h"

extern const struct xml_vocabulary sfcc_order_vocabulary;

/*
 * sfcc_order_map - the tree of an <order> as a struct order.
 *
 * a          owner of the order; it keeps nothing of the tree
 * tolerance  minor units a block of totals may be off when the shop rounds
 *            tax at group level (tax-rounded-at-group); what is off by less
 *            is put on the largest line, so that the bill adds up
 * errors     OMS_VALUE  a value that cannot be used, with its place
 *            OMS_LIMIT  more lines, shipments or payments than oms takes
 * source     order.xsd 18.5 to 26.5; billing 4.2
 */
bool sfcc_order_map(struct arena *a, const struct xml_node *record,
    int64_t tolerance_minor, struct order *ret,
    struct oms_error *err) MUST_CHECK;

#endif
