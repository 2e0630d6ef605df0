"""Makes pages of the cases that are folders: `python tests/case_pages.py [NAME ...]`; all of them where none is named.

What cannot stand in a page as it is (another encoding than UTF-8, other line ends, no final newline, a form feed) stays
a folder; each of those is printed.
"""

import shutil
import sys
from pathlib import Path

CASES = Path(__file__).resolve().parent / "cases"
LANGUAGES = {".py": "python", ".toml": "toml", ".pyi": "python"}


def order(name: str) -> tuple[int, str]:
    """The edit first, then what is done with it and what is expected."""
    folder = name.partition("/")[0]
    if folder in ("driver.py", "case.toml"):
        return 1000 + (folder == "case.toml"), name
    return (0 if folder == "before" else int(folder.rpartition("_")[2] or 0) if "_" in folder else 1), name


def page(folder: Path) -> str | None:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    files = {name: path for name, path in files.items() if "__pycache__" not in path.parts}
    blocks = [f"# {folder.name.replace('_', ' ')}\n"]
    for name in sorted(files, key=order):
        data = files[name].read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        if (text and not text.endswith("\n")) or text.startswith("\ufeff") or " " in name:
            return None
        if any(mark in text for mark in ("\r", "\f", "\v", "\u2028", "```")):
            return None
        blocks.append(f"```{LANGUAGES.get(files[name].suffix, 'text')} {name}\n{text}```\n")
    return "\n".join(blocks)


def main() -> None:
    names = sys.argv[1:] or sorted(path.parent.name for path in CASES.glob("*/case.toml"))
    for name in names:
        text = page(CASES / name)
        if text is None:
            print(f"{name} stays a folder")
            continue
        (CASES / f"{name}.md").write_text(text, "utf-8", newline="\n")
        shutil.rmtree(CASES / name)


if __name__ == "__main__":
    main()
