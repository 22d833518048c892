/*
 * order_hash.h - short names for what an order says, to tell it from others.
 */
#ifndef OMS_MAPPERS_ORDER_HASH_H
#define OMS_MAPPERS_ORDER_HASH_H

#include "base/hash.h"
#include "model/order.h"

/*
 * order_content_hash - equal for the same order exported twice.
 *
 * Of the mapped fields in a fixed order: blanks, element order, prefixes and
 * what oms does not read make no difference.
 */
void order_content_hash(const struct order *o, char ret[HASH_BYTES]);

/* Of sku and quantity only, in any order of lines: to find twins. */
void order_basket_hash(const struct order *o, char ret[HASH_BYTES]);

#endif
