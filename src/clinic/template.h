/* The kinds of notes: which sections each has, and which of a visit's lines stand in which of them. A template chooses and
   places; it never says anything of its own. */
#ifndef MEDSCRIBE_CLINIC_TEMPLATE_H
#define MEDSCRIBE_CLINIC_TEMPLATE_H
#include "clinic/note.h"

enum { TEMPLATE_SECTIONS_MAX = 5, TEMPLATE_NOWHERE = -1 };

struct note_template {
    const char *word;    /* "soap" */
    bool to_patient;     /* told to the patient, as it was said to them */
    struct note_budget budget;
    struct {
        const char *name, *title;
    } sections[TEMPLATE_SECTIONS_MAX];
    size_t section_count;
    int (*place)(const struct note_line *line); /* number of the section, or TEMPLATE_NOWHERE */
};
const struct note_template *template_of(enum clinic_template template);

/* A row that is a heading of some template, or says that a section is empty: it claims nothing of the patient. */
bool template_is_heading(struct span row);

/* Sets the place of every line, and tells those that go to the patient in the second person. */
struct err template_place(struct arena *arena, const struct note_template *template, struct note *note);

#endif
