/* How units, routes, times and places are called: in English, in Hindi and in FHIR's code systems. */
#ifndef MEDSCRIBE_CLINIC_SIG_NAMES_H
#define MEDSCRIBE_CLINIC_SIG_NAMES_H
#include "clinic/sig.h"

struct sig_unit_names {
    const char *one, *many, *hindi, *code; /* code: UCUM for measures, v3-orderableDrugForm for forms, NULL = none */
    bool measure;
};
struct sig_route_names {
    const char *english, *hindi, *snomed, *display;
};
struct sig_time_names {
    const char *one, *many, *hindi, *code; /* FHIR UnitsOfTime = UCUM */
};
struct sig_when_names {
    const char *code, *english, *hindi;
};
struct sig_method_names {
    const char *english, *hindi;
};
struct sig_place_names {
    const char *english, *hindi;
};

const struct sig_unit_names *sig_names_unit(enum sig_unit unit);
const struct sig_route_names *sig_names_route(enum sig_route route);
const struct sig_time_names *sig_names_time(enum sig_time time);
const struct sig_when_names *sig_names_when(enum sig_when when);
const struct sig_method_names *sig_names_method(enum sig_method method);
const struct sig_place_names *sig_names_site(enum sig_site site);
const struct sig_place_names *sig_names_side(enum sig_side side);
const struct sig_when_names *sig_names_weekday(unsigned day); /* 0 = Monday; code is FHIR's */
/* The amount in decimal: "0.5". */
void sig_names_put_decimal(struct buf *out, int64_t millionths);

#endif
