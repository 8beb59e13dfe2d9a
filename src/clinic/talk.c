#include "clinic/talk.h"

#include "clinic/number_word.h"

struct cutter {
    struct arena *arena;
    const struct page *page;
    struct talk *talk;
    struct talk_word *words; /* room for every word of the input */
    size_t used;
    struct talk_sentence *now;
    enum talk_speaker speaker;
    size_t room;
    bool punctuated;         /* there are full stops: then nothing else ends a sentence */
    struct span recent[2];   /* the last words, fillers left out */
};

enum { LONGEST_WORDS = 40 }; /* of a sentence without punctuation */

bool talk_is(const struct talk_word *word, const char *text) { return span_is(word->text, text); }

static bool in_list(struct span word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(word, list[i])) return true;
    return false;
}
#define IN(word, list) in_list(word, list, sizeof(list) / sizeof *(list))

static bool is_filler(struct span word)
{
    static const char *const fillers[] = {"uh", "um", "hmm", "mm", "mm-hmm", "mhm", "uh-huh", "er", "ah", "oh", "erm", "hm", "uhm", "umm", "mmm", "huh"};
    return IN(word, fillers);
}

/* At the head of a sentence they only take the floor. */
static bool is_opener(struct span word)
{
    static const char *const openers[] = {"okay", "ok", "alright", "well", "so", "yeah", "now", "and", "but", "like", "right", "good", "great", "sure", "perfect", "anyway", "basically", "then", "because", "all"};
    return IN(word, openers);
}

static size_t polite_words(const struct talk_sentence *s)
{
    static const char *const greetings[] = {"hello", "hi", "hey", "doctor", "thanks", "sir", "madam", "namaste"};
    static const char *const times[] = {"morning", "afternoon", "evening"};
    struct span first = s->words[0].text;
    if (s->count > 1 && span_is(first, "good") && IN(s->words[1].text, times)) return 2;
    if (s->count > 1 && span_is(first, "thank") && talk_is(&s->words[1], "you")) return 2;
    return is_opener(first) || IN(first, greetings) ? 1 : 0;
}

static bool is_abbreviation(struct span word)
{
    static const char *const list[] = {"dr", "mr", "mrs", "ms", "vs", "st", "a.m", "p.m", "no", "e.g", "i.e"};
    return IN(word, list);
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c; }
static bool is_mark(uint8_t c) { return strchr(".,?!;:\"()[]", c) != NULL && c != 0; }

/* The word without the punctuation at its ends. */
static struct span core_of(struct arena *arena, struct span word, uint8_t *end)
{
    *end = 0;
    while (word.n > 0 && is_mark(word.p[0])) {
        if (word.n == 1) *end = word.p[0];
        word = span_sub(word, 1, word.n);
    }
    while (word.n > 0 && is_mark(word.p[word.n - 1])) {
        *end = word.p[word.n - 1];
        word = span_sub(word, 0, word.n - 1);
    }
    struct span copy = arena_copy(arena, word);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p; /* our own */
    for (size_t i = 0; i < copy.n; i++) p[i] = lower(p[i]);
    return copy;
}

/* Without punctuation a question shows by its first words: "what brings", "do you", "is it". On ACI-BENCH 93 of 100 that do are one. */
static bool asks(const struct talk_sentence *s)
{
    static const char *const openers[] = {"what", "what's", "how", "how's", "who", "why"};
    static const char *const own[] = {"i", "i'm", "i'd", "i'll", "we", "we're", "we'll", "we've", "you'll"};
    static const char *const inverted[] = {"do", "does", "did", "are", "is", "was", "were", "have", "has", "can", "could", "would", "will"};
    static const char *const subjects[] = {"you", "your", "you've", "it", "there", "that", "this", "they", "he", "she", "any", "anything", "these", "those"};
    static const char *const pointing[] = {"this", "that", "it", "these", "those"};
    if (s->count < 2) return false;
    struct span first = s->words[0].text, second = s->words[1].text;
    if (IN(first, openers)) return !IN(second, own);
    if (span_is(first, "when") || span_is(first, "where")) return IN(second, inverted);
    if (span_is(first, "do") && IN(second, pointing)) return false; /* "do this for a week" */
    return (IN(first, inverted) && IN(second, subjects)) || span_is(first, "any");
}

static void end_sentence(struct cutter *c, bool question)
{
    struct talk_sentence *s = c->now;
    c->now = NULL;
    if (s == NULL) return;
    s->question = question;
    for (size_t n; s->count > 1 && (n = polite_words(s)) > 0 && n < s->count;) {
        s->words += n;
        s->count -= n;
    }
    while (s->count > 2 && (talk_is(&s->words[s->count - 1], "you") || talk_is(&s->words[s->count - 1], "thanks"))) {
        bool thank = talk_is(&s->words[s->count - 2], "thank");
        if (!thank && !talk_is(&s->words[s->count - 1], "thanks")) break;
        s->count -= thank ? 2 : 1;
    }
    if (s->count > 0) s->words[s->count - 1].comma = false;
    if (!c->punctuated) s->question = asks(s);
    if (s->last < s->first) c->talk->count--;
}

static void begin_sentence(struct cutter *c, size_t at)
{
    if (c->now != NULL || c->talk->count == c->room) return;
    c->now = &c->talk->sentences[c->talk->count++];
    *c->now = (struct talk_sentence){.words = c->words + c->used, .first = at, .last = at, .speaker = c->speaker, .turn = c->talk->turns,
                                     .start_ms = c->page->words[at].start_ms};
}

/* "[doctor]", "Doctor:", "patient:", "Dr:" at the head of a line. */
static bool speaker_of(struct span raw, enum talk_speaker *speaker)
{
    static const char *const doctors[] = {"[doctor]", "doctor:", "dr:", "[physician]", "physician:", "clinician:", "[clinician]", "provider:", "d:"};
    static const char *const patients[] = {"[patient]", "patient:", "pt:", "guest_family:", "guest_clinician:", "[patient_guest]", "guest:", "p:", "mother:", "father:", "[guest]"};
    uint8_t text[24];
    if (raw.n == 0 || raw.n > sizeof text) return false;
    for (size_t i = 0; i < raw.n; i++) text[i] = lower(raw.p[i]);
    struct span word = span_of(text, raw.n);
    if (IN(word, doctors)) *speaker = TALK_DOCTOR;
    else if (IN(word, patients)) *speaker = TALK_PATIENT;
    else return false;
    return true;
}

bool talk_is_number(struct span word)
{
    int64_t value;
    return word.n > 0 && ((word.p[0] >= '0' && word.p[0] <= '9') || number_word(word, &value));
}

/* In talk without punctuation. "Thirty nine" is not cut in two, nor a number from its unit by length alone. */
static bool ends_before(const struct cutter *c, struct span word, struct span next)
{
    if (c->punctuated || c->now == NULL || c->now->count == 0) return false;
    if (talk_is_number(c->recent[1]) && (talk_is_number(word) ? c->now->count < 2 * LONGEST_WORDS : c->now->count == LONGEST_WORDS)) return false;
    return c->now->count >= LONGEST_WORDS || talk_boundary(c->recent, (const struct span[2]){word, next});
}

static char answer_of(struct span word)
{
    static const char *const yes[] = {"yes", "yeah", "yep", "yup", "correct", "absolutely", "definitely", "mm-hmm", "uh-huh", "exactly"};
    static const char *const no[] = {"no", "nope", "nah", "never", "none", "not"};
    return IN(word, yes) ? 'y' : IN(word, no) ? 'n' : 0;
}

static void append(struct cutter *c, struct span core, size_t at)
{
    struct talk_sentence *s = c->now;
    s->last = at;
    bool first = s->count == 0 || (s->count == 1 && talk_is(&s->words[0], "well")); /* "well no" */
    if (first && s->answer == 0) s->answer = answer_of(core);
    struct talk_word *last = s->count > 0 ? &s->words[s->count - 1] : NULL;
    bool clitic = core.n >= 2 && (core.p[0] == '\'' || span_is(core, "n't") || (span_is(core, "na") && last != NULL && (talk_is(last, "gon") || talk_is(last, "wan"))));
    if (clitic && last != NULL) {
        uint8_t *joined = arena_alloc(c->arena, last->text.n + core.n + 1);
        if (joined == NULL) return;
        memcpy(joined, last->text.p, last->text.n);
        memcpy(joined + last->text.n, core.p, core.n);
        last->text = c->recent[1] = span_of(joined, last->text.n + core.n);
        last->comma = false;
        return;
    }
    if (is_filler(core)) return;
    /* said twice, a number is two: "two two hundred milligram tablets" */
    if (last != NULL && span_equal(last->text, core) && !talk_is_number(core) && !span_is(core, "no")) { /* "the , the" */
        last->comma = false;
        return;
    }
    bool twice = s->count >= 3 && span_equal(s->words[s->count - 2].text, core) && span_equal(s->words[s->count - 3].text, last->text) && core.n > 0;
    if (twice && !talk_is_number(core) && !talk_is_number(last->text)) { /* "i was i was" */
        s->count--;
        c->used--;
        return;
    }
    s->words[s->count++] = (struct talk_word){.text = core, .at = at};
    c->used++;
    c->recent[0] = c->recent[1];
    c->recent[1] = core;
}

static bool has_punctuation(const struct page *page)
{
    size_t stops = 0;
    for (size_t i = 0; i < page->word_count; i++) {
        struct span w = page->words[i].text;
        stops += w.n > 0 && strchr(".?!", w.p[w.n - 1]) != NULL;
    }
    return stops * 40 >= page->word_count; /* fewer than one full stop in 40 words: recognised speech */
}

static void one_word(struct cutter *c, size_t i, bool line_begins)
{
    const struct clinic_word *w = &c->page->words[i];
    enum talk_speaker speaker;
    if (line_begins && speaker_of(w->text, &speaker)) {
        end_sentence(c, false);
        c->speaker = speaker;
        c->talk->labelled = true;
        c->talk->turns++;
        return;
    }
    uint8_t end;
    struct span core = core_of(c->arena, w->text, &end);
    struct span next = SPAN_NONE;
    uint8_t unused;
    if (c->now != NULL && !c->punctuated && i + 1 < c->page->word_count) next = core_of(c->arena, c->page->words[i + 1].text, &unused);
    bool pause = i > 0 && w->start_ms - c->page->words[i - 1].end_ms >= TALK_PAUSE_MS && w->start_ms > 0;
    if (pause || ends_before(c, core, next)) end_sentence(c, false);
    if (core.n > 0) {
        begin_sentence(c, i);
        if (c->now != NULL) append(c, core, i);
    } else if (c->now != NULL) {
        c->now->last = i;
    }
    if (c->now == NULL) return;
    bool comma = end == ',' || end == ';' || end == ':';
    if (comma && c->now->count > 0) c->now->words[c->now->count - 1].comma = true;
    bool stop = end == '.' || end == '?' || end == '!';
    if (stop && end == '.' && is_abbreviation(core) && core.n > 1 && i + 1 < c->page->word_count && !span_is(core, "no")) stop = false;
    if (stop) end_sentence(c, end == '?');
}

/* Who is meant by "he" or "she" is what the doctor says of the patient. */
static char pronoun_of(const struct talk *talk)
{
    static const char *const he[] = {"male", "man", "gentleman", "mr", "sir", "boy"};
    static const char *const she[] = {"female", "woman", "lady", "ms", "mrs", "miss", "ma'am", "girl"};
    size_t men = 0, women = 0;
    for (size_t i = 0; i < talk->count; i++) {
        const struct talk_sentence *s = &talk->sentences[i];
        if (s->speaker == TALK_PATIENT) continue;
        for (size_t k = 0; k < s->count; k++) {
            men += IN(s->words[k].text, he) ? (i < 12 ? 3u : 1u) : 0u;
            women += IN(s->words[k].text, she) ? (i < 12 ? 3u : 1u) : 0u;
        }
    }
    return men > women ? 'h' : women > men ? 's' : 't';
}

struct err talk_read(struct arena *arena, const struct page *page, struct talk *out)
{
    *out = (struct talk){0};
    struct cutter c = {.arena = arena, .page = page, .talk = out, .room = page->word_count + 1, .punctuated = has_punctuation(page)};
    out->punctuated = c.punctuated;
    c.words = arena_array(arena, page->word_count + 1, sizeof *c.words);
    out->sentences = arena_array(arena, c.room, sizeof *out->sentences);
    if (c.words == NULL || out->sentences == NULL) return FAIL(FULL);
    for (size_t i = 0; i < page->word_count; i++) {
        bool line_begins = i == 0 || page->words[i].line != page->words[i - 1].line;
        if (line_begins) end_sentence(&c, false);
        one_word(&c, i, line_begins);
        if (arena->failed) return FAIL(FULL);
    }
    end_sentence(&c, false);
    out->turns++;
    out->pronoun = pronoun_of(out);
    return OK;
}
