-- For a user that was there already: the password of the settings is the one that holds.
ALTER USER %(user)s@%(host)s IDENTIFIED BY %(password)s;
