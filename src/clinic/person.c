#include "clinic/person.h"

struct teller {
    struct buf *out;
    const struct talk_sentence *s;
    size_t at, to;
    enum talk_speaker speaker;
    char pronoun;
    bool named;   /* "the patient" was said */
    bool capital; /* of the next word */
    bool third;   /* the word before was a subject that became the third person */
    bool comma;   /* before the next word */
};

static void put(struct teller *t, struct span word)
{
    if (word.n == 0) return;
    if (t->comma && t->out->n > 0) buf_put_byte(t->out, ',');
    t->comma = false;
    if (t->out->n > 0 && t->out->p[t->out->n - 1] != '\n') buf_put_byte(t->out, ' ');
    uint8_t first = word.p[0];
    bool upper = t->capital && first >= 'a' && first <= 'z';
    t->capital = false;
    buf_put_byte(t->out, upper ? (uint8_t)(first - 'a' + 'A') : first);
    buf_put_span(t->out, span_sub(word, 1, word.n));
}

static void put_text(struct teller *t, const char *text) { put(t, span_text(text)); }

static const char *subject(struct teller *t)
{
    if (!t->named || t->pronoun == 't') {
        t->named = true;
        return "the patient";
    }
    return t->pronoun == 'h' ? "he" : "she";
}
static const char *object(const struct teller *t) { return t->pronoun == 'h' ? "him" : t->pronoun == 's' ? "her" : "the patient"; }
static const char *owner(const struct teller *t) { return t->pronoun == 'h' ? "his" : t->pronoun == 's' ? "her" : "their"; }

static const struct talk_word *word_at(const struct teller *t, size_t ahead) { return t->at + ahead < t->to ? &t->s->words[t->at + ahead] : NULL; }
static bool is(const struct teller *t, size_t ahead, const char *text) { return word_at(t, ahead) != NULL && talk_is(word_at(t, ahead), text); }

/* The verb behind a subject that was "i" or "you". */
static const char *verb_of_third(struct span verb)
{
    static const struct { const char *plain, *third; } verbs[] = {
        {"am", "is"}, {"are", "is"}, {"have", "has"}, {"do", "does"}, {"don't", "does not"}, {"haven't", "has not"}, {"were", "was"}, {"aren't", "is not"},
        {"take", "takes"}, {"feel", "feels"}, {"get", "gets"}, {"think", "thinks"}, {"know", "knows"}, {"need", "needs"}, {"want", "wants"}, {"use", "uses"},
        {"see", "sees"}, {"work", "works"}, {"live", "lives"}, {"try", "tries"}, {"go", "goes"}, {"eat", "eats"}, {"drink", "drinks"}, {"smoke", "smokes"},
        {"sleep", "sleeps"}, {"walk", "walks"}, {"run", "runs"}, {"like", "likes"}, {"love", "loves"}, {"say", "says"}, {"mean", "means"}, {"guess", "guesses"},
        {"notice", "notices"}, {"wake", "wakes"}, {"hear", "hears"}, {"make", "makes"}, {"remember", "remembers"}, {"believe", "believes"}, {"start", "starts"},
        {"keep", "keeps"}, {"look", "looks"}, {"hope", "hopes"}, {"come", "comes"}, {"forget", "forgets"}, {"play", "plays"}, {"exercise", "exercises"},
        {"cough", "coughs"}, {"stay", "stays"}, {"move", "moves"}, {"stand", "stands"}, {"sit", "sits"}, {"check", "checks"}, {"weren't", "was not"}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (span_is(verb, verbs[i].plain)) return verbs[i].third;
    return NULL;
}

static const char *long_form(struct span word)
{
    static const struct { const char *short_form, *long_form; } forms[] = {
        {"don't", "do not"}, {"doesn't", "does not"}, {"didn't", "did not"}, {"can't", "cannot"}, {"isn't", "is not"}, {"wasn't", "was not"}, {"won't", "will not"},
        {"haven't", "have not"}, {"hasn't", "has not"}, {"hadn't", "had not"}, {"couldn't", "could not"}, {"wouldn't", "would not"}, {"shouldn't", "should not"},
        {"aren't", "are not"}, {"weren't", "were not"}, {"gonna", "going to"}, {"wanna", "want to"}, {"it's", "it is"}, {"that's", "that is"}, {"there's", "there is"},
        {"they're", "they are"}, {"we're", "we are"}, {"we'll", "we will"}, {"we've", "we have"}, {"it'll", "it will"}, {"he's", "he is"}, {"she's", "she is"},
        {"let's", "we will"}, {"milligrams", "mg"}, {"milligram", "mg"}, {"kinda", "kind of"}, {"'em", "them"}, {"'cause", "because"}, {"cuz", "because"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (span_is(word, forms[i].short_form)) return forms[i].long_form;
    return NULL;
}

/* First or second person, whoever of the two is the patient. */
static bool of_patient(struct teller *t)
{
    static const struct { const char *word; char kind; const char *verb; } patient[] = {
        {"i", 's', NULL}, {"i'm", 's', "is"}, {"i've", 's', "has"}, {"i'd", 's', "would"}, {"i'll", 's', "will"}, {"me", 'o', NULL}, {"my", 'p', NULL},
        {"mine", 'p', NULL}, {"myself", 'r', NULL}};
    static const struct { const char *word; char kind; const char *verb; } doctor[] = {
        {"you", 's', NULL}, {"you're", 's', "is"}, {"you've", 's', "has"}, {"you'd", 's', "would"}, {"you'll", 's', "will"}, {"your", 'p', NULL},
        {"yours", 'p', NULL}, {"yourself", 'r', NULL}};
    size_t count = t->speaker == TALK_DOCTOR ? sizeof doctor / sizeof *doctor : sizeof patient / sizeof *patient;
    for (size_t i = 0; i < count; i++) {
        const char *word = t->speaker == TALK_DOCTOR ? doctor[i].word : patient[i].word;
        char kind = t->speaker == TALK_DOCTOR ? doctor[i].kind : patient[i].kind;
        const char *verb = t->speaker == TALK_DOCTOR ? doctor[i].verb : patient[i].verb;
        if (!is(t, 0, word)) continue;
        static const char *const before_object[] = {"to", "for", "with", "of", "on", "see", "give", "tell", "help", "send", "start", "let", "have", "get", "put", "refer", "at", "about", "bothering", "giving"};
        bool is_object = false;
        for (size_t k = 0; t->at > 0 && verb == NULL && k < sizeof before_object / sizeof *before_object; k++)
            is_object = is_object || talk_is(&t->s->words[t->at - 1], before_object[k]);
        if (kind == 'o' || (kind == 's' && is_object && t->speaker == TALK_DOCTOR)) put_text(t, object(t));
        else if (kind == 'p' && !t->named && t->out->n == 0) {
            put_text(t, "the patient's");
            t->named = true;
        } else if (kind == 'p') put_text(t, owner(t));
        else if (kind == 'r') put_text(t, t->pronoun == 'h' ? "himself" : t->pronoun == 's' ? "herself" : "themselves");
        else {
            put_text(t, subject(t));
            if (verb != NULL) put_text(t, verb);
            t->third = verb == NULL;
        }
        t->at++;
        return true;
    }
    return false;
}

/* The patient's own first person, said to them. */
static bool addressed(struct teller *t)
{
    static const struct { const char *said, *told; } words[] = {
        {"i", "you"}, {"i'm", "you are"}, {"i've", "you have"}, {"i'd", "you would"}, {"i'll", "you will"}, {"me", "you"}, {"my", "your"},
        {"mine", "yours"}, {"myself", "yourself"}, {"am", "are"}};
    for (size_t i = 0; t->speaker != TALK_DOCTOR && i < sizeof words / sizeof *words; i++) {
        if (!is(t, 0, words[i].said)) continue;
        put_text(t, words[i].told);
        t->at++;
        return true;
    }
    return false;
}

/* Idioms of talk that a note says shorter; the meaning is the same. */
static bool idiom(struct teller *t)
{
    if (is(t, 0, "you") && is(t, 1, "know")) { t->at += 2; return true; }
    if (is(t, 0, "i") && is(t, 1, "mean")) { t->at += 2; return true; }
    bool been = is(t, 1, "been") || is(t, 1, "gotten") || is(t, 1, "got") || is(t, 1, "had");
    if (been && (is(t, 0, "it's") || is(t, 0, "that's") || is(t, 0, "there's") || is(t, 0, "he's") || is(t, 0, "she's"))) {
        put_text(t, is(t, 0, "it's") ? "it has" : is(t, 0, "that's") ? "that has" : is(t, 0, "there's") ? "there has" : is(t, 0, "he's") ? "he has" : "she has");
        t->at++;
        return true;
    }
    if (is(t, 0, "go") && is(t, 1, "ahead") && is(t, 2, "and")) { t->at += 3; return true; }
    if (t->speaker == TALK_DOCTOR && (is(t, 0, "i'm") || is(t, 0, "we're")) && (is(t, 1, "gonna") || (is(t, 1, "going") && is(t, 2, "to")))) {
        put_text(t, is(t, 0, "i'm") ? "I will" : "we will");
        t->at += is(t, 1, "gonna") ? 2 : 3;
        return true;
    }
    if (t->speaker == TALK_DOCTOR && (is(t, 0, "i'll") || is(t, 0, "i'd") || is(t, 0, "i've") || is(t, 0, "i'm"))) {
        put_text(t, is(t, 0, "i'll") ? "I will" : is(t, 0, "i'd") ? "I would" : is(t, 0, "i've") ? "I have" : "I am");
        t->at++;
        return true;
    }
    return false;
}

static void one(struct teller *t)
{
    const struct talk_word *w = word_at(t, 0);
    bool comma = w->comma;
    if (idiom(t) || (t->pronoun == PERSON_ADDRESSED ? addressed(t) : of_patient(t))) {
        t->comma = comma && t->at < t->to;
        return;
    }
    static const char *const adverbs[] = {"also", "just", "still", "really", "never", "always", "usually", "actually", "only", "probably", "definitely", "currently", "no", "longer"};
    bool adverb = false;
    for (size_t i = 0; i < sizeof adverbs / sizeof *adverbs; i++) adverb = adverb || talk_is(w, adverbs[i]);
    const char *third = t->third ? verb_of_third(w->text) : NULL;
    const char *longer = third == NULL ? long_form(w->text) : NULL;
    if (third != NULL) put_text(t, third);
    else if (longer != NULL) put_text(t, longer);
    else if (talk_is(w, "i")) put_text(t, "I");
    else put(t, w->text);
    if (!adverb) t->third = false;
    t->at++;
    t->comma = comma && t->at < t->to;
}

void person_put(struct buf *out, const struct talk_sentence *sentence, size_t from, size_t to, enum talk_speaker speaker, char pronoun, bool capital)
{
    struct teller t = {.out = out, .s = sentence, .at = from, .to = to, .speaker = speaker, .pronoun = pronoun, .capital = capital};
    while (t.at < t.to) one(&t);
}
