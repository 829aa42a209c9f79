"""The rules of CONTRIBUTING.md that no compiler knows.

Each rule is a function of a tree's root that yields "FILE:LINE: what".
`tests/lint/lint.py [ROOT]` prints what all of them find.
"""

import multiprocessing.pool
import os
import re
import subprocess
import sys

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 600
MAX_COLUMNS = 80

# Who may include whom (docs/ARCHITECTURE.md).  A layer is a folder; a file
# may include its own layer's headers and those named here: a folder, or one
# header.  jny_types.h is vocabulary (codes, slices), not the format; run.h
# has the summary of the input, which heads every document.

LAYERS = {
    "src/format": [],
    "src/module": ["src/format"],
    "tools/loggen": ["src/format"],
    "tools/journey/base": [],
    "tools/journey/engine": ["tools/journey/base", "src/format"],
    "tools/journey/import": ["tools/journey/base", "tools/journey/engine",
                             "tools/journey/model.h", "src/format",
                             "src/module"],
    "tools/journey/analysis": ["tools/journey/base",
                               "tools/journey/engine/journey.h",
                               "src/format/jny_types.h"],
    "tools/journey/render": ["tools/journey/base", "tools/journey/analysis/*.h",
                             "tools/journey/engine/run.h",
                             "src/format/jny_types.h"],
    "tools/journey/segment": ["tools/journey/base", "tools/journey/engine",
                              "src/format"],
    "tools/journey": ["tools/journey/base", "tools/journey/engine",
                      "tools/journey/segment",
                      "tools/journey/analysis", "tools/journey/render",
                      "tools/journey/import", "src/format", "src/module"],
}

INCLUDE_PATH = ["src/format", "src/module", "tools/journey"]

# The format library allocates through its allocator and does no input or
# output; vsnprintf() is all it takes from stdio.

FORMAT_FORBIDDEN = (
    r"malloc|calloc|realloc|free|printf|fprintf|fopen|fread|fwrite|open|read|"
    r"write|mmap|abort|exit|pthread_\w+|time|gettimeofday|clock_gettime")

BANNED = {
    "strcpy|strcat|sprintf|vsprintf|gets|stpcpy": "has no bound",
    "strncpy": "may leave no terminator",
    "strtok|localtime|gmtime|asctime|ctime|rand|srand":
        "keeps state for the whole process",
    "atoi|atol|atoll|atof": "cannot tell an error from 0",
    "alloca": "takes unbounded stack",
}

# What would tie the tree to one machine.  [.] keeps this file out of it.

TIED = (r"(?<![\w.~-])/(?:work|root|home/\w+)/"
        r"|(?:deb|security|snapshot|ftp)[.]debian[.]org"
        r"|registry[.]npmjs|pypi[.]org|pythonhosted[.]org|crates[.]io"
        r"|proxy[.]golang|npm[m]irror|js[d]elivr|unpkg[.]com")


def tracked(root):
    """Relative paths of the tree's files, whether or not git knows them."""

    found = []

    for folder, folders, files in os.walk(root):
        folders[:] = sorted(d for d in folders
                            if d not in (".git", "build", "__pycache__",
                                         ".hypothesis", ".pytest_cache"))
        found += [os.path.relpath(os.path.join(folder, f), root)
                  for f in sorted(files)]

    return found


def sources(root, kinds=(".c", ".h"), under=("src/", "tools/")):
    return [p for p in tracked(root) if p.endswith(kinds)
            and p.startswith(under)]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8",
              errors="surrogateescape") as f:
        return f.read()


def without_comments(text):
    """The text with comments and strings blanked, lines kept."""

    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))

    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(root, path):
    """(line, included header as a path in the tree) for "..." includes."""

    text = read(root, path)

    for m in re.finditer(r'^#\s*include\s+"([^"]+)"', text, re.M):
        folders = [os.path.dirname(path)] + INCLUDE_PATH

        for folder in folders:
            candidate = os.path.normpath(os.path.join(folder, m.group(1)))
            if os.path.exists(os.path.join(root, candidate)):
                yield line_of(text, m.start()), candidate
                break
        else:
            yield line_of(text, m.start()), None


def layer_of(path):
    return max((d for d in LAYERS if path.startswith(d + "/")), key=len,
               default=None)


def analysis_of(path):
    """funnel.c, funnel_time.c and funnel_time.h are the analysis funnel."""

    return re.match(r"[^_.]*", os.path.basename(path)).group(0)


def may_include(path, header):
    layer = layer_of(path)

    if os.path.dirname(header) == layer:

        # Analyses stand side by side: each knows its own headers alone.

        return layer != "tools/journey/analysis" \
            or analysis_of(path) == analysis_of(header)

    return any(header == allowed or os.path.dirname(header) == allowed
               or allowed.endswith("/*.h")
               and os.path.dirname(header) == os.path.dirname(allowed)
               for allowed in LAYERS[layer])


def layers(root):
    for path in sources(root):
        if layer_of(path) is None:
            yield "%s:1: is in no layer" % path
            continue

        for line, header in includes(root, path):
            if header is None:
                yield "%s:%d: includes a header that is not there" \
                    % (path, line)
            elif not may_include(path, header):
                yield "%s:%d: %s may not include %s" \
                    % (path, line, layer_of(path), header)


def own_header_first(root):
    for path in sources(root, (".c",)):
        own = path[:-1] + "h"

        if os.path.exists(os.path.join(root, own)) \
                and next((h for _, h in includes(root, path)), None) != own:
            yield "%s:1: does not include %s first" % (path, own)


def nginx_includes(root):
    """-I options for nginx's headers, and for what configure wrote."""

    folders = ["build/nginx/usr/share/nginx/src/src/" + d
               for d in ("core", "event", "http", "http/modules", "http/v2",
                         "os/unix")] + ["build/module"]
    return ["-isystem" + os.path.join(root, d) for d in folders]


def compile_alone(cc, root, path):
    flags = ["-I" + os.path.join(root, d) for d in INCLUDE_PATH]
    flags += ["-std=c99"] if layer_of(path) == "src/format" \
        else ["-std=gnu11"]

    if layer_of(path) == "src/module":
        flags += nginx_includes(root)

    include = '#include "%s"\n' % os.path.abspath(os.path.join(root, path))

    return subprocess.run(
        [cc, "-W", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
         "-Wno-unused-function", "-fsyntax-only", "-x", "c", *flags, "-"],
        input=(include * 2).encode(), stderr=subprocess.PIPE)


def headers_alone(root):
    jobs = [(cc, root, path) for path in sources(root, (".h",))
            for cc in ("gcc", "clang")]

    with multiprocessing.pool.ThreadPool(2) as pool:
        for (cc, _, path), p in zip(jobs, pool.starmap(compile_alone, jobs)):
            if p.returncode:
                yield "%s:1: does not compile alone (%s): %s" \
                    % (path, cc, p.stderr.decode().strip())


def prefixes(root):
    for folder, prefix in (("src/format/", "jny_"),
                           ("src/module/", "ngx_http_journey_")):
        for path in sources(root, under=(folder,)):
            if not os.path.basename(path).startswith(prefix):
                yield "%s:1: its name does not begin with %s" % (path, prefix)


def blocks(lines):
    """(first, last, is_function) of what stands in braces at column 0."""

    start = None

    for i, line in enumerate(lines):
        if start is None and (line == "{" or re.match(r"^\S.*\{$", line)):
            start = i
        elif start is not None and line.startswith("}"):
            yield start, i, lines[start] == "{"
            start = None


def sizes(root):
    for path in sources(root):
        lines = read(root, path).splitlines()
        tables = 0

        for first, last, is_function in blocks(lines):
            n = last - first + 1

            if not is_function and "=" in lines[first]:
                tables += n
            if is_function and n > MAX_FUNCTION_LINES:
                yield "%s:%d: a function of %d lines, at most %d" \
                    % (path, first + 1, n, MAX_FUNCTION_LINES)

        if len(lines) - tables > MAX_FILE_LINES:
            yield "%s:1: %d lines without tables, at most %d" \
                % (path, len(lines) - tables, MAX_FILE_LINES)


def banned(root):
    for path in sources(root):
        text = without_comments(read(root, path))
        rules = list(BANNED.items())

        if layer_of(path) == "src/format":
            rules.append((FORMAT_FORBIDDEN, "is not for the format library"))

        for names, why in rules:
            for m in re.finditer(r"(?<![\w.>])(%s)\s*\(" % names, text):
                yield "%s:%d: %s() %s" \
                    % (path, line_of(text, m.start()), m.group(1), why)


def dialect(root):
    for path in sources(root, under=("src/", "tools/", "tests/unit/",
                                     "tests/fuzz/")):
        text = read(root, path)
        code = without_comments(text).splitlines()
        lines = text.splitlines()

        if not text.startswith("/*"):
            yield "%s:1: does not open with its purpose" % path
        if not text.endswith("\n") or text.endswith("\n\n"):
            yield "%s:%d: does not end with one newline" % (path, len(lines))

        for i, (line, bare) in enumerate(zip(lines, code)):
            for bad, what in (
                    (len(line) > MAX_COLUMNS, "more than 80 columns"),
                    ("\t" in line, "a tab"),
                    (line != line.rstrip(), "a blank at the end"),
                    ("//" in bare, "a // comment"),
                    (re.search(r"\b(TODO|FIXME|XXX)\b", line), "unfinished"),
                    (re.match(r"^\s*(\} )?else$", line),
                     "else without its brace"),
                    (bare.endswith(") {") and bare.count(")")
                     > bare.count("("),
                     "a condition of several lines has its brace alone"),
            ):
                if bad:
                    yield "%s:%d: %s" % (path, i + 1, what)

        if path.endswith(".c"):
            yield from spacing(path, lines)


def head_of(lines, first):
    """The line where a function begins, with the comment that it has."""

    i = first

    while i > 0 and lines[i - 1] and lines[i - 1][0] not in "#}":
        i -= 1

    if i > 1 and lines[i - 1] == "" and lines[i - 2].endswith("*/"):
        i -= 2
        while i > 0 and not lines[i].startswith("/*"):
            i -= 1

    return i


def spacing(path, lines):
    """Two blank lines before a function and its comment (nginx)."""

    for first, _, is_function in blocks(lines):
        i = head_of(lines, first)

        if is_function and i > 1 and not lines[i - 1].startswith("#") \
                and (lines[i - 1] or lines[i - 2]):
            yield "%s:%d: two blank lines go before a function" \
                % (path, i + 1)


def tied_to_a_machine(root):
    for path in tracked(root):
        text = read(root, path)

        if "\0" in text:
            continue

        for m in re.finditer(TIED, text):
            yield "%s:%d: %s" % (path, line_of(text, m.start()), m.group(0))


def config_lists(root):
    p = subprocess.run([os.path.join(root, "tools/config-files.sh")],
                       stdout=subprocess.PIPE, check=True)

    if p.stdout.decode() != read(root, "config"):
        yield "config:1: its lists are not the folders' files: make lists"


def format_globals(root):
    """The format library keeps nothing between calls."""

    library = os.path.join(root, "build/libjny.a")
    out = subprocess.run(["size", "-A", library], stdout=subprocess.PIPE,
                         check=True).stdout.decode()

    for m in re.finditer(r"^(\.data|\.bss|\.tdata|\.tbss)\S*\s+(\d+)", out,
                         re.M):
        if ".data.rel.ro" not in m.group(0) and m.group(2) != "0":
            yield "build/libjny.a:1: %s of %s bytes: a global" % m.groups()


RULES = [layers, own_header_first, headers_alone, prefixes, sizes, banned,
         dialect, tied_to_a_machine, config_lists, format_globals]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.normpath(
        os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    found = [text for rule in RULES for text in rule(root)]

    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
