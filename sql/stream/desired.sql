SELECT desired_state FROM stream_state WHERE id = 1
