-- When each day of the report time zone begins and ends, in UTC: every day that an event can have.
-- It holds the zone in force and no other. first_hour is the UTC hour that the day begins in, which
-- it may cut. Kept as rows because MySQL knows time zones only where somebody has loaded them.
CREATE TABLE IF NOT EXISTS report_calendar (
    day DATE NOT NULL,
    time_zone VARCHAR(64) NOT NULL,
    starts_at DATETIME NOT NULL,
    ends_at DATETIME NOT NULL,
    first_hour DATETIME NOT NULL,
    PRIMARY KEY (day),
    UNIQUE KEY by_start (starts_at),
    CONSTRAINT report_calendar_forward CHECK (first_hour <= starts_at AND starts_at < ends_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
