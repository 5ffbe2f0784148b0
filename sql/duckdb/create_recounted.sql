-- A table of one run: what raw records come to, by device and chunk of hours.
CREATE TABLE recounted (device_type VARCHAR, device_id VARCHAR, clicks BIGINT, events BIGINT)
