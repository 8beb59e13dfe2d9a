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
    uint32_t first = address >> 24;
    if (wants_loopback) return first == 127;
    return first != 0 && first != 127 && first < 224 && address >> 16 != 0xa9fe;
}

static bool six_allowed(const struct in6_addr *address, bool wants_loopback)
{
    static const uint8_t cloud[16] = {0xfd, 0x00, 0x0e, 0xc2}; /* fd00:ec2::/32: metadata of a large cloud */
    static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b}; /* 64:ff9b::/96 carries an IPv4 address */
    uint32_t four;
    memcpy(&four, address->s6_addr + 12, sizeof four);
    if (IN6_IS_ADDR_LOOPBACK(address)) return wants_loopback;
    if (IN6_IS_ADDR_V4MAPPED(address)) return four_allowed(ntohl(four), wants_loopback);
    if (wants_loopback || IN6_IS_ADDR_V4COMPAT(address) || IN6_IS_ADDR_UNSPECIFIED(address)) return false;
    if (memcmp(address->s6_addr, translated, sizeof translated) == 0) return four_allowed(ntohl(four), false);
    return !IN6_IS_ADDR_LINKLOCAL(address) && !IN6_IS_ADDR_SITELOCAL(address) && !IN6_IS_ADDR_MULTICAST(address) && memcmp(address->s6_addr, cloud, 4) != 0;
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
