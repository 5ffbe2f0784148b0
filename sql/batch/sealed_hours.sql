-- Index: hours PRIMARY (hour).
SELECT hour FROM hours WHERE hour IN ({hours}) AND state = 'sealed' ORDER BY hour
