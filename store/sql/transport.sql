-- Carriers: loads offered, what they say of shipments, what they bill.

---------------------------------------------------------------- out

-- :name transport_take_withdrawn
UPDATE tender SET state = 'withdrawn', cancel_doc_id = :doc_id
 WHERE (shipment_key, attempt) IN (
       SELECT t.shipment_key, t.attempt FROM tender t
        WHERE t.state = 'to_withdraw' AND t.partner = :partner
        ORDER BY t.shipment_key, t.attempt
        LIMIT :max);

-- :name transport_sets
-- A document has shipments to be carried, or such as are not to be any more.
INSERT INTO edi_out_set (doc_id, set_no, type, key)
SELECT :doc_id, ROW_NUMBER() OVER (ORDER BY x.shipment_key), :type, x.shipment_key
  FROM (SELECT shipment_key FROM shipment WHERE book_doc_id = :doc_id
         UNION ALL
        SELECT shipment_key FROM tender WHERE cancel_doc_id = :doc_id) x;

-- :name transport_tenders_add
INSERT INTO tender (shipment_key, attempt, partner, doc_id, state)
SELECT s.shipment_key,
       (SELECT COALESCE(MAX(t.attempt), 0) + 1 FROM tender t WHERE t.shipment_key = s.shipment_key),
       s.book_partner, :doc_id, 'sent'
  FROM shipment s
 WHERE s.book_doc_id = :doc_id;

-- :name transport_only_offered
-- What is offered is not booked before the carrier takes it.
UPDATE shipment SET status = 'PENDING' WHERE book_doc_id = :doc_id AND status = 'BOOKED';

-- :name transport_loads
-- From the sets: after a no the shipment has another document.
SELECT s.shipment_key, o.order_no, s.carrier, s.service, s.node, s.weight_g, s.value_minor,
       o.currency, s.promise_ts_us, s.rate_minor,
       g.name, g.company, g.address1, g.address2, g.postal_code, g.city, g.state, g.country, g.phone,
       COALESCE(n.name, ''), COALESCE(n.country, ''),
       COALESCE(s.promise_ts_us - c.transit_s * 1000000, 0),
       (SELECT COUNT(*) FROM tender t WHERE t.cancel_doc_id = :doc_id AND t.shipment_key = s.shipment_key),
       o.ship_by_ts_us, g.order_id || '/' || g.group_no AS place_ship_group
  FROM edi_out_set e
  JOIN shipment s ON s.shipment_key = e.key
  JOIN orders o ON o.order_id = s.order_id
  JOIN ship_group g ON g.order_id = s.order_id AND g.group_no = s.group_no
  LEFT JOIN ship_node n ON n.node = s.node
  LEFT JOIN carrier_service c ON c.carrier = s.carrier AND c.service = s.service
 WHERE e.doc_id = :doc_id
 ORDER BY e.set_no;

---------------------------------------------------------------- in

-- :name transport_shipment
SELECT s.order_id, o.currency, s.rate_minor
  FROM shipment s
  JOIN orders o ON o.order_id = s.order_id
 WHERE s.shipment_key = :shipment_key;

-- :name transport_tender
-- The last time the shipment was offered to that partner.
SELECT t.attempt, t.state, s.order_id, s.status
  FROM tender t
  JOIN shipment s ON s.shipment_key = t.shipment_key
 WHERE t.shipment_key = :shipment_key AND t.partner = :partner
 ORDER BY t.attempt DESC LIMIT 1;

-- :name transport_tender_answered
UPDATE tender
   SET state = :state, code = :code, reference = :reference, reason = :reason, answered_ts_us = :ts_us
 WHERE shipment_key = :shipment_key AND attempt = :attempt;

-- :name transport_tender_said
SELECT attempt FROM tender_answer
 WHERE partner = :partner AND shipment_key = :shipment_key AND code = :code AND date = :date
   AND reference = :reference;

-- :name transport_tender_say
INSERT INTO tender_answer (partner, shipment_key, code, date, reference, attempt, ts_us)
VALUES (:partner, :shipment_key, :code, :date, :reference, :attempt, :ts_us);

-- :name transport_taken
-- A late yes: it is not offered again.
UPDATE shipment
   SET stage = 0, book_doc_id = (SELECT t.doc_id FROM tender t
                                  WHERE t.shipment_key = :shipment_key AND t.attempt = :attempt)
 WHERE shipment_key = :shipment_key AND stage = 7 AND book_doc_id IS NULL;

-- :name transport_not_taken
-- To be booked anew (7), once the hold is released.
UPDATE shipment SET stage = 7, status = 'PENDING', book_doc_id = NULL
 WHERE shipment_key = :shipment_key AND status IN ('PENDING', 'BOOKED');

-- :name transport_code
SELECT event FROM carrier_code
 WHERE partner = :partner AND set_type = :set_type AND code = :code;

-- :name transport_event_add
INSERT INTO carrier_event (shipment_key, n, partner, event, code, reason, ts_us, is_local, place,
                           equipment, reference, detail, file_id, record_no)
SELECT :shipment_key, COALESCE(MAX(e.n), 0) + 1, :partner, :event, :code, :reason, :ts_us, :is_local,
       :place, :equipment, :reference, :detail, :file_id, :record_no
  FROM carrier_event e
 WHERE e.shipment_key = :shipment_key
    ON CONFLICT (shipment_key, partner, code, reason, ts_us, place) DO NOTHING;

-- :name transport_eta
UPDATE shipment SET eta_ts_us = :ts_us
 WHERE shipment_key = :shipment_key AND status <> 'DELIVERED';

-- :name transport_freight
SELECT shipment_key, currency, amount_minor, correction, state FROM freight_invoice
 WHERE partner = :partner AND invoice_no = :invoice_no;

-- :name transport_freight_billed
SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM freight_invoice
 WHERE shipment_key = :shipment_key AND currency = :currency;

-- :name transport_freight_add
INSERT INTO freight_invoice (partner, invoice_no, shipment_key, scac, pay, correction, currency,
                             amount_minor, charges_minor, expected_minor, state, invoice_ts_us,
                             received_ts_us, file_id, record_no)
VALUES (:partner, :invoice_no, :shipment_key, :scac, :pay, :correction, :currency,
        :amount_minor, :charges_minor, :expected_minor, :state, :invoice_ts_us,
        :ts_us, :file_id, :record_no);

-- :name transport_charge_add
INSERT INTO freight_charge (partner, invoice_no, n, code, text, amount_minor)
VALUES (:partner, :invoice_no, :n, :code, :text, :amount_minor);

-- :name transport_freight_settle
UPDATE freight_invoice SET state = 'settled', reason = :reason
 WHERE partner = :partner AND invoice_no = :invoice_no AND state = 'different';

---------------------------------------------------------------- to look at

-- :name cli_order_tenders
SELECT t.shipment_key, t.attempt, t.partner, t.state, t.reference, t.answered_ts_us, t.reason
  FROM shipment s
  JOIN tender t ON t.shipment_key = s.shipment_key
 WHERE s.order_id = :order_id
 ORDER BY t.shipment_key, t.attempt;

-- :name cli_order_movements
SELECT e.shipment_key, NULLIF(e.ts_us, 0) AS ts_us, e.event, e.code, e.reason, e.place, e.reference, e.detail
  FROM shipment s
  JOIN carrier_event e ON e.shipment_key = s.shipment_key
 WHERE s.order_id = :order_id
 ORDER BY e.shipment_key, e.n;

-- :name cli_order_freight
SELECT f.shipment_key, f.partner, f.invoice_no, f.currency, f.amount_minor, f.expected_minor, f.state
  FROM shipment s
  JOIN freight_invoice f ON f.shipment_key = s.shipment_key
 WHERE s.order_id = :order_id
 ORDER BY f.shipment_key, f.partner, f.invoice_no;

-- :name cli_freight_list
SELECT f.partner || ' ' || f.invoice_no AS id, f.state, f.partner, f.invoice_no, f.shipment_key, o.order_no,
       f.currency, f.amount_minor, f.expected_minor, f.received_ts_us
  FROM freight_invoice f
  JOIN shipment s ON s.shipment_key = f.shipment_key
  JOIN orders o ON o.order_id = s.order_id
 WHERE (:partner = '' OR f.partner = :partner) AND (:state = '' OR f.state = :state)
 ORDER BY f.received_ts_us DESC, f.partner, f.invoice_no
 LIMIT :rows;

-- :name cli_freight_find
SELECT f.partner, f.invoice_no FROM freight_invoice f
 WHERE f.invoice_no = :invoice_no AND (:partner = '' OR f.partner = :partner)
 ORDER BY f.partner;

-- :name cli_freight_show
SELECT f.invoice_no, f.partner, f.state, f.reason, f.shipment_key, o.order_no, f.scac, f.pay, f.correction,
       f.currency, f.amount_minor, f.expected_minor, f.charges_minor, f.invoice_ts_us, f.received_ts_us, f.file_id
  FROM freight_invoice f
  JOIN shipment s ON s.shipment_key = f.shipment_key
  JOIN orders o ON o.order_id = s.order_id
 WHERE f.partner = :partner AND f.invoice_no = :invoice_no;

-- :name cli_freight_charges
SELECT c.n, c.code, c.text, f.currency, c.amount_minor
  FROM freight_charge c
  JOIN freight_invoice f ON f.partner = c.partner AND f.invoice_no = c.invoice_no
 WHERE c.partner = :partner AND c.invoice_no = :invoice_no
 ORDER BY c.n;
