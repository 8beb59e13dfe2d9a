#include "clinic/rx_form.h"

#include "clinic/near.h"

struct form_word {
    const char *word;
    enum sig_form form;
};
static const struct form_word forms[] = {
    {"tab", SIG_FORM_TABLET}, {"tabs", SIG_FORM_TABLET}, {"tablet", SIG_FORM_TABLET}, {"tablets", SIG_FORM_TABLET}, {"t", SIG_FORM_TABLET},
    {"cap", SIG_FORM_CAPSULE}, {"caps", SIG_FORM_CAPSULE}, {"capsule", SIG_FORM_CAPSULE}, {"capsules", SIG_FORM_CAPSULE}, {"c", SIG_FORM_CAPSULE},
    {"syp", SIG_FORM_LIQUID}, {"syr", SIG_FORM_LIQUID}, {"syrup", SIG_FORM_LIQUID}, {"susp", SIG_FORM_LIQUID}, {"suspension", SIG_FORM_LIQUID},
    {"liq", SIG_FORM_LIQUID}, {"liquid", SIG_FORM_LIQUID}, {"elixir", SIG_FORM_LIQUID}, {"linctus", SIG_FORM_LIQUID}, {"mixture", SIG_FORM_LIQUID},
    {"inj", SIG_FORM_INJECTION}, {"injection", SIG_FORM_INJECTION}, {"vial", SIG_FORM_INJECTION}, {"amp", SIG_FORM_INJECTION}, {"ampoule", SIG_FORM_INJECTION},
    {"eyedrops", SIG_FORM_EYE}, {"eardrops", SIG_FORM_EAR}, {"drops", SIG_FORM_DROPS}, {"drop", SIG_FORM_DROPS}, {"gtt", SIG_FORM_DROPS},
    {"oint", SIG_FORM_SKIN}, {"ointment", SIG_FORM_SKIN}, {"cream", SIG_FORM_SKIN}, {"crm", SIG_FORM_SKIN}, {"gel", SIG_FORM_SKIN}, {"lotion", SIG_FORM_SKIN},
    {"shampoo", SIG_FORM_SKIN}, {"soap", SIG_FORM_SKIN}, {"inhaler", SIG_FORM_INHALER}, {"inh", SIG_FORM_INHALER}, {"rotacap", SIG_FORM_INHALER},
    {"rotacaps", SIG_FORM_INHALER}, {"mdi", SIG_FORM_INHALER}, {"respules", SIG_FORM_INHALER}, {"respule", SIG_FORM_INHALER}, {"neb", SIG_FORM_INHALER},
    {"sachet", SIG_FORM_POWDER}, {"sachets", SIG_FORM_POWDER}, {"powder", SIG_FORM_POWDER}, {"granules", SIG_FORM_POWDER},
    {"supp", SIG_FORM_SUPPOSITORY}, {"suppository", SIG_FORM_SUPPOSITORY}, {"suppositories", SIG_FORM_SUPPOSITORY}, {"patch", SIG_FORM_PATCH},
    {"spray", SIG_FORM_NASAL}, {"soln", SIG_FORM_OTHER}, {"solution", SIG_FORM_OTHER}, {"mouthwash", SIG_FORM_OTHER}, {"gargle", SIG_FORM_OTHER},
    {"lozenge", SIG_FORM_OTHER}, {"lozenges", SIG_FORM_OTHER}, {"pessary", SIG_FORM_OTHER}, {"paint", SIG_FORM_SKIN}, {"paste", SIG_FORM_OTHER}};
enum { FORMS = sizeof forms / sizeof *forms };

enum sig_form rx_form_of(struct span word)
{
    for (size_t i = 0; i < FORMS; i++)
        if (span_is(word, forms[i].word)) return forms[i].form;
    return SIG_FORM_UNKNOWN;
}

enum sig_form rx_form_like(struct span word)
{
    for (size_t i = 0; i < FORMS; i++) {
        struct span form = span_text(forms[i].word);
        if (form.n == word.n && near_distance(word, form, 1) <= 1) return forms[i].form;
    }
    return SIG_FORM_UNKNOWN;
}
