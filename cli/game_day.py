"""``clickledger game-day``: break the stream on purpose, where that is allowed."""

from typing import Annotated

import typer

from cli.arguments import AsJson
from cli.output import note, print_json, print_words_and_json, printable


def game_day(
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Default: all of them.")
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="Only name the scenarios.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do one harm after the other, wait until the stream is well again, and audit the books.

    Only on a stack that is marked for it (CLICKLEDGER_GAME_DAY=allowed). Exit code 20 when the
    books do not balance afterwards.

    \b
    Example:
      clickledger game-day --list
      clickledger game-day kill-jvm cut-mysql
    """
    from clickledger.errors import AuditFailedError
    from clickledger.settings import load_settings
    from lifecycle.game_day import SCENARIOS, play
    from lifecycle.verbs import verbs_of

    if list_them:
        print_json(list(SCENARIOS)) if as_json else print("\n".join(SCENARIOS))
        return
    settings = load_settings()
    played = []
    for name in scenarios or list(SCENARIOS):
        note(f"{name} …")
        played.append(play(settings, verbs_of(settings), name))
        if not as_json:
            print(printable(played[-1].in_words()))
    if as_json:
        words = (each.in_words() for each in played)
        print_words_and_json(words, [each.as_dict() for each in played])
    if not all(each.audit_ok for each in played):
        raise AuditFailedError(
            "The books do not balance.", next_step="docs/runbooks/audit-failed.md"
        )
