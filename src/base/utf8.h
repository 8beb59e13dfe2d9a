/* UTF-8 (RFC 3629): shortest form only, no surrogates, nothing above U+10FFFF. */
#ifndef MEDSCRIBE_BASE_UTF8_H
#define MEDSCRIBE_BASE_UTF8_H
#include "base/span.h"

bool utf8_valid(struct span text);
size_t utf8_count(struct span text); /* code points of valid text */
/* The code point at *at, which moves on; 0xFFFD and one byte on for what is not valid. */
uint32_t utf8_next(struct span text, size_t *at);
bool utf8_is_control(uint32_t c);      /* C0, DEL, C1, line and paragraph separator */
bool utf8_is_bidi_control(uint32_t c); /* marks, embeddings, overrides, isolates */
/* The longest prefix of at most max bytes that does not cut a code point. */
struct span utf8_cut(struct span text, size_t max);

#endif
