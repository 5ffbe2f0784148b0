"""``clickledger grants``: what the administrator of an own MySQL has to run, once."""

from typing import Annotated

import typer


def grants(
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Passwords in the place of their names.")
    ] = False,
) -> None:
    """Print the SQL that makes the database and its five users on an own MySQL.

    For its administrator to run once, and safe to run again. Rights on single tables are handed on
    by `make up` and `clickledger migrate`. The passwords are those that `clickledger env` knows;
    the first `make up` makes them.

    \b
    Example:
      clickledger grants
      clickledger grants --show-secrets | mysql --host db.example.org --user root --password
    """
    from clickledger.mysql.grants import grant_statements
    from clickledger.settings import load_settings

    for text in grant_statements(load_settings(), show_secrets=show_secrets):
        print(f"{text};")
