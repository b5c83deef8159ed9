"""Labelled answers in HTML: table rows, label row above value row, definition lists, headings, bold labels, div pairs.

Here the layout itself says where an answer ends, so a patient's line that looks like a label stays in the answer it
stands in. Only a block of its own that starts with a known, unanswered label begins a new answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from triage.forms.answers import Pair, address_in, is_phone
from triage.forms.blocks import Block, tidy
from triage.forms.labels import Field, known_field, likely_field
from triage.forms.lines import MAX_PAIRS, colon, is_rule, read_lines

_LONG = frozenset({Field.MESSAGE, Field.REASON})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PARAGRAPHS = frozenset({"p", "blockquote", "ul", "ol", "pre"})


def read_blocks(blocks: Sequence[Block]) -> list[Pair]:
    """The labelled answers of a mail's blocks, in order; words that belong to no label are dropped."""
    reader = _Reader()
    for row, group in groupby(blocks, key=lambda block: block.row):
        if reader.is_full:
            break
        if row:
            reader.row([list(cell) for _, cell in groupby(group, key=lambda block: block.cell)])
        else:
            for block in group:
                reader.block(block)
    return reader.finish()


class _Reader:
    """Collects pairs; `_label` waits for its answer, `_open` says that more blocks may belong to it."""

    def __init__(self) -> None:
        self._pairs: list[Pair] = []
        self._label = ""
        self._answer: list[str] = []
        self._seen: set[Field] = set()
        self._header: list[str] = []

    @property
    def is_full(self) -> bool:
        """Whether there are more answers than any form has."""
        return len(self._pairs) >= MAX_PAIRS

    def finish(self) -> list[Pair]:
        self._end()
        return self._pairs

    def row(self, cells: list[list[Block]]) -> None:
        texts = [_cell_text(cell) for cell in cells]
        filled = [i for i, text in enumerate(texts) if text]
        if len(cells) >= 3 and self._side_by_side(texts):
            return
        if len(cells) >= 2 and texts[0] and (len(filled) > 1 or _is_label_cell(cells[0], texts[0])):
            if len(texts[0]) <= 300:
                self._pair(texts[0], "\n".join(texts[i] for i in filled[1:]))
            return
        if len(filled) != 1:
            return
        cell, text = cells[filled[0]], texts[filled[0]]
        if filled[0] == 0 and _is_label_cell(cell, text) and not self._waits_for(cell):
            self._end()
            self._label = text
        elif self._label and not self._answer and not (likely_field(self._label) is None and _is_frame(cell)):
            self._pair(self._label, text)
        else:
            # one cell around everything is a frame, not a form's row
            for block in cell:
                self.block(block)
            if self._answer:
                self._end()

    def _side_by_side(self, texts: list[str]) -> bool:
        """Take a row of labels, or the row of answers below it; whether it was one of them."""
        if sum(1 for text in texts if known_field(text) is not None) >= 2:
            self._header = texts
            return True
        if len(texts) != len(self._header):
            return False
        for label, answer in zip(self._header, texts, strict=True):
            self._pair(label, answer)
        self._header = []
        return True

    def block(self, block: Block) -> None:
        if is_rule(block.text) or not block.text:
            return
        if block.tag in _HEADINGS and not self._can_label(block.text):
            self._end()
        elif block.tag == "dt" or block.tag in _HEADINGS:
            self._end()
            self._label = block.text
        elif (split := _bold_labels(block)) is not None:
            self._split(split)
        elif not self._plain_label(block):
            self._more(block)

    def _split(self, split: list[Pair]) -> None:
        for label, answer in split[:-1]:
            self._pair(label, answer)
        label, answer = split[-1]
        if answer:
            self._pair(label, answer)
        else:
            self._end()
            self._label = label

    def _plain_label(self, block: Block) -> bool:
        """Take a block that starts with a label in plain type; whether it was one."""
        lines = block.text.split("\n")
        mark = colon(lines, 0)
        if mark is not None and mark.field is not None:
            if self._is_patients(mark.field, mark.answer or "\n".join(lines[1:])):
                return False
            if len(lines) > 1 and sum(1 for i in range(len(lines)) if _is_known(lines, i)) > 1:
                self._end()
                for label, answer in read_lines(block.text, colon):
                    self._pair(label, answer)
            elif answer := "\n".join([mark.answer, *lines[1:]]).strip():
                self._pair(mark.label, answer)
            else:
                self._end()
                self._label = mark.label
            return True
        label = tidy(block.runs[0][1])
        if label != block.text and (field := known_field(label)) is not None and "\n" not in label:
            answer = tidy("".join(text for _, text in block.runs[1:]))
            if not self._is_patients(field, answer):
                self._pair(label, answer)
                return True
        field = known_field(block.text)
        waiting = self._label and not self._answer and likely_field(self._label) is not None
        if field is None or field in self._seen or waiting:
            return False
        self._end()
        self._label = block.text
        return True

    def _is_patients(self, field: Field, answer: str) -> bool:
        """Whether a label-like block inside a long answer is the patient's own words."""
        if not self._label or likely_field(self._label) not in _LONG:
            return False
        if field in self._seen or field in _LONG:
            return True
        return (field is Field.EMAIL and not address_in(answer)) or (field is Field.PHONE and not is_phone(answer))

    def _more(self, block: Block) -> None:
        if not self._label:
            return
        if self._answer and likely_field(self._label) not in {*_LONG, None}:
            # only a message goes on over several blocks
            self._end()
            return
        if self._answer and block.tag in _PARAGRAPHS:
            self._answer.append("")
        self._answer.append(block.text)

    def _can_label(self, text: str) -> bool:
        return len(text) <= 300 and (likely_field(text) is not None or self._label != "" or text.endswith("?"))

    def _waits_for(self, cell: list[Block]) -> bool:
        """Whether a label waits and this cell is its answer although it reads like a label."""
        return bool(self._label) and not self._answer and not _looks_like_label(cell)

    def _pair(self, label: str, answer: str) -> None:
        if label != self._label or self._answer:
            self._end()
        self._label, self._answer = label, [answer]
        self._end()

    def _end(self) -> None:
        if self._label:
            self._pairs.append((self._label, tidy("\n".join(self._answer))))
            field = likely_field(self._label)
            if field is not None and field is not Field.OTHER:
                self._seen.add(field)
        self._label, self._answer = "", []


def _is_frame(cell: list[Block]) -> bool:
    """Whether a cell holds labelled blocks of its own."""
    return sum(1 for block in cell if _is_known(block.text.split("\n"), 0) or _bold_labels(block)) >= 2


def _cell_text(cell: list[Block]) -> str:
    written: list[str] = []
    for block in cell:
        text = block.text
        if text and written and block.tag in _PARAGRAPHS:
            written.append("")
        if text:
            written.append(text)
    return "\n".join(written)


def _looks_like_label(cell: list[Block]) -> bool:
    return all(block.is_bold or "field-name" in block.css or "eaf2fa" in block.row_css for block in cell if block.text)


def _is_label_cell(cell: list[Block], text: str) -> bool:
    if len(text) > 300 or "\n" in text:
        return False
    return _looks_like_label(cell) or text.endswith(":") or known_field(text) is not None


def _is_known(lines: Sequence[str], i: int) -> bool:
    mark = colon(lines, i)
    return mark is not None and mark.field is not None


def _bold_labels(block: Block) -> list[Pair] | None:
    """The pairs of a block whose bold words are labels; words before the first need two known labels behind them."""
    pairs: list[tuple[str, list[str]]] = []
    introduced = False
    for bold, text in islice(_merged(block), 2 * MAX_PAIRS):
        label = tidy(text)
        if bold and label and _reads_as_label(label, alone=block.is_bold):
            pairs.append((label, []))
        elif pairs:
            pairs[-1][1].append(text)
        introduced = introduced or bool(label and not pairs)
    if introduced and sum(1 for label, _ in pairs if known_field(label) is not None) < 2:
        return None
    return [(label, tidy("".join(texts)).removeprefix(":").strip()) for label, texts in pairs] or None


def _reads_as_label(label: str, *, alone: bool) -> bool:
    if len(label) > 300 or "\n" in label:
        return False
    return label.endswith((":", "?")) or likely_field(label) is not None or alone


def _merged(block: Block) -> Iterator[tuple[bool, str]]:
    for bold, run in groupby(block.runs, key=lambda item: item[0]):
        yield bold, "".join(text for _, text in run)
