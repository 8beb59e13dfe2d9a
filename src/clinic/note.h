/* Lines for a note out of a transcript: what was said, told in the third person, with the words it came from, a score and a
   section. Questions and their yes or no become one line. Nothing is added but pronouns, their verbs, and "denies" or
   "reports" for an answer. */
#ifndef MEDSCRIBE_CLINIC_NOTE_H
#define MEDSCRIBE_CLINIC_NOTE_H
#include "clinic/talk.h"

enum note_section { NOTE_SUBJECTIVE, NOTE_OBJECTIVE, NOTE_ASSESSMENT, NOTE_PLAN, NOTE_SECTIONS };
/* How a line came about. */
enum note_origin { NOTE_SAID, NOTE_DENIED, NOTE_REPORTED, NOTE_ANSWERED };

struct note_line {
    struct span text;              /* without a full stop */
    size_t spans[2][2], span_count; /* words of the input, first and last */
    enum talk_speaker speaker;
    enum note_origin origin;
    unsigned position;             /* in the transcript, 0 to 99 */
    size_t words;
    int score;                     /* thousandths; note_model.c */
    enum note_section section;
    const struct talk_sentence *sentence; /* NOTE_SAID: the words [from, to) that it tells; else NULL */
    size_t from, to;
    enum talk_speaker teller;      /* who is taken to have said it */
    bool medicine;                 /* it names one */
    int place;                     /* section of the note's template (template.h); below 0: not for this note */
    bool chosen;
};
struct note {
    struct note_line *lines;
    size_t count;
};

/* All lines that could stand in a note, in the order of the talk, with scores and sections; none is chosen. */
struct err note_lines(struct arena *arena, const struct lexicon *lexicon, const struct talk *talk, struct note *out);
/* How long a note may become: so many words of a hundred of the visit's, and some more. */
struct note_budget {
    unsigned percent, more;
};
/* Chooses the lines of the note among those that have a place. */
struct err note_choose(struct arena *arena, const struct lexicon *lexicon, struct note *note, size_t input_words, const struct note_budget *budget);
const char *note_section_name(enum note_section section);  /* "subjective" */

/* note_model.c: the learned weights. */
void note_model_rate(struct note_line *line);

#endif
