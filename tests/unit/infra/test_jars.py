"""Only listed jars, and only as they were listed. The real Ivy runs in tests/stack."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from infra import jars
from infra.ivy import CONFIGURATIONS
from infra.jars import JarFolder
from infra.steps import Step, step

pytestmark = pytest.mark.unit

BYTES = {"kafka/broker-1.jar": b"broker", "kafka/log-2.jar": b"log", "spark/source-3.jar": b"spark"}


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes]], None]:
    """Have ``checksums.txt`` list these jars, and Ivy bring them."""

    def set_list(contents: dict[str, bytes]) -> None:
        (tmp_path / "checksums.txt").write_text(
            "# a comment\n"
            + "".join(
                f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items()
            )
        )
        monkeypatch.setattr(jars, "CHECKSUMS", tmp_path / "checksums.txt")
        monkeypatch.setattr(jars, "fetch", bringing(contents))

    set_list(BYTES)
    return set_list


def bringing(
    contents: dict[str, bytes],
) -> Callable[[Path, Iterable[str], Path, Step], None]:
    def fetch(folder: Path, configurations: Iterable[str], cache: Path, step: Step) -> None:
        for name, data in contents.items():
            if name.partition("/")[0] in configurations:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(data)

    return fetch


def ensure(tmp_path: Path, *configurations: str) -> int:
    with step("Jars") as running:
        return JarFolder(tmp_path / "jars").ensure(
            configurations or ("kafka", "spark"), tmp_path / "cache", running
        )


@pytest.mark.usefixtures("listed")
class TestJars:
    def test_fetched_once(self, tmp_path: Path) -> None:
        assert ensure(tmp_path) == 3
        assert ensure(tmp_path) == 0
        found = {name: (tmp_path / "jars" / name).read_bytes() for name in BYTES}
        assert found == BYTES

    def test_only_what_is_asked_for(self, tmp_path: Path) -> None:
        assert ensure(tmp_path, "spark") == 1
        assert not (tmp_path / "jars" / "kafka").exists()
        assert ensure(tmp_path) == 2

    def test_one_that_went_missing_comes_back(self, tmp_path: Path) -> None:
        ensure(tmp_path)
        (tmp_path / "jars" / "kafka" / "log-2.jar").unlink()
        assert ensure(tmp_path) == 1

    def test_a_changed_one_is_refused(self, tmp_path: Path) -> None:
        ensure(tmp_path)
        (tmp_path / "jars" / "kafka" / "log-2.jar").write_bytes(b"lug")
        with pytest.raises(ConfigurationError, match=r"log-2\.jar was changed"):
            ensure(tmp_path)

    def test_one_that_nobody_listed_is_refused(self, tmp_path: Path) -> None:
        ensure(tmp_path)
        (tmp_path / "jars" / "spark" / "evil-1.jar").write_bytes(b"evil")
        with pytest.raises(ConfigurationError, match=r"nobody listed: .*evil-1\.jar"):
            ensure(tmp_path)

    @pytest.mark.parametrize("brought", [{"kafka/broker-1.jar": b"other"}, {"kafka/x.jar": b"x"}])
    def test_a_download_is_checked_before_it_is_taken(
        self, brought: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jars, "fetch", bringing({**BYTES, **brought}))
        with pytest.raises(ConfigurationError, match=r"was changed|nobody listed"):
            ensure(tmp_path)
        assert not list((tmp_path / "jars").glob("*/*.jar"))
        monkeypatch.setattr(jars, "fetch", bringing(BYTES))
        assert ensure(tmp_path) == 3

    def test_what_was_verified_is_not_hashed_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ensure(tmp_path)
        hashed: list[Path] = []

        def record(jar: Path) -> str:
            hashed.append(jar)
            return hashlib.sha256(jar.read_bytes()).hexdigest()

        monkeypatch.setattr(jars, "sha256", record)
        ensure(tmp_path)
        assert hashed == []
        touched = tmp_path / "jars" / "kafka" / "log-2.jar"
        touched.write_bytes(b"log")
        ensure(tmp_path)
        assert hashed == [touched]

    def test_a_new_list_replaces_what_the_old_one_brought(
        self, tmp_path: Path, listed: Callable[[dict[str, bytes]], None]
    ) -> None:
        ensure(tmp_path)
        listed({"kafka/broker-9.jar": b"newer", "spark/source-3.jar": b"spark, again"})
        assert ensure(tmp_path) == 2
        found = {path.name for path in (tmp_path / "jars").glob("*/*.jar")}
        assert found == {"broker-9.jar", "source-3.jar"}


def test_every_listed_configuration_is_one_of_ivys() -> None:
    listed = {name.partition("/")[0] for name in jars.read_checksums(jars.CHECKSUMS)}
    assert listed == set(CONFIGURATIONS)


def test_sparks_folder_holds_only_what_pyspark_lacks() -> None:
    found = jars.of_configurations(jars.read_checksums(jars.CHECKSUMS), ("spark",))
    assert set(found) == {
        "spark/commons-pool2-2.13.1.jar",
        "spark/kafka-clients-3.9.2.jar",
        "spark/spark-sql-kafka-0-10_2.13-4.2.0.jar",
        "spark/spark-token-provider-kafka-0-10_2.13-4.2.0.jar",
    }
