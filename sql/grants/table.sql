GRANT {rights} ON `{database}`.`{table}` TO %(user)s@%(host)s;
