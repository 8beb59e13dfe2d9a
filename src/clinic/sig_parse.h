/* What the parts of the grammar share (sig.c, sig_time.c, sig_moment.c, sig_amount.c, sig_note.c, sig_check.c). */
#ifndef MEDSCRIBE_CLINIC_SIG_PARSE_H
#define MEDSCRIBE_CLINIC_SIG_PARSE_H
#include "clinic/sig_words.h"

struct sig_parse {
    struct arena *arena;
    struct sig *sig;
    const struct sig_setting *setting;
    const struct sig_term *terms;
    size_t count, at;
    struct sig_dose *now;       /* the dose that is being read */
    bool *read;                 /* term n was read */
    bool separated;             /* a separator stands before `at` */
    enum sig_when relation;     /* the last "before", "with", "after", for the meals that follow */
    bool has_relation, has_meal;
    size_t meal_end;            /* where the last meal ended */
    unsigned od_count, od_seen; /* "OD" in this dose, in the whole direction */
    const struct sig_term *ad;  /* the abbreviation "AD" in this dose */
    struct span question;       /* the first that came up */
    bool refused;               /* nothing of this direction may be presented */
};

/* The term at p->at + ahead, a term of kind UNKNOWN behind the end. */
const struct sig_term *sig_parse_peek(const struct sig_parse *p, size_t ahead);
bool sig_parse_is(const struct sig_parse *p, size_t ahead, enum sig_term_kind kind);
bool sig_parse_is_mark(const struct sig_parse *p, size_t ahead, char mark);
/* Marks n terms as read and goes on behind them. Always true. */
bool sig_parse_take(struct sig_parse *p, size_t n);
struct span sig_parse_text(const struct sig_parse *p, size_t from, size_t to); /* the bytes of terms [from, to) */
/* Keeps the first question; the pieces are joined. */
void sig_parse_ask(struct sig_parse *p, struct span before, struct span quoted, struct span after);
void sig_parse_ask_text(struct sig_parse *p, const char *text);
/* A number or a range at p->at + ahead; how many terms it takes, 0 = none. Asks when its writing is dangerous. */
size_t sig_parse_number(struct sig_parse *p, size_t ahead, struct sig_amount *out);
bool sig_parse_whole(int64_t millionths, unsigned max, unsigned *out);

/* Each reads one thing at p->at and returns true, or reads nothing and returns false. */
bool sig_amount_read(struct sig_parse *p);  /* dose, unit, route, site, method, medicine */
bool sig_time_read(struct sig_parse *p);    /* how often, how long, how many; and sig_moment_read */
bool sig_moment_read(struct sig_parse *p);  /* meals, parts of the day, the clock, days of the week */
bool sig_note_read(struct sig_parse *p);    /* maximum, as needed, instructions kept verbatim */
/* Begins the next dose; `then`: after the one before, else beside it. NULL when there are too many. */
struct sig_dose *sig_parse_next_dose(struct sig_parse *p, bool then);
void sig_check_dose(struct sig_parse *p);   /* settles a dose that was read to its end */
void sig_check_all(struct sig_parse *p);    /* settles the direction */

#endif
