/* Medicines on the page of a prescription: what is a medicine line, and what its parts are. */
#ifndef MEDSCRIBE_CLINIC_RX_H
#define MEDSCRIBE_CLINIC_RX_H
#include "clinic/medicine.h"
#include "clinic/sig.h"

struct rx_medicine {
    struct span form, name, strength; /* as written; SPAN_NONE where there is none */
    enum sig_form kind;
    struct span suggestions[MEDICINE_SUGGESTIONS]; /* names of medicines like an unknown one */
    size_t suggestion_count;
    bool known;       /* the name is on the lists of medicines */
    bool own;         /* on that of the clinic */
    bool form_doubtful; /* the form was read with a spelling mistake */
    size_t from, rest; /* bytes of the line: the medicine begins, what stands behind it begins */
};

enum rx_line { RX_LINE_OTHER, RX_LINE_MEDICINE, RX_LINE_START, RX_LINE_ADVICE, RX_LINE_ADMINISTRATIVE };

/* What a line is; a medicine line fills *out. `inside`: a medicine or the sign Rx was seen before on this page. */
struct err rx_line_read(struct arena *arena, const struct lexicon *lexicon, struct span line, bool inside, enum rx_line *kind, struct rx_medicine *out);

#endif
