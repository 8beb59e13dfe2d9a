/* A transcript cut into sentences: by punctuation where there is any, else by speaker, by pauses and by words that end or
   begin one (learned). Fillers and stammers are left out; nothing else is. */
#ifndef MEDSCRIBE_CLINIC_TALK_H
#define MEDSCRIBE_CLINIC_TALK_H
#include "clinic/page.h"

enum talk_speaker { TALK_UNKNOWN, TALK_DOCTOR, TALK_PATIENT };

struct talk_word {
    struct span text;  /* lower case, without punctuation; "n't" joined to its verb */
    size_t at;         /* the (first) word of the input */
    bool comma;        /* a comma stood behind it */
};
struct talk_sentence {
    struct talk_word *words;
    size_t count;
    size_t first, last; /* words of the input, with fillers */
    enum talk_speaker speaker;
    bool question;
    char answer;        /* it begins with a yes 'y' or a no 'n'; 0 = neither */
    size_t turn;
    int64_t start_ms;
};
struct talk {
    struct talk_sentence *sentences;
    size_t count;
    size_t turns;
    bool labelled;      /* the input names its speakers */
    bool punctuated;    /* there are full stops */
    char pronoun;       /* of the patient: 'h' he, 's' she, 't' not said */
};

/* A pause this long ends a sentence of recognised speech. The median pause at full stops in read English is 0.6 to 0.8 s
   (Goldman-Eisler 1968; Campione & Veronis 2002). */
enum { TALK_PAUSE_MS = 600 };

struct err talk_read(struct arena *arena, const struct page *page, struct talk *out);
/* talk_boundary.c: does a sentence end here, as far as the words tell? Two before and two behind, in order; empty where there is none. */
bool talk_boundary(const struct span before[static 2], const struct span behind[static 2]);
bool talk_is_number(struct span word); /* in digits or in words */
bool talk_is(const struct talk_word *word, const char *text);

#endif
