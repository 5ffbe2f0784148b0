-- The two places where a driver may run, so that the next one is warm before the old one lets go.
-- `wanted` is what the lifecycle's verbs decide, all else is what the driver says of itself.
-- instance: one deliberate start; a driver that the supervisor starts again keeps it.
CREATE TABLE IF NOT EXISTS stream_slots (
    slot CHAR(1) NOT NULL,
    wanted VARCHAR(16) NOT NULL DEFAULT 'stopped',
    instance CHAR(36) NULL,
    release_name VARCHAR(128) NULL,
    wanted_at DATETIME(3) NULL,
    starts INT NOT NULL DEFAULT 0,
    state VARCHAR(16) NOT NULL DEFAULT 'ended',
    host VARCHAR(255) NULL,
    pid INT NULL,
    started_at DATETIME(3) NULL,
    spark_at DATETIME(3) NULL,
    warm_at DATETIME(3) NULL,
    writing_at DATETIME(3) NULL,
    drained_at DATETIME(3) NULL,
    ended_at DATETIME(3) NULL,
    epoch BIGINT NULL,
    exit_code INT NULL,
    end_reason TEXT NULL,
    shadow LONGTEXT NULL,
    PRIMARY KEY (slot),
    CONSTRAINT stream_slots_two CHECK (slot IN ('a', 'b')),
    CONSTRAINT stream_slots_wanted CHECK (wanted IN ('stopped', 'standby', 'writer')),
    CONSTRAINT stream_slots_state CHECK (
        state IN ('starting', 'warming', 'warm', 'writing', 'drained', 'ended')
    ),
    CONSTRAINT stream_slots_shadow CHECK (JSON_VALID(shadow))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
