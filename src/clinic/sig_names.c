#include "clinic/sig_names.h"

#include "clinic/sig_token.h"

/* UCUM (ucum.org) for measures; HL7 v3-orderableDrugForm for forms. */
static const struct sig_unit_names units[SIG_UNIT_COUNT] = {
    [SIG_UNIT_TABLET] = {"tablet", "tablets", "गोली", "TAB", false},
    [SIG_UNIT_CAPSULE] = {"capsule", "capsules", "कैप्सूल", "CAP", false},
    [SIG_UNIT_PILL] = {"pill", "pills", "गोली", "PILL", false},
    [SIG_UNIT_DROP] = {"drop", "drops", "बूँद", "DROP", false},
    [SIG_UNIT_PUFF] = {"puff", "puffs", "पफ", "PUFF", false},
    [SIG_UNIT_SPRAY] = {"spray", "sprays", "स्प्रे", "SPRY", false},
    [SIG_UNIT_PATCH] = {"patch", "patches", "पैच", "PATCH", false},
    [SIG_UNIT_SUPPOSITORY] = {"suppository", "suppositories", "सपोज़िटरी", "SUPP", false},
    [SIG_UNIT_PESSARY] = {"pessary", "pessaries", "पेसरी", NULL, false},
    [SIG_UNIT_SACHET] = {"sachet", "sachets", "पाउच", NULL, false},
    [SIG_UNIT_LOZENGE] = {"lozenge", "lozenges", "चूसने की गोली", "LOZ", false},
    [SIG_UNIT_AMPOULE] = {"ampoule", "ampoules", "एम्प्यूल", NULL, false},
    [SIG_UNIT_VIAL] = {"vial", "vials", "वायल", NULL, false},
    [SIG_UNIT_INJECTION] = {"injection", "injections", "इंजेक्शन", "INJ", false},
    [SIG_UNIT_APPLICATION] = {"application", "applications", "बार", NULL, false},
    [SIG_UNIT_SPOONFUL] = {"spoonful", "spoonfuls", "चम्मच", NULL, false},
    [SIG_UNIT_TEASPOON] = {"teaspoon", "teaspoons", "छोटा चम्मच", NULL, false},
    [SIG_UNIT_TABLESPOON] = {"tablespoon", "tablespoons", "बड़ा चम्मच", NULL, false},
    [SIG_UNIT_ROTACAP] = {"rotacap", "rotacaps", "रोटाकैप", NULL, false},
    [SIG_UNIT_RESPULE] = {"respule", "respules", "रेस्प्यूल", NULL, false},
    [SIG_UNIT_DOSE] = {"dose", "doses", "खुराक", NULL, false},
    [SIG_UNIT_SCOOP] = {"scoop", "scoops", "स्कूप", NULL, false},
    [SIG_UNIT_APPLICATOR] = {"applicator", "applicators", "एप्लिकेटर", NULL, false},
    [SIG_UNIT_MG] = {"mg", "mg", "मि.ग्रा.", "mg", true},
    [SIG_UNIT_G] = {"g", "g", "ग्राम", "g", true},
    [SIG_UNIT_MCG] = {"mcg", "mcg", "माइक्रोग्राम", "ug", true},
    [SIG_UNIT_NG] = {"ng", "ng", "नैनोग्राम", "ng", true},
    [SIG_UNIT_ML] = {"mL", "mL", "मि.ली.", "mL", true},
    [SIG_UNIT_L] = {"litre", "litres", "लीटर", "L", true},
    [SIG_UNIT_UNIT] = {"unit", "units", "यूनिट", "U", true},
    [SIG_UNIT_IU] = {"IU", "IU", "आई.यू.", "[iU]", true},
    [SIG_UNIT_MEQ] = {"mEq", "mEq", "mEq", "meq", true},
    [SIG_UNIT_MMOL] = {"mmol", "mmol", "mmol", "mmol", true},
    [SIG_UNIT_PERCENT] = {"%", "%", "%", "%", true},
    [SIG_UNIT_MG_KG] = {"mg/kg", "mg/kg", "मि.ग्रा. प्रति किलो", "mg/kg", true},
    [SIG_UNIT_MCG_KG] = {"mcg/kg", "mcg/kg", "माइक्रोग्राम प्रति किलो", "ug/kg", true},
    [SIG_UNIT_ML_KG] = {"mL/kg", "mL/kg", "मि.ली. प्रति किलो", "mL/kg", true},
    [SIG_UNIT_UNIT_KG] = {"units/kg", "units/kg", "यूनिट प्रति किलो", "U/kg", true},
    [SIG_UNIT_MG_M2] = {"mg/m2", "mg/m2", "mg/m2", "mg/m2", true},
};

/* SNOMED CT codes as in HL7 FHIR R4's value set route-codes. */
static const struct sig_route_names routes[SIG_ROUTE_COUNT] = {
    [SIG_ROUTE_ORAL] = {"by mouth", "मुँह से", "26643006", "Oral route"},
    [SIG_ROUTE_SUBLINGUAL] = {"under the tongue", "जीभ के नीचे", "37839007", "Sublingual route"},
    [SIG_ROUTE_BUCCAL] = {"inside the cheek", "गाल के अंदर", "54471007", "Buccal route"},
    [SIG_ROUTE_INTRAVENOUS] = {"into a vein", "नस में", "47625008", "Intravenous route"},
    [SIG_ROUTE_INTRAMUSCULAR] = {"into a muscle", "मांसपेशी में", "78421000", "Intramuscular route"},
    [SIG_ROUTE_SUBCUTANEOUS] = {"under the skin", "त्वचा के नीचे", "34206005", "Subcutaneous route"},
    [SIG_ROUTE_INTRADERMAL] = {"into the skin", "त्वचा के अंदर", "372464004", "Intradermal route"},
    [SIG_ROUTE_RECTAL] = {"into the rectum", "गुदा में", "37161004", "Per rectum"},
    [SIG_ROUTE_VAGINAL] = {"into the vagina", "योनि में", "16857009", "Per vagina"},
    [SIG_ROUTE_TOPICAL] = {"on the skin", "त्वचा पर", "6064005", "Topical route"},
    [SIG_ROUTE_TRANSDERMAL] = {"on the skin", "त्वचा पर", "45890007", "Transdermal route"},
    [SIG_ROUTE_OPHTHALMIC] = {"into the eye", "आँख में", "54485002", "Ophthalmic route"},
    [SIG_ROUTE_OTIC] = {"into the ear", "कान में", "10547007", "Otic route"},
    [SIG_ROUTE_NASAL] = {"into the nose", "नाक में", "46713006", "Nasal route"},
    [SIG_ROUTE_INHALED] = {"by breathing it in", "साँस के साथ", "447694001", "Respiratory tract route (qualifier value)"},
    [SIG_ROUTE_INTRAVITREAL] = {"into the eye by injection", "आँख के अंदर इंजेक्शन से", "418401004", "Intravitreal route (qualifier value)"},
    [SIG_ROUTE_GARGLE] = {"as a gargle", "गरारे के लिए", NULL, NULL},
};

static const struct sig_time_names times[SIG_TIME_COUNT] = {
    [SIG_TIME_SECOND] = {"second", "seconds", "सेकंड", "s"}, [SIG_TIME_MINUTE] = {"minute", "minutes", "मिनट", "min"},
    [SIG_TIME_HOUR] = {"hour", "hours", "घंटे", "h"},        [SIG_TIME_DAY] = {"day", "days", "दिन", "d"},
    [SIG_TIME_WEEK] = {"week", "weeks", "हफ़्ते", "wk"},      [SIG_TIME_MONTH] = {"month", "months", "महीने", "mo"},
    [SIG_TIME_YEAR] = {"year", "years", "साल", "a"},
};

static const struct sig_when_names whens[SIG_WHEN_COUNT] = {
    [SIG_WHEN_MORN_EARLY] = {"MORN.early", "early in the morning", "सुबह जल्दी"},
    [SIG_WHEN_MORN] = {"MORN", "in the morning", "सुबह"},
    [SIG_WHEN_NOON] = {"NOON", "at noon", "दोपहर 12 बजे"},
    [SIG_WHEN_AFT] = {"AFT", "in the afternoon", "दोपहर में"},
    [SIG_WHEN_EVE] = {"EVE", "in the evening", "शाम को"},
    [SIG_WHEN_NIGHT] = {"NIGHT", "at night", "रात को"},
    [SIG_WHEN_HS] = {"HS", "at bedtime", "सोते समय"},
    [SIG_WHEN_WAKE] = {"WAKE", "on waking up", "जागने पर"},
    [SIG_WHEN_C] = {"C", "with meals", "खाने के साथ"},
    [SIG_WHEN_CM] = {"CM", "with breakfast", "नाश्ते के साथ"},
    [SIG_WHEN_CD] = {"CD", "with lunch", "दोपहर के खाने के साथ"},
    [SIG_WHEN_CV] = {"CV", "with dinner", "रात के खाने के साथ"},
    [SIG_WHEN_AC] = {"AC", "before meals", "खाने से पहले"},
    [SIG_WHEN_ACM] = {"ACM", "before breakfast", "नाश्ते से पहले"},
    [SIG_WHEN_ACD] = {"ACD", "before lunch", "दोपहर के खाने से पहले"},
    [SIG_WHEN_ACV] = {"ACV", "before dinner", "रात के खाने से पहले"},
    [SIG_WHEN_PC] = {"PC", "after meals", "खाने के बाद"},
    [SIG_WHEN_PCM] = {"PCM", "after breakfast", "नाश्ते के बाद"},
    [SIG_WHEN_PCD] = {"PCD", "after lunch", "दोपहर के खाने के बाद"},
    [SIG_WHEN_PCV] = {"PCV", "after dinner", "रात के खाने के बाद"},
};

static const struct sig_when_names weekdays[7] = {
    {"mon", "Monday", "सोमवार"}, {"tue", "Tuesday", "मंगलवार"}, {"wed", "Wednesday", "बुधवार"}, {"thu", "Thursday", "गुरुवार"},
    {"fri", "Friday", "शुक्रवार"}, {"sat", "Saturday", "शनिवार"}, {"sun", "Sunday", "रविवार"}};

static const struct sig_method_names methods[SIG_METHOD_COUNT] = {
    [SIG_METHOD_NONE] = {"Use", "इस्तेमाल करें"}, [SIG_METHOD_TAKE] = {"Take", "लें"}, [SIG_METHOD_APPLY] = {"Apply", "लगाएँ"},
    [SIG_METHOD_INSTILL] = {"Put", "डालें"}, [SIG_METHOD_INJECT] = {"Inject", "इंजेक्शन से लें"}, [SIG_METHOD_INHALE] = {"Inhale", "साँस से अंदर लें"},
    [SIG_METHOD_INSERT] = {"Insert", "अंदर रखें"}, [SIG_METHOD_CHEW] = {"Chew", "चबाएँ"}, [SIG_METHOD_SWALLOW] = {"Swallow", "निगलें"},
    [SIG_METHOD_DRINK] = {"Drink", "पिएँ"}, [SIG_METHOD_SPRAY] = {"Spray", "स्प्रे करें"}, [SIG_METHOD_GIVE] = {"Give", "दें"},
    [SIG_METHOD_USE] = {"Use", "इस्तेमाल करें"}, [SIG_METHOD_DISSOLVE] = {"Dissolve", "घोलकर लें"}, [SIG_METHOD_GARGLE] = {"Gargle with", "से गरारे करें"}};

/* Hindi: the form before "में" or "पर". */
static const struct sig_place_names sites[SIG_SITE_COUNT] = {
    [SIG_SITE_EYE] = {"eye", "आँख"}, [SIG_SITE_EAR] = {"ear", "कान"}, [SIG_SITE_NOSTRIL] = {"nostril", "नथुने"}, [SIG_SITE_NOSE] = {"nose", "नाक"},
    [SIG_SITE_AREA] = {"area", "जगह"}, [SIG_SITE_SKIN] = {"skin", "त्वचा"}, [SIG_SITE_SCALP] = {"scalp", "सिर की त्वचा"}, [SIG_SITE_FACE] = {"face", "चेहरे"},
    [SIG_SITE_FOREHEAD] = {"forehead", "माथे"}, [SIG_SITE_HAIR] = {"hair", "बालों"}, [SIG_SITE_ARM] = {"arm", "बाँह"}, [SIG_SITE_LEG] = {"leg", "पैर"},
    [SIG_SITE_HAND] = {"hand", "हाथ"}, [SIG_SITE_FOOT] = {"foot", "पैर के पंजे"}, [SIG_SITE_KNEE] = {"knee", "घुटने"}, [SIG_SITE_SHOULDER] = {"shoulder", "कंधे"},
    [SIG_SITE_THIGH] = {"thigh", "जाँघ"}, [SIG_SITE_ABDOMEN] = {"abdomen", "पेट"}, [SIG_SITE_BACK] = {"back", "पीठ"}, [SIG_SITE_NECK] = {"neck", "गर्दन"},
    [SIG_SITE_CHEST] = {"chest", "छाती"}, [SIG_SITE_AXILLA] = {"armpit", "बगल"}, [SIG_SITE_GROIN] = {"groin", "जाँघ के जोड़"}, [SIG_SITE_BUTTOCK] = {"buttock", "कूल्हे"},
    [SIG_SITE_LIP] = {"lips", "होंठों"}, [SIG_SITE_MOUTH] = {"mouth", "मुँह"}, [SIG_SITE_GUM] = {"gums", "मसूड़ों"}, [SIG_SITE_TONGUE] = {"tongue", "जीभ"},
    [SIG_SITE_THROAT] = {"throat", "गले"}, [SIG_SITE_NAIL] = {"nail", "नाखून"}, [SIG_SITE_WOUND] = {"wound", "घाव"}, [SIG_SITE_LESION] = {"lesion", "घाव"},
    [SIG_SITE_VAGINA] = {"vagina", "योनि"}, [SIG_SITE_RECTUM] = {"rectum", "गुदा"}, [SIG_SITE_HEAD] = {"head", "सिर"}, [SIG_SITE_EYELID] = {"eyelid", "पलक"},
    [SIG_SITE_ELBOW] = {"elbow", "कोहनी"}, [SIG_SITE_HEEL] = {"heel", "एड़ी"}, [SIG_SITE_ANKLE] = {"ankle", "टखने"}, [SIG_SITE_FINGER] = {"finger", "उँगली"},
    [SIG_SITE_TOE] = {"toe", "पैर की उँगली"}, [SIG_SITE_WRIST] = {"wrist", "कलाई"}, [SIG_SITE_CHEEK] = {"cheek", "गाल"}, [SIG_SITE_RASH] = {"rash", "चकत्ते"},
    [SIG_SITE_BODY] = {"body", "शरीर"}};

static const struct sig_place_names sides[SIG_SIDE_COUNT] = {
    [SIG_SIDE_LEFT] = {"left", "बाएँ"}, [SIG_SIDE_RIGHT] = {"right", "दाएँ"}, [SIG_SIDE_BOTH] = {"both", "दोनों"}, [SIG_SIDE_EACH] = {"each", "हर"},
    [SIG_SIDE_AFFECTED] = {"affected", "प्रभावित"}};

const struct sig_unit_names *sig_names_unit(enum sig_unit unit) { return &units[unit]; }
const struct sig_route_names *sig_names_route(enum sig_route route) { return &routes[route]; }
const struct sig_time_names *sig_names_time(enum sig_time time) { return &times[time]; }
const struct sig_when_names *sig_names_when(enum sig_when when) { return &whens[when]; }
const struct sig_method_names *sig_names_method(enum sig_method method) { return &methods[method]; }
const struct sig_place_names *sig_names_site(enum sig_site site) { return &sites[site]; }
const struct sig_place_names *sig_names_side(enum sig_side side) { return &sides[side]; }
const struct sig_when_names *sig_names_weekday(unsigned day) { return &weekdays[day % 7]; }

void sig_names_put_decimal(struct buf *out, int64_t millionths)
{
    buf_put_i64(out, millionths / SIG_MICRO);
    int64_t rest = millionths % SIG_MICRO;
    if (rest == 0) return;
    buf_put_byte(out, '.');
    for (int64_t place = SIG_MICRO / 10; rest > 0 && place > 0; place /= 10) {
        buf_put_byte(out, (uint8_t)('0' + rest / place));
        rest %= place;
    }
}
