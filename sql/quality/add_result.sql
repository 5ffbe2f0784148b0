INSERT INTO quality_results (judgement, expectation, severity, verdict, rows_checked,
    rows_unexpected, expected, observed)
VALUES (%(judgement)s, %(expectation)s, %(severity)s, %(verdict)s, %(rows_checked)s,
    %(rows_unexpected)s, %(expected)s, %(observed)s)
