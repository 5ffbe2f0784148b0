-- Index: quality_results PRIMARY (judgement, expectation).
SELECT expectation, severity, verdict, rows_checked, rows_unexpected, expected, observed
FROM quality_results
WHERE judgement = %s
ORDER BY severity, expectation
