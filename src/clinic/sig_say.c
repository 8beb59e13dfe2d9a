/* Plain sentences of a direction. Only what the direction says goes in: no default amount, no default route. */
#include "clinic/sig_names.h"
#include "clinic/sig_token.h"

static void put_number(struct buf *out, int64_t millionths)
{
    static const struct { int64_t part; const char *sign; } parts[] = {
        {SIG_MICRO / 2, "½"}, {SIG_MICRO / 4, "¼"}, {SIG_MICRO / 4 * 3, "¾"}, {SIG_MICRO / 3, "⅓"}, {SIG_MICRO * 2 / 3, "⅔"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (millionths % SIG_MICRO != parts[i].part) continue;
        if (millionths >= SIG_MICRO) buf_put_i64(out, millionths / SIG_MICRO);
        buf_put_text(out, parts[i].sign);
        return;
    }
    sig_names_put_decimal(out, millionths);
}

static void put_range(struct buf *out, struct sig_amount a, const char *to, bool fractions)
{
    if (a.low > 0 && a.low != a.high) {
        if (fractions) put_number(out, a.low);
        else sig_names_put_decimal(out, a.low);
        buf_put_text(out, to);
    }
    if (fractions) put_number(out, a.high);
    else sig_names_put_decimal(out, a.high);
}

static enum sig_method method_of(const struct sig_dose *d, enum sig_form form)
{
    if (d->method != SIG_METHOD_NONE && d->method != SIG_METHOD_GIVE) return d->method;
    if (d->method == SIG_METHOD_GIVE) return SIG_METHOD_GIVE;
    switch (d->route) {
    case SIG_ROUTE_OPHTHALMIC: case SIG_ROUTE_OTIC: return SIG_METHOD_INSTILL;
    case SIG_ROUTE_TOPICAL: case SIG_ROUTE_TRANSDERMAL: return SIG_METHOD_APPLY;
    case SIG_ROUTE_INTRAVENOUS: case SIG_ROUTE_INTRAMUSCULAR: case SIG_ROUTE_SUBCUTANEOUS: case SIG_ROUTE_INTRADERMAL: case SIG_ROUTE_INTRAVITREAL: return SIG_METHOD_INJECT;
    case SIG_ROUTE_RECTAL: case SIG_ROUTE_VAGINAL: return SIG_METHOD_INSERT;
    case SIG_ROUTE_INHALED: return SIG_METHOD_INHALE;
    case SIG_ROUTE_ORAL: case SIG_ROUTE_SUBLINGUAL: case SIG_ROUTE_BUCCAL: return SIG_METHOD_TAKE;
    case SIG_ROUTE_GARGLE: return SIG_METHOD_GARGLE;
    default: break;
    }
    if (form == SIG_FORM_TABLET || form == SIG_FORM_CAPSULE || form == SIG_FORM_LIQUID) return SIG_METHOD_TAKE;
    if (form == SIG_FORM_SKIN) return SIG_METHOD_APPLY;
    if (d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_CAPSULE || d->unit == SIG_UNIT_PILL || d->unit == SIG_UNIT_TEASPOON || d->unit == SIG_UNIT_TABLESPOON) return SIG_METHOD_TAKE;
    return SIG_METHOD_USE;
}

static void put_amount_english(struct buf *out, const struct sig_dose *d)
{
    const struct sig_unit_names *names = sig_names_unit(d->unit);
    if (d->amount.low == 0) buf_put_text(out, "up to ");
    if (d->amount.high == SIG_MICRO / 2 && d->amount.low == d->amount.high && !names->measure && d->unit != SIG_UNIT_NONE) {
        buf_put_text(out, "half a ");
        buf_put_text(out, names->one);
        return;
    }
    put_range(out, d->amount, " to ", !names->measure);
    if (d->unit == SIG_UNIT_NONE) return;
    if (d->unit != SIG_UNIT_PERCENT) buf_put_byte(out, ' ');
    buf_put_text(out, d->amount.high <= SIG_MICRO ? names->one : names->many);
}

static void put_strength(struct buf *out, const struct sig_dose *d, const char *unit)
{
    if (d->strength_unit == SIG_UNIT_NONE) return;
    buf_put_text(out, " (");
    put_range(out, d->strength, "-", false);
    buf_put_byte(out, ' ');
    buf_put_text(out, unit);
    buf_put_byte(out, ')');
}

static void put_where_english(struct buf *out, const struct sig_dose *d, enum sig_method method)
{
    if (d->site != SIG_SITE_NONE) {
        bool inside = d->route == SIG_ROUTE_OPHTHALMIC || d->route == SIG_ROUTE_OTIC || d->route == SIG_ROUTE_NASAL || d->route == SIG_ROUTE_VAGINAL ||
                      d->route == SIG_ROUTE_RECTAL || d->route == SIG_ROUTE_INTRAMUSCULAR || d->route == SIG_ROUTE_INTRAVITREAL || d->route == SIG_ROUTE_SUBCUTANEOUS;
        if (d->route != SIG_ROUTE_NONE && (d->route == SIG_ROUTE_INTRAMUSCULAR || d->route == SIG_ROUTE_SUBCUTANEOUS || d->route == SIG_ROUTE_INTRAVITREAL)) {
            buf_put_byte(out, ' ');
            buf_put_text(out, sig_names_route(d->route)->english);
        }
        buf_put_text(out, inside ? " in " : " to ");
        bool bare = d->side == SIG_SIDE_BOTH || d->side == SIG_SIDE_EACH;
        if (!bare) buf_put_text(out, "the ");
        if (d->side != SIG_SIDE_NONE) {
            buf_put_text(out, sig_names_side(d->side)->english);
            buf_put_byte(out, ' ');
        }
        buf_put_text(out, sig_names_site(d->site)->english);
        if (d->side == SIG_SIDE_BOTH) buf_put_byte(out, 's');
    } else if (d->site_text.p != NULL) {
        buf_put_text(out, " (");
        buf_put_span(out, d->site_text);
        buf_put_byte(out, ')');
    } else if (d->route != SIG_ROUTE_NONE) {
        bool said = d->route == SIG_ROUTE_INHALED && method == SIG_METHOD_INHALE;
        said = said || (d->route == SIG_ROUTE_ORAL && (method == SIG_METHOD_SWALLOW || method == SIG_METHOD_DRINK || method == SIG_METHOD_CHEW));
        if (said) return;
        buf_put_byte(out, ' ');
        buf_put_text(out, sig_names_route(d->route)->english);
    }
}

static void put_often_english(struct buf *out, const struct sig_dose *d)
{
    if (d->period_unit == SIG_TIME_NONE) return;
    const struct sig_time_names *time = sig_names_time(d->period_unit);
    unsigned most = d->frequency_max > 0 ? d->frequency_max : d->frequency;
    buf_put_text(out, d->at_most ? " up to " : " ");
    bool every = d->period.low != SIG_MICRO || d->period.high != SIG_MICRO || d->period_unit < SIG_TIME_DAY;
    if (!every || most != 1) {
        if (most == 1) buf_put_text(out, "once");
        else if (most == 2 && d->frequency_max == 0) buf_put_text(out, "twice");
        else {
            if (d->frequency_max > 0 && !d->at_most) {
                buf_put_u64(out, d->frequency);
                buf_put_text(out, " to ");
            }
            buf_put_u64(out, most);
            buf_put_text(out, " times");
        }
        buf_put_text(out, every ? " " : " a ");
    }
    if (!every) {
        buf_put_text(out, time->one);
        return;
    }
    buf_put_text(out, "every ");
    bool single = d->period.low == SIG_MICRO && d->period.high == SIG_MICRO;
    if (d->period.low == 2 * SIG_MICRO && d->period.high == d->period.low && d->period_unit == SIG_TIME_DAY) {
        buf_put_text(out, "other day");
        return;
    }
    if (!single) {
        put_range(out, d->period, " to ", false);
        buf_put_byte(out, ' ');
    }
    buf_put_text(out, single ? time->one : time->many);
}

static bool names_every_time(const struct sig_dose *d)
{
    const uint32_t general = 1u << SIG_WHEN_C | 1u << SIG_WHEN_AC | 1u << SIG_WHEN_PC;
    return d->period_unit == SIG_TIME_DAY && d->period.low == SIG_MICRO && (d->when & general) == 0 && d->frequency_max == 0 &&
           (unsigned)__builtin_popcount(d->when) == d->frequency;
}

static void put_list(struct buf *out, unsigned done, unsigned count, const char *and)
{
    if (done == 0) return;
    buf_put_text(out, done + 1 == count ? and : ", ");
}

static void put_clock(struct buf *out, unsigned minutes)
{
    buf_put_u64(out, minutes / 60);
    buf_put_byte(out, ':');
    if (minutes % 60 < 10) buf_put_byte(out, '0');
    buf_put_u64(out, minutes % 60);
}

static void put_moments(struct buf *out, const struct sig_dose *d, bool hindi)
{
    const char *and = hindi ? " और " : " and ";
    unsigned done = 0, count = (unsigned)__builtin_popcount(d->when);
    if (count > 0) buf_put_text(out, hindi || (d->period_unit != SIG_TIME_NONE && !names_every_time(d)) ? ", " : " ");
    if (d->offset_minutes > 0) {
        buf_put_u64(out, d->offset_minutes);
        buf_put_text(out, hindi ? " मिनट: " : " minutes ");
    }
    for (unsigned w = 0; w < SIG_WHEN_COUNT; w++) {
        if (!(d->when & 1u << w)) continue;
        const struct sig_when_names *names = sig_names_when((enum sig_when)w);
        put_list(out, done++, count, and);
        buf_put_text(out, hindi ? names->hindi : names->english);
    }
    for (unsigned i = 0; i < d->time_count; i++) {
        if (i == 0) buf_put_text(out, hindi ? ", " : ", at ");
        else put_list(out, i, d->time_count, and);
        put_clock(out, d->times[i]);
        if (hindi) buf_put_text(out, " बजे");
    }
    count = (unsigned)__builtin_popcount(d->days);
    for (unsigned day = 0, said = 0; day < 7; day++) {
        if (!(d->days & 1u << day)) continue;
        if (said == 0) buf_put_text(out, hindi ? ", " : " on ");
        put_list(out, said++, count, and);
        buf_put_text(out, hindi ? sig_names_weekday(day)->hindi : sig_names_weekday(day)->english);
    }
}

static void put_length_english(struct buf *out, const struct sig_dose *d)
{
    if (d->duration_unit != SIG_TIME_NONE) {
        buf_put_text(out, d->duration_at_most ? ", for up to " : ", for ");
        put_range(out, d->duration, " to ", false);
        buf_put_byte(out, ' ');
        buf_put_text(out, d->duration.high == SIG_MICRO ? sig_names_time(d->duration_unit)->one : sig_names_time(d->duration_unit)->many);
    }
    if (d->over_unit != SIG_TIME_NONE) {
        buf_put_text(out, ", over ");
        put_range(out, d->over, " to ", false);
        buf_put_byte(out, ' ');
        buf_put_text(out, sig_names_time(d->over_unit)->many);
    }
    if (d->count == 1) buf_put_text(out, ", once only");
    else if (d->count > 1) {
        buf_put_text(out, ", ");
        buf_put_u64(out, d->count);
        buf_put_text(out, " doses in all");
    }
}

static void put_sentence_end(struct buf *out, const struct sig_dose *d, bool hindi)
{
    buf_put_text(out, hindi ? "।" : ".");
    if (d->has_maximum) {
        buf_put_text(out, hindi ? " " : " No more than ");
        put_number(out, d->maximum);
        if (d->maximum_unit != SIG_UNIT_NONE) {
            buf_put_byte(out, ' ');
            const struct sig_unit_names *unit = sig_names_unit(d->maximum_unit);
            buf_put_text(out, hindi ? unit->hindi : d->maximum == SIG_MICRO ? unit->one : unit->many);
        }
        buf_put_text(out, hindi ? " से ज़्यादा नहीं, " : " in ");
        sig_names_put_decimal(out, d->maximum_period);
        buf_put_byte(out, ' ');
        const struct sig_time_names *time = sig_names_time(d->maximum_period_unit);
        buf_put_text(out, hindi ? time->hindi : d->maximum_period == SIG_MICRO ? time->one : time->many);
        buf_put_text(out, hindi ? " में।" : ".");
    }
    for (unsigned i = 0; i < d->note_count; i++) {
        buf_put_text(out, hindi ? " (" : " ");
        buf_put_span(out, d->notes[i]);
        buf_put_text(out, hindi ? ")" : ".");
    }
}

static void say_english(struct buf *out, const struct sig *sig, const struct sig_dose *d, struct span medicine)
{
    enum sig_method method = method_of(d, sig->form);
    buf_put_text(out, sig_names_method(method)->english);
    if (medicine.n == 0) medicine = d->medicine;
    if (d->has_amount) {
        buf_put_byte(out, ' ');
        put_amount_english(out, d);
        if (medicine.n > 0) buf_put_text(out, " of");
    }
    if (medicine.n > 0) {
        buf_put_byte(out, ' ');
        buf_put_span(out, medicine);
    } else if (!d->has_amount) {
        buf_put_text(out, " it");
    }
    put_strength(out, d, sig_names_unit(d->strength_unit)->one);
    put_where_english(out, d, method);
    if (d->at_once) buf_put_text(out, " at once");
    if (!names_every_time(d)) put_often_english(out, d);
    put_moments(out, d, false);
    put_length_english(out, d);
    if (d->as_needed) {
        buf_put_text(out, d->reason.p != NULL ? ", only when needed for " : ", only when needed");
        buf_put_span(out, d->reason);
    }
    if (d->as_directed) buf_put_text(out, ", as directed");
    put_sentence_end(out, d, false);
}

void sig_say_english(struct buf *out, const struct sig *sig, struct span medicine)
{
    for (unsigned i = 0; i < sig->dose_count; i++) {
        const struct sig_dose *d = &sig->doses[i];
        if (i > 0) buf_put_text(out, d->sequence > sig->doses[i - 1].sequence ? " Then: " : " ");
        say_english(out, sig, d, i == 0 ? medicine : SPAN_NONE);
    }
}

static void put_often_hindi(struct buf *out, const struct sig_dose *d)
{
    if (d->period_unit == SIG_TIME_NONE) return;
    const struct sig_time_names *time = sig_names_time(d->period_unit);
    unsigned most = d->frequency_max > 0 ? d->frequency_max : d->frequency;
    bool alternate = d->period.low == 2 * SIG_MICRO && d->period.high == d->period.low && d->period_unit == SIG_TIME_DAY;
    bool every = d->period.low != SIG_MICRO || d->period.high != SIG_MICRO || d->period_unit < SIG_TIME_DAY;
    buf_put_text(out, ", ");
    if (alternate && most == 1) {
        buf_put_text(out, "एक दिन छोड़कर");
        return;
    }
    if (every) {
        buf_put_text(out, "हर ");
        put_range(out, d->period, "-", false);
        buf_put_byte(out, ' ');
    }
    buf_put_text(out, time->hindi);
    buf_put_text(out, " में ");
    if (d->at_most) buf_put_text(out, "ज़्यादा से ज़्यादा ");
    if (d->frequency_max > 0 && !d->at_most) {
        buf_put_u64(out, d->frequency);
        buf_put_byte(out, '-');
    }
    buf_put_u64(out, most);
    buf_put_text(out, " बार");
}

static void put_where_hindi(struct buf *out, const struct sig_dose *d)
{
    if (d->site != SIG_SITE_NONE) {
        buf_put_text(out, ", ");
        if (d->side != SIG_SIDE_NONE) {
            buf_put_text(out, sig_names_side(d->side)->hindi);
            buf_put_byte(out, ' ');
        }
        buf_put_text(out, sig_names_site(d->site)->hindi);
        bool on = d->route == SIG_ROUTE_TOPICAL || d->route == SIG_ROUTE_TRANSDERMAL || d->method == SIG_METHOD_APPLY;
        if (d->site == SIG_SITE_EYE && d->side == SIG_SIDE_BOTH) buf_put_text(out, "ों");
        buf_put_text(out, on ? " पर" : " में");
    } else if (d->site_text.p != NULL) {
        buf_put_text(out, " (");
        buf_put_span(out, d->site_text);
        buf_put_byte(out, ')');
    } else if (d->route != SIG_ROUTE_NONE) {
        buf_put_text(out, ", ");
        buf_put_text(out, sig_names_route(d->route)->hindi);
    }
}

static void put_amount_hindi(struct buf *out, const struct sig_dose *d)
{
    if (!d->has_amount) return;
    buf_put_byte(out, ' ');
    bool half = d->amount.low == d->amount.high && d->amount.high == SIG_MICRO / 2 && !sig_names_unit(d->unit)->measure && d->unit != SIG_UNIT_NONE;
    if (d->amount.low == 0) buf_put_text(out, "ज़्यादा से ज़्यादा ");
    if (half) buf_put_text(out, d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_PILL ? "आधी" : "आधा");
    else put_range(out, d->amount, " से ", !sig_names_unit(d->unit)->measure);
    if (d->unit == SIG_UNIT_NONE) return;
    buf_put_byte(out, ' ');
    buf_put_text(out, sig_names_unit(d->unit)->hindi);
}

static void say_hindi(struct buf *out, const struct sig *sig, const struct sig_dose *d, struct span medicine)
{
    if (medicine.n == 0) medicine = d->medicine;
    if (medicine.n == 0) buf_put_text(out, "यह दवा");
    buf_put_span(out, medicine);
    buf_put_byte(out, ':');
    size_t begins = out->n;
    put_amount_hindi(out, d);
    put_strength(out, d, sig_names_unit(d->strength_unit)->hindi);
    put_where_hindi(out, d);
    if (d->at_once) buf_put_text(out, ", तुरंत");
    if (!names_every_time(d)) put_often_hindi(out, d);
    put_moments(out, d, true);
    if (d->duration_unit != SIG_TIME_NONE) {
        buf_put_text(out, d->duration_at_most ? ", ज़्यादा से ज़्यादा " : ", ");
        put_range(out, d->duration, " से ", false);
        buf_put_byte(out, ' ');
        buf_put_text(out, sig_names_time(d->duration_unit)->hindi);
        buf_put_text(out, " तक");
    }
    if (d->count > 0) {
        buf_put_text(out, ", कुल ");
        buf_put_u64(out, d->count);
        buf_put_text(out, " बार");
    }
    if (d->as_needed) {
        buf_put_text(out, ", सिर्फ़ ज़रूरत होने पर");
        if (d->reason.p != NULL) {
            buf_put_text(out, " (");
            buf_put_span(out, d->reason);
            buf_put_byte(out, ')');
        }
    }
    if (d->as_directed) buf_put_text(out, ", डॉक्टर के बताए अनुसार");
    /* nothing in front of the first comma: ":, दिन में" is ": दिन में" */
    if (!out->failed && out->n > begins && out->p[begins] == ',') {
        memmove(out->p + begins, out->p + begins + 1, out->n - begins - 1);
        out->n--;
    }
    buf_put_byte(out, ' ');
    buf_put_text(out, sig_names_method(method_of(d, sig->form))->hindi);
    put_sentence_end(out, d, true);
}

void sig_say_hindi(struct buf *out, const struct sig *sig, struct span medicine)
{
    for (unsigned i = 0; i < sig->dose_count; i++) {
        const struct sig_dose *d = &sig->doses[i];
        if (i > 0) buf_put_text(out, d->sequence > sig->doses[i - 1].sequence ? " फिर: " : " ");
        say_hindi(out, sig, d, medicine);
    }
}
