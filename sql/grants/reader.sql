-- SHOW VIEW is what EXPLAIN of a view asks for.
GRANT SELECT, SHOW VIEW ON `{database_pattern}`.* TO %(user)s@%(host)s;
