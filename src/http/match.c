#include "http/match.h"

#include "http/ascii.h"

static const struct span prefix = {(const uint8_t *)"/api/v1", 7};

/* Does the path have this pattern? {…} stands for one segment, not empty. */
static bool fits(const char *pattern, struct span path, struct span *part_out)
{
    size_t at = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '{') {
            if (at >= path.n || path.p[at++] != (uint8_t)*pattern) return false;
            continue;
        }
        size_t from = at;
        while (at < path.n && path.p[at] != '/') at++;
        *part_out = span_sub(path, from, at - from);
        if (at == from) return false;
        pattern = strchr(pattern, '}');
        if (pattern == NULL) return false;
    }
    return at == path.n;
}

static bool method_fits(const char *offered, struct span method)
{
    return span_is(method, offered) || (span_is(method, "HEAD") && strcmp(offered, "GET") == 0);
}

static struct err find_route(struct span method, struct span path, struct match *match_out)
{
    bool path_exists = false;
    for (uint16_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &route_table[i];
        if (route->path == NULL || !fits(route->path, path, &match_out->part)) continue;
        path_exists = true;
        if (!method_fits(route->method, method)) continue;
        match_out->route = i;
        return OK;
    }
    return path_exists ? FAIL(METHOD_NOT_ALLOWED) : FAIL(NOT_FOUND);
}

static struct err find_alias(struct span method, struct span path, struct match *match_out)
{
    bool path_exists = false;
    for (const struct route_alias *alias = route_aliases; alias->path != NULL; alias++) {
        if (!fits(alias->path, path, &match_out->part)) continue;
        path_exists = true;
        if (!method_fits(alias->method, method)) continue;
        match_out->route = alias->route;
        if (!alias->stays) match_out->old_path = alias->path;
        return OK;
    }
    return path_exists ? FAIL(METHOD_NOT_ALLOWED) : FAIL(NOT_FOUND);
}

struct err match_find(struct span method, struct span path, struct match *match_out)
{
    *match_out = (struct match){.route = ROUTE_COUNT};
    struct err err = FAIL(NOT_FOUND);
    if (span_starts(path, prefix)) err = find_route(method, span_sub(path, prefix.n, path.n), match_out);
    if (!err_failed(err)) return err;
    struct err alias_err = find_alias(method, path, match_out);
    return alias_err.code == ERR_NOT_FOUND ? err : alias_err;
}

static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH"};
enum { METHODS = sizeof methods / sizeof methods[0] };

static unsigned method_bit(const char *method)
{
    for (unsigned i = 0; i < METHODS; i++)
        if (strcmp(methods[i], method) == 0) return 1u << i;
    return 0;
}

void match_put_allow(struct buf *out, struct span path)
{
    unsigned offered = 0;
    struct span part, below = span_sub(path, prefix.n, path.n);
    for (unsigned i = 0; i < ROUTE_COUNT && span_starts(path, prefix); i++)
        if (route_table[i].path != NULL && fits(route_table[i].path, below, &part)) offered |= method_bit(route_table[i].method);
    for (const struct route_alias *alias = route_aliases; alias->path != NULL; alias++)
        if (fits(alias->path, path, &part)) offered |= method_bit(alias->method);
    for (unsigned i = 0; i < METHODS; i++) {
        if ((offered >> i & 1u) == 0) continue;
        if ((offered & ((1u << i) - 1u)) != 0) buf_put_text(out, ", ");
        buf_put_text(out, i == 0 ? "GET, HEAD" : methods[i]);
    }
}

bool match_is_api(struct span path)
{
    struct match match;
    if (span_is(path, "/api") || span_starts(path, SPAN_LITERAL("/api/"))) return true;
    for (const struct route_alias *alias = route_aliases; alias->path != NULL; alias++) { /* nothing of ours lies below an old path */
        struct span above = span_text(alias->path);
        if (span_starts(path, above) && span_starts(span_sub(path, above.n, path.n), SPAN_LITERAL("/"))) return true;
    }
    return match_find(SPAN_LITERAL("GET"), path, &match).code != ERR_NOT_FOUND;
}
