#include "os/server.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <stdio.h>

static bool only(struct span s, const char *allowed)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\0' || strchr(allowed, s.p[i]) == NULL) return false;
    return s.n > 0;
}

/* Takes "host", "host:port" or "[v6]:port" apart; empty `port_out` when there is none. */
static bool split_host(struct span authority, struct span *host_out, struct span *port_out)
{
    size_t n = 0;
    bool bracket = authority.n > 0 && authority.p[0] == '[';
    while (n < authority.n && authority.p[n] != (bracket ? ']' : ':')) n++;
    if (bracket && n == authority.n) return false;
    *host_out = bracket ? span_sub(authority, 1, n - 1) : span_sub(authority, 0, n);
    struct span rest = span_sub(authority, bracket ? n + 1 : n, authority.n);
    *port_out = span_sub(rest, 1, rest.n);
    return rest.n == 0 || (rest.p[0] == ':' && rest.n > 1);
}

static bool host_is_good(struct span host, bool bracket)
{
    if (host.n == 0 || host.n >= SERVER_HOST_BYTES) return false;
    if (bracket) return only(host, "0123456789abcdef:.");
    return only(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") && host.p[0] != '.' && host.p[0] != '-' && host.p[host.n - 1] != '.';
}

static bool is_loopback_host(const char *host, bool bracket)
{
    struct in6_addr six;
    struct in_addr four;
    if (bracket) return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    return strcmp(host, "localhost") == 0 || (inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127);
}

bool server_url_parse(const char *text, struct server_url *url_out)
{
    struct server_url url = {.is_tls = strncmp(text, "https://", 8) == 0};
    if (!url.is_tls && strncmp(text, "http://", 7) != 0) return false;
    struct span rest = span_text(text + (url.is_tls ? 8 : 7)), host, port;
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/') n++;
    struct span path = span_sub(rest, n, rest.n);
    if (!split_host(span_sub(rest, 0, n), &host, &port)) return false;
    bool bracket = rest.n > 0 && rest.p[0] == '[';
    if (!host_is_good(host, bracket)) return false;
    if (path.n > 0 && (!only(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~") || strstr((const char *)path.p, "..") != NULL)) return false;
    uint64_t number = url.is_tls ? 443 : 80;
    if (port.n > 0 && (!num_u64(port, UINT16_MAX, &number) || number == 0)) return false;
    url.port = (uint16_t)number;
    memcpy(url.host, host.p, host.n);
    url.is_loopback = is_loopback_host(url.host, bracket);
    int written = snprintf(url.text, sizeof url.text, "%s", text);
    if (written < 0 || (size_t)written >= sizeof url.text || (!url.is_tls && !url.is_loopback)) return false;
    while (written > 0 && url.text[written - 1] == '/') url.text[--written] = '\0';
    *url_out = url;
    return true;
}

bool server_host_listed(const char *host, const char *list)
{
    while (*list != '\0') {
        size_t n = strcspn(list, ", ");
        if (span_is(span_of(list, n), host)) return true;
        list += n + strspn(list + n, ", ");
    }
    return false;
}

static bool four_allowed(uint32_t address, bool wants_loopback)
{
    static const uint32_t clouds[] = {0x646464c8 /* 100.100.100.200 */, 0xa83f8110 /* 168.63.129.16 */, 0xc00000c0 /* 192.0.0.192 */};
    uint32_t first = address >> 24;
    if (wants_loopback) return first == 127;
    for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
        if (address == clouds[i]) return false;
    return first != 0 && first != 127 && first < 224 && address >> 16 != 0xa9fe;
}

static bool begins(const uint8_t address[static 16], const uint8_t *prefix, size_t n) { return memcmp(address, prefix, n) == 0; }

/* Prefixes behind which, or interfaces in which, an IPv4 address stands: where such a packet comes out it is that one which counts. */
static bool carries_four(const uint8_t address[static 16], uint32_t *four_out)
{
    static const struct {
        uint8_t prefix[12];
        size_t n, at;
    } carriers[] = {
        {{0x00, 0x64, 0xff, 0x9b}, 12, 12},                         /* 64:ff9b::/96, NAT64 */
        {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 6, 12},              /* 64:ff9b:1::/48, a network's own */
        {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12, 12},             /* ::ffff:0:0:0/96, SIIT */
        {{0x20, 0x02}, 2, 2},                                       /* 2002::/16, 6to4 */
    };
    static const uint8_t isatap[] = {0x00, 0x5e, 0xfe};
    size_t at = 0;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0] && at == 0; i++)
        if (begins(address, carriers[i].prefix, carriers[i].n)) at = carriers[i].at;
    if (at == 0 && (address[8] & 0xfd) == 0 && memcmp(address + 9, isatap, sizeof isatap) == 0) at = 12;
    for (size_t i = 0; i < 4; i++) *four_out = *four_out << 8 | address[(at + i) % 16];
    return at > 0;
}

static bool six_allowed(const struct in6_addr *address, bool wants_loopback)
{
    static const uint8_t clouds[][4] = {{0xfd, 0x00, 0x0e, 0xc2}, {0xfd, 0x20, 0x00, 0xce}}; /* fd00:ec2::/32, fd20:ce::/32: metadata */
    static const uint8_t teredo[] = {0x20, 0x01, 0, 0};
    uint32_t four = 0;
    memcpy(&four, address->s6_addr + 12, sizeof four);
    if (IN6_IS_ADDR_LOOPBACK(address)) return wants_loopback;
    if (IN6_IS_ADDR_V4MAPPED(address)) return four_allowed(ntohl(four), wants_loopback);
    if (wants_loopback || IN6_IS_ADDR_V4COMPAT(address) || IN6_IS_ADDR_UNSPECIFIED(address)) return false;
    for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
        if (begins(address->s6_addr, clouds[i], sizeof clouds[i])) return false;
    if (IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_SITELOCAL(address) || IN6_IS_ADDR_MULTICAST(address) || begins(address->s6_addr, teredo, sizeof teredo)) return false;
    four = 0;
    return !carries_four(address->s6_addr, &four) || four_allowed(four, false);
}

bool server_address_allowed(const struct sockaddr *to, bool wants_loopback)
{
    if (to->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, to, sizeof four);
        return four_allowed(ntohl(four.sin_addr.s_addr), wants_loopback);
    }
    if (to->sa_family != AF_INET6) return false;
    struct sockaddr_in6 six;
    memcpy(&six, to, sizeof six);
    return six_allowed(&six.sin6_addr, wants_loopback);
}
