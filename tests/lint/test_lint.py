"""Each check against small trees: one that is well, one with each violation planted, and an empty one."""
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
import baddays      # noqa: E402
import common       # noqa: E402
import docs         # noqa: E402
import forbidden    # noqa: E402
import hardening    # noqa: E402
import headers      # noqa: E402
import layers       # noqa: E402
import manuals      # noqa: E402
import module       # noqa: E402
import places       # noqa: E402
import registered   # noqa: E402
import run          # noqa: E402
import sentences    # noqa: E402
import settings     # noqa: E402
import sizes        # noqa: E402
import style        # noqa: E402
import thirdparty   # noqa: E402


def plant(root, tree):
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("Makefile", ".clang-format"):
        shutil.copy(common.ROOT / name, root)


def findings(check, root, tree):
    plant(root, tree)
    looked, found = check.check(root)
    assert looked > 0
    return [f"{f.path.relative_to(root)}:{f.line}: {f.text}" for f in found]


def header(name, body=""):
    guard = f"SPOM_{Path(name).stem.upper()}_H"
    return f"/* {name} - for a test. */\n#ifndef {guard}\n#define {guard}\n{body}\n#endif\n"


MANUAL = ".Dd November 24, 2026\n.Dt A 8\n.Os\n.Sh NAME\n.Nm a\n.Nd a\n.Sh DESCRIPTION\nIt is.\n"
CMOCKA = '#include <cmocka.h>\nstatic void a(void **state)\n{\n}\nint main(void)\n{\n\tcmocka_unit_test(a);\n}\n'
MIDDLE = "static void {}(void)\n{{\n" + "\ti++;\n" * 13 + "}}\n"
LONG = "static void f(void)\n{\n" + "\tg();\n" * 97 + "}\n"
TARGETS = {"gateway/base/a.h": "", "gateway/text/words.h": "", "gateway/text/b.h": "", "gateway/authority/store/s.h": "",
           "gateway/authority/login/l.h": "", "gateway/authority/directory/look.h": "", "gateway/authority/authority.h": "", "gateway/front/f.h": "", "pam_spom/p.h": ""}


def places_of(tests):
    return f"{places.HEADING}\n\n| a | b | c | d |\n|---|---|---|---|\n| gate | much | little | {tests} |\n\n## Else\n| x |\n"


def include(path, name):
    return {**TARGETS, path: f'#include "base/a.h"\n#include "{name}"\n'}


def bad_days(row="| the store | nothing | log `store_lost` |", list_="the store\n\ttest_a.py test_a\n"):
    return {"docs/operate.md": f"# x\n\n## Bad days\n\n| down | seen | said |\n|---|---|---|\n{row}\n\n## y\n\n| other | table |\n",
            "tests/flow/bad_days.txt": "# a comment\n\n" + list_, "tests/flow/test_a.py": "\ndef test_a():\n    pass\n",
            "gateway/x.c": 'f("store_lost");\n'}


GOOD = [
    (layers, include("gateway/front/x.c", "text/b.h")),
    (layers, include("gateway/front/x.c", "f.h")),
    (layers, include("pam_spom/x.c", "text/words.h")),
    (layers, include("pam_spom/x.c", "p.h")),
    (layers, include("gateway/ctl/setup/x.c", "authority/directory/look.h")),
    (layers, include("gateway/authority/login/x.c", "authority/store/s.h")),
    (layers, include("gateway/authority/login/x.c", "authority/authority.h")),
    (layers, include("gateway/authority/main.c", "authority/login/l.h")),
    (layers, {**TARGETS, "gateway/front/x.c": '#include "front/f.h"\n// #include "authority/authority.h"\n'}),
    (thirdparty, {"gateway/front/x.c": "#include <civetweb.h>\n#include <sys/socket.h>\n"}),
    (thirdparty, {"tests/unit/base/x.c": "#include <cmocka.h>\n"}),
    (forbidden, {"gateway/x.c": "/* strcpy(a, b) */\nconst char *s = \"system(1)\";\nx->random(1);\nmy_strcpy(1);\n"}),
    (forbidden, {"gateway/x.c": "void f(void)\n{\n\tfprintf(stderr, x);\n}\n"}),
    (forbidden, {"tests/x.c": "n = atoi(s);\n"}),
    (layers, include("gateway/authority/call/table.c", "authority/store/s.h")),
    (headers, {"gateway/base/a.h": header("a.h")}),
    (sizes, {"a.c": LONG, "b.def": "ROW()\n" * 1000, "c.h": "\n" * 600}),
    (style, {"a.c": "int main(void)\n{\n\treturn 0;\n}\n", "b.def": "ROW( x,y )\n"}),
    (registered, {"tests/unit/base/test_a.c": CMOCKA, "tests/flow/test_b.py": "def test_a():\n    pass\n"}),
    (places, {"docs/security.md": places_of("`test_a.py::test_b`"), "tests/flow/test_a.py": "def test_b(x):\n    pass\n"}),
    (manuals, {"docs/man/pam_spom.8": MANUAL}),
    (baddays, bad_days()),
    (settings, {"gateway/conf/settings.def": "SECTION(a, x)\nSETTING(a, b, BOOL)\n", "gateway/x.c": "f(conf->a.b);\n"}),
    (sentences, {"web/strings/en.txt": "a.b = Yes\nbusy.one = X\nhint_x = X\n", "gateway/a.c": "\"a\", \"busy\""}),
    (docs, {"README.md": "```sh run\ntest -f README.md\n```\n", "docs/a.md": "```sh\nfalse\n```\n"}),
]

BAD = [
    (layers, include("gateway/front/x.c", "authority/authority.h"), "gateway/front/x.c:2: front may not include"),
    (layers, include("gateway/authority/x.c", "front/f.h"), "authority may not include"),
    (layers, include("gateway/base/x.c", "text/b.h"), "base may not include"),
    (layers, include("pam_spom/x.c", "text/b.h"), "pam_spom may not include"),
    (layers, include("gateway/ctl/x.c", "authority/authority.h"), "ctl may not include"),
    (layers, include("gateway/gate/x.c", "p.h"), "gate may not include"),
    (layers, include("gateway/front/x.c", "../authority/authority.h"), "front may not include"),
    (layers, include("gateway/new/x.c", "base/a.h"), "folder gateway/new stands in no layer"),
    (layers, include("gateway/authority/call/x.c", "authority/store/s.h"), "authority/call may not include"),
    (layers, include("gateway/authority/store/x.c", "authority/login/l.h"), "authority/store may not include"),
    (layers, include("gateway/authority/new/x.c", "authority/store/s.h"), "folder authority/new stands in no layer"),
    (layers, include("gateway/front/x.c", "front/gone.h"), "front/gone.h is not found"),
    (layers, include("gateway/wire/x.def", "front/f.h"), "wire may not include"),
    (thirdparty, {"gateway/gate/x.c": "\n#include <civetweb.h>\n"}, "gateway/gate/x.c:2: <civetweb.h> belongs in"),
    (thirdparty, {"gateway/front/x.h": "# include <ldap.h>\n"}, "<ldap.h> belongs in"),
    (thirdparty, {"gateway/frontier/x.h": "#include <civetweb.h>\n"}, "<civetweb.h> belongs in"),
    (thirdparty, {"pam_spom/x.c": "#include <jansson.h>\n"}, "<jansson.h> belongs in"),
    (thirdparty, {"gateway/base/x.c": "#include <cmocka.h>\n"}, "<cmocka.h> belongs in"),
    (thirdparty, {"gateway/base/x.c": "#include <lua.h>\n"}, "<lua.h> stands in no row"),
    (manuals, {"docs/man/pam_spom.8": MANUAL.replace(".Nd a\n", "")}, "docs/man/pam_spom.8"),
    (manuals, {"build/bin/spomctl": "#!/bin/sh\n"}, "docs/man/spomctl.8:1: is not there"),
    (settings, {"gateway/conf/settings.def": "SECTION(a, x)\nSETTING(a, b, BOOL)\n", "gateway/conf/rules.c": "conf->a.b"}, "nothing reads a.b"),
    (settings, {"gateway/conf/settings.def": "FAMILY(a, as, 2, x)\nSETTING(a, b, BOOL)\n", "gateway/x.c": "row->bb"}, "nothing reads a.b"),
    (forbidden, {"gateway/x.c": "\n\tstrcpy(a, b);\n"}, "gateway/x.c:2: strcpy() is forbidden"),
    (forbidden, {"gateway/x.c": "/* a\n*/ return system (s);\n"}, "gateway/x.c:2: system() is forbidden"),
    (forbidden, {"gateway/x.c": "n = atoi(s);"}, "atoi() is forbidden"),
    (forbidden, {"tests/x.c": "strcpy(a, b);"}, "strcpy() is forbidden"),
    (forbidden, {"gateway/x.def": "ROW(x, alloca(3))"}, "alloca() is forbidden"),
    (forbidden, {"pam_spom/x.c": "fprintf(stderr, s);"}, "fprintf() is forbidden"),
    (headers, {"a.h": header("b.h")}, "a.h:1: does not begin with"),
    (headers, {"a.h": "#ifndef SPOM_A_H\n#define SPOM_A_H\n#endif\n"}, "does not begin with"),
    (headers, {"a.h": "/* a.h - for a test. */\nint x;\n"}, "has no include guard"),
    (headers, {"a.h": header("a.h").replace("SPOM_", "")}, "does not begin with SPOM_"),
    (headers, {"x/a.h": header("a.h"), "y/a.h": header("a.h")}, "its guard SPOM_A_H is that of a.h too"),
    (sizes, {"a.c": LONG.replace("\tg();\n", "\tg();\n\tg();\n", 1)}, "a.c:1: f has 101 lines"),
    (sizes, {"a.c": "static int f(int x,\n    int y)\n{\n" + "\tg();\n" * 97 + "}\n"}, "a.c:1: f has 101 lines"),
    (sizes, {"a.py": "def f():\n" + "    g()\n" * 100}, "f has 101 lines"),
    (sizes, {"a.h": "\n" * 601}, "has 601 lines"),
    (sizes, {"gateway/a.c": MIDDLE.format("f") + MIDDLE.format("g") + "void h(void)\n{\n}\n"}, "half of the functions have 16 lines"),
    (style, {"a.c": "int main(void) {\n  return 0;\n}\n"}, "a.c:1: is not as clang-format writes it"),
    (registered, {"tests/unit/test_a.c": CMOCKA, "tests/flow/test_a.c": CMOCKA}, "tests/flow/test_a.c:1: make unit does not"),
    (registered, {"tests/unit/base/test_a.c": "int main(void)\n{\n}\n"}, "has no test"),
    (registered, {"tests/unit/base/test_a.c": CMOCKA + "void b(void **state)\n{\n}\n"}, "b is in no table"),
    (registered, {"tests/other/test_a.py": "def test_a():\n    pass\n"}, "no target of the Makefile runs it"),
    (places, {"docs/security.md": places_of("`test_a.py::test_b`"), "tests/flow/test_a.py": "def test_bb():\n    pass\n"},
     "docs/security.md:5: there is no test_a.py::test_b"),
    (places, {"docs/security.md": places_of("by hand")}, "'gate' names no tests"),
    (places, {"docs/security.md": places_of("")}, "a row says what is taken over"),
    (registered, {"tests/flow/test_a.py": "def check_a():\n    pass\n"}, "has no test"),
    (registered, {"tests/flow/test_a.py": "def test_a():\n    pass\n\n\ndef test_a():\n    pass\n"}, ":5: test_a is there twice"),
    (baddays, bad_days(row="| the clock | nothing | - |"), "docs/operate.md:7: 'the clock' is not in"),
    (baddays, bad_days(row="| the clock | nothing | - |"), "tests/flow/bad_days.txt:3: no table has 'the store'"),
    (baddays, bad_days(list_="the store\n"), "no test makes 'the store'"),
    (baddays, bad_days(list_="the store\n\ttest_a.py test_b\n"), "bad_days.txt:4: test_a.py has no test_b"),
    (baddays, bad_days(list_="the store\n\ttest_b.py test_a\n"), "test_b.py has no test_a"),
    (baddays, bad_days(row="| the store | nothing | log `store_gone` |"), "nothing says store_gone"),
    (sentences, {"web/strings/de.txt": "# busy\nbusy.other = X\n", "gateway/a.c": "\"busy_x\""}, "web/strings/de.txt:2: nobody says busy"),
    (docs, {"README.md": "x\n```sh run\ntrue\nfalse\ntrue\n```\n"}, "README.md:2: ended with 1"),
    (docs, {"README.md": "```sh run\nfalse | true\n```\n"}, "ended with 1"),
    (docs, {"docs/a.md": "x\n```sh run\ntrue\n```\n`login/b.c`, `login/c.c`\n", "gateway/authority/login/c.c": ""}, "docs/a.md:5: login/b.c is not there"),
    (docs, {"docs/a/b.md": "```sh rum\ntrue\n```\n"}, "'sh rum' is no kind of block"),
]


def ids(rows):
    return [f"{row[0].__name__}-{i}" for i, row in enumerate(rows)]


@pytest.mark.parametrize("check, tree", GOOD, ids=ids(GOOD))
def test_a_good_tree_passes(check, tree, tmp_path):
    assert findings(check, tmp_path, tree) == []


@pytest.mark.parametrize("check, tree, expected", BAD, ids=ids(BAD))
def test_a_planted_violation_is_found(check, tree, expected, tmp_path):
    found = findings(check, tmp_path, tree)
    assert any(expected in finding for finding in found), found


@pytest.mark.parametrize("name, check", run.checks().items())
def test_an_empty_tree_has_nothing_to_check(name, check, tmp_path, capsys):
    assert check.check(tmp_path) == (0, [])
    assert run.main([str(tmp_path), name]) == 1
    assert "nothing to check was found" in capsys.readouterr().out


def test_every_check_has_a_planted_violation():
    planted = {row[0].__name__ for row in BAD} | {"module", "hardening"}
    assert planted == set(run.checks())


def build(root, name, source, *flags):
    path = root / "build/bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-x", "c", "-", "-o", path, *flags], input=source, text=True, check=True)
    return path


PAM_SM = "".join(f"int {name}(void) {{ return 0; }}\n" for name in sorted(module.EXPORTED))
MODULES = [
    ("well", PAM_SM, [], []),
    ("a helper leaks out", PAM_SM + "int helper(void) { return 0; }\n", [], ["exports helper"]),
    ("a data object leaks out", PAM_SM + "int state = 1;\n", [], ["exports state"]),
    ("a function is missing", PAM_SM.replace("pam_sm_setcred", "pam_sm_setcre"), [],
     ["exports pam_sm_setcre", "does not export pam_sm_setcred"]),
    ("another library", PAM_SM, ["-Wl,--no-as-needed", "-lm"], ["needs libm.so.6"]),
    ("ends its host", PAM_SM + "#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { exit(1); }\n", [],
     ["calls or uses exit"]),
]


@pytest.mark.parametrize("name, source, flags, expected", MODULES, ids=[row[0] for row in MODULES])
def test_module(name, source, flags, expected, tmp_path):
    build(tmp_path, "pam_spom.so", source, "-shared", "-fPIC", *flags)
    looked, found = module.check(tmp_path)
    assert looked > 0
    assert [f.text for f in found] == expected


WELL = ["-pie", "-fPIE", "-Wl,-z,relro,-z,now"]
PROGRAMS = [
    ("well", WELL, None),
    ("not position-independent", ["-no-pie", *WELL[2:]], "is not position-independent"),
    ("lazy", [*WELL, "-Wl,-z,lazy"], "is not bound at start"),
    ("no relro", [*WELL, "-Wl,-z,norelro"], "has no read-only relocations"),
    ("search path", [*WELL, "-Wl,-rpath,/tmp"], "has a RUNPATH"),
    ("executable stack", [*WELL, "-Wl,-z,execstack"], "has an executable stack"),
]


@pytest.mark.parametrize("name, flags, expected", PROGRAMS, ids=[row[0] for row in PROGRAMS])
def test_hardening(name, flags, expected, tmp_path):
    build(tmp_path, "program", "int main(void) { return 0; }\n", *flags)
    looked, found = hardening.check(tmp_path)
    assert looked == 1
    assert [f.text for f in found] == ([expected] if expected else [])
