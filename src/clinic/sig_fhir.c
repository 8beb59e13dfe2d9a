/* FHIR R4 Dosage (hl7.org/fhir/R4/dosage.html) of a direction. */
#include "clinic/sig_names.h"
#include "clinic/sig_token.h"

#define UCUM "http://unitsofmeasure.org"
#define DRUG_FORM "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm"
#define TIMING_CODE "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
#define SNOMED "http://snomed.info/sct"

static void put_decimal(struct json *j, const char *key, int64_t millionths)
{
    struct buf text = BUF_WITH_MAX(64);
    sig_names_put_decimal(&text, millionths);
    json_key(j, key);
    json_raw(j, buf_span(&text));
    buf_free(&text);
}

static void put_quantity(struct json *j, const char *key, int64_t value, enum sig_unit unit)
{
    const struct sig_unit_names *names = sig_names_unit(unit);
    json_key(j, key);
    json_object(j);
    put_decimal(j, "value", value);
    if (unit != SIG_UNIT_NONE) {
        json_put_word(j, "unit", names->one);
        if (names->code != NULL) {
            json_put_word(j, "system", names->measure ? UCUM : DRUG_FORM);
            json_put_word(j, "code", names->code);
        }
    }
    json_object_end(j);
}

static void put_duration(struct json *j, const char *key, int64_t value, enum sig_time unit)
{
    const struct sig_time_names *names = sig_names_time(unit);
    json_key(j, key);
    json_object(j);
    put_decimal(j, "value", value);
    json_put_word(j, "unit", value == SIG_MICRO ? names->one : names->many);
    json_put_word(j, "system", UCUM);
    json_put_word(j, "code", names->code);
    json_object_end(j);
}

static void put_bounds(struct json *j, const struct sig_dose *d)
{
    if (d->duration_unit == SIG_TIME_NONE) return;
    if (d->duration.low == d->duration.high && !d->duration_at_most) {
        put_duration(j, "boundsDuration", d->duration.low, d->duration_unit);
        return;
    }
    json_key(j, "boundsRange");
    json_object(j);
    if (!d->duration_at_most) put_duration(j, "low", d->duration.low, d->duration_unit);
    put_duration(j, "high", d->duration.high, d->duration_unit);
    json_object_end(j);
}

static void put_moments(struct json *j, const struct sig_dose *d, bool clock)
{
    if (d->days != 0) {
        json_key(j, "dayOfWeek");
        json_array(j);
        for (unsigned day = 0; day < 7; day++)
            if (d->days & 1u << day) json_text(j, span_text(sig_names_weekday(day)->code));
        json_array_end(j);
    }
    if (clock) { /* FHIR tim-10: timeOfDay and when exclude each other */
        json_key(j, "timeOfDay");
        json_array(j);
        for (unsigned i = 0; i < d->time_count; i++) {
            const uint8_t text[8] = {(uint8_t)('0' + d->times[i] / 600 % 10), (uint8_t)('0' + d->times[i] / 60 % 10), ':',
                                     (uint8_t)('0' + d->times[i] % 60 / 10), (uint8_t)('0' + d->times[i] % 10), ':', '0', '0'};
            json_text(j, span_of(text, sizeof text));
        }
        json_array_end(j);
    } else if (d->when != 0) {
        json_key(j, "when");
        json_array(j);
        for (unsigned w = 0; w < SIG_WHEN_COUNT; w++)
            if (d->when & 1u << w) json_text(j, span_text(sig_names_when((enum sig_when)w)->code));
        json_array_end(j);
        if (d->offset_minutes > 0) json_put_i64(j, "offset", d->offset_minutes);
    }
}

static void put_repeat(struct json *j, const struct sig_dose *d, bool clock)
{
    json_key(j, "repeat");
    json_object(j);
    put_bounds(j, d);
    if (d->count > 0) json_put_i64(j, "count", d->count);
    else if (d->at_once && d->period_unit == SIG_TIME_NONE) json_put_i64(j, "count", 1);
    if (d->over_unit != SIG_TIME_NONE) {
        put_decimal(j, "duration", d->over.low);
        if (d->over.high > d->over.low) put_decimal(j, "durationMax", d->over.high);
        json_put_word(j, "durationUnit", sig_names_time(d->over_unit)->code);
    }
    if (d->period_unit != SIG_TIME_NONE) {
        json_put_i64(j, "frequency", d->at_most ? 1 : d->frequency);
        unsigned most = d->frequency_max > 0 ? d->frequency_max : d->at_most && d->frequency > 1 ? d->frequency : 0;
        if (most > 0) json_put_i64(j, "frequencyMax", most);
        put_decimal(j, "period", d->period.low);
        if (d->period.high > d->period.low) put_decimal(j, "periodMax", d->period.high);
        json_put_word(j, "periodUnit", sig_names_time(d->period_unit)->code);
    }
    put_moments(j, d, clock);
    json_object_end(j);
}

/* The abbreviation that says the whole frequency; NULL = none does. */
static const char *timing_code(const struct sig_dose *d)
{
    static const char *const a_day[5] = {NULL, "QD", "BID", "TID", "QID"};
    static const char *const hours[9] = {NULL, "Q1H", "Q2H", "Q3H", "Q4H", NULL, "Q6H", NULL, "Q8H"};
    if (d->period_unit == SIG_TIME_NONE || d->frequency_max > 0 || d->at_most || d->period.low != d->period.high || d->days != 0) return NULL;
    int64_t period = d->period.low / SIG_MICRO;
    if (d->period.low % SIG_MICRO != 0) return NULL;
    if (d->period_unit == SIG_TIME_DAY && period == 1 && d->frequency <= 4) return a_day[d->frequency];
    if (d->frequency != 1) return NULL;
    if (d->period_unit == SIG_TIME_DAY && period == 2) return "QOD";
    if (d->period_unit == SIG_TIME_HOUR && period <= 8) return hours[period];
    if (d->period_unit == SIG_TIME_WEEK && period == 1) return "WK";
    if (d->period_unit == SIG_TIME_MONTH && period == 1) return "MO";
    return NULL;
}

static void put_coding(struct json *j, const char *system, const char *code, const char *display)
{
    json_key(j, "coding");
    json_array(j);
    json_object(j);
    json_put_word(j, "system", system);
    json_put_word(j, "code", code);
    if (display != NULL) json_put_word(j, "display", display);
    json_object_end(j);
    json_array_end(j);
}

static void put_timing(struct json *j, const struct sig_dose *d, bool clock)
{
    const char *code = timing_code(d);
    bool any = d->period_unit != SIG_TIME_NONE || d->when != 0 || d->time_count > 0 || d->days != 0 || d->count > 0 || d->at_once ||
               d->duration_unit != SIG_TIME_NONE || d->over_unit != SIG_TIME_NONE;
    if (!any) return;
    json_key(j, "timing");
    json_object(j);
    put_repeat(j, d, clock);
    if (code != NULL || d->at_once) {
        json_key(j, "code");
        json_object(j);
        if (code != NULL) put_coding(j, TIMING_CODE, code, NULL);
        json_put_word(j, "text", d->at_once ? "STAT" : code);
        json_object_end(j);
    }
    json_object_end(j);
}

static void put_where(struct json *j, const struct sig_dose *d)
{
    if (d->site != SIG_SITE_NONE || d->site_text.p != NULL) {
        struct buf text = BUF_WITH_MAX(SIG_TEXT_LIMIT);
        if (d->site != SIG_SITE_NONE) {
            if (d->side != SIG_SIDE_NONE) {
                buf_put_text(&text, sig_names_side(d->side)->english);
                buf_put_byte(&text, ' ');
            }
            buf_put_text(&text, sig_names_site(d->site)->english);
        } else {
            buf_put_span(&text, d->site_text);
        }
        json_key(j, "site");
        json_object(j);
        json_put_text(j, "text", buf_span(&text));
        json_object_end(j);
        buf_free(&text);
    }
    if (d->route == SIG_ROUTE_NONE) return;
    const struct sig_route_names *route = sig_names_route(d->route);
    json_key(j, "route");
    json_object(j);
    if (route->snomed != NULL) put_coding(j, SNOMED, route->snomed, route->display);
    json_put_word(j, "text", route->display != NULL ? route->display : route->english);
    json_object_end(j);
}

static void put_amount(struct json *j, const struct sig_dose *d)
{
    json_key(j, "doseAndRate");
    json_array(j);
    json_object(j);
    if (d->amount.low == d->amount.high) {
        put_quantity(j, "doseQuantity", d->amount.low, d->unit);
    } else {
        json_key(j, "doseRange");
        json_object(j);
        if (d->amount.low > 0) put_quantity(j, "low", d->amount.low, d->unit);
        put_quantity(j, "high", d->amount.high, d->unit);
        json_object_end(j);
    }
    json_object_end(j);
    json_array_end(j);
}

static void put_dose(struct json *j, const struct sig *sig, const struct sig_dose *d, bool clock)
{
    json_object(j);
    json_put_i64(j, "sequence", d->sequence);
    json_put_text(j, "text", sig->dose_count == 1 || d->length == 0 ? sig->text : span_sub(sig->text, d->at, d->length));
    if (d->note_count > 0 || d->as_directed) {
        json_key(j, "additionalInstruction");
        json_array(j);
        for (unsigned i = 0; i < d->note_count + (d->as_directed ? 1u : 0u); i++) {
            json_object(j);
            json_put_text(j, "text", i < d->note_count ? d->notes[i] : SPAN_LITERAL("as directed"));
            json_object_end(j);
        }
        json_array_end(j);
    }
    put_timing(j, d, clock);
    if (d->as_needed && d->reason.p != NULL) {
        json_key(j, "asNeededCodeableConcept");
        json_object(j);
        json_put_text(j, "text", d->reason);
        json_object_end(j);
    } else if (d->as_needed) {
        json_put_bool(j, "asNeededBoolean", true);
    }
    put_where(j, d);
    if (d->method != SIG_METHOD_NONE) {
        json_key(j, "method");
        json_object(j);
        json_put_word(j, "text", sig_names_method(d->method)->english);
        json_object_end(j);
    }
    if (d->has_amount) put_amount(j, d);
    if (d->has_maximum) {
        json_key(j, "maxDosePerPeriod");
        json_object(j);
        put_quantity(j, "numerator", d->maximum, d->maximum_unit);
        put_duration(j, "denominator", d->maximum_period, d->maximum_period_unit);
        json_object_end(j);
    }
    json_object_end(j);
}

void sig_fhir_put(struct json *j, const struct sig *sig)
{
    json_array(j);
    for (unsigned i = 0; i < sig->dose_count; i++) {
        const struct sig_dose *d = &sig->doses[i];
        bool both = d->time_count > 0 && d->when != 0;
        if (both || d->time_count == 0) put_dose(j, sig, d, false);
        if (d->time_count > 0) put_dose(j, sig, d, true);
    }
    json_array_end(j);
}
