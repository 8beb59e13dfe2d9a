/* Texts that people type: normal form, names and e-mail addresses. Clinical text is never changed, only names are. */
#ifndef MEDSCRIBE_HTTP_TEXT_H
#define MEDSCRIBE_HTTP_TEXT_H
#include "base/arena.h"

/* Unicode normal form C of valid UTF-8; `lower` also folds to small letters. BAD_VALUE when it cannot be done. */
struct err text_normal(struct span text, bool lower, struct arena *arena, struct span *text_out);
/* Letters and digits of any script, . _ - and single blanks inside. */
bool text_is_name(struct span normal);
/* One @; a local part of atoms; a domain of labels with a dot. Syntax only. */
bool text_is_email(struct span normal);
/* No control characters; `lines` allows tab and newline. */
bool text_has_control(struct span text, bool lines);
bool text_has_bidi(struct span text);

#endif
