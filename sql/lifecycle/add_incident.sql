INSERT INTO incidents (verdict, detail, next_step, opened_at, last_seen_at)
VALUES (%(verdict)s, %(detail)s, %(next_step)s, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
