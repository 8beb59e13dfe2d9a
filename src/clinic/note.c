#include "clinic/note.h"

#include "clinic/medicine.h"
#include "clinic/near.h"
#include "clinic/person.h"

#include <stdlib.h>

enum { LINE_MAX_BYTES = 4096, WORDS_LEAST = 3, PSEUDO_MAX = 80 };

struct maker {
    struct arena *arena;
    const struct lexicon *lexicon;
    const struct talk *talk;
    struct note *note;
    size_t room;
    const struct talk_sentence *told; /* an answer that was told with its question */
};

static bool is(const struct talk_sentence *s, size_t i, const char *word) { return i < s->count && talk_is(&s->words[i], word); }

static void add(struct maker *m, struct buf *text, const struct talk_sentence *a, const struct talk_sentence *b, enum note_origin origin, size_t words)
{
    if (m->note->count == m->room || text->failed || text->n == 0) return;
    struct note_line *line = &m->note->lines[m->note->count++];
    *line = (struct note_line){.text = arena_copy(m->arena, buf_span(text)), .speaker = a->speaker, .origin = origin, .words = words, .span_count = 1};
    line->spans[0][0] = a->first;
    line->spans[0][1] = a->last;
    if (b != NULL) {
        line->spans[1][0] = b->first;
        line->spans[1][1] = b->last;
        line->span_count = 2;
    }
    size_t whole = m->talk->sentences[m->talk->count - 1].last + 1;
    line->position = (unsigned)(a->first * 100 / whole);
}

/* Where the things that were asked about begin: behind "any", "any other symptoms like". 0 = no such question. */
static size_t asked_things(const struct talk_sentence *q)
{
    for (size_t i = 0; i < q->count && i < 8; i++) {
        if (!is(q, i, "any")) continue;
        size_t at = i + 1;
        if (is(q, at, "other") || is(q, at, "additional") || is(q, at, "associated")) at++;
        if (is(q, at, "symptoms") || is(q, at, "issues") || is(q, at, "problems")) {
            if (is(q, at + 1, "like") || is(q, at + 1, "with") || is(q, at + 1, "of") || is(q, at + 1, "including")) at += 2;
            else if (is(q, at + 1, "such") && is(q, at + 2, "as")) at += 3;
            else return i + 1;
        }
        return at < q->count ? at : 0;
    }
    return 0;
}

static size_t asked_end(const struct talk_sentence *q)
{
    size_t to = q->count;
    if (to > 2 && is(q, to - 3, "anything") && is(q, to - 2, "like") && is(q, to - 1, "that")) to -= 3;
    if (to > 1 && (is(q, to - 2, "or") && is(q, to - 1, "anything"))) to -= 2;
    while (to > 0 && (is(q, to - 1, "or") || is(q, to - 1, "and") || is(q, to - 1, "okay") || is(q, to - 1, "right") || is(q, to - 1, "correct"))) to--;
    return to;
}

static bool is_one_of(struct span word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(word, list[i])) return true;
    return false;
}
#define IN(word, list) is_one_of((word), (list), sizeof(list) / sizeof *(list))

static bool says(const struct talk_sentence *s, struct span word)
{
    for (size_t i = 0; i < s->count; i++)
        if (span_equal(s->words[i].text, word)) return true;
    return false;
}

/* "two tablets ?" "yes, three actually": another number than was asked about. */
static bool brings_a_number(const struct talk_sentence *q, const struct talk_sentence *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (talk_is_number(a->words[i].text) && !says(q, a->words[i].text)) return true;
    return false;
}

/* Does the answer hold as it begins? "no, well, a little", "not really, maybe", "yeah no" do not: they stand for themselves. */
static bool is_plain_answer(const struct talk_sentence *q, const struct talk_sentence *a)
{
    static const char *const unsure[] = {"maybe", "perhaps", "probably", "possibly", "might", "guess", "suppose", "sometimes", "occasionally", "usually", "rarely", "only", "except", "sure"};
    static const char *const turns[] = {"but", "just", "although", "though", "unless", "apart", "besides", "well", "little", "bit", "some", "slight", "slightly", "mild", "once", "twice",
                                        "idea", "always", "often", "much", "many", "yet", "checked", "measured", "certain", "problem", "worries", "mind", "now", "today", "recently",
                                        "lately", "yesterday"};
    static const char *const yes[] = {"yes", "yeah", "yep", "yup"}, *const no[] = {"no", "nope", "nah", "not"};
    bool denies = a->answer == 'n';
    if (brings_a_number(q, a)) return false;
    for (size_t i = 0; i < a->count; i++) {
        struct span word = a->words[i].text;
        if (IN(word, unsure) || (denies ? IN(word, turns) || IN(word, yes) : IN(word, no))) return false;
    }
    return true;
}

/* Of several things that were asked about, the answer names some: "any fever or chills ?" "yes, chills". */
static bool names_a_part(const struct talk_sentence *q, size_t from, size_t to, const struct talk_sentence *a)
{
    static const char *const joins[] = {"or", "and"}, *const empty[] = {"any", "the", "a", "in", "of", "your", "you"};
    size_t asked = 0, named = 0;
    bool several = false;
    for (size_t i = from; i < to; i++) {
        bool join = IN(q->words[i].text, joins);
        several = several || join || q->words[i].comma;
        if (join || IN(q->words[i].text, empty)) continue;
        asked++;
        named += says(a, q->words[i].text);
    }
    return several && named > 0 && named < asked;
}

/* "you don't have any fever ?": neither "yes" nor "no" says which. */
static bool asks_by_denying(const struct talk_sentence *q)
{
    static const char *const denials[] = {"not", "no", "never", "don't", "doesn't", "didn't", "haven't", "hasn't", "isn't", "aren't", "wasn't", "weren't", "can't", "won't"};
    for (size_t i = 0; i < q->count; i++)
        if (IN(q->words[i].text, denials)) return true;
    return false;
}

/* "any fever or chills ?" "no": "The patient denies fever or chills". An answer that is more than yes or no is told as it was given. */
static bool denied(struct maker *m, const struct talk_sentence *q, const struct talk_sentence *a, char answer)
{
    size_t from = asked_things(q), to = asked_end(q);
    if (from == 0 || from >= to || (answer == 'y' && asks_by_denying(q))) return false;
    if (from > 1 && is(q, from - 2, "without")) return false; /* "you came out of it without any injuries ?" */
    bool plain = is_plain_answer(q, a) && !names_a_part(q, from, to, a), no = answer == 'n';
    struct buf text = BUF_WITH_MAX(LINE_MAX_BYTES);
    buf_put_text(&text, !plain ? "Asked about" : no ? "The patient denies any" : "The patient reports");
    person_put(&text, q, from, to, TALK_DOCTOR, m->talk->pronoun, false);
    if (!plain) {
        buf_put_byte(&text, ':');
        person_put(&text, a, 0, a->count, TALK_PATIENT, m->talk->pronoun, false);
        m->told = a;
    }
    add(m, &text, q, a, !plain ? NOTE_SAID : no ? NOTE_DENIED : NOTE_REPORTED, to - from + (plain ? 3 : 2 + a->count));
    buf_free(&text);
    return true;
}

/* "are you taking your medication ?" "yes": "The patient is taking his medication". */
static bool answered(struct maker *m, const struct talk_sentence *q, const struct talk_sentence *a, char answer)
{
    static const char *const verbs[] = {"are", "do", "did", "have", "were", "can", "will", "would", "had"};
    static const char *const open[] = {"anything", "anyone", "anybody", "anywhere"}; /* "yes" to these says nothing yet */
    bool verb = q->count > 0 && IN(q->words[0].text, verbs);
    size_t to = asked_end(q);
    if (asks_by_denying(q) || !is_plain_answer(q, a)) return false;
    for (size_t i = 0; i < to; i++)
        if (answer == 'y' && IN(q->words[i].text, open)) return false;
    if (!verb || !is(q, 1, "you") || to < 4 || to > PSEUDO_MAX - 2) return false;
    for (size_t i = 2; i < to; i++)
        if (is(q, i, "or")) return false; /* "yes" to a choice says nothing */
    struct talk_word words[PSEUDO_MAX];
    struct talk_sentence told = *q;
    size_t n = 0;
    told.words = words;
    words[n++] = q->words[1];
    if (!(is(q, 0, "do") && answer == 'y')) words[n++] = q->words[0];
    if (answer == 'n') words[n++] = (struct talk_word){.text = SPAN_LITERAL("not")};
    for (size_t i = 2; i < to; i++) words[n++] = q->words[i];
    told.count = n;
    struct buf text = BUF_WITH_MAX(LINE_MAX_BYTES);
    person_put(&text, &told, 0, n, TALK_DOCTOR, m->talk->pronoun, true);
    add(m, &text, q, a, NOTE_ANSWERED, n);
    buf_free(&text);
    return true;
}

/* The answer to a question: the first sentence of the next turn. */
static const struct talk_sentence *answer_to(const struct talk *talk, size_t i)
{
    if (i + 1 >= talk->count) return NULL;
    const struct talk_sentence *q = &talk->sentences[i], *a = &talk->sentences[i + 1];
    bool next_turn = talk->labelled ? a->turn == q->turn + 1 : true;
    return next_turn && a->answer != 0 && !a->question ? a : NULL;
}

/* Speech without punctuation: who says the last word of a turn and gets a "no" was asking, whatever the words. */
static bool asked_unmarked(const struct talk *talk, size_t i)
{
    if (talk->punctuated || !talk->labelled || i + 1 >= talk->count) return false;
    const struct talk_sentence *a = &talk->sentences[i + 1];
    return a->turn == talk->sentences[i].turn + 1 && a->answer == 'n' && !a->question;
}

static enum talk_speaker speaker_of(const struct talk *talk, const struct talk_sentence *s)
{
    if (s->speaker != TALK_UNKNOWN) return s->speaker;
    if (!talk->labelled) { /* one voice on record: who says "you" and "we will" is the doctor */
        bool doctor = false, patient = false;
        for (size_t i = 0; i < s->count; i++) {
            doctor = doctor || is(s, i, "your") || is(s, i, "we'll") || is(s, i, "you") || is(s, i, "you're") || is(s, i, "you've") || is(s, i, "let's");
            doctor = doctor || is(s, i, "recommend") || is(s, i, "prescribe") || (is(s, i, "i") && is(s, i + 1, "think") && is(s, i + 2, "this") && is(s, i + 3, "is"));
            patient = patient || is(s, i, "my") || is(s, i, "me") || is(s, i, "i've") || is(s, i, "i'm");
        }
        return doctor && !patient ? TALK_DOCTOR : TALK_PATIENT;
    }
    return TALK_PATIENT;
}

/* "you're taking the norvasc ?", "i'll prescribe meloxicam , okay ?": a statement with the tone of a question. */
static bool is_statement(const struct talk_sentence *s)
{
    static const char *const inverted[] = {"are", "do", "did", "have", "were", "can", "will", "would", "had", "is", "was", "does", "has", "could", "should", "how", "what", "when", "where",
                                           "why", "who", "which", "any", "anything", "anybody", "isn't", "don't", "didn't", "aren't", "haven't", "wasn't", "doesn't", "or", "no"};
    for (size_t i = 0; i < s->count; i++) {
        bool head = i < 4;
        for (size_t k = 0; k < sizeof inverted / sizeof *inverted; k++) {
            if (head && is(s, i, inverted[k]) && (i == 0 || is(s, i + 1, "you") || k >= 15)) return false;
        }
    }
    return s->count >= 4;
}

/* "no, it's the left one", "no i haven't": an answer before a sentence of its own. "no tenderness is noted" is none: its "no" denies. */
static bool is_answer(const struct talk_sentence *s, size_t i)
{
    static const char *const begins[] = {"i", "i'm", "i've", "i'd", "i'll", "it", "it's", "he", "he's", "she", "she's", "they", "they're", "we", "we're", "you", "you're", "my", "that", "that's",
                                         "there", "there's", "this", "yes", "yep", "no", "nope", "not", "never", "just", "but", "so", "well", "okay", "the"};
    if (is(s, i, "yes") || is(s, i, "yep")) return true;
    if (!is(s, i, "no") && !is(s, i, "nope")) return false;
    if (is(s, i, "nope") || s->words[i].comma || i + 1 >= s->count) return true;
    for (size_t k = 0; k < sizeof begins / sizeof *begins; k++)
        if (is(s, i + 1, begins[k])) return true;
    return false;
}

static void said(struct maker *m, const struct talk_sentence *s, const struct talk_sentence *answer)
{
    size_t from = 0;
    while (from < s->count && from < 3 && is_answer(s, from)) from++;
    bool medicine = false;
    for (size_t i = from; i < s->count; i++) medicine = medicine || medicine_is_known(m->lexicon, s->words[i].text);
    if (s->count - from < WORDS_LEAST && !medicine) return;
    size_t to = s->question ? asked_end(s) : s->count;
    if (to <= from) return;
    struct buf text = BUF_WITH_MAX(LINE_MAX_BYTES);
    person_put(&text, s, from, to, speaker_of(m->talk, s), m->talk->pronoun, true);
    size_t before = m->note->count;
    add(m, &text, s, answer, NOTE_SAID, to - from);
    buf_free(&text);
    if (m->note->count == before) return;
    struct note_line *line = &m->note->lines[before];
    line->sentence = s;
    line->from = from;
    line->to = to;
    line->teller = speaker_of(m->talk, s);
    line->medicine = medicine;
}

/* A number that corrects the question is told however short the answer is: "no, 7.5 mg". */
static void correct(struct maker *m, const struct talk_sentence *q, const struct talk_sentence *a)
{
    size_t from = 0;
    while (from < a->count && from < 3 && is_answer(a, from)) from++;
    if (a->count == from || a->count - from >= WORDS_LEAST) return; /* said by itself */
    struct buf text = BUF_WITH_MAX(LINE_MAX_BYTES);
    person_put(&text, a, from, a->count, TALK_PATIENT, m->talk->pronoun, true);
    add(m, &text, q, a, NOTE_SAID, a->count - from);
    buf_free(&text);
}

struct err note_lines(struct arena *arena, const struct lexicon *lexicon, const struct talk *talk, struct note *out)
{
    *out = (struct note){0};
    struct maker m = {.arena = arena, .lexicon = lexicon, .talk = talk, .note = out, .room = talk->count * 2 + 1};
    out->lines = arena_array(arena, m.room, sizeof *out->lines);
    if (out->lines == NULL) return FAIL(FULL);
    for (size_t i = 0; i < talk->count; i++) {
        const struct talk_sentence *s = &talk->sentences[i];
        if (s->count == 0 || s == m.told) continue;
        const struct talk_sentence *a = s->question ? answer_to(talk, i) : NULL;
        if (a != NULL && (denied(&m, s, a, a->answer) || answered(&m, s, a, a->answer))) continue;
        bool corrected = a != NULL && brings_a_number(s, a), refused = corrected || (a != NULL && a->answer == 'n');
        if (corrected) correct(&m, s, a);
        if (a == NULL && asked_unmarked(talk, i)) {
            if (!denied(&m, s, &s[1], 'n') && asks_by_denying(s)) said(&m, s, NULL);
            continue;
        }
        if (!s->question) said(&m, s, NULL);
        else if (!refused && s->speaker != TALK_PATIENT && is_statement(s)) said(&m, s, a);
        if (arena->failed) return FAIL(FULL);
    }
    for (size_t i = 0; i < out->count; i++) note_model_rate(&out->lines[i]);
    return arena->failed ? FAIL(FULL) : OK;
}

const char *note_section_name(enum note_section section)
{
    static const char *const names[] = {"subjective", "objective", "assessment", "plan"};
    return names[section];
}

static int by_score(const void *a, const void *b)
{
    const struct note_line *x = *(const struct note_line *const *)a, *y = *(const struct note_line *const *)b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Adds the medicines of the line to the set; how many were new. */
static unsigned medicines_of(const struct lexicon *lexicon, struct span text, uint8_t set[static MEDICINE_NAMES_MAX / 8])
{
    unsigned added = 0;
    for (size_t i = 0, n; i < text.n; i += n + 1) {
        uint8_t word[NEAR_LONGEST];
        for (n = 0; i + n < text.n && text.p[i + n] != ' ' && text.p[i + n] != ',' && text.p[i + n] != '.'; n++)
            if (n < sizeof word) word[n] = text.p[i + n] >= 'A' && text.p[i + n] <= 'Z' ? (uint8_t)(text.p[i + n] + 32) : text.p[i + n];
        int number = n == 0 || n > sizeof word ? -1 : medicine_number(lexicon, span_of(word, n));
        if (number < 0 || (set[number / 8] & 1u << number % 8) != 0) continue;
        set[number / 8] |= (uint8_t)(1u << number % 8);
        added++;
    }
    return added;
}

/* A note has about a third of the words of its visit (docs/evaluation.md): the best lines, until that length. Then the best
   line of each medicine that is not named yet: a summary that loses a medicine is worse than a long one. */
struct err note_choose(struct arena *arena, const struct lexicon *lexicon, struct note *note, size_t input_words, const struct note_budget *budget)
{
    size_t most = input_words * budget->percent / 100 + budget->more, used = 0, count = 0;
    uint8_t named[MEDICINE_NAMES_MAX / 8] = {0};
    struct note_line **order = arena_array(arena, note->count + 1, sizeof(struct note_line *));
    if (order == NULL) return FAIL(FULL);
    for (size_t i = 0; i < note->count; i++)
        if (note->lines[i].place >= 0) order[count++] = &note->lines[i];
    qsort(order, count, sizeof(struct note_line *), by_score);
    size_t i = 0;
    for (; i < count && used < most; i++) {
        order[i]->chosen = true;
        used += order[i]->words;
        medicines_of(lexicon, order[i]->text, named);
    }
    for (; i < count; i++) order[i]->chosen = medicines_of(lexicon, order[i]->text, named) > 0;
    return OK;
}
