/* The guard over talk, by the ways in which a draft goes wrong: each row is what was said, what a draft makes of it, and what is found. */
#include "clinic/clinic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

enum { NOTHING = -1 };
struct row {
    const char *source, *draft;
    int kind; /* NOTHING, or that of the first finding */
};

static int first_kind(const char *source, const char *draft, size_t *count_out)
{
    struct clinic_finding *findings;
    arena_reset(&arena);
    assert_false(err_failed(clinic_guard(&arena, NULL, CLINIC_TRANSCRIPT, span_text(source), span_text(draft), &findings, count_out)));
    for (size_t i = 0; i < *count_out; i++) assert_in_range(findings[i].at + findings[i].length, 1, strlen(draft));
    return *count_out == 0 ? NOTHING : (int)findings[0].kind;
}

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t found;
        int kind = first_kind(rows[i].source, rows[i].draft, &found);
        if (kind != rows[i].kind) fail_msg("\"%s\" of \"%s\": %s", rows[i].draft, rows[i].source, kind == NOTHING ? "nothing" : clinic_finding_name((enum clinic_finding_kind)kind));
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

enum { DENIAL = CLINIC_FINDING_NEGATION, SIDE = CLINIC_FINDING_LATERALITY, MEDICINE = CLINIC_FINDING_MEDICINE };

static void a_denial_is_lost(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"i was not able to continue on .", "The patient was able to continue on.", DENIAL},
        {"i was not able to continue on .", "The patient was not able to continue on.", NOTHING},
        {"it does n't go away at night .", "It goes away at night.", DENIAL},
        {"i never had trouble with the stairs .", "The patient often had trouble with the stairs.", DENIAL},
        {"i walked home without crutches .", "The patient walked home with crutches.", DENIAL},
        {"there is no bony tenderness over the foot , and no laxity .", "There is bony tenderness over the foot, and no laxity.", DENIAL},
        {"i've been well and i have n't had any issues .", "The patient has been well and has had any issues.", DENIAL},
        /* told once what was said twice, or in other words */
        {"i did n't , i did n't feel the pop .", "The patient did not feel the pop.", NOTHING},
        {"it does n't really go away at night .", "It does not go away at night.", NOTHING},
        {"i do n't smoke but i drink a glass of wine .", "The patient drinks a glass of wine.", NOTHING},
        {"there's no swelling around the joint .", "There is no swelling around the joint.", NOTHING},
    };
    CHECK(rows);
}

static void a_denial_is_added(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"i've been taking the stairs again .", "The patient has not been taking the stairs again.", DENIAL},
        {"you have a nice regular rhythm .", "The patient denies a nice regular rhythm.", DENIAL},
        {"i have some mild headaches .", "The patient denies some mild headaches.", DENIAL},
        {"no jaundice on the skin . you have a regular rhythm .", "No jaundice on the skin. The patient has no regular rhythm.", DENIAL},
        {"no , i've been taking the stairs again .", "The patient has not been taking the stairs again.", DENIAL},
        {"no , i've been taking the stairs again .", "The patient has been taking the stairs again.", NOTHING},
        {"i think it is not broken .", "The patient does not think it is broken.", NOTHING}, /* it only moved */
    };
    CHECK(rows);
}

/* What is told in words of its own is compared by its symptoms, whatever their names. */
static void told_in_other_words(void **state)
{
    (void)state;
    static const char talk[] = "[doctor] any shortness of breath ?\n[patient] no .\n[doctor] any fever ?\n[patient] yes , since monday .\n[doctor] your ankles are swollen today .";
    static const struct row rows[] = {
        {talk, "Respiratory: denies dyspnea on exertion.", NOTHING}, {talk, "Respiratory: reports dyspnea on exertion.", DENIAL},
        {talk, "Constitutional: denies fevers.", DENIAL},            {talk, "Constitutional: endorses fevers.", NOTHING},
        {talk, "Extremities: edema of the feet.", NOTHING},         {talk, "Extremities: no edema of the feet.", DENIAL},
    };
    CHECK(rows);
}

static void an_answer_belongs_to_its_question(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"[doctor] any trouble with your stomach ?\n[patient] no .", "The patient denies any trouble with their stomach.", NOTHING},
        {"[doctor] any trouble with your stomach ?\n[patient] no .", "The patient reports any trouble with their stomach.", DENIAL},
        {"[doctor] any trouble with your stomach ?\n[patient] yes .", "The patient denies any trouble with their stomach.", DENIAL},
        {"[doctor] any trouble with your stomach ?\n[patient] yes .", "The patient reports trouble with their stomach.", NOTHING},
        {"[doctor] any trouble with your stomach ?\n[patient] um . not really .", "The patient denies any trouble with their stomach.", NOTHING},
        {"[doctor] any trouble with your stomach ? okay ?\n[patient] i have n't .", "The patient denies any trouble with their stomach.", NOTHING},
        {"[doctor] any trouble with your stomach ?\n[patient] it hurts at night .", "The patient denies any trouble with their stomach.", DENIAL},
        /* "no one" and "i can't wait" deny nothing that was asked */
        {"[doctor] ready to go home ?\n[patient] i ca n't wait .", "The patient is ready to go home.", NOTHING},
        {"[doctor] tell me about your family ?\n[patient] no one is ill .", "Tell me about their family.", NOTHING},
        /* asked elsewhere as well: a question alone says nothing */
        {"[doctor] any other symptoms ?\n[patient] no .\n[doctor] any other symptoms ?\n[patient] let me see .", "The patient reports any other symptoms.", DENIAL},
        {"[doctor] you did n't fall on your wrist ?\n[patient] no .", "The patient did not fall on their wrist.", NOTHING},
    };
    CHECK(rows);
}

/* Turns without a full stop or a question mark: what ends a turn was asked where the next begins with a no. */
static void turns_without_punctuation(void **state)
{
    (void)state;
    static const char talk[] = "[doctor] okay how have you been since we last saw each other in the clinic\n[patient] i have been doing pretty well thank you for asking\n"
                               "[doctor] have you experienced any numbness or tingling in that right foot\n[patient] no\n"
                               "[doctor] alright and tell me are you taking your water pill in the morning\n[patient] yes i take it with my breakfast every day";
    const struct row rows[] = {
        {talk, "The patient denies any numbness or tingling in that right foot.", NOTHING},
        {talk, "The patient has numbness or tingling in that right foot.", DENIAL},
        {talk, "The patient has been doing pretty well.", NOTHING},
        {talk, "The patient has not been doing pretty well.", DENIAL},
        {talk, "The patient is not taking their water pill in the morning.", DENIAL},
    };
    CHECK(rows);
}

/* Nothing but words, as a recogniser writes them. */
static void speech_without_speakers(void **state)
{
    (void)state;
    static const char talk[] = "good morning how have you been since we last saw each other in the clinic i have been doing pretty well thank you for asking "
                               "do you have any numbness or tingling in that right foot no okay and i see that you take your water pill in the morning "
                               "yes i take it with my breakfast every day and my legs are not swollen in the evening";
    const struct row rows[] = {
        {talk, "The patient denies any numbness or tingling in that right foot.", NOTHING},
        {talk, "The patient reports any numbness or tingling in that right foot.", DENIAL},
        {talk, "The patient has been doing pretty well.", NOTHING},
        {talk, "The patient has not been doing pretty well.", DENIAL},
        {talk, "The patient's legs are swollen in the evening.", DENIAL},
    };
    CHECK(rows);
}

/* Named in the same visit, but not here. */
static void another_of_the_same_visit(void **state)
{
    (void)state;
    static const char talk[] = "[doctor] we'll continue you on the keppra 500 milligrams twice a day for your seizures .\n"
                               "[doctor] and we'll put you on some metformin 850 milligrams once a day for your diabetes .\n"
                               "[patient] i take ibuprofen and tylenol when my left knee hurts . my right hip is fine .\n"
                               "[doctor] does your right hip hurt at night ?\n[patient] no , it's my left knee that hurts at night .";
    const struct row rows[] = {
        {talk, "We will continue the patient on the keppra 500 mg, twice a day for their seizures.", NOTHING},
        {talk, "We will continue the patient on the metformin for their seizures.", MEDICINE},
        {talk, "The patient takes ibuprofen and ibuprofen when their left knee hurts.", MEDICINE},
        {talk, "We will put the patient on some metformin 850 mg, twice a day for their diabetes.", CLINIC_FINDING_DOSE},
        {talk, "We will put the patient on some metformin 500 mg, once a day for their diabetes.", CLINIC_FINDING_DOSE},
        {talk, "The patient takes ibuprofen and tylenol when their right knee hurts.", SIDE},
        {talk, "It is their right knee that hurts at night.", SIDE},
        {talk, "The patient's left hip is fine.", SIDE},
        {talk, "The patient's right hip is fine.", NOTHING},
    };
    CHECK(rows);
}

/* Our own drafts tell denials as they were said, and the guard finds nothing in them. */
static void our_own_drafts_keep_denials(void **state)
{
    (void)state;
    static const struct { const char *talk, *has, *has_not; } rows[] = {
        {"[doctor] so you would have escaped this accident without any injuries ?\n[patient] yes .", "without any injuries", "reports injuries"},
        {"[doctor] you're not taking any medicines for your knee pain at home ?\n[patient] yes .", NULL, "reports medicines"},
        {"[doctor] you're not taking any medicines for your knee pain at home ?\n[patient] no .", "denies any medicines", "reports medicines"},
        {"[doctor] any fever or chills with your cough ?\n[patient] well no .", "denies any fever or chills", "reports fever"},
        {"[doctor] okay tell me have you had any chest pain\n[patient] no not really\n[doctor] okay", "denies any chest pain", "Tell me"},
        {"[doctor] and in the past have your legs been swollen in the evening\n[patient] no not really\n[doctor] okay", NULL, "swollen"},
        {"[patient] so my doctor told me that the pressure that he took in the office there was one hundred and the liver number that they had in the blood that week was up at about thirty nine units in the "
         "end", "thirty nine units", "thirty."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_WITH_MAX(1 << 16);
        struct json j = JSON_TO(&out);
        struct clinic_finding *findings;
        size_t count = 0;
        arena_reset(&arena);
        assert_false(err_failed(clinic_draft(&arena, NULL, CLINIC_TRANSCRIPT, span_text(rows[i].talk), NULL, 0, "en", &j)));
        buf_put_byte(&out, 0);
        assert_false(out.failed);
        const char *text = (const char *)out.p;
        if (rows[i].has != NULL && strstr(text, rows[i].has) == NULL) fail_msg("no \"%s\" in %s", rows[i].has, text);
        if (strstr(text, rows[i].has_not) != NULL) fail_msg("\"%s\" in %s", rows[i].has_not, text);
        char *from = strstr(text, "\"text\":\""), draft[1024];
        size_t n = 0;
        assert_non_null(from);
        for (from += 8; *from != '"' && n < sizeof draft; from++, n++) {
            bool line = from[0] == '\\' && from[1] == 'n';
            if (line) from++;
            draft[n] = *from;
            if (line) draft[n] = '\n';
        }
        assert_false(err_failed(clinic_guard(&arena, NULL, CLINIC_TRANSCRIPT, span_text(rows[i].talk), span_of(draft, n), &findings, &count)));
        if (count != 0) fail_msg("%zu findings in %s", count, text);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_denial_is_lost),          cmocka_unit_test(a_denial_is_added),         cmocka_unit_test(an_answer_belongs_to_its_question),
        cmocka_unit_test(turns_without_punctuation), cmocka_unit_test(another_of_the_same_visit), cmocka_unit_test(our_own_drafts_keep_denials),
        cmocka_unit_test(told_in_other_words),       cmocka_unit_test(speech_without_speakers),
    };
    arena_init(&arena, CLINIC_ARENA_BYTES);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
