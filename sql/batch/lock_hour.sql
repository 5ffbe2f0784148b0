-- Index: PRIMARY (hour). The first lock of every correction and mark (after fence and ledger).
SELECT state, version, owner_run FROM hours WHERE hour = %s FOR UPDATE
