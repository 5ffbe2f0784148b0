"""Settings for another process, without secrets: those it finds in ``secrets.env`` of the home."""

from pydantic import SecretStr

from clickledger.settings import Settings


def settings_environment(settings: Settings) -> dict[str, str]:
    """What a program needs in its environment to read these same settings."""
    values = settings.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    plain = {
        f"CLICKLEDGER_{name.upper()}": str(value)
        for name, value in values.items()
        if not isinstance(getattr(settings, name), SecretStr)
    }
    return {**plain, "CLICKLEDGER_HOME": str(settings.home)}
