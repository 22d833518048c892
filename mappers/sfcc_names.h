/*
 * sfcc_names.h - the elements of an SFCC order file that oms knows.
 *
 * X(constant, name, kind): private to mappers/sfcc_order*.c.  Others are
 * dropped before they are looked at; so is the inside of opaque ones.  Card
 * data are ignored: they never reach a tree, a log or the store.
 */
#ifndef OMS_MAPPERS_SFCC_NAMES_H
#define OMS_MAPPERS_SFCC_NAMES_H

/* clang-format off */
#define SFCC_NAMES(X) \
	X(E_ORDER,               "order",                      XML_KEEP) \
	X(E_ORDER_DATE,          "order-date",                 XML_KEEP) \
	X(E_CREATED_BY,          "created-by",                 XML_KEEP) \
	X(E_ORIGINAL_ORDER_NO,   "original-order-no",          XML_KEEP) \
	X(E_CURRENCY,            "currency",                   XML_KEEP) \
	X(E_CUSTOMER_LOCALE,     "customer-locale",            XML_KEEP) \
	X(E_TAXATION,            "taxation",                   XML_KEEP) \
	X(E_SOURCE_CODE,         "source-code",                XML_OPAQUE) \
	X(E_AFFILIATE_NAME,      "affiliate-partner-name",     XML_KEEP) \
	X(E_AFFILIATE_ID,        "affiliate-partner-id",       XML_KEEP) \
	X(E_INVOICE_NO,          "invoice-no",                 XML_KEEP) \
	X(E_CUSTOMER,            "customer",                   XML_KEEP) \
	X(E_ORDER_REFERENCE,     "customer-order-reference",   XML_PERSONAL) \
	X(E_STATUS,              "status",                     XML_KEEP) \
	X(E_BUSINESS_TYPE,       "business-type",              XML_KEEP) \
	X(E_CHANNEL_TYPE,        "channel-type",               XML_KEEP) \
	X(E_REPLACE_CODE,        "replace-code",               XML_KEEP) \
	X(E_REPLACE_DESCRIPTION, "replace-description",        XML_KEEP) \
	X(E_REPLACEMENT_NO,      "replacement-order-no",       XML_KEEP) \
	X(E_REPLACED_NO,         "replaced-order-no",          XML_KEEP) \
	X(E_CURRENT_ORDER_NO,    "current-order-no",           XML_KEEP) \
	X(E_CANCEL_CODE,         "cancel-code",                XML_KEEP) \
	X(E_CANCEL_DESCRIPTION,  "cancel-description",         XML_KEEP) \
	X(E_PRODUCT_LINES,       "product-lineitems",          XML_KEEP) \
	X(E_GIFT_LINES,          "giftcertificate-lineitems",  XML_KEEP) \
	X(E_SHIPPING_LINES,      "shipping-lineitems",         XML_KEEP) \
	X(E_SHIPMENTS,           "shipments",                  XML_KEEP) \
	X(E_ROUNDED_AT_GROUP,    "tax-rounded-at-group",       XML_KEEP) \
	X(E_TOTALS,              "totals",                     XML_KEEP) \
	X(E_PAYMENTS,            "payments",                   XML_KEEP) \
	X(E_REMOTE_HOST,         "remoteHost",                 XML_PERSONAL) \
	X(E_NOTES,               "notes",                      XML_OPAQUE) \
	X(E_EXTERNAL_NO,         "external-order-no",          XML_KEEP) \
	X(E_EXTERNAL_STATUS,     "external-order-status",      XML_KEEP) \
	X(E_EXTERNAL_TEXT,       "external-order-text",        XML_KEEP) \
	X(E_PLACE_DATE,          "place-date",                 XML_KEEP) \
	X(E_GLOBAL_PARTY,        "global-party-id",            XML_KEEP) \
	X(E_CUSTOM,              "custom-attributes",          XML_OPAQUE) \
	X(E_GUEST,               "guest",                      XML_KEEP) \
	X(E_CUSTOMER_NO,         "customer-no",                XML_KEEP) \
	X(E_CUSTOMER_NAME,       "customer-name",              XML_PERSONAL) \
	X(E_CUSTOMER_EMAIL,      "customer-email",             XML_PERSONAL) \
	X(E_BILLING_ADDRESS,     "billing-address",            XML_KEEP) \
	X(E_SALUTATION,          "salutation",                 XML_PERSONAL) \
	X(E_TITLE,               "title",                      XML_PERSONAL) \
	X(E_FIRST_NAME,          "first-name",                 XML_PERSONAL) \
	X(E_SECOND_NAME,         "second-name",                XML_PERSONAL) \
	X(E_LAST_NAME,           "last-name",                  XML_PERSONAL) \
	X(E_SUFFIX,              "suffix",                     XML_PERSONAL) \
	X(E_COMPANY_NAME,        "company-name",               XML_PERSONAL) \
	X(E_JOB_TITLE,           "job-title",                  XML_PERSONAL) \
	X(E_ADDRESS1,            "address1",                   XML_PERSONAL) \
	X(E_ADDRESS2,            "address2",                   XML_PERSONAL) \
	X(E_SUITE,               "suite",                      XML_PERSONAL) \
	X(E_POSTBOX,             "postbox",                    XML_PERSONAL) \
	X(E_CITY,                "city",                       XML_KEEP) \
	X(E_POSTAL_CODE,         "postal-code",                XML_KEEP) \
	X(E_STATE_CODE,          "state-code",                 XML_KEEP) \
	X(E_COUNTRY_CODE,        "country-code",               XML_KEEP) \
	X(E_PHONE,               "phone",                      XML_PERSONAL) \
	X(E_ORDER_STATUS,        "order-status",               XML_KEEP) \
	X(E_SHIPPING_STATUS,     "shipping-status",            XML_KEEP) \
	X(E_CONFIRMATION_STATUS, "confirmation-status",        XML_KEEP) \
	X(E_PAYMENT_STATUS,      "payment-status",             XML_KEEP) \
	X(E_EXPORT_STATUS,       "export-status",              XML_KEEP) \
	X(E_PRODUCT_LINE,        "product-lineitem",           XML_KEEP) \
	X(E_NET,                 "net-price",                  XML_KEEP) \
	X(E_TAX,                 "tax",                        XML_KEEP) \
	X(E_GROSS,               "gross-price",                XML_KEEP) \
	X(E_BASE,                "base-price",                 XML_KEEP) \
	X(E_LINE_TEXT,           "lineitem-text",              XML_KEEP) \
	X(E_TAX_BASIS,           "tax-basis",                  XML_KEEP) \
	X(E_POSITION,            "position",                   XML_KEEP) \
	X(E_PRODUCT_ID,          "product-id",                 XML_KEEP) \
	X(E_PRODUCT_NAME,        "product-name",               XML_KEEP) \
	X(E_QUANTITY,            "quantity",                   XML_KEEP) \
	X(E_TAX_RATE,            "tax-rate",                   XML_KEEP) \
	X(E_MIN_QUANTITY,        "min-order-quantity",         XML_KEEP) \
	X(E_STEP_QUANTITY,       "step-quantity",              XML_KEEP) \
	X(E_BRAND,               "brand",                      XML_KEEP) \
	X(E_SHIPMENT_ID,         "shipment-id",                XML_KEEP) \
	X(E_INVENTORY_LIST,      "inventory-list-id",          XML_KEEP) \
	X(E_OPTION_LINES,        "option-lineitems",           XML_KEEP) \
	X(E_BUNDLED_LINES,       "bundled-product-lineitems",  XML_KEEP) \
	X(E_SHIPPING_LINE,       "shipping-lineitem",          XML_KEEP) \
	X(E_GIFT,                "gift",                       XML_KEEP) \
	X(E_GIFT_MESSAGE,        "gift-message",               XML_PERSONAL) \
	X(E_LINE_STATUS,         "external-line-item-status",  XML_KEEP) \
	X(E_LINE_STATUS_TEXT,    "external-line-item-text",    XML_KEEP) \
	X(E_TAX_ITEMS,           "tax-items",                  XML_KEEP) \
	X(E_ADJUSTMENTS,         "price-adjustments",          XML_KEEP) \
	X(E_OPTION_LINE,         "option-lineitem",            XML_KEEP) \
	X(E_OPTION_ID,           "option-id",                  XML_KEEP) \
	X(E_VALUE_ID,            "value-id",                   XML_KEEP) \
	X(E_BUNDLED_LINE,        "bundled-product-lineitem",   XML_KEEP) \
	X(E_GIFT_LINE,           "giftcertificate-lineitem",   XML_KEEP) \
	X(E_GIFT_MERCHANT,       "gc-merchant-id",             XML_KEEP) \
	X(E_GIFT_ID,             "giftcertificate-id",         XML_KEEP) \
	X(E_RECIPIENT_EMAIL,     "recipient-email",            XML_KEEP) \
	X(E_SENDER_NAME,         "sender-name",                XML_KEEP) \
	X(E_RECIPIENT_NAME,      "recipient-name",             XML_KEEP) \
	X(E_MESSAGE,             "message",                    XML_KEEP) \
	X(E_ITEM_ID,             "item-id",                    XML_KEEP) \
	X(E_TYPE,                "type",                       XML_KEEP) \
	X(E_ADJUSTMENT,          "price-adjustment",           XML_KEEP) \
	X(E_PROMOTION,           "promotion-id",               XML_KEEP) \
	X(E_CAMPAIGN,            "campaign-id",                XML_KEEP) \
	X(E_ABTEST,              "abtest",                     XML_OPAQUE) \
	X(E_COUPON,              "coupon-id",                  XML_KEEP) \
	X(E_REASON_CODE,         "reason-code",                XML_KEEP) \
	X(E_MANUAL,              "manual",                     XML_KEEP) \
	X(E_DISCOUNT,            "discount",                   XML_OPAQUE) \
	X(E_CREATION_DATE,       "creation-date",              XML_KEEP) \
	X(E_TAX_ITEM,            "tax-item",                   XML_KEEP) \
	X(E_TAX_ID,              "tax-id",                     XML_KEEP) \
	X(E_TAX_AMOUNT,          "tax-amount",                 XML_KEEP) \
	X(E_SHIPMENT,            "shipment",                   XML_KEEP) \
	X(E_SHIPPING_METHOD,     "shipping-method",            XML_KEEP) \
	X(E_TRACKING,            "tracking-number",            XML_KEEP) \
	X(E_SHIPPING_ADDRESS,    "shipping-address",           XML_KEEP) \
	X(E_MERCH,               "merchandize-total",          XML_KEEP) \
	X(E_ADJ_MERCH,           "adjusted-merchandize-total", XML_KEEP) \
	X(E_SHIPPING,            "shipping-total",             XML_KEEP) \
	X(E_ADJ_SHIPPING,        "adjusted-shipping-total",    XML_KEEP) \
	X(E_SHIPMENT_TOTAL,      "shipment-total",             XML_KEEP) \
	X(E_ORDER_TOTAL,         "order-total",                XML_KEEP) \
	X(E_PAYMENT,             "payment",                    XML_KEEP) \
	X(E_CARD,                "credit-card",                XML_KEEP) \
	X(E_BANK,                "bank-transfer",              XML_OPAQUE) \
	X(E_BML,                 "bml",                        XML_OPAQUE) \
	X(E_GIFT_CERTIFICATE,    "gift-certificate",           XML_OPAQUE) \
	X(E_APPLE_PAY,           "dw-apple-pay",               XML_OPAQUE) \
	X(E_ANDROID_PAY,         "dw-android-pay",             XML_OPAQUE) \
	X(E_SALESFORCE,          "salesforce-payments",        XML_OPAQUE) \
	X(E_CUSTOM_METHOD,       "custom-method",              XML_KEEP) \
	X(E_CARD_TYPE,           "card-type",                  XML_KEEP) \
	X(E_CARD_NUMBER,         "card-number",                XML_IGNORE) \
	X(E_CARD_HOLDER,         "card-holder",                XML_IGNORE) \
	X(E_CARD_TOKEN,          "card-token",                 XML_IGNORE) \
	X(E_FROM_MONTH,          "from-month",                 XML_IGNORE) \
	X(E_FROM_YEAR,           "from-year",                  XML_IGNORE) \
	X(E_EXPIRATION_MONTH,    "expiration-month",           XML_IGNORE) \
	X(E_EXPIRATION_YEAR,     "expiration-year",            XML_IGNORE) \
	X(E_ISSUE_NUMBER,        "issue-number",               XML_IGNORE) \
	X(E_METHOD_NAME,         "method-name",                XML_KEEP) \
	X(E_AMOUNT,              "amount",                     XML_KEEP) \
	X(E_PROCESSOR,           "processor-id",               XML_KEEP) \
	X(E_TRANSACTION,         "transaction-id",             XML_KEEP) \
	X(E_TRANSACTION_TYPE,    "transaction-type",           XML_KEEP) \
	X(E_ACCOUNT_ID,          "account-id",                 XML_KEEP) \
	X(E_ACCOUNT_TYPE,        "account-type",               XML_KEEP) \
	X(E_EK_ID,               "ek-id",                      XML_KEEP)
/* clang-format on */

#define X(constant, name, kind) constant,
enum sfcc_element { SFCC_NAMES(X) E_COUNT };
#undef X

enum sfcc_attribute { A_ORDER_NO, A_MODE, A_SHIPMENT_ID, A_UNIT, A_VERSION };

#endif
