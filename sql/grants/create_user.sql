CREATE USER IF NOT EXISTS %(user)s@%(host)s IDENTIFIED BY %(password)s;
