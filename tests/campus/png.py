"""png.py - small pictures, made chunk by chunk: good ones, and whatever a test wants to be none."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def head(width, height, depth=8, colour=2, compression=0, method=0, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, compression, method, interlace))


def pixels(width, height, rgb=(0x1d, 0x6b, 0x8a)):
    return chunk(b"IDAT", zlib.compress((b"\0" + bytes(rgb) * width) * height))


def png(width, height, *between):
    """One colour; between: chunks before the pixels."""
    return SIGNATURE + head(width, height) + b"".join(between) + pixels(width, height) + chunk(b"IEND")
