/* What a draft affirms and its source denies, or the other way round. Symptoms are looked up where the source says most of what
   stands around them; all else by the words that stand together in both. */
#include "clinic/guard_private.h"

/* How far a denial reaches, in words, and an answer its question. Lists of symptoms go on behind "denies" for long; of any other words
   only what is denied right before them is sure. */
enum { PAIR_REACH = 2, DENIAL_REACH = 8, LIST_REACH = 24, ANSWER_REACH = 25, ANSWER_BEGINS = 5 };

static bool is_denial(struct span word)
{
    static const char *const denials[] = {"no", "not", "never", "denies", "denied", "deny", "without", "none", "nothing", "nope", "negative", "n't", "neither", "nor", "cannot",
                                          "don't", "doesn't", "didn't", "haven't", "hasn't", "hadn't", "isn't", "wasn't", "can't", "won't", "aren't", "weren't", "couldn't"};
    return GUARD_IN(word, denials);
}

/* "no, it went well", "no i'm fine": an answer, and what follows is not denied. */
static bool denies(const struct guard_text *t, size_t i)
{
    static const char *const answers[] = {"no", "nope", "none", "never"};
    static const char *const begins[] = {"i", "i'm", "i've", "i'd", "i'll", "it", "it's", "he", "he's", "she", "she's", "they", "they're", "they've", "we", "we're", "you", "you're", "my", "that", "that's",
                                         "there", "there's", "this", "the", "just", "but", "so", "well", "okay", "only", "everything", "your", "yeah", "not", "no"};
    if (!GUARD_IN(t->words[i].text, answers)) return true;
    return !t->words[i].comma && !(i + 1 < t->count && GUARD_IN(t->words[i + 1].text, begins));
}

static bool begins_list(struct span word)
{
    static const char *const words[] = {"denies", "denied", "deny", "without", "negative", "no"};
    return GUARD_IN(word, words);
}

static bool denied_within(const struct guard_text *t, size_t i, size_t reach)
{
    for (size_t k = i; k-- > 0 && k + reach >= i && !t->words[k].ends;)
        if (t->words[k].denies) return true;
    return false;
}

/* Denied before it in its own sentence, and nothing turned it round since. */
static bool denied_before(const struct guard_text *t, size_t i)
{
    static const char *const turns[] = {"but", "however", "although", "though", "except", "reports"};
    for (size_t k = i; k-- > 0 && k + LIST_REACH >= i && !t->words[k].ends;) {
        if (GUARD_IN(t->words[k].text, turns)) return false;
        if (t->words[k].denies && (k + DENIAL_REACH >= i || begins_list(t->words[k].text))) return true;
    }
    return false;
}

/* Asked about, and the answer begins with a denial. Talk without punctuation: anything denied soon behind it. */
static bool denied_behind(const struct guard_text *t, size_t i)
{
    size_t k = i;
    while (t->punctuated && k < t->count && k < i + ANSWER_REACH && !t->words[k].ends) k++;
    if (t->punctuated && (k >= t->count || !t->words[k].asks)) return false;
    const size_t end = t->punctuated ? k + 1 + ANSWER_BEGINS : i + ANSWER_REACH;
    for (k++; k < t->count && k < end; k++)
        if (t->words[k].denial) return true;
    return false;
}

void guard_denial_mark(struct guard_text *t)
{
    for (size_t i = 0; i < t->count; i++) {
        t->words[i].denial = is_denial(t->words[i].text);
        t->words[i].denies = t->words[i].denial && denies(t, i);
    }
    for (size_t i = 0; i < t->count; i++) {
        struct guard_word *w = &t->words[i];
        w->denied_next = denied_within(t, i, PAIR_REACH);
        w->denied_in_list = denied_within(t, i, LIST_REACH);
        w->denied_before = w->denied_in_list && denied_before(t, i);
        w->denied_behind = denied_behind(t, i);
    }
}

static bool is_symptom(struct span word)
{
    static const char *const symptoms[] = {"fever", "fevers", "chills", "cough", "coughing", "pain", "nausea", "vomiting", "diarrhea", "constipation", "headache", "headaches", "dizziness",
                                           "swelling", "rash", "bleeding", "numbness", "tingling", "weakness", "fatigue", "wheezing", "palpitations", "discharge", "itching", "redness",
                                           "tenderness", "edema", "fracture", "fractures", "allergies", "diabetes", "hypertension", "asthma", "smoking", "seizures", "syncope", "jaundice",
                                           "dyspnea", "breath", "murmur", "infection", "cancer", "pregnant", "congestion", "sweats", "hemoptysis", "erythema", "crackles", "rales"};
    return GUARD_IN(word, symptoms);
}

struct said {
    unsigned best;               /* how much of what stands around it stands there */
    bool denied, answered, affirmed;
};

static void ask_source(struct guard *g, size_t i, struct said *out)
{
    struct guard_company company;
    guard_company_of(g, i, &company);
    *out = (struct said){0};
    int at = g->here[i];
    for (size_t n = 0; at != GUARD_NONE && n < GUARD_PLACES; n++, at = g->source.words[at].next_same) {
        unsigned near = guard_near(g, &company, (size_t)at);
        if (near < out->best) continue;
        if (near > out->best) *out = (struct said){.best = near};
        bool before = g->source.words[at].denied_before, behind = g->source.words[at].denied_behind;
        out->denied = out->denied || before;
        out->answered = out->answered || behind;
        out->affirmed = out->affirmed || !(before || (behind && g->source.punctuated));
    }
}

/* A sentence that denies something did not lose its denial, wherever that stands. */
static bool denies_somewhere(const struct guard *g, size_t i)
{
    const struct guard_word *words = g->draft.words;
    size_t from = i;
    while (from > 0 && !words[from - 1].ends && from + LIST_REACH > i) from--;
    for (size_t k = from; k < g->draft.count && k < i + LIST_REACH; k++) {
        if (words[k].denial) return true;
        if (words[k].ends) break;
    }
    return false;
}

/* Two words that stand together in both texts: a denial right before them in one only? The reach differs, so that a denial that only
   moved ("doesn't really hurt", "does not hurt") is none that was lost. */
static bool pair_differs(struct guard *g, size_t i)
{
    static const char *const ours[] = {"patient", "patient's", "any"}; /* words that a summary brings along */
    const struct guard_word *b = &g->draft.words[i];
    if (b->ends || i + 1 >= g->draft.count || b->number || b[1].number || g->here[i] == GUARD_NONE || g->here[i + 1] == GUARD_NONE) return false;
    if (!b->content && !b[1].content) return false;
    if (b->denial || b[1].denial || GUARD_IN(b->text, ours) || GUARD_IN(b[1].text, ours)) return false;
    bool near_here = b->denied_next, far_here = b->denied_in_list, any = false, all = true, none = true;
    if (far_here && !near_here) return false;
    int at = g->here[i];
    for (size_t n = 0; at != GUARD_NONE && n < GUARD_PLACES && g->work < GUARD_WORK; n++, g->work++, at = g->source.words[at].next_same) {
        const struct guard_word *s = &g->source.words[at];
        if (s->ends || (size_t)at + 1 >= g->source.count || s[1].id != g->here[i + 1]) continue;
        any = true;
        all = all && (s->denied_next || (s->denied_behind && g->source.punctuated));
        none = none && !s->denied_behind && !s->denied_in_list;
    }
    return any && (near_here ? none : all && !far_here);
}

void guard_check_denial(struct guard *g, size_t i)
{
    bool symptom = is_symptom(g->draft.words[i].text), wrong = false;
    if (symptom) {
        struct said said;
        ask_source(g, i, &said);
        if (g->draft.words[i].denied_before) wrong = !said.denied && !said.answered;
        else wrong = !said.affirmed && (said.denied || said.answered) && !denies_somewhere(g, i);
    }
    wrong = wrong || pair_differs(g, i);
    if (!wrong || g->denial_told) return;
    guard_found(g, CLINIC_FINDING_NEGATION, i, i);
    g->denial_told = true;
}
