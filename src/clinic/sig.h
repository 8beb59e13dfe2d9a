/* Directions for taking a medicine ("1 tab PO BD x 5/7 AC"): the grammar and its result. What cannot be read for certain is
   not read: the direction then has a question for the doctor, and what it nevertheless holds is a proposal. */
#ifndef MEDSCRIBE_CLINIC_SIG_H
#define MEDSCRIBE_CLINIC_SIG_H
#include "base/arena.h"
#include "base/json.h"

enum sig_unit {
    SIG_UNIT_NONE,
    SIG_UNIT_TABLET, SIG_UNIT_CAPSULE, SIG_UNIT_PILL, SIG_UNIT_DROP, SIG_UNIT_PUFF, SIG_UNIT_SPRAY, SIG_UNIT_PATCH, SIG_UNIT_SUPPOSITORY,
    SIG_UNIT_PESSARY, SIG_UNIT_SACHET, SIG_UNIT_LOZENGE, SIG_UNIT_AMPOULE, SIG_UNIT_VIAL, SIG_UNIT_INJECTION, SIG_UNIT_APPLICATION,
    SIG_UNIT_SPOONFUL, SIG_UNIT_TEASPOON, SIG_UNIT_TABLESPOON, SIG_UNIT_RESPULE, SIG_UNIT_ROTACAP, SIG_UNIT_DOSE, SIG_UNIT_SCOOP, SIG_UNIT_APPLICATOR,
    SIG_UNIT_MG, SIG_UNIT_G, SIG_UNIT_MCG, SIG_UNIT_NG, SIG_UNIT_ML, SIG_UNIT_L, SIG_UNIT_UNIT, SIG_UNIT_IU, SIG_UNIT_MEQ, SIG_UNIT_MMOL,
    SIG_UNIT_PERCENT, SIG_UNIT_MG_KG, SIG_UNIT_MCG_KG, SIG_UNIT_ML_KG, SIG_UNIT_UNIT_KG, SIG_UNIT_MG_M2,
    SIG_UNIT_COUNT
};
enum sig_route {
    SIG_ROUTE_NONE,
    SIG_ROUTE_ORAL, SIG_ROUTE_SUBLINGUAL, SIG_ROUTE_BUCCAL, SIG_ROUTE_INTRAVENOUS, SIG_ROUTE_INTRAMUSCULAR, SIG_ROUTE_SUBCUTANEOUS,
    SIG_ROUTE_INTRADERMAL, SIG_ROUTE_RECTAL, SIG_ROUTE_VAGINAL, SIG_ROUTE_TOPICAL, SIG_ROUTE_TRANSDERMAL, SIG_ROUTE_OPHTHALMIC,
    SIG_ROUTE_OTIC, SIG_ROUTE_NASAL, SIG_ROUTE_INHALED, SIG_ROUTE_INTRAVITREAL, SIG_ROUTE_GARGLE,
    SIG_ROUTE_COUNT
};
/* Units of time, each a FHIR UnitsOfTime code. */
enum sig_time { SIG_TIME_NONE, SIG_TIME_SECOND, SIG_TIME_MINUTE, SIG_TIME_HOUR, SIG_TIME_DAY, SIG_TIME_WEEK, SIG_TIME_MONTH, SIG_TIME_YEAR, SIG_TIME_COUNT };
/* FHIR EventTiming; the meals stand together in the order any, breakfast, lunch, dinner. */
enum sig_when {
    SIG_WHEN_MORN_EARLY, SIG_WHEN_MORN, SIG_WHEN_NOON, SIG_WHEN_AFT, SIG_WHEN_EVE, SIG_WHEN_NIGHT, SIG_WHEN_HS, SIG_WHEN_WAKE,
    SIG_WHEN_C, SIG_WHEN_CM, SIG_WHEN_CD, SIG_WHEN_CV,
    SIG_WHEN_AC, SIG_WHEN_ACM, SIG_WHEN_ACD, SIG_WHEN_ACV,
    SIG_WHEN_PC, SIG_WHEN_PCM, SIG_WHEN_PCD, SIG_WHEN_PCV,
    SIG_WHEN_COUNT
};
enum sig_method { SIG_METHOD_NONE, SIG_METHOD_TAKE, SIG_METHOD_APPLY, SIG_METHOD_INSTILL, SIG_METHOD_INJECT, SIG_METHOD_INHALE, SIG_METHOD_INSERT,
                  SIG_METHOD_CHEW, SIG_METHOD_SWALLOW, SIG_METHOD_DRINK, SIG_METHOD_SPRAY, SIG_METHOD_GIVE, SIG_METHOD_USE, SIG_METHOD_DISSOLVE,
                  SIG_METHOD_GARGLE, SIG_METHOD_COUNT };
enum sig_site {
    SIG_SITE_NONE, SIG_SITE_EYE, SIG_SITE_EAR, SIG_SITE_NOSTRIL, SIG_SITE_NOSE, SIG_SITE_AREA, SIG_SITE_SKIN, SIG_SITE_SCALP, SIG_SITE_FACE,
    SIG_SITE_FOREHEAD, SIG_SITE_HAIR, SIG_SITE_ARM, SIG_SITE_LEG, SIG_SITE_HAND, SIG_SITE_FOOT, SIG_SITE_KNEE, SIG_SITE_SHOULDER, SIG_SITE_THIGH,
    SIG_SITE_ABDOMEN, SIG_SITE_BACK, SIG_SITE_NECK, SIG_SITE_CHEST, SIG_SITE_AXILLA, SIG_SITE_GROIN, SIG_SITE_BUTTOCK, SIG_SITE_LIP, SIG_SITE_MOUTH,
    SIG_SITE_GUM, SIG_SITE_TONGUE, SIG_SITE_THROAT, SIG_SITE_NAIL, SIG_SITE_WOUND, SIG_SITE_LESION, SIG_SITE_VAGINA, SIG_SITE_RECTUM, SIG_SITE_HEAD,
    SIG_SITE_EYELID, SIG_SITE_ELBOW, SIG_SITE_HEEL, SIG_SITE_ANKLE, SIG_SITE_FINGER, SIG_SITE_TOE, SIG_SITE_WRIST, SIG_SITE_CHEEK, SIG_SITE_RASH,
    SIG_SITE_BODY, SIG_SITE_COUNT
};
enum sig_side { SIG_SIDE_NONE, SIG_SIDE_LEFT, SIG_SIDE_RIGHT, SIG_SIDE_BOTH, SIG_SIDE_EACH, SIG_SIDE_AFFECTED, SIG_SIDE_COUNT };
/* The kind of preparation, as far as a reading depends on it. */
enum sig_form { SIG_FORM_UNKNOWN, SIG_FORM_TABLET, SIG_FORM_CAPSULE, SIG_FORM_LIQUID, SIG_FORM_INJECTION, SIG_FORM_DROPS, SIG_FORM_EYE, SIG_FORM_EAR,
                SIG_FORM_NASAL, SIG_FORM_INHALER, SIG_FORM_SKIN, SIG_FORM_SUPPOSITORY, SIG_FORM_PATCH, SIG_FORM_POWDER, SIG_FORM_OTHER };

/* Amounts, periods and durations are in millionths (sig_token.h); low = high unless a range; 0 = not given. */
struct sig_amount {
    int64_t low, high;
};
enum { SIG_TIMES_LIMIT = 8, SIG_NOTES_LIMIT = 6, SIG_DOSES_LIMIT = 12 };
struct sig_dose {
    unsigned sequence;             /* FHIR: equal numbers are concurrent, higher ones follow */
    size_t at, length;             /* bytes of the direction it was read from */
    bool has_amount;
    struct sig_amount amount;
    enum sig_unit unit;
    struct sig_amount strength;    /* "500 mg" beside "2 tablets" */
    enum sig_unit strength_unit;
    unsigned frequency, frequency_max;
    bool at_most;                  /* "up to 4 times a day": the figures are the most, there is no least */
    struct sig_amount period;
    enum sig_time period_unit;
    uint32_t when;                 /* bit n: enum sig_when n */
    unsigned offset_minutes;       /* before or after the event of `when` */
    unsigned times[SIG_TIMES_LIMIT], time_count; /* minutes of the day */
    uint8_t days;                  /* bit 0 Monday … 6 Sunday */
    unsigned count;                /* doses in all */
    struct sig_amount duration;
    enum sig_time duration_unit;
    bool duration_at_most;
    struct sig_amount over;        /* length of one administration */
    enum sig_time over_unit;
    bool has_maximum;
    int64_t maximum, maximum_period;
    enum sig_unit maximum_unit;
    enum sig_time maximum_period_unit;
    bool as_needed, at_once, as_directed;
    struct span reason;            /* of as_needed; the direction's own words */
    enum sig_route route;
    enum sig_method method;
    enum sig_site site;
    enum sig_side side;
    struct span site_text;         /* the direction's own words */
    struct span medicine;          /* named inside the direction */
    struct span notes[SIG_NOTES_LIMIT]; /* further instructions, verbatim */
    unsigned note_count;
};

struct sig {
    struct span text;
    enum sig_form form;
    struct sig_dose doses[SIG_DOSES_LIMIT];
    unsigned dose_count;
    bool understood;               /* everything was read, and no question is open */
    struct span question;          /* SPAN_NONE when understood */
    struct span leftover;          /* from the first to the last word that was not read */
};

struct lexicon;
struct sig_setting {
    enum sig_form form; /* of the medicine, when the page says it */
    bool eye_clinic;    /* the page is that of an eye doctor */
    bool after_name;    /* a medicine without a strength stands right before it: a first number may be that strength */
    const struct lexicon *lexicon; /* may be NULL */
};

/* Reads one direction. Memory, and what the result points to, is the arena's and text's. ERR_FULL only when the arena is. */
struct err sig_read(struct arena *arena, struct span text, const struct sig_setting *setting, struct sig *out);

/* The doses as a JSON array of FHIR R4 Dosage. */
void sig_fhir_put(struct json *j, const struct sig *sig);
/* One plain sentence a step, in English and in Hindi. `medicine` may be SPAN_NONE. */
void sig_say_english(struct buf *out, const struct sig *sig, struct span medicine);
void sig_say_hindi(struct buf *out, const struct sig *sig, struct span medicine);

#endif
