/* Symptoms and findings that a draft may affirm or deny, with the other words that people have for the same: who says "dyspnea" was told
   of shortness of breath. */
#include "clinic/guard_private.h"

static const char *const groups[][GUARD_NAMES] = {
    {"fever", "fevers", "febrile"}, {"chills", "chill"}, {"cough", "coughing", "coughs"}, {"pain", "pains", "painful", "hurt"}, {"nausea", "nauseous", "nauseated"},
    {"vomiting", "emesis", "vomited", "vomit"}, {"diarrhea", "diarrhoea"}, {"constipation", "constipated"}, {"headache", "headaches"}, {"dizziness", "dizzy"},
    {"swelling", "edema", "swollen", "oedema"}, {"rash", "rashes"}, {"bleeding", "bleed"}, {"numbness", "numb"}, {"tingling", "tingly"}, {"weakness", "weak"},
    {"fatigue", "tired", "fatigued", "tiredness"}, {"wheezing", "wheezes", "wheeze"}, {"palpitations", "palpitation"}, {"discharge"}, {"itching", "itchy", "pruritus"},
    {"redness", "erythema", "red"}, {"tenderness", "tender"}, {"fracture", "fractures", "fractured", "broken"}, {"allergies", "allergy", "allergic"}, {"diabetes", "diabetic"},
    {"hypertension", "hypertensive"}, {"asthma"}, {"smoking", "smoke", "smoker", "smokes"}, {"seizures", "seizure"}, {"syncope", "fainted", "faint"}, {"jaundice"},
    {"breath", "dyspnea", "breathing", "breathlessness"}, {"murmur", "murmurs"}, {"infection", "infections"}, {"cancer", "cancers"}, {"pregnant", "pregnancy"}, {"congestion", "congested"},
    {"sweats", "sweating"}, {"hemoptysis"}, {"crackles", "rales", "crackle"}, {"bruit", "bruits"}, {"hematuria"}, {"dysphagia", "swallowing"},
};

static bool is_of(struct span word, const char *const *group)
{
    for (unsigned n = 0; n < GUARD_NAMES && group[n] != NULL; n++)
        if (span_is(word, group[n])) return true;
    return false;
}

bool guard_symptom(const struct guard_text *source, struct span word, int places[static GUARD_NAMES])
{
    for (size_t k = 0; k < sizeof groups / sizeof *groups; k++) {
        if (!is_of(word, groups[k])) continue;
        for (unsigned n = 0; n < GUARD_NAMES; n++) places[n] = groups[k][n] == NULL ? GUARD_NONE : guard_words_find(source, span_text(groups[k][n]));
        return true;
    }
    return false;
}
