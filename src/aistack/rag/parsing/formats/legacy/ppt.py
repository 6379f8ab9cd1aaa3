"""PowerPoint files before pptx ([MS-PPT], PowerPoint 97 to 2003): a slide is a page."""

from collections.abc import Iterator
from struct import error as StructError
from struct import unpack_from
from typing import NamedTuple

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.legacy.compound import CompoundFile
from aistack.rag.parsing.formats.tables import tables_of

MEDIA_TYPE = "application/vnd.ms-powerpoint"
ENCRYPTED = 0xF3D1C4DF
DOCUMENT, SLIDE, NOTES, SLIDE_LIST, PERSIST, USER_EDIT, DIRECTORY = 1000, 1006, 1008, 4080, 1011, 4085, 6002
SLIDES_INSTANCE, NOTES_INSTANCE = 0, 2
TEXT_TYPE, TEXT_CHARACTERS, TEXT_BYTES, TEXT_REFERENCE, DRAWING, NOTES_ATOM = 3999, 4000, 4008, 3998, 1036, 1009
GROUP, SHAPE, TEXTBOX, ANCHOR, MORE_PROPERTIES = 0xF003, 0xF004, 0xF00D, 0xF00F, 0xF122
TABLE_PROPERTY = 0x039F
TITLES = (0, 6)  # types of text: title, title in the centre
TEXT_OF_NOTES = 2
DEPTH_MAX = 40
EDITS_MAX = 10_000


class Record(NamedTuple):
    """A record: its kind and instance, and where its content begins and ends."""

    kind: int
    instance: int
    start: int
    end: int


class Text(NamedTuple):
    """A text and its type, of which 0 is a title."""

    kind: int
    text: str


def ppt(content: bytes, limits: Limits) -> ParsedDocument:
    """Each slide is a page with its title as the heading and its notes at the end.

    Raises ParseError if the file is encrypted, damaged, from before PowerPoint 97, or over a limit.
    """
    file = CompoundFile(content, "PowerPoint file")
    try:
        slides = _Slides(file)
        order = slides.listed(SLIDES_INSTANCE)
        if len(order) > limits.pages_max:
            raise ParseError(f"the file has {len(order)} slides; at most {limits.pages_max} are allowed")
        notes = slides.notes()
        builder = DocumentBuilder(limits)
        for number, (reference, identifier, outline) in enumerate(order, 1):
            slides.add(builder, reference, outline, number)
            for text in notes.get(identifier, ()):
                builder.block(text, number)
    except (StructError, IndexError, RecursionError) as error:
        raise ParseError(f"the PowerPoint file is damaged inside: {error}"[:300]) from None
    return builder.document(file.title, MEDIA_TYPE, len(order))


class _Slides:
    def __init__(self, file: CompoundFile) -> None:
        if "PowerPoint Document" not in file or "Current User" not in file:
            raise ParseError("the PowerPoint file is from PowerPoint 95 or before; save it as pptx")
        self._data = file.stream("PowerPoint Document")
        user = file.stream("Current User")
        if unpack_from("<I", user, 12)[0] == ENCRYPTED:
            raise ParseError("the PowerPoint file is encrypted; upload it without a password")
        self._places: dict[int, int] = {}
        document = self._read_directory(unpack_from("<I", user, 16)[0])
        self._document = self._record(self._places[document]) if document in self._places else None
        if self._document is None or self._document.kind != DOCUMENT:
            raise ParseError("the PowerPoint file is damaged: it has no list of slides")

    def listed(self, instance: int) -> list[tuple[int, int, list[Text]]]:
        """The slides or notes in order: where each is stored, its number, and the texts of its outline."""
        found: list[tuple[int, int, list[Text]]] = []
        for record in self._records(self._document) if self._document else ():
            if record.kind != SLIDE_LIST or record.instance != instance:
                continue
            kind = 0
            for one in self._records(record):
                if one.kind == PERSIST:
                    reference, _flags, _texts, identifier = unpack_from("<IIiI", self._data, one.start)
                    found.append((reference, identifier, []))
                elif one.kind == TEXT_TYPE:
                    kind = unpack_from("<I", self._data, one.start)[0]
                elif found and (text := self._text(one)) is not None:
                    found[-1][2].append(Text(kind, text))
        return found

    def notes(self) -> dict[int, list[str]]:
        """The texts of the notes by the number of their slide."""
        found: dict[int, list[str]] = {}
        for reference, _identifier, outline in self.listed(NOTES_INSTANCE):
            page = self._stored(reference, NOTES)
            atom = next((one for one in self._records(page) if one.kind == NOTES_ATOM), None) if page else None
            if page is None or atom is None:
                continue
            texts = [text for one in self._shapes(page) for text in self._texts(one, outline)]
            slide = unpack_from("<I", self._data, atom.start)[0]
            found.setdefault(slide, []).extend(text.text for text in texts if text.kind == TEXT_OF_NOTES)
        return found

    def add(self, builder: DocumentBuilder, reference: int, outline: list[Text], number: int) -> None:
        """Adds the texts of a slide, its title first."""
        slide = self._stored(reference, SLIDE)
        shapes = list(self._shapes(slide)) if slide else []
        texts = [(shape, self._texts(shape, outline)) for shape in shapes]
        titles = [text for _, many in texts for text in many if text.kind in TITLES and text.text.strip()]
        builder.section(1, "")
        for title in titles[:1]:
            builder.heading(1, title.text, number)
        for shape, many in texts:
            if shape.kind == GROUP:
                for table in tables_of(self._grid(shape, outline)):
                    for line in table.lines():
                        builder.block(line, number)
            for text in many:
                if text not in titles[:1] and text.text.strip() != "*":
                    builder.block(text.text, number)
        if not slide:
            for text in outline:
                builder.block(text.text, number)

    def _stored(self, reference: int, kind: int) -> Record | None:
        record = self._record(self._places[reference]) if reference in self._places else None
        return record if record is not None and record.kind == kind else None

    def _shapes(self, container: Record, depth: int = 0) -> Iterator[Record]:
        """The shapes with text, in order, and groups that are tables."""
        for one in self._records(container):
            if (one.kind == GROUP and depth > 2 and self._is_table(one)) or one.kind == SHAPE:
                yield one
            elif one.kind in (DRAWING, 0xF002, GROUP) and depth < DEPTH_MAX:
                yield from self._shapes(one, depth + 1)

    def _texts(self, shape: Record, outline: list[Text]) -> list[Text]:
        """The texts of a shape. One that stands in the outline is only referred to."""
        found: list[Text] = []
        kind = -1
        if shape.kind != SHAPE:
            return found
        for box in self._records(shape):
            for one in self._records(box) if box.kind == TEXTBOX else ():
                if one.kind == TEXT_TYPE:
                    kind = unpack_from("<I", self._data, one.start)[0]
                elif one.kind == TEXT_REFERENCE:
                    at = unpack_from("<I", self._data, one.start)[0]
                    found += outline[at : at + 1]
                elif (text := self._text(one)) is not None:
                    found.append(Text(kind, text))
        return found

    def _is_table(self, group: Record) -> bool:
        first = next((one for one in self._records(group) if one.kind == SHAPE), None)
        for one in self._records(first) if first else ():
            for at in range(one.instance if one.kind == MORE_PROPERTIES else 0):
                code, value = unpack_from("<HI", self._data, one.start + 6 * at)
                if code & 0x3FFF == TABLE_PROPERTY and value & 1:
                    return True
        return False

    def _grid(self, group: Record, outline: list[Text]) -> list[list[str]]:
        """The cells by their places in the group. A cell that covers several rows stands in each of them."""
        cells: list[tuple[int, int, int, int, str]] = []
        for shape in self._records(group):
            anchor = next((one for one in self._records(shape) if one.kind == ANCHOR), None)
            texts = [text.text for text in self._texts(shape, outline)]
            if shape.kind == SHAPE and anchor and texts:
                left, top, right, bottom = unpack_from("<iiii", self._data, anchor.start)
                cells.append((top, left, bottom, right, "\n".join(texts).strip()))
        tops, lefts = sorted({cell[0] for cell in cells}), sorted({cell[1] for cell in cells})
        grid = [[""] * len(lefts) for _ in tops]
        for top, left, bottom, _right, text in cells:
            for row in range(tops.index(top), len(tops)):
                if tops[row] == top or tops[row] < bottom - 1:
                    grid[row][lefts.index(left)] = text
        return grid

    def _text(self, record: Record) -> str | None:
        data = self._data[record.start : record.end]
        if record.kind == TEXT_CHARACTERS:
            text = data.decode("utf-16-le", "replace")
        elif record.kind == TEXT_BYTES:
            text = data.decode("latin-1")
        else:
            return None
        return text.replace("\r", "\n").replace("\x0b", "\n")

    def _read_directory(self, offset: int) -> int:
        """Reads where objects are stored, the last edit first. Returns the number of the document."""
        document, seen = -1, set[int]()
        while offset and offset not in seen and len(seen) < EDITS_MAX:
            seen.add(offset)
            record = self._record(offset)
            if record is None or record.kind != USER_EDIT:
                break
            _slide, _version, before, directory, number = unpack_from("<IIIII", self._data, record.start)
            if record.end - record.start >= 32:
                raise ParseError("the PowerPoint file is encrypted; upload it without a password")
            document = number if document < 0 else document
            table = self._record(directory)
            at = table.start if table is not None and table.kind == DIRECTORY else 0
            while table is not None and at + 4 <= table.end:
                entry = unpack_from("<I", self._data, at)[0]
                count = entry >> 20
                for step, place in enumerate(unpack_from(f"<{count}I", self._data, at + 4)):
                    self._places.setdefault((entry & 0xFFFFF) + step, place)
                at += 4 + 4 * count
            offset = before
        return document

    def _record(self, offset: int) -> Record | None:
        if offset + 8 > len(self._data):
            return None
        version, kind, length = unpack_from("<HHI", self._data, offset)
        return Record(kind, version >> 4, offset + 8, min(offset + 8 + length, len(self._data)))

    def _records(self, container: Record | None) -> Iterator[Record]:
        """The records directly inside another."""
        at = container.start if container else 0
        while container and at + 8 <= container.end and (record := self._record(at)) is not None:
            yield record._replace(end=min(record.end, container.end))
            at = record.end
