#include "http/answer.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "wire/routes.h"

struct err answer_rules_init(struct answer_rules *rules, bool plain_http, const char *sunset_day)
{
    int64_t time_us;
    struct buf text = BUF_WITH_MAX(64);
    buf_put_text(&text, sunset_day);
    buf_put_text(&text, "T23:59:59Z");
    bool is_day = clock_parse_rfc3339(buf_span(&text), &time_us);
    buf_free(&text);
    if (!is_day) return FAIL(CONFIG);
    time_t seconds = (time_t)(time_us / SECONDS_US(1));
    struct tm day;
    *rules = (struct answer_rules){.tls = !plain_http};
    if (gmtime_r(&seconds, &day) == NULL) return FAIL(CONFIG);
    size_t n = strftime(rules->sunset, sizeof rules->sunset, "%a, %d %b %Y %H:%M:%S GMT", &day);
    return n > 0 ? OK : FAIL(CONFIG);
}

void answer_put(struct answer *a, const char *name, const char *value)
{
    if (a->count == ANSWER_HEADERS_MAX) {
        a->failed = true;
        return;
    }
    a->header[a->count].name = name;
    a->header[a->count++].value = value;
}

/* Space in `text` for a value of n bytes and its NUL. */
static char *room(struct answer *a, size_t n)
{
    if (a->failed || n >= ANSWER_TEXT_MAX - a->text_bytes) {
        a->failed = true;
        return NULL;
    }
    char *p = a->text + a->text_bytes;
    a->text_bytes += n + 1;
    p[n] = '\0';
    return p;
}

void answer_put_span(struct answer *a, const char *name, struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] >= 0x7f) a->failed = true;
    char *to = room(a, value.n);
    if (to == NULL || value.n == 0) return;
    memcpy(to, value.p, value.n);
    answer_put(a, name, to);
}

void answer_put_number(struct answer *a, const char *name, uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    answer_put_span(a, name, span_of(digits, (size_t)n));
}

void answer_begin(struct answer *a, const struct answer_rules *rules, unsigned status, struct id request_id)
{
    a->status = status;
    a->count = 0;
    a->text_bytes = 0;
    a->failed = false;
    if (rules->tls) answer_put(a, "Strict-Transport-Security", "max-age=63072000; includeSubDomains");
    answer_put(a, "X-Content-Type-Options", "nosniff");
    answer_put(a, "Referrer-Policy", "no-referrer");
    answer_put(a, "Cross-Origin-Resource-Policy", "same-origin");
    answer_put(a, "Cross-Origin-Opener-Policy", "same-origin");
    char *text = room(a, ID_TEXT);
    if (text == NULL) return;
    id_write(request_id, text);
    answer_put(a, "X-Request-Id", text);
}

void answer_api(struct answer *a, const char *content_type)
{
    answer_put(a, "Cache-Control", "no-store");
    answer_put(a, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox");
    if (content_type != NULL) answer_put(a, "Content-Type", content_type);
}

static const char *file_name(unsigned media_type)
{
    static const char *const names[MEDIA_TYPE_COUNT] = {
        [MEDIA_WAV] = "attachment; filename=\"original.wav\"",   [MEDIA_FLAC] = "attachment; filename=\"original.flac\"",
        [MEDIA_MP3] = "attachment; filename=\"original.mp3\"",   [MEDIA_M4A] = "attachment; filename=\"original.m4a\"",
        [MEDIA_OGG] = "attachment; filename=\"original.ogg\"",   [MEDIA_WEBM] = "attachment; filename=\"original.webm\"",
        [MEDIA_JPEG] = "attachment; filename=\"original.jpg\"",  [MEDIA_PNG] = "attachment; filename=\"original.png\"",
        [MEDIA_WEBP] = "attachment; filename=\"original.webp\"", [MEDIA_TIFF] = "attachment; filename=\"original.tiff\"",
        [MEDIA_HEIC] = "attachment; filename=\"original.heic\"", [MEDIA_PDF] = "attachment; filename=\"original.pdf\"",
    };
    const char *name = media_type < MEDIA_TYPE_COUNT ? names[media_type] : NULL;
    return name != NULL ? name : "attachment";
}

void answer_file(struct answer *a, const struct response *head)
{
    const char *type = media_type_name(head->media_type);
    answer_api(a, type != NULL ? type : "application/octet-stream");
    answer_put(a, "Content-Disposition", file_name(head->media_type));
    answer_put(a, "Accept-Ranges", "bytes");
    if (a->status != 206) return;
    char range[80];
    int n = snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)head->range_from,
                     (unsigned long long)(head->range_from + head->range_bytes - 1), (unsigned long long)head->file_bytes);
    answer_put_span(a, "Content-Range", span_of(range, (size_t)n));
}

static const char permissions[] = "microphone=(self), camera=(self), accelerometer=(), autoplay=(self), display-capture=(), "
                                  "encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), hid=(), idle-detection=(), "
                                  "magnetometer=(), midi=(), payment=(), publickey-credentials-get=(self), screen-wake-lock=(self), "
                                  "serial=(), usb=(), xr-spatial-tracking=()";

void answer_page(struct answer *a, const char *nonce)
{
    char policy[640];
    int n = snprintf(policy, sizeof policy,
                     "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' blob:; media-src 'self' blob:; "
                     "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                     "base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'", nonce);
    answer_put(a, "Cache-Control", "no-store");
    answer_put_span(a, "Content-Security-Policy", span_of(policy, (size_t)n));
    answer_put(a, "Permissions-Policy", permissions);
    answer_put(a, "Cross-Origin-Embedder-Policy", "require-corp");
    answer_put(a, "Content-Type", "text/html; charset=utf-8");
}

void answer_asset(struct answer *a, const char *content_type, const char *etag, bool immutable)
{
    answer_put(a, "Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    answer_put(a, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox");
    answer_put(a, "ETag", etag);
    answer_put(a, "Content-Type", content_type);
}

static void put_cookie(struct answer *a, const char *name, struct span value, uint32_t max_age_s)
{
    struct buf text = BUF_WITH_MAX(4096 + 160);
    buf_put_text(&text, name);
    buf_put_byte(&text, '=');
    buf_put_span(&text, value);
    buf_put_text(&text, "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=");
    buf_put_u64(&text, max_age_s);
    if (text.failed) a->failed = true;
    answer_put_span(a, "Set-Cookie", buf_span(&text));
    buf_free(&text);
}

static void put_cookies(struct answer *a, const struct response *head)
{
    switch ((enum response_cookie)head->cookie) {
    case COOKIE_NONE: break;
    case COOKIE_SET_ACCESS: put_cookie(a, "__Host-at", head->cookie_value, head->max_age_s); break;
    case COOKIE_SET_REFRESH: put_cookie(a, "__Host-rt", head->cookie_value, head->max_age_s); break;
    case COOKIE_CLEAR:
        answer_put(a, "Clear-Site-Data", "\"cache\",\"cookies\",\"storage\"");
        put_cookie(a, "__Host-at", SPAN_NONE, 0);
        put_cookie(a, "__Host-rt", SPAN_NONE, 0);
        break;
    }
}

void answer_put_response(struct answer *a, const struct response *head)
{
    put_cookies(a, head);
    if (head->version > 0) {
        char tag[32];
        int n = snprintf(tag, sizeof tag, "\"v%llu\"", (unsigned long long)head->version);
        answer_put_span(a, "ETag", span_of(tag, (size_t)n));
    }
    if (head->location.n > 0) {
        struct buf path = BUF_WITH_MAX(300);
        buf_put_text(&path, "/api/v1");
        buf_put_span(&path, head->location);
        answer_put_span(a, "Location", buf_span(&path));
        buf_free(&path);
    }
    if (a->status == 401) answer_put(a, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    if (a->status == 429 || a->status == 503) answer_put_number(a, "Retry-After", head->retry_after_s > 0 ? head->retry_after_s : 2);
}

void answer_put_old_path(struct answer *a, const struct answer_rules *rules, struct span path)
{
    struct buf link = BUF_WITH_MAX(400);
    buf_put_text(&link, "</api/v1");
    buf_put_span(&link, path);
    buf_put_text(&link, ">; rel=\"successor-version\"");
    answer_put(a, "Deprecation", "@1763769600"); /* 2025-11-22, when the paths under /api/v1 came (RFC 9745) */
    answer_put(a, "Sunset", rules->sunset);
    answer_put_span(a, "Link", buf_span(&link));
    buf_free(&link);
}

void answer_put_problem(struct buf *out, struct id request_id, const struct response *head)
{
    unsigned code = head->error;
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_word(&j, "type", "about:blank");
    json_put_word(&j, "title", err_title(code));
    json_put_i64(&j, "status", err_http_status(code));
    json_put_word(&j, "code", err_public_code(code));
    if (head->detail.n > 0) json_put_text(&j, "detail", head->detail);
    if (head->field.n > 0) json_put_text(&j, "field", head->field);
    if (head->consent_missing != 0) {
        json_key(&j, "consent_required");
        json_array(&j);
        for (unsigned type = 0; type < CONSENT_TYPES; type++)
            if ((head->consent_missing & 1u << type) != 0) json_text(&j, span_text(consent_type_word(type)));
        json_array_end(&j);
    }
    json_put_id(&j, "request_id", request_id);
    if (head->body.n > 0) {
        buf_put_byte(out, ',');
        buf_put_span(out, head->body);
    }
    json_object_end(&j);
}

static const char *reason(unsigned status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    case 507: return "Insufficient Storage";
    default: return "Error";
    }
}

void answer_write(const struct answer *a, struct span body, struct buf *out)
{
    char line[64];
    int n = snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", a->status, reason(a->status));
    buf_put(out, line, (size_t)n);
    for (unsigned i = 0; i < a->count; i++) {
        buf_put_text(out, a->header[i].name);
        buf_put(out, ": ", 2);
        buf_put_text(out, a->header[i].value);
        buf_put(out, "\r\n", 2);
    }
    buf_put_text(out, "Connection: close\r\nContent-Length: ");
    buf_put_u64(out, body.n);
    buf_put(out, "\r\n\r\n", 4);
    buf_put_span(out, body);
}
