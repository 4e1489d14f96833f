"""extremes.py - the same scenes when every text is as long as its message allows, in words and letters that nobody expects, and
every list as full as it can be."""

# Markup, a word that fits on no line, and letters of other directions and sizes.
WILD = ("<b>&amp;\"'</b> Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepflege"
        "阿达·洛芙莱斯 עדה לאבלייס 👩‍🏫 Mrs. Ada Lovelace of the Analytical Engine ")

# What is no free text: ids, text ids, addresses, and what only a program reads.
FIXED = {"id", "csrf", "text", "label", "hint", "section", "event", "problem", "reason", "title", "link", "today", "day", "version", "tag", "door",
         "cookie", "portal", "next", "rule", "address", "initial", "logo", "question"}
FIXED_ROWS = {"option_row"}
WRITABLE = [number for number in range(20) if number % 10 not in (0, 2, 3)]      # of the profile of ten fields, twice


def wild(size):
    """As many bytes of it, ending in a whole character that is no blank."""
    repeated = (WILD * (size // len(WILD.encode()) + 1)).encode()[:size]
    return repeated.decode(errors="ignore").strip()


def grown(tables, name, values):
    """The message with what it has at its greatest. Rows of a list are repeated, each with a name and id of its own."""
    big = dict(values)
    for field in tables.messages[name]["fields"]:
        present = values.get(field["name"])
        if not present:
            continue
        if field["kind"] == "list":
            few = name == "profile_field" and not values.get("many")
            big[field["name"]] = rows(tables, field, present)[:1 if few else None]
        elif field["kind"] == "one":
            big[field["name"]] = grown(tables, field["of"], present)
        elif field["kind"] == "text" and field["name"] not in FIXED and name not in FIXED_ROWS:
            big[field["name"]] = wild(field["bound"])
    return big


def rows(tables, field, present):
    if field["of"] in FIXED_ROWS:
        return present
    full = []
    for number in range(field["bound"]):
        row = present[number % len(present)]
        big = grown(tables, field["of"], row)
        if number >= len(present):
            big |= {key: False for key in ("current", "first") if key in big}
        if "id" in big:
            big["id"] = f"row{number}"
        if field["of"] == "profile_field":      # a form's field is called by it
            big["name"] = f"field{number}"
        if field["of"] == "problem_row":
            big["field"] = f"field{WRITABLE[number % len(WRITABLE)]}"
        full.append(big)
    return full


def extreme(tables, scene):
    """A scene with all its answers grown."""
    path, says = scene
    return path, {name: (answer, grown(tables, answer, values)) for name, (answer, values) in says.items()}
