-- 1: taken, 0: not within a second, NULL: an error.
SELECT GET_LOCK(%s, 1) AS taken;
