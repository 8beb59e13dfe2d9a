/* What a denial reaches, and what an answer answers. */
#include "clinic/guard_private.h"

/* How far a denial reaches, in words. Lists of symptoms go on behind "denies" for long; of any other words only what is denied right
   before them is sure. */
enum { DENIAL_REACH = 8, LIST_REACH = 24, PAIR_REACH = 2, ANSWER_REACH = 25, ANSWER_BEGINS = 5, ANSWER_AFTER = 4, REFUSAL = 3 };

static bool is_denial(struct span word)
{
    static const char *const denials[] = {"no", "not", "never", "denies", "denied", "deny", "denying", "without", "none", "nothing", "nope", "nah", "negative", "n't", "neither", "nor", "cannot", "nobody",
                                          "don't", "doesn't", "didn't", "haven't", "hasn't", "hadn't", "isn't", "wasn't", "can't", "won't", "aren't", "weren't", "couldn't", "wouldn't", "shouldn't"};
    return GUARD_IN(word, denials);
}

static bool denies(const struct guard_text *t, size_t i)
{
    static const char *const answers[] = {"no", "nope", "nah", "none", "never"};
    static const char *const begins[] = {"i", "i'm", "i've", "i'd", "i'll", "it", "it's", "he", "he's", "she", "she's", "they", "they're", "they've", "we", "we're", "you", "you're", "my", "that", "that's",
                                         "there", "there's", "this", "the", "just", "but", "so", "well", "okay", "only", "everything", "your", "yeah", "not", "no", "never", "none", "nothing"};
    if (!GUARD_IN(t->words[i].text, answers)) return true;
    return !t->words[i].comma && !(i + 1 < t->count && GUARD_IN(t->words[i + 1].text, begins));
}

static bool begins_list(struct span word)
{
    static const char *const words[] = {"denies", "denied", "deny", "denying", "without", "negative", "no"};
    return GUARD_IN(word, words);
}

bool guard_turns(struct span word)
{
    static const char *const turns[] = {"but", "however", "although", "though", "except", "reports"};
    return GUARD_IN(word, turns);
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
    for (size_t k = i; k-- > 0 && k + LIST_REACH >= i && !t->words[k].ends;) {
        if (guard_turns(t->words[k].text)) return false;
        if (t->words[k].denies && (k + DENIAL_REACH >= i || begins_list(t->words[k].text))) return true;
    }
    return false;
}

static bool is_speaker(const struct guard_text *t, size_t i)
{
    static const char *const speakers[] = {"doctor", "patient", "dr", "pt", "guest", "family", "clinician", "physician", "provider"};
    const struct guard_word *w = &t->words[i];
    bool head = i == 0 || w[-1].row != w->row;
    return GUARD_IN(w->text, speakers) && (head || w[-1].speaker);
}

/* It only takes the floor. */
static bool is_empty(const struct guard_text *t, size_t i)
{
    static const char *const fillers[] = {"uh", "um", "hmm", "mm", "er", "ah", "oh", "well", "okay", "ok", "so", "honestly", "actually", "and"};
    return GUARD_IN(t->words[i].text, fillers) || t->words[i].speaker;
}

/* "no", "not really", "i do n't", "it has n't": but "no one is", "i do n't know", "i ca n't wait" answer something else. */
static bool refuses(const struct guard_text *t, size_t from, size_t to)
{
    static const char *const no[] = {"no", "nope", "nah", "never", "none", "not", "nothing", "denies", "negative"};
    static const char *const persons[] = {"i", "i've", "it", "it's", "he", "he's", "she", "she's", "they", "we", "there", "there's", "that", "that's"};
    static const char *const others[] = {"one", "know", "remember", "recall", "sure", "wait", "certain", "worries", "problem", "think"};
    size_t k = from;
    if (!GUARD_IN(t->words[k].text, no) && !GUARD_IN(t->words[k].text, persons)) return false;
    if (!GUARD_IN(t->words[k].text, no))
        while (k < to && k < from + REFUSAL && !t->words[k].denial) k++;
    if (k == to || k == from + REFUSAL) return false;
    return k + 1 == to || t->words[k].comma || !GUARD_IN(t->words[k + 1].text, others);
}

static enum guard_answer answer_of(const struct guard_text *t, const struct guard_sentence *s)
{
    static const char *const yes[] = {"yes", "yeah", "yep", "yup", "correct", "absolutely", "definitely", "exactly", "sure", "sometimes", "occasionally"};
    size_t from = s->from;
    while (from < s->to && is_empty(t, from)) from++;
    if (from == s->to) return GUARD_NO_ANSWER;
    bool affirms = GUARD_IN(t->words[from].text, yes), denied = false;
    const size_t reach = t->punctuated ? ANSWER_BEGINS : 1;
    for (size_t k = from; k < s->to && k < from + reach; k++) denied = denied || t->words[k].denial;
    if (affirms) return denied ? GUARD_NO_ANSWER : GUARD_YES;
    return !denied ? GUARD_NO_ANSWER : refuses(t, from, s->to) ? GUARD_NO : GUARD_PERHAPS_NO;
}

static bool is_silent(const struct guard_text *t, const struct guard_sentence *s)
{
    for (size_t k = s->from; k < s->to; k++)
        if (!is_empty(t, k)) return false;
    return true;
}

/* "any", "do you", "have you had": what else tells a question where nobody wrote who speaks and how. */
static bool sounds_asked(const struct guard_text *t, const struct guard_sentence *s)
{
    static const char *const verbs[] = {"do", "did", "does", "have", "has", "are", "were", "is", "was", "can", "could", "had"};
    static const char *const persons[] = {"you", "your", "there", "it", "that", "they", "he", "she", "any", "this"};
    for (size_t k = s->from; k < s->to; k++) {
        if (span_is(t->words[k].text, "any")) return true;
        if (k + 1 < s->to && GUARD_IN(t->words[k].text, verbs) && GUARD_IN(t->words[k + 1].text, persons)) return true;
    }
    return false;
}

/* Without question marks what ends a turn may ask, and the next turn's first word tells. */
static bool may_ask(const struct guard_text *t, unsigned sentence)
{
    const struct guard_word *last = &t->words[t->sentences[sentence].to - 1];
    if (t->questions) return last->asks;
    if (!t->turns) return !t->punctuated && sounds_asked(t, &t->sentences[sentence]);
    return sentence + 1u < t->sentence_count && t->words[t->sentences[sentence + 1u].from].row != last->row;
}

enum guard_answer guard_answer(const struct guard_text *t, unsigned sentence)
{
    const struct guard_sentence *asked = &t->sentences[sentence];
    bool others = false; /* said in between by who asked */
    if (!may_ask(t, sentence)) return GUARD_NO_ANSWER;
    for (size_t k = sentence + 1u; k < t->sentence_count && k <= sentence + (unsigned)ANSWER_AFTER; k++) {
        const struct guard_sentence *s = &t->sentences[k];
        bool same_turn = t->turns && t->words[s->from].row == t->words[asked->to - 1].row;
        if (is_silent(t, s)) continue;
        if (same_turn) {
            others = true;
            continue;
        }
        enum guard_answer answer = answer_of(t, s);
        return answer == GUARD_NO && others ? GUARD_PERHAPS_NO : answer;
    }
    return GUARD_NO_ANSWER;
}

/* Asked about, and the answer denies. Talk that tells nobody's turn: anything denied soon behind it. */
static bool denied_soon(const struct guard_text *t, size_t i)
{
    for (size_t k = i + 1; k < t->count && k < i + ANSWER_REACH; k++)
        if (t->words[k].denial) return true;
    return false;
}

void guard_scope_mark(struct guard_text *t)
{
    for (size_t i = 0; i < t->count; i++) {
        t->words[i].speaker = is_speaker(t, i);
        t->words[i].denial = is_denial(t->words[i].text);
        t->words[i].denies = t->words[i].denial && denies(t, i);
    }
    bool answered = false;
    for (size_t i = 0; i < t->count; i++) {
        struct guard_word *w = &t->words[i];
        if (i == 0 || w->sentence != w[-1].sentence) answered = guard_answer(t, w->sentence) >= GUARD_NO;
        w->denied_next = denied_within(t, i, PAIR_REACH);
        w->denied_in_list = denied_within(t, i, LIST_REACH);
        w->denied_before = w->denied_in_list && denied_before(t, i);
        w->denied_behind = t->punctuated || t->turns ? answered : denied_soon(t, i);
    }
}
