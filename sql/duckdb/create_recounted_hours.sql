-- A table of one run: what raw records come to, by hour on the clock, type and chunk of hours.
CREATE TABLE recounted_hours (hour_ms BIGINT, device_type VARCHAR, clicks BIGINT, events BIGINT)
