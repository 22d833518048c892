/* order_columns.h - the columns of an order that tests insert, in order. */
#ifndef OMS_TESTS_ORDER_COLUMNS_H
#define OMS_TESTS_ORDER_COLUMNS_H

#define ORDER_COLUMNS                                                          \
	"order_id, order_no, channel, partner, revision, "                     \
	"content_hash, file_id, record_no, currency, taxation, "               \
	"customer_key, customer_no, customer_name, customer_email, "           \
	"order_ts_us, received_ts_us, ship_by_ts_us, priority, "               \
	"total_minor, tax_minor, basket_hash, shop_status, "                   \
	"payment_status, recon, incomplete, ship_complete, stage, "            \
	"touched, status_min, status_max, label, shop_sent"

#endif
