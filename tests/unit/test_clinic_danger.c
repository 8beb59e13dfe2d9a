/* Lines that were once read as something that nobody wrote, or come near to it: a wrong dose or an invented denial that looks
   understood is the worst that a draft can do. Each must ask, or say exactly what stands there. */
#include "clinic/clinic.h"
#include "clinic/sig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_clinic_area.h"

static const char *terminated(void)
{
    buf_put_byte(&out, 0);
    return (const char *)out.p;
}

/* What a patient would be shown; "?" when it is asked about. */
static const char *reading(const char *direction, enum sig_form form)
{
    struct sig_setting setting = {.form = form};
    struct sig sig;
    arena_reset(&arena);
    buf_reset(&out);
    assert_false(err_failed(sig_read(&arena, span_text(direction), &setting, &sig)));
    if (sig.understood) sig_say_english(&out, &sig, SPAN_NONE);
    else buf_put_byte(&out, '?');
    return terminated();
}

static void asked_about(const char *direction, enum sig_form form)
{
    const char *have = reading(direction, form);
    if (strcmp(have, "?") != 0) fail_msg("%s was read as: %s", direction, have);
}

static void read_as(const char *direction, enum sig_form form, const char *sentence)
{
    const char *have = reading(direction, form);
    if (strcmp(have, sentence) != 0) fail_msg("%s was read as: %s", direction, have);
}

static void days_of_a_week_are_no_course(void **state)
{
    (void)state;
    read_as("0.25 mg 5 days a week", SIG_FORM_TABLET, "Take 0.25 mg 5 times a week.");
    read_as("1 tab 2 days per week", SIG_FORM_TABLET, "Take 1 tablet twice a week.");
    read_as("1 tab 3 days/week", SIG_FORM_TABLET, "Take 1 tablet 3 times a week.");
    asked_about("1 tab daily 5 days a week", SIG_FORM_TABLET);
    asked_about("1 tab 9 days a week", SIG_FORM_TABLET);
    read_as("1 tab once a week for 5 days", SIG_FORM_TABLET, "Take 1 tablet once a week, for 5 days.");
}

static void numbers_that_lose_a_point(void **state)
{
    (void)state;
    asked_about("05 mg BD", SIG_FORM_TABLET); /* 0.5 mg, whose point was lost? */
    asked_about("05 tab BD", SIG_FORM_TABLET);
    asked_about("025 mcg OD", SIG_FORM_TABLET);
    read_as("01 tab BD x 05 days", SIG_FORM_TABLET, "Take 1 tablet twice a day, for 5 days.");
    read_as("0.5 mg BD", SIG_FORM_TABLET, "Take 0.5 mg twice a day.");
    asked_about("1.000 units daily", SIG_FORM_INJECTION); /* a thousand, as most of Europe writes it? */
    asked_about("2.500 mg daily", SIG_FORM_TABLET);
    read_as("0.125 mg daily", SIG_FORM_TABLET, "Take 0.125 mg once a day.");
    asked_about("1 500 mg bd", SIG_FORM_TABLET); /* 1,500 mg? */
    read_as("2 500 mg tablets bd", SIG_FORM_TABLET, "Take 2 tablets (500 mg) twice a day.");
}

static void strength_and_amount_are_not_added(void **state)
{
    (void)state;
    asked_about("10 1/2 tab OD", SIG_FORM_TABLET);
    asked_about("40 ½ OD", SIG_FORM_TABLET);
    read_as("1 1/2 tab OD", SIG_FORM_TABLET, "Take 1½ tablets once a day.");
}

static void what_is_no_tablet(void **state)
{
    (void)state;
    asked_about("iv tabs BD", SIG_FORM_TABLET); /* four tablets, in Roman numerals */
    asked_about("1 tab iv BD", SIG_FORM_TABLET);
    asked_about("iv tabs BD", SIG_FORM_UNKNOWN);
    asked_about("1 cap im stat", SIG_FORM_CAPSULE);
    asked_about("1 tab TDS 5 ml", SIG_FORM_TABLET);
    read_as("1 amp IV BD", SIG_FORM_INJECTION, "Inject 1 ampoule into a vein twice a day.");
}

static void amounts_that_nobody_takes(void **state)
{
    (void)state;
    asked_about("5 l bd", SIG_FORM_LIQUID); /* 5 ml, badly read */
    asked_about("11 tab BD", SIG_FORM_TABLET);
    asked_about("1 tab bd x 3 min", SIG_FORM_TABLET);
    asked_about("20 mg/kg/day", SIG_FORM_TABLET); /* of the whole day; nobody said "once" */
    asked_about("3x1", SIG_FORM_TABLET); /* three times one, or three at once? */
    asked_about("2 x 3", SIG_FORM_TABLET);
    read_as("1x3", SIG_FORM_TABLET, "Take 1 tablet 3 times a day.");
    asked_about("0.6 SC BD", SIG_FORM_INJECTION); /* mL or mg? */
}

/* The one line of a page below "Rx": what is shown, or "?". */
static const char *line_of(const char *text)
{
    static char page[1024];
    struct json j = JSON_TO(&out);
    arena_reset(&arena);
    buf_reset(&out);
    snprintf(page, sizeof page, "Rx\n%s", text);
    assert_false(err_failed(clinic_draft(&arena, NULL, CLINIC_PRESCRIPTION, span_text(page), NULL, 0, "en", &j)));
    return terminated();
}

static void page_asks(const char *line)
{
    if (strstr(line_of(line), "\"understood\":false") == NULL) fail_msg("%s: %s", line, (const char *)out.p);
}

static void page_says(const char *line, const char *sentence)
{
    const char *have = line_of(line);
    if (strstr(have, "\"understood\":false") != NULL || strstr(have, sentence) == NULL) fail_msg("%s: %s", line, have);
}

static void pages_do_not_turn_strengths_into_doses(void **state)
{
    (void)state;
    page_says("Tab Wysolone 10 1/2 tab OD", "half a tablet of Wysolone 10 once a day"); /* was "10½ tablets" */
    page_asks("Tab Wysolone 5 1/2 tab OD");
    page_asks("Tab Amlodipine 2 1/2 OD"); /* 2.5 mg as well as two and a half */
    page_asks("Tab Alprazolam 05 mg OD");
    page_asks("Tab Alprazolam 0,5 mg 0-0-1");
    page_asks("Tab Alprazolam .5 mg 1 HS");
    page_asks("Tab Metformin 1.000 mg BD");
    page_says("Tab Metformin 1,000 mg BD", "Metformin 1,000 mg twice a day");
    page_asks("Tab Levothyroxine 25 mg 1 OD"); /* micrograms */
    page_asks("Tab Digoxin 25 mg OD");
    page_asks("Tab Fentanyl 50 mg stat");
    page_asks("Tab Prednisolone 1 mg/kg/day"); /* of the whole day, and of a weight that nobody said */
    page_says("Tab Digoxin 0.25 mg OD", "Digoxin 0.25 mg once a day");
    page_asks("Tab Pantoprazole 40 mg iv BD");
    page_asks("Inj Enoxaparin 0.6 SC BD");
}

/* "Amlodipine 5 OD" is one tablet of 5 mg for everybody who writes it. */
static void a_strength_without_a_unit_is_no_amount(void **state)
{
    (void)state;
    static const char *const lines[] = {"Tab Amlodipine 5 OD", "Tab Amlodipine 2.5 OD", "T. Amlodipine 5 OD", "Amlodipine 5 OD", "Tab Amlodipine-5 OD", "Tab Amlodipine (5) OD", "Tab Glimepiride 2 daily",
                                        "Tab Clonazepam 0.5 HS", "Tab Warfarin 3 at night", "Cap Tamsulosin 0.4 HS", "Tab Methotrexate 7.5 weekly", "Tab Sorbitrate 5 s/l sos", "Tab Ramipril 5-10 BD",
                                        "Tab Eltroxin 0.1 once a day"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        page_asks(lines[i]);
        if (strstr((const char *)out.p, "doseQuantity") != NULL) fail_msg("%s proposes: %s", lines[i], (const char *)out.p);
    }
    page_says("Tab Cetirizine 1 OD", "Take 1 tablet of Cetirizine once a day");
    page_says("Tab Cetirizine half HS", "Take half a tablet of Cetirizine at bedtime");
    page_says("Tab Cetirizine 1/2 HS", "Take half a tablet of Cetirizine at bedtime");
    page_says("Tab Cetirizine 2 tabs HS", "Take 2 tablets of Cetirizine at bedtime");
    page_says("Tab Cetirizine two HS", "Take 2 tablets of Cetirizine at bedtime");
    page_says("Tab Cetirizine 2-0-2", "Take 2 tablets of Cetirizine in the morning and at night");
    page_says("Tab Cetirizine 10 2 HS", "Take 2 tablets of Cetirizine 10 at bedtime");
    page_says("Tab Cetirizine 10 mg 2 HS", "Take 2 tablets of Cetirizine 10 mg at bedtime");
    page_says("Tab Metformin 3 times a day", "Metformin 3 times a day");
    page_says("Tab Metformin\n2 BD", "Take 2 tablets of Metformin twice a day");
}

/* Two medicines or two doses in one line: the second is not the amount of the first. */
static void one_line_one_medicine_one_dose(void **state)
{
    (void)state;
    page_asks("Tab Levocetirizine 5 mg + Montelukast 10 mg HS");
    page_asks("Tab Warfarin 2 mg Mon-Fri 3 mg Sat-Sun");
    page_asks("Tab Amlodipine 5 mg Atenolol 50 mg OD");
    page_asks("Tab Paracetamol 500 mg 650 mg TDS");
    page_asks("Tab Amlodipine 5 mg l OD");
    page_says("Inj Ceftriaxone 1 g 1 g IV BD", "Inject 1 g of Ceftriaxone 1 g into a vein twice a day");
    page_says("Tab Wysolone 20 mg OD x 5 days then 10 mg OD x 5 days", "Then: Take 10 mg once a day, for 5 days");
    page_says("Syp Paracetamol 250 mg/5ml 5ml TDS", "Take 5 mL of Paracetamol");
}

/* "Telma-AM" is another medicine than Telma, and no time of the day. */
static void what_hangs_on_a_name_belongs_to_it(void **state)
{
    (void)state;
    page_asks("Tab. Telma-AM 1 OD");
    assert_null(strstr((const char *)out.p, "in the morning"));
    assert_null(strstr(line_of("Tab Cilacar-T OD"), "3 times"));
}

/* A line with a medicine is never left out for a word that often begins a letterhead. */
static void medicines_are_not_paperwork(void **state)
{
    (void)state;
    page_asks("No Tab Metformin 500 mg BD");
    page_asks("MS Morphine 15 mg BD");
    page_asks("Reg Insulin 8 units SC TDS");
    page_asks("Pulse Methylprednisolone 1 g IV OD x 3 days");
    assert_null(strstr(line_of("Reg No 12345"), "12345"));
    assert_null(strstr(line_of("Mob 9812345678"), "98123"));
}

/* ---- talk */

static const char *note_of(const char *talk)
{
    struct json j = JSON_TO(&out);
    arena_reset(&arena);
    buf_reset(&out);
    assert_false(err_failed(clinic_note(&arena, NULL, CLINIC_SOAP, span_text(talk), NULL, 0, "en", &j)));
    return terminated();
}

static void note_lacks(const char *talk, const char *words)
{
    if (strstr(note_of(talk), words) != NULL) fail_msg("%s: %s", talk, (const char *)out.p);
}

static void note_has(const char *talk, const char *words)
{
    if (strstr(note_of(talk), words) == NULL) fail_msg("%s: %s", talk, (const char *)out.p);
}

static void half_a_denial_is_none(void **state)
{
    (void)state;
    const char *some = "[doctor] any nausea , vomiting , or diarrhea ?\n[patient] no nausea , but vomiting twice .";
    note_lacks(some, "denies");
    note_has(some, "vomiting twice");
    note_lacks("[doctor] any nausea , vomiting , or diarrhea ?\n[patient] no , well , a little diarrhea .", "denies");
    note_lacks("[doctor] any fever or chills ?\n[patient] not sure .", "denies");
    note_lacks("[doctor] any chest pain ?\n[patient] not right now .", "denies");
    note_lacks("[doctor] any fever ?\n[patient] no idea .", "denies");
    note_lacks("[doctor] have you been taking your lisinopril ?\n[patient] not really , maybe twice a week .", "not been taking");
    note_lacks("[doctor] do you take your tablets every day ?\n[patient] not always .", "not take");
    note_lacks("[doctor] any fever or chills ?\n[patient] yes , chills .", "reports");
    note_has("[doctor] any fever or chills ?\n[patient] yes , chills .", "Asked about fever or chills: yes, chills.");
    note_has("[doctor] any fever or chills ?\n[patient] no .", "denies any fever or chills");
    note_has("[doctor] any fever ?\n[patient] no fever .", "denies any fever");
    note_has("[doctor] any fever or chills ?\n[patient] no , not that i know of .", "denies any fever or chills");
    note_has("[doctor] any chest pain ?\n[patient] no chest pain but i have some fever .", "some fever");
}

static void a_number_in_the_answer_counts(void **state)
{
    (void)state;
    note_lacks("[doctor] did you take two tablets ?\n[patient] yes , three actually .", "take two tablets");
    note_has("[doctor] did you take two tablets ?\n[patient] yes , three actually .", "Three actually");
    note_has("[doctor] so you take 5 mg of warfarin ?\n[patient] no , 7.5 mg .", "7.5 mg");
    note_has("[doctor] any fever ?\n[patient] yes , 102 .", "Asked about fever: yes, 102.");
    note_has("[doctor] did you take two tablets ?\n[patient] yes , two tablets .", "take two tablets");
}

/* Words of an engine that writes capitals and full stops are as doubtful as those of one that does not. */
static void doubt_does_not_end_at_a_comma(void **state)
{
    (void)state;
    static const char *const said[][2] = {{"Metformin,", "every"}, {"No.", "more"}, {"Five", "tablets"}, {"(500", "mg)"}, {"twice", "daily"}, {"LEFT", "knee"}};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const char *texts[] = {"I", "take", "the", "tablets", said[i][0], said[i][1], "day", "now"};
        struct clinic_word words[8];
        for (size_t k = 0; k < 8; k++) words[k] = (struct clinic_word){.text = span_text(texts[k]), .start_ms = (int64_t)k * 100, .end_ms = (int64_t)k * 100 + 90, .confidence = k == 4 ? 0.3 : 0.99};
        struct json j = JSON_TO(&out);
        arena_reset(&arena);
        buf_reset(&out);
        assert_false(err_failed(clinic_note(&arena, NULL, CLINIC_SOAP, SPAN_LITERAL("x"), words, 8, "en", &j)));
        if (strstr(terminated(), "was not heard clearly") == NULL) fail_msg("%s: %s", said[i][0], (const char *)out.p);
    }
}

/* What is not drafted from is shown whole, or it is said that there is more. */
static void nothing_is_left_out_without_a_word(void **state)
{
    (void)state;
    struct buf text = BUF_WITH_MAX(CLINIC_MAX_TEXT);
    for (unsigned i = 0; i < 2500; i++) buf_put_text(&text, "दर्द है\n");
    for (enum clinic_input kind = CLINIC_TRANSCRIPT; kind <= CLINIC_PRESCRIPTION; kind++) {
        struct json j = JSON_TO(&out);
        arena_reset(&arena);
        buf_reset(&out);
        assert_false(err_failed(clinic_draft(&arena, NULL, kind, buf_span(&text), NULL, 0, "hi", &j)));
        if (strstr(terminated(), "There are more lines") == NULL) fail_msg("%d", kind);
    }
    buf_free(&text);
}

static void questions_that_deny_or_ask_for_anything(void **state)
{
    (void)state;
    note_lacks("[doctor] you don't have any fever ?\n[patient] yes .", "reports");
    note_lacks("[doctor] have you not been taking your insulin ?\n[patient] no i have been taking it .", "not not");
    note_lacks("[doctor] are you allergic to anything ?\n[patient] yes i am allergic to penicillin .", "allergic to anything");
    note_has("[doctor] are you allergic to anything ?\n[patient] yes i am allergic to penicillin .", "allergic to penicillin");
}

static void numbers_said_twice_are_two(void **state)
{
    (void)state;
    note_has("[patient] i take two two hundred milligram tablets of ibuprofen .", "two two hundred");
    note_has("[patient] i took five five hundred milligram tablets of tylenol .", "five five hundred");
    note_has("[patient] i take the the ibuprofen every day .", "takes the ibuprofen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_week_are_no_course), cmocka_unit_test(numbers_that_lose_a_point), cmocka_unit_test(strength_and_amount_are_not_added),
        cmocka_unit_test(what_is_no_tablet), cmocka_unit_test(amounts_that_nobody_takes), cmocka_unit_test(pages_do_not_turn_strengths_into_doses),
        cmocka_unit_test(a_strength_without_a_unit_is_no_amount), cmocka_unit_test(what_hangs_on_a_name_belongs_to_it), cmocka_unit_test(one_line_one_medicine_one_dose),
        cmocka_unit_test(medicines_are_not_paperwork), cmocka_unit_test(half_a_denial_is_none), cmocka_unit_test(questions_that_deny_or_ask_for_anything),
        cmocka_unit_test(a_number_in_the_answer_counts), cmocka_unit_test(doubt_does_not_end_at_a_comma), cmocka_unit_test(nothing_is_left_out_without_a_word),
        cmocka_unit_test(numbers_said_twice_are_two),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
