#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""A second reader of what `lab map --json` writes (reports/map/map_stream.h), slow and plain.

usage: map_decode.py MAP.json ENGINE OFFSETS REPLAY.json

Plays the engine's stream to its end and holds it against `lab replay --offsets` of the same trace
and engine and the figures of `lab replay --json`: places of all objects, live objects and bytes,
chunks, populated and stranded bytes at the end. On the way: no two objects overlap, each lies on
populated pages, nothing happens in a chunk that is gone. Prints a line for each thing that is not
so, and then the events.
"""
import base64
import json
import sys

MADE, GONE, SLOT, HINT, APART, BACKED, BARE = range(7)


class Numbers:
    def __init__(self, text):
        self.bytes, self.at = base64.b64decode(text), 0

    def next(self):
        number = shift = 0
        while True:
            byte = self.bytes[self.at]
            self.at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def next_signed(self):
        number = self.next()
        return -(number // 2) - 1 if number & 1 else number // 2


class Chunk:
    def __init__(self, kind, ident, covers, used, slot, hint):
        self.kind, self.id, self.covers, self.used = kind, ident, covers, used
        self.slot, self.hint, self.pages, self.areas, self.apart = slot, hint, set(), {}, 0


class Engine:
    def __init__(self, stream, layout):
        self.numbers, self.page_bytes = Numbers(stream), layout["page_bytes"]
        self.edges = layout["edge_bytes"] // self.page_bytes
        self.chunks, self.live, self.end, self.places, self.faults = [], {}, 0, [], []
        self.changes()

    def changes(self):
        for _ in range(self.numbers.next()):
            head = self.numbers.next()
            number, what = head // 8, head % 8
            if what == MADE:
                if number != len(self.chunks):
                    self.faults.append("chunk %d is made out of order" % number)
                self.chunks.append(Chunk(*(self.numbers.next() for _ in range(6))))
                continue
            chunk = self.chunks[number]
            if what == GONE:
                if chunk.areas:
                    self.faults.append("chunk %d goes with objects in it" % number)
                self.chunks[number] = None
            elif what in (SLOT, HINT, APART):
                name, value = ("slot", "hint", "apart")[what - SLOT], self.numbers.next()
                if getattr(chunk, name) == value:
                    self.faults.append("the %s of chunk %d changes to what it is" % (name, number))
                setattr(chunk, name, value)
            else:
                first = self.numbers.next()
                pages = set(range(first, first + self.numbers.next()))
                if what == BACKED and chunk.pages & pages or what == BARE and pages - chunk.pages:
                    self.faults.append("pages of chunk %d change to what they are" % number)
                chunk.pages = chunk.pages | pages if what == BACKED else chunk.pages - pages

    def alloc(self, name, made, size):
        self.changes()
        outcome = self.numbers.next()
        if outcome < 2:
            if outcome == 1:
                self.places.append("%d - -" % name)
            return
        chunk = self.chunks[(outcome - 2) // 2]
        offset = self.end + self.numbers.next_signed()
        area = size + (self.numbers.next() if outcome & 1 else 0)
        self.end = offset + area
        pages = range(offset // self.page_bytes, (offset + size - 1) // self.page_bytes + 1)
        if not chunk.pages.issuperset(pages):
            self.faults.append("object %d lies on pages that are not there" % made)
        if any(at < self.end and offset < end for at, end in chunk.areas.items()):
            self.faults.append("object %d lies on another" % made)
        if offset < chunk.used or self.end > chunk.covers:
            self.faults.append("object %d lies outside of its chunk" % made)
        chunk.areas[offset] = self.end
        self.live[made] = (chunk, offset)
        ident = "r" if chunk.kind == 1 else str(chunk.id)
        self.places.append("%d %s %d" % (name, ident, offset))

    def free(self, by_trace):
        outcome = self.numbers.next()
        if outcome:
            chunk, offset = self.live.pop(by_trace if outcome == 1 else outcome - 2)
            del chunk.areas[offset]
        self.changes()

    def backed(self, chunk):
        """Pages with memory: with a skew also those behind them, which copies reach into."""
        return chunk.pages | {page + self.edges for page in chunk.pages}

    def states(self):
        """[kind, id, slot, hint, populated pages, free bytes] of each chunk."""
        return [[chunk.kind, chunk.id, chunk.slot - 1, chunk.hint, len(chunk.pages),
                 chunk.covers - chunk.used - sum(end - at for at, end in chunk.areas.items())]
                for chunk in self.chunks if chunk]

    def figures(self):
        there = [chunk for chunk in self.chunks if chunk]
        unit = [chunk for chunk in there if chunk.kind != 1]
        live = sum(end - at for chunk in there for at, end in chunk.areas.items())
        stranded = 0
        for chunk in there:
            pages = (chunk.covers + self.page_bytes - 1) // self.page_bytes
            used = chunk.used + sum(end - at for at, end in chunk.areas.items())
            stranded += chunk.covers - used - (pages - len(chunk.pages)) * self.page_bytes
        return {
            "chunks": len(unit), "live": len(self.live), "live_bytes": live,
            "populated_bytes": sum(len(self.backed(chunk)) for chunk in unit) * self.page_bytes,
            "stranded_bytes": stranded,
        }


def main(map_file, name, offsets, replay):
    with open(map_file) as file:
        document = json.load(file)
    column = [e for e in document["engines"] if e["engine"] == name][0]
    engine = Engine(column["stream"], document["layout"])
    trace, made = Numbers(document["stream"]), 0
    names = []
    with open(offsets) as file:
        wanted = file.read().splitlines()
    for _ in range(document["events"]):
        head = trace.next()
        if head % 4 == 0:
            # The id is the other file's to say: only granted and refused ones are in it.
            ident = int(wanted[len(engine.places)].split()[0]) if len(
                engine.places) < len(wanted) else -1
            engine.alloc(ident, made, document["shapes"][head // 4][0])
            made += 1
        elif head % 4 == 1:
            engine.free(made - head // 4)
        else:
            engine.changes()
    faults = engine.faults
    if engine.places != wanted:
        faults.append("places differ from those of lab replay")
    if engine.numbers.at != len(engine.numbers.bytes) or trace.at != len(trace.bytes):
        faults.append("bytes are left over")
    figures = engine.figures()
    with open(replay) as file:
        other = [e for e in json.load(file)["engines"] if e["engine"] == name][0]
    for key, value in figures.items():
        if column["end"][key] != value:
            faults.append("%s: %d played, %d counted" % (key, value, column["end"][key]))
    if sorted(column["end"]["states"]) != sorted(engine.states()):
        faults.append("chunks are not as the allocator has them")
    if other["stranded_bytes_at_end"] != figures["stranded_bytes"]:
        faults.append("stranded bytes differ from those of lab replay")
    if other["hash"] != column["hash"]:
        faults.append("the hash differs from that of lab replay")
    for fault in faults[:20]:
        print(fault)
    print("%d events, %d objects, %d chunks" % (document["events"], made, len(engine.chunks)))


main(*sys.argv[1:])
