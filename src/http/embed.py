#!/usr/bin/env python3
"""Makes page_assets.c of the built pages: embed.py FOLDER OUTPUT DEPFILE. Without pages: one that says how to build them."""
import hashlib
import os
import sys

TYPES = {
    ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
    ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2", ".woff": "font/woff",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
EMPTY = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>MedScribe</title><style nonce="__CSP_NONCE__">body{font:1rem/1.5 sans-serif;margin:3rem}</style></head>
<body><h1>The pages are not built yet</h1><p>Run <code>make</code> (or <code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code>), then build again.
The interface for programs is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></body></html>
"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def blob(symbol, path):
    """The bytes as they are, by the assembler: a C array of them would take the compiler seconds."""
    lines = [".section .rodata", f".global {symbol}_from", f".hidden {symbol}_from", f"{symbol}_from:",
             f".incbin {quoted(path)}", f".global {symbol}_to", f".hidden {symbol}_to", f"{symbol}_to:", ".byte 0",
             ".previous"]
    return "__asm__(" + "\n        ".join(quoted(line)[:-1] + '\\n"' for line in lines) + ");\n"


def main():
    folder, output, depfile = (os.path.abspath(a) for a in sys.argv[1:4])
    files = []
    for where, _, names in sorted(os.walk(folder)):
        files += [os.path.join(where, name) for name in sorted(names) if not name.endswith(".map")]
    index = os.path.join(folder, "index.html")
    if not os.path.isfile(index):
        files = []
        index = output + ".html"
        with open(index, "wb") as f:
            f.write(EMPTY)
    out = ['/* made by embed.py */\n#include "http/page.h"\n\n', blob("page_index", index)]
    rows = []
    for number, path in enumerate(p for p in files if p != index):
        name = "/" + os.path.relpath(path, folder).replace(os.sep, "/")
        kind = TYPES.get(os.path.splitext(path)[1])
        if kind is None:
            sys.exit(f"embed.py: no media type is known for {name}; add it to TYPES")
        with open(path, "rb") as f:
            tag = hashlib.sha256(f.read()).hexdigest()[:32]
        out.append(blob(f"page_asset_{number}", path))
        out.append(f"extern const uint8_t page_asset_{number}_from[], page_asset_{number}_to[];\n")
        immutable = "true" if name.startswith("/assets/") else "false"
        etag = quoted('"' + tag + '"')
        rows.append(f"    {{{quoted(name)}, {quoted(kind)}, {etag}, page_asset_{number}_from, page_asset_{number}_to, {immutable}}},\n")
    out += ["\nconst struct page_asset page_assets[] = {\n", *rows, "    {0},\n};\n"]
    with open(output, "w", encoding="utf-8") as f:
        f.write("".join(out))
    with open(depfile, "w", encoding="utf-8") as f:
        f.write(output + ": " + " ".join(p.replace(" ", "\\ ") for p in [*files, os.path.join(folder, "index.html")]) + "\n")


main()
