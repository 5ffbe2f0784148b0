-- What each expectation of a judgement came to. Only a critical one that failed holds the day.
CREATE TABLE IF NOT EXISTS quality_results (
    judgement BIGINT NOT NULL,
    expectation VARCHAR(64) NOT NULL,
    severity VARCHAR(16) NOT NULL,
    verdict VARCHAR(16) NOT NULL,
    rows_checked BIGINT NOT NULL,
    rows_unexpected BIGINT NOT NULL,
    expected VARCHAR(255) NOT NULL,
    observed TEXT NOT NULL,
    PRIMARY KEY (judgement, expectation),
    CONSTRAINT quality_results_severity CHECK (severity IN ('critical', 'warning')),
    CONSTRAINT quality_results_verdict CHECK (
        verdict IN ('passed', 'failed', 'no_history', 'not_applicable')
    ),
    CONSTRAINT quality_results_rows CHECK (
        rows_unexpected >= 0 AND rows_unexpected <= rows_checked
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
