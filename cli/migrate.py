"""``clickledger migrate``: bring the database up to this checkout."""

from cli.arguments import AsJson
from cli.output import print_json


def migrate(as_json: AsJson = False) -> None:
    """Bring the database up to this checkout.

    Applies what it lacks and hands on the rights on tables. Safe to run again, and by two at once.

    \b
    Example:
      clickledger migrate
    """
    from clickledger.mysql.connection import connected
    from clickledger.mysql.grants import grant_tables
    from clickledger.mysql.migrations import migrate as apply_migrations
    from clickledger.report_calendar import keep_calendar
    from clickledger.settings import Role, load_settings

    settings = load_settings()
    applied = apply_migrations(settings)
    with connected(settings, Role.OWNER) as connection:
        grant_tables(connection, settings)
        keep_calendar(connection, settings.report_time_zone)
    if as_json:
        print_json({"database": settings.mysql_database, "applied": applied})
        return
    for name in applied:
        print(f"applied {name}")
    print(f"{settings.mysql_database} is up to date.")
