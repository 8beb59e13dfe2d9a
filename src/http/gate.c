#include "http/gate.h"

#include "base/num.h"
#include "http/ascii.h"

static struct err put_text(char *to, struct span text)
{
    if (text.n >= GATE_TEXT_MAX) return FAIL(CONFIG);
    for (size_t i = 0; i < text.n; i++) to[i] = (char)ascii_lower(text.p[i]);
    to[text.n] = '\0';
    return OK;
}

static struct err add_host(struct gate *gate, struct span name, struct span port, bool may_leave_out)
{
    char text[GATE_TEXT_MAX];
    struct buf b = BUF_WITH_MAX(GATE_TEXT_MAX - 1);
    buf_put_span(&b, name);
    if (port.n > 0 && !may_leave_out) {
        buf_put_byte(&b, ':');
        buf_put_span(&b, port);
    }
    struct err err = buf_check(&b);
    if (!err_failed(err)) err = put_text(text, buf_span(&b));
    buf_free(&b);
    TRY(err);
    for (unsigned i = 0; i < gate->host_count; i++)
        if (strcmp(gate->host[i], text) == 0) return OK;
    if (gate->host_count == GATE_HOSTS_MAX) return FAIL(CONFIG);
    memcpy(gate->host[gate->host_count++], text, sizeof text);
    return OK;
}

/* "name:port", "[::1]:port", "name"; false when it is none of these. */
static bool split_host(struct span text, struct span *name_out, struct span *port_out)
{
    size_t name_bytes = 0;
    if (text.n > 0 && text.p[0] == '[') {
        while (name_bytes < text.n && text.p[name_bytes] != ']') {
            uint8_t c = text.p[name_bytes++];
            if (name_bytes > 1 && !ascii_is_alnum(c) && c != ':' && c != '.') return false;
        }
        if (name_bytes++ >= text.n || name_bytes < 4) return false;
    } else {
        while (name_bytes < text.n && text.p[name_bytes] != ':') {
            uint8_t c = text.p[name_bytes++];
            if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_') return false;
        }
    }
    *name_out = span_sub(text, 0, name_bytes);
    *port_out = span_sub(text, name_bytes + 1, text.n);
    if (name_bytes == 0 || name_bytes > 255) return false;
    if (name_bytes == text.n) return true;
    uint64_t port;
    return text.p[name_bytes] == ':' && num_u64(*port_out, 65535, &port) && port > 0;
}

static struct err add_origin(struct gate *gate, struct span origin)
{
    while (origin.n > 0 && origin.p[origin.n - 1] == '/') origin.n--;
    struct span host = origin, name, port;
    bool is_secure = ascii_starts(origin, "https://");
    if (!is_secure && !ascii_starts(origin, "http://")) return FAIL(CONFIG);
    host = span_sub(origin, is_secure ? 8 : 7, origin.n);
    if (!split_host(host, &name, &port)) return FAIL(CONFIG);
    TRY(put_text(gate->origin, origin));
    return add_host(gate, name, port, false);
}

struct err gate_init(struct gate *gate, const char *listen, const char *origin, bool plain_http)
{
    *gate = (struct gate){.host_count = 0};
    memcpy(gate->scheme, plain_http ? "http" : "https", plain_http ? 5 : 6);
    struct span name, port;
    if (!split_host(span_text(listen), &name, &port) || port.n == 0) return FAIL(CONFIG);
    const struct span names[] = {SPAN_LITERAL("localhost"), SPAN_LITERAL("127.0.0.1"), SPAN_LITERAL("[::1]"), name};
    bool is_default_port = span_is(port, plain_http ? "80" : "443");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) TRY(add_host(gate, names[i], port, is_default_port));
    return origin[0] != '\0' ? add_origin(gate, span_text(origin)) : OK;
}

static bool is_ours(const struct gate *gate, struct span host)
{
    for (unsigned i = 0; i < gate->host_count; i++)
        if (ascii_is(host, gate->host[i])) return true;
    return false;
}

struct err gate_host(const struct gate *gate, struct span host)
{
    if (is_ours(gate, host)) return OK;
    struct span name, port;
    if (!split_host(host, &name, &port)) return FAIL(BAD_HOST);
    bool is_default_port = span_is(port, strcmp(gate->scheme, "https") == 0 ? "443" : "80");
    return is_default_port && is_ours(gate, name) ? OK : FAIL(MISDIRECTED);
}

static bool is_own_origin(const struct gate *gate, struct span origin)
{
    if (gate->origin[0] != '\0' && ascii_is(origin, gate->origin)) return true;
    size_t scheme = strlen(gate->scheme);
    return ascii_starts(origin, gate->scheme) && span_starts(span_sub(origin, scheme, origin.n), SPAN_LITERAL("://")) &&
           is_ours(gate, span_sub(origin, scheme + 3, origin.n));
}

struct span gate_cookie(struct span cookies, const char *name, unsigned *count_out)
{
    struct span value = SPAN_NONE;
    *count_out = 0;
    while (cookies.n > 0) {
        struct span pair = ascii_trim(ascii_cut(&cookies, ';'));
        if (!span_is(ascii_trim(ascii_cut(&pair, '=')), name)) continue;
        value = ascii_trim(pair);
        (*count_out)++;
    }
    return *count_out == 1 ? value : SPAN_NONE;
}

/* A page of another site made the browser send this. Other clients send neither header. */
static bool is_foreign(const struct gate *gate, const struct head *head, bool unsafe_method)
{
    bool other_origin = head->origin.n > 0 && !is_own_origin(gate, head->origin);
    if (head->fetch_site.n == 0) return false;
    bool same_site = span_is(head->fetch_site, "same-origin") || span_is(head->fetch_site, "none");
    return other_origin || (unsafe_method && !same_site);
}

static struct err read_bearer(const struct head *head, struct span *token_out)
{
    struct span rest = head->authorization;
    struct span scheme = ascii_cut(&rest, ' ');
    rest = ascii_trim(rest);
    if (!ascii_is(scheme, "bearer") || rest.n > FRAME_TOKEN_MAX || !ascii_all(rest, ascii_is_bearer)) return FAIL(TOKEN_INVALID);
    *token_out = rest;
    return OK;
}

/* The token is the cookie of our own pages: an unsafe request must show that one of them sent it. */
static struct err check_cookie_use(const struct gate *gate, const struct head *head, bool unsafe_method)
{
    if (!unsafe_method) return OK;
    if (head->csrf.n == 0 || head->csrf.n > FRAME_TOKEN_MAX) return FAIL(CSRF);
    return head->origin.n > 0 && !is_own_origin(gate, head->origin) ? FAIL(CSRF) : OK;
}

struct err gate_check(const struct gate *gate, const struct route *route, bool unsafe_method, const struct head *head,
                      struct gate_pass *pass_out)
{
    *pass_out = (struct gate_pass){.auth = AUTH_NONE};
    unsigned cookies;
    struct span cookie = gate_cookie(head->cookie, "__Host-at", &cookies);
    bool has_bearer = head->authorization.n > 0;
    if (is_foreign(gate, head, unsafe_method)) return FAIL(CSRF);
    if (route->limit == LIMIT_AUTH) return OK; /* a stale cookie must not stand in the way of signing in */
    if (cookies > 1 || (cookies > 0 && cookie.n > 0 && has_bearer)) return FAIL(AMBIGUOUS_AUTH);
    bool is_public = (route->who & WHO_ANYONE) != 0;
    if (has_bearer) {
        struct err err = read_bearer(head, &pass_out->token);
        if (err_failed(err)) return is_public ? OK : err;
        pass_out->auth = AUTH_BEARER;
        return OK;
    }
    if (cookie.n == 0 || cookie.n > FRAME_TOKEN_MAX || !ascii_all(cookie, ascii_is_bearer))
        return is_public ? OK : FAIL(TOKEN_INVALID);
    TRY(check_cookie_use(gate, head, unsafe_method));
    pass_out->auth = AUTH_COOKIE;
    pass_out->token = cookie;
    pass_out->csrf = head->csrf;
    return OK;
}
