"""Every setting of the service, with its default and what it is for.

They come from the environment: `DATABASE_URL`, and `LUANCHUYEN_` plus the name of the field. A
misspelt variable is refused rather than passed over, because a limit that was meant and is not
there shows only when it is needed.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from logistics.calling_out import Network

PREFIX = "LUANCHUYEN_"
KEY_BYTES = 32
_FALSE = {"", "0", "n", "no", "off", "f", "false"}


class SettingsRefused(Exception):  # noqa: N818  # Named as it reads: the settings were refused.
    """A setting is missing, misspelt or out of bounds; the message says which and why."""


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL to use (15 or newer); unset: an embedded one in the data folder.",
    )
    data_dir: Path = Field(
        Path(".luanchuyen"), description="Folder of the embedded database and its master key."
    )
    master_key: SecretStr | None = Field(
        None,
        description="Key (base64 of 32 bytes) that seals personal data; unset: generated once into"
        " master.key of the data folder. All processes of one database need the same.",
    )
    former_master_keys: SecretStr | None = Field(
        None, description="Earlier master keys, separated by commas; they open and never seal."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0: any free one.")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="Log lines for people or for machines; auto: people on a terminal."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least serious log line to write."
    )
    http_threads: int = Field(
        8, ge=1, le=256, description="Threads that decide REST writes; each uses one connection."
    )
    http_connections: int = Field(
        16, ge=1, le=256, description="Database connections of REST reads, per process."
    )
    body_limit_bytes: int = Field(
        1_048_576, ge=1024, description="Largest request body; a larger one is answered 413."
    )
    at_least_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="Longest wait of a read for its view (`at_least`)."
    )
    inbox_batch_size: int = Field(
        200, ge=1, le=10_000, description="Most receipts stored, and acknowledged, by one commit."
    )
    inbox_queue_limit: int = Field(
        5_000, ge=1, description="Receipts that may wait for a commit; beyond it carriers get 503."
    )
    intake_batch_size: int = Field(
        500, ge=1, le=10_000, description="Most receipts turned into events by one commit."
    )
    projection_batch_size: int = Field(
        1_000, ge=1, le=10_000, description="Most events folded into a view by one commit."
    )
    rebuild_batch_size: int = Field(
        5_000, ge=1, le=100_000, description="Most events folded by one commit of a rebuild."
    )
    poll_interval_seconds: float = Field(
        1.0, gt=0, le=60, description="Longest a worker sleeps when no notice wakes it."
    )
    terms_file: Path | None = Field(
        None,
        description="TOML file of postal bands, contracts of operators and times of alarms; unset:"
        " those that come with the service.",
    )
    outbound_allowed_networks: str = Field(
        "",
        description="Networks (CIDR, separated by commas) that notices and pushes may go to although"
        " they are not public, also over http; empty: public addresses over https only.",
    )
    provincial_url: str | None = Field(
        None,
        description="Where the provincial portal takes DongBoHoSoMC and CapNhatTienDoHoSoMC; unset:"
        " nothing is pushed to it.",
    )
    provincial_login_url: str | None = Field(
        None, description="Where the provincial portal gives out sessions."
    )
    provincial_user: str | None = Field(None, description="As whom to log in to the portal.")
    provincial_password: SecretStr | None = Field(None, description="The password of that user.")
    provincial_unit: str = Field(
        "", description="The code that the portal knows this service by (madonvi)."
    )
    lag_limit_events: int = Field(
        10_000, ge=0, description="Events a view may be behind before /readyz says not ready."
    )
    drain_timeout_seconds: float = Field(
        20.0, gt=0, description="Longest wait on stopping for requests and batches in hand."
    )

    @field_validator(
        "database_url",
        "master_key",
        "former_master_keys",
        "terms_file",
        "provincial_url",
        "provincial_login_url",
        "provincial_user",
        "provincial_password",
        mode="before",
    )
    @classmethod
    def _unset_when_empty(cls, value: object) -> object:
        # Compose files and shells pass on unset variables as empty ones.
        return None if value == "" else value

    @field_validator("master_key", "former_master_keys")
    @classmethod
    def _whole_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            for text in value.get_secret_value().split(","):
                decode_key(text)
        return value

    @field_validator("outbound_allowed_networks")
    @classmethod
    def _whole_networks(cls, value: str) -> str:
        _networks(value)
        return value

    @model_validator(mode="after")
    def _whole_portal(self) -> Self:
        named = ("provincial_login_url", "provincial_user", "provincial_password")
        missing = [_variable(name) for name in named if getattr(self, name) is None]
        if self.provincial_url is not None and missing:
            raise ValueError(f"LUANCHUYEN_PROVINCIAL_URL also needs {', '.join(missing)}")
        return self

    def allowed_networks(self) -> tuple[Network, ...]:
        """Networks that calls may go to although they are not public."""
        return _networks(self.outbound_allowed_networks)

    def master_keys(self) -> tuple[bytes, ...]:
        """The keys that open personal data; the first also seals."""
        if self.master_key is not None:
            texts = [self.master_key.get_secret_value()]
        else:
            texts = _key_file(self.data_dir.expanduser() / "master.key")
        if self.former_master_keys is not None:
            texts += self.former_master_keys.get_secret_value().split(",")
        return tuple(decode_key(text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """One setting, as `luanchuyen settings` prints it; secrets are masked."""

    name: str
    variable: str
    default: str
    value: str
    description: str


def load_settings(**given: Any) -> Settings:
    """Read the settings of this process; `given` (the command line's options) go first.

    Raises `SettingsRefused`, whose message is for the person who starts the service.
    """
    refuse_misleading_variables(os.environ)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [f"{_fault_place(fault['loc'])}{fault['msg']}" for fault in error.errors()]
        raise SettingsRefused("\n".join(faults)) from None


def refuse_misleading_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables that would do harm, and those that would do nothing."""
    if environment.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").strip().lower() not in _FALSE:
        raise SettingsRefused(
            "POSTGRES_ENABLE_DB_FUNCTIONS must not be set: that path of the eventsourcing library"
            " inserts without the table lock, and whoever follows the log then skips events."
        )
    known = {_variable(name) for name in Settings.model_fields}
    unknown = sorted(v for v in environment if v.startswith(PREFIX) and v not in known)
    if unknown:
        raise SettingsRefused(
            f"No such setting: {', '.join(unknown)}. `luanchuyen settings` lists all of them."
        )


def describe_settings(settings: Settings | None = None) -> Iterator[SettingDescription]:
    """Describe every setting, with its value in `settings`."""
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        value = default if settings is None else getattr(settings, name)
        yield SettingDescription(
            name=name,
            variable=_variable(name),
            default=default,
            value="" if value is None else str(value),  # A `SecretStr` prints as asterisks.
            description=field.description or "",
        )


def decode_key(text: str) -> bytes:
    """Read a key: 32 bytes in base64, in either alphabet."""
    try:
        key = base64.b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("a master key is 32 bytes in base64 (44 characters)")
    return key


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def _key_file(path: Path) -> list[str]:
    """Read the keys of the data folder, newest first, one a line; make the first one if need be."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
    return path.read_text().split()


def _write_once(path: Path, text: str) -> None:
    """Write a private file whole or not at all; of several processes, the first one's stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"


def _fault_place(location: tuple[int | str, ...]) -> str:
    name = re.sub(r"\W", "_", str(location[0])) if location else ""
    return f"{_variable(name)}: " if name in Settings.model_fields else ""
