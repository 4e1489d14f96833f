"""memory.py - what a stolen image of a process would give away. Plain programs only: sanitizers map terabytes, and keep what was freed."""
import time

IMAGE_MAX = 1 << 30


def memory(pid):
    """Every byte that the process may write to, or may have written to."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as image:
        for line in maps:
            span, rights = line.split()[:2]
            first, last = (int(end, 16) for end in span.split("-"))
            if "w" not in rights or "[v" in line:
                continue
            assert last - first < IMAGE_MAX, "a sanitizer's memory, or a leak"
            try:
                image.seek(first)
                while first < last and (piece := image.read(min(last - first, 1 << 24))):
                    found.append(piece)
                    first += len(piece)
            except OSError:         # a guard page
                continue
    return b"".join(found)


def assert_forgotten(pid, needles):
    """The last request is erased behind its answer, so a moment later than we have read that."""
    for pause_s in (0.1, 0.4, 0):
        image = memory(pid)
        left = {what: image.find(needle.encode()) for what, needle in needles.items() if needle.encode() in image}
        if not left:
            return
        time.sleep(pause_s)
    raise AssertionError({what: image[max(0, at - 60):at + 100] for what, at in left.items()})
