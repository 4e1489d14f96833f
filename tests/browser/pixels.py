"""pixels.py - what a camera sees: a screenshot as grey bytes, and the QR codes on it."""
import struct
import zlib

import zbar


def _paeth(left, above, corner):
    near = left + above - corner
    return min((left, above, corner), key=lambda value: abs(near - value))


def _unfilter(kind, line, before, step):
    """One line of a PNG (RFC 2083, section 6), in place."""
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        corner = before[i - step] if i >= step else 0
        line[i] = (value + (0, left, before[i], (left + before[i]) // 2, _paeth(left, before[i], corner))[kind]) & 255


def grey(png):
    """(width, height, bytes) of a PNG of 8 bits a channel, as browsers make them."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        chunks[kind] = chunks.get(kind, b"") + png[at + 8:at + 8 + size]
        at += size + 12
    width, height, depth, colours = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    step = {2: 3, 6: 4}[colours]
    assert depth == 8
    data, before, out = zlib.decompress(chunks[b"IDAT"]), bytearray(width * step), bytearray()
    for y in range(height):
        start = y * (width * step + 1)
        line = bytearray(data[start + 1:start + 1 + width * step])
        _unfilter(data[start], line, before, step)
        out += bytes((r + g + b) // 3 for r, g, b in zip(line[0::step], line[1::step], line[2::step]))
        before = line
    return width, height, bytes(out)


def scan(png):
    """The texts of the QR codes on a picture."""
    scanner = zbar.ImageScanner()
    width, height, data = grey(png)
    image = zbar.Image(width, height, "Y800", data)
    scanner.scan(image)
    return [symbol.data for symbol in image]
