"""Writes the migrations of sql/ as a C table: embed.py OUT FILE…"""
import os, sys

def literal(text):
    return "\n".join('    "%s\\n"' % line.replace("\\", "\\\\").replace('"', '\\"') for line in text.splitlines())

with open(sys.argv[1], "w") as out:
    out.write('#include "db/engine.h"\n\nconst struct migration migrations[] = {\n')
    for path in sorted(sys.argv[2:]):
        name = os.path.basename(path)
        # Comments explain to people; a brace in one must not be taken for an engine's word.
        text = "\n".join(line for line in open(path).read().splitlines() if not line.startswith("--"))
        out.write("    {%d, \"%s\",\n%s},\n" % (int(name[:4]), name, literal(text)))
    out.write("    {0, NULL, NULL},\n};\n")
