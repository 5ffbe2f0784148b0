"""Access to MySQL and MariaDB: connections, SQL texts, migrations, grants."""
