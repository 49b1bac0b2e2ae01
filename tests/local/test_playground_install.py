"""Fetching the playground's bundles: what is checked, and what stays when it fails."""

import sys
from pathlib import Path

import pytest

from local.playground import PlaygroundError, install, installed
from local.playground.install import MANIFEST, bundles


def fake_npm(directory: Path, code: str) -> Path:
    """An `npm` that runs `code`, with the folder for archives as `into`, names as `names`."""
    directory.mkdir()
    npm = directory / "npm"
    npm.write_text(
        f"#!{sys.executable}\n"
        "import sys, pathlib\n"
        "at = sys.argv.index('--pack-destination') + 1\n"
        "into, names = pathlib.Path(sys.argv[at]), sys.argv[at + 1:]\n"
        f"{code}\n"
    )
    npm.chmod(0o755)
    return directory


@pytest.fixture
def bogus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm that brings archives with other content."""
    names = [bundle.archive for bundle in bundles()]
    code = f"for name in {names!r}: (into / name).write_bytes(b'other')"
    home = fake_npm(tmp_path / "bin", code)
    monkeypatch.setattr(sys, "executable", str(home / "python"))


def test_every_bundle_has_an_exact_version_and_a_checksum() -> None:
    for bundle in bundles():
        assert bundle.version.replace(".", "").isdigit()
        assert bundle.integrity.startswith("sha512-")
        assert bundle.files


def test_a_changed_archive_is_refused(tmp_path: Path, bogus: None) -> None:
    target = tmp_path / "assets"
    with pytest.raises(PlaygroundError, match="not the archive"):
        install(target)
    assert not target.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]


def test_what_is_there_stays_when_an_update_fails(tmp_path: Path, bogus: None) -> None:
    target = tmp_path / "assets"
    target.mkdir()
    (target / "bundles.json").write_text("of an older version")
    (target / "react.js").write_text("old")
    assert not installed(target)
    with pytest.raises(PlaygroundError):
        install(target)
    assert (target / "react.js").read_text() == "old"


def test_nothing_is_fetched_twice(tmp_path: Path, bogus: None) -> None:
    (tmp_path / "bundles.json").write_bytes(MANIFEST.read_bytes())
    assert installed(tmp_path)
    assert install(tmp_path) is False


def test_what_npm_says_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_npm(tmp_path / "bin", "sys.exit('no network today')")
    monkeypatch.setattr(sys, "executable", str(home / "python"))
    with pytest.raises(PlaygroundError, match="no network today"):
        install(tmp_path / "assets")
