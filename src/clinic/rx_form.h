/* Words for the form of a medicine: "tab", "syp", "oint". */
#ifndef MEDSCRIBE_CLINIC_RX_FORM_H
#define MEDSCRIBE_CLINIC_RX_FORM_H
#include "clinic/sig.h"

/* A word in lower case; SIG_FORM_UNKNOWN when it is none. "t" and "c" are some. */
enum sig_form rx_form_of(struct span word);
/* The same with one letter misread. */
enum sig_form rx_form_like(struct span word);

#endif
