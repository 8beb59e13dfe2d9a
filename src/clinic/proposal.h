/* A draft that another engine proposed; all of it hostile. Apart from clinic.h, for those who read it with another JSON library. */
#ifndef MEDSCRIBE_CLINIC_PROPOSAL_H
#define MEDSCRIBE_CLINIC_PROPOSAL_H
#include "base/span.h"

struct clinic_proposed {
    struct span text, section; /* section: a name of the template's */
    size_t first, last;        /* the words that it comes from */
};
struct clinic_proposal {
    const struct clinic_proposed *lines;
    size_t count;
    struct span name, version, model; /* of the engine */
};

#endif
