/* Is the strength of a medicine one that products have? A round nought that was read as a 2 or an 8 turns 20 mg into 22 mg: what
   is out of the ordinary is asked about, never changed. */
#ifndef MEDSCRIBE_CLINIC_STRENGTH_H
#define MEDSCRIBE_CLINIC_STRENGTH_H
#include "base/span.h"

/* `name`: of the medicine, in lower case. False for a whole number of 10 or more mg or mcg that no common product has ("22 mg", "4808mg"), for
   nanograms, for numbers that lose or gain a point easily ("05", ".5", "0,5", "1.000"), for milligrams of what is given in micrograms, and for doses
   by weight. Anything of another shape (two numbers, a fraction, g, IU, per cent) is not judged. */
bool strength_is_usual(struct span name, struct span strength);

#endif
