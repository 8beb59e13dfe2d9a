/* The head of a request: is it unmistakable, for us, for a route there is, from somebody who may knock, and not too often? */
#include "http/ascii.h"
#include "http/loop.h"
#include "http/multipart.h"
#include "http/page.h"

/* libmicrohttpd 0.9.75 leaves the head where it was received and only puts NULs over the bytes that end its parts. So lines
   that do not lie side by side are bare line feeds, folded lines, NUL bytes or doubled blanks, all of which it forgives and
   which can hide a second request. Were its layout another, every request would fail here, and every test. */
struct layout {
    struct head *head;
    const char *expected; /* where the next line must begin; NULL once one did not */
};

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_bytes, const char *value,
                                   size_t value_bytes)
{
    struct layout *layout = cls;
    (void)kind;
    head_add(layout->head, span_of(name, name_bytes), span_of(value, value_bytes));
    const char *gap = name + name_bytes + 1; /* behind the colon */
    bool fits = layout->expected == name && value != NULL && value >= gap;
    for (; fits && gap < value; gap++) fits = *gap == ' ' || *gap == '\t';
    layout->expected = fits ? value + value_bytes + 2 : NULL;
    return MHD_YES;
}

static struct err check_layout(struct exchange *x, const char *method, const char *version)
{
    size_t method_bytes = strlen(method);
    struct layout layout = {.head = &x->head};
    bool fits = x->raw_uri == method + method_bytes + 1 && version == x->raw_uri + x->uri_bytes + 1;
    layout.expected = fits ? version + strlen(version) + 2 : NULL;
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, &layout);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    bool whole = layout.expected != NULL && info != NULL && method + info->header_size == layout.expected + 2;
    return whole ? OK : FAIL(BAD_REQUEST);
}

static struct err read_address(struct exchange *x)
{
    struct span uri = buf_span(&x->uri);
    if (x->uri_bytes > HEAD_URI_MAX) return FAIL(URI_TOO_LONG);
    if (x->uri.failed || uri.n == 0 || uri.p[0] != '/') return FAIL(BAD_REQUEST); /* nor the absolute form nor "*" */
    for (size_t i = 0; i < uri.n; i++)
        if (uri.p[i] <= 0x20 || uri.p[i] >= 0x7f || uri.p[i] == '#') return FAIL(BAD_REQUEST);
    x->query = uri;
    x->path = ascii_cut(&x->query, '?');
    return OK;
}

static struct err check_content_type(const struct exchange *x, const struct route *route)
{
    struct span type = x->head.content_type, rest = type;
    if (route->multipart && !multipart_is_form(type)) return FAIL(UNSUPPORTED_TYPE);
    if (!head_has_body(&x->head)) return route->multipart ? FAIL(BAD_MULTIPART) : OK;
    if (route->multipart) return OK;
    return ascii_is(ascii_trim(ascii_cut(&rest, ';')), "application/json") ? OK : FAIL(UNSUPPORTED_TYPE);
}

static struct err check_size(const struct exchange *x, const struct route *route)
{
    const struct server_settings *settings = x->loop->settings;
    uint64_t max = FIELDS_JSON_MAX;
    if (route->multipart) /* the form around the file and its text fields need some room, too */
        max += route_takes_audio(route) ? settings->max_audio_bytes : settings->max_picture_bytes;
    return x->head.body_bytes > max ? FAIL(TOO_LARGE) : OK;
}

static struct err check_limit(struct exchange *x, const struct route *route)
{
    if (route->events || route->limit == LIMIT_NONE || x->loop->settings->limiter == NULL) return OK;
    bool by_token = route->limit != LIMIT_AUTH && x->pass.token.n > 0;
    if (by_token && limiter_is_spent(x->loop->settings->limiter, LIMITER_FAILURES, limiter_address(x->peer->ip), x->loop->now_us))
        by_token = false; /* who guesses tokens is an address, no user */
    struct span key = by_token ? x->pass.token : limiter_address(x->peer->ip);
    x->limit = limiter_take(x->loop->settings->limiter, route->limit, key, x->loop->now_us);
    return x->limit.allowed ? OK : FAIL(RATE_LIMITED);
}

static struct err check_page(struct exchange *x, struct span method)
{
    bool reads = span_is(method, "GET") || x->is_head;
    if (!reads || head_has_body(&x->head)) return FAIL(METHOD_NOT_ALLOWED);
    x->is_page = true;
    return OK;
}

static struct err check_syntax(struct exchange *x, const char *method, const char *version)
{
    struct err layout = check_layout(x, method, version);
    bool is_http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    struct err head = head_end(&x->head, is_http_1_0);
    TRY(read_address(x));
    TRY(head);
    TRY(layout);
    return is_http_1_0 || strcmp(version, "HTTP/1.1") == 0 ? OK : FAIL(BAD_REQUEST);
}

struct err opening_check(struct exchange *x, const char *method_text, const char *version)
{
    struct span method = span_text(method_text);
    x->damaged = true;
    TRY(check_syntax(x, method_text, version));
    TRY(gate_host(&x->loop->settings->gate, x->head.host));
    x->damaged = false;
    if (x->loop->stopping) return FAIL(SHUTTING_DOWN);
    x->is_head = span_is(method, "HEAD");
    x->unsafe = !x->is_head && !span_is(method, "GET");
    if (page_exists(x->path)) {
        struct err page = check_page(x, method);
        if (!err_failed(page) || !match_is_api(x->path)) return page;
    }
    TRY(match_find(method, x->path, &x->match));
    const struct route *route = &route_table[x->match.route];
    TRY(gate_check(&x->loop->settings->gate, route, x->unsafe, &x->head, &x->pass));
    TRY(check_limit(x, route));
    TRY(check_content_type(x, route));
    return check_size(x, route);
}
