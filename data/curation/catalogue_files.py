"""The catalogue's two files: its rows as lines, which stay as they are unless they change, and one transaction over both."""

import csv
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.calendar import now
from data.files.atomic import atomic_write
from data.reference_tables import FOLDER, read_episodes

CATALOGUE, KNOWN_TO, JOURNAL = "episodes.csv", "episodes_known_to.json", ".episodes_review.json"
COLUMNS = ("iso3", "capital", "start", "end", "kind", "confidence", "reason", "last_confirmed", "evidence")
Row = dict[str, str]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class CatalogueLines:
    """Rows of the catalogue by key (iso3, kind, start), each with the line it stands in, in the order of the file."""

    rows: dict[Key, Row]
    lines: dict[Key, str]

    def with_row(self, row: Row, replaces: Key | None = None) -> "CatalogueLines":
        """Return the catalogue with a row added, or in place of another; every other line stays as it is."""
        rows = {k: v for k, v in self.rows.items() if k != replaces} | {key(row): row}
        lines = {k: v for k, v in self.lines.items() if k != replaces} | {key(row): _line(row)}
        # The file is ordered by iso3, start and kind.
        ordered = sorted(rows, key=lambda k: (k[0], k[2], k[1]))
        return CatalogueLines({k: rows[k] for k in ordered}, {k: lines[k] for k in ordered})

    def text(self) -> str:
        """Return the content of the file."""
        return "\n".join([",".join(COLUMNS), *self.lines.values(), ""])


def key(row: Row) -> Key:
    """Return what names a row of the catalogue."""
    return row["iso3"], row["kind"], row["start"]


def read_lines(folder: Path = FOLDER) -> CatalogueLines:
    """Return the catalogue of a folder by row and line.

    Raises:
        ValueError: The columns are others.
    """
    header, *lines = (folder / CATALOGUE).read_text().splitlines()
    if header != ",".join(COLUMNS):
        raise ValueError(f"{CATALOGUE}: columns are {header}, expected {','.join(COLUMNS)}; restore the header")
    rows = [dict(zip(COLUMNS, next(csv.reader([line])), strict=True)) for line in lines]
    keys = [key(row) for row in rows]
    return CatalogueLines(dict(zip(keys, rows, strict=True)), dict(zip(keys, lines, strict=True)))


def require_valid(text: str) -> None:
    """Raise where the content of a catalogue breaks its contract (`read_episodes`)."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / CATALOGUE
        draft.write_text(text)
        read_episodes(draft)


def write_both(folder: Path, catalogue: str, known_to: str, note: str) -> None:
    """Write the catalogue and its known-to month, both or neither.

    A journal is written first; a process killed after that leaves it, and `finish_interrupted` ends the work. Where the disk
    refuses a file, both get back their previous content.

    Raises:
        OSError: The disk refused it.
    """
    reviewed = {"known_to": known_to, "reviewed_at": f"{now():%Y-%m-%d}", "note": note}
    # The rows come first: months that count as reviewed without them would be taken for calm.
    contents = {CATALOGUE: catalogue, KNOWN_TO: json.dumps(reviewed, indent=1, ensure_ascii=False) + "\n"}
    previous = {name: (folder / name).read_bytes() for name in contents}
    atomic_write(folder / JOURNAL, lambda draft: draft.write_text(json.dumps(contents)))
    try:
        finish_interrupted(folder)
    except OSError:
        for name, content in previous.items():
            if (folder / name).read_bytes() != content:
                atomic_write(folder / name, lambda draft, content=content: draft.write_bytes(content))  # type: ignore[misc]
        (folder / JOURNAL).unlink(missing_ok=True)
        raise


def finish_interrupted(folder: Path) -> bool:
    """Write what the journal of an interrupted review holds; return whether there was one."""
    journal = folder / JOURNAL
    if not journal.exists():
        return False
    for name, content in json.loads(journal.read_text()).items():
        atomic_write(folder / name, lambda draft, content=content: draft.write_text(content))  # type: ignore[misc]
    journal.unlink()
    return True


def _line(row: Row) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([row[column] for column in COLUMNS])
    return written.getvalue()
